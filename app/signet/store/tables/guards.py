"""Who guards a key: the guard key of each version, wrapped to each guard."""

from __future__ import annotations

from signet.keys.model import GuardCopy
from signet.store.tables.sealed import KEY_GUARDS, Row, Witness


class GuardsReading:
    """Read guard copies; every row is checked against its MAC (RecordDisagrees names it)."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness

    def of_key(self, key_id: str) -> list[GuardCopy]:
        """Return every copy of every version of a key, by version and guard."""
        rows = self._witness.rows(KEY_GUARDS, "WHERE key_id = ? ORDER BY number, method_id", (key_id,))
        return [_copy(row) for row in rows]

    def all(self) -> list[GuardCopy]:
        """Return every copy of every key, by key, version and guard."""
        return [_copy(row) for row in self._witness.rows(KEY_GUARDS, "ORDER BY key_id, number, method_id")]


class Guards(GuardsReading):
    """Read and write guard copies; what is written is named in the next audit entry."""

    def insert(self, copy: GuardCopy) -> None:
        """Add a copy (``key_guards/KEY/VERSION/METHOD`` in the log)."""
        self._witness.write(KEY_GUARDS, vars(copy))

    def remove(self, copy: GuardCopy) -> None:
        """Remove a copy."""
        self._witness.delete(KEY_GUARDS, copy.key_id, copy.number, copy.method_id)

    def drop_guard(self, method_id: str) -> None:
        """Remove every copy of a guard: its way in is gone."""
        for copy in self.all():
            if copy.method_id == method_id:
                self.remove(copy)


def _copy(row: Row) -> GuardCopy:
    wrapped = row["wrapped"]
    return GuardCopy(
        key_id=str(row["key_id"]),
        number=int(row["number"] or 0),
        method_id=str(row["method_id"]),
        created=str(row["created"]),
        wrapped=wrapped if isinstance(wrapped, bytes) else b"",
    )
