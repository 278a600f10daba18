"""Choosing a way in: by what was asked for, else by what is there; one secret goes to one way in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from signet.crypto import typed
from signet.crypto.typed import MIN_MEMORY_KIB, PassphraseCost
from signet.crypto.wrapping import wrap_master_key
from signet.errors import (
    ConfirmationMissing,
    HeaderDamaged,
    NameAmbiguous,
    PinIncorrect,
    PinLocked,
    RecoveryCodeMalformed,
    SecretIncorrect,
    SecretMissing,
    SignetError,
    TokenNotFound,
    UnlockMethodNotFound,
)
from signet.formats.header import MethodKind, Scheme, UnlockMethod, VaultHeader
from signet.formats.recovery import write_code
from signet.keys.spec import KeySpec
from signet.secret import Secret
from signet.services.enrolment import NewToken, propose, seal
from signet.services.presenting import Selection, find_method, present, present_method
from signet.services.prompt import SecretKind
from signet.services.workplace import Workplace
from signet.tokens.hub import TokenHub
from signet.tokens.model import PinState, Token, TokenKeyUsage
from signet.tokens.session import TokenSession
from support.cards import PIN, Card, make_card
from support.clock import SettableClock
from support.headers import SALT, VAULT_ID, make_header, make_method
from support.prompt import ScriptedPrompt
from support.vaults import make_workplace

MASTER = bytes(range(32))
CODES = (bytes(range(20)), bytes(range(1, 21)))
PASSPHRASE = "correct horse battery"
COST = PassphraseCost(bytes(16), MIN_MEMORY_KIB)
MISSING_CARD = replace(
    make_method(9, kind=MethodKind.TOKEN, scheme=Scheme.ECDH_X, label="Nitrokey"), public_key=b"not here"
)


def text_of(code: bytes) -> str:
    return write_code(Secret(code))


def sealed(method: UnlockMethod) -> UnlockMethod:
    return replace(method, wrapped_key=wrap_master_key(Secret(MASTER), method, vault_id=VAULT_ID, salt=SALT))


def code_method(number: int) -> UnlockMethod:
    return sealed(make_method(number + 1, public_key=typed.public_key_of(Secret(CODES[number]), SALT)))


def passphrase_method() -> UnlockMethod:
    secret = typed.passphrase_secret(Secret.from_text(PASSPHRASE), COST)
    return sealed(
        make_method(
            5, kind=MethodKind.PASSPHRASE, parameters=COST.parameters(), public_key=typed.public_key_of(secret, SALT)
        )
    )


@pytest.fixture
def prompt() -> ScriptedPrompt:
    return ScriptedPrompt()


@pytest.fixture
def workplace(
    tmp_path: Path, clock: SettableClock, prompt: ScriptedPrompt, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workplace]:
    """A workplace without any card."""
    with make_workplace(tmp_path, clock, prompt) as made:
        monkeypatch.setattr(TokenHub, "find_key", lambda *_: None)
        yield made


def header(*methods: UnlockMethod) -> VaultHeader:
    return make_header(methods)


def opened(workplace: Workplace, vault: VaultHeader, selection: Selection) -> UnlockMethod:
    """Present a way in and open it; the way in that was chosen."""
    method, presenter = present(workplace, vault, selection)
    with presenter.open(method, vault) as master:
        assert bytes(master.reveal()) == MASTER
    presenter.close()
    return method


# Which way in


def test_the_recovery_code_itself_says_which_one_it_is(workplace: Workplace, prompt: ScriptedPrompt) -> None:
    vault = header(code_method(0), code_method(1))
    for number in (0, 1):
        prompt.answers[SecretKind.RECOVERY_CODE] = text_of(CODES[number])
        assert opened(workplace, vault, Selection(recovery=True)) == vault.methods[number]


def test_the_passphrase_comes_before_the_recovery_code(workplace: Workplace, prompt: ScriptedPrompt) -> None:
    prompt.answers[SecretKind.PASSPHRASE] = PASSPHRASE
    vault = header(code_method(0), passphrase_method())
    assert opened(workplace, vault, Selection()).kind is MethodKind.PASSPHRASE


def test_a_vault_with_codes_only_asks_for_one(workplace: Workplace, prompt: ScriptedPrompt) -> None:
    prompt.answers[SecretKind.RECOVERY_CODE] = text_of(CODES[0])
    assert opened(workplace, header(code_method(0)), Selection()).kind is MethodKind.RECOVERY_CODE


def test_a_missing_card_is_named_and_the_code_is_not_asked_for_instead(
    workplace: Workplace, prompt: ScriptedPrompt
) -> None:
    with pytest.raises(TokenNotFound, match="Nitrokey"):
        present(workplace, header(MISSING_CARD, code_method(0)), Selection())
    assert prompt.asked == []


def test_a_missing_card_gives_way_to_a_passphrase_unless_it_was_chosen(
    workplace: Workplace, prompt: ScriptedPrompt
) -> None:
    prompt.answers[SecretKind.PASSPHRASE] = PASSPHRASE
    vault = header(MISSING_CARD, passphrase_method())
    assert opened(workplace, vault, Selection()).kind is MethodKind.PASSPHRASE
    with pytest.raises(TokenNotFound, match="Nitrokey"):
        present(workplace, vault, Selection(method_id=MISSING_CARD.id))


def test_without_a_recovery_code_there_is_none_to_ask_for(workplace: Workplace, prompt: ScriptedPrompt) -> None:
    with pytest.raises(UnlockMethodNotFound):
        present(workplace, header(passphrase_method()), Selection(recovery=True))
    assert prompt.asked == []


def test_a_way_in_is_chosen_by_id_or_by_its_unique_beginning(workplace: Workplace) -> None:
    first = replace(make_method(1), id="aaaaaaaa-0000-4000-8000-000000000001")
    second = replace(make_method(2), id="aaaaaaaa-0000-4000-8000-000000000002")
    third = replace(make_method(3), id="bbbbbbbb-0000-4000-8000-000000000003")
    vault = header(first, second, third)
    assert find_method(vault, first.id) == first
    assert find_method(vault, third.id[:8]) == third
    for name in ("bbbbbbb", "", "cccccccc", third.id + "0"):
        with pytest.raises(UnlockMethodNotFound):
            find_method(vault, name)
    with pytest.raises(NameAmbiguous):
        find_method(vault, "aaaaaaaa")


# One secret, one way in


@pytest.mark.parametrize(
    ("typed_text", "error"),
    [
        (text_of(bytes(20)), SecretIncorrect),
        ("mistyped", RecoveryCodeMalformed),
        ("", RecoveryCodeMalformed),
        ("\u0660" * 36, RecoveryCodeMalformed),
    ],
)
def test_a_wrong_code_is_asked_for_once(
    workplace: Workplace, prompt: ScriptedPrompt, typed_text: str, error: type[SignetError]
) -> None:
    prompt.answers[SecretKind.RECOVERY_CODE] = typed_text
    with pytest.raises(error):
        present(workplace, header(code_method(0), code_method(1)), Selection(recovery=True))
    assert len(prompt.asked) == 1


def test_the_code_of_another_way_in_does_not_stand_for_the_chosen_one(
    workplace: Workplace, prompt: ScriptedPrompt
) -> None:
    vault = header(code_method(0), code_method(1))
    prompt.answers[SecretKind.RECOVERY_CODE] = text_of(CODES[1])
    with pytest.raises(SecretIncorrect):
        present(workplace, vault, Selection(method_id=vault.methods[0].id))
    assert opened(workplace, vault, Selection(method_id=vault.methods[1].id)) == vault.methods[1]


@pytest.mark.parametrize("wrong", ["", "correct horse battery ", "Correct horse battery"])
def test_a_wrong_passphrase_opens_nothing(workplace: Workplace, prompt: ScriptedPrompt, wrong: str) -> None:
    prompt.answers = {SecretKind.PASSPHRASE: wrong, SecretKind.RECOVERY_CODE: text_of(CODES[0])}
    vault = header(passphrase_method(), code_method(0))
    method, presenter = present(workplace, vault, Selection())
    with pytest.raises(SecretIncorrect):
        presenter.vouches(method, vault)
    with pytest.raises(SecretIncorrect):
        presenter.open(method, vault)
    assert [request.kind for request in prompt.asked] == [SecretKind.PASSPHRASE]


def test_a_cost_beyond_the_ceiling_is_refused_before_the_passphrase_is_asked_for(
    workplace: Workplace, prompt: ScriptedPrompt
) -> None:
    monstrous = replace(COST, memory_kib=2**30)
    vault = header(replace(passphrase_method(), parameters=monstrous.parameters()))
    with pytest.raises(HeaderDamaged):
        present(workplace, vault, Selection())
    assert prompt.asked == []


def test_nobody_to_ask_is_said(workplace: Workplace) -> None:
    for selection in (Selection(), Selection(recovery=True)):
        with pytest.raises(SecretMissing):
            present(workplace, header(passphrase_method(), code_method(0)), selection)


def test_a_second_way_in_is_asked_for_by_another_name(workplace: Workplace, prompt: ScriptedPrompt) -> None:
    vault = header(passphrase_method(), code_method(0))
    for method, secret in ((vault.methods[0], PASSPHRASE), (vault.methods[1], text_of(CODES[0]))):
        prompt.answers = {SecretKind.OTHER_SECRET: secret}
        _, presenter = present_method(workplace, vault, method, second=True)
        presenter.open(method, vault).wipe()
    assert {request.kind for request in prompt.asked} == {SecretKind.OTHER_SECRET}


# Cards


@pytest.fixture
def card(
    tmp_path: Path, clock: SettableClock, prompt: ScriptedPrompt, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Card]:
    """A card with one key that can agree, in a workplace of its own."""
    prompt.answers |= {SecretKind.NEW_PIN: PIN, SecretKind.PIN: PIN, SecretKind.TOKEN_PIN: PIN}
    with make_workplace(tmp_path, clock, prompt) as workplace:
        made = make_card(tmp_path, workplace, monkeypatch)
        made.make_key(KeySpec.ECC_NIST_P256, TokenKeyUsage.AGREE)
        yield made


def card_method(card: Card) -> UnlockMethod:
    proposal = propose(card.workplace, NewToken(card.label), salt=SALT)
    method = seal(proposal, Secret(MASTER), make_header())
    proposal.close()
    return method


def test_a_card_that_is_there_comes_first(card: Card, prompt: ScriptedPrompt) -> None:
    vault = header(code_method(0), passphrase_method(), MISSING_CARD, card_method(card))
    prompt.asked.clear()
    assert opened(card.workplace, vault, Selection()) == vault.methods[3]
    assert [request.kind for request in prompt.asked] == [SecretKind.PIN]
    _, presenter = present_method(card.workplace, vault, vault.methods[3], second=True)
    presenter.close()
    assert prompt.asked[-1].kind is SecretKind.TOKEN_PIN
    assert card.label in prompt.asked[-1].what


def test_a_wrong_pin_is_tried_once_and_no_other_way_in_is_tried(
    card: Card, prompt: ScriptedPrompt, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = header(card_method(card), passphrase_method(), code_method(0))
    tried: list[str] = []
    login = TokenHub.login

    def counted(hub: TokenHub, token: Token, pin: Secret) -> TokenSession:
        tried.append(pin.text())
        return login(hub, token, pin)

    monkeypatch.setattr(TokenHub, "login", counted)
    prompt.asked.clear()
    prompt.answers = {SecretKind.PIN: "wrong-pin", SecretKind.PASSPHRASE: PASSPHRASE}
    with pytest.raises(PinIncorrect):
        present(card.workplace, vault, Selection())
    assert tried == ["wrong-pin"]
    assert [request.kind for request in prompt.asked] == [SecretKind.PIN]


def saying(monkeypatch: pytest.MonkeyPatch, state: PinState) -> None:
    """SoftHSM never blocks itself: the token says of its PIN what the test wants."""
    tokens, refreshed = TokenHub.tokens, TokenHub.refreshed
    monkeypatch.setattr(
        TokenHub, "tokens", lambda hub: tuple(replace(token, pin_state=state) for token in tokens(hub))
    )
    monkeypatch.setattr(TokenHub, "refreshed", lambda hub, token: replace(refreshed(hub, token), pin_state=state))


@pytest.mark.parametrize(
    ("state", "warned"), [(PinState.OK, ""), (PinState.LOW, "few tries"), (PinState.FINAL, "last try")]
)
def test_the_warning_is_what_the_card_says(
    card: Card, prompt: ScriptedPrompt, monkeypatch: pytest.MonkeyPatch, state: PinState, warned: str
) -> None:
    vault = header(card_method(card))
    saying(monkeypatch, state)
    prompt.asked.clear()
    opened(card.workplace, vault, Selection())
    (request,) = prompt.asked
    assert warned in request.warning
    assert bool(request.warning) == bool(warned)
    assert bool(prompt.confirmed) == (state is PinState.FINAL)


def test_the_last_try_is_not_taken_without_consent(
    card: Card, prompt: ScriptedPrompt, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = header(card_method(card))
    saying(monkeypatch, PinState.FINAL)
    monkeypatch.setattr(TokenHub, "login", lambda *_: pytest.fail("the last try was taken"))
    prompt.asked.clear()
    prompt.yes = False
    with pytest.raises(ConfirmationMissing):
        present(card.workplace, vault, Selection())
    assert prompt.asked == []


def test_a_blocked_card_is_said_and_not_asked(
    card: Card, prompt: ScriptedPrompt, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = header(card_method(card), passphrase_method())
    saying(monkeypatch, PinState.LOCKED)
    prompt.asked.clear()
    with pytest.raises(PinLocked):
        present(card.workplace, vault, Selection())
    assert prompt.asked == []
