"""Who guards a key: chosen when it is made, added and taken out later (DESIGN.md, section 2).

Making a key and its versions needs the guards' public keys alone; adding a guard needs one that there is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack

from signet.audit.canonical import Detail
from signet.audit.entry import Draft, Outcome
from signet.clock import timestamp
from signet.crypto.guarding import guard_material, new_guard_key, wrap_guard_key
from signet.crypto.wrapping import wrapped_bytes
from signet.errors import (
    GuardsTooFew,
    GuardUnsuitable,
    KeyNotGuarded,
    KeyOutOfReach,
    LastGuard,
    UnlockMethodNotFound,
    UsageError,
)
from signet.formats.guard import GUARDING
from signet.formats.header import UnlockMethod, VaultHeader
from signet.keys.model import GuardCopy, Key, KeyVersion
from signet.keys.spec import Protection
from signet.keys.state import Act
from signet.secret import Secret
from signet.services.guarding import Guarding
from signet.services.key_states import refuse_recorded
from signet.services.loss import card_of
from signet.services.presenting import find_method
from signet.services.session import Session
from signet.store.records import Change, Reading

ADD = Act.ADD_GUARD.value
REMOVE = Act.REMOVE_GUARD.value
LOSE = "LoseKey"
"""What the log calls it that the last guard of a key is gone, which the person agreed to."""
FEWEST = 2
"""Guards that a key is made with at least (DESIGN.md, section 2)."""


def able_to_guard(header: VaultHeader) -> tuple[UnlockMethod, ...]:
    """The ways in that can be guards: cards and recovery codes."""
    return tuple(method for method in header.methods if method.kind in GUARDING)


def choose_guards(session: Session, names: Sequence[str] = ()) -> tuple[UnlockMethod, ...]:
    """Return the guards of a new key: the ways in named (by id, or the beginning of one), else all that can be.

    Where one lost card could take all of them, the person is asked. Raises UnlockMethodNotFound, NameAmbiguous,
    GuardUnsuitable, GuardsTooFew, ConfirmationMissing.
    """
    chosen = {method.id: method for method in (find_method(session.header, name) for name in names)}
    for method in chosen.values():
        _refuse_unsuitable(method)
    guards = tuple(chosen.values()) if names else able_to_guard(session.header)
    if len(guards) < FEWEST:
        raise GuardsTooFew(found=len(able_to_guard(session.header)))
    if on_one_card(guards):
        session.workplace.prompt.confirm(
            f"{_named(guards)} may be on one card: if that card is lost or breaks, the key is gone for good. "
            "Do you want that?"
        )
    return guards


def on_one_card(guards: Sequence[UnlockMethod]) -> bool:
    """Whether the loss of one card may take all of these; what is not known is taken for the worst."""
    cards = [card_of(method) for method in guards]
    return all(one is not None and other is not None and one.may_be(other) for one in cards for other in cards)


def guard_version(
    session: Session, key: Key, version: int, material: Secret, guards: Sequence[UnlockMethod]
) -> tuple[Secret, list[GuardCopy]]:
    """Wrap a new version's material under a new guard key, and that to each guard, from public keys alone.

    Raises KeyOutOfReach without any guard: nothing would ever open it.
    """
    if not guards:
        raise KeyOutOfReach(key=key.alias)
    now = timestamp(session.workplace.clock.now())
    with new_guard_key() as guard_key:
        copies = [
            GuardCopy(key.id, version, method.id, now, _wrapped(session, guard_key, method, key.id, version))
            for method in guards
        ]
        guarded = guard_material(guard_key, material, key_id=key.id, version=version, spec=key.spec)
    return guarded, copies


def guards_of(session: Session, key: Key) -> tuple[UnlockMethod, ...]:
    """The guards of a key: ways in that have a copy of every version's guard key, in the header's order."""
    with session.records.read() as reading:
        return guards_in(reading, session.header, key)


def guards_in(reading: Reading, header: VaultHeader, key: Key) -> tuple[UnlockMethod, ...]:
    """As `guards_of`, within a transaction."""
    return _guards_among(header, reading.guards.of_key(key.id))


def guards_of_all(session: Session) -> dict[str, tuple[UnlockMethod, ...]]:
    """The guards of every guarded key, by the key's id."""
    copies: defaultdict[str, list[GuardCopy]] = defaultdict(list)
    with session.records.read() as reading:
        for copy in reading.guards.all():
            copies[copy.key_id].append(copy)
        keys = reading.keys.ids_of(Protection.GUARDED)
    return {key_id: _guards_among(session.header, copies[key_id]) for key_id in keys}


def add_guard(session: Session, key_name: str, method_name: str, *, guarding: Guarding | None = None) -> Key:
    """Let a way in guard a key besides those that do; one of these has to be presented for it.

    Several keys of one errand share ``guarding``, so that a guard is asked for once. Raises ProofOfPresenceMissing,
    KeyNotFound, KeyStateRefused, KeyNotGuarded, UnlockMethodNotFound, GuardUnsuitable, UsageError if it guards the
    key already, and what presenting a guard raises. Nothing has changed then.
    """
    session.require_presence()
    key, method = _both(session, key_name, method_name, Act.ADD_GUARD)
    _refuse_unsuitable(method)
    with session.records.read() as reading:
        versions = [version.number for version in reading.keys.versions(key.id)]
        has = {copy.number for copy in reading.guards.of_key(key.id) if copy.method_id == method.id}
    missing = [number for number in versions if number not in has]
    if not missing:
        raise UsageError(reason=f"“{method.label}” guards “{key.alias}” already.")
    now = timestamp(session.workplace.clock.now())
    copies: list[GuardCopy] = []
    with session.using(), ExitStack() as stack:
        guards = guarding or stack.enter_context(Guarding(session))
        while True:
            for number in missing:
                guards.present(key, number, purpose=f"To let “{method.label}” guard “{key.alias}”.")
                with guards.guard_key(key, number) as guard_key:
                    wrapped = _wrapped(session, guard_key, method, key.id, number)
                copies.append(GuardCopy(key.id, number, method.id, now, wrapped))
            with session.records.change() as change:
                done = has | {copy.number for copy in copies}
                missing = [each.number for each in change.keys.versions(key.id) if each.number not in done]
                if not missing:  # else it was rotated while the guard was presented
                    insert_copies(session, change, copies)
                    change.append(Draft(ADD, Outcome.DONE, key=key.id, details=_details(method)))
                    return key


def insert_copies(session: Session, change: Change, copies: Sequence[GuardCopy]) -> None:
    """Write copies; raise UnlockMethodNotFound if another thread has taken one of the ways in out meanwhile."""
    for copy in copies:
        if session.header.method(copy.method_id) is None:
            raise UnlockMethodNotFound(name=copy.method_id)
        change.guards.insert(copy)


def remove_guard(session: Session, key_name: str, method_name: str) -> Key:
    """Let a way in no longer guard a key; if one lost card could then take the key along, the person is asked.

    Raises ProofOfPresenceMissing, KeyNotFound, KeyStateRefused, KeyNotGuarded, UnlockMethodNotFound, UsageError if it
    is no guard of the key, LastGuard, ConfirmationMissing.
    """
    session.require_presence()
    key, method = _both(session, key_name, method_name, Act.REMOVE_GUARD)
    left = _left(session, key, method)
    if len(left) == 1:
        session.workplace.prompt.confirm(
            f"“{left[0].label}” will be the only guard of “{key.alias}”; if it is lost, the key is gone for good. "
            "Continue all the same?"
        )
    elif on_one_card(left):
        session.workplace.prompt.confirm(
            f"{_named(left)} will be the only guards of “{key.alias}” and may be on one card: if that card is lost, "
            "the key is gone for good. Continue all the same?"
        )
    with session.records.change() as change:
        copies = change.guards.of_key(key.id)
        refuse_last(change, key, session.header, without=frozenset({method.id}))
        for copy in copies:
            if copy.method_id == method.id:
                change.guards.remove(copy)
        change.append(Draft(REMOVE, Outcome.DONE, key=key.id, details=_details(method)))
    return key


def refuse_last(reading: Reading, key: Key, header: VaultHeader, *, without: frozenset[str]) -> None:
    """Raise LastGuard if a version of a key that has guards would have none without these ways in."""
    there = [method for method in header.methods if method.id not in without]
    of_version: dict[int, set[str]] = {}
    for copy in reading.guards.of_key(key.id):
        of_version.setdefault(copy.number, set()).add(copy.method_id)
    for guards in of_version.values():
        if not guards & {method.id for method in there}:
            last = next((method.label for method in header.methods if method.id in guards), "it")
            raise LastGuard(key=key.alias, guard=last)


def refuse_last_of_any(session: Session, without: frozenset[str], *, lose: frozenset[str] = frozenset()) -> None:
    """Raise LastGuard if any key would have no guard left without these ways in, but for the keys to ``lose``."""
    with session.records.read() as reading:
        for key in reading.keys.all():
            if key.protection is Protection.GUARDED and key.id not in lose:
                refuse_last(reading, key, session.header, without=without)


def dying_keys(session: Session, without: frozenset[str]) -> tuple[Key, ...]:
    """The keys that would have no guard left without these ways in: nothing would open them any more."""
    found = []
    with session.records.read() as reading:
        for key in reading.keys.all():
            if key.protection is Protection.GUARDED:
                try:
                    refuse_last(reading, key, session.header, without=without)
                except LastGuard:
                    found.append(key)
    return tuple(found)


def drop_guards(
    change: Change, header: VaultHeader, without: frozenset[str], *, lose: frozenset[str] = frozenset()
) -> None:
    """Remove every copy of ways in that are taken out; the keys to ``lose`` go out of reach, and the log says so.

    Raises LastGuard as `refuse_last_of_any` does.
    """
    for key in change.keys.all():
        if key.protection is Protection.GUARDED:
            try:
                refuse_last(change, key, header, without=without)
            except LastGuard as error:
                if key.id not in lose:
                    raise
                change.append(Draft(LOSE, Outcome.DONE, key=key.id, details={"guard": str(error.details["guard"])}))
    for method_id in sorted(without):
        change.guards.drop_guard(method_id)


def guard_problems(session: Session, key: Key, version: KeyVersion) -> list[str]:
    """What is wrong with the copies of a version's guard key, as far as it can be seen without a guard."""
    with session.records.read() as reading:
        copies = [copy for copy in reading.guards.of_key(key.id) if copy.number == version.number]
        if not copies and reading.audit.list(limit=1, key=key.id, operation=LOSE):
            return []
    found = [] if copies else [f"the guarded key “{key.alias}” has no guard"]
    for copy in copies:
        method = session.header.method(copy.method_id)
        if method is None:
            found.append(f"the guarded key “{key.alias}” has a guard that is no way in")
        elif len(copy.wrapped) != wrapped_bytes(method):
            found.append(f"what “{method.label}” guards of the key “{key.alias}” has the wrong length")
    return found


def _left(session: Session, key: Key, method: UnlockMethod) -> list[UnlockMethod]:
    guards = guards_of(session, key)
    if method.id not in {guard.id for guard in guards}:
        raise UsageError(reason=f"“{method.label}” is no guard of “{key.alias}”.")
    left = [guard for guard in guards if guard.id != method.id]
    if not left:
        raise LastGuard(key=key.alias, guard=method.label)
    return left


def _both(session: Session, key_name: str, method_name: str, act: Act) -> tuple[Key, UnlockMethod]:
    with session.records.read() as reading:
        key = reading.keys.find(key_name)
    refuse_recorded(session, key, act)
    if key.protection is not Protection.GUARDED:
        raise KeyNotGuarded(key=key.alias)
    return key, find_method(session.header, method_name)


def _refuse_unsuitable(method: UnlockMethod) -> None:
    if method.kind not in GUARDING:
        raise GuardUnsuitable(guard=method.label)


def _guards_among(header: VaultHeader, copies: Sequence[GuardCopy]) -> tuple[UnlockMethod, ...]:
    numbers = {copy.number for copy in copies}
    has = {(copy.method_id, copy.number) for copy in copies}
    return tuple(method for method in header.methods if copies and all((method.id, n) in has for n in numbers))


def _wrapped(session: Session, guard_key: Secret, method: UnlockMethod, key_id: str, version: int) -> bytes:
    return wrap_guard_key(guard_key, method, session.header, key_id=key_id, version=version)


def _details(method: UnlockMethod) -> dict[str, Detail]:
    return {"method": method.id, "label": method.label}


def _named(guards: Sequence[UnlockMethod]) -> str:
    return " and ".join(f"“{method.label}”" for method in guards)
