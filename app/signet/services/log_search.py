"""What somebody looks for in the log, made into filters that the database answers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from signet.audit.entry import Entry
from signet.audit.wanted import Wanted, Word
from signet.clock import timestamp
from signet.errors import UsageError
from signet.services.audit import PAGE, search_entries
from signet.services.log_names import key_in_log
from signet.services.session import Session

Span = tuple[str | None, str | None]
MOST_KEYS = 400
"""Keys that a filter names; if a word fits more of them, any key fits, and who tells the sentence looks once more."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_EDGES = "\"'.,:;()?!%_\\“”"
"""What may stand beside a word in a sentence, and what text and patterns would spell otherwise."""
_PLAIN = re.compile(r"[!-~]+")
_SPELLED = re.compile(r'["\\%_]')


def span(since: str | None, until: str | None) -> Span:
    """Read two ends of a time as a person gives them: days in UTC, the second included, or RFC 3339.

    Raises UsageError.
    """
    return _moment(since, days=0), _moment(until, days=1)


def _moment(text: str | None, *, days: int) -> str | None:
    if text is None:
        return None
    try:
        if _DAY.fullmatch(text):
            first = datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
            return timestamp(first + timedelta(days=days))
        moment = datetime.fromisoformat(text)
        return timestamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise UsageError(reason=f"“{text}” is no date such as 2026-11-22, and no time in RFC 3339.") from None


def local_day(day: date) -> str:
    """The moment at which a day begins where the person is, as the log writes it."""
    return timestamp(datetime.combine(day, datetime.min.time()).astimezone())


def wanted(
    session: Session,
    *,
    key: str | None = None,
    operation: str | None = None,
    outcome: str | None = None,
    span: Span = (None, None),
    words: str = "",
) -> Wanted:
    """The filter of these; words are looked for in operation, key's names and id, details and number.

    Raises KeyNotFound, NameAmbiguous.
    """
    with session.records.read() as reading:
        key_id = None if key is None else key_in_log(reading, key)
        operations = reading.audit.operations()
        names = {each.id: " ".join(each.aliases) for each in reading.keys.all()} if words.strip() else {}
    return Wanted(
        key=key_id,
        operations=None if operation is None else (operation,),
        outcomes=None if outcome is None else (outcome,),
        since=span[0],
        until=span[1],
        words=tuple(word_of(each, {name: name for name in operations}, names) for each in words.split()),
    )


def found(session: Session, wanted: Wanted, words: str, limit: int | None) -> tuple[Entry, ...]:
    """Entries that fit the filter and have every word in operation, key's names and id, details or number."""
    typed = words.casefold().split()
    with session.records.read() as reading:
        names = {each.id: " ".join(each.aliases) for each in reading.keys.all()} if typed else {}
    kept: list[Entry] = []
    before = None
    while limit is None or len(kept) < limit:
        page = search_entries(session, wanted, PAGE, before=before)
        kept += [entry for entry in page if _fits(entry, names, typed)]
        if len(page) < PAGE:
            break
        before = page[-1].sequence
    return tuple(kept[:limit])


def _fits(entry: Entry, names: Mapping[str, str], typed: Sequence[str]) -> bool:
    said = (entry.operation, entry.key or "", names.get(entry.key or "", ""), str(entry.sequence))
    text = " ".join((*said, *(f"{name} {value}" for name, value in entry.details.items()))).casefold()
    return all(word in text for word in typed)


def word_of(
    typed: str,
    operations: Mapping[str, str],
    names: Mapping[str, str],
    *,
    phrases: Mapping[str, str] | None = None,
    outcomes: Mapping[str, str] | None = None,
) -> Word:
    """Where a typed word can stand: in what is said of an operation, in a key's name, in details.

    ``operations``, ``names`` and ``outcomes`` map what the log has (operation, key id, outcome) to the text that
    people read; ``phrases`` maps pieces of details (``"error":"KeyNotFound"``) to it. What the database lets through
    may be too much and is never too little, wherever the word stands within one of these texts.
    """
    folded = typed.casefold().strip(_EDGES)
    # Details are JSON, where quotes and backslashes are spelled otherwise: the longest piece without is looked for.
    pieces = _SPELLED.split(folded) if _PLAIN.fullmatch(folded) else []
    piece = max(pieces, key=len, default="")
    looked_for = piece or folded
    keys = frozenset(key for key, name in names.items() if looked_for in name.casefold())
    return Word(
        text=piece,
        beyond_ascii=not folded.isascii(),
        operations=frozenset(name for name, text in operations.items() if looked_for in text.casefold()),
        keys=keys if len(keys) <= MOST_KEYS else None,
        phrases=frozenset(phrase for phrase, text in (phrases or {}).items() if looked_for in text.casefold()),
        outcomes=frozenset(name for name, text in (outcomes or {}).items() if looked_for in text.casefold()),
    )
