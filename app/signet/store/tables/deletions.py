"""Keys that are to be deleted, and how everything that belongs to a key goes at once."""

from __future__ import annotations

from signet.keys.deletion import KeyDeletion
from signet.store.tables.sealed import KEY_DELETIONS, KEYS, SEALED_TABLES, Row, Witness


class DeletionsReading:
    """Read which keys are to be deleted; every row is checked against its MAC (RecordDisagrees names it)."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness

    def of_key(self, key_id: str) -> KeyDeletion | None:
        """Return when a key is to be deleted, None if it is not."""
        row = self._witness.row(KEY_DELETIONS, key_id)
        return None if row is None else _deletion(row)

    def all(self) -> list[KeyDeletion]:
        """Return every deletion, the earliest first."""
        return [_deletion(row) for row in self._witness.rows(KEY_DELETIONS, "ORDER BY due, key_id")]


class Deletions(DeletionsReading):
    """Schedule, cancel and carry out; what is written is named in the next audit entry."""

    def insert(self, deletion: KeyDeletion) -> None:
        """Note that a key is to be deleted (``key_deletions/KEY`` in the log)."""
        row: Row = {"key_id": deletion.key_id, "requested": deletion.requested, "due": deletion.due}
        self._witness.write(KEY_DELETIONS, row)

    def remove(self, key_id: str) -> None:
        """Note that a key is to stay."""
        self._witness.delete(KEY_DELETIONS, key_id)

    def destroy(self, key_id: str) -> None:
        """Remove a key and all that belongs to it: versions, names, guard copies, whatever names it by ``key_id``.

        The files that hung on it stay in the catalogue. A row that refers to another goes before it.
        """
        for table in reversed(SEALED_TABLES):
            if "key_id" in table.columns:
                for row in list(self._witness.rows(table, "WHERE key_id = ?", (key_id,))):
                    self._witness.delete(table, *(row[name] for name in table.key))
        self._witness.cursor.execute("DELETE FROM key_uses WHERE key_id = ?", (key_id,))
        self._witness.delete(KEYS, key_id)


def _deletion(row: Row) -> KeyDeletion:
    return KeyDeletion(
        key_id=str(row["key_id"]),
        requested=str(row["requested"]),
        due=str(row["due"]),
        entry=int(row["entry"] or 0),
    )
