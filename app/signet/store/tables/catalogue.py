"""The files that are known to hang on a key, and for whom they are: notes, which decide nothing."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from signet.store.database import Cursor

_COLUMNS = "message_id, key_id, version, content, path, size, created, seen"
_SELECT = " ".join(("SELECT", _COLUMNS, "FROM files"))


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

    def find(self, message_id: bytes) -> FileRecord | None:
        """Return the file with that message id, or None."""
        row = self._cursor.execute(_SELECT + " WHERE message_id = ?", (message_id,)).fetchone()
        return None if row is None else _record(row)

    def by_key(self, key_id: str) -> list[FileRecord]:
        """Return the files that hang on one key, newest first."""
        rows = self._cursor.execute(_SELECT + " WHERE key_id = ? ORDER BY created DESC, rowid DESC", (key_id,))
        return [_record(row) for row in rows]

    def by_path(self, path: str) -> list[FileRecord]:
        """Return the files last seen at that path, newest first."""
        statement = _SELECT + " WHERE path = ? ORDER BY created DESC, rowid DESC"
        rows = self._cursor.execute(statement, (os.fsencode(path),))
        return [_record(row) for row in rows]

    def all(self, limit: int | None = None) -> list[FileRecord]:
        """Return every known file, newest first, at most ``limit``."""
        statement = _SELECT + " ORDER BY created DESC, rowid DESC LIMIT ?"
        return [_record(row) for row in self._cursor.execute(statement, (-1 if limit is None else limit,))]

    def counts(self) -> dict[str, int]:
        """Return how many known files hang on each key, by key id; keys without any are left out."""
        statement = "SELECT key_id, COUNT(*) FROM files WHERE key_id IS NOT NULL GROUP BY key_id"
        return {str(key_id): int(count) for key_id, count in self._cursor.execute(statement)}

    def versions(self, key_id: str) -> dict[int, int]:
        """Return how many known files hang on each version of a key, by number; versions without any are left out."""
        statement = "SELECT version, COUNT(*) FROM files WHERE key_id = ? AND version IS NOT NULL GROUP BY version"
        return {int(number): int(count) for number, count in self._cursor.execute(statement, (key_id,))}

    def recipients(self) -> dict[bytes, frozenset[str]]:
        """Return for whom each known file is, by message id; see `Catalogue.set_recipients`."""
        found: dict[bytes, set[str]] = defaultdict(set)
        for message_id, name in self._cursor.execute("SELECT message_id, recipient FROM file_recipients"):
            found[bytes(message_id)].add(str(name))
        return {message_id: frozenset(names) for message_id, names in found.items()}

    def recipients_of(self, message_id: bytes) -> frozenset[str]:
        """Return for whom one file is."""
        rows = self._cursor.execute("SELECT recipient FROM file_recipients WHERE message_id = ?", (message_id,))
        return frozenset(str(name) for (name,) in rows)

    def for_recipients(self, names: Collection[str]) -> set[bytes]:
        """Return the message ids of the known files that are for any of these."""
        found: set[bytes] = set()
        for name in names:
            rows = self._cursor.execute("SELECT message_id FROM file_recipients WHERE recipient = ?", (name,))
            found.update(bytes(message_id) for (message_id,) in rows)
        return found

    def written_here(self, message_id: bytes) -> bool:
        """Whether this vault's person gave the file's context; False if that is not known."""
        row = self._cursor.execute("SELECT own FROM files WHERE message_id = ?", (message_id,)).fetchone()
        return bool(row and row[0])


class Catalogue(CatalogueReading):
    """Read and write what is known of encrypted files."""

    def record(self, record: FileRecord) -> None:
        """Note a file, in place of what was known of its message id."""
        self._cursor.execute(
            " ".join(("INSERT OR REPLACE INTO files (", _COLUMNS, ") VALUES (?, ?, ?, ?, ?, ?, ?, ?)")),
            (
                record.message_id,
                record.key_id,
                record.version,
                record.content,
                os.fsencode(record.path),
                record.size,
                record.created,
                record.seen,
            ),
        )

    def set_recipients(self, message_id: bytes, names: Iterable[str]) -> None:
        """Note for whom a file is: ``KEY-UUID/VERSION``, or the SHA-256 of a public key in hexadecimal.

        A message has one header ever, so this never changes.
        """
        self._cursor.executemany(
            "INSERT OR IGNORE INTO file_recipients (message_id, recipient) VALUES (?, ?)",
            [(message_id, name) for name in names],
        )

    def set_written_here(self, message_id: bytes, own: bool) -> None:
        """Note whether this vault's person gave the file's context."""
        self._cursor.execute("UPDATE files SET own = ? WHERE message_id = ?", (int(own), message_id))

    def set_seen(self, message_id: bytes, time: str, *, path: str | None = None) -> None:
        """Note when a file was last seen and, if it moved, where."""
        if path is None:
            self._cursor.execute("UPDATE files SET seen = ? WHERE message_id = ?", (time, message_id))
        else:
            self._cursor.execute(
                "UPDATE files SET seen = ?, path = ? WHERE message_id = ?", (time, os.fsencode(path), message_id)
            )

    def forget(self, message_id: bytes) -> None:
        """Remove what is known of a file; one that is not known is no error."""
        self._cursor.execute("DELETE FROM files WHERE message_id = ?", (message_id,))
        self._cursor.execute("DELETE FROM file_recipients WHERE message_id = ?", (message_id,))


def _record(row: tuple[Any, ...]) -> FileRecord:
    message_id, key_id, version, content, path, size, created, seen = row
    return FileRecord(message_id, key_id, version, content, os.fsdecode(path), size, created, seen)
