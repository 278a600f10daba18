"""What the page Activity looks for, and reading it: the database leaves out what cannot fit, the sentences decide."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from signet.audit.entry import Entry, Outcome
from signet.audit.wanted import Wanted, Word
from signet.errors import Cancelled
from signet.gui.pages.activity_words import OPERATIONS, ActivityRow, Group, beginning_of, spoken, titles, told
from signet.services import audit, keys
from signet.services.log_search import Span, word_of
from signet.services.session import Session

PAGE_ROWS = 100
"""Rows that a page brings at first."""
WINDOW = 50_000
"""Entries that one look with words goes through: between two of them it can be given up, and others read."""


@dataclass(frozen=True)
class LogFilter:
    """What is shown: one group or all, one key's, some outcomes, a span of time (RFC 3339), what fits words typed.

    ``troubles``: refused, failed, and checks that found problems. ``beginnings``: also those that have ended.
    """

    group: Group | None = None
    troubles: bool = False
    words: str = ""
    beginnings: bool = False
    key: str | None = None
    outcome: Outcome | None = None
    span: Span = (None, None)

    @property
    def open(self) -> bool:
        """Whether nothing is left out but beginnings."""
        return self == LogFilter(beginnings=self.beginnings)

    def shows(self, row: ActivityRow) -> bool:
        """Whether a row passes; time and key were looked at by the database."""
        if self.group is not None and row.group is not self.group:
            return False
        if self.outcome is not None and row.entry.outcome is not self.outcome:
            return False
        return (row.trouble or not self.troubles) and row.fits(self.words)


@dataclass(frozen=True)
class Place:
    """How far the log was read: older entries than ``before`` come next, from the newest if it is None.

    With ``over`` there are no older ones.
    """

    before: int | None = None
    over: bool = False


@dataclass(frozen=True)
class LogPage:
    """Rows, newest first, and where the next page begins; ``names`` are the keys' names by id."""

    rows: tuple[ActivityRow, ...] = ()
    place: Place = Place()
    names: Mapping[str, str] = field(default_factory=dict)


def read_page(
    session: Session,
    chosen: LogFilter,
    place: Place,
    *,
    rows: int = PAGE_ROWS,
    names: Mapping[str, str] | None = None,
    cancelled: Callable[[], bool],
) -> LogPage:
    """Read the next rows that fit; blocking, for a task. Raises Cancelled.

    An entry that says only that something began is left out where its end is in the log too, else it stays.
    ``names`` are those of the page before.
    """
    known = names if names is not None else {key.id: key.alias for key in keys.list_keys(session)}
    wanted = wanted_of(session, chosen, known)
    found: list[ActivityRow] = []
    before = place.before if place.before is not None else _newest(session) + 1
    while before > 1:
        if cancelled():
            raise Cancelled
        after = max(0, before - 1 - WINDOW) if chosen.words.strip() else None
        entries = audit.search_entries(session, wanted, rows, before=before, after=after)
        for entry in entries:
            row = told(entry, known)
            before = entry.sequence
            if chosen.shows(row):
                found.append(row)
            if len(found) == rows:
                return LogPage(tuple(found), Place(before, over=before <= 1), known)
        if len(entries) < rows:
            before = 1 if after is None else after + 1
    return LogPage(tuple(found), Place(before, over=True), known)


def read_block(
    session: Session, chosen: LogFilter, names: Mapping[str, str], *, first: int, last: int
) -> tuple[ActivityRow, ...]:
    """Read rows once more that were read before: those with sequences from ``last`` up to ``first``."""
    wanted = wanted_of(session, chosen, names)
    entries = audit.search_entries(session, wanted, before=first + 1, after=last - 1)
    return tuple(row for entry in entries if chosen.shows(row := told(entry, names)))


def wanted_of(session: Session, chosen: LogFilter, names: Mapping[str, str]) -> Wanted:
    """The filter as far as the database can answer it."""
    operations = None
    known = audit.operations(session) if chosen.group is not None or chosen.words.strip() else ()
    if chosen.group is not None:
        # An operation without words of its own is told by its name, among keys or the vault's.
        operations = tuple(
            name
            for name in known
            if name not in OPERATIONS or OPERATIONS[name].group is chosen.group
        )  # fmt: skip
    return Wanted(
        key=chosen.key,
        operations=operations,
        outcomes=None if chosen.outcome is None else (str(chosen.outcome),),
        troubles=chosen.troubles,
        since=chosen.span[0],
        until=chosen.span[1],
        beginnings=chosen.beginnings,
        words=_words(chosen.words, known, names),
    )


def _words(typed: str, operations: tuple[str, ...], names: Mapping[str, str]) -> tuple[Word, ...]:
    if not typed.strip():
        return ()
    said = {name: spoken(name) for name in operations}
    phrases = {f'"error":"{name}"': title for name, title in titles().items()}
    outcomes = {str(outcome): beginning_of(outcome) for outcome in Outcome}
    return tuple(word_of(word, said, names, phrases=phrases, outcomes=outcomes) for word in typed.split())


def _newest(session: Session) -> int:
    found: tuple[Entry, ...] = audit.list_entries(session, 1)
    return found[0].sequence if found else 0
