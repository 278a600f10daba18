"""Values, unlock methods, known files, pending outputs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from signet.audit.entry import Draft, Outcome
from signet.errors import UnlockMethodNotFound
from signet.store.records import Records
from signet.store.tables.catalogue import FileRecord
from signet.store.tables.many import AT_ONCE
from signet.store.tables.methods import MethodRecord
from signet.store.tables.outputs import PendingOutput
from support.store import TIME

NOTE = Draft("Note", Outcome.DONE)
LATER = "2026-11-23T12:00:00Z"
FOREIGN_NAME = b"/home/ada/caf\xe9".decode("utf-8", "surrogateescape")


def test_a_value_is_put_replaced_and_removed(records: Records) -> None:
    with records.change() as change:
        assert change.meta.get("a") is None
        change.meta.put("a", b"1")
        change.meta.put("a", b"")
        change.append(NOTE)
    with records.change() as change:
        assert change.meta.get("a") == b""
        change.meta.remove("a")
        change.meta.remove("never there")
        sequence = change.append(NOTE)
    with records.read() as reading:
        assert reading.meta.get("a") is None
        entry = reading.audit.entry(sequence)
        assert entry is not None
        assert entry.changes == ("-meta/a",)
        assert reading.audit.verify() == []


def test_unlock_methods_are_kept_with_holder_and_place(records: Records) -> None:
    card = MethodRecord("m2", "token", "Card", "Ada", "desk", TIME)
    code = MethodRecord("m1", "recovery-code", "Sheet", "Bob", "safe", LATER, LATER)
    with records.change() as change:
        change.methods.insert(code)
        change.methods.insert(card)
        change.methods.set_proven("m2", LATER)
        change.append(NOTE)
    with records.change() as change:
        assert change.methods.all() == [replace(card, proven_at=LATER), code]
        assert change.methods.get("m1") == code
        change.methods.remove("m1")
        change.append(NOTE)
        for use in (change.methods.get, change.methods.remove):
            with pytest.raises(UnlockMethodNotFound):
                use("m1")
        with pytest.raises(UnlockMethodNotFound):
            change.methods.set_proven("m1", TIME)


def test_known_files_are_found_by_message_key_and_path(records: Records) -> None:
    first = FileRecord(b"\1" * 32, "key-1", 1, "file", FOREIGN_NAME, 10, TIME, TIME)
    second = FileRecord(b"\2" * 32, "key-1", 2, "folder", "/home/ada/b", 2**40, LATER, LATER)
    others = FileRecord(b"\3" * 32, None, None, "file", "/home/ada/b", 0, TIME, TIME)
    with records.change() as change:
        for record in (first, second, others):
            change.catalogue.record(record)
    with records.read() as reading:
        catalogue = reading.catalogue
        assert catalogue.find(b"\1" * 32) == first
        assert catalogue.find(b"\4" * 32) is None
        assert catalogue.by_key("key-1") == [second, first]
        assert catalogue.by_path(FOREIGN_NAME) == [first]
        assert catalogue.by_path("/home/ada/b") == [second, others]
        assert catalogue.all() == [second, others, first]  # of two of one second, the one noted last comes first
        assert catalogue.all(limit=1) == [second]


def test_a_file_recorded_again_seen_elsewhere_and_forgotten(records: Records) -> None:
    first = FileRecord(b"\1" * 32, "key-1", 1, "file", "/a", 10, TIME, TIME)
    with records.change() as change:
        change.catalogue.record(first)
        change.catalogue.record(replace(first, size=11))
        assert change.catalogue.all() == [replace(first, size=11)]
        change.catalogue.set_seen(first.message_id, LATER)
        assert change.catalogue.all() == [replace(first, size=11, seen=LATER)]
        change.catalogue.set_seen(first.message_id, LATER, path=FOREIGN_NAME)
        assert change.catalogue.by_path(FOREIGN_NAME) == [replace(first, size=11, seen=LATER, path=FOREIGN_NAME)]
        change.catalogue.forget(first.message_id)
        change.catalogue.forget(first.message_id)
        assert change.catalogue.all() == []


def test_pending_outputs_are_noted_and_forgotten(records: Records) -> None:
    with records.change() as change:
        change.outputs.note(FOREIGN_NAME, ".b.part", LATER)
        change.outputs.note("/a", ".a.part", TIME)
        change.outputs.note("/a", ".a.part", TIME)
    with records.change() as change:
        assert change.outputs.all() == [
            PendingOutput("/a", ".a.part", TIME),
            PendingOutput(FOREIGN_NAME, ".b.part", LATER),
        ]
        change.outputs.forget(FOREIGN_NAME, ".b.part")
        change.outputs.forget(FOREIGN_NAME, ".b.part")
        assert [output.name for output in change.outputs.all()] == [".a.part"]


def test_many_files_noted_at_once_are_all_there_in_their_order(records: Records) -> None:
    files = [
        FileRecord(bytes([number]) * 32, None, None, "file", f"/home/ada/{number}", number, TIME, TIME)
        for number in range(2 * AT_ONCE + 3)
    ]
    moved = replace(files[0], path="/media/stick/0", seen=LATER, created=LATER, size=17)
    with records.change() as change:
        for record in files:
            change.catalogue.record(record)
        change.catalogue.record_opened(moved)
        change.catalogue.record_opened(replace(moved, message_id=bytes(31) + b"\xff"))
        change.catalogue.forget(files[1].message_id)
        sequence = change.append_all([Draft("Note", Outcome.DONE, details={"number": each.size}) for each in files])
    with records.read() as reading:
        found = {record.message_id: record for record in reading.catalogue.all()}
        entries = reading.audit.list(after=sequence - 1, newest_first=False)
        assert reading.audit.verify() == []
    assert list(found) == [bytes(31) + b"\xff", *(each.message_id for each in reversed(files) if each.size != 1)]
    # What is known of a message stays; only where and when it was seen is new.
    assert found[files[0].message_id] == replace(files[0], path="/media/stick/0", seen=LATER)
    assert found[bytes(31) + b"\xff"].size == moved.size
    assert [entry.details["number"] for entry in entries] == [each.size for each in files]


def test_no_entry_is_none_to_append(records: Records) -> None:
    with pytest.raises(ValueError, match="no entry"), records.change() as change:
        change.append_all([])
