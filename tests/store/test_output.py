"""Outputs: nothing before publishing, nothing replaced unasked, nothing left behind."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from signet.errors import DiskFull, OutputExists, StorageError
from signet.store import staging
from signet.store.output import Output, sync_folder
from signet.store.sweeping import sweep

REAL_OPEN = os.open


class Notes:
    """What was noted and forgotten, and whether the file was there at that moment."""

    def __init__(self) -> None:
        self.open: set[tuple[str, str]] = set()
        self.all: list[tuple[str, str]] = []
        self.existed_when_noted: list[bool] = []

    def note(self, folder: str, name: str) -> None:
        self.open.add((folder, name))
        self.all.append((folder, name))
        self.existed_when_noted.append(os.path.lexists(os.path.join(folder, name)))

    def forget(self, folder: str, name: str) -> None:
        self.open.remove((folder, name))


def without_nameless_files(monkeypatch: pytest.MonkeyPatch) -> None:
    def open_(path: Any, flags: int, *rest: Any, **more: Any) -> int:
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(errno.EOPNOTSUPP, "not supported")
        return REAL_OPEN(path, flags, *rest, **more)

    monkeypatch.setattr("signet.store.output.os.open", open_)


@pytest.fixture(params=["nameless", "named"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of keeping an output out of sight."""
    if request.param == "named":
        without_nameless_files(monkeypatch)
    return str(request.param)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with nothing in it."""
    folder = tmp_path / "place"
    folder.mkdir()
    return folder


@pytest.fixture
def notes() -> Notes:
    return Notes()


def write(output: Output, content: bytes) -> None:
    assert os.pwrite(output.fd, content, 0) == len(content)


def make_output(path: Path, notes: Notes) -> Output:
    return Output(str(path), note=notes.note, forget=notes.forget)


def test_output_appears_with_its_whole_content_on_publishing(place: Path, kind: str, notes: Notes) -> None:
    target = place / "a.esdk"
    with make_output(target, notes) as output:
        write(output, b"content")
        assert not target.exists()
        output.publish()
    assert target.read_bytes() == b"content"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert os.listdir(place) == ["a.esdk"]
    assert notes.open == set()
    assert bool(notes.all) == (kind == "named")


def test_nameless_output_is_in_no_folder(place: Path, notes: Notes) -> None:
    with make_output(place / "a", notes) as output:
        write(output, b"plain")
        assert os.listdir(place) == []


def test_temporary_name_is_noted_before_it_exists(place: Path, notes: Notes, monkeypatch: pytest.MonkeyPatch) -> None:
    without_nameless_files(monkeypatch)
    with make_output(place / "a", notes) as output:
        write(output, b"plain")
        assert notes.open == {(str(place), os.listdir(place)[0])}
        assert notes.existed_when_noted == [False]


def test_discarded_output_leaves_nothing(place: Path, kind: str, notes: Notes) -> None:
    output = make_output(place / "a", notes)
    write(output, b"plain")
    output.discard()
    output.discard()
    assert os.listdir(place) == []
    assert notes.open == set()


def test_leaving_by_an_exception_discards(place: Path, kind: str, notes: Notes) -> None:
    def fail() -> None:
        with make_output(place / "a", notes) as output:
            write(output, b"plain")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert os.listdir(place) == []
    assert notes.open == set()


def occupy_with_file(path: Path) -> None:
    path.write_bytes(b"mine")


def occupy_with_dangling_link(path: Path) -> None:
    path.symlink_to("nowhere")


@pytest.mark.parametrize("occupy", [occupy_with_file, Path.mkdir, occupy_with_dangling_link])
def test_nothing_is_replaced_unasked(place: Path, kind: str, notes: Notes, occupy: Callable[[Path], None]) -> None:
    target = place / "a"
    occupy(target)
    before = os.lstat(target)
    with make_output(target, notes) as output:
        write(output, b"new")
        with pytest.raises(OutputExists):
            output.publish()
    assert os.lstat(target).st_ino == before.st_ino
    assert os.listdir(place) == ["a"]
    assert notes.open == set()


def test_overwriting_replaces_a_file_in_one_step(place: Path, kind: str, notes: Notes) -> None:
    target = place / "a"
    target.write_bytes(b"old")
    with make_output(target, notes) as output:
        write(output, b"new")
        output.publish(overwrite=True)
    assert target.read_bytes() == b"new"
    assert os.listdir(place) == ["a"]
    assert notes.open == set()


def test_overwriting_replaces_a_link_and_not_what_it_leads_to(place: Path, kind: str, notes: Notes) -> None:
    other, target = place / "other", place / "a"
    other.write_bytes(b"other")
    target.symlink_to(other)
    with make_output(target, notes) as output:
        write(output, b"new")
        output.publish(overwrite=True)
    assert other.read_bytes() == b"other"
    assert not target.is_symlink()
    assert target.read_bytes() == b"new"


def test_overwriting_never_replaces_a_folder(place: Path, kind: str, notes: Notes) -> None:
    target = place / "a"
    target.mkdir()
    with make_output(target, notes) as output, pytest.raises(OutputExists):
        output.publish(overwrite=True)
    assert os.listdir(place) == ["a"]
    assert notes.open == set()


def test_publishing_without_rename_flags_does_not_replace_either(
    place: Path, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_nameless_files(monkeypatch)
    monkeypatch.setattr("signet.store.naming._renameat2", None)
    first, second = make_output(place / "a", notes), make_output(place / "a", notes)
    write(first, b"first")
    first.publish()
    with pytest.raises(OutputExists):
        second.publish()
    second.discard()
    assert (place / "a").read_bytes() == b"first"
    assert os.listdir(place) == ["a"]
    assert notes.open == set()


def test_content_is_synced_before_it_has_a_name(
    place: Path, kind: str, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = place / "a"
    seen: list[tuple[bool, bool]] = []
    real = os.fsync

    def fsync(fd: int) -> None:
        seen.append((stat.S_ISREG(os.fstat(fd).st_mode), target.exists()))
        real(fd)

    monkeypatch.setattr(os, "fsync", fsync)
    with make_output(target, notes) as output:
        output.settle()
        output.publish()
    assert seen == [(True, False), (False, True)]
    seen.clear()
    with make_output(place / "b", notes) as output:
        output.publish(durable=False)
    assert [regular for regular, _ in seen] == [True]
    sync_folder(str(place))
    assert [regular for regular, _ in seen] == [True, False]


def test_folder_may_be_reached_through_a_link(place: Path, kind: str) -> None:
    (place / "real").mkdir()
    (place / "link").symlink_to("real")
    with Output(str(place / "link" / "a")) as output:
        output.publish()
    assert os.listdir(place / "real") == ["a"]


def test_output_stays_in_the_folder_it_was_opened_in(place: Path, kind: str) -> None:
    (place / "folder").mkdir()
    with Output(str(place / "folder" / "a")) as output:
        (place / "folder").rename(place / "moved")
        (place / "folder").mkdir()
        output.publish()
    assert os.listdir(place / "moved") == ["a"]
    assert os.listdir(place / "folder") == []


@pytest.mark.parametrize("name", ["missing/a", ".", ".."])
def test_impossible_places_are_refused(place: Path, name: str) -> None:
    with pytest.raises(StorageError):
        Output(os.path.join(place, name))


def test_full_disk_at_syncing_is_said_and_leaves_nothing(
    place: Path, kind: str, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fsync(_fd: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "fsync", fsync)
    with make_output(place / "a", notes) as output, pytest.raises(DiskFull) as caught:
        output.publish()
    assert caught.value.details["path"] == str(place / "a")
    assert os.listdir(place) == []


def test_content_that_was_lost_on_the_way_to_the_disk_gets_no_name_by_asking_again(
    place: Path, kind: str, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = iter([OSError(errno.EIO, "lost")])  # told a single time: fsync(2)

    def fsync(_fd: int) -> None:
        for error in failing:
            raise error

    monkeypatch.setattr(os, "fsync", fsync)
    with make_output(place / "a", notes) as output:
        for step in (output.settle, output.settle, output.publish):
            with pytest.raises(StorageError):
                step()
    assert os.listdir(place) == []


def test_a_folder_of_which_something_was_lost_gets_no_name_either(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([-1])

    def syncfs(_fd: int) -> int:
        ctypes.set_errno(errno.EIO)
        return next(answers, 0)

    monkeypatch.setattr(staging, "_syncfs", syncfs)
    with staging.StagedFolder(str(place / "folder")) as folder:
        for step in (folder.settle, folder.publish):
            with pytest.raises(StorageError):
                step()
    assert os.listdir(place) == []
    monkeypatch.undo()
    with staging.StagedFolder(str(place / "folder")) as folder:
        folder.publish()
    assert os.listdir(place) == ["folder"]


LEFTOVER = ".signet-0123456789abcdef.part"


def test_sweep_removes_a_leftover(place: Path) -> None:
    (place / LEFTOVER).write_bytes(b"plain")
    assert sweep(str(place), LEFTOVER)
    assert os.listdir(place) == []


def test_sweep_settles_what_is_not_there(place: Path) -> None:
    assert sweep(str(place), LEFTOVER)
    assert sweep(str(place / "missing"), LEFTOVER)


@pytest.mark.parametrize("name", ["letter.odt", "../" + LEFTOVER, LEFTOVER + "\n", ".signet-0123.part"])
def test_sweep_touches_no_other_name(place: Path, name: str) -> None:
    (place / "folder").mkdir()
    victim = place / "folder" / name
    victim.write_bytes(b"mine")
    assert not sweep(str(place / "folder"), name)
    assert victim.read_bytes() == b"mine"


def make_link(path: Path) -> None:
    (path.parent / "other").write_bytes(b"mine")
    path.symlink_to("other")


def make_second_name(path: Path) -> None:
    (path.parent / "other").write_bytes(b"mine")
    path.hardlink_to(path.parent / "other")


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


@pytest.mark.parametrize("make", [make_link, make_second_name, make_pipe])
def test_sweep_touches_no_other_kind_of_file(place: Path, make: Callable[[Path], None]) -> None:
    make(place / LEFTOVER)
    before = sorted(os.listdir(place))
    assert not sweep(str(place), LEFTOVER)
    assert sorted(os.listdir(place)) == before


def test_sweep_spares_an_output_that_is_being_written(
    place: Path, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_nameless_files(monkeypatch)
    with make_output(place / "a", notes) as output:
        write(output, b"content")
        ((folder, name),) = notes.open
        assert not sweep(folder, name)
        output.publish()
    assert (place / "a").read_bytes() == b"content"


def test_output_swept_between_creation_and_lock_takes_another_name(
    place: Path, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_nameless_files(monkeypatch)
    real = fcntl.flock
    swept: list[bool] = []

    def flock(fd: int, how: int) -> None:
        if not swept:
            swept.append(True)
            ((folder, name),) = notes.open
            # flock belongs to the open file, so another opening of it in this process counts as another holder.
            thread = threading.Thread(target=lambda: swept.append(sweep(folder, name)))
            thread.start()
            thread.join()
        real(fd, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    with make_output(place / "a", notes) as output:
        write(output, b"content")
        output.publish()
    assert swept == [True, True]
    assert len(notes.all) == 2
    assert notes.open == set()
    assert (place / "a").read_bytes() == b"content"


KILLED = """
import os, sys
from signet.store.output import Output
if sys.argv[2] == "named":
    real = os.open
    def open_(path, flags, *rest, **more):
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(95, "not supported")
        return real(path, flags, *rest, **more)
    os.open = open_
output = Output(sys.argv[1], note=lambda folder, name: print(name, flush=True))
os.pwrite(output.fd, b"plain", 0)
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("way", ["nameless", "named"])
def test_nothing_plain_outlives_a_kill_and_a_sweep(place: Path, way: str) -> None:
    app = str(Path(__file__).resolve().parents[2] / "app")
    command = [sys.executable, "-c", KILLED, str(place / "a"), way]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": app}
    ) as child:
        assert child.stdout is not None
        noted = []
        while (line := child.stdout.readline().strip()) != "ready":
            noted.append(line)
        for name in noted:
            assert not sweep(str(place), name)
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert len(noted) == (way == "named")
    assert os.listdir(place) == noted
    for name in noted:
        assert sweep(str(place), name)
    assert os.listdir(place) == []
