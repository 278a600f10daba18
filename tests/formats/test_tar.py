"""Folders as pax archives: GNU tar and tarfile read what is written and the other way round; all else is refused."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from signet.formats.tar import BLOCK, END, LATEST, MAX_DEPTH, MAX_HEADER, Entry, Parser, header_of, padding

LONG = "é" * 120


class Collector:
    """Keeps what an archive holds."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.contents: dict[str, bytes] = {}
        self.ended = 0

    def begin(self, entry: Entry) -> None:
        self.entries.append(entry)
        if not entry.is_folder:
            self.contents[entry.name] = b""

    def content(self, data: memoryview) -> None:
        self.contents[self.entries[-1].name] += bytes(data)

    def end(self) -> None:
        self.ended += 1


def read(data: bytes, *, step: int = 1000) -> Collector:
    found = Collector()
    parser = Parser(found)
    for start in range(0, len(data), step):
        parser.feed(memoryview(data)[start : start + step])
    parser.finish()
    return found


def archive(*members: tuple[tarfile.TarInfo, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=form) as made:
        for info, content in members:
            info.size = len(content)
            made.addfile(info, io.BytesIO(content))
    return target.getvalue()


def member(name: str, kind: bytes = tarfile.REGTYPE, **others: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.mtime = kind, 0o640, 1234567890.75
    for field, value in others.items():
        setattr(info, field, value)
    return info


def written(*entries: tuple[Entry, bytes]) -> bytes:
    return b"".join(header_of(entry) + content + padding(len(content)) for entry, content in entries) + END


@pytest.mark.parametrize("step", [1, 511, 512, 100_000])
def test_what_is_written_is_read(step: int) -> None:
    folder = Entry((b"letters",), True, 0, 0o700, 1_700_000_000)
    inside = Entry((b"letters", b"\xff no utf-8"), False, 700, 0o600, 1_700_000_001)
    deep = Entry((LONG.encode(),) * 3, False, 0, 0o644, 5)
    found = read(written((folder, b""), (inside, b"x" * 700), (deep, b"")), step=step)
    assert found.entries == [folder, inside, deep]
    assert found.contents == {inside.name: b"x" * 700, deep.name: b""}
    assert found.ended == 2
    assert read(END, step=step).entries == []


def test_gnu_tar_and_tarfile_read_what_is_written(tmp_path: Path) -> None:
    name = os.fsencode(LONG[:120])
    made = written(
        (Entry((b"sub",), True, 0, 0o700, 9), b""),
        (Entry((b"sub", name), False, 3, 0o600, 1_700_000_000), b"abc"),
        (Entry((b"raw \xff\xfe",), False, 1, 0o600, 0), b"z"),
    )
    subprocess.run(["tar", "-x", "-C", str(tmp_path)], input=made, check=True)
    assert (tmp_path / "sub" / os.fsdecode(name)).read_bytes() == b"abc"
    assert (tmp_path / os.fsdecode(b"raw \xff\xfe")).read_bytes() == b"z"
    with tarfile.open(fileobj=io.BytesIO(made)) as opened:
        assert [each.name.encode("utf-8", "surrogateescape") for each in opened] == [
            b"sub", b"sub/" + name, b"raw \xff\xfe",
        ]  # fmt: skip


@pytest.mark.parametrize("form", ["posix", "gnu", "ustar"])
def test_what_gnu_tar_writes_is_read(tmp_path: Path, form: str) -> None:
    (tmp_path / "sub").mkdir()
    names = ["a", "sub/b"] + ([] if form == "ustar" else ["sub/" + LONG])
    for name in names:
        (tmp_path / name).write_bytes(name.encode() * 300)
    made = subprocess.run(
        ["tar", "-c", f"--format={form}", "-C", str(tmp_path), "."], capture_output=True, check=True
    )
    found = read(made.stdout)
    assert found.contents == {name: name.encode() * 300 for name in names}
    assert (b"sub",) in [entry.parts for entry in found.entries if entry.is_folder]


@pytest.mark.parametrize(
    "name", ["../a", "a/../../b", "/etc/passwd", "..", "a/" * (MAX_DEPTH + 1), "x" * 256, "a/" + "é" * 128]
)
def test_names_that_lead_out_or_are_too_long_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"outside the folder|too long"):
        read(archive((member(name), b"")))


@pytest.mark.parametrize(
    ("info", "word"),
    [
        (member("a", tarfile.SYMTYPE, linkname="/etc/passwd"), "link"),
        (member("a", tarfile.LNKTYPE, linkname="b"), "link"),
        (member("a", tarfile.CHRTYPE), "device"),
        (member("a", tarfile.BLKTYPE), "device"),
        (member("a", tarfile.FIFOTYPE), "pipe"),
        (member("a", tarfile.GNUTYPE_SPARSE), "holes"),
        (member("a", b"V"), "neither"),
    ],
)
def test_what_is_neither_file_nor_folder_is_refused(info: tarfile.TarInfo, word: str) -> None:
    data = info.tobuf(tarfile.GNU_FORMAT if info.type == tarfile.GNUTYPE_SPARSE else tarfile.USTAR_FORMAT)
    with pytest.raises(ValueError, match=word):
        read(data + END)


def _pax(records: bytes, *, kind: bytes = tarfile.XHDTYPE, claims: int | None = None) -> bytes:
    info = tarfile.TarInfo("pax")
    info.type, info.size = kind, len(records) if claims is None else claims
    return info.tobuf(tarfile.USTAR_FORMAT) + records + padding(len(records))


def _record(name: str, value: str) -> bytes:
    line = f" {name}={value}\n".encode()
    length = len(line) + 2
    return str(length + (length >= 100)).encode() + line


FILE = member("a").tobuf(tarfile.USTAR_FORMAT)


@pytest.mark.parametrize(
    "data",
    [
        b"x" * BLOCK,
        FILE[:300],
        FILE + BLOCK * b"\0",
        FILE + END + FILE,
        bytes([FILE[0] ^ 1]) + FILE[1:] + END,
        _pax(b"", claims=MAX_HEADER + 1) + FILE + END,
        _pax(_record("path", "a"), kind=tarfile.XGLTYPE) + FILE + END,
        _pax(b"7 a=b") + FILE + END,
        _pax(b"99 path=a\n") + FILE + END,
        _pax(b"x path=a\n") + FILE + END,
        _pax(_record("size", "-1")) + FILE + END,
        _pax(_record("size", "9" * 30)) + FILE + END,
        _pax(_record("path", "../up")) + FILE + END,
        _pax(_record("GNU.sparse.major", "1")) + FILE + END,
        _pax(_record("size", "5")) + member("d", tarfile.DIRTYPE).tobuf(tarfile.USTAR_FORMAT) + END,
    ],
)
def test_broken_archives_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"[a-z]"):
        read(data)


@pytest.mark.parametrize("time", [-5, -0.5, 10**18, 2**70])
def test_a_time_that_cannot_be_set_becomes_the_nearest_that_can(time: float) -> None:
    info = member("a")
    info.mtime = time
    forms = [info.tobuf(tarfile.GNU_FORMAT)]
    if time < 2**63:  # in decimal digits, so many are a broken number
        forms.append(info.tobuf(tarfile.PAX_FORMAT))
    for made in forms:
        (entry,) = read(made + END).entries
        assert entry.modified == (0 if time < 0 else LATEST)


def test_every_flip_in_the_headers_is_an_archive_or_refused() -> None:
    made = written((Entry((b"a", LONG.encode()), False, 3, 0o600, 7), b"abc"))
    outcomes = set()
    for place in range(len(made)):
        broken = bytearray(made)
        broken[place] ^= 0x41
        try:
            found = read(bytes(broken))
        except ValueError:
            outcomes.add("refused")
        else:
            outcomes.add("read")
            assert all(b".." not in entry.parts for entry in found.entries)
    assert outcomes == {"refused", "read"}


def test_memory_stays_small_whatever_a_header_claims() -> None:
    parser = Parser(Collector())
    feed: Callable[[memoryview], None] = parser.feed
    info = member("big")
    info.size = 1 << 40
    feed(memoryview(info.tobuf(tarfile.GNU_FORMAT)))
    for _ in range(64):
        feed(memoryview(b"x" * 4096))
    with pytest.raises(ValueError, match="no end"):
        parser.finish()
