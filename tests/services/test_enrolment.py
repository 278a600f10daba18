"""Enrolment: a way in is tried for real before it counts; a secret is asked for once and tried once."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from signet.crypto import typed
from signet.crypto.typed import MIN_MEMORY_KIB, PassphraseCost
from signet.errors import (
    ConfirmationMissing,
    OutputExists,
    PinIncorrect,
    PinLocked,
    RecoveryCodeMalformed,
    SecretIncorrect,
    SecretTooWeak,
    StorageError,
    TokenKeyNotFound,
    TokenKeyUnusable,
    TokenNotFound,
    UnlockMethodInUse,
    UsageError,
)
from signet.formats.header import MethodKind, Scheme, UnlockMethod
from signet.formats.recovery import read_code, write_code
from signet.keys.spec import KeySpec
from signet.secret import Secret
from signet.services.enrolment import (
    NewPassphrase,
    NewRecoveryCode,
    NewToken,
    Proposal,
    check_opens,
    propose,
    refuse_twice,
    seal,
)
from signet.services.prompt import SecretKind
from signet.services.recovery_code import TYPING_TRIES, HandedOver, hand_over_codes, write_code_file
from signet.services.workplace import Workplace
from signet.tokens.hub import TokenHub, fingerprint
from signet.tokens.model import PinState, Token, TokenKeyUsage
from signet.tokens.session import TokenSession
from support.cards import PIN, Card, make_card
from support.clock import SettableClock
from support.headers import SALT, make_header
from support.prompt import ScriptedPrompt
from support.vaults import make_workplace

AGREE, SIGN, DECRYPT = TokenKeyUsage.AGREE, TokenKeyUsage.SIGN, TokenKeyUsage.DECRYPT
P256, RSA = KeySpec.ECC_NIST_P256, KeySpec.RSA_2048
HEADER = replace(make_header(), methods=())
MASTER = bytes(range(32))


@pytest.fixture
def prompt() -> ScriptedPrompt:
    return ScriptedPrompt({SecretKind.NEW_PIN: PIN, SecretKind.PIN: PIN})


@pytest.fixture
def workplace(tmp_path: Path, clock: SettableClock, prompt: ScriptedPrompt) -> Iterator[Workplace]:
    with make_workplace(tmp_path, clock, prompt) as made:
        yield made


@pytest.fixture
def card(tmp_path: Path, workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> Card:
    """A card with nothing on it."""
    return make_card(tmp_path, workplace, monkeypatch)


def enrolled(card: Card, key_id: str | None = None) -> UnlockMethod:
    """Propose and seal, as for a vault with the header above."""
    proposal = propose(card.workplace, NewToken(card.label, key_id), salt=SALT)
    method = seal(proposal, Secret(MASTER), HEADER)
    check_opens(proposal.presenter, method, HEADER, Secret(MASTER))
    proposal.close()
    return method


# Tokens


@pytest.mark.parametrize(
    ("spec", "usage", "scheme"),
    [
        (P256, AGREE, Scheme.ECDH_X),
        (KeySpec.ECC_NIST_P384, AGREE, Scheme.ECDH_X),
        (KeySpec.ECC_NIST_P521, AGREE, Scheme.ECDH_X),
        (RSA, DECRYPT, Scheme.RSA_OAEP_SHA256),
    ],
)
def test_the_scheme_is_the_best_that_works_on_the_card(
    card: Card, spec: KeySpec, usage: TokenKeyUsage, scheme: Scheme
) -> None:
    key = card.make_key(spec, usage)
    method = enrolled(card)
    assert (method.kind, method.scheme, method.public_key) == (MethodKind.TOKEN, scheme, key.public_key)
    assert [name for name, _ in method.parameters] == (["operation"] if scheme is Scheme.RSA_OAEP_SHA256 else [])
    assert method.label == card.label
    assert dict(method.hint) == {"model": card.token.model, "serial": card.token.serial}


def test_agreement_is_preferred_to_rsa(card: Card) -> None:
    card.make_key(RSA, DECRYPT)
    best = card.make_key(P256, AGREE)
    assert enrolled(card).public_key == best.public_key


def test_a_key_is_chosen_by_id_or_by_the_beginning_of_its_fingerprint(card: Card) -> None:
    card.make_key(P256, AGREE)
    wanted = card.make_key(RSA, DECRYPT)
    digest = fingerprint(wanted.public_key)
    for name in (wanted.id.hex(), wanted.id.hex().upper(), digest[:8], digest):
        assert enrolled(card, name).public_key == wanted.public_key
    for name in (digest[:7], "ffffffffff", ""):
        with pytest.raises(TokenKeyNotFound):
            enrolled(card, name)


def test_a_key_that_only_signs_cannot_be_enrolled(card: Card) -> None:
    signing = card.make_key(KeySpec.ECC_NIST_EDWARDS25519, SIGN)
    with pytest.raises(TokenKeyUnusable):
        enrolled(card)
    with pytest.raises(TokenKeyUnusable):
        enrolled(card, signing.id.hex())


def test_a_card_without_keys_is_refused_before_a_pin_is_asked_for(card: Card, prompt: ScriptedPrompt) -> None:
    with pytest.raises(TokenKeyUnusable, match="before login"):
        enrolled(card)
    assert prompt.asked == []


def test_a_card_that_hides_its_public_keys_is_refused(card: Card, prompt: ScriptedPrompt) -> None:
    card.tool("--keypairgen", "--key-type", "EC:prime256v1", "--id", "01", "--label", "hidden", "--private")
    with pytest.raises(TokenKeyUnusable, match="before login"):
        enrolled(card)
    assert prompt.asked == []


def test_a_hidden_public_key_beside_a_readable_one_is_never_enrolled(card: Card, prompt: ScriptedPrompt) -> None:
    card.tool("--keypairgen", "--key-type", "EC:prime256v1", "--id", "01", "--label", "hidden", "--private")
    readable = card.make_key(RSA, DECRYPT)
    with card.workplace.hub.login(card.token, Secret.from_text(PIN)) as session:
        assert len(session.keys()) == 2
        assert len(card.workplace.hub.keys(card.token)) == 2  # logged in, it shows both
    method = enrolled(card)
    assert method.public_key == readable.public_key  # though agreement would be the better scheme
    assert card.workplace.hub.find_key(method.public_key) is not None
    with pytest.raises(TokenKeyUnusable, match="before login"):
        enrolled(card, "01")


def test_a_wrong_pin_is_tried_once(card: Card, prompt: ScriptedPrompt, monkeypatch: pytest.MonkeyPatch) -> None:
    card.make_key(P256, AGREE)
    tried: list[bytes] = []
    login = TokenHub.login

    def counted(hub: TokenHub, token: Token, pin: Secret) -> TokenSession:
        tried.append(bytes(pin.reveal()))
        return login(hub, token, pin)

    monkeypatch.setattr(TokenHub, "login", counted)
    prompt.answers[SecretKind.NEW_PIN] = "wrong-pin"
    with pytest.raises(PinIncorrect):
        enrolled(card)
    assert tried == [b"wrong-pin"]
    assert len(prompt.asked) == 1
    prompt.answers[SecretKind.NEW_PIN] = PIN
    enrolled(card)
    assert len(tried) == 2


def test_a_card_of_another_name_is_not_found(card: Card) -> None:
    with pytest.raises(TokenNotFound):
        propose(card.workplace, NewToken("another"), salt=SALT)


def saying(monkeypatch: pytest.MonkeyPatch, state: PinState) -> None:
    """SoftHSM never blocks itself: the token says of its PIN what the test wants."""
    tokens, refreshed = TokenHub.tokens, TokenHub.refreshed
    monkeypatch.setattr(
        TokenHub, "tokens", lambda hub: tuple(replace(token, pin_state=state) for token in tokens(hub))
    )
    monkeypatch.setattr(TokenHub, "refreshed", lambda hub, token: replace(refreshed(hub, token), pin_state=state))


def test_a_blocked_card_is_not_asked(card: Card, prompt: ScriptedPrompt, monkeypatch: pytest.MonkeyPatch) -> None:
    card.make_key(P256, AGREE)
    saying(monkeypatch, PinState.LOCKED)
    with pytest.raises(PinLocked):
        enrolled(card)
    assert prompt.asked == []


def test_the_last_try_is_not_taken_without_consent(
    card: Card, prompt: ScriptedPrompt, monkeypatch: pytest.MonkeyPatch
) -> None:
    card.make_key(P256, AGREE)
    saying(monkeypatch, PinState.FINAL)
    prompt.yes = False
    with pytest.raises(ConfirmationMissing):
        enrolled(card)
    assert prompt.asked == []
    prompt.yes = True
    enrolled(card)
    assert "last try" in prompt.asked[0].warning
    assert len(prompt.confirmed) == 2


def test_the_same_key_is_not_enrolled_twice(card: Card) -> None:
    card.make_key(P256, AGREE)
    method = enrolled(card)
    refuse_twice(HEADER, method)
    with pytest.raises(UnlockMethodInUse):
        refuse_twice(replace(HEADER, methods=(method,)), replace(method, id="00000000-0000-4000-8000-0000000000ff"))


# Passphrases


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id at its floor, without calibration."""
    monkeypatch.setattr(typed, "calibrate", lambda: PassphraseCost(os.urandom(16), MIN_MEMORY_KIB))


@pytest.mark.usefixtures("cheap")
def test_a_passphrase_becomes_a_way_in(workplace: Workplace, prompt: ScriptedPrompt) -> None:
    prompt.answers[SecretKind.NEW_PASSPHRASE] = "12345678"
    proposal = propose(workplace, NewPassphrase(), salt=SALT)
    method = seal(proposal, Secret(MASTER), HEADER)
    assert (method.kind, method.scheme, len(method.attestation)) == (MethodKind.PASSPHRASE, Scheme.X25519, 32)
    secret = typed.passphrase_secret(Secret.from_text("12345678"), PassphraseCost.of(method))
    assert typed.public_key_of(secret, SALT) == method.public_key
    proposal.close()


@pytest.mark.parametrize("passphrase", ["", "1234567", "ééééééé"])
def test_a_short_passphrase_is_refused_before_anything_is_computed(
    workplace: Workplace, prompt: ScriptedPrompt, monkeypatch: pytest.MonkeyPatch, passphrase: str
) -> None:
    monkeypatch.setattr(typed, "calibrate", lambda: pytest.fail("Argon2 was run"))
    prompt.answers[SecretKind.NEW_PASSPHRASE] = passphrase
    with pytest.raises(SecretTooWeak):
        propose(workplace, NewPassphrase(), salt=SALT)


# Recovery codes


def new_code(workplace: Workplace, path: Path | None) -> Proposal:
    return propose(workplace, NewRecoveryCode(str(path) if path else None), salt=SALT)


def handing_over(
    workplace: Workplace, proposals: list[Proposal], *, vault: Path | None = None
) -> AbstractContextManager[HandedOver]:
    place = vault or Path(workplace.places.data) / "personal.signet"
    return hand_over_codes(workplace, proposals, vault_path=str(place), header=HEADER)


def code_text(proposal: Proposal) -> str:
    [paper] = proposal.papers
    return paper.text.text()


def test_the_code_that_is_handed_over_opens(workplace: Workplace, tmp_path: Path) -> None:
    proposal = new_code(workplace, tmp_path / "code")
    method = seal(proposal, Secret(MASTER), HEADER)
    assert typed.public_key_of(read_code(code_text(proposal)), SALT) == method.public_key
    with handing_over(workplace, [proposal]) as handed:
        assert handed.path == str(tmp_path / "code")
    file = tmp_path / "code"
    assert file.read_text() == code_text(proposal) + "\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_code_file_goes_again_if_what_follows_fails(workplace: Workplace, tmp_path: Path) -> None:
    proposals = [new_code(workplace, tmp_path / name) for name in ("a", "b")]
    with suppress(ZeroDivisionError), handing_over(workplace, proposals):
        assert (tmp_path / "a").exists()
        assert (tmp_path / "b").exists()
        raise ZeroDivisionError
    assert not (tmp_path / "a").exists()
    assert not (tmp_path / "b").exists()


def test_a_code_file_stays_once_its_code_opens_the_vault(workplace: Workplace, tmp_path: Path) -> None:
    with suppress(ZeroDivisionError), handing_over(workplace, [new_code(workplace, tmp_path / "a")]) as handed:
        handed.keep()
        raise ZeroDivisionError
    assert (tmp_path / "a").exists()


def test_a_code_is_not_kept_in_the_vault_that_it_opens(workplace: Workplace, tmp_path: Path) -> None:
    vault = tmp_path / "personal.signet"
    vault.mkdir()
    (tmp_path / "link").symlink_to(vault)
    for place in (vault / "code", tmp_path / "link" / "code", vault / "backups" / ".." / "code"):
        with pytest.raises(UsageError), handing_over(workplace, [new_code(workplace, place)], vault=vault):
            pytest.fail("went on")
    assert list(vault.iterdir()) == []


def test_the_first_code_file_goes_again_if_the_second_cannot_be_written(workplace: Workplace, tmp_path: Path) -> None:
    (tmp_path / "b").write_text("older")
    proposals = [new_code(workplace, tmp_path / name) for name in ("a", "b")]
    with pytest.raises(OutputExists), handing_over(workplace, proposals):
        pytest.fail("went on")
    assert not (tmp_path / "a").exists()
    assert (tmp_path / "b").read_text() == "older"


def test_a_code_file_never_follows_a_link(tmp_path: Path) -> None:
    (tmp_path / "code").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputExists):
        write_code_file(str(tmp_path / "code"), Secret.from_text(write_code(Secret(bytes(20)))))
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_that_is_not_there_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        write_code_file(str(tmp_path / "no" / "code"), Secret.from_text(write_code(Secret(bytes(20)))))


def test_a_shown_code_is_typed_back_with_tries_to_spare(workplace: Workplace, prompt: ScriptedPrompt) -> None:
    proposal = new_code(workplace, None)
    other = write_code(Secret(bytes(20)))
    prompt.typed_codes = ["", "mistyped", other, other, code_text(proposal).lower().replace("-", " ")]
    with handing_over(workplace, [proposal]) as handed:
        assert handed.path is None
    assert len(prompt.shown_codes) == TYPING_TRIES == 5
    assert len(prompt.notes) == 4


@pytest.mark.parametrize(
    ("last", "error"), [("mistyped", RecoveryCodeMalformed), (write_code(Secret(bytes(20))), SecretIncorrect)]
)
def test_too_many_wrong_tries_end_it(
    workplace: Workplace, prompt: ScriptedPrompt, last: str, error: type[Exception]
) -> None:
    proposal = new_code(workplace, None)
    prompt.typed_codes = [*["mistyped"] * (TYPING_TRIES - 1), last, code_text(proposal)]
    with pytest.raises(error), handing_over(workplace, [proposal]):
        pytest.fail("went on")
    assert len(prompt.shown_codes) == TYPING_TRIES


def test_closing_a_proposal_wipes_its_code(workplace: Workplace) -> None:
    proposal = new_code(workplace, None)
    proposal.close()
    [paper] = proposal.papers
    assert set(paper.text.reveal()) == {0}


def test_a_way_in_that_gives_another_master_key_is_refused(workplace: Workplace) -> None:
    proposal = new_code(workplace, None)
    method = seal(proposal, Secret(MASTER), HEADER)
    with pytest.raises(TokenKeyUnusable, match="did not give back"):
        check_opens(proposal.presenter, method, HEADER, Secret(bytes(32)))
