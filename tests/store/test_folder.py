"""The vault's folder: headers that survive a crash, database names, locks."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from signet.errors import HeaderDamaged, StorageError, VaultBusy, VaultExists, VaultInUse, VaultNotFound
from signet.store.folder import HEADER_LIMIT, VaultFolder
from signet.store.lock import FileLock, Hold
from support.store import APP, PYTHON


@pytest.fixture
def vault(tmp_path: Path) -> VaultFolder:
    return VaultFolder.create(str(tmp_path / "deep" / "test.signet"))


def mode(path: str) -> int:
    return os.stat(path).st_mode & 0o777


def test_a_new_folder_is_for_its_owner_alone(vault: VaultFolder) -> None:
    assert mode(vault.path) == mode(vault.backups) == 0o700
    assert os.listdir(vault.path) == ["backups"]
    with pytest.raises(VaultExists):
        VaultFolder.create(vault.path)


def test_create_takes_nothing_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    os.symlink("/nowhere", tmp_path / "b")
    for name in "ab":
        with pytest.raises(VaultExists):
            VaultFolder.create(str(tmp_path / name))


def test_a_header_is_written_twice(vault: VaultFolder) -> None:
    with pytest.raises(VaultNotFound):
        vault.read_header()
    assert vault.read_header_copy() is None
    for content in (b"one", b"two"):
        vault.write_header(content)
        assert vault.read_header() == vault.read_header_copy() == content
    assert mode(vault.header_path) == mode(vault.copy_path) == 0o600
    assert sorted(os.listdir(vault.path)) == ["backups", "header.copy.json", "header.json"]


def test_a_header_over_the_limit_is_neither_written_nor_read(vault: VaultFolder) -> None:
    vault.write_header(b"x" * HEADER_LIMIT)
    assert len(vault.read_header()) == HEADER_LIMIT
    with pytest.raises(HeaderDamaged, match="longer"):
        vault.write_header(b"x" * (HEADER_LIMIT + 1))
    Path(vault.header_path).write_bytes(b"x" * (HEADER_LIMIT + 1))
    with pytest.raises(HeaderDamaged, match="longer"):
        vault.read_header()


def test_a_header_that_is_no_ordinary_file_is_refused(vault: VaultFolder, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"{}")
    os.symlink(tmp_path / "elsewhere", vault.header_path)
    with pytest.raises(StorageError):
        vault.read_header()
    os.unlink(vault.header_path)
    os.mkfifo(vault.header_path)
    with pytest.raises(HeaderDamaged, match="ordinary"):
        vault.read_header()


@pytest.mark.parametrize("stop", range(8))
def test_a_crash_at_any_step_leaves_the_old_header_or_the_new_one(
    vault: VaultFolder, monkeypatch: pytest.MonkeyPatch, stop: int
) -> None:
    vault.write_header(b"old")
    steps = iter(range(100))

    class Crash(BaseException):
        """The power goes: no handler may tidy up."""

    def dying(real: Callable[..., object]) -> Callable[..., object]:
        def step(*arguments: object, **named: object) -> object:
            if next(steps) >= stop:
                raise Crash
            return real(*arguments, **named)

        return step

    for name in ("fsync", "rename", "unlink"):
        monkeypatch.setattr(os, name, dying(getattr(os, name)))
    try:
        vault.write_header(b"new")
    except Crash:
        assert stop < 6
    else:
        assert stop >= 6
    monkeypatch.undo()
    assert vault.read_header() in (b"old", b"new")
    assert vault.read_header_copy() in (b"old", b"new")
    Path(vault.database_path("vault-0123456789ABCDEF.db")).touch()
    vault.repair_copy()
    vault.delete_unnamed_databases("vault-0123456789ABCDEF.db")
    assert vault.read_header_copy() == vault.read_header()
    assert not [name for name in os.listdir(vault.path) if name.endswith(".part")]


def test_a_full_disk_leaves_the_old_header(vault: VaultFolder) -> None:
    vault.write_header(b"old")
    code = (
        f"import sys, resource; sys.path.insert(0, {APP!r})\n"
        "from signet.store.folder import VaultFolder\nfrom signet.errors import DiskFull\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "try:\n    VaultFolder(sys.argv[1]).write_header(b'x' * 5000)\nexcept DiskFull:\n    sys.exit(7)\n"
    )
    assert subprocess.run([*PYTHON, code, vault.path], check=False).returncode == 7
    assert vault.read_header() == vault.read_header_copy() == b"old"
    assert sorted(os.listdir(vault.path)) == ["backups", "header.copy.json", "header.json"]


def test_the_copy_is_repaired_from_the_header(vault: VaultFolder) -> None:
    vault.write_header(b"right")
    assert vault.repair_copy() is False
    for wrong in (b"wrong", b"x" * (HEADER_LIMIT + 1)):
        Path(vault.copy_path).write_bytes(wrong)
        assert vault.repair_copy() is True
        assert vault.read_header_copy() == b"right"
    os.unlink(vault.copy_path)
    assert vault.repair_copy() is True
    assert vault.read_header() == vault.read_header_copy() == b"right"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "vault-0123456789abcdef.db",
        "vault-0123456789ABCDE.db",
        "vault-0123456789ABCDEF0.db",
        "../vault-0123456789ABCDEF.db",
        "vault-0123456789ABCDEF.db\n",
        "vault-0123456789ABCDEF.db-wal",
        "/etc/passwd",
    ],
)
def test_only_a_name_that_signet_gives_is_a_databases_name(vault: VaultFolder, name: str) -> None:
    with pytest.raises(HeaderDamaged, match="name"):
        vault.database_path(name)


def test_new_database_names_are_valid_and_differ(vault: VaultFolder) -> None:
    names = {vault.new_database_name() for _ in range(20)}
    assert len(names) == 20
    assert all(vault.database_path(name).startswith(vault.path) for name in names)


def test_unnamed_databases_are_deleted_with_their_side_files_and_nothing_else(vault: VaultFolder) -> None:
    keep, old = "vault-0123456789ABCDEF.db", "vault-FEDCBA9876543210.db"
    part = "header.json.0123456789abcdef.part"
    for name in (keep, keep + "-wal", old, old + "-wal", old + "-shm", old + "-journal", part, "notes.txt"):
        Path(vault.path, name).touch()
    assert vault.databases() == [keep, old]
    assert vault.delete_unnamed_databases(keep) == [old]
    assert sorted(os.listdir(vault.path)) == ["backups", "notes.txt", keep, keep + "-wal"]


def test_nothing_is_deleted_without_the_database_to_keep(vault: VaultFolder) -> None:
    Path(vault.path, "vault-FEDCBA9876543210.db").touch()
    with pytest.raises(VaultNotFound):
        vault.delete_unnamed_databases("vault-0123456789ABCDEF.db")
    assert vault.databases() == ["vault-FEDCBA9876543210.db"]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks give up at once."""
    real = FileLock.__init__

    def init(self: FileLock, path: str, hold: Hold, *, seconds: float = 0.0, **named: type[VaultBusy]) -> None:
        real(self, path, hold, seconds=0.0, **named)

    monkeypatch.setattr(FileLock, "__init__", init)


@pytest.mark.usefixtures("impatient")
def test_many_share_and_one_has_it_alone(vault: VaultFolder) -> None:
    with vault.shared_lock(), vault.shared_lock() as lock:
        assert lock.held
        with pytest.raises(VaultInUse):
            vault.exclusive_lock()
    with vault.exclusive_lock() as lock:
        with pytest.raises(VaultBusy):
            vault.shared_lock()
        with pytest.raises(VaultInUse):
            vault.exclusive_lock()
    assert not lock.held
    assert mode(os.path.join(vault.path, "lock")) == 0o600


@pytest.mark.usefixtures("impatient")
def test_the_header_lock_is_apart_from_the_vaults(vault: VaultFolder) -> None:
    with vault.shared_lock(), vault.header_lock(), pytest.raises(VaultBusy):
        vault.header_lock()


@pytest.mark.usefixtures("impatient")
def test_a_lock_is_upgraded_and_back(vault: VaultFolder) -> None:
    with vault.shared_lock() as lock:
        lock.upgrade()
        with pytest.raises(VaultBusy):
            vault.shared_lock()
        lock.downgrade()
        with vault.shared_lock() as other:
            with pytest.raises(VaultInUse):
                lock.upgrade(seconds=0.0)
            assert lock.held
            with pytest.raises(VaultInUse):
                other.upgrade(seconds=0.0)
        with pytest.raises(VaultInUse):
            vault.exclusive_lock()


def test_a_lock_ends_with_its_process(vault: VaultFolder) -> None:
    code = (
        f"import sys, time; sys.path.insert(0, {APP!r})\n"
        "from signet.store.folder import VaultFolder\n"
        "lock = VaultFolder(sys.argv[1]).exclusive_lock()\nprint('held', flush=True)\ntime.sleep(60)\n"
    )
    process = subprocess.Popen([*PYTHON, code, vault.path], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    with pytest.raises(VaultInUse):
        vault.exclusive_lock()
    process.kill()
    process.communicate()
    vault.exclusive_lock().release()


def test_a_lock_of_no_vault_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(VaultNotFound):
        VaultFolder(str(tmp_path / "none.signet")).shared_lock()
    assert not (tmp_path / "none.signet").exists()
