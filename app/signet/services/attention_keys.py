"""What needs attention about keys: guards, use, and what the finder of a lost card may know."""

from __future__ import annotations

from signet.services.concerns import Attention, Concern
from signet.services.exposed import exposed
from signet.services.guards import guards_of_all
from signet.services.rotation import can_rotate, waiting
from signet.services.session import Session
from signet.services.use import WRAP_WARNING


def exposed_keys(session: Session) -> list[Attention]:
    """Keys and files that are still as somebody else may know them."""
    known = exposed(session, quick=True)
    return [Attention(Concern.EXPOSED_KEYS, count=len(known.keys) + len(known.files))] if known.work else []


def one_guard(session: Session) -> list[Attention]:
    """Guarded keys that one more loss takes."""
    alone = {key_id: guards[0] for key_id, guards in guards_of_all(session).items() if len(guards) == 1}
    with session.records.read() as reading:
        names = {key_id: reading.keys.get(key_id).alias for key_id in alone}
    return [Attention(Concern.ONE_GUARD, key=names[key_id], guard=guard.label) for key_id, guard in alone.items()]


def worn_keys(session: Session) -> list[Attention]:
    """Keys whose current version has wrapped so much that it should not go on for long."""
    with session.records.read() as reading:
        keys = [reading.keys.get(key_id) for key_id in reading.uses.worn(WRAP_WARNING)]
    return [Attention(Concern.WORN_KEY, key=key.alias, key_id=key.id) for key in keys if can_rotate(key)]


def rotations_due(session: Session) -> list[Attention]:
    """Keys that should have a new version by now; ``key`` is the first of them."""
    first, count = waiting(session)
    return [] if first is None else [Attention(Concern.ROTATION_DUE, key=first.alias, key_id=first.id, count=count)]
