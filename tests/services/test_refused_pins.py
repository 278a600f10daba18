"""A PIN that a card refused is not sent to it again, by whomever it is asked for; nothing of it is kept."""

from __future__ import annotations

from dataclasses import replace

from signet.secret import Secret
from signet.services.refused_pins import RefusedPins
from signet.tokens.model import PinState
from support.tokens import CARD

OTHER = replace(CARD, serial="2")
PIN = Secret(b"canary-111111")


def test_a_refused_pin_is_known_for_that_card_alone_until_the_card_took_one() -> None:
    refused = RefusedPins()
    refused.refused(CARD, PIN)
    assert refused.refuses(CARD, PIN)
    assert refused.refuses(replace(CARD, slot=7, label="renamed"), PIN)
    assert not refused.refuses(OTHER, PIN)
    assert not refused.refuses(CARD, Secret(b"222222"))
    assert b"canary" not in repr(vars(refused)).encode()
    refused.forget(OTHER)
    assert refused.refuses(CARD, PIN)
    refused.forget(CARD)
    assert not refused.refuses(CARD, PIN)


def test_a_card_that_tells_of_wrong_pins_and_then_of_none_has_another_one() -> None:
    refused = RefusedPins()
    refused.refused(CARD, PIN)
    refused.look(CARD)  # a card that never tells: nothing follows
    assert refused.refuses(CARD, PIN)
    refused.look(replace(CARD, pin_state=PinState.LOW))
    refused.look(OTHER)
    assert refused.refuses(CARD, PIN)
    refused.look(CARD)
    assert not refused.refuses(CARD, PIN)
