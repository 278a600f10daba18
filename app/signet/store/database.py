"""The SQLCipher database: opened with a raw key, changed in transactions, copied whole.

Rules: SQLCipher's own key derivation never runs, so the key is always 32 raw bytes; every change is one immediate
transaction, synced before it returns; a database whose file was removed or replaced while it was open is refused,
because writing on would lose what is written without any error. Nobody opens the file of an open database by other
means in the same process: closing such a descriptor drops SQLite's POSIX locks (sqlite.org/howtocorrupt.html, 2.2).
"""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlcipher3 import dbapi2

from signet.errors import DatabaseDamaged, DatabaseReplaced, VaultExists, VaultLocked, VaultNewer, VaultNotFound
from signet.secret import Secret
from signet.store.connecting import keyed, raw_key, wipe
from signet.store.files import sync_folder
from signet.store.foreign import from_system, translated
from signet.store.migrations import NEWEST, apply_steps

APPLICATION_ID = 0x5369676E  # "Sign"; the header field of SQLite's file format, 1.3.8
SIDE_FILES = ("-wal", "-shm", "-journal")

Cursor = dbapi2.Cursor


class Database:
    """One open database file; safe to share between threads, which take turns."""

    def __init__(self, path: str, key: Secret, connection: dbapi2.Connection, identity: tuple[int, int]) -> None:
        self.path = path
        self._key = key.copy()  # Kept for `backup_to`; wiped by `close`.
        self._connection = connection
        self._identity = identity
        self._lock = threading.RLock()
        self._busy = False
        self._closed = False

    @classmethod
    def create(cls, path: str, key: Secret) -> Database:
        """Make a new database at ``path`` (0600, never over something) with the newest schema.

        ``key`` is 32 raw bytes, copied. Raises VaultExists, DiskFull, FolderReadOnly.
        """
        with _new_file(path):
            database = cls._connected(path, key)
            try:
                with translated(path, writing=True):
                    database._connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                    database._tune()
                    database.migrate()
                    database.checkpoint()
            except BaseException:
                database.close()
                raise
        return database

    @classmethod
    def open(cls, path: str, key: Secret) -> Database:
        """Open what `create` made, as it is; an older schema waits for `migrate`.

        Raises VaultNotFound, DatabaseDamaged (wrong key, damage, another application's file, not an ordinary file),
        VaultNewer, FolderReadOnly.
        """
        database = cls._connected(path, key)
        try:
            with translated(path):
                if database._pragma("application_id") != APPLICATION_ID:
                    raise DatabaseDamaged(reason="it was not made by Signet")
                if database.schema_version > NEWEST:
                    raise VaultNewer(what="database")
                database._tune()
        except BaseException:
            database.close()
            raise
        return database

    @classmethod
    def _connected(cls, path: str, key: Secret) -> Database:
        identity = _ordinary_file(path)
        connection = keyed(path, key)
        database = cls(path, key, connection, identity)
        try:
            with translated(path):
                # The first real read: until here a wrong key went unnoticed.
                connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            database._check_still_there()
        except BaseException:
            database.close()
            raise
        return database

    def _tune(self) -> None:
        for setting in (
            "foreign_keys = ON",
            "trusted_schema = OFF",
            "temp_store = MEMORY",
            "secure_delete = ON",
            "synchronous = FULL",
        ):
            self._connection.execute(f"PRAGMA {setting}").fetchall()
        if self._pragma("journal_mode = WAL") != "wal":
            raise DatabaseDamaged(reason="its folder does not allow a write-ahead log")

    def _pragma(self, text: str) -> object:
        row = self._connection.execute(f"PRAGMA {text}").fetchone()
        return row[0] if row else None

    @property
    def schema_version(self) -> int:
        """The schema's version, 0 for an empty database."""
        with self._open():
            return _whole_number(self._pragma("user_version"))

    @property
    def outdated(self) -> bool:
        """Whether the schema is older than this Signet's."""
        return self.schema_version < NEWEST

    def migrate(self) -> None:
        """Bring the schema to the newest version, all steps in one transaction."""
        first = self.schema_version
        if first == NEWEST:
            return
        with self.transaction() as cursor:
            apply_steps(cursor, first)

    @contextmanager
    def transaction(self) -> Iterator[Cursor]:
        """Hold the one writer's place: committed and synced at the end, undone on any exception.

        Threads take turns; a second one inside the first is a bug (RuntimeError). Raises VaultBusy if another process
        keeps the place for 5 s, DiskFull, FolderReadOnly, DatabaseReplaced.
        """
        with self._turn("BEGIN IMMEDIATE", writing=True) as cursor:
            yield cursor

    @contextmanager
    def snapshot(self) -> Iterator[Cursor]:
        """Read everything as of one moment, while other processes go on writing."""
        with self._turn("BEGIN DEFERRED", writing=False) as cursor:
            yield cursor

    @contextmanager
    def _turn(self, begin: str, *, writing: bool) -> Iterator[Cursor]:
        with self._open(writing=writing):
            if self._busy:
                raise RuntimeError("a transaction inside a transaction")
            self._check_still_there()
            cursor = self._connection.cursor()
            cursor.execute(begin)
            self._busy = True
            try:
                yield cursor
                cursor.execute("COMMIT")
            except BaseException:
                # SQLite has rolled back by itself after some errors, such as a full disk.
                if self._connection.in_transaction:
                    cursor.execute("ROLLBACK")
                raise
            finally:
                self._busy = False
                cursor.close()

    @contextmanager
    def _open(self, *, writing: bool = False) -> Iterator[None]:
        """Have the connection alone among threads; raise VaultLocked if it was closed, and Signet's own errors."""
        with self._lock, translated(self.path, writing=writing):
            if self._closed:
                raise VaultLocked
            yield

    def _check_still_there(self) -> None:
        try:
            found = os.stat(self.path, follow_symlinks=False)
        except FileNotFoundError as error:
            raise DatabaseReplaced(path=self.path) from error
        if (found.st_dev, found.st_ino) != self._identity:
            raise DatabaseReplaced(path=self.path)

    def read_meta_unchecked(self, name: str) -> bytes | None:
        """Read one value of ``meta`` before the MAC key is known; nothing vouches for it yet."""
        with self.snapshot() as cursor:
            row = cursor.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return None if row is None else bytes(row[0])

    def copy_to(self, path: str, key: Secret) -> None:
        """Write everything to a new database file (0600) under another raw key, synced."""
        version = self.schema_version
        hexed = raw_key(key)
        with self._open(writing=True), _new_file(path), translated(path, writing=True):
            if self._busy:
                raise RuntimeError("a copy inside a transaction")
            self._check_still_there()
            try:
                self._connection.execute("ATTACH DATABASE ? AS copy KEY ?", (path, hexed))
            finally:
                wipe(hexed)
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    self._connection.execute("SELECT sqlcipher_export('copy')").fetchone()
                    # The export leaves both numbers at 0.
                    self._connection.execute(f"PRAGMA copy.user_version = {version}")
                    self._connection.execute(f"PRAGMA copy.application_id = {APPLICATION_ID}")
                    self._connection.execute("COMMIT")
                finally:
                    if self._connection.in_transaction:
                        self._connection.execute("ROLLBACK")
            finally:
                self._connection.execute("DETACH DATABASE copy")
            _sync(path)

    def backup_to(self, path: str) -> None:
        """Write everything to a new database file (0600) under the same key: one file, without a log, synced."""
        with self._open(writing=True), _new_file(path), translated(path, writing=True):
            self._check_still_there()
            target = keyed(path, self._key)
            try:
                self._connection.backup(target)
                target.execute("PRAGMA journal_mode = DELETE").fetchone()
            finally:
                target.close()
            _sync(path)

    def page_problems(self) -> list[str]:
        """Check every page's MAC, SQLite's own structure and every reference; an empty list means all is well."""
        problems: list[str] = []
        with self._open():
            for check in ("cipher_integrity_check", "integrity_check", "foreign_key_check"):
                try:
                    rows = self._connection.execute(f"PRAGMA {check}").fetchall()
                except dbapi2.DatabaseError as error:
                    problems.append(f"{check}: {error}")
                    continue
                problems += [" ".join(map(str, row)) for row in rows if row != ("ok",)]
        return problems

    @property
    def closed(self) -> bool:
        """Whether `close` was called; everything else then raises VaultLocked."""
        return self._closed

    def data_version(self) -> int:
        """A number that changes when another connection has changed the database."""
        with self._open():
            return _whole_number(self._pragma("data_version"))

    def checkpoint(self) -> None:
        """Bring the log into the database file as far as readers allow."""
        with self._open(writing=True):
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def close(self) -> None:
        """Close the file and wipe the key; a second time does nothing."""
        with self._lock, translated(self.path):
            self._closed = True
            self._connection.close()
            self._key.wipe()


def _whole_number(value: object) -> int:
    if not isinstance(value, int):
        raise DatabaseDamaged(reason="a number in its head cannot be read")
    return value


def _ordinary_file(path: str) -> tuple[int, int]:
    """Return device and inode of the ordinary file at ``path``; a link there is refused."""
    try:
        found = os.stat(path, follow_symlinks=False)
    except FileNotFoundError as error:
        raise VaultNotFound(path=path) from error
    except OSError as error:
        raise from_system(error, path) from error
    if not stat.S_ISREG(found.st_mode):
        raise DatabaseDamaged(reason="it is not an ordinary file")
    return found.st_dev, found.st_ino


@contextmanager
def _new_file(path: str) -> Iterator[None]:
    """Make ``path`` (0600, O_EXCL), let it be filled, sync its folder; remove it if that fails."""
    with translated(path):
        try:
            made = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except FileExistsError as error:
            raise VaultExists(path=path) from error
        os.close(made)
        try:
            yield
            sync_folder(os.path.dirname(path) or ".")
        except BaseException:
            for end in ("", *SIDE_FILES):
                with suppress(FileNotFoundError):
                    os.unlink(path + end)
            raise


def _sync(path: str) -> None:
    """Sync a database file that no connection has open."""
    written = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        os.fsync(written)
    finally:
        os.close(written)
