"""A new card takes the place of an old one: enrolled, proven by opening the vault, then the old one is taken out.

The vault remembers which card is to go, from the first step on. Which step comes next is seen in the vault: the card
that was enrolled since is the new one, and the renewal has ended when the old one is no way in any more.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from signet.audit.entry import Draft, Outcome
from signet.errors import UsageError
from signet.formats.header import MethodKind, UnlockMethod
from signet.services.enrolment import NewToken
from signet.services.guarding import Guarding
from signet.services.guards import add_guard, guards_of_all
from signet.services.loss import Stake
from signet.services.lost import goes_with
from signet.services.master import RotatedMaster, rotate_master
from signet.services.methods import add_method
from signet.services.presenting import find_method
from signet.services.session import Session
from signet.store.records import Reading

NOTE = "card-renewal"
"""The name under which the vault remembers a renewal: the ids of the old card and of the ways in there were then."""
OPERATION = "RenewCard"
_NONE = b""


@dataclass(frozen=True)
class Renewal:
    """A renewal under way: the ``old`` card, and the ``new`` one once it is enrolled.

    ``keys`` are those that only the old card has: they go with it. ``others`` are further ways in on the old card, as
    far as is known, which are taken out with it.
    """

    old: UnlockMethod
    new: UnlockMethod | None
    keys: tuple[Stake, ...] = ()
    others: tuple[UnlockMethod, ...] = ()


def renewal_under_way(session: Session) -> Renewal | None:
    """The renewal that is not finished; None if there is none."""
    with session.records.read() as reading:
        noted = _noted(reading)
    if noted is None:
        return None
    old = session.header.method(noted[0])
    if old is None:
        return None
    fresh = [
        method
        for method in session.header.methods
        if method.kind is MethodKind.TOKEN and method.id not in (old.id, *noted[1])
    ]
    new, goes = fresh[-1] if fresh else None, goes_with(session, old.id)
    return Renewal(old, new, goes.keys, tuple(method for method in goes.methods[1:] if method != new))


def begin_renewal(session: Session, name: str, new: NewToken) -> UnlockMethod:
    """Note that the card ``name`` is to go, and enrol the new card; return its way in.

    A card that is a way in already, as after an interruption, is gone on with. If enrolling fails the renewal stays
    noted. Raises UsageError for what is no card, TokenNotFound, NameAmbiguous, and what `add_method` raises.
    """
    session.require_presence()
    old = find_method(session.header, name)
    if old.kind is not MethodKind.TOKEN:
        raise UsageError(reason=f"“{old.label}” is no card, and no card can take its place. Add one instead.")
    made = _enrolled(session, old, new)
    others = tuple(method.id for method in session.header.methods if made is None or method.id != made.id)
    with session.records.change() as change:
        if _noted(change) != (old.id, others):
            change.meta.put(NOTE, json.dumps({"old": old.id, "others": others}).encode())
            change.append(Draft(OPERATION, Outcome.ALLOWED, details={"method": old.id, "label": old.label}))
    if made is None:
        made = add_method(session, new)
    # With the old card at hand nothing more need be asked; it had to leave the reader if that is the only one.
    if session.method.id == old.id and session.workplace.hub.find_key(old.public_key) is not None:
        _move_guards(session, old, made)
    return made


def _enrolled(session: Session, old: UnlockMethod, new: NewToken) -> UnlockMethod | None:
    """The way in that the card named is already; what else was enrolled meanwhile is not the new card."""
    hub = session.workplace.hub
    there = {key.public_key for key in hub.keys(hub.find(new.name))}
    found = [method for method in session.header.methods if method.public_key in there and method.id != old.id]
    return found[-1] if found else None


def finish_renewal(session: Session) -> RotatedMaster:
    """Take the old card out, by a new master key, in a session that the new card has opened.

    That is its proof: a second presentation, by the very way it will be used from now on. What the old card guards is
    guarded by the new one then; a guard is asked for only if that was not done at enrolment. Raises UsageError if no
    renewal has come that far or another way in opened the session, and what `rotate_master` raises.
    """
    session.require_presence()
    under_way = renewal_under_way(session)
    if under_way is None or under_way.new is None:
        raise UsageError(reason="No new card was enrolled yet to take the place of another.")
    if session.method.id != under_way.new.id:
        raise UsageError(reason=f"Open the vault with “{under_way.new.label}”, so that it is proven.")
    _move_guards(session, under_way.old, under_way.new)
    rotated = rotate_master(session, remove=goes_with(session, under_way.old.id).ids - {under_way.new.id})
    _end(session, under_way, Outcome.DONE)
    return rotated


def give_up_renewal(session: Session) -> None:
    """Leave the cards as they are, and remind of nothing any more."""
    under_way = renewal_under_way(session)
    if under_way is not None:
        _end(session, under_way, Outcome.CANCELLED)


def _move_guards(session: Session, old: UnlockMethod, new: UnlockMethod) -> None:
    """Let the new card guard what the old one guards; what is done already is left alone."""
    guarded = [
        key_id
        for key_id, guards in guards_of_all(session).items()
        if {method.id for method in guards} & {old.id, new.id} == {old.id}
    ]
    if not guarded:
        return
    with Guarding(session) as guarding:
        for key_id in guarded:
            add_guard(session, key_id, new.id, guarding=guarding)


def _end(session: Session, under_way: Renewal, outcome: Outcome) -> None:
    with session.records.change() as change:
        change.meta.put(NOTE, _NONE)
        details = {"method": under_way.old.id, "label": under_way.old.label}
        change.append(Draft(OPERATION, outcome, details=details))


def _noted(reading: Reading) -> tuple[str, tuple[str, ...]] | None:
    stored = reading.meta.get(NOTE)
    if not stored:
        return None
    note = json.loads(stored)
    return str(note["old"]), tuple(str(each) for each in note["others"])
