"""Backups: one file, read back, strict to read, and the ten newest kept."""

from __future__ import annotations

import io
import os
import stat
import subprocess
import tarfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from signet.audit.entry import Outcome
from signet.crypto.derive import database_key
from signet.errors import (
    BackupUnusable,
    HeaderMismatch,
    OutputExists,
    SignetError,
    SourceNotFound,
    SourceUnsupported,
)
from signet.keys.spec import KeySpec
from signet.services import backup, backup_archive, keys
from signet.services.audit import list_entries
from signet.services.session import Session
from signet.store.database import Database
from support.clock import SettableClock
from support.vaults import VaultInTest


@pytest.fixture
def archive(session: Session, tmp_path: Path) -> Path:
    """A backup of a vault with one key."""
    keys.create_key(session, "papers", spec=KeySpec.SYMMETRIC_DEFAULT)
    return Path(backup.write_backup(session, str(tmp_path / "backup.tar")))


def repacked(archive: Path, change: str) -> bytes:
    """The archive's members, packed by tarfile with one thing different."""
    with tarfile.open(archive) as source:
        members = [(member, (source.extractfile(member) or io.BytesIO()).read()) for member in source.getmembers()]
    (header, header_data), (database, data) = members
    match change:
        case "mode":
            database.mode = 0o644
        case "time":
            header.mtime = 1
        case "owner":
            header.uname = "root"
        case "link":
            database.type, database.linkname, database.size, data = tarfile.SYMTYPE, "/etc/passwd", 0, b""
        case "device":
            database.type, database.size, data = tarfile.CHRTYPE, 0, b""
        case "header name":
            header.name = "other.json"
        case "database name":
            database.name = "vault-0123456789ABCDEF.db"
        case "path":
            database.name = "../" + database.name
        case "order":
            header, header_data, database, data = database, data, header, header_data
        case "header":
            header_data = b"{}"
            header.size = 2
        case "nothing":
            pass
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as target:
        target.addfile(header, io.BytesIO(header_data))
        if change != "one member":
            target.addfile(database, io.BytesIO(data))
        if change == "three members":
            target.addfile(tarfile.TarInfo("more"))
    return packed.getvalue()


def test_a_backup_holds_header_and_database_and_any_tar_unpacks_it(
    session: Session, vault: VaultInTest, archive: Path, tmp_path: Path
) -> None:
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    folder = tmp_path / "unpacked"
    folder.mkdir()
    subprocess.run(["tar", "-xf", str(archive), "-C", str(folder)], check=True)
    assert sorted(os.listdir(folder)) == ["header.json", vault.header.database]
    assert (folder / "header.json").read_bytes() == (vault.path / "header.json").read_bytes()
    entry = list_entries(session, 1)[0]
    assert (entry.operation, entry.outcome, entry.details) == ("Backup", Outcome.DONE, {"path": str(archive)})


def test_the_database_in_a_backup_opens_with_the_vaults_key_and_holds_its_keys(
    session: Session, archive: Path, tmp_path: Path
) -> None:
    contents = backup.read_backup(str(archive))
    target = tmp_path / "restored.db"
    contents.extract_database(str(target))
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert target.stat().st_size == contents.database_size
    with database_key(session.master, session.header.salt) as key:
        database = Database.open(str(target), key)
    with database.snapshot() as cursor:
        assert cursor.execute("SELECT alias FROM aliases").fetchall() == [("papers",)]
    assert database.page_problems() == []
    database.close()
    assert contents.header == session.header.encoded()
    assert contents.parsed == session.header
    assert contents.database == session.header.database


def test_nothing_in_a_backup_is_in_the_clear(session: Session, archive: Path) -> None:
    content = archive.read_bytes()
    assert b"papers" not in content
    assert b"SQLite format 3" not in content


def test_no_copy_of_the_database_is_left(session: Session, vault: VaultInTest, archive: Path) -> None:
    assert os.listdir(vault.path / "backups") == ["20261122T120000Z-daily.tar"]


def test_a_copy_that_a_killed_process_left_is_removed(session: Session, vault: VaultInTest, tmp_path: Path) -> None:
    left = vault.path / "backups" / (".copy-" + "0" * 16 + ".db")
    left.write_text("left")
    mine = vault.path / "backups" / ".copy-mine.db"
    mine.write_text("mine")
    backup.write_backup(session, str(tmp_path / "backup.tar"))
    assert not left.exists()
    assert mine.read_text() == "mine"


def test_an_existing_file_is_not_touched(session: Session, tmp_path: Path) -> None:
    out = tmp_path / "backup.tar"
    out.write_text("mine")
    with pytest.raises(OutputExists):
        backup.write_backup(session, str(out))
    assert out.read_text() == "mine"
    assert list_entries(session, 1)[0].outcome is Outcome.FAILED


def test_a_header_that_the_database_does_not_know_is_not_backed_up(
    session: Session, vault: VaultInTest, tmp_path: Path
) -> None:
    with_other = session.header
    with session.database.transaction() as cursor:
        cursor.execute("UPDATE meta SET value = ? WHERE name = 'current-header'", (b"",))
    with pytest.raises(HeaderMismatch):
        backup.write_backup(session, str(tmp_path / "backup.tar"))
    assert session.header == with_other
    assert not (tmp_path / "backup.tar").exists()
    assert len(os.listdir(vault.path / "backups")) == 1


def test_a_forged_header_is_not_backed_up(session: Session, vault: VaultInTest, tmp_path: Path) -> None:
    def forge(fields: dict[str, object]) -> None:
        fields["generation"] = 7

    vault.change_field(forge)
    with pytest.raises(SignetError):
        backup.write_backup(session, str(tmp_path / "backup.tar"))
    assert not (tmp_path / "backup.tar").exists()


def test_a_backup_waits_for_whoever_changes_the_header(session: Session, tmp_path: Path) -> None:
    out = tmp_path / "backup.tar"
    with ThreadPoolExecutor() as threads:
        with session.folder.header_lock():
            made = threads.submit(backup.write_backup, session, str(out))
            with pytest.raises(TimeoutError):
                made.result(timeout=0.3)
            assert not out.exists()
        assert made.result(timeout=60) == str(out)


def test_ten_automatic_backups_are_kept_and_foreign_names_stay(
    session: Session, vault: VaultInTest, clock: SettableClock
) -> None:
    folder = vault.path / "backups"
    (folder / "mine.tar").write_text("mine")
    made = []
    for _ in range(12):
        clock.advance(1)
        made.append(backup.automatic_backup(session, "new-master-key"))
    assert backup.list_backups(session) == tuple(reversed(made[2:]))
    assert (folder / "mine.tar").read_text() == "mine"
    assert os.path.basename(made[0]) == "20261122T120001Z-new-master-key.tar"
    assert list_entries(session, 1)[0].details == {"reason": "new-master-key", "path": made[-1]}


def test_two_backups_in_one_second_both_stay(session: Session) -> None:
    first, second = backup.automatic_backup(session, "restore"), backup.automatic_backup(session, "restore")
    assert first != second
    assert set(backup.list_backups(session)) >= {first, second}


def test_a_clock_that_went_back_does_not_delete_the_newest_backup(session: Session, clock: SettableClock) -> None:
    for _ in range(10):
        clock.advance(1)
        backup.automatic_backup(session, "restore")
    clock.set_wall(datetime(2020, 1, 1, tzinfo=UTC))
    made = backup.automatic_backup(session, "restore")
    assert made in backup.list_backups(session)
    assert len(backup.list_backups(session)) == 10


def test_backups_dated_in_the_future_do_not_push_out_real_ones(session: Session, clock: SettableClock) -> None:
    clock.set_wall(datetime(2099, 1, 1, tzinfo=UTC))
    ahead = []
    for _ in range(10):
        clock.advance(86400)
        ahead.append(backup.automatic_backup(session, "daily"))
    clock.set_wall(datetime(2026, 12, 1, tzinfo=UTC))
    real = []
    for _ in range(12):
        clock.advance(86400)
        real.append(backup.automatic_backup(session, "daily"))
        assert set(real[-10:]) <= set(backup.list_backups(session))
        assert len(backup.list_backups(session)) == 10
        assert backup.list_backups(session)[0] == real[-1], "the newest comes first"
    assert backup.list_backups(session) == tuple(reversed(real[2:]))
    assert not any(os.path.exists(path) for path in ahead)


def test_what_a_restore_put_aside_is_named(session: Session, vault: VaultInTest) -> None:
    assert backup.kept_before_restore(session) == []
    folder = vault.path / "backups"
    for name in ("2026-11-22T120000Z-before-restore", "2026-11-23T120000Z-before-restore", "mine"):
        (folder / name).mkdir()
    (folder / "a-file-before-restore").touch()
    assert [os.path.basename(path) for path in backup.kept_before_restore(session)] == [
        "2026-11-23T120000Z-before-restore",
        "2026-11-22T120000Z-before-restore",
    ]


@pytest.mark.parametrize("reason", ["", "../x", "Daily", "a/b", "-a"])
def test_a_reason_is_a_word(session: Session, reason: str) -> None:
    with pytest.raises(ValueError, match="reason"):
        backup.automatic_backup(session, reason)


def test_the_daily_backup_is_due_once_a_day(session: Session, clock: SettableClock) -> None:
    now = clock.now()
    assert not backup.daily_backup_due(session, now), "unlocking made the first"
    assert not backup.daily_backup_due(session, now + timedelta(hours=11, minutes=59))
    assert backup.daily_backup_due(session, now + timedelta(hours=12))
    clock.advance(12 * 3600)
    backup.automatic_backup(session, "restore")
    assert backup.daily_backup_due(session, clock.now()), "one for another reason does not count"
    backup.automatic_backup(session, "daily")
    assert not backup.daily_backup_due(session, clock.now())


def test_tarfile_writes_the_same_bytes(archive: Path, session: Session) -> None:
    assert repacked(archive, "nothing") == archive.read_bytes()


@pytest.mark.parametrize(
    "change",
    [
        "mode",
        "time",
        "owner",
        "link",
        "device",
        "header name",
        "database name",
        "path",
        "order",
        "header",
        "one member",
        "three members",
    ],
)
def test_anything_that_signet_would_not_write_is_refused(archive: Path, tmp_path: Path, change: str) -> None:
    other = tmp_path / "other.tar"
    other.write_bytes(repacked(archive, change))
    with pytest.raises(BackupUnusable):
        backup.read_backup(str(other))


def test_every_truncation_and_anything_more_is_refused(archive: Path, tmp_path: Path) -> None:
    content = archive.read_bytes()
    other = tmp_path / "other.tar"
    for length in [*range(0, 4096, 97), *range(4096, len(content), 4099), len(content) - 1]:
        other.write_bytes(content[:length])
        with pytest.raises(BackupUnusable):
            backup.read_backup(str(other))
    for more in (b"\0", b"x", bytes(512)):
        other.write_bytes(content + more)
        with pytest.raises(BackupUnusable):
            backup.read_backup(str(other))


def test_every_changed_byte_outside_the_database_is_refused_or_seen(archive: Path) -> None:
    content = archive.read_bytes()
    header = backup.read_backup(str(archive)).header
    members = 1024 + len(header) + (-len(header) % 512)
    with archive.open("r+b", buffering=0) as file:
        for place in [*range(members), *range(len(content) - 1024, len(content), 7)]:
            os.pwrite(file.fileno(), bytes([content[place] ^ 1]), place)
            try:
                found = backup.read_backup(str(archive))
            except BackupUnusable:
                pass
            else:
                assert 512 <= place < 512 + len(header)
                assert found.header != header
            os.pwrite(file.fileno(), content[place : place + 1], place)
    assert archive.read_bytes() == content


def test_what_is_no_backup_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFound):
        backup.read_backup(str(tmp_path / "nothing"))
    with pytest.raises(SourceUnsupported):
        backup.read_backup(str(tmp_path))
    for content in (b"", b"x" * 5000, bytes(20480)):
        (tmp_path / "file").write_bytes(content)
        with pytest.raises(BackupUnusable):
            backup.read_backup(str(tmp_path / "file"))


def test_sizes_beyond_the_file_are_refused_without_reading_them(archive: Path, tmp_path: Path) -> None:
    content = bytearray(archive.read_bytes())
    size = len(backup.read_backup(str(archive)).header)
    place = 512 + size + (-size % 512)
    name = backup.read_backup(str(archive)).database
    content[place : place + 512] = backup_archive.member_header(name, 8**11 - 1)
    (tmp_path / "other.tar").write_bytes(content)
    with pytest.raises(BackupUnusable):
        backup.read_backup(str(tmp_path / "other.tar"))


def test_the_database_is_extracted_to_a_new_file_only(archive: Path, tmp_path: Path) -> None:
    contents = backup.read_backup(str(archive))
    target = tmp_path / "there.db"
    target.write_text("mine")
    with pytest.raises(OutputExists):
        contents.extract_database(str(target))
    assert target.read_text() == "mine"


def test_a_backup_that_changed_after_it_was_read_is_not_extracted(archive: Path, tmp_path: Path) -> None:
    contents = backup.read_backup(str(archive))
    archive.chmod(0o600)
    archive.write_bytes(archive.read_bytes()[:-512])
    with pytest.raises(BackupUnusable):
        contents.extract_database(str(tmp_path / "target.db"))
    assert not (tmp_path / "target.db").exists()
