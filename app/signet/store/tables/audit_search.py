"""Filters of the audit log as SQL, such that a million entries answer from an index or in one quick pass."""

from __future__ import annotations

from collections.abc import Collection

from signet.audit.rows import Value
from signet.audit.wanted import Wanted, Word
from signet.store.tables.sealed import storable

_TROUBLES = (
    # The first half has an index of its own (migrations.py), used only where its condition stands here word for word.
    "((outcome IN ('refused', 'failed') AND outcome NOT IN ('allowed', 'done'))"
    " OR (operation IN ('VerifyAuditLog', 'VerifyVault') AND outcome = 'done'"
    " AND details LIKE '%\"problems\":%' AND details NOT LIKE '%\"problems\":0%'))"
)
_STANDS_ALONE = "NOT (outcome = 'allowed' AND EXISTS (SELECT 1 FROM audit AS later WHERE later.of = audit.sequence))"


class Conditions:
    """A WHERE clause in the making: conditions that all hold, and their values."""

    def __init__(self) -> None:
        self.values: list[Value] = []
        self._parts: list[str] = []

    def add(self, part: str, *values: Value) -> None:
        """Add one condition."""
        self._parts.append(part)
        self.values += values

    @property
    def where(self) -> str:
        """The clause, empty if there is no condition."""
        return " ".join(("WHERE", " AND ".join(self._parts))) if self._parts else ""

    @property
    def either(self) -> str:
        """One condition that holds if any of these does."""
        return "".join(("(", " OR ".join(self._parts), ")"))


def span_statement(since: str | None, until: str | None) -> tuple[str, list[Value]]:
    """The statement that tells the first and last sequence within a time, from the index by time alone.

    Times need not rise with the sequence, because clocks are set back; the span holds whatever fits and maybe more.
    """
    conditions = Conditions()
    if since is not None:
        conditions.add("time >= ?", since)
    if until is not None:
        conditions.add("time < ?", until)
    return " ".join(("SELECT min(sequence), max(sequence) FROM audit", conditions.where)), conditions.values


def conditions_of(wanted: Wanted) -> Conditions | None:
    """The conditions of everything but time's span and the page; None if nothing can fit."""
    named = (wanted.key, wanted.since, wanted.until, *(wanted.operations or ()), *(wanted.outcomes or ()))
    if not all(storable(value) for value in named):
        return None
    made = Conditions()
    if wanted.key is not None:
        made.add("key = ?", wanted.key)
    for column, values in (("operation", wanted.operations), ("outcome", wanted.outcomes)):
        if values is not None:
            _among(made, column, values)
    if wanted.outcomes is not None and not {"allowed", "done"} & set(wanted.outcomes):
        made.add("outcome NOT IN ('allowed', 'done')")
    if wanted.troubles:
        made.add(_TROUBLES)
    # The plus keeps SQLite from this index, by which rows would have to be sorted: the span has made them few.
    if wanted.since is not None:
        made.add("+time >= ?", wanted.since)
    if wanted.until is not None:
        made.add("+time < ?", wanted.until)
    if not wanted.beginnings:
        made.add(_STANDS_ALONE)
    for word in wanted.words:
        _word(made, word)
    return made


def _among(made: Conditions, column: str, values: Collection[str]) -> None:
    made.add(f"{column} IN ({', '.join('?' * len(values))})", *values)


def _word(made: Conditions, word: Word) -> None:
    if not word.text and not word.beyond_ascii:
        return
    either = Conditions()
    if word.text:
        like = f"%{word.text}%"
        either.add("details LIKE ?", like)
        either.add("key LIKE ?", like)
        if word.text.isdigit():
            either.add("CAST(sequence AS TEXT) LIKE ?", like)
    if word.beyond_ascii:
        either.add("instr(details, '\\u') > 0")
    for phrase in sorted(word.phrases):
        either.add("instr(details, ?) > 0", phrase)
    for column, values in (("+operation", word.operations), ("+outcome", word.outcomes)):
        if values:
            _among(either, column, sorted(values))
    if word.keys is None:
        either.add("key IS NOT NULL")
    elif word.keys:
        _among(either, "+key", sorted(word.keys))
    made.add(either.either, *either.values)
