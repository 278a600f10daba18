"""How often each key was used on each day: a note beside the log, counted as entries are appended.

Days are those of UTC, as the log's times are. No MAC holds it: it only draws pictures, and whoever verifies the log
counts anew. The total of all keys stands under the key "".
"""

from __future__ import annotations

from signet.audit.entry import Entry, Outcome
from signet.keys.state import Operation
from signet.store.database import Cursor

TOTAL = ""
USES = frozenset(str(operation) for operation in Operation)
"""The operations that count as a use of a key."""
_DAY = 10  # characters of RFC 3339 that are the date

_COUNT = (
    "INSERT INTO use_days (key_id, day, uses) VALUES (?, ?, 1)"
    " ON CONFLICT (key_id, day) DO UPDATE SET uses = uses + 1"
)
_PLACES = ", ".join("?" * len(USES))
_COUNTED = "".join(
    (
        "SELECT key AS key_id, substr(time, 1, 10) AS day, count(*) AS uses FROM audit WHERE outcome = 'done'"
        " AND key IS NOT NULL AND operation IN (",
        _PLACES,
        ") GROUP BY 1, 2",
    )
)
_FROM_LOG = " ".join(
    (
        "WITH counted AS (", _COUNTED, ") SELECT key_id, day, uses FROM counted",
        "UNION ALL SELECT '', day, sum(uses) FROM counted GROUP BY day",
    )
)  # fmt: skip


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

    def agree(self) -> bool:
        """Whether the counts are those of the log."""
        noted = "SELECT key_id, day, uses FROM use_days"
        for one, other in ((_FROM_LOG, noted), (noted, _FROM_LOG)):
            statement = " ".join(("SELECT * FROM (", one, ") EXCEPT SELECT * FROM (", other, ") LIMIT 1"))
            if self._cursor.execute(statement, sorted(USES)).fetchone() is not None:
                return False
        return True


class UseDays(UseDaysReading):
    """Read and write the counts."""

    def note(self, entry: Entry) -> None:
        """Count an entry, if it is a use that was done."""
        if entry.key is not None and entry.outcome is Outcome.DONE and entry.operation in USES:
            day = entry.time[:_DAY]
            self._cursor.executemany(_COUNT, ((entry.key, day), (TOTAL, day)))

    def recount(self) -> None:
        """Count anew from the log."""
        self._cursor.execute("DELETE FROM use_days")
        self._cursor.execute(" ".join(("INSERT INTO use_days (key_id, day, uses)", _FROM_LOG)), sorted(USES))
