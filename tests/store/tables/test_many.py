"""Many rows in few statements: all there, as if each had been written by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlcipher3 import dbapi2

from signet.store.database import Cursor
from signet.store.records import Records
from signet.store.tables.catalogue import FileRecord
from signet.store.tables.copies import CopyRecord
from signet.store.tables.many import AT_ONCE, insert_many, replace_many
from support.store import TIME

LATER = "2026-11-23T12:00:00Z"
NEW = "INSERT OR FAIL INTO things (name, number, text, more)"
VALUES = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "1", "é", b"", b"1"])
ROWS = st.lists(st.tuples(st.integers(0, 60).map(str), VALUES, VALUES, VALUES), max_size=3 * AT_ONCE)


@pytest.fixture
def things() -> Iterator[Cursor]:
    """A table without types, so that what is read is what was bound."""
    connection = dbapi2.connect(":memory:", isolation_level=None)
    connection.execute("CREATE TABLE things (name, number, text, more)")
    yield connection.cursor()
    connection.close()


def read(cursor: Cursor) -> list[list[tuple[str, object]]]:
    """All rows in their order, with the type of each value: Python takes 1 for True."""
    rows = cursor.execute("SELECT name, number, text, more FROM things ORDER BY rowid").fetchall()
    return [[(type(value).__name__, value) for value in row] for row in rows]


def fresh(cursor: Cursor) -> None:
    cursor.execute("DELETE FROM things")


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_rows_that_share_values_and_rows_that_do_not(rows: list[tuple[object, ...]]) -> None:
    connection = dbapi2.connect(":memory:", isolation_level=None)
    connection.execute("CREATE TABLE things (name, number, text, more)")
    cursor = connection.cursor()
    insert_many(cursor, NEW, rows)
    together = read(cursor)
    fresh(cursor)
    cursor.executemany(f"{NEW} VALUES (?, ?, ?, ?)", rows)
    assert together == read(cursor)
    connection.close()


@settings(max_examples=60, deadline=None)
@given(ROWS, ROWS)
def test_replacing_many_is_replacing_each(old: list[tuple[object, ...]], new: list[tuple[object, ...]]) -> None:
    connection = dbapi2.connect(":memory:", isolation_level=None)
    connection.execute("CREATE TABLE things (name PRIMARY KEY, number, text, more)")
    cursor = connection.cursor()
    found = []
    for many in (True, False):
        fresh(cursor)
        for rows in (old, new):
            if many:
                replace_many(cursor, NEW, table="things", key="name", rows=rows)
            else:
                cursor.executemany("INSERT OR REPLACE INTO things VALUES (?, ?, ?, ?)", rows)
        found.append(read(cursor))
    assert found[0] == found[1]
    connection.close()


@pytest.mark.parametrize("count", [0, 1, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 2 * AT_ONCE])
def test_all_shared_none_shared_and_edges(things: Cursor, count: int) -> None:
    rows: list[tuple[object, ...]] = [("same", None, True, b"") for _ in range(count)]
    rows += [(str(number), number, bytes([number]), None) for number in range(count)]
    insert_many(things, NEW, rows)
    assert [tuple(value for _, value in row) for row in read(things)] == rows


def record_all(records: Records, files: list[FileRecord]) -> None:
    with records.change() as change:
        for record in files:
            change.catalogue.record(record)


def test_half_a_statement_is_never_kept(records: Records) -> None:
    """A statement that says ``OR FAIL`` leaves what it did so far; only the transaction undoes it."""
    files = [FileRecord(bytes([number]) * 32, "key-1", 1, "file", "/a", 1, TIME, TIME) for number in range(AT_ONCE)]
    with records.change() as change:
        change.catalogue.record(files[0])
    files[-1] = replace(files[-1], content=None)  # type: ignore[arg-type]
    with pytest.raises(dbapi2.IntegrityError):
        record_all(records, files)
    with records.read() as reading:
        assert reading.catalogue.all() == files[:1]
        assert reading.audit.verify() == []


def test_a_message_opened_twice_in_one_transaction_is_known_the_second_time(records: Records) -> None:
    first = FileRecord(b"\1" * 32, "key-1", 1, "file", "/a", 10, TIME, TIME)
    again = FileRecord(b"\1" * 32, "key-2", 2, "folder", "/b", 11, LATER, LATER)
    with records.change() as change:
        change.catalogue.record_opened(first)
        change.catalogue.record_opened(again)
    with records.change() as change:
        assert change.catalogue.all() == [replace(first, path="/b", seen=LATER)]
        change.catalogue.record_opened(replace(again, path="/c"))
        change.catalogue.record_opened(replace(first, path="/a"))
        assert change.catalogue.all() == [replace(first, path="/a", seen=TIME)]


def test_recorded_opened_and_forgotten_in_one_transaction(records: Records) -> None:
    first = FileRecord(b"\1" * 32, "key-1", 1, "file", "/a", 10, TIME, TIME)
    with records.change() as change:
        change.catalogue.record(first, own=True)
        change.catalogue.set_recipients(first.message_id, ["a", "b", "a"])
        change.catalogue.record_opened(replace(first, path="/b", size=3, seen=LATER))
        change.catalogue.record(replace(first, message_id=b"\2" * 32, key_id=None, version=None))
        change.catalogue.record_opened(replace(first, path="/c", seen=LATER))
        assert change.catalogue.find(first.message_id) == replace(first, path="/c", seen=LATER)
        assert change.catalogue.written_here(first.message_id)
        assert change.catalogue.recipients_of(first.message_id) == {"a", "b"}
        change.catalogue.record(replace(first, size=4))
        change.catalogue.forget(first.message_id)
    with records.read() as reading:
        assert [each.message_id for each in reading.catalogue.all()] == [b"\2" * 32]
        assert reading.catalogue.recipients() == {}


def test_of_files_of_one_second_the_one_recorded_last_comes_first(records: Records) -> None:
    files = [FileRecord(bytes([number]) * 32, "key-1", 1, "file", "/a", 1, TIME, TIME) for number in range(3)]
    with records.change() as change:
        for number in (0, 1, 2, 0):
            change.catalogue.record(files[number])
    with records.read() as reading:
        assert reading.catalogue.by_path("/a") == [files[0], files[2], files[1]]


def test_of_two_copies_at_one_path_the_later_one_is_known(records: Records) -> None:
    copies = [CopyRecord("/a", bytes([number]) * 32, "file", TIME) for number in range(2)]
    with records.change() as change:
        for copy in copies:
            change.copies.note(copy)
    with records.read() as reading:
        assert reading.copies.all() == [copies[1]]
