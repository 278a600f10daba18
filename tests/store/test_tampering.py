"""Every row of every table that decides, and of the log itself, changed behind Signet's back: the place is named.

One database, and one transaction that is never committed: each case is a savepoint that is rolled back.
"""

# ruff: noqa: S608 - tampering is what these statements are for, and their names come from the tables themselves

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from signet.audit.entry import Draft, Outcome
from signet.errors import SignetError
from signet.secret import Secret
from signet.store.database import Cursor, Database
from signet.store.records import Change, Records
from signet.store.tables.audit import AuditReading
from signet.store.tables.sealed import SEALED_TABLES, SealedTable, Witness
from support.clock import SettableClock
from support.store import ACTOR, MAC_KEY, RAW_KEY

ROWS = 3
NOTES = {"key_uses", "use_days", "files", "file_recipients", "outputs", "copies", "signed_documents"}
"""Tables that no MAC holds: what changing them can do is in docs/formats/audit.md."""


def rows_of(cursor: Cursor, table: SealedTable, *, again: str = "") -> list[dict[str, Any]]:
    """A few rows with something in every column; the second one written ``again`` differs outside its key."""
    kinds = {name: kind for _, name, kind, *_ in cursor.execute(f"PRAGMA table_info({table.name})")}

    def value(name: str, number: int) -> Any:
        own = name in table.key
        if kinds[name] == "INTEGER":
            return number if own else 100 + number + len(again)
        text = f"{name}-{number}" if own or name == "key_id" else f"{name}-{number}{again}"
        return text.encode() if kinds[name] == "BLOB" else text

    return [{name: value(name, number) for name in (*table.key, *table.others)} for number in range(1, ROWS + 1)]


def fill(change: Change) -> None:
    """Write every table, then the first row of each once more, so that there is an older state to put back."""
    witness = change._witness
    for table in SEALED_TABLES:
        for row in rows_of(witness.cursor, table):
            witness.write(table, row)
    change.append(Draft("Fill", Outcome.DONE))
    for number in range(4):
        change.append(Draft("Encrypt", Outcome.DONE, key="id-1", details={"n": number}))


def write_again(change: Change) -> None:
    for table in SEALED_TABLES:
        change._witness.write(table, rows_of(change._witness.cursor, table, again="!")[0])
    change.append(Draft("WriteAgain", Outcome.DONE))


class Tampering:
    """The open transaction, the rows as they are, and as they were before they were written again."""

    def __init__(self, cursor: Cursor, older: dict[str, Any]) -> None:
        self.cursor = cursor
        self.older = older

    def places(self, *statements: tuple[str, tuple[Any, ...]]) -> list[str]:
        """Run statements, verify, undo; return what is named."""
        with self.undone():
            for statement, values in statements:
                self.cursor.execute(statement, values)
            reading = AuditReading(Witness(self.cursor, mac_key=Secret(MAC_KEY), epoch=1))
            return [problem.place for problem in reading.verify()]

    @contextmanager
    def undone(self) -> Iterator[None]:
        self.cursor.execute("SAVEPOINT tampering")
        try:
            yield
        finally:
            self.cursor.execute("ROLLBACK TO tampering")
            self.cursor.execute("RELEASE tampering")

    def first(self, name: str, order: str) -> dict[str, Any]:
        cursor = self.cursor.execute(f"SELECT * FROM {name} ORDER BY {order} LIMIT 1")
        return dict(zip([column[0] for column in cursor.description or ()], cursor.fetchone(), strict=True))


@pytest.fixture(scope="module")
def tampering(tmp_path_factory: pytest.TempPathFactory, module_clock: SettableClock) -> Iterator[Tampering]:
    path = str(tmp_path_factory.mktemp("tampering") / "vault-0123456789ABCDEF.db")
    database = Database.create(path, Secret(RAW_KEY))
    records = Records(database, mac_key=Secret(MAC_KEY), epoch=1, actor=ACTOR, clock=module_clock)
    with database.transaction() as cursor:
        cursor.execute("PRAGMA defer_foreign_keys = ON")
        fill(Change(Witness(cursor, mac_key=Secret(MAC_KEY), epoch=1), actor=ACTOR, clock=module_clock))
        found = Tampering(cursor, {})
        for table in SEALED_TABLES:
            found.older[table.name] = found.first(table.name, ", ".join(table.key))
        found.older["audit_head"] = found.first("audit_head", "id")
        write_again(Change(Witness(cursor, mac_key=Secret(MAC_KEY), epoch=1), actor=ACTOR, clock=module_clock))
        assert found.places() == []
        yield found
        cursor.execute("ROLLBACK")
        cursor.execute("BEGIN")
    assert records.epoch == 1
    database.close()


@pytest.fixture(scope="module")
def module_clock() -> SettableClock:
    return SettableClock(datetime(2026, 11, 22, 12, tzinfo=UTC))


def changed(value: Any) -> Any:
    """Another value of the same kind, whatever it was."""
    if isinstance(value, int):
        return value + 7
    if isinstance(value, bytes):
        return value[:-1] + bytes([value[-1] ^ 1])
    return value[:-1] + ("!" if value.endswith("?") else "?")


def test_every_table_of_the_database_is_either_in_the_matrix_or_a_note(tampering: Tampering) -> None:
    names = {name for (name,) in tampering.cursor.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    assert names - {"sqlite_sequence"} == {table.name for table in SEALED_TABLES} | NOTES | {"audit", "audit_head"}


@pytest.mark.parametrize("table", SEALED_TABLES, ids=lambda table: table.name)
def test_a_row_that_decides_cannot_be_changed_removed_added_swapped_or_put_back(
    tampering: Tampering, table: SealedTable
) -> None:
    row = tampering.first(table.name, ", ".join(table.key))
    place = table.name_of(row)
    key = tuple(row[name] for name in table.key)
    others = [name for name in row if name not in table.key]
    for name in row:
        statement = f"UPDATE {table.name} SET {name} = ? WHERE {table.condition}"
        assert place in tampering.places((statement, (changed(row[name]), *key))), name
    for name in table.others:
        if row[name] is not None and _nullable(tampering, table.name, name):
            statement = f"UPDATE {table.name} SET {name} = NULL WHERE {table.condition}"
            assert place in tampering.places((statement, key)), name
    assert tampering.places((f"DELETE FROM {table.name} WHERE {table.condition}", key)) == [place]
    gone = {table.name_of(each) for each in rows_of(tampering.cursor, table)}
    assert set(tampering.places((f"DELETE FROM {table.name}", ()))) == gone
    places = ", ".join("?" * len(row))
    copy = {name: changed(value) if name in table.key else value for name, value in row.items()}
    insert = f"INSERT INTO {table.name} ({', '.join(row)}) VALUES ({places})"
    assert tampering.places((insert, tuple(copy.values()))) == [table.name_of(copy)]
    # The contents of two rows, each with its valid MAC, change places.
    second = f"(SELECT {table.key[0]} FROM {table.name} ORDER BY {', '.join(table.key)} LIMIT 1 OFFSET 1)"
    swap = ", ".join(
        f"{name} = (SELECT other.{name} FROM {table.name} AS other WHERE other.{table.key[0]} = {second})"
        for name in others
    )
    assert place in tampering.places((f"UPDATE {table.name} SET {swap} WHERE {table.condition}", key))
    # An older state of the row, with the MAC that it had.
    older = tampering.older[table.name]
    update = ", ".join(f"{name} = ?" for name in others)
    back = tuple(older[name] for name in others)
    assert tampering.places((f"UPDATE {table.name} SET {update} WHERE {table.condition}", (*back, *key))) == [place]


def _nullable(tampering: Tampering, table: str, column: str) -> bool:
    return any(name == column and not notnull for _, name, _, notnull, *_ in tampering.cursor.execute(
        f"PRAGMA table_info({table})"
    ).fetchall())  # fmt: skip


ENTRIES: dict[str, tuple[list[str], list[str]]] = {
    "change time": (["UPDATE audit SET time = '2020-01-01T00:00:00Z' WHERE sequence = 3"], ["audit entry 3"]),
    "remove one": (["DELETE FROM audit WHERE sequence = 3"], ["audit entry 3"]),
    "remove two": (["DELETE FROM audit WHERE sequence IN (3, 4)"], ["audit entries 3 to 4"]),
    "cut off the end": (["DELETE FROM audit WHERE sequence > 4"], ["audit entries 5 to 6"]),
    "remove all": (["DELETE FROM audit"], ["audit entries 1 to 6"]),
    "add behind the end": (
        ["INSERT INTO audit SELECT 7, epoch, time, method, user, front_end, operation, key, outcome, of, details,"
         " changes, previous, hash, mac FROM audit WHERE sequence = 3"],
        ["audit entry 7"],
    ),
    "add before the first": (
        ["INSERT INTO audit SELECT 0, epoch, time, method, user, front_end, operation, key, outcome, of, details,"
         " changes, previous, hash, mac FROM audit WHERE sequence = 3"],
        ["audit entry 0"],
    ),
    "swap two": (
        ["UPDATE audit SET sequence = -1 WHERE sequence = 3", "UPDATE audit SET sequence = 3 WHERE sequence = 4",
         "UPDATE audit SET sequence = 4 WHERE sequence = -1"],
        ["audit entry 3", "audit entry 4"],
    ),
    "cut off the end and the count": (
        ["DELETE FROM audit WHERE sequence > 4", "UPDATE audit_head SET count = 4"], ["audit head"],
    ),
    "remove the head": (["DELETE FROM audit_head"], ["audit head"]),
    "details that are no object": (["UPDATE audit SET details = '[]' WHERE sequence = 2"], ["audit entry 2"]),
    "columns cut elsewhere": (
        ["UPDATE audit SET details = '{}', changes = '[],\"details\":{}' WHERE sequence = 2"], ["audit entry 2"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ENTRIES)
def test_the_log_cannot_be_changed(tampering: Tampering, name: str) -> None:
    statements, expected = ENTRIES[name]
    found = tampering.places(*((statement, ()) for statement in statements))
    assert set(expected) <= set(found)


def test_every_column_of_an_entry_and_of_the_head_is_held(tampering: Tampering) -> None:
    for table, place, key in (("audit", "audit entry 1", "sequence"), ("audit_head", "audit head", "id")):
        row = tampering.first(table, key)
        for name, value in row.items():
            if name not in ("sequence", "id"):
                other = "text" if value is None and name == "key" else 5 if value is None else changed(value)
                statement = f"UPDATE {table} SET {name} = ? WHERE {key} = 1"
                assert place in tampering.places((statement, (other,))), name


def test_an_older_head_with_its_mac_is_found_and_an_older_state_of_everything_is_for_pins_and_checkpoints(
    tampering: Tampering,
) -> None:
    older = tampering.older["audit_head"]
    head = (
        "UPDATE audit_head SET count = ?, hash = ?, epoch = ?, mac = ?",
        tuple(older[name] for name in ("count", "hash", "epoch", "mac")),
    )
    assert tampering.places(head)[0] == "audit entry 6"
    cut = ("DELETE FROM audit WHERE sequence > ?", (older["count"],))
    back: list[tuple[str, tuple[Any, ...]]] = []
    for table in SEALED_TABLES:
        row = tampering.older[table.name]
        names = [*table.others, "entry", "mac"]
        update = ", ".join(f"{name} = ?" for name in names)
        values = tuple(row[name] for name in (*names, *table.key))
        back.append((f"UPDATE {table.name} SET {update} WHERE {table.condition}", values))
    assert {place.split("/")[0] for place in tampering.places(head, cut)} == {table.name for table in SEALED_TABLES}
    # All of it at once is the vault as it was: nothing inside can tell (tests of pins and of checkpoints do).
    assert tampering.places(head, cut, *back) == []


PAGE = 4096


def _verified(path: str) -> list[str]:
    """What opening, pages and log say about a database file; empty if nothing is wrong."""
    try:
        database = Database.open(path, Secret(RAW_KEY))
    except SignetError as error:
        return [type(error).__name__]
    try:
        found = database.page_problems()
        with database.snapshot() as cursor:
            reading = AuditReading(Witness(cursor, mac_key=Secret(MAC_KEY), epoch=1))
            return found + [problem.place for problem in reading.verify()]
    except SignetError as error:
        return [type(error).__name__]
    finally:
        database.close()


def test_an_old_page_or_an_old_wal_put_back_is_found(tmp_path: Path, module_clock: SettableClock) -> None:
    path = tmp_path / "vault-0123456789ABCDEF.db"
    wal = tmp_path / "vault-0123456789ABCDEF.db-wal"
    database = Database.create(str(path), Secret(RAW_KEY))
    records = Records(database, mac_key=Secret(MAC_KEY), epoch=1, actor=ACTOR, clock=module_clock)

    def note(entries: int) -> None:
        with records.change() as made:
            for number in range(20):
                made.meta.put(f"value-{number}", bytes(300))
            for _ in range(entries):
                made.append(Draft("Note", Outcome.DONE, key="k", details={"n": 1}))

    note(1)
    database.checkpoint()
    older = path.read_bytes()
    note(1)
    old_wal = wal.read_bytes()
    note(40)
    database.checkpoint()
    newer = path.read_bytes()
    database.close()
    assert _verified(str(path)) == []
    pages = [
        place for place in range(0, len(older), PAGE) if older[place : place + PAGE] != newer[place : place + PAGE]
    ]
    assert len(pages) > 3
    for place in pages:
        path.write_bytes(newer[:place] + older[place : place + PAGE] + newer[place + PAGE :])
        for side in ("-wal", "-shm"):
            Path(f"{path}{side}").unlink(missing_ok=True)
        assert _verified(str(path)), f"page {place // PAGE + 1}"
    # The log of one change beside what later changes made: pages of two times.
    path.write_bytes(newer)
    wal.write_bytes(old_wal)
    Path(f"{path}-shm").unlink(missing_ok=True)
    assert _verified(str(path))
    # File and log of the same time are the vault as it was: whole, and shorter than what a pin or a checkpoint knows.
    path.write_bytes(older)
    wal.write_bytes(old_wal)
    Path(f"{path}-shm").unlink(missing_ok=True)
    assert _verified(str(path)) == []
    again = Database.open(str(path), Secret(RAW_KEY))
    with again.snapshot() as cursor:
        assert cursor.execute("SELECT count FROM audit_head").fetchone() == (2,)
    again.close()
