"""Tokens seen, tested for real, made in software, and their keys adopted."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from signet.audit.entry import Outcome
from signet.errors import (
    AliasTaken,
    ConfirmationMissing,
    KeyAlreadyHere,
    KeyNotExportable,
    PinIncorrect,
    PinLengthInvalid,
    ProofOfPresenceMissing,
    StorageError,
    TokenKeyNotFound,
    TokenKeyUnusable,
    TokenNotFound,
    UsageError,
    VaultExists,
    VaultNotFound,
)
from signet.keys.spec import KeySpec, KeyUsage, Origin, Protection
from signet.services import adopting, exporting, keys, tokens
from signet.services.audit import list_entries
from signet.services.creation import create_vault
from signet.services.enrolment import NewMethod, NewRecoveryCode, NewToken, propose
from signet.services.methods import add_method
from signet.services.opening import open_vault
from signet.services.prompt import SecretKind
from signet.services.session import Session
from signet.tokens import trial
from signet.tokens.hub import fingerprint
from signet.tokens.model import Scheme, Token, TokenKey
from signet.tokens.session import TokenSession
from signet.tokens.trial import Trial
from support.clock import SettableClock
from support.prompt import ScriptedPrompt
from support.vaults import VaultInTest, make_workplace

PIN = "648219"


@pytest.fixture
def token(vault: VaultInTest) -> Token:
    """A software token; its PIN is known for both roles."""
    vault.prompt.answers |= {SecretKind.PIN: PIN, SecretKind.TOKEN_PIN: PIN}
    return tokens.init_software(vault.workplace)


def key_called(vault: VaultInTest, token: Token, label: str) -> TokenKey:
    return next(key for key in tokens.token_keys(vault.workplace, token.label) if key.label == label)


def test_a_software_token_says_what_it_is_for_and_is_seen_at_once(vault: VaultInTest, token: Token) -> None:
    assert token.label == "Signet (for trying out)"
    assert tokens.list_tokens(vault.workplace) == (token,)
    assert vault.prompt.asked[0].kind is SecretKind.PIN
    assert {key.label for key in tokens.token_keys(vault.workplace, token.label)} == {"unlock", "sign"}


def test_labels_of_software_tokens_are_unique(vault: VaultInTest, token: Token) -> None:
    assert tokens.init_software(vault.workplace).label == "Signet 2 (for trying out)"
    assert tokens.init_software(vault.workplace, "mine (for trying out)").label == "mine (for trying out)"
    for label in ("mine", "Signet", "a name that is long"):
        with pytest.raises(UsageError):
            tokens.init_software(vault.workplace, label)
    assert len(tokens.list_tokens(vault.workplace)) == 3


def test_a_pin_that_is_too_short_makes_no_token(vault: VaultInTest) -> None:
    vault.prompt.answers[SecretKind.PIN] = "1"
    with pytest.raises(PinLengthInvalid):
        tokens.init_software(vault.workplace)


def test_testing_a_token_tries_every_key_for_real(vault: VaultInTest, token: Token) -> None:
    report = tokens.test_token(vault.workplace, token.label)
    assert report.stopped is None
    assert [step.name for step in report.steps] == ["module", "card", "public keys", "PIN", "unlocking", "signing"]
    tried = {found.key.label: found for found in report.keys}
    assert (tried["unlock"].unlocks, tried["unlock"].signs) == (True, False)
    assert [trial.scheme for trial in tried["unlock"].trials] == [Scheme.ECDH_X]
    assert tried["sign"].signs is True
    assert tried["sign"].fingerprint == fingerprint(tried["sign"].key.public_key)


def test_without_a_pin_the_test_stops_there_and_says_so(vault: VaultInTest, token: Token) -> None:
    del vault.prompt.answers[SecretKind.PIN]
    report = tokens.test_token(vault.workplace, token.label)
    assert report.stopped is not None
    assert report.stopped.name == "PIN"
    assert [found.signs for found in report.keys] == [None, None]


def test_the_test_names_the_key_that_a_vault_would_be_opened_with(
    vault: VaultInTest, token: Token, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(_: TokenSession, key: TokenKey) -> tuple[Trial, ...]:
        worse = Trial(Scheme.RSA_PKCS1V15, raw=False, worked=True, why="")
        best = Trial(Scheme.ECDH_X, raw=False, worked=True, why="")
        return (worse,) if key.label == first.label else (worse, best)

    first, second = tokens.token_keys(vault.workplace, token.label)
    monkeypatch.setattr(tokens, "try_schemes", answer)
    monkeypatch.setattr(trial, "try_schemes", answer)
    report = tokens.test_token(vault.workplace, token.label)
    (said,) = [step.seen for step in report.steps if step.name == "unlocking"]
    assert f"“{second.label}”" in said
    assert "ecdh-x" in said
    new = NewToken(token.label, pin_kind=SecretKind.PIN)
    with closing(propose(vault.workplace, new, salt=b"s")) as proposal:
        assert proposal.method.public_key == second.public_key


def test_a_software_token_goes_again_if_no_vault_comes_of_it(vault: VaultInTest, tmp_path: Path) -> None:
    vault.prompt.answers[SecretKind.PIN] = PIN
    attempt = tokens.software_token_for(vault.workplace, str(tmp_path / "v"))
    made = attempt.__enter__()
    assert made in tokens.list_tokens(vault.workplace)
    cancelled = KeyboardInterrupt()
    assert not attempt.__exit__(KeyboardInterrupt, cancelled, None)
    assert made not in tokens.list_tokens(vault.workplace)
    attempt = tokens.software_token_for(vault.workplace, str(tmp_path / "v"))
    kept = attempt.__enter__()
    (tmp_path / "v").mkdir()  # the vault stands, whatever goes wrong after that
    assert not attempt.__exit__(StorageError, StorageError(path="v"), None)
    assert kept in tokens.list_tokens(vault.workplace)


def test_no_software_token_is_made_where_something_stands_already(vault: VaultInTest) -> None:
    vault.prompt.asked.clear()
    with pytest.raises(VaultExists), tokens.software_token_for(vault.workplace, str(vault.path)):
        raise AssertionError("nothing is made there")
    assert vault.prompt.asked == []


def test_a_software_token_that_a_vault_needs_is_never_taken_back(vault: VaultInTest, token: Token) -> None:
    vault.prompt.answers[SecretKind.NEW_PIN] = PIN
    with vault.open(administer=True) as session:
        add_method(session, NewToken(token.label))
    tokens.discard_unused_software(vault.workplace, token, str(vault.path))
    assert token in tokens.list_tokens(vault.workplace)
    unused = tokens.init_software(vault.workplace)
    with pytest.raises(VaultNotFound):  # it cannot be seen whether it is needed
        tokens.discard_unused_software(vault.workplace, unused, str(vault.path / "nothing"))
    assert unused in tokens.list_tokens(vault.workplace)
    tokens.discard_unused_software(vault.workplace, unused, str(vault.path))
    assert tokens.list_tokens(vault.workplace) == (token,)


def test_a_wrong_pin_is_tried_once(vault: VaultInTest, token: Token) -> None:
    vault.prompt.answers[SecretKind.PIN] = "000000"
    asked = len(vault.prompt.asked)
    with pytest.raises(PinIncorrect):
        tokens.test_token(vault.workplace, token.label)
    assert len(vault.prompt.asked) == asked + 1


def test_a_token_without_keys_neither_unlocks_nor_signs(vault: VaultInTest, token: Token) -> None:
    folder = Path(vault.workplace.places.data) / "software-tokens" / "tokens"
    for stored in folder.rglob("*.object"):
        if stored.name != "token.object":
            stored.unlink()
    vault.workplace.refresh_tokens()
    report = tokens.test_token(vault.workplace, token.label)
    assert report.stopped is not None
    assert report.stopped.name == "public keys"
    assert [step.name for step in report.steps if not step.worked] == ["public keys", "unlocking", "signing"]


def test_an_unknown_token_is_not_found(vault: VaultInTest, token: Token) -> None:
    with pytest.raises(TokenNotFound):
        tokens.token_keys(vault.workplace, "nobody")
    with pytest.raises(TokenNotFound):
        tokens.test_token(vault.workplace, "nobody")


def test_keys_after_login_show_that_they_were_made_on_the_token(vault: VaultInTest, token: Token) -> None:
    found = tokens.token_keys_after_login(vault.workplace, token.label)
    assert [(key.private_seen, key.on_token) for key in found] == [(True, True), (True, True)]


@pytest.mark.parametrize("by_fingerprint", [False, True])
def test_an_adopted_key_is_a_key_of_the_vault_that_stays_on_the_token(
    session: Session, vault: VaultInTest, token: Token, by_fingerprint: bool, tmp_path: Path
) -> None:
    signing = key_called(vault, token, "sign")
    name = fingerprint(signing.public_key)[:8] if by_fingerprint else signing.id.hex().upper()
    made = adopting.adopt(session, token.label, name, "contracts")
    assert keys.find_key(session, "contracts") == made
    assert (made.protection, made.origin, made.spec) == (Protection.TOKEN, Origin.TOKEN, KeySpec.ECC_NIST_P256)
    assert keys.public_key(session, "contracts") == signing.public_key
    entry = list_entries(session, 1)[0]
    assert (entry.operation, entry.outcome, entry.key) == ("AdoptKey", Outcome.DONE, made.id)
    assert token.label in vault.prompt.confirmed[-1]
    with pytest.raises(KeyNotExportable):
        exporting.export_key(session, "contracts", str(tmp_path / "out"), plain=True)


def test_a_key_is_adopted_once_and_under_a_free_name(session: Session, vault: VaultInTest, token: Token) -> None:
    signing = key_called(vault, token, "sign").id.hex()
    keys.create_key(session, "papers", spec=KeySpec.SYMMETRIC_DEFAULT)
    with pytest.raises(AliasTaken):
        adopting.adopt(session, token.label, signing, "papers")
    adopting.adopt(session, token.label, signing, "contracts")
    with pytest.raises(KeyAlreadyHere) as refused:
        adopting.adopt(session, token.label, signing, "again")
    assert refused.value.details == {"key": "contracts"}
    assert {key.alias for key in keys.list_keys(session)} == {"papers", "contracts"}


def test_a_key_that_does_not_sign_is_not_adopted(session: Session, vault: VaultInTest, token: Token) -> None:
    with pytest.raises(TokenKeyUnusable):
        adopting.adopt(
            session, token.label, key_called(vault, token, "unlock").id.hex(), "contracts", usage=KeyUsage.SIGN_VERIFY
        )
    assert keys.list_keys(session) == ()


@pytest.mark.parametrize("name", ["ff", "0000000000", ""])
def test_a_key_that_is_not_on_the_token_is_not_adopted(session: Session, token: Token, name: str) -> None:
    with pytest.raises(TokenKeyNotFound):
        adopting.adopt(session, token.label, name, "contracts")


def test_adopting_wants_presence_and_consent(
    session: Session, vault: VaultInTest, token: Token, clock: SettableClock
) -> None:
    signing = key_called(vault, token, "sign").id.hex()
    vault.prompt.yes = False
    with pytest.raises(ConfirmationMissing):
        adopting.adopt(session, token.label, signing, "contracts")
    vault.prompt.yes = True
    clock.advance(301)
    with pytest.raises(ProofOfPresenceMissing):
        adopting.adopt(session, token.label, signing, "contracts")
    assert keys.list_keys(session) == ()


def test_the_unlocking_token_is_asked_for_by_its_own_pin(tmp_path: Path, clock: SettableClock) -> None:
    prompt = ScriptedPrompt({SecretKind.PIN: PIN})
    with make_workplace(tmp_path, clock, prompt) as workplace:
        token = tokens.init_software(workplace)
        ways: list[NewMethod] = [
            NewToken(token.label, pin_kind=SecretKind.PIN),
            NewRecoveryCode(str(tmp_path / "code")),
        ]
        path = create_vault(workplace, str(tmp_path / "v.signet"), ways).path
        with open_vault(workplace, path) as session:
            made = keys.create_key(session, "signing", spec=KeySpec.ECC_NIST_P256, protection=Protection.TOKEN)
            assert prompt.asked[-1].kind is SecretKind.PIN
            assert keys.find_key(session, "signing") == made
            workplace.close()
            store = Path(workplace.places.data) / "software-tokens" / "tokens"
            shutil.rmtree(store)
            store.mkdir()
            with pytest.raises(TokenNotFound):
                keys.create_key(session, "other", spec=KeySpec.ECC_NIST_P256, protection=Protection.TOKEN)
