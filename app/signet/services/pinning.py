"""Holding a vault against what this computer has pinned of it (DESIGN.md, section 3)."""

from __future__ import annotations

from enum import StrEnum

from signet.crypto.identity import fingerprint
from signet.errors import PinsDamaged, VaultForeign, VaultRolledBack
from signet.formats.header import VaultHeader
from signet.services import header_change
from signet.services.session import Session
from signet.services.workplace import Workplace
from signet.store.pins import Pin


class PinCheck(StrEnum):
    """What is done with the pins: enforced; replaced by ``vault accept``; neither read nor written (drills)."""

    ENFORCE = "enforce"
    REPLACE = "replace"
    IGNORE = "ignore"


def check_header_pin(workplace: Workplace, header: VaultHeader, pins: PinCheck) -> None:
    """Before any secret is asked for: the identity is the pinned one, the generation not an older one."""
    pin = workplace.pins.read(header.vault_id) if pins is PinCheck.ENFORCE else None
    if pin is None or _is_offered(header, workplace.pins.offered(header.vault_id)):
        return
    if pin.identity != header.identity.hex():
        raise VaultForeign(expected=fingerprint(bytes.fromhex(pin.identity)), found=fingerprint(header.identity))
    if header.generation < pin.generation:
        raise VaultRolledBack(
            what="header",
            pinned=f"generation {pin.generation} on {pin.written}",
            found=f"generation {header.generation}",
        )


def check_records_pin(session: Session, pins: PinCheck) -> bool:
    """After opening: the pinned audit entry is still in the chain at its place. Returns whether there was a pin."""
    known = session.workplace.pins
    pin = known.read(session.vault_id) if pins is PinCheck.ENFORCE else None
    if pin is None:
        return False
    offered = known.offered(session.vault_id)
    if _is_offered(session.header, offered) and offered is not None:
        pin = offered
    with session.records.read() as reading:
        head = reading.audit.head()
        entry = reading.audit.entry(pin.audit_count)
        last = reading.audit.entry(head.count)
    if head.count < pin.audit_count:
        raise VaultRolledBack(
            what="log",
            pinned=f"{_entries(pin.audit_count)} on {pin.written}",
            found=f"{_entries(head.count)}, the last of {last.time if last else 'no date'}",
        )
    if pin.audit_count and (entry is None or entry.hash != pin.audit_hash):
        raise VaultRolledBack(
            what="log",
            pinned=f"another entry {pin.audit_count} on {pin.written}",
            found=f"an entry of {entry.time if entry else 'no date'} in its place",
        )
    return True


def settle_pin(session: Session) -> None:
    """After an opening that fitted: raise the pin; or set it, where a restored vault has taken the place."""
    pins = session.workplace.pins
    offered = pins.offered(session.vault_id)
    if _is_offered(session.header, offered):
        pins.replace(session.vault_id, header_change.pin_of(session))
        return
    header_change.raise_pin(session)
    if offered is not None:
        pins.withdraw(session.vault_id)


def known_pin(workplace: Workplace, vault_id: str) -> Pin | None:
    """The pin where it is only to be shown: one that cannot be read counts as none."""
    try:
        return workplace.pins.read(vault_id)
    except PinsDamaged:
        return None


def _is_offered(header: VaultHeader, offered: Pin | None) -> bool:
    """Whether this is the vault that a restore was about to put in place when it was interrupted."""
    return (
        offered is not None and header.generation == offered.generation and header.identity.hex() == offered.identity
    )


def differences(session: Session, pin: Pin | None) -> tuple[str, ...]:
    """Say, in sentences, how the open vault differs from what is pinned; empty if it does not."""
    if pin is None:
        return ("This computer does not know this vault, or what it knew of it cannot be read.",)
    found: list[str] = []
    header = session.header
    if pin.identity != header.identity.hex():
        known = fingerprint(bytes.fromhex(pin.identity))
        found.append(f"The identity was {known} and is now {fingerprint(header.identity)}.")
    if header.generation < pin.generation:
        found.append(f"The header was of generation {pin.generation} on {pin.written}, now {header.generation}.")
    with session.records.read() as reading:
        head = reading.audit.head()
        entry = reading.audit.entry(pin.audit_count) if head.count >= pin.audit_count else None
        last = reading.audit.entry(head.count)
    if head.count < pin.audit_count:
        when = last.time if last else "no date"
        found.append(
            f"The log had {_entries(pin.audit_count)} on {pin.written}, now {head.count}, the last of {when}."
        )
    elif pin.audit_count and (entry is None or entry.hash != pin.audit_hash):
        found.append(f"The log's entry {pin.audit_count} is not the one seen on {pin.written}.")
    return tuple(found)


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count} entries"
