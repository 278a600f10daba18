"""How often each key was used on each day: a note beside the log, counted as entries are appended.

Days are those of UTC, as the log's times are. No MAC holds it: it only draws pictures, and whoever verifies the log
counts anew. The total of all keys stands under the key "".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from signet.audit.entry import Entry, Outcome
from signet.keys.state import Operation
from signet.store.database import Cursor

TOTAL = ""
USES = frozenset(str(operation) for operation in Operation)
"""The operations that count as a use of a key."""
_DONE = str(Outcome.DONE)
_DAY = 10  # characters of RFC 3339 that are the date

_COUNT = (
    "INSERT INTO use_days (key_id, day, uses) VALUES (?, ?, ?)"
    " ON CONFLICT (key_id, day) DO UPDATE SET uses = uses + excluded.uses"
)
_NOTED = "SELECT key_id, day, uses FROM use_days"
_INSERT = "INSERT INTO use_days (key_id, day, uses) VALUES (?, ?, ?)"

Counts = Counter[tuple[str, str]]
"""Uses by key id and day."""


def count_use(counts: Counts, *, key: str | None, outcome: str, operation: str, time: str) -> None:
    """Count an entry with these columns, if it is a use that was done."""
    if key is not None and outcome == _DONE and operation in USES:
        counts[key, time[:_DAY]] += 1
        counts[TOTAL, time[:_DAY]] += 1


class UseDaysReading:
    """Read the counts."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor

    def by_day(self, key_id: str, *, since: str) -> dict[str, int]:
        """Return the uses of a key, or of all (`TOTAL`), by day (``2026-11-22``, UTC) from ``since`` on."""
        rows = self._cursor.execute(
            "SELECT day, uses FROM use_days WHERE key_id = ? AND day >= ? ORDER BY day", (key_id, since)
        )
        return {str(day): int(uses) for day, uses in rows}

    def agree(self, counts: Counts) -> bool:
        """Whether what is noted is what was counted in the whole log (`AuditReading.verify` does)."""
        noted = 0
        for key_id, day, uses in self._cursor.execute(_NOTED):
            noted += 1
            if counts.get((key_id, day)) != uses:
                return False
        return noted == len(counts)


class UseDays(UseDaysReading):
    """Read and write the counts."""

    def note(self, entries: Iterable[Entry]) -> None:
        """Count the entries that are uses that were done."""
        counts = Counts()
        for entry in entries:
            count_use(counts, key=entry.key, outcome=entry.outcome, operation=entry.operation, time=entry.time)
        if counts:  # before a migration, when the table is not there yet, nothing is used
            self._cursor.executemany(_COUNT, _rows(counts))

    def replace(self, counts: Counts) -> None:
        """Note what was counted in the whole log instead of what is noted."""
        self._cursor.execute("DELETE FROM use_days")
        self._cursor.executemany(_INSERT, _rows(counts))


def _rows(counts: Counts) -> list[tuple[str, str, int]]:
    return [(key_id, day, uses) for (key_id, day), uses in counts.items()]
