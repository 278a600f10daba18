"""A new key written down: its rows, its entry, and what is asked before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from signet.audit.canonical import Detail
from signet.audit.entry import Draft, Outcome
from signet.clock import parse_timestamp
from signet.errors import AliasTaken, KeyNotFound, UsageError
from signet.formats.header import UnlockMethod
from signet.keys.model import GuardCopy, Key, KeyVersion
from signet.keys.policy import FREE, Policy
from signet.keys.rotation import DEFAULT_DAYS, rotates, schedule
from signet.secret import Secret
from signet.services.guards import insert_copies
from signet.services.session import Session
from signet.store.records import Change
from signet.tokens.hub import fingerprint
from signet.tokens.model import Token

CREATE = "CreateKey"
ADOPT = "AdoptKey"


def refuse_taken(session: Session, alias: str) -> None:
    """Raise AliasTaken before anything is made or asked; the same is checked again when the rows are written."""
    with session.records.read() as reading:
        try:
            key = reading.keys.find(alias)
        except (KeyNotFound, UsageError):
            return
    if alias in key.aliases:
        raise AliasTaken(alias=alias)


def token_key_consent(session: Session, alias: str, token: Token) -> None:
    """Say what a key on a token means, and have the person agree; raise ConfirmationMissing otherwise."""
    session.workplace.prompt.confirm(
        f"The key “{alias}” would be on “{token.label}” alone. If that card is lost or breaks, the key is gone for "
        "good: neither a backup nor another way in brings it back. Do you want that?"
    )


def insert_key(
    session: Session,
    key: Key,
    *,
    material: Secret | None,
    public_key: bytes | None,
    operation: str,
    token: Token | None = None,
    of: int | None = None,
    guards: Sequence[UnlockMethod] = (),
    copies: Sequence[GuardCopy] = (),
    policy: Policy = FREE,
    more: Mapping[str, Detail] | None = None,
    before: Callable[[Change], None] | None = None,
    then: Callable[[Change], None] | None = None,
) -> None:
    """Write a new key with its first version and the entry ``operation``, in one transaction.

    ``material`` is wrapped here and not before: a new master key that another thread gave the vault meanwhile counts.
    ``copies`` are those of its guard key, for ``guards``; ``policy`` was checked. A key that can be rotated by itself
    is, from now on, every `DEFAULT_DAYS`. ``more`` goes into the entry. Within the same transaction
    ``before`` is done before the first row is written, ``then`` before the entry. Raises AliasTaken,
    UnlockMethodNotFound if a guard is gone.
    """
    details: dict[str, Detail] = {
        "alias": key.alias,
        "spec": key.spec.value,
        "usage": key.usage.value,
        "protection": key.protection.value,
    }
    if token is not None and public_key is not None:
        details |= {"token": token.label, "serial": token.serial, "fingerprint": fingerprint(public_key)}
    if guards:
        details["guards"] = [method.label for method in guards]
    if policy.rules:
        details["policy"] = policy.fields()
    with session.records.change() as change:
        if before is not None:
            before(change)
        sealed = None if material is None else session.seal_material(key, key.version, material)
        change.keys.insert(key, KeyVersion(key.id, key.version, key.created, sealed, public_key))
        insert_copies(session, change, copies)
        change.policies.put(key.id, policy)
        if rotates(key):
            planned = schedule(key.id, DEFAULT_DAYS, parse_timestamp(key.created))
            change.rotations.set(planned)
            details |= {"rotation-days": planned.days, "next-rotation": planned.next}
        if then is not None:
            then(change)
        change.append(Draft(operation, Outcome.DONE, key=key.id, of=of, details={**details, **(more or {})}))
