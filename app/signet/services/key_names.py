"""What keys are called and what is said about them: names, descriptions, tags.

A key has up to 50 names; the one that it has had for longest is shown, unless another is put first. A name that is
moved goes from one key to the other in one transaction, with one entry that names both.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from signet.audit.canonical import Detail
from signet.audit.entry import Draft, Outcome
from signet.errors import AliasTaken, KeyNotFound, UsageError
from signet.keys.model import Key
from signet.keys.state import Act
from signet.services.key_rules import check_alias, check_description, check_tags
from signet.services.key_states import change_key
from signet.services.session import Session
from signet.store.records import Change, Reading

MAX_ALIASES = 50  # AWS KMS developer guide, Quotas: aliases per key


def add_alias(session: Session, name: str, alias: str, *, first: bool = False) -> Key:
    """Give a key another name; with ``first`` it is the one that is shown, which may also be a name that it has.

    Raises KeyNotFound, NameAmbiguous, UsageError for what is no name or one too many, AliasTaken, KeyStateRefused.
    """
    check_alias(alias)

    def apply(change: Change, key: Key) -> Mapping[str, Detail]:
        new = alias not in key.aliases
        if new:
            _refuse_too_many(key)
            change.keys.set_alias(alias, key.id)
        elif not first:
            raise AliasTaken(alias=alias)
        if not first:
            return {}
        if new and key.aliases:
            # Its row has to be older than those of the others, and what one entry writes is of one age.
            change.append(Draft(Act.ADD_ALIAS.value, Outcome.DONE, key=key.id, details={"alias": alias}))
        change.keys.show_by(alias, key.id)
        return {"first": True}

    return change_key(session, name, Act.ADD_ALIAS, apply, details={"alias": alias})


def move_alias(session: Session, alias: str, name: str) -> Key:
    """Take a name from the key that has it and give it to the key ``name``, which is returned.

    Both are for the same (AWS KMS API reference, UpdateAlias): who uses a key by its name must not meet another kind
    of key there. Raises ProofOfPresenceMissing, KeyNotFound, NameAmbiguous, UsageError, KeyStateRefused.
    """
    session.require_presence()

    def apply(change: Change, key: Key) -> Mapping[str, Detail]:
        old = holder_of_name(change, alias)
        if old is None:
            raise KeyNotFound(name=alias)
        if old.id == key.id:
            raise UsageError(reason=f"“{alias}” is a name of that key already.")
        refuse_another_purpose(old, key, alias)
        _refuse_too_many(key)
        change.keys.set_alias(alias, key.id, move=True)
        return {"from": old.id, "to": key.id}

    return change_key(session, name, Act.MOVE_ALIAS, apply, details={"alias": alias})


def remove_alias(session: Session, alias: str) -> Key:
    """Take a name away from its key, so that another can have it.

    Raises ProofOfPresenceMissing, KeyNotFound, UsageError for the only name that a key has.
    """
    session.require_presence()

    def apply(change: Change, key: Key) -> Mapping[str, Detail]:
        if alias not in key.aliases:
            raise KeyNotFound(name=alias)
        if len(key.aliases) == 1:
            raise UsageError(reason=f"“{alias}” is the only name of that key; give it another one first.")
        change.keys.remove_alias(alias)
        return {}

    return change_key(session, alias, Act.REMOVE_ALIAS, apply, details={"alias": alias})


def describe_key(session: Session, name: str, description: str) -> Key:
    """Say anew what a key is for; raise KeyNotFound, NameAmbiguous, UsageError if it is too long, KeyStateRefused."""
    check_description(description)

    def apply(change: Change, key: Key) -> Mapping[str, Detail]:
        change.keys.set_description(key.id, description)
        return {}

    return change_key(session, name, Act.DESCRIBE, apply)


def tag_key(
    session: Session, name: str, tags: Iterable[tuple[str, str]] = (), *, remove: Collection[str] = ()
) -> Key:
    """Give a key tags, in place of those of the same names, and take those named in ``remove`` away.

    Raises KeyNotFound, NameAmbiguous, UsageError for a tag beyond the limits or one to be removed that it has not,
    KeyStateRefused.
    """
    new = dict(check_tags(tags))

    def apply(change: Change, key: Key) -> Mapping[str, Detail]:
        old = dict(key.tags)
        for each in remove:
            if old.pop(each, None) is None:
                raise UsageError(reason=f"The key “{key.alias}” has no tag “{each}”.")
        change.keys.set_tags(key.id, dict(check_tags((old | new).items())))
        return {}

    return change_key(session, name, Act.TAG, apply, details={"set": sorted(new), "removed": sorted(remove)})


def holder_of_name(reading: Reading, alias: str) -> Key | None:
    """Return the key that has a name, None if none has; an id is no name."""
    try:
        key = reading.keys.find(alias)
    except (KeyNotFound, UsageError):
        return None
    return key if alias in key.aliases else None


def refuse_another_purpose(old: Key, new: Key, alias: str) -> None:
    """Raise UsageError unless both keys are for the same, so that a name may go from one to the other."""
    if (old.usage, old.spec.is_symmetric) != (new.usage, new.spec.is_symmetric):
        raise UsageError(
            reason=f"“{alias}” names a key for another purpose; a name moves between keys for the same only."
        )


def _refuse_too_many(key: Key) -> None:
    if len(key.aliases) >= MAX_ALIASES:
        raise UsageError(reason=f"A key has at most {MAX_ALIASES} names.")
