"""Single values of the vault, by name: wrapped keys, the epoch, the header's generation and intent."""

from __future__ import annotations

from signet.store.tables.sealed import META, Witness


class MetaReading:
    """Read single values."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness

    def get(self, name: str) -> bytes | None:
        """Return the value of that name, or None; raises RecordDisagrees."""
        row = self._witness.row(META, name)
        if row is None:
            return None
        value = row["value"]
        return value if isinstance(value, bytes) else None


class Meta(MetaReading):
    """Read and write single values."""

    def put(self, name: str, value: bytes) -> None:
        """Set the value of that name (``meta/NAME`` in the log)."""
        self._witness.write(META, {"name": name, "value": value})

    def remove(self, name: str) -> None:
        """Remove the value of that name; if there is none, nothing is logged."""
        if self._witness.row(META, name) is not None:
            self._witness.delete(META, name)
