"""Rotation: a new version of a key protects from now on, the older ones still open what they protected.

Asked for, or by a schedule that a key has, which is caught up with when the vault is unlocked (`rotate_due`): once a
key, however many dates have passed, in one transaction with the entry and the next date. Neither needs a guard.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from signet.audit.canonical import Detail
from signet.audit.entry import Draft, Outcome
from signet.clock import parse_timestamp, timestamp
from signet.crypto.software import generate
from signet.errors import ReplicaRotated, UsageError
from signet.formats.header import UnlockMethod
from signet.keys.model import GuardCopy, Key, KeyVersion
from signet.keys.rotation import FEWEST_DAYS, MOST_DAYS, Schedule, rotates, schedule
from signet.keys.spec import KeyUsage, Origin, Protection
from signet.keys.state import Act, permits
from signet.secret import Secret
from signet.services.guards import guard_version, guards_in
from signet.services.key_states import change_key
from signet.services.session import Session
from signet.store.records import Change

OPERATION = Act.ROTATE.value
AT_ONCE = 100
"""Keys that are rotated in one transaction; others wait for it."""
AT_MOST = 500
"""Keys that are rotated in one go; what is due besides comes with the next, so that unlocking takes no longer."""


class Reason(StrEnum):
    """Why a key got a version, as the log's ``reason`` says it."""

    ON_DEMAND = "on-demand"
    AUTOMATIC = "automatic"
    EXPOSED = "exposed"


def can_rotate(key: Key) -> bool:
    """Whether `rotate_key` does anything for this key now."""
    return rotates(key) and permits(key.state, Act.ROTATE)


def rotate_key(session: Session, name: str, *, reason: Reason = Reason.ON_DEMAND) -> Key:
    """Give a symmetric key a new version and return the key as it is then; its next automatic one counts from now.

    Raises ProofOfPresenceMissing, KeyNotFound, NameAmbiguous, KeyStateRefused unless it is enabled, UsageError for a
    key that is replaced and not rotated (it has a public half, or makes authentication codes, which do not say their
    version), lives on a card or was imported, ReplicaRotated for one that another vault rotates. A guarded key needs
    none of its guards for it.
    """
    session.require_presence()
    with session.records.read() as reading:
        key = reading.keys.find(name)
    _refuse_unrotatable(key)
    return change_key(session, key.id, Act.ROTATE, lambda change, key: _rotate(session, change, key, reason))


def rotate_due(session: Session) -> tuple[Key, ...]:
    """Rotate every enabled key whose date has come; return them as they are then, none if nothing was due.

    Nobody is asked. Of two Signets at once, the second finds nothing left to do. A key that cannot be rotated (it has
    lost all its guards) is passed over and stays due. Raises VaultError, StorageError; what was rotated before stays
    rotated.
    """
    now = session.workplace.clock.now()
    with session.records.read() as reading:
        due = [each.key_id for each in reading.rotations.due(timestamp(now), limit=AT_MOST)]
    rotated: list[Key] = []
    for first in range(0, len(due), AT_ONCE):
        with session.records.change() as change:
            for key_id in due[first : first + AT_ONCE]:
                planned = change.rotations.get(key_id)
                key = change.keys.get(key_id)
                guarded = key.protection is not Protection.GUARDED or guards_in(change, session.header, key)
                if planned is not None and planned.due(now) and can_rotate(key) and guarded:
                    details = _rotate(session, change, key, Reason.AUTOMATIC)
                    change.append(Draft(OPERATION, Outcome.DONE, key=key.id, details=details))
                    rotated.append(change.keys.get(key.id))
    return tuple(rotated)


def waiting(session: Session) -> tuple[Key | None, int]:
    """Return the key that should have been rotated first, None if none should, and how many there are at least."""
    now = timestamp(session.workplace.clock.now())
    with session.records.read() as reading:
        due = reading.rotations.due(now, limit=AT_MOST)
        return (reading.keys.get(due[0].key_id) if due else None), len(due)


def schedule_of(session: Session, key: Key) -> Schedule | None:
    """Return when a key is rotated automatically, None if it is not."""
    with session.records.read() as reading:
        return reading.rotations.get(key.id)


def schedule_rotation(session: Session, name: str, days: int) -> Schedule:
    """Rotate a key every so many days from its newest version on; if that is long past, at the next unlocking.

    Raises ProofOfPresenceMissing, KeyNotFound, NameAmbiguous, UsageError for a number of days that cannot be or a key
    that is never rotated by itself, KeyStateRefused for one that waits to be deleted or imported.
    """
    session.require_presence()
    if not FEWEST_DAYS <= days <= MOST_DAYS:
        raise UsageError(reason=f"A key is rotated every {FEWEST_DAYS} to {MOST_DAYS} days.")
    with session.records.read() as reading:
        key = reading.keys.find(name)
    _refuse_unrotatable(key)
    made: list[Schedule] = []

    def plan(change: Change, key: Key) -> Mapping[str, Detail]:
        newest = parse_timestamp(change.keys.version(key.id, key.version).created)
        made.append(schedule(key.id, days, min(newest, session.workplace.clock.now())))
        change.rotations.set(made[0])
        return {"days": days, "next": made[0].next}

    change_key(session, key.id, Act.PLAN_ROTATION, plan)
    return made[0]


def stop_rotation(session: Session, name: str) -> Key:
    """Rotate a key only when the person asks for it; nothing happens to one without a schedule.

    Raises ProofOfPresenceMissing, KeyNotFound, NameAmbiguous.
    """
    session.require_presence()
    with session.records.read() as reading:
        key = reading.keys.find(name)
        if reading.rotations.get(key.id) is None:
            return key

    def stop(change: Change, key: Key) -> Mapping[str, Detail]:
        change.rotations.remove(key.id)
        return {}

    return change_key(session, key.id, Act.STOP_ROTATION, stop)


def _refuse_unrotatable(key: Key) -> None:
    if not key.spec.is_symmetric:
        raise UsageError(reason=f"“{key.alias}” has a public half that others know. Make a new key instead.")
    if key.usage is KeyUsage.GENERATE_VERIFY_MAC:
        raise UsageError(
            reason=f"The codes that “{key.alias}” made do not say which version made them, and would no longer "
            "verify. Make a new key instead."
        )
    if key.protection is Protection.TOKEN:
        raise UsageError(reason=f"“{key.alias}” lives on a card, and cannot be rotated.")
    if key.origin is Origin.EXTERNAL:
        raise UsageError(
            reason=f"“{key.alias}” was imported: its material comes from outside. Import the new one as a new key."
        )
    if key.home:
        raise ReplicaRotated(key=key.alias)


def _rotate(session: Session, change: Change, key: Key, reason: Reason) -> Mapping[str, Detail]:
    """Write the next version and the next date, and return what the entry says; all of it, or nothing by an error."""
    now = session.workplace.clock.now()
    number = key.version + 1
    with generate(key.spec).material as material:
        # Read here: a guard that was taken away meanwhile, anywhere, must not come back with the new version.
        guards = guards_in(change, session.header, key)
        sealed, copies = _sealed(session, key, number, material, guards)
    change.keys.add_version(KeyVersion(key.id, number, timestamp(now), sealed, None))
    for copy in copies:
        change.guards.insert(copy)
    details: dict[str, Detail] = {"version": number, "reason": reason.value}
    planned = change.rotations.get(key.id)
    if planned is not None:
        planned = planned.after(now)
        change.rotations.set(planned)
        details["next"] = planned.next
    return details


def _sealed(
    session: Session, key: Key, number: int, material: Secret, guards: Sequence[UnlockMethod]
) -> tuple[bytes, list[GuardCopy]]:
    """Wrap a new version's material, for a guarded key under a new guard key first."""
    if key.protection is not Protection.GUARDED:
        return session.seal_material(key, number, material), []
    guarded, copies = guard_version(session, key, number, material, guards)
    with guarded:
        return session.seal_material(key, number, guarded), copies
