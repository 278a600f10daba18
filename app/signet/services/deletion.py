"""Keys deleted in two steps: scheduled with a date, and destroyed after it by a person (DESIGN.md, section 6).

No clock destroys anything. What is scheduled can be cancelled until it is destroyed; attempts to use the key in
between are refused, recorded and counted here.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from signet.audit.canonical import Detail
from signet.audit.entry import Draft, Outcome
from signet.clock import parse_timestamp, timestamp
from signet.errors import DeletionNotDue, KeyNotFound, NameNotTyped, RecordDisagrees, SignetError, UsageError
from signet.keys.deletion import DEFAULT_DAYS, MAX_DAYS, MIN_DAYS, KeyDeletion, date_of, is_due, is_near
from signet.keys.model import Key
from signet.keys.spec import Protection
from signet.keys.state import Act, KeyState, Operation
from signet.services.catalogue import CatalogueEntry, list_files
from signet.services.key_states import change_key, refuse_by_state, refuse_recorded
from signet.services.session import Session
from signet.services.stakes import stake_of, stake_said
from signet.store.records import Change, Reading

USES = tuple(str(operation) for operation in Operation)


@dataclass(frozen=True)
class Pending:
    """A key that is to be deleted, as it stands now; times are RFC 3339 in UTC.

    ``attempts`` is how often somebody wanted to use it since, ``last_attempt`` when last. It is ``near`` from 7 days
    before its date on, and ``due`` once the date has come.
    """

    key: Key
    requested: str
    date: str
    near: bool
    due: bool
    attempts: int
    last_attempt: str | None


@dataclass(frozen=True)
class Destroyed:
    """A key that is gone, and the known files that cannot be opened any more (of a key on a card: by this vault)."""

    key: Key
    files: tuple[CatalogueEntry, ...]


def schedule_deletion(session: Session, name: str, *, days: int = DEFAULT_DAYS) -> Pending:
    """Stop every use of a key, and let it be destroyed after 7 to 30 days; what hangs on it is said and confirmed.

    The date counts from the later of the clock and the latest entry of the log. Raises ProofOfPresenceMissing,
    KeyNotFound, NameAmbiguous, UsageError for other days, KeyStateRefused, ConfirmationMissing.
    """
    session.require_presence()
    if not MIN_DAYS <= days <= MAX_DAYS:
        raise UsageError(reason=f"A key is deleted after {MIN_DAYS} to {MAX_DAYS} days, not after {days}.")
    with session.records.read() as reading:
        key = reading.keys.find(name)
        date = _date(session, reading, days)
    refuse_recorded(session, key, Act.SCHEDULE_DELETION)
    stake = stake_of(session, key)
    session.workplace.prompt.confirm(
        f"Nothing can be done with “{key.alias}” from now on, and from {date[:10]} on it can be destroyed for good. "
        "Until then you can change your mind. Schedule its deletion?",
        about=stake_said(stake),
    )

    def apply(change: Change, found: Key) -> Mapping[str, Detail]:
        due = _date(session, change, days)
        requested = timestamp(session.workplace.clock.now())
        change.keys.set_state(found.id, KeyState.PENDING_DELETION)
        change.deletions.insert(KeyDeletion(found.id, requested, due))
        return {"from": found.state.value, "days": days, "due": due, "files": len(stake.files)}

    change_key(session, key.id, Act.SCHEDULE_DELETION, apply)
    with session.records.read() as reading:
        return _pending(session, reading, reading.keys.get(key.id), _scheduled(reading, key.id))


def cancel_deletion(session: Session, name: str) -> Key:
    """Keep a key that was to be deleted; it is Disabled then, or waits for its material again if it has none.

    Raises KeyNotFound, NameAmbiguous, KeyStateRefused.
    """

    def apply(change: Change, key: Key) -> Mapping[str, Detail]:
        goal = KeyState.DISABLED if _has_material(change, key) else KeyState.PENDING_IMPORT
        change.deletions.remove(key.id)
        change.keys.set_state(key.id, goal)
        return {"to": goal.value}

    return change_key(session, name, Act.CANCEL_DELETION, apply)


def pending_deletion(session: Session, name: str) -> Pending | None:
    """Return how the deletion of a key stands, None if it is not to be deleted; raise KeyNotFound, NameAmbiguous."""
    with session.records.read() as reading:
        key = reading.keys.find(name)
        found = reading.deletions.of_key(key.id)
        return None if found is None else _pending(session, reading, key, found)


def pending_deletions(session: Session) -> tuple[Pending, ...]:
    """Return every key that is to be deleted, the earliest date first."""
    with session.records.read() as reading:
        found = reading.deletions.all()
        return tuple(_pending(session, reading, reading.keys.get(each.key_id), each) for each in found)


def destroy_key(session: Session, name: str, *, typed: str) -> Destroyed:
    """Destroy a key whose date has come, with all its versions, names, guards and rules; nothing brings it back.

    ``typed`` is what the person typed, which has to be the key's name. All of it and its entry is one transaction.
    The files that hung on it stay in the catalogue, and are told as what cannot be opened any more. A key on a card
    is forgotten by the vault and stays on the card. Raises ProofOfPresenceMissing, KeyNotFound, NameAmbiguous,
    KeyStateRefused, DeletionNotDue, NameNotTyped.
    """
    session.require_presence()
    with session.records.read() as reading:
        key = reading.keys.find(name)
    refuse_recorded(session, key, Act.DESTROY)
    with session.records.read() as reading:
        _refuse_early(session, reading, key)
    if typed != key.alias:
        raise NameNotTyped(key=key.alias)
    files = list_files(session, key.id)
    with session.records.change() as change:
        key = change.keys.get(key.id)
        refuse_by_state(key, Act.DESTROY)
        due = _refuse_early(session, change, key)
        details: dict[str, Detail] = {
            "alias": key.alias,
            "spec": key.spec.value,
            "protection": key.protection.value,
            "versions": key.version,
            "due": due,
            "files": len(files),
        }
        change.deletions.destroy(key.id)
        change.append(Draft(Act.DESTROY.value, Outcome.DONE, key=key.id, details=details))
    with suppress(SignetError):  # what the write-ahead log still holds of the wrapped material goes now, or soon
        session.database.checkpoint()
    return Destroyed(key, files)


def _date(session: Session, reading: Reading, days: int) -> str:
    latest = reading.latest_since(1)
    known = None if latest is None else parse_timestamp(latest)
    return timestamp(date_of(session.workplace.clock.now(), days, latest=known))


def _refuse_early(session: Session, reading: Reading, key: Key) -> str:
    found = _scheduled(reading, key.id)
    if not is_due(parse_timestamp(found.due), session.workplace.clock.now()):
        raise DeletionNotDue(key=key.alias, due=found.due)
    return found.due


def _scheduled(reading: Reading, key_id: str) -> KeyDeletion:
    found = reading.deletions.of_key(key_id)
    if found is None:  # its state says that it is to be deleted, and no row says when
        raise RecordDisagrees(place=f"key_deletions/{key_id}")
    return found


def _pending(session: Session, reading: Reading, key: Key, found: KeyDeletion) -> Pending:
    now, due = session.workplace.clock.now(), parse_timestamp(found.due)
    attempts, last = reading.audit.refused_since(key.id, USES, after=found.entry)
    return Pending(
        key=key,
        requested=found.requested,
        date=found.due,
        near=is_near(due, now),
        due=is_due(due, now),
        attempts=attempts,
        last_attempt=last,
    )


def _has_material(reading: Reading, key: Key) -> bool:
    if key.protection is Protection.TOKEN:
        return True
    try:
        return reading.keys.version(key.id, key.version).material is not None
    except KeyNotFound:
        return False
