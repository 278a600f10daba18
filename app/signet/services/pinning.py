"""Holding a vault against what this computer has pinned of it (DESIGN.md, section 3)."""

from __future__ import annotations

from enum import StrEnum

from signet.crypto.identity import fingerprint
from signet.errors import VaultForeign, VaultRolledBack
from signet.formats.header import VaultHeader
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
    if pin is None:
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
    pin = session.workplace.pins.read(session.vault_id) if pins is PinCheck.ENFORCE else None
    if pin is None:
        return False
    with session.records.read() as reading:
        head = reading.audit.head()
        entry = reading.audit.entry(pin.audit_count)
        last = reading.audit.entry(head.count)
    if head.count < pin.audit_count:
        raise VaultRolledBack(
            what="log",
            pinned=f"{pin.audit_count} entries on {pin.written}",
            found=f"{head.count} entries, the last of {last.time if last else 'no date'}",
        )
    if pin.audit_count and (entry is None or entry.hash != pin.audit_hash):
        raise VaultRolledBack(
            what="log",
            pinned=f"another entry {pin.audit_count} on {pin.written}",
            found=f"an entry of {entry.time if entry else 'no date'} in its place",
        )
    return True


def differences(session: Session, pin: Pin | None) -> tuple[str, ...]:
    """Say, in sentences, how the open vault differs from what is pinned; empty if it does not."""
    if pin is None:
        return ("This computer had not seen this vault before.",)
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
        found.append(f"The log had {pin.audit_count} entries on {pin.written}, now {head.count}, the last of {when}.")
    elif pin.audit_count and (entry is None or entry.hash != pin.audit_hash):
        found.append(f"The log's entry {pin.audit_count} is not the one seen on {pin.written}.")
    return tuple(found)
