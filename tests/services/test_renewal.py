"""A new card in the place of an old one: what is under way is seen in the vault, and goes on or is given up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from signet.errors import PinIncorrect, TokenNotFound, UnlockMethodInUse, UsageError
from signet.formats.header import MethodKind, UnlockMethod
from signet.keys.spec import KeySpec, Protection
from signet.services.attention import Concern, needs_attention
from signet.services.enrolment import NewToken
from signet.services.guards import guards_of_all
from signet.services.keys import create_key
from signet.services.methods import add_method
from signet.services.opening import open_vault
from signet.services.presenting import Selection
from signet.services.prompt import SecretKind
from signet.services.renewal import begin_renewal, finish_renewal, give_up_renewal, renewal_under_way
from signet.services.rotation import rotate_key
from signet.services.session import Session
from signet.services.verification import verify_vault
from support.carded import PIN, SPARE, make_carded_vault
from support.clock import SettableClock
from support.vaults import VaultInTest


@pytest.fixture
def carded(tmp_path: Path, clock: SettableClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[VaultInTest]:
    """A vault that a card, a recovery code and a passphrase open, and a second card that is not enrolled."""
    monkeypatch.delenv("SOFTHSM2_CONF", raising=False)
    vault = make_carded_vault(tmp_path / "ann", clock)
    yield vault
    vault.workplace.close()


def by_card(vault: VaultInTest, method: UnlockMethod) -> Session:
    return open_vault(vault.workplace, str(vault.path), selection=Selection(method_id=method.id), administer=True)


def old_card(vault: VaultInTest) -> UnlockMethod:
    return next(method for method in vault.header.methods if method.kind is MethodKind.TOKEN)


def reminded(session: Session) -> bool:
    return Concern.RENEWAL in {attention.concern for attention in needs_attention(session)}


def test_a_new_card_takes_the_place_of_the_old_one(carded: VaultInTest) -> None:
    old, guards = old_card(carded), [carded.header.methods[0].id, old_card(carded).id]
    with by_card(carded, old) as session:
        create_key(session, "guarded", spec=KeySpec.SYMMETRIC_DEFAULT, protection=Protection.GUARDED, guards=guards)
        assert renewal_under_way(session) is None
        new = begin_renewal(session, old.id, NewToken(SPARE))
        assert reminded(session)
        assert rotate_key(session, "guarded").version == 2
        with pytest.raises(UsageError, match="Open the vault with “spare"):
            finish_renewal(session)
    with carded.open() as session:  # after a kill, say: the vault knows how far it came
        under_way = renewal_under_way(session)
        assert under_way is not None
        assert (under_way.old.id, under_way.new and under_way.new.id) == (old.id, new.id)
    with by_card(carded, new) as session:
        assert begin_renewal(session, old.id, NewToken(SPARE)).id == new.id
        rotated = finish_renewal(session)
        assert rotated.removed == ("card (for trying out)",)
        assert renewal_under_way(session) is None
        assert not reminded(session)
        (guarding,) = guards_of_all(session).values()
        assert [method.id for method in guarding] == [guards[0], new.id]
        assert verify_vault(session).problems == ()
    assert [method.kind for method in carded.header.methods] == [
        MethodKind.RECOVERY_CODE,
        MethodKind.PASSPHRASE,
        MethodKind.TOKEN,
    ]


def test_a_renewal_that_fails_at_the_new_card_goes_on_or_is_given_up(carded: VaultInTest) -> None:
    old = old_card(carded)
    with by_card(carded, old) as session:
        with pytest.raises(UsageError, match="no card can take its place"):
            begin_renewal(session, carded.header.methods[0].id, NewToken(SPARE))
        carded.prompt.answers[SecretKind.NEW_PIN] = "654321"
        with pytest.raises(PinIncorrect):
            begin_renewal(session, old.id, NewToken(SPARE))
        under_way = renewal_under_way(session)
        assert under_way is not None
        assert under_way.new is None
        with pytest.raises(UsageError, match="No new card"):
            finish_renewal(session)
        assert reminded(session)
        # What becomes a way in meanwhile is not the new card; only the card that is named is.
        carded.prompt.answers[SecretKind.NEW_PIN] = PIN
        spare = add_method(session, NewToken(SPARE))
        with pytest.raises(TokenNotFound):
            begin_renewal(session, old.id, NewToken("a third one"))
        with pytest.raises(UnlockMethodInUse):
            begin_renewal(session, old.id, NewToken(old.label))
        under_way = renewal_under_way(session)
        assert under_way is not None
        assert under_way.new is None
        assert begin_renewal(session, old.id, NewToken(SPARE)).id == spare.id
        give_up_renewal(session)
        assert not reminded(session)
        assert renewal_under_way(session) is None
        give_up_renewal(session)
    assert len(carded.header.methods) == 4
