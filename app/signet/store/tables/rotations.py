"""When keys are rotated automatically: one row a key; none for a key that is not."""

from __future__ import annotations

from signet.errors import RecordDisagrees
from signet.keys.rotation import Schedule
from signet.keys.state import KeyState
from signet.store.tables.sealed import KEY_ROTATIONS, Row, Unchecked, Witness


class RotationsReading:
    """Read schedules; every row is checked against its MAC (RecordDisagrees names it)."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness

    def get(self, key_id: str) -> Schedule | None:
        """Return the schedule of a key, None if it has none."""
        row = self._witness.row(KEY_ROTATIONS, key_id)
        return None if row is None else _schedule(row)

    def rows(self) -> Unchecked:
        """Return every row, to be checked at leisure."""
        return self._witness.unchecked(KEY_ROTATIONS)

    def due(self, now: str, *, limit: int) -> list[Schedule]:
        """Return the schedules of enabled keys whose date is ``now`` (RFC 3339) or before, longest due first."""
        # Not key_id IN (SELECT ...), for which SQLite would write down every enabled key first.
        enabled = "EXISTS (SELECT 1 FROM keys WHERE keys.id = key_rotations.key_id AND keys.state = ?)"
        rest = f"WHERE next <= ? AND {enabled} ORDER BY next, key_id LIMIT ?"
        return [
            _schedule(row) for row in self._witness.rows(KEY_ROTATIONS, rest, (now, str(KeyState.ENABLED), limit))
        ]


class Rotations(RotationsReading):
    """Read and write schedules; what is written is named in the next audit entry."""

    def set(self, schedule: Schedule) -> None:
        """Give a key that schedule (``key_rotations/KEY`` in the log)."""
        self._witness.write(KEY_ROTATIONS, vars(schedule))

    def remove(self, key_id: str) -> None:
        """Take the schedule of a key away; one that has none is no error."""
        if self.get(key_id) is not None:
            self._witness.delete(KEY_ROTATIONS, key_id)


def _schedule(row: Row) -> Schedule:
    days, due = row["days"], row["next"]
    if not isinstance(days, int) or not isinstance(due, str):
        raise RecordDisagrees(place=KEY_ROTATIONS.name_of(row))
    return Schedule(str(row["key_id"]), days, due)
