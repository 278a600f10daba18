"""What the vault itself knows of its unlock methods: who holds them, where, when they last worked."""

from __future__ import annotations

from dataclasses import dataclass, replace

from signet.errors import UnlockMethodNotFound
from signet.store.tables.sealed import METHODS, Row, Witness


@dataclass(frozen=True)
class MethodRecord:
    """One unlock method as the database knows it; ``proven_at`` is RFC 3339, None until it has worked once.

    ``holder`` and ``place`` say who has it and where it is kept; they never stand in the header.
    """

    id: str
    kind: str
    label: str
    holder: str
    place: str
    created: str
    proven_at: str | None = None


class MethodsReading:
    """Read what is known of the unlock methods."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness

    def all(self) -> list[MethodRecord]:
        """Return every method, oldest first; raises RecordDisagrees."""
        return [_record(row) for row in self._witness.rows(METHODS, "ORDER BY created, id")]

    def get(self, method_id: str) -> MethodRecord:
        """Return one method; raises UnlockMethodNotFound, RecordDisagrees."""
        row = self._witness.row(METHODS, method_id)
        if row is None:
            raise UnlockMethodNotFound(name=method_id)
        return _record(row)


class Methods(MethodsReading):
    """Read and write what is known of the unlock methods."""

    def insert(self, record: MethodRecord) -> None:
        """Add a method (``methods/ID`` in the log)."""
        self._witness.write(METHODS, vars(record))

    def set_proven(self, method_id: str, time: str) -> None:
        """Note when a method last worked; raises UnlockMethodNotFound."""
        self._witness.write(METHODS, vars(replace(self.get(method_id), proven_at=time)))

    def remove(self, method_id: str) -> None:
        """Remove a method; raises UnlockMethodNotFound."""
        self.get(method_id)
        self._witness.delete(METHODS, method_id)


def _record(row: Row) -> MethodRecord:
    proven_at = row["proven_at"]
    return MethodRecord(
        id=str(row["id"]),
        kind=str(row["kind"]),
        label=str(row["label"]),
        holder=str(row["holder"]),
        place=str(row["place"]),
        created=str(row["created"]),
        proven_at=None if proven_at is None else str(proven_at),
    )
