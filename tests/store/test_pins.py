"""Pins go up, never down, and a damaged one is not the same as none."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from signet.errors import PinsDamaged, VaultForeign
from signet.store.pins import PIN_LIMIT, Pin, Pins

VAULT = "11111111-2222-3333-4444-555555555555"
PIN = Pin("ab" * 32, 3, 100, b"h" * 32, "2026-11-22T12:00:00Z")
LATER = "2026-11-23T12:00:00Z"


@pytest.fixture
def pins(tmp_path: Path) -> Pins:
    return Pins(str(tmp_path / "state" / "pins"))


def stored(pins: Pins) -> Path:
    return Path(pins._folder, f"{VAULT}.pin.json")


def test_a_vault_never_seen_has_no_pin(pins: Pins) -> None:
    assert pins.read(VAULT) is None


def test_a_pin_is_kept_for_its_owner_alone(pins: Pins) -> None:
    assert pins.raise_to(VAULT, PIN) == PIN
    assert pins.read(VAULT) == PIN
    assert pins.read(VAULT[:-1] + "6") is None
    assert stored(pins).stat().st_mode & 0o777 == 0o600
    assert stored(pins).parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ({"generation": 4}, {"generation": 4, "written": LATER}),
        ({"generation": 2}, {}),
        (
            {"audit_count": 101, "audit_hash": b"n" * 32},
            {"audit_count": 101, "audit_hash": b"n" * 32, "written": LATER},
        ),
        ({"audit_count": 99, "audit_hash": b"n" * 32}, {}),
        ({"audit_hash": b"n" * 32}, {}),
        ({"generation": 4, "audit_count": 99, "audit_hash": b"n" * 32}, {"generation": 4, "written": LATER}),
        (
            {"generation": 2, "audit_count": 101, "audit_hash": b"n" * 32},
            {"audit_count": 101, "audit_hash": b"n" * 32, "written": LATER},
        ),
    ],
)
def test_a_pin_is_raised_and_never_lowered(pins: Pins, new: dict[str, int], expected: dict[str, int]) -> None:
    pins.raise_to(VAULT, PIN)
    result = pins.raise_to(VAULT, replace(PIN, written=LATER, **new))  # type: ignore[arg-type]
    assert result == pins.read(VAULT) == replace(PIN, **expected)  # type: ignore[arg-type]


def test_another_identity_is_refused_and_the_pin_stays(pins: Pins) -> None:
    pins.raise_to(VAULT, PIN)
    with pytest.raises(VaultForeign):
        pins.raise_to(VAULT, replace(PIN, identity="cd" * 32, generation=9))
    assert pins.read(VAULT) == PIN


def test_replace_sets_whatever_it_is_given(pins: Pins) -> None:
    pins.raise_to(VAULT, PIN)
    other = Pin("cd" * 32, 1, 0, b"0" * 32, LATER)
    pins.replace(VAULT, other)
    assert pins.read(VAULT) == other


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"{", b""),
        (b'"generation":3', b'"generation":"3"'),
        (b'"generation":3', b'"generation":true'),
        (b'"generation":3', b'"generation":3.0'),
        (b'"generation":3', b'"generation":-3'),
        (b'"generation":3', b'"generatiom":3'),
        (b'"generation":3', b'"generation":3,"more":1'),
        (b"6868", b""),
        (b"6868", b"zz68"),
        (b'"identity"', b'"identit\xe4"'),
    ],
)
def test_a_damaged_pin_is_an_error_and_not_raised_over(pins: Pins, old: bytes, new: bytes) -> None:
    pins.raise_to(VAULT, PIN)
    content = stored(pins).read_bytes()
    assert old in content
    stored(pins).write_bytes(content.replace(old, new, 1))
    with pytest.raises(PinsDamaged):
        pins.read(VAULT)
    with pytest.raises(PinsDamaged):
        pins.raise_to(VAULT, PIN)
    pins.replace(VAULT, PIN)
    assert pins.read(VAULT) == PIN


@pytest.mark.parametrize("content", [b"", b"null", b"[]", b"[" * (PIN_LIMIT - 1), b" " * (PIN_LIMIT + 1)])
def test_a_file_that_is_no_pin_is_an_error(pins: Pins, content: bytes) -> None:
    pins.raise_to(VAULT, PIN)
    stored(pins).write_bytes(content)
    with pytest.raises(PinsDamaged):
        pins.read(VAULT)


@pytest.mark.parametrize("length", range(0, 180, 7))
def test_a_pin_cut_off_anywhere_is_an_error(pins: Pins, length: int) -> None:
    pins.raise_to(VAULT, PIN)
    content = stored(pins).read_bytes()
    stored(pins).write_bytes(content[:length])
    with pytest.raises(PinsDamaged):
        pins.read(VAULT)


@pytest.mark.parametrize("vault_id", ["", "../x", "a/b", "a" * 65, "a\n"])
def test_what_is_no_vault_id_is_no_path(pins: Pins, vault_id: str) -> None:
    with pytest.raises(ValueError, match="vault id"):
        pins.read(vault_id)


def test_threads_raise_to_the_highest(pins: Pins) -> None:
    threads = [
        threading.Thread(
            target=pins.raise_to, args=(VAULT, replace(PIN, audit_count=count, audit_hash=bytes([count]) * 32))
        )
        for count in (105, 103, 108, 101, 107, 102)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pin = pins.read(VAULT)
    assert pin is not None
    assert (pin.audit_count, pin.audit_hash) == (108, bytes([108]) * 32)
    assert len(os.listdir(pins._folder)) == 2


def test_what_a_killed_writer_left_goes_with_the_next_change_and_nothing_else_does(pins: Pins) -> None:
    pins.raise_to(VAULT, PIN)
    pins.offer(VAULT, replace(PIN, generation=4))
    folder, other = stored(pins).parent, VAULT[:-1] + "6"
    kept = {path.name for path in folder.iterdir()} | {f"{other}.pin.json.{'0' * 16}.part", f"{VAULT}.pin.json.old"}
    for name in (f"{other}.pin.json.{'0' * 16}.part", f"{VAULT}.pin.json.old"):
        (folder / name).write_bytes(b"")
    for kind in ("pin", "offered"):
        (folder / f"{VAULT}.{kind}.json.{'1a' * 8}.part").write_bytes(b"{")
    pins.raise_to(VAULT, PIN)
    assert {path.name for path in folder.iterdir()} == kept
