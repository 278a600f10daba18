"""The database file: raw key, transactions, copies, damage."""

from __future__ import annotations

import hashlib
import hmac
import os
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from sqlcipher3 import dbapi2

from signet.errors import (
    DatabaseDamaged,
    DatabaseReplaced,
    FolderReadOnly,
    VaultBusy,
    VaultExists,
    VaultLocked,
    VaultNewer,
    VaultNotFound,
)
from signet.secret import Secret
from signet.store import connecting
from signet.store.database import APPLICATION_ID, Database
from signet.store.migrations import NEWEST
from support.store import APP, PYTHON, RAW_KEY, child

PAGE = 4096  # SQLCipher 4's page size; the last 80 bytes hold IV and HMAC.
CANARY = "canary-7f3a91"


def put(database: Database, name: str, value: bytes = b"v") -> None:
    with database.transaction() as cursor:
        cursor.execute("INSERT INTO meta (name, value, entry, mac) VALUES (?, ?, 0, x'')", (name, value))


def names(database: Database) -> list[str]:
    with database.snapshot() as cursor:
        return [row[0] for row in cursor.execute("SELECT name FROM meta ORDER BY name")]


def test_a_new_database_has_the_settings_of_the_design(database: Database, path: str) -> None:
    with database.snapshot() as cursor:
        found = {
            name: cursor.execute(f"PRAGMA {name}").fetchone()[0]
            for name in (
                "application_id",
                "user_version",
                "journal_mode",
                "synchronous",
                "foreign_keys",
                "trusted_schema",
                "temp_store",
                "secure_delete",
                "cipher_memory_security",
            )
        }
    assert found == {
        "application_id": APPLICATION_ID,
        "user_version": NEWEST,
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "trusted_schema": 0,
        "temp_store": 2,
        "secure_delete": 1,
        "cipher_memory_security": "1",
    }
    assert os.stat(path).st_mode & 0o777 == 0o600


@pytest.mark.parametrize("length", [0, 1, 31, 33, 48, 64])
def test_a_key_that_is_not_32_bytes_is_refused_before_sqlcipher_takes_it_for_a_passphrase(
    path: str, length: int
) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Database.create(path, Secret(b"k" * length))
    assert not os.path.exists(path)


def test_a_database_opens_again_with_its_key(database: Database, path: str, key: Secret) -> None:
    put(database, "a")
    database.close()
    again = Database.open(path, key)
    assert names(again) == ["a"]
    again.close()


def test_a_wrong_key_is_an_error_and_silent(path: str, database: Database, capfd: pytest.CaptureFixture[str]) -> None:
    database.close()
    with pytest.raises(DatabaseDamaged, match="does not open with this vault's key"):
        Database.open(path, Secret(b"x" * 32))
    assert capfd.readouterr() == ("", "")


def test_create_writes_over_nothing(path: str, key: Secret) -> None:
    Path(path).write_bytes(b"precious")
    with pytest.raises(VaultExists):
        Database.create(path, key)
    assert Path(path).read_bytes() == b"precious"


def test_create_does_not_follow_a_dangling_link(path: str, key: Secret, tmp_path: Path) -> None:
    os.symlink(tmp_path / "elsewhere", path)
    with pytest.raises(VaultExists):
        Database.create(path, key)
    assert not (tmp_path / "elsewhere").exists()


def test_open_refuses_what_is_not_an_ordinary_file(
    path: str, key: Secret, database: Database, tmp_path: Path
) -> None:
    database.close()
    link = str(tmp_path / "link.db")
    os.symlink(path, link)
    for wrong in (link, str(tmp_path)):
        with pytest.raises(DatabaseDamaged, match="ordinary file"):
            Database.open(wrong, key)
    with pytest.raises(VaultNotFound):
        Database.open(str(tmp_path / "none.db"), key)
    assert not (tmp_path / "none.db").exists()


def changed_number(path: str, pragma: str, value: int) -> None:
    connection = dbapi2.connect(path, isolation_level=None)
    connection.set_key("x'" + RAW_KEY.hex() + "'")
    connection.execute(f"PRAGMA {pragma} = {value}")
    connection.close()


def test_a_newer_database_is_refused_and_not_changed(path: str, key: Secret, database: Database) -> None:
    database.close()
    changed_number(path, "user_version", NEWEST + 1)
    before = Path(path).read_bytes()
    with pytest.raises(VaultNewer):
        Database.open(path, key)
    assert Path(path).read_bytes() == before


def test_another_applications_database_is_refused(path: str, key: Secret, database: Database) -> None:
    database.close()
    changed_number(path, "application_id", 1)
    with pytest.raises(DatabaseDamaged, match="not made by Signet"):
        Database.open(path, key)


def test_migrate_brings_an_empty_database_to_the_newest_schema_and_then_does_nothing(
    path: str, key: Secret, database: Database
) -> None:
    with database.snapshot() as cursor:
        assert cursor.execute("SELECT count(*) FROM sqlite_schema WHERE type = 'table'").fetchone()[0] == 27
    assert database.schema_version == NEWEST
    database.migrate()
    assert database.schema_version == NEWEST


def test_an_exception_undoes_the_transaction(database: Database) -> None:
    def fail() -> None:
        with database.transaction() as cursor:
            cursor.execute("INSERT INTO meta (name, value, entry, mac) VALUES ('a', x'', 0, x'')")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert names(database) == []
    put(database, "b")
    assert names(database) == ["b"]


def test_a_transaction_inside_a_transaction_is_refused(database: Database) -> None:
    with database.transaction(), pytest.raises(RuntimeError), database.transaction():
        pass
    with database.snapshot(), pytest.raises(RuntimeError), database.transaction():
        pass
    put(database, "after")
    assert names(database) == ["after"]


def test_a_snapshot_sees_one_moment(database: Database, path: str, key: Secret) -> None:
    other = Database.open(path, key)
    with database.snapshot() as cursor:
        assert cursor.execute("SELECT count(*) FROM meta").fetchone() == (0,)
        put(other, "a")
        assert cursor.execute("SELECT count(*) FROM meta").fetchone() == (0,)
    assert names(database) == ["a"]
    other.close()


def test_data_version_shows_another_connections_change(database: Database, path: str, key: Secret) -> None:
    other = Database.open(path, key)
    before = database.data_version()
    put(database, "own")
    assert database.data_version() == before
    put(other, "other")
    assert database.data_version() != before
    other.close()


def test_threads_take_turns(database: Database) -> None:
    def write(worker: int) -> None:
        for number in range(10):
            put(database, f"{worker}-{number}")

    threads = [threading.Thread(target=write, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names(database)) == 80


def test_two_processes_write(database: Database, path: str) -> None:
    code = (
        "for n in range(40):\n"
        "    with database.transaction() as c:\n"
        "        c.execute('INSERT INTO meta VALUES (?, x\\'\\', 0, x\\'\\')', (f'{sys.argv[2]}-{n}',))\n"
    )
    children = [child(code, path, name) for name in "ab"]
    for number in range(40):
        put(database, f"c-{number}")
    assert [process.wait(60) for process in children] == [0, 0]
    for process in children:
        process.communicate()
    assert len(names(database)) == 120


def test_a_writer_that_stays_makes_others_busy(
    database: Database, path: str, key: Secret, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "BUSY_SECONDS", 0.1)
    other = Database.open(path, key)
    with database.transaction(), pytest.raises(VaultBusy), other.transaction():
        pass
    put(other, "later")
    other.close()


def test_kill_in_the_middle_leaves_what_was_committed(database: Database, path: str, key: Secret) -> None:
    code = (
        "n = 0\nwhile True:\n"
        "    with database.transaction() as c:\n"
        "        c.execute('INSERT INTO meta VALUES (?, zeroblob(3000), 0, x\\'\\')', (f'a{n}',))\n"
        "        c.execute('INSERT INTO meta VALUES (?, zeroblob(3000), 0, x\\'\\')', (f'b{n}',))\n"
        "    print(n, flush=True)\n    n += 1\n"
    )
    database.close()
    done = 0
    for moment in (0.0, 0.005, 0.011, 0.02):
        process = child(code.replace("n = 0", f"n = {done}", 1), path)
        assert process.stdout is not None
        for _ in range(2):  # however slow the disk is
            process.stdout.readline()
        time.sleep(moment)
        process.send_signal(signal.SIGKILL)
        printed, _ = process.communicate()
        said = [int(line) for line in printed.splitlines()]
        again = Database.open(path, key)
        found = names(again)
        assert again.page_problems() == []
        again.close()
        count = len(found) // 2
        assert sorted(found) == sorted(f"{letter}{n}" for letter in "ab" for n in range(count))
        assert not said or count > said[-1]
        done = count
    assert done >= 8


def test_a_full_disk_is_said_and_changes_nothing(database: Database, path: str, key: Secret) -> None:
    database.close()
    code = (
        "import os, resource\nfrom signet.errors import DiskFull\n"
        "size = max(os.stat(sys.argv[1]).st_size, os.stat(sys.argv[1] + '-shm').st_size)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (size + 8192, size + 8192))\n"
        "try:\n"
        "    with database.transaction() as c:\n"
        "        for n in range(300):\n"
        "            c.execute('INSERT INTO meta VALUES (?, zeroblob(4000), 0, x\\'\\')', (str(n),))\n"
        "except DiskFull as error:\n    print(error.path)\n"
        "with database.snapshot() as c:\n    print(c.execute('SELECT count(*) FROM meta').fetchone()[0])\n"
        "with database.transaction() as c:\n"
        "    c.execute('INSERT INTO meta VALUES (\\'small\\', x\\'\\', 0, x\\'\\')')\n"
    )
    process = child(code, path)
    printed, _ = process.communicate(timeout=60)
    assert printed.splitlines() == [path, "0"]
    assert process.returncode == 0
    again = Database.open(path, key)
    assert names(again) == ["small"]
    assert again.page_problems() == []
    again.close()


def test_create_on_a_full_disk_leaves_nothing(path: str) -> None:
    code = (
        f"import sys, resource; sys.path.insert(0, {APP!r})\n"
        "from signet.secret import Secret\nfrom signet.store.database import Database\n"
        "from signet.errors import DiskFull\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))\n"
        "try:\n    Database.create(sys.argv[1], Secret(bytes(range(32))))\nexcept DiskFull:\n    sys.exit(7)\n"
    )
    assert subprocess.run([*PYTHON, code, path], check=False).returncode == 7
    assert os.listdir(os.path.dirname(path)) == ["home"]


def test_a_tampered_page_is_found(database: Database, path: str, key: Secret) -> None:
    for number in range(200):
        put(database, f"n{number}", b"x" * 500)
    database.close()
    content = bytearray(Path(path).read_bytes())
    content[5 * PAGE + 100] ^= 1
    Path(path).write_bytes(content)
    damaged = Database.open(path, key)
    assert any("page 6" in problem for problem in damaged.page_problems())
    with pytest.raises(DatabaseDamaged), damaged.snapshot() as cursor:
        cursor.execute("SELECT sum(length(value)), group_concat(name) FROM meta").fetchall()
    damaged.close()


def test_a_broken_reference_is_found(database: Database) -> None:
    assert database.page_problems() == []
    with database.snapshot() as cursor:
        connection = cursor.connection
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("INSERT INTO aliases VALUES ('a', 'no such key', 0, x'')")
    assert any("aliases" in problem for problem in database.page_problems())


@pytest.mark.parametrize("replaced", [False, True])
def test_a_file_that_was_taken_away_is_noticed_before_anything_is_written(
    database: Database, path: str, key: Secret, replaced: bool
) -> None:
    os.rename(path, path + ".old")
    if replaced:
        shutil.copy(path + ".old", path)
    for turn in (database.transaction, database.snapshot):
        with pytest.raises(DatabaseReplaced), turn():
            pass
    os.replace(path + ".old", path)
    put(database, "back")


def test_a_folder_without_permission_is_said(tmp_path: Path, key: Secret) -> None:
    with pytest.raises(FolderReadOnly):
        Database.create("/sys/vault.db", key)


def decrypted(content: bytes, key: bytes) -> bytes:
    """Decrypt a SQLCipher 4 database by its published design (zetetic.net/sqlcipher/design), not by SQLCipher."""
    salt = content[:16]
    mac_key = hashlib.pbkdf2_hmac("sha512", key, bytes(byte ^ 0x3A for byte in salt), 2, 32)
    pages = []
    for place in range(0, len(content), PAGE):
        page = content[place : place + PAGE]
        start = 16 if place == 0 else 0
        body, iv, mac = page[start : PAGE - 80], page[PAGE - 80 : PAGE - 64], page[PAGE - 64 :]
        number = (place // PAGE + 1).to_bytes(4, "little")
        assert hmac.digest(mac_key, body + iv + number, "sha512") == mac
        decryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
        plain = decryptor.update(body) + decryptor.finalize()
        pages.append((b"SQLite format 3\0" if start else b"") + plain + bytes(80))
    return b"".join(pages)


def test_the_file_is_what_sqlciphers_published_design_says(database: Database, path: str, tmp_path: Path) -> None:
    put(database, CANARY, b"value")
    database.close()
    plain = bytearray(decrypted(Path(path).read_bytes(), RAW_KEY))
    plain[18:20] = b"\1\1"  # Not the write-ahead log: that file is gone.
    (tmp_path / "plain.db").write_bytes(plain)
    connection = sqlite3.connect(tmp_path / "plain.db")
    try:
        assert connection.execute("SELECT name, value FROM meta").fetchall() == [(CANARY, b"value")]
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    finally:
        connection.close()


def test_plain_sqlite_cannot_read_it(database: Database, path: str) -> None:
    database.close()
    connection = sqlite3.connect(path)
    try:
        with pytest.raises(sqlite3.DatabaseError):
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    finally:
        connection.close()


def test_neither_database_nor_log_holds_plain_text(database: Database, path: str) -> None:
    for number in range(50):
        put(database, f"{CANARY}-{number}", CANARY.encode() * 20)
    log = Path(path + "-wal").read_bytes()
    database.checkpoint()
    everything = log + Path(path).read_bytes()
    assert len(log) > 50 * 100
    for plain in (CANARY.encode(), b"CREATE TABLE", b"SQLite format", RAW_KEY, RAW_KEY.hex().encode()):
        assert plain not in everything


def test_close_leaves_one_file(database: Database, path: str) -> None:
    put(database, "a")
    assert os.path.exists(path + "-wal")
    database.close()
    database.close()
    assert sorted(os.listdir(os.path.dirname(path))) == ["home", os.path.basename(path)]


def test_a_copy_under_another_key_is_whole(database: Database, path: str, tmp_path: Path) -> None:
    put(database, CANARY)
    target = str(tmp_path / "copy.db")
    other = Secret(b"o" * 32)
    database.copy_to(target, other)
    assert os.stat(target).st_mode & 0o777 == 0o600
    assert CANARY.encode() not in Path(target).read_bytes()
    copy = Database.open(target, other)
    assert names(copy) == [CANARY]
    assert copy.schema_version == NEWEST
    assert copy.page_problems() == []
    copy.close()
    with pytest.raises(DatabaseDamaged):
        Database.open(target, Secret(RAW_KEY))
    put(database, "still open")


def test_a_backup_is_one_file_under_the_same_key(database: Database, tmp_path: Path, key: Secret) -> None:
    put(database, CANARY)
    target = str(tmp_path / "backup.db")
    database.backup_to(target)
    assert sorted(name for name in os.listdir(tmp_path) if name.startswith("backup")) == ["backup.db"]
    assert os.stat(target).st_mode & 0o777 == 0o600
    backup = Database.open(target, key)
    assert names(backup) == [CANARY]
    backup.close()


def test_copies_write_over_nothing_and_leave_nothing_after_an_error(
    database: Database, tmp_path: Path, key: Secret
) -> None:
    target = tmp_path / "target.db"
    target.write_bytes(b"precious")
    with pytest.raises(VaultExists):
        database.copy_to(str(target), key)
    with pytest.raises(VaultExists):
        database.backup_to(str(target))
    assert target.read_bytes() == b"precious"
    target.unlink()
    with pytest.raises(ValueError, match="32 bytes"):
        database.copy_to(str(target), Secret(b"short"))
    assert not target.exists()


def test_a_copy_onto_a_full_disk_leaves_nothing_and_the_database_usable(database: Database, path: str) -> None:
    for number in range(30):
        put(database, str(number), b"x" * 20000)
    database.close()
    code = (
        "import os, resource\nfrom signet.errors import DiskFull\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000))\n"
        "for copy in (lambda t: database.copy_to(t, Secret(b'o' * 32)), database.backup_to):\n"
        "    try:\n        copy(sys.argv[1] + '.target')\n    except DiskFull:\n        print('full')\n"
        "with database.transaction() as c:\n    c.execute('DELETE FROM meta WHERE name = \\'1\\'')\n"
    )
    process = child(code, path)
    printed, _ = process.communicate(timeout=60)
    assert (printed, process.returncode) == ("full\nfull\n", 0)
    assert not [name for name in os.listdir(os.path.dirname(path)) if "target" in name]


def test_meta_can_be_read_before_the_mac_key_is_known(database: Database) -> None:
    put(database, "epoch", b"\1")
    assert database.read_meta_unchecked("epoch") == b"\1"
    assert database.read_meta_unchecked("none") is None


@pytest.mark.parametrize(
    "use",
    [
        lambda database, _: database.data_version(),
        lambda database, _: database.checkpoint(),
        lambda database, _: database.page_problems(),
        lambda database, _: database.read_meta_unchecked("epoch"),
        lambda database, folder: database.backup_to(str(folder / "copy.db")),
        lambda database, folder: database.copy_to(str(folder / "copy.db"), Secret(bytes(32))),
    ],
    ids=["data-version", "checkpoint", "pages", "read", "backup", "copy"],
)
def test_after_closing_everything_says_that_the_vault_is_locked(
    database: Database, tmp_path: Path, use: Callable[[Database, Path], object]
) -> None:
    database.close()
    with pytest.raises(VaultLocked):
        use(database, tmp_path)
    assert not (tmp_path / "copy.db").exists()
