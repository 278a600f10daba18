"""What is seen of a card without its PIN, and what each key turns out to do."""

from __future__ import annotations

import pytest

from signet import errors
from signet.secret import Secret
from signet.tokens.hub import TokenHub, fingerprint
from signet.tokens.model import PinState, Scheme
from signet.tokens.trial import default_algorithm, prove_signing, try_schemes
from support.card.modules import OPENSC, YKCS11, module_path
from support.card.piv import AUTHENTICATION, KEY_MANAGEMENT, PIN, SIGNATURE
from support.card.vpcd import Disturbance

from .conftest import GENERAL_AUTHENTICATE, IDS, Desk, key_in, only

RSA_SCHEMES = [
    (Scheme.RSA_OAEP_SHA256, False),
    (Scheme.RSA_OAEP_SHA256, True),
    (Scheme.RSA_OAEP_SHA1, False),
    (Scheme.RSA_PKCS1V15, False),
]


def test_an_empty_reader_is_no_token(hub: TokenHub) -> None:
    assert hub.tokens() == ()


def test_every_key_is_seen_without_the_pin(desk: Desk, hub: TokenHub) -> None:
    card = desk.insert(desk.keys.everything)
    token = only(hub)
    seen = {key.id: key.public_key for key in hub.keys(token)}
    assert token.initialised
    assert token.pin_state is PinState.OK
    assert {IDS[slot]: key.public_key for slot, key in card.keys.items()}.items() <= seen.items()
    assert desk.reader.pins_sent == 0


def test_flags_are_those_of_the_slots_whatever_the_module_says(desk: Desk, hub: TokenHub) -> None:
    desk.insert(desk.keys.everything)
    token = only(hub)
    with hub.login(token, Secret.from_text(PIN)) as session:
        for found in (hub.keys(token), session.keys()):
            assert {slot: key_in(found, slot).can_sign for slot in IDS} == {
                AUTHENTICATION: True,
                SIGNATURE: True,
                KEY_MANAGEMENT: False,
                0x82: False,
                0x83: False,
            }
            assert {slot for slot in IDS if key_in(found, slot).can_derive} == {0x82, 0x83}
            assert key_in(found, KEY_MANAGEMENT).can_decrypt
        assert {slot for slot in IDS if key_in(session.keys(), slot).always_authenticate} == {SIGNATURE}


@pytest.mark.parametrize("slot", [KEY_MANAGEMENT, 0x82, 0x83])
def test_the_right_scheme_is_found_by_trial(desk: Desk, hub: TokenHub, slot: int) -> None:
    desk.insert(desk.keys.everything)
    with hub.login(only(hub), Secret.from_text(PIN)) as session:
        trials = try_schemes(session, key_in(session.keys(), slot))
    worked = [(trial.scheme, trial.raw) for trial in trials if trial.worked]
    assert worked == (RSA_SCHEMES if slot == KEY_MANAGEMENT else [(Scheme.ECDH_X, False)])


@pytest.mark.parametrize("kind", ["elliptic", "with_rsa"])
def test_9c_signs_with_its_pin_each_time(desk: Desk, hub: TokenHub, kind: str) -> None:
    desk.insert(getattr(desk.keys, kind))
    pin = Secret.from_text(PIN)
    with hub.login(only(hub), pin) as session:
        key = key_in(session.keys(), SIGNATURE)
        assert not any(trial.worked for trial in try_schemes(session, key))
        desk.reader.log.clear()
        assert prove_signing(session, key, pin=pin)
        assert prove_signing(session, key, pin=pin)
        assert desk.reader.pins_sent == 2
        with pytest.raises(errors.TokenKeyUnusable):
            session.sign(key, b"message", default_algorithm(key))


def test_a_card_that_refuses_is_not_taken_for_a_pulled_one(desk: Desk, hub: TokenHub) -> None:
    desk.insert(desk.keys.elliptic)
    with hub.login(only(hub), Secret.from_text(PIN)) as session:
        key = key_in(session.keys(), AUTHENTICATION)
        # OpenSC asks a second time by itself.
        desk.reader.disturbances.append(Disturbance(GENERAL_AUTHENTICATE, status=0x6F00, times=2))
        with pytest.raises(errors.TokenOperationFailed):
            prove_signing(session, key)
        desk.reader.disturbances.clear()
        assert prove_signing(session, key)


def test_an_imported_key_is_told_from_one_made_on_the_card(ykcs11: Desk) -> None:
    made, imported = ykcs11.keys.p256, ykcs11.keys.imported
    ykcs11.insert({AUTHENTICATION: made, KEY_MANAGEMENT: imported})
    with ykcs11.hub() as hub, hub.login(only(hub), Secret.from_text(PIN)) as session:
        found = session.keys()
    assert key_in(found, AUTHENTICATION).on_token is True
    assert key_in(found, KEY_MANAGEMENT).on_token is False


@pytest.mark.parametrize("first", [YKCS11, OPENSC])
def test_a_yubikey_that_two_modules_show_is_one_token(ykcs11: Desk, first: str) -> None:
    ykcs11.insert(ykcs11.keys.everything)
    modules = sorted(map(module_path, (YKCS11, OPENSC)), key=lambda path: first not in path)
    with TokenHub(modules) as hub:
        assert only(hub).module == modules[0]
        assert hub.find(fingerprint(ykcs11.keys.rsa.public_key)[:12]).module == modules[0]
