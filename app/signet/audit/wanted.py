"""Which entries of the log are wanted: filters that a database can answer, however long the log is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Word:
    """Where a word that was typed can stand in an entry; an entry fits if any of these does.

    ``text`` is looked for in details, key id and number, ASCII without regard to case; empty if it cannot be. With
    ``beyond_ascii`` every entry fits whose details hold more than ASCII. ``phrases`` stand in details just so.
    ``keys`` None means too many to name: any entry with a key fits.
    """

    text: str = ""
    beyond_ascii: bool = False
    operations: frozenset[str] = frozenset()
    keys: frozenset[str] | None = frozenset()
    phrases: frozenset[str] = frozenset()
    outcomes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Wanted:
    """What has to be true of an entry, all of it; None and empty mean anything.

    ``since`` and ``until`` are RFC 3339 in UTC, the second one not included. ``troubles`` are the refused and failed,
    and checks that found problems. Without ``beginnings`` an ``allowed`` whose end is in the log is left out.
    ``words`` may let through more than the words typed: whoever knows the sentences looks once more.
    """

    key: str | None = None
    operations: Sequence[str] | None = None
    outcomes: Sequence[str] | None = None
    troubles: bool = False
    since: str | None = None
    until: str | None = None
    beginnings: bool = True
    words: Sequence[Word] = field(default_factory=tuple)
