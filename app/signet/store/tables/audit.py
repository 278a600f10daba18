"""The audit log as rows: append, list, verify."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from signet.audit.canonical import canonical, read_canonical
from signet.audit.chain import ChainVerifier, Head, Problem, entry_holds
from signet.audit.entry import Actor, Entry, Outcome
from signet.errors import RecordDisagrees
from signet.store.tables.sealed import Witness, storable

_WHO_AND_WHAT = "sequence, epoch, time, method, user, front_end, operation, key, outcome, of"
_COLUMNS = ", ".join((_WHO_AND_WHAT, "details, changes, previous, hash, mac"))
_SELECT = " ".join(("SELECT", _COLUMNS, "FROM audit"))
_INSERT = " ".join(("INSERT INTO audit (", _COLUMNS, ") VALUES (", ", ".join("?" * 15), ")"))


class AuditReading:
    """Read the audit log."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness

    def head(self) -> Head:
        """Return the end of the chain, its MAC checked (count 0 if nothing was logged); raises RecordDisagrees."""
        return self._witness.head

    def entry(self, sequence: int) -> Entry | None:
        """Return one entry, its hash and MAC checked, or None if it is not there; raises RecordDisagrees."""
        row = self._witness.cursor.execute(_SELECT + " WHERE sequence = ?", (sequence,)).fetchone()
        if row is None:
            return None
        entry = _entry(row)
        if not entry_holds(entry, mac_key=self._witness.mac_key, epoch=self._witness.epoch):
            raise RecordDisagrees(place=f"audit entry {sequence}")
        return entry

    def verify(self) -> list[Problem]:
        """Read the whole chain, its head and every row that decides; return what disagrees, empty if nothing does."""
        verifier = ChainVerifier(self._witness.mac_key, epoch=self._witness.epoch)
        problems: list[Problem] = []
        for row in self._stream():
            try:
                entry = _entry(row)
            except RecordDisagrees:
                problems += verifier.unreadable(row[0])
            else:
                problems += verifier.feed(entry)
        # Inside a change, rows may be written already whose entry is appended next.
        expected = self._witness.stored_head()
        following = (expected.count if expected else 0) + 1
        for name, deleted in self._witness.pending.items():
            if deleted:
                verifier.latest.pop(name, None)
            else:
                verifier.latest[name] = following
        return problems + verifier.finish(expected, self._witness.witnesses())

    def _stream(self) -> Iterator[tuple[Any, ...]]:
        reader = self._witness.cursor.connection.cursor()
        try:
            yield from reader.execute(_SELECT + " ORDER BY sequence")
        finally:
            reader.close()

    def list(
        self,
        *,
        limit: int | None = None,
        key: str | None = None,
        operation: str | None = None,
        after: int | None = None,
        before: int | None = None,
        newest_first: bool = True,
    ) -> list[Entry]:
        """Return entries of one key, of one operation, with a sequence between ``after`` and ``before``.

        At most ``limit``; neither ``after`` nor ``before`` itself is returned. Only `verify` checks what is
        listed. Raises RecordDisagrees for an entry that cannot be read at all.
        """
        if not (storable(key) and storable(operation)):
            return []
        named = ("key = ?", key), ("operation = ?", operation), ("sequence > ?", after), ("sequence < ?", before)
        conditions, values = [], list[str | int]()
        for condition, value in named:
            if value is not None:
                conditions.append(condition)
                values.append(value)
        where = ("WHERE", " AND ".join(conditions)) if conditions else ()
        order = "ORDER BY sequence DESC" if newest_first else "ORDER BY sequence"
        statement = " ".join((_SELECT, *where, order, "LIMIT ?"))
        rows = self._witness.cursor.execute(statement, (*values, -1 if limit is None else limit))
        return [_entry(row) for row in rows]


class Audit(AuditReading):
    """Read the audit log; entries are appended by `Change.append`."""

    def store(self, entry: Entry, head: Head) -> None:
        """Write a chained entry and the head that it makes."""
        self._witness.cursor.execute(
            _INSERT,
            (
                entry.sequence,
                entry.epoch,
                entry.time,
                entry.actor.method,
                entry.actor.user,
                entry.actor.front_end,
                entry.operation,
                entry.key,
                str(entry.outcome),
                entry.of,
                canonical(entry.details).decode("ascii"),
                canonical(entry.changes).decode("ascii"),
                entry.previous,
                entry.hash,
                entry.mac,
            ),
        )
        self._witness.set_head(head)


def _entry(row: tuple[Any, ...]) -> Entry:
    sequence, epoch, time, method, user, front_end, operation, key, outcome, of, details, changes, *hashes = row
    try:
        read_details, read_changes = read_canonical(details), read_canonical(changes)
        if not isinstance(read_details, dict) or not isinstance(read_changes, list):
            raise RecordDisagrees(place=f"audit entry {sequence}")
        return Entry(
            sequence=sequence,
            epoch=epoch,
            time=time,
            actor=Actor(method=method, user=user, front_end=front_end),
            operation=operation,
            key=key,
            outcome=Outcome(outcome),
            of=of,
            details=read_details,
            changes=tuple(str(change) for change in read_changes),
            previous=hashes[0],
            hash=hashes[1],
            mac=hashes[2],
        )
    except ValueError as error:
        raise RecordDisagrees(place=f"audit entry {sequence}") from error
