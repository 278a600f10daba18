"""Many rows written with few statements.

SQLCipher locks and wipes every buffer of a statement (``cipher_memory_security``): two dozen system calls for each
execution, which is more work than the row itself. One statement with many rows pays for them once.
"""

from __future__ import annotations

from collections.abc import Sequence

from signet.store.database import Cursor

AT_ONCE = 32
"""Rows of one statement; SQLite allows 32766 parameters (sqlite.org/limits.html, 9)."""


def insert_many(cursor: Cursor, head: str, rows: Sequence[tuple[object, ...]], tail: str = "") -> None:
    """Run ``head VALUES (?, ...), ... tail`` for all rows, in order; they have the same number of columns."""
    whole = len(rows) - len(rows) % AT_ONCE
    for first in range(0, whole, AT_ONCE):
        some = rows[first : first + AT_ONCE]
        cursor.execute(_statement(head, some[0], AT_ONCE, tail), [value for row in some for value in row])
    if whole < len(rows):
        cursor.executemany(_statement(head, rows[whole], 1, tail), rows[whole:])


def _statement(head: str, row: tuple[object, ...], count: int, tail: str) -> str:
    places = "".join(("(", ", ".join("?" * len(row)), ")"))
    return " ".join((head, "VALUES", ", ".join([places] * count), tail))


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
