"""Cards that are pulled, put back, exchanged, slow or silent."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from signet import errors
from signet.secret import Secret
from signet.tokens import public
from signet.tokens.hub import TokenHub
from signet.tokens.model import Scheme
from signet.tokens.session import TokenSession
from signet.tokens.trial import prove_signing
from support.card.keys import Algorithm, make_key
from support.card.piv import AUTHENTICATION, KEY_MANAGEMENT, PIN, SIGNATURE
from support.card.rival import rival
from support.card.vpcd import Disturbance

from .conftest import GENERAL_AUTHENTICATE, Desk, key_in, only


def agree(session: TokenSession) -> object:
    peer = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = peer.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return session.agree(key_in(session.keys(), 0x82), point)


def decrypt(session: TokenSession) -> object:
    key = key_in(session.keys(), KEY_MANAGEMENT)
    own = public.load(key.public_key)
    assert isinstance(own, rsa.RSAPublicKey)
    sent = own.encrypt(b"secret", padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None))
    return session.decrypt(key, sent, scheme=Scheme.RSA_OAEP_SHA256, raw=False)


def sign_with_pin(session: TokenSession) -> object:
    return prove_signing(session, key_in(session.keys(), SIGNATURE), pin=Secret.from_text(PIN))


@pytest.mark.parametrize("work", [agree, decrypt, sign_with_pin])
def test_pulled_during_an_operation_and_put_back_one_pin_entry_works_again(
    desk: Desk, hub: TokenHub, work: Callable[[TokenSession], object]
) -> None:
    card = desk.insert(desk.keys.everything)
    session = hub.login(only(hub), Secret.from_text(PIN))
    work(session)
    desk.reader.disturbances.append(Disturbance(GENERAL_AUTHENTICATE, pull=True))
    with pytest.raises(errors.TokenRemoved):
        work(session)
    assert hub.tokens() == ()
    assert hub.find_key(desk.keys.rsa.public_key) is None
    desk.reader.insert(card)
    desk.reader.log.clear()
    with pytest.raises(errors.TokenLoginLost):
        work(session)
    assert desk.reader.pins_sent == 0
    with hub.login(only(hub), Secret.from_text(PIN)) as fresh:
        assert desk.reader.pins_sent == 1
        work(fresh)


def test_pulled_while_the_pin_is_sent(desk: Desk, hub: TokenHub) -> None:
    desk.insert(desk.keys.elliptic)
    token = only(hub)
    desk.reader.disturbances.append(Disturbance(0x20, pull=True))
    with pytest.raises(errors.TokenRemoved):
        hub.login(token, Secret.from_text(PIN))


def test_out_and_in_again_between_two_looks_ends_the_login_and_no_more(desk: Desk, hub: TokenHub) -> None:
    card = desk.insert(desk.keys.everything)
    session = hub.login(only(hub), Secret.from_text(PIN))
    desk.reader.insert(card)
    with pytest.raises(errors.TokenLoginLost):
        agree(session)
    with hub.login(only(hub), Secret.from_text(PIN)) as fresh:
        agree(fresh)


@pytest.mark.parametrize("looked", [True, False])
def test_another_card_is_told_by_its_keys(desk: Desk, hub: TokenHub, looked: bool) -> None:
    desk.insert(desk.keys.everything)
    session = hub.login(only(hub), Secret.from_text(PIN))
    desk.reader.log.clear()
    desk.reader.remove()
    if looked:
        assert hub.tokens() == ()
    key = make_key(Algorithm.P256)
    desk.insert({KEY_MANAGEMENT: key}, number=2)
    with pytest.raises(errors.TokenRemoved):
        agree(session)
    assert hub.find_key(desk.keys.rsa.public_key) is None
    assert hub.find_key(desk.keys.p256.public_key) is None
    found = hub.find_key(key.public_key)
    assert found is not None
    assert found[0] == only(hub)
    assert desk.reader.pins_sent == 0


def test_a_card_with_the_same_name_and_number_is_told_by_its_keys(desk: Desk, hub: TokenHub) -> None:
    first = desk.insert(desk.keys.everything)
    assert hub.find_key(desk.keys.rsa.public_key) is not None
    desk.reader.remove()
    assert hub.tokens() == ()
    key = make_key(Algorithm.P256)
    second = desk.insert({KEY_MANAGEMENT: key})
    assert second.name == first.name
    assert hub.find_key(desk.keys.rsa.public_key) is None
    assert hub.find_key(key.public_key) is not None


def test_a_key_is_found_on_whichever_card_holds_it(desk: Desk, hub: TokenHub) -> None:
    desk.insert(desk.keys.everything)
    before = hub.find_key(desk.keys.p256.public_key)
    assert before is not None
    desk.insert(desk.keys.elliptic, number=2)
    after = hub.find_key(desk.keys.p256.public_key)
    assert after is not None
    assert (before[0].serial, before[1].id) != (after[0].serial, after[1].id)


def test_another_program_that_takes_the_card_and_resets_it_takes_nothing_away(desk: Desk, hub: TokenHub) -> None:
    desk.insert(desk.keys.everything)
    token = only(hub)
    with rival() as other, ThreadPoolExecutor(1) as aside:
        other.begin()
        looked = aside.submit(hub.tokens)
        with pytest.raises(NotYet):
            looked.result(0.3)
        other.end()
        assert looked.result(20) == (token,)
        other.reset()
        assert only(hub) == token
        with hub.login(token, Secret.from_text(PIN)) as session:
            agree(session)


def test_a_card_that_waits_for_a_touch_is_waited_for(desk: Desk, hub: TokenHub) -> None:
    desk.insert(desk.keys.elliptic)
    with hub.login(only(hub), Secret.from_text(PIN)) as session:
        desk.reader.disturbances.append(Disturbance(GENERAL_AUTHENTICATE, delay=1.5))
        assert prove_signing(session, key_in(session.keys(), AUTHENTICATION))


def test_a_card_that_says_nothing_for_too_long_is_given_up_and_started_anew(desk: Desk) -> None:
    desk.insert(desk.keys.elliptic)
    with desk.hub(time_limit=2.0) as hub:
        session = hub.login(only(hub), Secret.from_text(PIN))
        key = key_in(session.keys(), AUTHENTICATION)
        desk.reader.disturbances.append(Disturbance(GENERAL_AUTHENTICATE, delay=3.0))
        with pytest.raises(errors.ModuleTimedOut):
            prove_signing(session, key)
        with pytest.raises(errors.TokenLoginLost):
            prove_signing(session, key)
        with hub.login(only(hub), Secret.from_text(PIN)) as fresh:
            assert prove_signing(fresh, key)
