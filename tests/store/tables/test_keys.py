"""Keys as rows: names, versions, counters."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from signet.audit.entry import Draft, Outcome
from signet.errors import AliasTaken, KeyNotFound, NameAmbiguous, UnlockMethodNotFound
from signet.keys.model import KeyVersion
from signet.keys.spec import KeySpec, KeyUsage, Origin, Protection
from signet.keys.state import KeyState
from signet.store.records import Records
from support.store import TIME, new_key

NOTE = Draft("Note", Outcome.DONE)
KEY_ID = "0123abcd-0000-4000-8000-000000000001"
NEAR_ID = "0123abcd-0000-4000-8000-000000000002"


def add(records: Records, *keys: tuple[str, str]) -> None:
    with records.change() as change:
        for alias, key_id in keys:
            change.keys.insert(*new_key(alias, key_id=key_id))
        change.append(NOTE)


def test_a_key_and_its_version_come_back_as_they_went_in(records: Records) -> None:
    key, version = new_key("mail")
    key = replace(
        key,
        aliases=("a-second-name", "mail"),
        spec=KeySpec.ECC_NIST_P256,
        usage=KeyUsage.SIGN_VERIFY,
        origin=Origin.TOKEN,
        protection=Protection.TOKEN,
        description="Umlaut äöü",
        tags=(("a", "1"), ("ü", "€")),
    )
    version = replace(version, material=None, public_key=b"\x30\x00")
    with records.change() as change:
        change.keys.insert(key, version)
        change.append(NOTE)
    with records.read() as reading:
        assert reading.keys.get(key.id) == key
        assert reading.keys.all() == [key]
        assert reading.keys.version(key.id, 1) == version
        assert reading.keys.versions(key.id) == [version]
        assert reading.keys.all_versions() == [version]


@pytest.mark.parametrize("name", ["\udcff", "mail\udcff", KEY_ID[:8] + "\udcff", "\ud800\udc00", "\0"])
def test_a_name_that_cannot_be_written_names_nothing(records: Records, name: str) -> None:
    add(records, ("mail", KEY_ID))
    with records.read() as reading:
        for look in (reading.keys.find, reading.keys.get):
            with pytest.raises(KeyNotFound) as caught:
                look(name)
            assert caught.value.details["name"] == name
        assert reading.audit.list(key=name) == reading.audit.list(operation=name) == []
        with pytest.raises(UnlockMethodNotFound):
            reading.methods.get(name)
    with records.change() as change, pytest.raises(KeyNotFound):
        change.keys.remove_alias(name)


@pytest.mark.parametrize("name", ["mail", KEY_ID, KEY_ID.upper(), KEY_ID[:-1] + "1"])
def test_a_key_is_found_by_alias_and_id(records: Records, name: str) -> None:
    add(records, ("mail", KEY_ID), ("other", NEAR_ID))
    with records.read() as reading:
        assert reading.keys.find(name).id == KEY_ID


def test_a_key_is_found_by_a_unique_prefix_of_eight(records: Records) -> None:
    add(records, ("mail", KEY_ID), ("far", "fffffffe-0000-4000-8000-000000000001"))
    with records.read() as reading:
        assert reading.keys.find("0123abcd").id == KEY_ID
        assert reading.keys.find("0123ABCD-0").id == KEY_ID
        assert reading.keys.find("fffffffe").alias == "far"
        for name in ("0123abc", "0123abce", "", "_", "%%%%%%%%", "0123abcd*", "'; DROP TABLE keys; --"):
            with pytest.raises(KeyNotFound):
                reading.keys.find(name)


def test_an_ambiguous_prefix_names_the_candidates(records: Records) -> None:
    add(records, ("mail", KEY_ID), ("other", NEAR_ID))
    with records.read() as reading, pytest.raises(NameAmbiguous, match=f"{KEY_ID}, {NEAR_ID}"):
        reading.keys.find("0123abcd")


def test_an_alias_goes_before_an_id(records: Records) -> None:
    add(records, ("mail", KEY_ID), (KEY_ID, NEAR_ID))
    with records.read() as reading:
        assert reading.keys.find(KEY_ID).id == NEAR_ID


def test_keys_are_listed_by_name_in_three_queries_however_many_there_are(records: Records) -> None:
    add(records, *((f"key-{9 - number}", f"0123abcd-0000-4000-8000-00000000000{number}") for number in range(5)))
    seen: list[str] = []
    with records.read() as reading:
        connection: Any = reading.keys._witness.cursor.connection
        connection.set_trace_callback(seen.append)
        keys = reading.keys.all()
        connection.set_trace_callback(None)
    assert [key.alias for key in keys] == ["key-5", "key-6", "key-7", "key-8", "key-9"]
    assert len([each for each in seen if not each.startswith("PRAGMA")]) == 3


def test_an_alias_names_one_key(records: Records) -> None:
    add(records, ("mail", KEY_ID), ("other", NEAR_ID))
    with records.change() as change:
        with pytest.raises(AliasTaken):
            change.keys.set_alias("mail", NEAR_ID)
        with pytest.raises(AliasTaken):
            change.keys.insert(*new_key("mail"))
        with pytest.raises(KeyNotFound):
            change.keys.set_alias("new", "no such key")
        change.keys.set_alias("mail", NEAR_ID, move=True)
        change.keys.set_alias("post", KEY_ID)
        change.append(NOTE)
    with records.read() as reading:
        assert reading.keys.get(NEAR_ID).aliases == ("other", "mail")  # as they were given
        assert reading.keys.find("post").aliases == ("post",)
        assert reading.audit.verify() == []


def test_a_removed_alias_names_nothing(records: Records) -> None:
    add(records, ("mail", KEY_ID))
    with records.change() as change:
        change.keys.remove_alias("mail")
        with pytest.raises(KeyNotFound):
            change.keys.remove_alias("mail")
        change.append(NOTE)
    with records.read() as reading:
        assert reading.keys.get(KEY_ID).alias == KEY_ID


def test_state_description_and_tags_change_alone(records: Records) -> None:
    add(records, ("mail", KEY_ID))
    with records.change() as change:
        before = change.keys.get(KEY_ID)
        change.keys.set_state(KEY_ID, KeyState.ARCHIVED)
        change.keys.set_description(KEY_ID, "new")
        change.keys.set_tags(KEY_ID, {"b": "2", "a": "1"})
        after = change.keys.get(KEY_ID)
        change.append(NOTE)
    assert after == replace(before, state=KeyState.ARCHIVED, description="new", tags=(("a", "1"), ("b", "2")))


def test_a_new_version_follows_the_last_and_becomes_the_current_one(records: Records) -> None:
    add(records, ("mail", KEY_ID))
    second = KeyVersion(KEY_ID, 2, TIME, b"second", None)
    with records.change() as change:
        with pytest.raises(ValueError, match="does not follow"):
            change.keys.add_version(replace(second, number=3))
        with pytest.raises(KeyNotFound):
            change.keys.add_version(replace(second, key_id=NEAR_ID))
        change.keys.add_version(second)
        change.append(NOTE)
    with records.read() as reading:
        assert reading.keys.get(KEY_ID).version == 2
        assert [version.number for version in reading.keys.versions(KEY_ID)] == [1, 2]
        assert reading.keys.version(KEY_ID, 2) == second
        with pytest.raises(KeyNotFound):
            reading.keys.version(KEY_ID, 3)


def test_a_version_that_is_not_the_keys_is_refused(records: Records) -> None:
    key, version = new_key("mail")
    with records.change() as change, pytest.raises(ValueError, match="current"):
        change.keys.insert(key, replace(version, number=2))


def test_material_is_replaced_and_nothing_else(records: Records) -> None:
    add(records, ("mail", KEY_ID))
    with records.change() as change:
        before = change.keys.version(KEY_ID, 1)
        change.keys.replace_material(KEY_ID, 1, b"anew")
        after = change.keys.version(KEY_ID, 1)
        change.append(NOTE)
    assert after == replace(before, material=b"anew")


def test_wraps_are_counted_a_version(records: Records) -> None:
    add(records, ("mail", KEY_ID))
    with records.change() as change:
        assert change.uses.count(KEY_ID, 1, wraps=3, time=TIME) == 3
        assert change.uses.count(KEY_ID, 1, wraps=4, time=TIME) == 7
        assert change.uses.count(KEY_ID, 2, wraps=1, time=TIME) == 1
        assert change.keys.version(KEY_ID, 1).wraps == 7
        assert change.keys.versions(KEY_ID)[0].wraps == 7
        assert change.keys.all_versions()[0].wraps == 7
