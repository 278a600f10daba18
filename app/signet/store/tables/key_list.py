"""Very many keys at once: rows and names as they are, checked after the transaction, and what changed since.

What is read here is for showing; whatever uses a key reads it anew, by `signet.store.tables.keys`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from signet.store.tables.sealed import ALIASES, KEYS, Unchecked, Witness
from signet.store.tables.uses import Uses

_USES = "SELECT key_id, SUM(uses), SUM(wraps), MAX(last_used) FROM key_uses"
_AT_ONCE = 500  # values of one statement; SQLite's own limit is 32766 (sqlite.org/limits.html)


class UseTotals(NamedTuple):
    """What tells whether any counter changed: how many there are, what they come to, and the newest time."""

    rows: int
    uses: int
    newest: str


class KeyListReading:
    """Read what a list of keys shows."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness

    def count(self) -> int:
        """Return how many keys there are; a note, for nothing is decided by it."""
        return int(self._one("SELECT COUNT(*) FROM keys"))

    def rows(self) -> Unchecked:
        """Return every row of ``keys``."""
        return self._witness.unchecked(KEYS)

    def aliases(self) -> Unchecked:
        """Return every row of ``aliases``."""
        return self._witness.unchecked(ALIASES)

    def first_aliases(self, count: int) -> Unchecked:
        """Return the first so many names."""
        return self._witness.unchecked(ALIASES, "ORDER BY alias LIMIT ?", (count,))

    def some_rows(self, ids: Sequence[str]) -> Iterator[Unchecked]:
        """Return the rows of these keys, in pieces."""
        for part in _pieces(ids):
            yield self._witness.unchecked(KEYS, " ".join(("WHERE id IN", _places(part))), part)

    def some_aliases(self, ids: Sequence[str]) -> Iterator[Unchecked]:
        """Return the names of these keys, in pieces."""
        for part in _pieces(ids):
            yield self._witness.unchecked(ALIASES, " ".join(("WHERE key_id IN", _places(part))), part)

    def owners(self, names: Sequence[str]) -> set[str]:
        """Return the ids of the keys that have one of these names now."""
        found = set[str]()
        for part in _pieces(names):
            statement = " ".join(("SELECT key_id FROM aliases WHERE alias IN", _places(part)))
            found.update(row[0] for row in self._witness.cursor.execute(statement, part))
        return found

    def changes_since(self, entry: int) -> Iterator[str]:
        """Yield the names of rows that entries after that one wrote, ``-`` before those of rows that are gone."""
        statement = "SELECT changes FROM audit WHERE sequence > ? AND changes <> '[]'"
        for (changes,) in self._witness.cursor.execute(statement, (entry,)):
            yield from json.loads(changes)

    def use_totals(self) -> UseTotals:
        """Return what changes with every use."""
        row = self._witness.cursor.execute(
            "SELECT COUNT(*), COALESCE(SUM(uses), 0), COALESCE(MAX(last_used), '') FROM key_uses"
        ).fetchone()
        return UseTotals(*row)

    def used_since(self, time: str) -> set[str]:
        """Return the ids of keys that were used at ``time`` (RFC 3339) or later."""
        rows = self._witness.cursor.execute("SELECT DISTINCT key_id FROM key_uses WHERE last_used >= ?", (time,))
        return {row[0] for row in rows}

    def some_uses(self, ids: Sequence[str]) -> dict[str, Uses]:
        """Return the uses of these keys; one that was never used is left out."""
        found: dict[str, Uses] = {}
        for part in _pieces(ids):
            statement = " ".join((_USES, "WHERE key_id IN", _places(part), "GROUP BY key_id"))
            found |= {row[0]: Uses(*row[1:]) for row in self._witness.cursor.execute(statement, part) if row[1]}
        return found

    def _one(self, statement: str) -> Any:
        return self._witness.cursor.execute(statement).fetchone()[0]


def _pieces(values: Sequence[str]) -> Iterator[Sequence[str]]:
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))


def _places(values: Sequence[str]) -> str:
    return "(" + ", ".join("?" * len(values)) + ")"
