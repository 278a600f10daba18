"""Many rows written with few statements.

SQLCipher locks and wipes every buffer of a statement (``cipher_memory_security``): two dozen system calls for each
execution and two for each text or blob that is handed over, which is more work than the row itself. One statement
with several rows pays for the first once, and what is the same in all its rows is handed over once.

Statements say ``OR FAIL``: one that could be undone by itself copies every page that it changes beforehand. A failure
undoes the whole transaction anyway.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import TypeVar

from signet.store.database import Cursor

_T = TypeVar("_T")

AT_ONCE = 32
"""Rows of one statement; SQLite allows 32766 parameters (sqlite.org/limits.html, 9)."""


Row = tuple[object, ...]
"""The values of one row, in the order of its statement."""
Write = Callable[[Cursor, Sequence[Row]], None]
"""Writes rows of one table."""


def insert_many(cursor: Cursor, head: str, rows: Sequence[Row]) -> None:
    """Run ``head VALUES (?, ...), ...`` for all rows, in order; they have the same number of columns."""
    for some in at_once(rows):
        same = tuple(column.count(column[0]) == len(column) for column in zip(*some, strict=True))
        values = [value for value, shared in zip(some[0], same, strict=True) if shared]
        for row in some:
            values += [value for value, shared in zip(row, same, strict=True) if not shared]
        cursor.execute(_statement(head, same, len(some)), values)


def replace_many(cursor: Cursor, head: str, *, table: str, key: str, rows: Sequence[Row]) -> None:
    """Insert all rows in place of those with the same ``key``, their first value; of two, the later one stays."""
    last: dict[object, Row] = {}
    for row in rows:
        last.pop(row[0], None)  # it comes where the later one does: readers go by the order of equal times
        last[row[0]] = row
    for keys in at_once(tuple(last)):
        cursor.execute(" ".join(("DELETE FROM", table, "WHERE", key, "IN", places(len(keys)))), keys)
    insert_many(cursor, head, tuple(last.values()))


def at_once(rows: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """Yield as many as one statement takes, until there are no more."""
    for first in range(0, len(rows), AT_ONCE):
        yield rows[first : first + AT_ONCE]


def places(count: int) -> str:
    """Write so many parameters: ``(?, ?, ?)``."""
    return "".join(("(", ", ".join("?" * count), ")"))


@lru_cache(maxsize=256)
def _statement(head: str, same: tuple[bool, ...], count: int) -> str:
    """Write it for so many rows; the values that are the ``same`` in all of them come first, once each."""
    shared = iter(range(1, sum(same) + 1))
    fixed = [next(shared) if each else 0 for each in same]
    number = sum(same)
    rows: list[str] = []
    for _ in range(count):
        row: list[str] = []
        for place in fixed:
            number += not place
            row.append(f"?{place or number}")
        rows.append("".join(("(", ", ".join(row), ")")))
    return " ".join((head, "VALUES", ", ".join(rows)))


class WaitingRows:
    """Rows of a few tables that wait for one another, until they are written together.

    Rows of one table are written in their order; what stands in one table must not hang on what waits for another.
    """

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self._tables: dict[str, tuple[Write, list[Row]]] = {}

    def add(self, table: str, write: Write, row: Row) -> None:
        """Take a row for ``table``; another way to write than that of the rows before it has these written first."""
        if table in self._tables and self._tables[table][0] is not write:
            self.write()
        self._tables.setdefault(table, (write, []))[1].append(row)

    def write(self) -> None:
        """Write all rows."""
        tables, self._tables = self._tables, {}
        for write, rows in tables.values():
            write(self._cursor, rows)
