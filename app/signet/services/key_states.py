"""Keys taken from state to state, and every other act of administration, checked by the one table of `keys/state`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from signet.audit.canonical import Detail
from signet.audit.entry import Draft, Outcome
from signet.errors import KeyStateRefused, SignetError
from signet.keys.model import Key
from signet.keys.state import Act, permits, said, target
from signet.services.session import Session
from signet.store.records import Change

OPENING = frozenset({Act.ENABLE, Act.UNARCHIVE})
"""The moves after which more can be done with the key than before: these want proof of presence, a stop does not."""
MOVES = (Act.ENABLE, Act.DISABLE, Act.ARCHIVE, Act.UNARCHIVE)
"""The acts that do nothing but take a key to another state; none of them loses anything."""


@dataclass(frozen=True)
class Moved:
    """One of several keys: as it is now, None with the ``error`` that kept it as it was; ``name`` is as given."""

    name: str
    key: Key | None
    error: SignetError | None = None


def refuse_by_state(key: Key, act: Act) -> None:
    """Raise KeyStateRefused if the table does not let ``act`` be done in the key's state."""
    if not permits(key.state, act):
        raise KeyStateRefused(key=key.alias, state=key.state.value, operation=said(act))


def refuse_recorded(session: Session, key: Key, act: Act) -> None:
    """As `refuse_by_state`, and record that it was refused; for what asks before it changes anything."""
    if not permits(key.state, act):
        with session.records.change() as change:
            details: dict[str, Detail] = {"state": key.state.value, "error": KeyStateRefused.__name__}
            change.append(Draft(act.value, Outcome.REFUSED, key=key.id, details=details))
    refuse_by_state(key, act)


def change_key(
    session: Session,
    name: str,
    act: Act,
    apply: Callable[[Change, Key], Mapping[str, Detail]],
    *,
    details: Mapping[str, Detail] | None = None,
) -> Key:
    """Do ``act`` about a key in one transaction with its entry, and return the key as it is then.

    ``apply`` makes the change and returns what the entry says besides ``details``; what it raises undoes everything.
    The entry is recorded as refused if the key's state does not allow the act. Raises KeyNotFound, NameAmbiguous,
    KeyStateRefused.
    """
    entry: dict[str, Detail] = dict(details or {})
    with session.records.change() as change:
        key = change.keys.find(name)
        allowed = permits(key.state, act)
        if allowed:
            entry.update(apply(change, key))
        else:
            entry |= {"state": key.state.value, "error": KeyStateRefused.__name__}
        change.append(Draft(act.value, Outcome.DONE if allowed else Outcome.REFUSED, key=key.id, details=entry))
        after = change.keys.get(key.id)
    refuse_by_state(key, act)
    return after


def move_key(session: Session, name: str, act: Act) -> Key:
    """Take a key to the state that ``act``, one of `MOVES`, leads to.

    Raises ProofOfPresenceMissing for the moves of `OPENING`, and as `change_key`.
    """
    _require_presence(session, act)
    goal = target(act)
    if act not in MOVES or goal is None:
        raise ValueError(f"{act} does more than take a key to another state")

    def apply(change: Change, key: Key) -> Mapping[str, Detail]:
        change.keys.set_state(key.id, goal)
        return {"from": key.state.value, "to": goal.value}

    return change_key(session, name, act, apply)


def move_keys(session: Session, names: Sequence[str], act: Act) -> tuple[Moved, ...]:
    """Take several keys to another state, each by itself: one that cannot go there keeps none of the others.

    A key that is named twice, by whatever names, is moved once. Raises ProofOfPresenceMissing for the moves of
    `OPENING`.
    """
    _require_presence(session, act)
    moved: list[Moved] = []
    there: set[str] = set()
    for name in names:
        try:
            with session.records.read() as reading:
                found = reading.keys.find(name)
            if found.id in there:
                continue
            there.add(found.id)
            moved.append(Moved(name, move_key(session, found.id, act)))
        except SignetError as error:
            moved.append(Moved(name, None, error))
    return tuple(moved)


def _require_presence(session: Session, act: Act) -> None:
    if act in OPENING:
        session.require_presence()
