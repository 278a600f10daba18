"""A vault folder in the making: hidden, private, gone if it is not finished, spared while its maker lives."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

import signet
from signet.errors import StorageError, VaultExists
from signet.store import unfinished
from signet.store.unfinished import PREFIX, sweep_unfinished, unfinished_folder

MAKER = """
import os, sys, time
from signet.store.unfinished import unfinished_folder
with unfinished_folder(sys.argv[1]) as folder:
    os.mkdir(folder.inner)
    open(folder.inner + "/database", "w").close()
    print(folder.path, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def maker(tmp_path: Path) -> subprocess.Popen[str]:
    """Another process that is making a vault in ``tmp_path / "data"``."""
    (tmp_path / "data").mkdir()
    application = str(Path(signet.__file__).parents[1])
    return subprocess.Popen(
        [sys.executable, "-c", MAKER, str(tmp_path / "data")],
        env={**os.environ, "PYTHONPATH": application},
        stdout=subprocess.PIPE,
        text=True,
    )


def hidden(folder: Path) -> list[Path]:
    return sorted(folder.glob(PREFIX + "*"))


def test_a_finished_folder_has_its_name_and_nothing_else_stays(tmp_path: Path) -> None:
    with unfinished_folder(str(tmp_path)) as folder:
        assert stat.S_IMODE(os.stat(folder.path).st_mode) == 0o700
        Path(folder.inner).mkdir()
        (Path(folder.inner) / "header.json").write_text("x")
        folder.finish(str(tmp_path / "new.signet"))
        folder.sync_name(str(tmp_path / "new.signet"))
    assert (tmp_path / "new.signet" / "header.json").read_text() == "x"
    assert hidden(tmp_path) == []


def test_a_name_that_cannot_be_made_durable_is_told_apart_from_one_that_was_not_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "new.signet"

    def broken(path: str) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO), path)

    with unfinished_folder(str(tmp_path)) as folder:
        Path(folder.inner).mkdir()
        with monkeypatch.context() as patched:
            patched.setattr(unfinished, "sync_folder", broken)
            with pytest.raises(StorageError):
                folder.finish(str(target))
        assert not target.exists()
        folder.finish(str(target))
        monkeypatch.setattr(unfinished, "sync_folder", broken)
        with pytest.raises(StorageError):
            folder.sync_name(str(target))
    assert target.is_dir()


def test_what_is_not_finished_is_gone(tmp_path: Path) -> None:
    with suppress(ZeroDivisionError), unfinished_folder(str(tmp_path)) as folder:
        Path(folder.inner).mkdir()
        (Path(folder.inner) / "database").write_text("x")
        raise ZeroDivisionError
    assert hidden(tmp_path) == []


@pytest.mark.parametrize("kind", ["folder", "empty folder", "file", "dangling link"])
def test_what_is_there_already_is_not_touched(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "new.signet"
    if kind == "file":
        target.write_text("older")
    elif kind == "dangling link":
        target.symlink_to(tmp_path / "nowhere")
    else:
        target.mkdir()
        if kind == "folder":
            (target / "header.json").write_text("older")
    before = target.lstat()
    with unfinished_folder(str(tmp_path)) as folder:
        Path(folder.inner).mkdir()
        with pytest.raises(VaultExists):
            folder.finish(str(target))
    after = target.lstat()
    assert (after.st_ino, after.st_mtime_ns, after.st_mode) == (before.st_ino, before.st_mtime_ns, before.st_mode)


def test_a_parent_that_is_not_there_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError), unfinished_folder(str(tmp_path / "no")):
        pytest.fail("made something")


def test_the_folder_of_a_living_maker_is_spared_and_that_of_a_killed_one_swept(
    tmp_path: Path, maker: subprocess.Popen[str]
) -> None:
    assert maker.stdout is not None
    with maker:
        made = Path(maker.stdout.readline().strip())
        sweep_unfinished(str(made.parent))
        assert (made / "vault" / "database").exists()
        maker.send_signal(signal.SIGKILL)
        maker.wait(timeout=60)
        assert (made / "vault" / "database").exists()
        sweep_unfinished(str(made.parent))
    assert hidden(made.parent) == []


def test_ones_own_folder_is_spared_too(tmp_path: Path) -> None:
    with unfinished_folder(str(tmp_path)) as folder:
        sweep_unfinished(str(tmp_path))
        assert Path(folder.path).is_dir()


def test_only_what_signet_makes_is_swept_and_links_are_not_followed(tmp_path: Path) -> None:
    elsewhere, data = tmp_path / "elsewhere", tmp_path / "data"
    for folder in (elsewhere, data):
        folder.mkdir()
    (elsewhere / "vault").mkdir()
    abandoned, open_to_all, not_ours, link, file = (data / f"{PREFIX}{number:016x}" for number in range(5))
    for folder in (abandoned, not_ours, data / (PREFIX + "notes")):
        folder.mkdir(mode=0o700)
    open_to_all.mkdir(mode=0o755)
    (abandoned / "vault").mkdir()
    (not_ours / "letter").touch()
    link.symlink_to(elsewhere)
    file.touch()
    (data / "personal.signet").mkdir()
    before = set(data.iterdir())
    sweep_unfinished(str(data))
    assert before - set(data.iterdir()) == {abandoned}
    assert (elsewhere / "vault").exists()


def test_sweeping_where_nothing_is_does_nothing(tmp_path: Path) -> None:
    sweep_unfinished(str(tmp_path / "no"))
    (tmp_path / "file").touch()
    sweep_unfinished(str(tmp_path / "file"))
    assert [path.name for path in tmp_path.iterdir() if path.name != "home"] == ["file"]


def test_a_sweep_between_making_and_locking_costs_one_more_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    mkdir = os.mkdir

    def swept_at_once(path: str, mode: int) -> None:
        mkdir(path, mode)
        made.append(path)
        if len(made) == 1:
            sweep_unfinished(str(tmp_path))

    monkeypatch.setattr(os, "mkdir", swept_at_once)
    with unfinished_folder(str(tmp_path)) as folder:
        assert made == [made[0], folder.path]
        assert Path(folder.path).is_dir()
        assert not Path(made[0]).exists()


def test_a_sweep_between_opening_and_locking_costs_one_more_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flock = fcntl.flock
    calls: list[int] = []

    def swept_before(descriptor: int, operation: int) -> None:
        calls.append(descriptor)
        if len(calls) == 1:
            sweep_unfinished(str(tmp_path))
        flock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", swept_before)
    with unfinished_folder(str(tmp_path)) as folder:
        assert hidden(tmp_path) == [Path(folder.path)]
