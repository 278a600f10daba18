"""The audit log as rows: append, list, verify."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from signet.audit.canonical import Detail, canonical, is_plain_object, read_canonical, read_object
from signet.audit.chain import ChainVerifier, Head, Link, Problem, entry_holds
from signet.audit.digest import entry_digest
from signet.audit.entry import Actor, Entry, Outcome
from signet.audit.wanted import Wanted
from signet.errors import RecordDisagrees
from signet.store.tables.audit_search import conditions_of, span_statement
from signet.store.tables.many import insert_many
from signet.store.tables.sealed import Witness, storable
from signet.store.tables.use_days import Counts, UseDays, count_use

_WHO_AND_WHAT = "sequence, epoch, time, method, user, front_end, operation, key, outcome, of"
_COLUMNS = ", ".join((_WHO_AND_WHAT, "details, changes, previous, hash, mac"))
_SELECT = " ".join(("SELECT", _COLUMNS, "FROM audit"))
INSERT = " ".join(("INSERT OR FAIL INTO audit (", _COLUMNS, ")"))
_OUTCOMES = frozenset(str(outcome) for outcome in Outcome)
_NEXT = " ".join((_SELECT, "WHERE sequence > ? ORDER BY sequence LIMIT ?"))
_BEFORE_ALL = -(2**63)
"""Below every sequence that SQLite can hold."""
_NEXT_OPERATION = "SELECT operation FROM audit WHERE operation > ? ORDER BY operation LIMIT 1"


@dataclass
class LogRun:
    """How far a verification of the log is: the last sequence read, entries read, what was found wrong.

    ``uses`` counts uses by key and day on the way, unless it is None.
    """

    verifier: ChainVerifier
    uses: Counts | None
    last: int = _BEFORE_ALL
    entries: int = 0
    problems: list[Problem] = field(default_factory=list)


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

    def time_of(self, sequence: int) -> str | None:
        """Return the time of one entry as it is stored, unchecked; None if there is no such entry."""
        row = self._witness.cursor.execute("SELECT time FROM audit WHERE sequence = ?", (sequence,)).fetchone()
        return None if row is None else str(row[0])

    def verify(self, *, uses: Counts | None = None) -> list[Problem]:
        """Read the whole chain, its head and every row that decides; return what disagrees, empty if nothing does.

        Into ``uses`` goes how often each key was used on each day, for `UseDaysReading.agree`.
        """
        run = LogRun(ChainVerifier(self._witness.mac_key, epoch=self._witness.epoch), uses)
        self.verify_some(run, limit=None)
        return run.problems

    def begin_verifying(self) -> LogRun:
        """Begin to verify as `verify` does, in as many transactions as `verify_some` is called in."""
        return LogRun(ChainVerifier(self._witness.mac_key, epoch=self._witness.epoch), Counts())

    def verify_some(self, run: LogRun, *, limit: int | None) -> bool:
        """Go on with the next entries, ``limit`` at most; return whether these were the last.

        Head and rows are checked in the transaction that reads the last entries. Memory grows with the rows that are
        alive, not with the entries.
        """
        read = 0
        for row in self._stream(run.last, limit):
            read += 1
            run.last = row[0]
            try:
                link = _link(row)
            except ValueError:
                run.problems += run.verifier.unreadable(row[0])
            else:
                run.problems += run.verifier.feed(link)
            if run.uses is not None:
                count_use(run.uses, key=row[7], outcome=row[8], operation=row[6], time=row[2])
        run.entries += read
        if limit is not None and read == limit:
            return False
        # Inside a change, rows may be written already whose entry is appended next.
        expected = self._witness.stored_head()
        following = (expected.count if expected else 0) + 1
        for name, deleted in self._witness.pending.items():
            if deleted:
                run.verifier.latest.pop(name, None)
            else:
                run.verifier.latest[name] = following
        run.problems += run.verifier.finish(expected, self._witness.witnesses())
        return True

    def _stream(self, after: int, limit: int | None) -> Iterator[tuple[Any, ...]]:
        reader = self._witness.cursor.connection.cursor()
        try:
            yield from reader.execute(_NEXT, (after, -1 if limit is None else limit))
        finally:
            reader.close()

    def search(
        self, wanted: Wanted, *, limit: int | None = None, before: int | None = None, after: int | None = None
    ) -> list[Entry]:
        """Return entries that fit, newest first, with a sequence between ``after`` and ``before``, as `list` does."""
        conditions = conditions_of(wanted)
        first, last = self._span(wanted)
        if conditions is None or first is None or last is None:
            return []
        if wanted.since is not None or wanted.until is not None:
            conditions.add("sequence BETWEEN ? AND ?", first, last)
        if before is not None:
            conditions.add("sequence < ?", before)
        if after is not None:
            conditions.add("sequence > ?", after)
        statement = " ".join((_SELECT, conditions.where, "ORDER BY sequence DESC LIMIT ?"))
        values = (*conditions.values, -1 if limit is None else limit)
        return [_entry(row) for row in self._witness.cursor.execute(statement, values)]

    def _span(self, wanted: Wanted) -> tuple[int | None, int | None]:
        """The first and last sequence that can fit."""
        if wanted.since is None and wanted.until is None:
            return 1, 1
        if not (storable(wanted.since) and storable(wanted.until)):
            return None, None
        statement, values = span_statement(wanted.since, wanted.until)
        first, last = self._witness.cursor.execute(statement, values).fetchone()
        return first, last

    def operations(self) -> list[str]:
        """Return every operation that is in the log, by name; one look into the index each."""
        found: list[str] = []
        while (
            row := self._witness.cursor.execute(_NEXT_OPERATION, (found[-1] if found else "",)).fetchone()
        ) is not None:
            found.append(str(row[0]))
        return found

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

    def refused_since(self, key: str, operations: Collection[str], *, after: int) -> tuple[int, str | None]:
        """Return how often one of these operations was refused with a key after that entry, and when last."""
        places = ", ".join("?" * len(operations))
        statement = " ".join(
            ("SELECT COUNT(*), MAX(time) FROM audit WHERE key = ? AND sequence > ? AND outcome = ?",
             "AND +operation IN (", places, ")")
        )  # fmt: skip
        row = self._witness.cursor.execute(statement, (key, after, str(Outcome.REFUSED), *operations)).fetchone()
        return int(row[0]), row[1]


class Audit(AuditReading):
    """Read the audit log; entries are appended by `Change.append`."""

    def __init__(self, witness: Witness) -> None:
        super().__init__(witness)
        self._use_days = UseDays(witness.cursor)

    def store(self, entries: Sequence[Entry], head: Head) -> None:
        """Write chained entries and the head that they make; a use that was done is counted for its day."""
        insert_many(self._witness.cursor, INSERT, [columns_of(entry) for entry in entries])
        self._witness.set_head(head)
        self._use_days.note(entries)


def columns_of(entry: Entry) -> tuple[object, ...]:
    """The values of an entry in the order of `INSERT`."""
    details, changes = entry.spelled or (_spelled(entry.details), _spelled(entry.changes))
    return (
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
        details,
        changes,
        entry.previous,
        entry.hash,
        entry.mac,
    )


def _spelled(value: Detail) -> str:
    return canonical(value).decode("ascii")


def _link(row: tuple[Any, ...]) -> Link:
    """Read what the verifier needs, its hash computed from the columns; raise ValueError if it cannot be read."""
    sequence, epoch, time, method, user, front_end, operation, key, outcome, of, details, changes, *hashes = row
    if not is_plain_object(details):
        read_object(details)
    read_changes = _read_changes(changes)
    if outcome not in _OUTCOMES:
        raise ValueError("not an outcome")
    digest: bytes | None = None
    with suppress(ValueError):
        digest = entry_digest(
            sequence=sequence,
            epoch=epoch,
            time=time,
            method=method,
            user=user,
            front_end=front_end,
            operation=operation,
            key=key,
            outcome=outcome,
            of=of,
            details=details,
            changes=changes,
            previous=hashes[0],
        )
    return Link(sequence, epoch, digest, details, read_changes, *hashes)


def _read_changes(text: str) -> tuple[str, ...]:
    """Read the names of the rows that changed; raise ValueError."""
    if text == "[]":  # of most entries
        return ()
    found = read_canonical(text)
    if not isinstance(found, list):
        raise ValueError("not a list")
    return tuple(map(str, found))


def _entry(row: tuple[Any, ...]) -> Entry:
    sequence, epoch, time, method, user, front_end, operation, key, outcome, of, details, changes, *hashes = row
    try:
        return Entry(
            sequence=sequence,
            epoch=epoch,
            time=time,
            actor=Actor(method=method, user=user, front_end=front_end),
            operation=operation,
            key=key,
            outcome=Outcome(outcome),
            of=of,
            details=read_object(details),
            changes=_read_changes(changes),
            previous=hashes[0],
            hash=hashes[1],
            mac=hashes[2],
        )
    except ValueError as error:
        raise RecordDisagrees(place=f"audit entry {sequence}") from error
