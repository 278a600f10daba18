"""The log's head as cards signed it, one row a checkpoint."""

from __future__ import annotations

from collections.abc import Collection

from signet.audit.checkpoint import Checkpoint
from signet.store.tables.sealed import CHECKPOINTS, Row, Witness


class CheckpointsReading:
    """Read checkpoints; every row is checked against its MAC (RecordDisagrees names it), its signature is not."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness

    def all(self) -> list[Checkpoint]:
        """Return all, newest first."""
        return [_checkpoint(row) for row in self._witness.rows(CHECKPOINTS, "ORDER BY sequence DESC")]

    def last(self) -> Checkpoint | None:
        """Return the newest, or None."""
        row = next(self._witness.rows(CHECKPOINTS, "ORDER BY sequence DESC LIMIT 1"), None)
        return None if row is None else _checkpoint(row)

    def readable(self) -> list[Checkpoint]:
        """Return those whose MAC is right, oldest first; the verifier names the others."""
        return [_checkpoint(row) for row in self._witness.sound_rows(CHECKPOINTS)]

    def time_of(self, sequence: int) -> str | None:
        """Return the time of an entry of the log, None if there is none."""
        row = self._witness.cursor.execute("SELECT time FROM audit WHERE sequence = ?", (sequence,)).fetchone()
        return None if row is None else str(row[0])

    def hash_of(self, sequence: int) -> bytes | None:
        """Return the hash of an entry of the log, None if there is none."""
        row = self._witness.cursor.execute("SELECT hash FROM audit WHERE sequence = ?", (sequence,)).fetchone()
        return None if row is None else bytes(row[0])

    def log_ends(self) -> int:
        """Return the sequence of the log's last entry, 0 if it is empty."""
        (last,) = self._witness.cursor.execute("SELECT max(sequence) FROM audit").fetchone()
        return int(last or 0)

    def first_administrative(self, after: int, *, always: Collection[str], never: Collection[str]) -> str | None:
        """Return the time of the first entry behind ``after`` that changed a row that decides; None if none did.

        Operations of ``always`` count without, those of ``never`` do not count though they write such rows.
        """
        statement = "".join(
            ("SELECT time FROM audit WHERE sequence > ? AND (changes <> '[]' OR operation IN (",
             ", ".join("?" * len(always)), ")) AND operation NOT IN (", ", ".join("?" * len(never)),
             ") ORDER BY sequence LIMIT 1")
        )  # fmt: skip
        row = self._witness.cursor.execute(statement, (after, *always, *never)).fetchone()
        return None if row is None else str(row[0])


class Checkpoints(CheckpointsReading):
    """Read and write checkpoints; what is written is named in the next audit entry."""

    def insert(self, checkpoint: Checkpoint) -> None:
        """Add a checkpoint (``checkpoints/SEQUENCE`` in the log)."""
        self._witness.write(CHECKPOINTS, vars(checkpoint))


def _checkpoint(row: Row) -> Checkpoint:
    parts = {name: row[name] for name in ("hash", "public_key", "signature")}
    return Checkpoint(
        sequence=int(row["sequence"] or 0),
        epoch=int(row["epoch"] or 0),
        time=str(row["time"]),
        method=str(row["method"]),
        **{name: part if isinstance(part, bytes) else b"" for name, part in parts.items()},
    )
