"""The engine's reading and writing: pieces of any size, calls that do less than they were asked, writing early."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator, Sequence

import pytest

from signet.crypto.esdk_io import HASTENED, MAX_VIEWS, Buffer, Sink, Source, Target
from signet.errors import DiskFull, SourceChanged, StorageError


@pytest.fixture
def file(tmp_path: os.PathLike[str]) -> Iterator[int]:
    """An empty file, open."""
    descriptor = os.open(os.path.join(tmp_path, "file"), os.O_RDWR | os.O_CREAT)
    yield descriptor
    os.close(descriptor)


def source(file: int) -> Source:
    found = Source.look(file, "here")
    assert found is not None
    return found


def lazy(real: Callable[..., int], most: int) -> Callable[..., int]:
    """Do a little of what is asked, as the system may."""

    def some(fd: int, views: Sequence[memoryview], offset: int) -> int:
        wanted, left = [], random.randint(1, most)
        for view in views:
            wanted.append(view[:left])
            left -= len(wanted[-1])
            if not left:
                break
        return real(fd, wanted, offset)

    return some


LENGTHS = [[], [0], [5], [0, 0], [1, 0, 7, 0], [0, 3, 0, 0, 64, 1, 1, 1], [1] * MAX_VIEWS, [9, 0] * 64]


@pytest.mark.parametrize("lengths", LENGTHS, ids=lambda lengths: f"{len(lengths)}-{sum(lengths)}")
@pytest.mark.parametrize("most", [1, 7, 1 << 20])
def test_every_piece_is_written_and_read_whole(
    file: int, lengths: list[int], most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "pwritev", lazy(os.pwritev, most))
    monkeypatch.setattr(os, "preadv", lazy(os.preadv, most))
    pieces = [os.urandom(length) for length in lengths]
    Target(file, "here").write_views([memoryview(piece) for piece in pieces], 11)
    assert os.pread(file, 1 << 20, 11) == b"".join(pieces)
    back = [memoryview(bytearray(length)) for length in lengths]
    source(file).read_into(back, 11)
    assert back == pieces


def test_a_source_that_ends_early_has_changed(file: int) -> None:
    os.write(file, bytes(10))
    views = [memoryview(bytearray(5)) for _ in range(3)]
    with pytest.raises(SourceChanged):
        source(file).read_into(views, 0)
    with pytest.raises(SourceChanged):
        source(file).read_into(views[:1], 10)
    source(file).read_into([views[0][:0]], 10)


def test_more_pieces_than_the_system_takes_are_an_error_and_no_short_file(file: int) -> None:
    with pytest.raises(StorageError):
        Target(file, "here").write_views([memoryview(b"x")] * (MAX_VIEWS + 1), 0)


def test_a_full_disk_in_the_middle_of_pieces(file: int, monkeypatch: pytest.MonkeyPatch) -> None:
    full = os.open("/dev/full", os.O_RDWR)
    monkeypatch.setattr(os, "posix_fadvise", lambda *_: pytest.fail("nothing stands"))
    with pytest.raises(DiskFull):
        Target(full, "here").write_views([memoryview(b"x"), memoryview(b"y")], HASTENED - 1)
    os.close(full)


def test_writing_begins_for_each_span_once_it_stands(file: int, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "posix_fadvise", lambda _fd, offset, length, _advice: told.append((offset, length)))
    target, written = Target(file, "here"), 0
    piece = memoryview(bytes((512 << 10) + 33))
    while written <= 3 * HASTENED:
        target.write_views((piece[:1000], piece[1000:]), written)
        written += len(piece)
    assert told == [(0, HASTENED), (HASTENED, HASTENED), (2 * HASTENED, HASTENED)]
    told.clear()
    target.write(piece[:1], HASTENED - 2)
    target.write(b"", HASTENED)
    assert told == []
    target.write(piece[:1], HASTENED - 1)
    assert told == [(0, HASTENED)]


@pytest.mark.parametrize("missing", [True, False])
def test_a_system_that_cannot_begin_early_writes_all_the_same(
    file: int, missing: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise OSError(22, "no such advice here")

    if missing:
        monkeypatch.delattr(os, "posix_fadvise")
    else:
        monkeypatch.setattr(os, "posix_fadvise", refused)
    content = os.urandom(4096)
    Target(file, "here").write(content, HASTENED - 100)
    assert os.pread(file, 5000, HASTENED - 100) == content


def test_a_sink_takes_many_small_frames_at_once() -> None:
    """Else a message of frames of a byte each would be handed from thread to thread byte by byte."""

    class Taking(Sink):
        def __init__(self) -> None:
            self.taken: list[tuple[bytes, int]] = []

        def check_room(self, size: int) -> None:
            pass

        def write(self, view: Buffer, offset: int) -> None:
            self.taken.append((bytes(view), offset))

        def discard(self) -> None:
            pass

    sink = Taking()
    sink.write_views([memoryview(b"a"), memoryview(b""), memoryview(b"bc")], 5)
    sink.write_views([memoryview(b"d")], 8)
    assert sink.taken == [(b"abc", 5), (b"d", 8)]
