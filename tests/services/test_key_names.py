"""What keys are called and what is said about them: several names, moved in one step; descriptions and tags."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from signet.audit.entry import Outcome
from signet.errors import AliasTaken, KeyNotFound, ProofOfPresenceMissing, SignetError, UsageError
from signet.keys.search import fits
from signet.keys.spec import KeySpec
from signet.keys.state import Act, KeyState
from signet.services import key_labels, key_names, keys
from signet.services.audit import list_entries, verify_log
from signet.services.key_names import MAX_ALIASES, add_alias, describe_key, move_alias, remove_alias, tag_key
from signet.services.key_states import move_keys
from signet.services.session import PRESENCE_SECONDS, Session
from support.clock import SettableClock

AES = KeySpec.SYMMETRIC_DEFAULT


def test_a_key_is_shown_by_its_oldest_name_unless_another_is_put_first(session: Session) -> None:
    made = keys.create_key(session, "papers", spec=AES)
    assert add_alias(session, "papers", "all").aliases == ("papers", "all")
    assert add_alias(session, "all", "zoo").alias == "papers"
    assert add_alias(session, "papers", "zoo", first=True).aliases == ("zoo", "all", "papers")
    assert add_alias(session, "papers", "new", first=True).aliases == ("new", "all", "papers", "zoo")
    assert keys.list_keys(session)[0].alias == "new"
    assert {keys.find_key(session, name).id for name in ("all", "new", "papers", "zoo")} == {made.id}
    assert remove_alias(session, "new").aliases == ("all", "papers", "zoo")
    assert verify_log(session) == ()


def test_a_name_moves_between_two_keys_in_one_entry_that_names_both(session: Session) -> None:
    old = keys.create_key(session, "contracts", spec=KeySpec.ECC_NIST_P256)
    new = keys.create_key(session, "contracts-2027", spec=KeySpec.ECC_NIST_EDWARDS25519)
    before = list_entries(session, 1)[0].sequence
    assert move_alias(session, "contracts", "contracts-2027").aliases == ("contracts-2027", "contracts")
    assert keys.find_key(session, "contracts").id == new.id
    left = keys.find_key(session, old.id)
    assert (left.aliases, left.alias) == ((), old.id)
    (entry,) = [each for each in list_entries(session) if each.sequence > before]
    assert (entry.operation, entry.outcome, entry.key) == ("MoveAlias", Outcome.DONE, new.id)
    assert entry.details == {"alias": "contracts", "from": old.id, "to": new.id}
    assert entry.changes == ("aliases/contracts",)


def test_names_that_cannot_be_given_moved_or_taken_change_nothing(session: Session) -> None:
    for name, spec in (("papers", AES), ("letters", AES), ("contracts", KeySpec.ECC_NIST_P256)):
        keys.create_key(session, name, spec=spec)
    before, known = keys.list_keys(session), list_entries(session)
    refused: tuple[tuple[Callable[[], object], type[SignetError]], ...] = (
        (lambda: add_alias(session, "papers", "letters"), AliasTaken),
        (lambda: add_alias(session, "papers", "papers"), AliasTaken),
        (lambda: add_alias(session, "papers", "with space"), UsageError),
        (lambda: add_alias(session, "papers", "deadbeef"), UsageError),
        (lambda: add_alias(session, "nothing", "new"), KeyNotFound),
        (lambda: move_alias(session, "papers", "contracts"), UsageError),
        (lambda: move_alias(session, "papers", "papers"), UsageError),
        (lambda: move_alias(session, before[0].id, "letters"), KeyNotFound),
        (lambda: remove_alias(session, "papers"), UsageError),
        (lambda: remove_alias(session, before[0].id), KeyNotFound),
        (lambda: tag_key(session, "papers", remove=["none"]), UsageError),
        (lambda: tag_key(session, "papers", [("aws:x", "")]), UsageError),
        (lambda: describe_key(session, "papers", "d" * 8193), UsageError),
    )
    for change, error in refused:
        with pytest.raises(error):
            change()
    assert (keys.list_keys(session), list_entries(session)) == (before, known)


def test_a_key_has_at_most_fifty_names_and_fifty_tags(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_ALIASES == 50
    monkeypatch.setattr(key_names, "MAX_ALIASES", 2)
    for name in ("papers", "letters"):
        keys.create_key(session, name, spec=AES)
    add_alias(session, "papers", "second")
    more: tuple[Callable[[], object], ...] = (
        lambda: add_alias(session, "papers", "third"),
        lambda: move_alias(session, "letters", "papers"),
    )
    for change in more:
        with pytest.raises(UsageError, match="at most 2 names"):
            change()
    many = [(f"n{number:02}", "") for number in range(50)]
    assert len(tag_key(session, "papers", many).tags) == 50
    with pytest.raises(UsageError, match="at most 50 tags"):
        tag_key(session, "papers", [("one-more", "")])
    assert len(tag_key(session, "papers", [("one-more", "")], remove=["n00"]).tags) == 50


def test_descriptions_and_tags_are_changed_and_found(session: Session) -> None:
    keys.create_key(session, "papers", spec=AES, tags=[("year", "2025"), ("who", "Ada")])
    assert describe_key(session, "papers", "Taxes of Ada").description == "Taxes of Ada"
    changed = tag_key(session, "papers", [("year", "2026"), ("place", "")], remove=["who"])
    assert changed.tags == (("place", ""), ("year", "2026"))
    entry = list_entries(session, 1)[0]
    assert entry.details == {"removed": ["who"], "set": ["place", "year"]}
    assert describe_key(session, "papers", "").description == ""
    found = describe_key(session, "papers", "Taxes of Ada")
    for wanted in ("TAXES ada", "pap", found.id[:8], "year=2026"):
        assert fits(found, text=wanted)
    assert fits(found, tags=[("year", "2026"), ("place", None)], states=[KeyState.ENABLED])
    assert not fits(found, text="taxes of bob")
    assert not fits(found, tags=[("year", "2025")])
    assert not fits(found, tags=[("who", None)])
    assert not fits(found, states=[KeyState.DISABLED])


def test_several_keys_move_each_by_itself(session: Session) -> None:
    for name in ("a-key", "b-key", "c-key"):
        keys.create_key(session, name, spec=AES)
    keys.archive_key(session, "b-key")
    first, second, third = move_keys(session, ["a-key", "b-key", "nothing", "a-key"], Act.ARCHIVE)
    assert first.key is not None
    assert first.key.state is KeyState.ARCHIVED
    assert [type(each.error).__name__ for each in (second, third)] == ["KeyStateRefused", "KeyNotFound"]
    back = move_keys(session, ["a-key", "b-key"], Act.ENABLE)
    assert [each.key.state for each in back if each.key is not None] == [KeyState.ENABLED] * 2


def test_a_name_that_came_meanwhile_is_not_taken_away_unasked(
    session: Session, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys.create_key(session, "papers", spec=AES)

    def meanwhile(*_: object) -> None:  # between the first look and the transaction: another Signet
        add_alias(session, "papers", "since")

    monkeypatch.setattr(key_labels, "refuse_recorded", meanwhile)
    clock.advance(PRESENCE_SECONDS + 1)
    with pytest.raises(ProofOfPresenceMissing):
        key_labels.label_key(session, "papers", aliases=("papers",), description="", tags=())
    assert keys.find_key(session, "papers").aliases == ("papers", "since")
