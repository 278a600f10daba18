"""PINs on a card that counts: one try for each, the last one only when insisted on, and back from a blocked one."""

from __future__ import annotations

import subprocess

import pytest

from signet import errors
from signet.secret import Secret
from signet.services.presenting import ask_pin
from signet.services.prompt import SecretKind
from signet.services.workplace import Workplace
from signet.tokens.hub import TokenHub
from signet.tokens.model import PinState
from signet.tokens.trial import prove_signing
from support.card.modules import YKCS11
from support.card.piv import PIN, PUK, SIGNATURE
from support.prompt import ScriptedPrompt

from .conftest import Desk, key_in, only

WRONG = "000000"


def unblock(desk: Desk, new_pin: str) -> None:
    """Set a new PIN with the PUK, by a program that is not Signet."""
    if YKCS11 in desk.module:
        words = ["yubico-piv-tool", "--action", "unblock-pin", "--pin", PUK, "--new-pin", new_pin]
    else:
        words = ["pkcs15-tool", "--unblock-pin", "--puk", PUK, "--new-pin", new_pin]
    subprocess.run(words, check=True, capture_output=True, timeout=60)


def test_two_wrong_pins_a_blocked_card_and_back_by_the_puk(desk: Desk, hub: TokenHub) -> None:
    card = desk.insert(desk.keys.elliptic)
    for left, final in ((2, False), (1, True)):
        with pytest.raises(errors.PinIncorrect) as wrong:
            hub.login(only(hub), Secret.from_text(WRONG))
        assert wrong.value.final_try is final
        assert card.pin.left == left
    assert only(hub).pin_state is PinState.FINAL
    for _ in range(2):
        with pytest.raises(errors.PinLocked):
            hub.login(only(hub), Secret.from_text(WRONG))
    assert desk.reader.pins_sent == 4
    assert only(hub).pin_state is PinState.LOCKED
    unblock(desk, "654321")
    assert only(hub).pin_state is PinState.OK
    with hub.login(only(hub), Secret.from_text("654321")) as session:
        assert len(session.keys()) >= len(card.keys)


@pytest.mark.parametrize("pin", ["1", "123456789"])
def test_a_pin_of_the_wrong_length_costs_no_try(desk: Desk, hub: TokenHub, pin: str) -> None:
    card = desk.insert(desk.keys.elliptic)
    with pytest.raises(errors.PinLengthInvalid):
        hub.login(only(hub), Secret.from_text(pin))
    assert card.pin.left == 3


def test_a_wrong_pin_for_9c_is_a_wrong_pin(desk: Desk, hub: TokenHub) -> None:
    card = desk.insert(desk.keys.elliptic)
    with hub.login(only(hub), Secret.from_text(PIN)) as session:
        key = key_in(session.keys(), SIGNATURE)
        with pytest.raises(errors.PinIncorrect):
            prove_signing(session, key, pin=Secret.from_text(WRONG))
        assert card.pin.left == 2
    # OpenSC ends the whole login with it; one PIN entry later all is well.
    with hub.login(only(hub), Secret.from_text(PIN)) as session:
        assert prove_signing(session, key, pin=Secret.from_text(PIN))
    assert card.pin.left == 3


@pytest.mark.parametrize(("left", "state"), [(1, PinState.FINAL), (0, PinState.LOCKED)])
def test_tries_that_another_program_spent_are_seen_before_the_next(
    desk: Desk, workplace: Workplace, prompt: ScriptedPrompt, left: int, state: PinState
) -> None:
    card = desk.insert(desk.keys.elliptic)
    token = only(workplace.hub)
    assert token.pin_state is PinState.OK
    card.pin.left = left
    prompt.yes = False
    expected = errors.ConfirmationMissing if state is PinState.FINAL else errors.PinLocked
    with pytest.raises(expected):
        ask_pin(workplace, token, kind=SecretKind.PIN)
    assert prompt.asked == []
    assert desk.reader.pins_sent == 0


def test_a_card_that_went_before_its_pin_was_asked_for_is_said_to_be_gone(desk: Desk, workplace: Workplace) -> None:
    desk.insert(desk.keys.elliptic)
    token = only(workplace.hub)
    desk.reader.remove()
    with pytest.raises(errors.TokenRemoved):
        ask_pin(workplace, token, kind=SecretKind.PIN)
