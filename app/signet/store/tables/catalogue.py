"""The files that are known to hang on a key, and for whom they are: notes, which decide nothing."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from signet.store.database import Cursor
from signet.store.tables.many import Row, WaitingRows, at_once, insert_many, places, replace_many

_COLUMNS = "message_id, key_id, version, content, path, size, created, seen"
_SELECT = " ".join(("SELECT", _COLUMNS, "FROM files"))
_PATH, _SEEN = (_COLUMNS.split(", ").index(name) for name in ("path", "seen"))
_NEW = " ".join(("INSERT OR FAIL INTO files (", _COLUMNS, ", own)"))
_RECIPIENT = "INSERT OR IGNORE INTO file_recipients (message_id, recipient)"


@dataclass(frozen=True)
class FileRecord:
    """One encrypted file: message id (bytes of its header), key and version (None if for others only), where it is.

    ``content`` is ``file`` or ``folder``; ``size`` is in bytes; ``created`` and ``seen`` are RFC 3339 in UTC.
    ``path`` may hold any file name (surrogateescape, PEP 383).
    """

    message_id: bytes
    key_id: str | None
    version: int | None
    content: str
    path: str
    size: int
    created: str
    seen: str


class CatalogueReading:
    """Read what is known of encrypted files."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor

    def _settled(self) -> Cursor:
        """The cursor, once everything that was noted is written."""
        return self._cursor

    def find(self, message_id: bytes) -> FileRecord | None:
        """Return the file with that message id, or None."""
        row = self._settled().execute(_SELECT + " WHERE message_id = ?", (message_id,)).fetchone()
        return None if row is None else _record(row)

    def by_key(self, key_id: str) -> list[FileRecord]:
        """Return the files that hang on one key, newest first."""
        rows = self._settled().execute(_SELECT + " WHERE key_id = ? ORDER BY created DESC, rowid DESC", (key_id,))
        return [_record(row) for row in rows]

    def by_path(self, path: str) -> list[FileRecord]:
        """Return the files last seen at that path, newest first."""
        statement = _SELECT + " WHERE path = ? ORDER BY created DESC, rowid DESC"
        rows = self._settled().execute(statement, (os.fsencode(path),))
        return [_record(row) for row in rows]

    def all(self, limit: int | None = None) -> list[FileRecord]:
        """Return every known file, newest first, at most ``limit``."""
        statement = _SELECT + " ORDER BY created DESC, rowid DESC LIMIT ?"
        return [_record(row) for row in self._settled().execute(statement, (-1 if limit is None else limit,))]

    def counts(self) -> dict[str, int]:
        """Return how many known files hang on each key, by key id; keys without any are left out."""
        statement = "SELECT key_id, COUNT(*) FROM files WHERE key_id IS NOT NULL GROUP BY key_id"
        return {str(key_id): int(count) for key_id, count in self._settled().execute(statement)}

    def versions(self, key_id: str) -> dict[int, int]:
        """Return how many known files hang on each version of a key, by number; versions without any are left out."""
        statement = "SELECT version, COUNT(*) FROM files WHERE key_id = ? AND version IS NOT NULL GROUP BY version"
        return {int(number): int(count) for number, count in self._settled().execute(statement, (key_id,))}

    def recipients(self) -> dict[bytes, frozenset[str]]:
        """Return for whom each known file is, by message id; see `Catalogue.set_recipients`."""
        found: dict[bytes, set[str]] = defaultdict(set)
        for message_id, name in self._settled().execute("SELECT message_id, recipient FROM file_recipients"):
            found[bytes(message_id)].add(str(name))
        return {message_id: frozenset(names) for message_id, names in found.items()}

    def recipients_of(self, message_id: bytes) -> frozenset[str]:
        """Return for whom one file is."""
        rows = self._settled().execute("SELECT recipient FROM file_recipients WHERE message_id = ?", (message_id,))
        return frozenset(str(name) for (name,) in rows)

    def for_recipients(self, names: Collection[str]) -> set[bytes]:
        """Return the message ids of the known files that are for any of these."""
        found: set[bytes] = set()
        for name in names:
            rows = self._settled().execute("SELECT message_id FROM file_recipients WHERE recipient = ?", (name,))
            found.update(bytes(message_id) for (message_id,) in rows)
        return found

    def written_here(self, message_id: bytes) -> bool:
        """Whether this vault's person gave the file's context; False if that is not known."""
        row = self._settled().execute("SELECT own FROM files WHERE message_id = ?", (message_id,)).fetchone()
        return bool(row and row[0])


class Catalogue(CatalogueReading):
    """Read and write what is known of encrypted files.

    What is noted waits until something is read or the transaction ends (`WaitingRows`).
    """

    def __init__(self, cursor: Cursor) -> None:
        super().__init__(cursor)
        self._waiting = WaitingRows(cursor)

    def _settled(self) -> Cursor:
        self._waiting.write()
        return self._cursor

    def finish(self) -> None:
        """Write what waits: the transaction is about to end."""
        self._waiting.write()

    def record(self, record: FileRecord, *, own: bool | None = None) -> None:
        """Note a file, in place of what was known of its message id; see `written_here` for ``own``."""
        self._waiting.add("files", _write, _values(record, own=own))

    def record_opened(self, record: FileRecord) -> None:
        """Note where and when a file was seen; all of it, as not written here, if its message id was not known."""
        self._waiting.add("files", _write_opened, _values(record, own=False))

    def set_recipients(self, message_id: bytes, names: Iterable[str]) -> None:
        """Note for whom a file is: ``KEY-UUID/VERSION``, or the SHA-256 of a public key in hexadecimal.

        A message has one header ever, so this never changes.
        """
        for name in names:
            self._waiting.add("file_recipients", _write_recipients, (message_id, name))

    def set_seen(self, message_id: bytes, time: str, *, path: str | None = None) -> None:
        """Note when a file was last seen and, if it moved, where."""
        if path is None:
            self._settled().execute("UPDATE files SET seen = ? WHERE message_id = ?", (time, message_id))
        else:
            self._settled().execute(
                "UPDATE files SET seen = ?, path = ? WHERE message_id = ?", (time, os.fsencode(path), message_id)
            )

    def forget(self, message_id: bytes) -> None:
        """Remove what is known of a file; one that is not known is no error."""
        cursor = self._settled()
        cursor.execute("DELETE FROM files WHERE message_id = ?", (message_id,))
        cursor.execute("DELETE FROM file_recipients WHERE message_id = ?", (message_id,))


def _write(cursor: Cursor, rows: Sequence[Row]) -> None:
    replace_many(cursor, _NEW, table="files", key="message_id", rows=rows)


def _write_opened(cursor: Cursor, rows: Sequence[Row]) -> None:
    """Change what is new of the messages that are known, and nothing else; insert the others."""
    opened: dict[object, list[object]] = {}
    for row in rows:
        # A message that is opened twice is known the second time.
        noted = opened.setdefault(row[0], list(row))
        noted[_PATH], noted[_SEEN] = row[_PATH], row[_SEEN]
    for some in at_once(tuple(map(tuple, opened.values()))):
        statement = " ".join(("SELECT message_id, path FROM files WHERE message_id IN", places(len(some))))
        known = dict(cursor.execute(statement, [row[0] for row in some]).fetchall())
        insert_many(cursor, _NEW, [row for row in some if row[0] not in known])
        stayed: dict[object, list[object]] = {}
        for message_id, path, seen in ((row[0], row[_PATH], row[_SEEN]) for row in some if row[0] in known):
            if path == known[message_id]:
                stayed.setdefault(seen, []).append(message_id)
            else:
                moved = "UPDATE OR FAIL files SET seen = ?, path = ? WHERE message_id = ?"
                cursor.execute(moved, (seen, path, message_id))
        for seen, ids in stayed.items():
            statement = " ".join(("UPDATE OR FAIL files SET seen = ? WHERE message_id IN", places(len(ids))))
            cursor.execute(statement, (seen, *ids))


def _write_recipients(cursor: Cursor, rows: Sequence[Row]) -> None:
    insert_many(cursor, _RECIPIENT, rows)


def _record(row: tuple[Any, ...]) -> FileRecord:
    message_id, key_id, version, content, path, size, created, seen = row
    return FileRecord(message_id, key_id, version, content, os.fsdecode(path), size, created, seen)


def _values(record: FileRecord, *, own: bool | None) -> tuple[object, ...]:
    return (
        record.message_id,
        record.key_id,
        record.version,
        record.content,
        os.fsencode(record.path),
        record.size,
        record.created,
        record.seen,
        own,
    )
