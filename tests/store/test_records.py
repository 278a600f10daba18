"""Rows and entries in one transaction; every way of tampering is found and named."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from signet.audit.chain import OLD_COUNT, OLD_HASH
from signet.audit.entry import Actor, Draft, Outcome
from signet.errors import RecordDisagrees
from signet.keys.state import KeyState
from signet.secret import Secret
from signet.store.database import Database
from signet.store.records import Reading, Records
from signet.store.tables.methods import MethodRecord
from support.clock import SettableClock
from support.store import ACTOR, MAC_KEY, RAW_KEY, TIME, child, new_key

KEY_ID = "11111111-2222-3333-4444-555555555555"
OTHER_ID = "99999999-2222-3333-4444-555555555555"
NOTE = Draft("Note", Outcome.DONE)


def fill(records: Records) -> None:
    """Two keys, a method, a value, nine entries."""
    with records.change() as change:
        change.keys.insert(*new_key("first", key_id=KEY_ID))
        change.append(Draft("CreateKey", Outcome.DONE, key=KEY_ID))
        change.keys.insert(*new_key("second", key_id=OTHER_ID))
        change.append(Draft("CreateKey", Outcome.DONE, key=OTHER_ID))
        change.methods.insert(MethodRecord("m1", "token", "Card", "ada", "desk", TIME))
        change.meta.put("generation", b"1")
        change.append(Draft("AddUnlockMethod", Outcome.DONE))
        allowed = change.append(Draft("Encrypt", Outcome.ALLOWED, key=KEY_ID))
        change.append(Draft("Encrypt", Outcome.DONE, key=KEY_ID, of=allowed, details={"files": 2}))
        for _ in range(4):
            change.append(NOTE)


def problems(records: Records) -> list[str]:
    with records.read() as reading:
        return [problem.place for problem in reading.audit.verify()]


def tamper(records: Records, statement: str, *values: object) -> None:
    """Change the database behind the records' back, as someone who has the database key can."""
    with records.database.transaction() as cursor:
        cursor.execute("PRAGMA defer_foreign_keys = ON")
        cursor.execute(statement, values)


def rows(records: Records, statement: str, *values: object) -> list[Any]:
    with records.database.snapshot() as cursor:
        return cursor.execute(statement, values).fetchall()


def test_an_entry_says_who_did_what_and_when_and_which_rows_it_changed(records: Records) -> None:
    fill(records)
    records.actor = Actor(method="m1", user="ada", front_end="window")
    with records.change() as change:
        change.keys.set_state(KEY_ID, KeyState.DISABLED)
        change.keys.remove_alias("first")
        sequence = change.append(Draft("DisableKey", Outcome.DONE, key=KEY_ID, details={"why": ["a", 1, True, None]}))
    with records.read() as reading:
        entry = reading.audit.entry(sequence)
        assert reading.audit.head().count == sequence == 10
        assert reading.audit.entry(11) is None
    assert entry is not None
    assert (entry.time, entry.epoch, entry.operation, entry.key) == ("2026-11-22T12:00:00Z", 1, "DisableKey", KEY_ID)
    assert entry.actor == records.actor
    assert entry.changes == ("-aliases/first", f"keys/{KEY_ID}")
    assert entry.details == {"why": ["a", 1, True, None]}
    assert problems(records) == []


def test_a_change_without_its_entry_is_undone(records: Records) -> None:
    fill(records)

    def forget_the_entry() -> None:
        with records.change() as change:
            change.append(NOTE)
            change.keys.set_state(KEY_ID, KeyState.DISABLED)

    with pytest.raises(RuntimeError, match=f"without its entry.*keys/{KEY_ID}"):
        forget_the_entry()
    with records.read() as reading:
        assert reading.keys.get(KEY_ID).state is KeyState.ENABLED
        assert reading.audit.head().count == 9
    assert problems(records) == []


def test_an_exception_undoes_rows_and_entries(records: Records) -> None:
    fill(records)

    def fail() -> None:
        with records.change() as change:
            change.keys.set_state(KEY_ID, KeyState.DISABLED)
            change.append(NOTE)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with records.read() as reading:
        assert reading.audit.head().count == 9
    assert problems(records) == []


def test_notes_need_no_entry(records: Records) -> None:
    with records.change() as change:
        change.outputs.note("/tmp/x", ".part", TIME)
        change.uses.count(KEY_ID, 1, time=TIME)
    with records.read() as reading:
        assert reading.audit.head().count == 0


def test_a_detail_that_is_not_plain_json_is_refused(records: Records) -> None:
    with pytest.raises(ValueError, match="float"), records.change() as change:
        change.append(Draft("x", Outcome.DONE, details={"rate": 1.5}))  # type: ignore[dict-item]


def test_the_log_is_listed_as_asked(records: Records) -> None:
    fill(records)
    with records.read() as reading:
        listed = reading.audit.list
        assert [entry.sequence for entry in listed()] == list(range(9, 0, -1))
        assert [entry.sequence for entry in listed(newest_first=False, limit=2)] == [1, 2]
        assert [entry.sequence for entry in listed(key=KEY_ID)] == [5, 4, 1]
        assert [entry.sequence for entry in listed(operation="CreateKey", newest_first=False)] == [1, 2]
        assert [entry.sequence for entry in listed(key=KEY_ID, operation="Encrypt", after=4)] == [5]
        assert listed(after=9) == []


EDITS = [
    ("operation = 'Decrypt'", []),
    ("outcome = 'refused'", []),
    ("outcome = 'nonsense'", ["audit entry 6"]),
    ("time = '2020-01-01T00:00:00Z'", []),
    ("user = 'eve'", []),
    ("method = 'm2'", []),
    ("front_end = 'window'", []),
    ("key = NULL", []),
    ("of = 2", []),
    ("epoch = 2", []),
    ("details = '{\"files\":3}'", []),
    ("details = '{\"files\": 2}'", ["audit entry 6"]),
    ("details = 'no json'", ["audit entry 6"]),
    ("changes = '{}'", ["audit entry 6"]),
    ("hash = zeroblob(32)", ["audit entry 6"]),
    ("mac = zeroblob(32)", []),
]


@pytest.mark.parametrize(("edit", "following"), EDITS, ids=[edit for edit, _ in EDITS])
def test_an_edited_entry_is_found_and_named(records: Records, edit: str, following: list[str]) -> None:
    fill(records)
    tamper(records, " ".join(("UPDATE audit SET", edit, "WHERE sequence = 5")))
    assert problems(records) == ["audit entry 5", *following]
    with records.read() as reading, pytest.raises(RecordDisagrees, match="audit entry 5"):
        reading.audit.entry(5)


def test_a_removed_entry_is_found(records: Records) -> None:
    fill(records)
    tamper(records, "DELETE FROM audit WHERE sequence = 4")
    assert problems(records) == ["audit entry 4"]


def test_cut_off_entries_are_found(records: Records) -> None:
    fill(records)
    tamper(records, "DELETE FROM audit WHERE sequence > 6")
    assert problems(records) == ["audit entries 7 to 9"]


def test_a_log_that_is_gone_altogether_is_found(records: Records) -> None:
    fill(records)
    tamper(records, "DELETE FROM audit")
    assert "audit entries 1 to 9" in problems(records)
    tamper(records, "DELETE FROM audit_head")
    assert f"keys/{KEY_ID}" in problems(records)


def test_an_inserted_entry_is_found(records: Records) -> None:
    fill(records)
    tamper(
        records,
        "INSERT INTO audit SELECT 10, epoch, time, method, user, front_end, operation, key, outcome, of, details, "
        "changes, previous, hash, mac FROM audit WHERE sequence = 9",
    )
    assert problems(records) == ["audit entry 10", "audit entry 10"]


def test_swapped_entries_are_found(records: Records) -> None:
    fill(records)
    for old, new in ((6, 100), (8, 6), (100, 8)):
        tamper(records, "UPDATE audit SET sequence = ? WHERE sequence = ?", new, old)
    assert {"audit entry 6", "audit entry 8"} <= set(problems(records))


@pytest.mark.parametrize("edit", ["count = 8", "hash = zeroblob(32)", "mac = zeroblob(32)", "epoch = 2"])
def test_a_changed_head_is_found_and_stops_every_change(records: Records, edit: str) -> None:
    fill(records)
    tamper(records, " ".join(("UPDATE audit_head SET", edit)))
    assert problems(records) == ["audit head"]
    with pytest.raises(RecordDisagrees, match="audit head"), records.change() as change:
        change.append(NOTE)


def test_a_missing_head_is_found_and_stops_every_change(records: Records) -> None:
    fill(records)
    tamper(records, "DELETE FROM audit_head")
    assert problems(records) == ["audit head"]
    with pytest.raises(RecordDisagrees, match="audit head"), records.change() as change:
        change.append(NOTE)


READS: list[tuple[str, str, Callable[[Reading], object]]] = [
    ("keys SET state = 'Disabled'", f"keys/{KEY_ID}", lambda reading: reading.keys.find("first")),
    ("keys SET tags = '{}'", f"keys/{KEY_ID}", lambda reading: reading.keys.all()),
    ("keys SET entry = 2", f"keys/{KEY_ID}", lambda reading: reading.keys.get(KEY_ID)),
    (
        "key_versions SET material = x'00'",
        f"key_versions/{KEY_ID}/1",
        lambda reading: reading.keys.version(KEY_ID, 1),
    ),
    (
        "key_versions SET public_key = x'00'",
        f"key_versions/{KEY_ID}/1",
        lambda reading: reading.keys.versions(KEY_ID),
    ),
    ("key_versions SET created = ''", f"key_versions/{KEY_ID}/1", lambda reading: reading.keys.all_versions()),
    (f"aliases SET key_id = '{OTHER_ID}'", "aliases/first", lambda reading: reading.keys.find("first")),
    ("methods SET holder = 'eve'", "methods/m1", lambda reading: reading.methods.all()),
    ("methods SET mac = zeroblob(32)", "methods/m1", lambda reading: reading.methods.get("m1")),
    ("meta SET value = x'00'", "meta/generation", lambda reading: reading.meta.get("generation")),
]


@pytest.mark.parametrize(("edit", "place", "read"), READS, ids=[edit for edit, _, _ in READS])
def test_a_changed_row_is_refused_when_it_is_read_and_found_by_verify(
    records: Records, edit: str, place: str, read: Callable[[Reading], object]
) -> None:
    fill(records)
    first = {"keys": "id", "key_versions": "key_id", "aliases": "key_id"}.get(edit.split()[0])
    tamper(records, f"UPDATE {edit}" + (f" WHERE {first} = '{KEY_ID}'" if first else ""))
    with records.read() as reading, pytest.raises(RecordDisagrees, match=place):
        read(reading)
    assert problems(records) == [place]


def test_a_row_put_back_to_an_old_state_with_its_valid_mac_is_found(records: Records) -> None:
    fill(records)
    (old,) = rows(records, "SELECT state, entry, mac FROM keys WHERE id = ?", KEY_ID)
    with records.change() as change:
        change.keys.set_state(KEY_ID, KeyState.DISABLED)
        change.append(NOTE)
    tamper(records, "UPDATE keys SET state = ?, entry = ?, mac = ? WHERE id = ?", *old, KEY_ID)
    assert problems(records) == [f"keys/{KEY_ID}"]


def test_a_row_taken_away_is_found(records: Records) -> None:
    fill(records)
    tamper(records, "DELETE FROM aliases WHERE alias = 'second'")
    tamper(records, "DELETE FROM key_versions WHERE key_id = ?", KEY_ID)
    assert sorted(problems(records)) == ["aliases/second", f"key_versions/{KEY_ID}/1"]


def test_a_deleted_row_put_back_is_found(records: Records) -> None:
    fill(records)
    (old,) = rows(records, "SELECT alias, key_id, entry, mac FROM aliases WHERE alias = 'second'")
    with records.change() as change:
        change.keys.remove_alias("second")
        change.append(NOTE)
    tamper(records, "INSERT INTO aliases VALUES (?, ?, ?, ?)", *old)
    assert problems(records) == ["aliases/second"]


def test_a_mac_of_another_row_or_table_does_not_fit(records: Records) -> None:
    fill(records)
    tamper(records, "UPDATE keys SET mac = (SELECT mac FROM keys WHERE id = ?) WHERE id = ?", OTHER_ID, KEY_ID)
    assert problems(records) == [f"keys/{KEY_ID}"]


def test_verify_inside_a_change_takes_the_rows_that_wait_for_their_entry(records: Records) -> None:
    fill(records)
    with records.change() as change:
        change.keys.set_state(KEY_ID, KeyState.DISABLED)
        change.keys.remove_alias("second")
        assert change.audit.verify() == []
        change.append(NOTE)
        assert change.audit.verify() == []


def begin(records: Records, mac_key: Secret) -> int:
    with records.change() as change:
        change.meta.put("audit-key", b"wrapped")
        return change.begin_epoch(mac_key, Draft("NewMasterKey", Outcome.DONE, details={"why": "lost card"}))


def test_a_new_epoch_carries_the_old_head_and_needs_the_new_key(records: Records, clock: SettableClock) -> None:
    fill(records)
    with records.read() as reading:
        old = reading.audit.head()
    new_key_bytes = Secret(b"n" * 32)
    sequence = begin(records, new_key_bytes)
    assert (sequence, records.epoch) == (10, 2)
    with records.change() as change:
        change.keys.set_state(KEY_ID, KeyState.ARCHIVED)
        change.append(NOTE)
    with records.read() as reading:
        first = reading.audit.entry(10)
        assert first is not None
        assert first.epoch == 2
        assert first.details == {"why": "lost card", OLD_COUNT: 9, OLD_HASH: old.hash.hex()}
        assert first.changes == ("meta/audit-key",)
        assert reading.audit.entry(3) is not None
        assert reading.keys.find("first").state is KeyState.ARCHIVED
    assert problems(records) == []
    fresh = Records(records.database, mac_key=new_key_bytes, epoch=2, actor=ACTOR, clock=clock)
    assert problems(fresh) == []
    stale = Records(records.database, mac_key=Secret(MAC_KEY), epoch=1, actor=ACTOR, clock=clock)
    with stale.read() as reading, pytest.raises(RecordDisagrees):
        reading.keys.all()


def test_entries_of_an_earlier_epoch_stay_held(records: Records) -> None:
    fill(records)
    begin(records, Secret(b"n" * 32))
    tamper(records, "UPDATE audit SET operation = 'Decrypt' WHERE sequence = 5")
    assert problems(records) == ["audit entry 5"]


def test_a_row_of_an_earlier_epoch_does_not_fit_again(records: Records) -> None:
    fill(records)
    (old,) = rows(records, "SELECT mac FROM keys WHERE id = ?", KEY_ID)
    begin(records, Secret(b"n" * 32))
    tamper(records, "UPDATE keys SET mac = ? WHERE id = ?", *old, KEY_ID)
    assert problems(records) == [f"keys/{KEY_ID}"]


@pytest.mark.parametrize(
    "statement",
    ["UPDATE keys SET state = 'Disabled'", "UPDATE audit SET user = 'eve'", "UPDATE audit_head SET count = 8"],
)
def test_a_new_epoch_does_not_launder_what_was_tampered_with(records: Records, statement: str) -> None:
    fill(records)
    tamper(records, statement)
    with pytest.raises(RecordDisagrees):
        begin(records, Secret(b"n" * 32))
    assert records.epoch == 1


def test_an_epoch_that_is_undone_leaves_the_old_key_in_use(records: Records) -> None:
    fill(records)

    def fail() -> None:
        with records.change() as change:
            change.begin_epoch(Secret(b"n" * 32), NOTE)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert records.epoch == 1
    with records.change() as change:
        change.append(NOTE)
    assert problems(records) == []


def test_threads_append_one_chain(records: Records) -> None:
    fill(records)

    def work() -> None:
        for _ in range(20):
            with records.change() as change:
                change.uses.count(KEY_ID, 1, wraps=1, time=TIME)
                change.append(NOTE)
            with records.read() as reading:
                reading.keys.all()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with records.read() as reading:
        assert reading.audit.head().count == 9 + 120
        assert reading.keys.version(KEY_ID, 1).wraps == 120
    assert problems(records) == []


def test_two_processes_append_one_chain(records: Records, path: str) -> None:
    code = (
        "from signet.store.records import Records\nfrom signet.audit.entry import *\n"
        "from signet.clock import SystemClock\n"
        "actor = Actor('', 'a', 'cli')\n"
        "r = Records(database, mac_key=Secret(b'm' * 32), epoch=1, actor=actor, clock=SystemClock())\n"
        "for n in range(40):\n    with r.change() as c:\n        c.append(Draft('Note', Outcome.DONE))\n"
    )
    processes = [child(code, path) for _ in range(2)]
    for _ in range(40):
        with records.change() as change:
            change.append(NOTE)
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    with records.read() as reading:
        assert reading.audit.head().count == 120
    assert problems(records) == []


def test_a_whole_older_database_file_is_consistent_in_itself_and_shows_only_by_its_head(
    records: Records, path: str, clock: SettableClock, tmp_path: Path
) -> None:
    fill(records)
    older = str(tmp_path / "older.db")
    records.database.backup_to(older)
    with records.change() as change:
        change.append(NOTE)
    with records.read() as reading:
        seen = reading.audit.head()
    database = Database.open(older, Secret(RAW_KEY))
    restored = Records(database, mac_key=Secret(MAC_KEY), epoch=1, actor=ACTOR, clock=clock)
    assert problems(restored) == []
    with restored.read() as reading:
        assert reading.audit.entry(seen.count) is None
    database.close()
