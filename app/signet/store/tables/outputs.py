"""Outputs that are being written: noted before they exist, so that a crash leaves nothing that is not swept."""

from __future__ import annotations

import os
from dataclasses import dataclass

from signet.store.database import Cursor


@dataclass(frozen=True)
class PendingOutput:
    """A file being written: its folder, its temporary name, when it was noted (RFC 3339)."""

    folder: str
    name: str
    created: str


class OutputsReading:
    """Read which outputs are being written."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor

    def all(self) -> list[PendingOutput]:
        """Return all that were noted and not yet forgotten, oldest first."""
        rows = self._cursor.execute("SELECT folder, name, created FROM outputs ORDER BY created, folder, name")
        return [PendingOutput(os.fsdecode(folder), name, created) for folder, name, created in rows]


class Outputs(OutputsReading):
    """Note and forget outputs that are being written."""

    def note(self, folder: str, name: str, created: str) -> None:
        """Note an output before it is made; noting it twice is no error."""
        self._cursor.execute(
            "INSERT OR REPLACE INTO outputs (folder, name, created) VALUES (?, ?, ?)",
            (os.fsencode(folder), name, created),
        )

    def forget(self, folder: str, name: str) -> None:
        """Forget an output that was published or removed; one that is not known is no error."""
        self._cursor.execute("DELETE FROM outputs WHERE folder = ? AND name = ?", (os.fsencode(folder), name))
