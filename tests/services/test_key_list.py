"""The list of all keys: whole, its beginning, and what changed since; every row is checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from signet.errors import Cancelled, RecordDisagrees
from signet.keys.spec import KeySpec, KeyUsage
from signet.keys.state import KeyState
from signet.secret import Secret
from signet.services import key_list, key_names, keys, small_secrets
from signet.services.key_list import KeyList
from signet.services.session import Session
from support.clock import SettableClock
from support.many_keys import add_keys
from support.vaults import make_vault

COUNT = 30
USED = KeyUsage.ENCRYPT_DECRYPT
START = datetime(2026, 11, 22, 12, tzinfo=UTC)


def going() -> bool:
    return False


@pytest.fixture(scope="module")
def clock() -> SettableClock:
    return SettableClock(START)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory, clock: SettableClock) -> Iterator[Session]:
    vault = make_vault(tmp_path_factory.mktemp("list"), clock)
    with vault.open() as opened:
        add_keys(opened, COUNT)
        yield opened


def same(one: KeyList, other: KeyList) -> bool:
    return (one.rows, one.aliases, one.uses, one.order) == (other.rows, other.aliases, other.uses, other.order)


def test_the_list_has_every_key_as_it_is_by_name(session: Session) -> None:
    listed = key_list.read_all(session, going)
    assert listed.complete
    assert key_list.count_keys(session) == len(listed.rows)
    assert [listed.key(key_id) for key_id in listed.order] == list(keys.list_keys(session))


def test_a_beginning_has_the_first_names_and_does_not_pretend_to_be_all(session: Session) -> None:
    first, whole = key_list.read_beginning(session, 5, going), key_list.read_all(session, going)
    assert not first.complete
    assert first.order == whole.order[:5]
    assert all(first.uses.get(key_id) == whole.uses.get(key_id) for key_id in first.order)


def rename(session: Session, one: str, other: str) -> None:
    key_names.add_alias(session, one, "renamed")
    key_names.remove_alias(session, keys.find_key(session, one).alias)
    key_names.move_alias(session, "renamed", other)


def use(session: Session, one: str, _: str) -> None:
    with Secret(b"word") as word:
        small_secrets.encrypt_secret(session, word, key=one)


def disable(session: Session, one: str, _: str) -> None:
    keys.disable_key(session, one)


def describe(session: Session, one: str, other: str) -> None:
    key_names.describe_key(session, one, "about something else")
    key_names.tag_key(session, other, [("year", "2031")])


def make(session: Session, _: str, __: str) -> None:
    keys.create_key(session, "brand-new", spec=KeySpec.SYMMETRIC_DEFAULT)


def nothing(session: Session, _: str, __: str) -> None:
    assert keys.list_keys(session)


@pytest.mark.parametrize("change", [nothing, use, describe, make, rename, disable])
def test_what_changed_since_makes_the_list_that_is_read_anew(
    session: Session, change: Callable[[Session, str, str], None]
) -> None:
    known = key_list.read_all(session, going)
    usable = [known.key(key_id) for key_id in known.order]
    one, other = [key.id for key in usable if key.usage is USED and key.state is KeyState.ENABLED][:2]
    change(session, one, other)
    assert same(key_list.read_news(session, known, going), key_list.read_all(session, going))


def test_a_use_dated_before_the_newest_one_is_seen_all_the_same(session: Session, clock: SettableClock) -> None:
    known = key_list.read_all(session, going)
    clock.set_wall(datetime(2020, 1, 1, tzinfo=UTC))
    used = next(key_id for key_id in known.order if known.key(key_id).usage is USED)
    with session.records.change() as change:
        change.uses.count(used, 1, time="2020-01-01T00:00:00Z", uses=7)
    clock.set_wall(START)
    assert same(key_list.read_news(session, known, going), key_list.read_all(session, going))


def test_more_news_than_are_worth_patching_are_read_as_a_whole(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = key_list.read_all(session, going)
    monkeypatch.setattr(key_list, "MOST_NEWS", 0)
    keys.create_key(session, "one-more", spec=KeySpec.SYMMETRIC_DEFAULT)
    assert "one-more" in key_list.read_news(session, known, going).names.values()


def test_whoever_gives_up_gets_nothing(session: Session) -> None:
    with pytest.raises(Cancelled):
        key_list.read_all(session, lambda: True)


@pytest.mark.parametrize(
    "tampering", ["UPDATE keys SET description = 'x' WHERE id = ?", "UPDATE aliases SET alias = 'x' WHERE key_id = ?"]
)
def test_a_row_that_somebody_changed_is_named_and_never_listed(session: Session, tampering: str) -> None:
    victim = key_list.read_all(session, going)
    with session.records.change() as change:
        change.key_list._witness.cursor.execute(tampering, (next(iter(victim.aliases)),))
        raw = (change.key_list.rows(), change.key_list.aliases())
        change.key_list._witness.cursor.execute("ROLLBACK")
        change.key_list._witness.cursor.execute("BEGIN IMMEDIATE")
    with pytest.raises(RecordDisagrees):
        [list(each.checked(lambda: True)) for each in raw]
