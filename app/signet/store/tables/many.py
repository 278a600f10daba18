"""Many rows written with few statements.

SQLCipher locks and wipes every buffer of a statement (``cipher_memory_security``): two dozen system calls for each
execution and two for each text or blob that is handed over, which is more work than the row itself. One statement
with several rows pays for the first once, and what is the same in all its rows is handed over once.

Statements say ``OR FAIL``: one that could be undone by itself copies every page that it changes beforehand. A failure
undoes the whole transaction anyway.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from signet.store.database import Cursor

AT_ONCE = 32
"""Rows of one statement; SQLite allows 32766 parameters (sqlite.org/limits.html, 9)."""


def insert_many(cursor: Cursor, head: str, rows: Sequence[tuple[object, ...]], tail: str = "") -> None:
    """Run ``head VALUES (?, ...), ... tail`` for all rows, in order; they have the same number of columns."""
    for first in range(0, len(rows), AT_ONCE):
        some = rows[first : first + AT_ONCE]
        same = tuple(column.count(column[0]) == len(column) for column in zip(*some, strict=True))
        values = [value for value, shared in zip(some[0], same, strict=True) if shared]
        for row in some:
            values += [value for value, shared in zip(row, same, strict=True) if not shared]
        cursor.execute(_statement(head, same, len(some), tail), values)


@lru_cache(maxsize=256)
def _statement(head: str, same: tuple[bool, ...], count: int, tail: str) -> str:
    """Write it for so many rows; the values that are the ``same`` in all of them come first, once each."""
    shared = iter(range(1, sum(same) + 1))
    fixed = [next(shared) if each else 0 for each in same]
    number = sum(same)
    rows: list[str] = []
    for _ in range(count):
        places: list[str] = []
        for place in fixed:
            number += not place
            places.append(f"?{place or number}")
        rows.append("".join(("(", ", ".join(places), ")")))
    return " ".join((head, "VALUES", ", ".join(rows), tail))


class WaitingRows:
    """Rows of a few tables that wait for one another, until they are written with `insert_many`.

    Rows of one table are written in their order; what stands in one table must not hang on what waits for another.
    """

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self._tables: dict[str, tuple[tuple[str, str], list[tuple[object, ...]]]] = {}

    def add(self, table: str, head: str, row: tuple[object, ...], tail: str = "") -> None:
        """Take a row for ``table``; another statement than that of the rows before it has these written first."""
        if table in self._tables and self._tables[table][0] != (head, tail):
            self.write()
        self._tables.setdefault(table, ((head, tail), []))[1].append(row)

    def write(self) -> None:
        """Write all rows."""
        tables, self._tables = self._tables, {}
        for (head, tail), rows in tables.values():
            insert_many(self._cursor, head, rows, tail)
