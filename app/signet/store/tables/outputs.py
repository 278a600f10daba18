"""Outputs that are being written: noted before they exist, so that a crash leaves nothing that is not swept."""

from __future__ import annotations

import os
from dataclasses import dataclass

from signet.store.database import Cursor


@dataclass(frozen=True)
class PendingOutput:
    """A file being written: its folder, its temporary name, when it was noted (RFC 3339).

    Where a message takes the place of another, ``message_id`` is its own id and ``replaces`` that of the other.
    """

    folder: str
    name: str
    created: str
    message_id: bytes | None = None
    replaces: bytes | None = None


class OutputsReading:
    """Read which outputs are being written."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor

    def all(self) -> list[PendingOutput]:
        """Return all that were noted and not yet forgotten, oldest first."""
        rows = self._cursor.execute(
            "SELECT folder, name, created, message_id, replaces FROM outputs ORDER BY created, folder, name"
        )
        return [PendingOutput(os.fsdecode(folder), *rest) for folder, *rest in rows]


class Outputs(OutputsReading):
    """Note and forget outputs that are being written."""

    def note(self, folder: str, name: str, created: str) -> None:
        """Note an output before it is made; noting it twice is no error."""
        self._cursor.execute(
            "INSERT OR REPLACE INTO outputs (folder, name, created) VALUES (?, ?, ?)",
            (os.fsencode(folder), name, created),
        )

    def tie(self, folder: str, name: str, message_id: bytes, replaces: bytes) -> None:
        """Say which message is to take the place of which under a noted output; `forget` passes it over then."""
        self._cursor.execute(
            "UPDATE outputs SET message_id = ?, replaces = ? WHERE folder = ? AND name = ?",
            (message_id, replaces, os.fsencode(folder), name),
        )

    def forget(self, folder: str, name: str, *, tied: bool = False) -> None:
        """Forget an output that was published or removed; one that is not known is no error.

        One that says which message replaces which stays unless ``tied``: until it is known what came of it.
        """
        self._cursor.execute(
            "DELETE FROM outputs WHERE folder = ? AND name = ? AND (replaces IS NULL OR ?)",
            (os.fsencode(folder), name, tied),
        )
