"""Names, description and tags of a key set at once, as the window does: one transaction, an entry for each change."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from signet.audit.canonical import Detail
from signet.audit.entry import Draft, Outcome
from signet.errors import AliasTaken, UsageError
from signet.keys.model import Key
from signet.keys.state import Act
from signet.services.key_names import MAX_ALIASES, holder_of_name, refuse_another_purpose
from signet.services.key_rules import check_alias, check_description, check_tags
from signet.services.key_states import refuse_by_state, refuse_recorded
from signet.services.session import Session
from signet.store.records import Change


def label_key(
    session: Session,
    name: str,
    *,
    aliases: Sequence[str],
    description: str,
    tags: Iterable[tuple[str, str]],
    take: Collection[str] = (),
) -> Key:
    """Give a key exactly these names (the first is shown), this description and these tags; what is so already stays.

    ``take`` are names that may be taken from other keys for the same purpose. Raises ProofOfPresenceMissing if a key
    would lose a name, KeyNotFound, NameAmbiguous, UsageError, AliasTaken, KeyStateRefused; nothing has changed then.
    """
    if take:
        session.require_presence()
    wanted = tuple(dict.fromkeys(check_alias(alias) for alias in aliases))
    if not 1 <= len(wanted) <= MAX_ALIASES:
        raise UsageError(reason=f"A key has 1 to {MAX_ALIASES} names.")
    check_description(description)
    checked = check_tags(tags)
    with session.records.read() as reading:
        known = reading.keys.find(name)
    refuse_recorded(session, known, Act.DESCRIBE)
    if not set(known.aliases) <= set(wanted):
        session.require_presence()
    with session.records.change() as change:
        key = change.keys.find(name)
        refuse_by_state(key, Act.DESCRIBE)
        if not set(key.aliases) <= set(wanted):  # it may have got a name since
            session.require_presence()
        _rename(change, key, wanted, take)
        if description != key.description:
            change.keys.set_description(key.id, description)
            _enter(change, Act.DESCRIBE, key)
        if checked != key.tags:
            change.keys.set_tags(key.id, dict(checked))
            old, new = dict(key.tags), dict(checked)
            changed = sorted(each for each in new if old.get(each) != new[each])
            _enter(change, Act.TAG, key, set=changed, removed=sorted(old.keys() - new.keys()))
        return change.keys.get(key.id)


def _rename(change: Change, key: Key, wanted: Sequence[str], take: Collection[str]) -> None:
    for alias in wanted:
        if alias in key.aliases:
            continue
        other = holder_of_name(change, alias)
        if other is None:
            change.keys.set_alias(alias, key.id)
            _enter(change, Act.ADD_ALIAS, key, alias=alias)
        elif alias in take:
            refuse_another_purpose(other, key, alias)
            change.keys.set_alias(alias, key.id, move=True)
            _enter(change, Act.MOVE_ALIAS, key, **{"alias": alias, "from": other.id, "to": key.id})
        else:
            raise AliasTaken(alias=alias)
    for alias in key.aliases:
        if alias not in wanted:
            change.keys.remove_alias(alias)
            _enter(change, Act.REMOVE_ALIAS, key, alias=alias)
    if change.keys.get(key.id).aliases[0] != wanted[0]:
        change.keys.show_by(wanted[0], key.id)
        _enter(change, Act.ADD_ALIAS, key, alias=wanted[0], first=True)


def _enter(change: Change, act: Act, key: Key, **details: Detail) -> None:
    change.append(Draft(act.value, Outcome.DONE, key=key.id, details=details))
