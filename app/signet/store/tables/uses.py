"""How often each key version was used: notes, apart from the rows that decide, so that a use rewrites none of those.

A use is a job that the door let through: a batch of files is one. A job that opens several versions of a key is one
use of each.
"""

from __future__ import annotations

from typing import NamedTuple

from signet.store.database import Cursor


class Uses(NamedTuple):
    """How often a key, or one version of it, was used, and when last (RFC 3339 in UTC; empty if never).

    ``wraps`` counts AES-GCM uses of the material as a wrapping key.
    """

    uses: int = 0
    wraps: int = 0
    last_used: str = ""


class UsesReading:
    """Read the counters."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor

    def all(self) -> dict[str, Uses]:
        """Return the uses of each key, by key id; a key that was never used is left out."""
        rows = self._cursor.execute("SELECT key_id, uses, wraps, last_used FROM key_uses WHERE uses > 0 OR wraps > 0")
        found: dict[str, Uses] = {}
        # Not by GROUP BY: SQLCipher wipes what each group took of memory, which costs more than all the rest.
        for key_id, uses, wraps, last_used in rows:
            known = found.get(key_id)
            if known is not None:
                uses, wraps, last_used = uses + known.uses, wraps + known.wraps, max(last_used, known.last_used)
            found[key_id] = Uses(uses, wraps, last_used)
        return {key_id: uses for key_id, uses in found.items() if uses.uses}

    def of_key(self, key_id: str) -> dict[int, Uses]:
        """Return the uses of each version of one key, by number; a version that was never used is left out."""
        rows = self._cursor.execute("SELECT number, uses, wraps, last_used FROM key_uses WHERE key_id = ?", (key_id,))
        return {int(number): Uses(*rest) for number, *rest in rows}

    def worn(self, wraps: int) -> dict[str, int]:
        """Return the current versions that wrapped at least so often: key id to how often."""
        rows = self._cursor.execute(
            "SELECT id, wraps FROM key_uses CROSS JOIN keys ON id = key_id AND version = number "
            "WHERE wraps >= ? ORDER BY id",
            (wraps,),
        )
        return {str(key_id): int(count) for key_id, count in rows}


class UsesWriting(UsesReading):
    """Read and write the counters."""

    def count(self, key_id: str, number: int, *, time: str, uses: int = 1, wraps: int = 0) -> int:
        """Count uses of a version at ``time`` (RFC 3339), and wraps; return the new total of wraps."""
        row = self._cursor.execute(
            "INSERT INTO key_uses (key_id, number, uses, wraps, last_used) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (key_id, number) DO UPDATE SET uses = uses + excluded.uses, wraps = wraps + excluded.wraps, "
            "last_used = excluded.last_used RETURNING wraps",
            (key_id, number, uses, wraps, time),
        ).fetchone()
        return int(row[0])
