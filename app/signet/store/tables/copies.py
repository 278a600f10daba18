"""What was decrypted and may still be there, unprotected: notes, which decide nothing."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from signet.store.database import Cursor
from signet.store.tables.many import Row, WaitingRows, replace_many

_NEW = "INSERT OR FAIL INTO copies (path, message_id, content, created)"


@dataclass(frozen=True)
class CopyRecord:
    """A file or folder that decrypting made: where, of which message, when (RFC 3339 in UTC).

    ``content`` is ``file`` or ``folder``; ``path`` may hold any file name (surrogateescape, PEP 383).
    """

    path: str
    message_id: bytes
    content: str
    created: str


class CopiesReading:
    """Read what was decrypted."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor

    def all(self) -> list[CopyRecord]:
        """Return every copy that was not forgotten, newest first."""
        rows = self._cursor.execute(
            "SELECT path, message_id, content, created FROM copies ORDER BY created DESC, path"
        )
        return [CopyRecord(os.fsdecode(path), bytes(message_id), *rest) for path, message_id, *rest in rows]


class Copies(CopiesReading):
    """Note and forget what was decrypted; what is noted waits until something is read or the transaction ends."""

    def __init__(self, cursor: Cursor) -> None:
        super().__init__(cursor)
        self._waiting = WaitingRows(cursor)

    def all(self) -> list[CopyRecord]:
        """Return every copy that was not forgotten, newest first."""
        self._waiting.write()
        return super().all()

    def finish(self) -> None:
        """Write what waits: the transaction is about to end."""
        self._waiting.write()

    def note(self, record: CopyRecord) -> None:
        """Note a copy, in place of what was known at its path."""
        row = os.fsencode(record.path), record.message_id, record.content, record.created
        self._waiting.add("copies", _note, row)

    def forget(self, path: str) -> None:
        """Forget the copy at a path; one that is not known is no error."""
        self._waiting.write()
        self._cursor.execute("DELETE FROM copies WHERE path = ?", (os.fsencode(path),))


def _note(cursor: Cursor, rows: Sequence[Row]) -> None:
    replace_many(cursor, _NEW, table="copies", key="path", rows=rows)
