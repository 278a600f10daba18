"""Imported material that has a date: from then on it is not used; nothing of it is destroyed unasked.

When the date has come the key is PendingImport: at once for the door and for whoever looks, in the records at the
next unlock, with an entry. The material stays sealed where it is until the person imports it again, gives it another
date, or removes it (docs/decisions/0026-imported-keys.md). A clock that goes back brings no recorded state back.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from signet.audit.canonical import Detail
from signet.audit.entry import Draft, Outcome
from signet.clock import parse_timestamp, timestamp
from signet.errors import KeyStateRefused, SignetError, UsageError
from signet.keys.model import Key
from signet.keys.spec import Origin
from signet.keys.state import KeyState
from signet.services.import_keys import is_over
from signet.services.session import Session
from signet.store.records import Reading
from signet.store.tables.imports import KeyImport

EXPIRE = "ExpireImportedKeyMaterial"
EXPIRE_TOKENS = "ExpireImportTokens"
SET_EXPIRY = "SetImportExpiry"
DELETE = "DeleteImportedKeyMaterial"
MAX_DAYS = 3650
"""Ten years; who wants longer gives no date."""
_USABLE = frozenset({KeyState.ENABLED, KeyState.DISABLED, KeyState.ARCHIVED})


def check_expiry(session: Session, expires: datetime | None) -> str | None:
    """Return the moment as it is stored; raise UsageError if it is not in the future, or more than ten years away."""
    if expires is None:
        return None
    now = session.workplace.clock.now()
    if not now < expires <= now + timedelta(days=MAX_DAYS):
        raise UsageError(reason="Imported material expires between now and ten years from now, or never.")
    return timestamp(expires)


def has_expired(found: KeyImport | None, now: str) -> bool:
    """Whether imported material is no longer to be used at ``now`` (RFC 3339, UTC)."""
    return found is not None and found.expires is not None and found.expires <= now


def as_of_now(session: Session, reading: Reading, keys: Iterable[Key]) -> list[Key]:
    """Return the keys, those whose imported material has expired or is not here as PendingImport.

    That may not be recorded yet; and a deletion that was cancelled does not bring material.
    """
    found = list(keys)
    if all(key.origin is not Origin.EXTERNAL for key in found):
        return found
    expired = {each.key_id for each in reading.imports.expired(timestamp(session.workplace.clock.now()))}
    waiting = expired | reading.imports.without_material()
    return [
        replace(key, state=KeyState.PENDING_IMPORT) if key.id in waiting and key.state in _USABLE else key
        for key in found
    ]


def as_of_this_use(session: Session, reading: Reading, key: Key) -> Key:
    """As `as_of_now`, for the one key that goes through the door."""
    if key.origin is not Origin.EXTERNAL or key.state not in _USABLE:
        return key
    there = reading.keys.version(key.id, key.version).material is not None
    now = timestamp(session.workplace.clock.now())
    if there and not has_expired(reading.imports.of_key(key.id), now):
        return key
    return replace(key, state=KeyState.PENDING_IMPORT)


def import_of(session: Session, key: Key) -> KeyImport | None:
    """Return what was imported into a key, None if nothing was."""
    with session.records.read() as reading:
        return reading.imports.of_key(key.id)


def expire_imports(session: Session) -> tuple[str, ...]:
    """Record which material has expired since, and drop wrapping keys whose day is over; return the keys' names."""
    now = timestamp(session.workplace.clock.now())
    with session.records.read() as reading:
        keys = [reading.keys.get(found.key_id) for found in reading.imports.expired(now)]
        due = any(key.state in _USABLE for key in keys)
        over = any(is_over(session, reading, token) for token in reading.imports.tokens())
    if not due and not over:
        return ()
    names = []
    with session.records.change() as change:
        for found in change.imports.expired(now):
            key = change.keys.get(found.key_id)
            if key.state in _USABLE:
                change.keys.set_state(key.id, KeyState.PENDING_IMPORT)
                details: dict[str, Detail] = {"expires": found.expires or "", "from": key.state.value}
                change.append(Draft(EXPIRE, Outcome.DONE, key=key.id, details=details))
                names.append(key.alias)
        gone = [token for token in change.imports.tokens() if is_over(session, change, token)]
        for token in gone:
            change.imports.remove_token(token.id)
        if gone:
            change.append(Draft(EXPIRE_TOKENS, Outcome.DONE, details={"tokens": len(gone)}))
    return tuple(names)


def say_expired(session: Session) -> bool:
    """Do `expire_imports`, tell the person what it means, and return whether any key expired."""
    names = expire_imports(session)
    for name in names:
        session.workplace.prompt.note(
            f"The imported key “{name}” has expired and is not used any more. Nothing was destroyed: import it "
            "again, or give it another date."
        )
    return bool(names)


def set_expiry(session: Session, name: str, expires: datetime | None) -> Key:
    """Give imported material another date, or none; what had expired can be used again.

    Raises ProofOfPresenceMissing, UsageError for a key that was not imported or a date that cannot be, and
    KeyStateRefused if its material is not here.
    """
    session.require_presence()
    wanted = check_expiry(session, expires)
    with session.records.change() as change:
        key = change.keys.find(name)
        found = change.imports.of_key(key.id)
        if key.origin is not Origin.EXTERNAL or found is None:
            raise UsageError(reason=f"“{key.alias}” was not imported; only imported material has a date.")
        if change.keys.version(key.id, key.version).material is None:
            raise KeyStateRefused(key=key.alias, state=key.state.value, operation="get a date before its material")
        change.imports.put(replace(found, expires=wanted))
        if key.state is KeyState.PENDING_IMPORT:
            change.keys.set_state(key.id, KeyState.ENABLED)
        details: dict[str, Detail] = {"expires": wanted or "never"}
        change.append(Draft(SET_EXPIRY, Outcome.DONE, key=key.id, details=details))
        return change.keys.get(key.id)


def delete_material(session: Session, name: str) -> Key:
    """Wipe imported material; the key waits for the same again, as in AWS KMS (DeleteImportedKeyMaterial).

    The person is asked, and told of the files that hang on it. Raises ProofOfPresenceMissing, UsageError for a key
    that was not imported, KeyStateRefused if its material is not here, ConfirmationMissing.
    """
    session.require_presence()
    with session.records.read() as reading:
        key = reading.keys.find(name)
        files = len(reading.catalogue.by_key(key.id))
        _refuse_without_material(reading, key)
    hang = "" if not files else f" {files} known {'file hangs' if files == 1 else 'files hang'} on it."
    session.workplace.prompt.confirm(
        f"The material of “{key.alias}” would be wiped from this vault; it cannot be used until exactly the same is "
        f"imported again.{hang} Have you kept it elsewhere, and do you want that?"
    )
    with session.records.change() as change:
        key = change.keys.get(key.id)
        _refuse_without_material(change, key)
        for version in change.keys.versions(key.id):
            change.keys.put_material(replace(version, material=None))
        for copy in change.guards.of_key(key.id):
            change.guards.remove(copy)
        if key.state in _USABLE:
            change.keys.set_state(key.id, KeyState.PENDING_IMPORT)
        change.append(Draft(DELETE, Outcome.DONE, key=key.id, details={"files": files}))
        after = change.keys.get(key.id)
    with suppress(SignetError):  # what the write-ahead log still holds of the wrapped material goes now, or soon
        session.database.checkpoint()
    return after


def _refuse_without_material(reading: Reading, key: Key) -> None:
    if key.origin is not Origin.EXTERNAL:
        raise UsageError(reason=f"“{key.alias}” was not imported; nothing outside could bring it back.")
    if reading.keys.version(key.id, key.version).material is None:
        raise KeyStateRefused(key=key.alias, state=key.state.value, operation="lose material that it does not have")


def days_left(expires: str, now: datetime) -> int:
    """Whole days until a moment (RFC 3339); negative once it is past."""
    return (parse_timestamp(expires) - now).days
