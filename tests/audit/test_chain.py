"""The chain finds what was edited, inserted, removed, swapped or cut off, and every row that disagrees."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signet.audit.chain import (
    NO_HASH,
    OLD_COUNT,
    OLD_HASH,
    ChainVerifier,
    EntryMacs,
    Head,
    Link,
    Problem,
    RowWitness,
    entry_hash,
    entry_holds,
    entry_mac,
    head_mac,
    link,
    row_mac,
)
from signet.audit.entry import Actor, Draft, Entry, Outcome
from signet.secret import Secret

KEY = Secret(b"k" * 32)
NEXT_KEY = Secret(b"n" * 32)
ACTOR = Actor(method="m1", user="ada", front_end="cli")
START = Head(count=0, hash=NO_HASH, mac=b"", epoch=1)
TIME = "2026-11-22T12:00:00Z"


def grow(
    head: Head, count: int, *, epoch: int = 1, mac_key: Secret = KEY, first: dict[str, str | int] | None = None
) -> tuple[list[Entry], Head]:
    entries = []
    for place in range(count):
        details: dict[str, str | int] = (first or {}) if place == 0 else {"n": place}
        entry, head = link(
            Draft("Encrypt", Outcome.DONE, key="key-1", of=None, details=details),
            head=head,
            epoch=epoch,
            time=TIME,
            actor=ACTOR,
            changes=(f"keys/{head.count}",),
            mac_key=mac_key,
        )
        entries.append(entry)
    return entries, head


def verify(
    entries: Iterable[Entry],
    head: Head | None,
    *,
    rows: Iterable[RowWitness] | None = None,
    epoch: int = 1,
    mac_key: Secret = KEY,
) -> list[Problem]:
    verifier = ChainVerifier(mac_key, epoch=epoch)
    problems = [problem for entry in entries for problem in verifier.feed(Link.of(entry))]
    if rows is None:
        rows = [RowWitness(name, entry, True) for name, entry in verifier.latest.items()]
    return problems + verifier.finish(head, rows)


def places(problems: list[Problem]) -> list[str]:
    return [problem.place for problem in problems]


def test_the_hash_is_sha256_over_canonical_json_of_all_but_hash_and_mac() -> None:
    (entry,), _ = grow(START, 1)
    fields = {
        "sequence": 1,
        "epoch": 1,
        "time": TIME,
        "method": "m1",
        "user": "ada",
        "front_end": "cli",
        "operation": "Encrypt",
        "key": "key-1",
        "outcome": "done",
        "of": None,
        "details": {},
        "changes": ["keys/0"],
        "previous": "00" * 32,
    }
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"))
    assert entry.hash == hashlib.sha256(text.encode()).digest()
    assert entry.mac == hmac.digest(b"k" * 32, b"signet/v1/audit" + entry.hash, "sha256")


def test_an_untouched_chain_has_no_problem() -> None:
    entries, head = grow(START, 20)
    assert verify(entries, head) == []
    assert verify([], None) == []


CHANGES: dict[str, Any] = {
    "epoch": 2,
    "time": "2026-11-22T12:00:01Z",
    "actor": Actor(method="m1", user="eve", front_end="cli"),
    "operation": "Decrypt",
    "key": None,
    "outcome": Outcome.REFUSED,
    "of": 1,
    "details": {"n": 99},
    "changes": (),
    "previous": b"x" * 32,
    "hash": b"x" * 32,
    "mac": b"x" * 32,
}


@pytest.mark.parametrize("field", CHANGES)
def test_an_edited_entry_is_found_whichever_field_was_edited(field: str) -> None:
    entries, head = grow(START, 9)
    entries[4] = replace(entries[4], **{field: CHANGES[field]})
    assert "audit entry 5" in places(verify(entries, head))


def test_an_edited_entry_with_a_hash_that_fits_again_is_found_by_its_mac() -> None:
    entries, head = grow(START, 9)
    edited = replace(entries[4], operation="Decrypt")
    entries[4] = replace(edited, hash=entry_hash(edited))
    assert places(verify(entries, head)) == ["audit entry 5", "audit entry 6"]


def test_a_removed_entry_is_found() -> None:
    entries, head = grow(START, 9)
    assert places(verify(entries[:3] + entries[4:], head)) == ["audit entry 4"]


def test_a_removed_entry_is_found_when_the_rest_moves_up() -> None:
    entries, head = grow(START, 9)
    moved = [replace(entry, sequence=entry.sequence - 1) for entry in entries[4:]]
    assert places(verify(entries[:3] + moved, head))[0] == "audit entry 4"


def test_an_inserted_entry_is_found() -> None:
    entries, head = grow(START, 9)
    moved = [replace(entry, sequence=entry.sequence + 1) for entry in entries[4:]]
    inserted = replace(entries[3], sequence=5)
    assert "audit entry 5" in places(verify([*entries[:4], inserted, *moved], head))


def test_swapped_entries_are_found() -> None:
    entries, head = grow(START, 9)
    entries[2], entries[5] = replace(entries[5], sequence=3), replace(entries[2], sequence=6)
    assert {"audit entry 3", "audit entry 6"} <= set(places(verify(entries, head)))


def test_entries_cut_off_are_found_by_the_head() -> None:
    entries, head = grow(START, 9)
    assert places(verify(entries[:7], head, rows=[RowWitness(f"keys/{n}", n + 1, True) for n in range(7)])) == [
        "audit entries 8 to 9"
    ]


def test_an_old_head_put_back_is_found_by_the_entries_beyond_it() -> None:
    entries, _ = grow(START, 9)
    old = Head(count=8, hash=entries[7].hash, mac=head_mac(KEY, count=8, digest=entries[7].hash, epoch=1), epoch=1)
    assert places(verify(entries, old)) == ["audit entry 9"]


@pytest.mark.parametrize("change", [{"count": 8}, {"hash": b"x" * 32}, {"mac": b"x" * 32}, {"epoch": 2}])
def test_a_changed_head_is_found(change: dict[str, Any]) -> None:
    entries, head = grow(START, 9)
    assert places(verify(entries, replace(head, **change))) == ["audit head"]


def test_a_head_of_another_history_is_found() -> None:
    entries, _ = grow(START, 9)
    _, other = grow(START, 9, first={"other": "history"})
    assert places(verify(entries, other)) == ["audit head"]


def test_a_missing_head_is_found() -> None:
    entries, _ = grow(START, 2)
    assert places(verify(entries, None)) == ["audit head"]


def test_rows_are_held_against_the_log() -> None:
    entries, head = grow(START, 4)
    rows = [
        RowWitness("keys/0", 1, True),
        RowWitness("keys/1", 2, False),
        RowWitness("keys/2", 1, True),
        RowWitness("keys/unknown", 3, True),
    ]
    assert places(verify(entries, head, rows=rows)) == ["keys/1", "keys/2", "keys/unknown", "keys/3"]


def test_a_deleted_row_is_known_as_deleted() -> None:
    entries, head = grow(START, 1)
    gone, head = link(
        Draft("Remove", Outcome.DONE),
        head=head,
        epoch=1,
        time=TIME,
        actor=ACTOR,
        changes=("-keys/0",),
        mac_key=KEY,
    )
    assert verify([*entries, gone], head, rows=[]) == []
    assert places(verify([*entries, gone], head, rows=[RowWitness("keys/0", 1, True)])) == ["keys/0"]


def second_epoch(old: Head, **changed: str | int) -> tuple[list[Entry], Head]:
    carried: dict[str, str | int] = {OLD_COUNT: old.count, OLD_HASH: old.hash.hex(), **changed}
    return grow(old, 3, epoch=2, mac_key=NEXT_KEY, first=carried)


def test_a_new_epoch_needs_the_new_mac_key_only() -> None:
    entries, old = grow(START, 3)
    later, head = second_epoch(old)
    assert verify(entries + later, head, epoch=2, mac_key=NEXT_KEY) == []


def test_earlier_epochs_are_held_by_their_hashes() -> None:
    entries, old = grow(START, 3)
    later, head = second_epoch(old)
    edited = replace(entries[2], operation="Decrypt")
    for last in (edited, replace(edited, hash=entry_hash(edited))):
        assert places(verify([*entries[:2], last, *later], head, epoch=2, mac_key=NEXT_KEY))


@pytest.mark.parametrize("changed", [{OLD_COUNT: 2}, {OLD_HASH: "00" * 32}])
def test_an_epoch_that_does_not_carry_the_old_head_is_found(changed: dict[str, str | int]) -> None:
    entries, old = grow(START, 3)
    later, head = second_epoch(old, **changed)
    assert places(verify(entries + later, head, epoch=2, mac_key=NEXT_KEY)) == ["audit entry 4"]


def test_an_entry_that_claims_an_earlier_epoch_is_found() -> None:
    entries, old = grow(START, 3)
    later, head = second_epoch(old)
    bare = replace(later[2], epoch=1, operation="Decrypt")
    later[2] = replace(bare, hash=entry_hash(bare))
    assert "audit entry 6" in places(verify(entries + later, head, epoch=2, mac_key=NEXT_KEY))


def test_an_unreadable_entry_is_named() -> None:
    entries, _ = grow(START, 3)
    verifier = ChainVerifier(KEY, epoch=1)
    assert verifier.feed(Link.of(entries[0])) == []
    assert verifier.unreadable(2) == [Problem("audit entry 2", "cannot be read")]
    assert places(verifier.feed(Link.of(entries[2]))) == ["audit entry 3"]


def test_an_entry_holds_or_not_by_itself() -> None:
    (entry,), _ = grow(START, 1)
    assert entry_holds(entry, mac_key=KEY, epoch=1)
    assert not entry_holds(entry, mac_key=NEXT_KEY, epoch=1)
    assert entry_holds(entry, mac_key=NEXT_KEY, epoch=2)
    assert not entry_holds(replace(entry, details={"a": "\ud800"}), mac_key=KEY, epoch=1)


VALUES = (
    st.none()
    | st.integers(min_value=-(2**63), max_value=2**63 - 1)
    | st.binary(max_size=8)
    | st.text("ab1:", max_size=8)
)
ROWS = st.dictionaries(st.text("abt", max_size=4), VALUES, max_size=4)


@given(st.text("ab", max_size=3), ROWS, st.text("ab", max_size=3), ROWS)
def test_two_rows_never_share_a_mac(
    table: str, row: dict[str, str | int | bytes | None], other_table: str, other: dict[str, str | int | bytes | None]
) -> None:
    same = (table, row) == (other_table, other)
    assert (row_mac(KEY, table, row) == row_mac(KEY, other_table, other)) == same


def test_text_bytes_numbers_and_null_stay_apart_in_a_row_mac() -> None:
    values: list[str | int | bytes | None] = ["1", 1, b"1", None, "", b""]
    assert len({row_mac(KEY, "t", {"a": value}) for value in values}) == len(values)


def test_a_row_mac_is_over_the_documented_message() -> None:
    def part(tag: bytes, content: bytes) -> bytes:
        return tag + len(content).to_bytes(8, "big") + content

    message = b"signet/v1/row\0" + part(b"t", b"keys") + part(b"t", b"a") + part(b"i", b"-7")
    message += part(b"t", b"b") + part(b"n", b"") + part(b"t", b"c") + part(b"b", b"\0")
    expected = hmac.digest(b"k" * 32, message, "sha256")
    assert row_mac(KEY, "keys", {"c": b"\0", "a": -7, "b": None}) == expected


def test_a_mac_of_one_kind_is_none_of_another() -> None:
    digest = b"d" * 32
    assert EntryMacs(KEY).of(digest) == entry_mac(KEY, digest)
    assert len({entry_mac(KEY, digest), head_mac(KEY, count=1, digest=digest, epoch=1), row_mac(KEY, "", {})}) == 3
