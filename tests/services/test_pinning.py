"""What this computer has seen of a vault is held against what it finds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from signet.crypto.identity import fingerprint, generate_identity
from signet.errors import PinsDamaged, VaultForeign, VaultRolledBack
from signet.services.pinning import PinCheck, check_header_pin, check_records_pin, differences
from signet.services.session import Session
from signet.store.pins import Pin
from support.vaults import VaultInTest


def pin_of(vault: VaultInTest) -> Pin:
    pin = vault.workplace.pins.read(vault.header.vault_id)
    assert pin is not None
    return pin


def put(vault: VaultInTest, pin: Pin) -> None:
    vault.workplace.pins.replace(vault.header.vault_id, pin)


def check(vault: VaultInTest, pins: PinCheck = PinCheck.ENFORCE) -> None:
    check_header_pin(vault.workplace, vault.header, pins)


# Header


def test_a_new_vault_is_pinned_and_passes(vault: VaultInTest) -> None:
    check(vault)
    assert (pin_of(vault).identity, pin_of(vault).generation) == (vault.header.identity.hex(), 1)


def test_another_identity_is_refused_with_both_fingerprints(vault: VaultInTest) -> None:
    known = generate_identity()[1]
    put(vault, replace(pin_of(vault), identity=known.hex()))
    with pytest.raises(VaultForeign) as caught:
        check(vault)
    assert (caught.value.expected, caught.value.found) == (fingerprint(known), fingerprint(vault.header.identity))


def test_an_older_generation_is_refused_with_the_date(vault: VaultInTest) -> None:
    put(vault, replace(pin_of(vault), generation=2, written="2026-11-20T08:00:00Z"))
    with pytest.raises(VaultRolledBack, match=r"generation 2 on 2026-11-20T08:00:00Z.*generation 1"):
        check(vault)


def test_a_newer_generation_passes(vault: VaultInTest) -> None:
    check_header_pin(vault.workplace, replace(vault.header, generation=2), PinCheck.ENFORCE)


@pytest.mark.parametrize("pins", [PinCheck.REPLACE, PinCheck.IGNORE])
def test_only_enforcing_reads_the_pins(vault: VaultInTest, pins: PinCheck) -> None:
    put(vault, replace(pin_of(vault), generation=9, identity="00" * 32, audit_count=99))
    check(vault, pins)
    with vault.open(pins=PinCheck.IGNORE) as session:
        assert not check_records_pin(session, pins)


def test_what_a_restore_announced_passes_and_nothing_near_it(vault: VaultInTest) -> None:
    here = pin_of(vault)
    put(vault, replace(here, generation=5))
    pins, vault_id = vault.workplace.pins, vault.header.vault_id
    for offered, fits in (
        (here, True),
        (replace(here, generation=2), False),
        (replace(here, identity="11" * 32), False),
    ):
        pins.offer(vault_id, offered)
        if fits:
            check(vault)
            continue
        with pytest.raises(VaultRolledBack):
            check(vault)
    pins.withdraw(vault_id)
    with pytest.raises(VaultRolledBack):
        check(vault)


def test_without_a_pin_nothing_is_refused(vault: VaultInTest) -> None:
    vault.forget_pins()
    check(vault)


@pytest.mark.parametrize("identity", ["", "zz" * 32, "00" * 31, "00" * 33])
def test_a_pin_whose_identity_is_none_is_damaged(vault: VaultInTest, identity: str) -> None:
    (file,) = Path(vault.workplace.places.pins).glob("*.json")
    file.write_text(file.read_text().replace(vault.header.identity.hex(), identity))
    with pytest.raises(PinsDamaged):
        check(vault)


def test_a_secret_is_not_asked_for_if_the_header_is_refused(vault: VaultInTest) -> None:
    put(vault, replace(pin_of(vault), generation=2))
    vault.prompt.asked.clear()
    with pytest.raises(VaultRolledBack):
        vault.open()
    assert vault.prompt.asked == []


# Records


def raised(session: Session, **changes: int | bytes | str) -> None:
    pins = session.workplace.pins
    pin = pins.read(session.vault_id)
    assert pin is not None
    pins.replace(session.vault_id, replace(pin, **changes))  # type: ignore[arg-type]


def test_the_log_as_it_was_seen_passes(session: Session) -> None:
    assert check_records_pin(session, PinCheck.ENFORCE)


def test_an_earlier_entry_of_the_log_passes_where_it_stands(session: Session) -> None:
    with session.records.read() as reading:
        first = reading.audit.entry(1)
        assert reading.audit.head().count > 1
    assert first is not None
    raised(session, audit_count=1, audit_hash=first.hash)
    assert check_records_pin(session, PinCheck.ENFORCE)


def test_a_shorter_log_is_refused_with_both_dates(session: Session) -> None:
    raised(session, audit_count=50, written="2026-11-20T08:00:00Z")
    with pytest.raises(VaultRolledBack, match=r"50 entries on 2026-11-20T08:00:00Z.*of 2026-11-22T12:00:00Z"):
        check_records_pin(session, PinCheck.ENFORCE)


def test_another_entry_in_its_place_is_refused(session: Session) -> None:
    raised(session, audit_hash=bytes(32))
    with pytest.raises(VaultRolledBack, match="another entry"):
        check_records_pin(session, PinCheck.ENFORCE)


def test_a_log_that_was_not_seen_yet_passes(session: Session) -> None:
    raised(session, audit_count=0, audit_hash=bytes(32))
    assert check_records_pin(session, PinCheck.ENFORCE)


# What people are told


def test_an_unchanged_vault_differs_in_nothing(session: Session) -> None:
    assert differences(session, session.workplace.pins.read(session.vault_id)) == ()


def test_every_difference_is_a_sentence(session: Session) -> None:
    pin = session.workplace.pins.read(session.vault_id)
    assert pin is not None
    (unknown,) = differences(session, None)
    assert unknown.startswith("This computer")
    (identity,) = differences(session, replace(pin, identity="11" * 32))
    assert fingerprint(b"\x11" * 32) in identity
    assert fingerprint(session.header.identity) in identity
    (generation,) = differences(session, replace(pin, generation=5))
    assert "generation 5" in generation
    (shorter,) = differences(session, replace(pin, audit_count=50))
    assert "50 entries" in shorter
    (another,) = differences(session, replace(pin, audit_hash=bytes(32)))
    assert f"entry {pin.audit_count}" in another
    everything = replace(pin, identity="11" * 32, generation=5, audit_count=50)
    assert len(differences(session, everything)) == 3
