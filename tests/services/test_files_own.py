"""Nothing in the open vault's own folder is a source or a target: opening the database would drop its locks."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from signet.errors import BackupUnusable, SourceUnsupported
from signet.keys.spec import KeySpec
from signet.services import keys
from signet.services.backup import read_backup
from signet.services.files import Item, decrypt_files, encrypt_files, inspect_file, re_encrypt_files
from signet.services.job import Act, JobState, Order
from signet.services.jobs import Jobs
from signet.services.recognition import FileKind, recognise
from signet.services.session import Session
from signet.services.signing import sign_files, verify_file
from support.vaults import VaultInTest

Work = Callable[[Session, list[str]], tuple[Item, ...]]
Targeted = Callable[[Session, str, str], tuple[Item, ...]]

WORKS: dict[str, Work] = {
    "encrypt": lambda session, paths: encrypt_files(session, paths, key="papers", overwrite=True),
    "decrypt": lambda session, paths: decrypt_files(session, paths),
    "re-encrypt": lambda session, paths: re_encrypt_files(session, paths, key="papers"),
    "sign": lambda session, paths: sign_files(session, paths, key="mail"),
}


@pytest.fixture
def letters(session: Session, tmp_path: Path) -> Path:
    keys.create_key(session, "papers", spec=KeySpec.SYMMETRIC_DEFAULT)
    keys.create_key(session, "mail", spec=KeySpec.ECC_NIST_P256)
    folder = tmp_path / "letters"
    folder.mkdir()
    (folder / "a").write_bytes(b"secret")
    return folder


def contents(folder: Path) -> dict[str, tuple[int, int]]:
    """Names and inodes of everything in the vault's folder; databases change when something is logged."""
    return {str(path): (path.lstat().st_ino, path.lstat().st_mode) for path in folder.rglob("*")}


def locks(folder: Path) -> set[str]:
    """What POSIX locks this process has on the files in a folder (proc(5): /proc/locks)."""
    inodes = {str(path.lstat().st_ino) for path in folder.iterdir()}
    lines = (line.split() for line in Path("/proc/locks").read_text().splitlines())
    return {
        " ".join(line[1:])
        for line in lines
        if line[1] == "POSIX" and line[4] == str(os.getpid()) and line[5].rpartition(":")[2] in inodes
    }


def own_names(session: Session, vault: VaultInTest) -> list[str]:
    database = session.database.path
    inside = [
        database,
        database + "-wal",
        database + "-shm",
        str(vault.path / "header.json"),
        str(vault.path / "lock"),
    ]
    return [*inside, *(str(path) for path in (vault.path / "backups").iterdir())]


@pytest.mark.parametrize("what", WORKS)
def test_no_file_of_the_vault_is_taken(session: Session, vault: VaultInTest, letters: Path, what: str) -> None:
    link = letters / "link"
    link.symlink_to(vault.path)
    paths = own_names(session, vault)
    assert len(paths) == 6
    paths += [os.path.join(link, "header.copy.json"), os.path.join(vault.path, "backups", "..", "header.lock")]
    before, held = contents(vault.path), locks(vault.path)
    assert held, "an open database in WAL mode holds a lock"
    items = WORKS[what](session, paths)
    for item in items:
        assert isinstance(item.error, SourceUnsupported), item
        assert "belongs to the vault" in item.error.message
    assert contents(vault.path) == before
    assert locks(vault.path) == held


def test_a_file_beside_the_vault_is_taken(session: Session, vault: VaultInTest, letters: Path) -> None:
    beside = Path(f"{vault.path}-letters")
    beside.mkdir()
    (beside / "a").write_bytes(b"secret")
    (item,) = encrypt_files(session, [str(beside / "a")], key="papers")
    assert item.status == "done"


@pytest.mark.parametrize("folder", ["", "backups", "new"])
def test_no_output_goes_into_the_vault(session: Session, vault: VaultInTest, letters: Path, folder: str) -> None:
    source, inside = str(letters / "a"), str(vault.path / folder)
    (made,) = encrypt_files(session, [source], key="papers")
    assert made.output is not None
    before = contents(vault.path)
    with pytest.raises(SourceUnsupported):
        encrypt_files(session, [source], key="papers", output=inside)
    with pytest.raises(SourceUnsupported):
        decrypt_files(session, [made.output], output=inside)
    (item,) = sign_files(session, [source], key="mail", output=os.path.join(inside, "a.sig"))
    assert isinstance(item.error, SourceUnsupported)
    (item,) = sign_files(session, [source], key="mail", output=session.database.path, overwrite=True)
    assert isinstance(item.error, SourceUnsupported)
    assert contents(vault.path) == before


def test_nothing_of_the_vault_is_verified_or_inspected_while_it_is_open(
    session: Session, vault: VaultInTest, letters: Path
) -> None:
    source = str(letters / "a")
    held = locks(vault.path)
    for own in own_names(session, vault):
        with pytest.raises(SourceUnsupported):
            inspect_file(own, session=session)
        with pytest.raises(SourceUnsupported):
            verify_file(own, session=session)
        with pytest.raises(SourceUnsupported):
            verify_file(source, own, session=session)
        with pytest.raises(SourceUnsupported):
            verify_file(source, trust=[own], session=session)
    assert locks(vault.path) == held


def test_the_lock_on_the_open_database_outlives_everything_that_looks_at_it(
    session: Session, vault: VaultInTest, letters: Path
) -> None:
    """The proof is another process: while this one writes, it must not get SQLite's write lock in WAL mode."""
    database = session.database.path
    with session.database.transaction():
        assert not can_write(database)
        for own in own_names(session, vault):
            assert recognise(own, session=session).kind is FileKind.REFUSED
        for side in ("", "-wal", "-shm"):
            with pytest.raises(BackupUnusable, match="database itself"):
                read_backup(database + side)
        assert not can_write(database)
    jobs = Jobs()
    jobs.add(Order(Act.VERIFY, (database, database + "-shm"), signatures=(None, str(letters / "a"))))
    held = locks(vault.path)
    job = jobs.next()
    assert job is not None
    ended = jobs.run(job.id, session)
    assert ended.state is JobState.FAILED
    assert [type(check.error) for check in ended.checks] == [SourceUnsupported, SourceUnsupported]
    assert locks(vault.path) == held
    assert can_write(database)


def test_a_second_descriptor_would_drop_the_lock(session: Session) -> None:
    """What all of this is for, and that `can_write` sees it."""
    database = session.database.path
    with session.database.transaction():
        assert not can_write(database)
        os.close(os.open(database + "-shm", os.O_RDONLY))
        assert can_write(database)


def can_write(database: str) -> bool:
    """Whether another process gets the write lock: byte 120 of the -shm file (SQLite, wal.html, WAL locks)."""
    ask = (
        "import fcntl, sys\n"
        "with open(sys.argv[1], 'r+b') as file:\n"
        "    fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 120)\n"
    )
    done = subprocess.run([sys.executable, "-c", ask, database + "-shm"], capture_output=True, check=False)
    assert done.returncode == 0 or b"BlockingIOError" in done.stderr, done.stderr
    return done.returncode == 0
