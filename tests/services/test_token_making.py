"""Keys made on a software token: what is made, where, and what is refused before anything is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from signet import errors
from signet.keys.spec import KeySpec
from signet.services.prompt import SecretKind
from signet.services.token_making import Order, Purpose, make_key
from signet.services.workplace import Workplace
from signet.tokens import making
from signet.tokens.making import Family, Maker, Place
from signet.tokens.model import Scheme, Token, TokenKeyUsage
from support.cards import PIN, Card, make_card
from support.clock import SettableClock
from support.prompt import ScriptedPrompt
from support.vaults import make_workplace


@pytest.fixture
def workplace(tmp_path: Path, clock: SettableClock) -> Iterator[Workplace]:
    with make_workplace(tmp_path, clock, ScriptedPrompt({SecretKind.PIN: PIN})) as made:
        yield made


@pytest.fixture
def card(tmp_path: Path, workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> Card:
    return make_card(tmp_path, workplace, monkeypatch)


def seen(card: Card) -> set[bytes]:
    return {key.id for key in card.workplace.hub.keys(card.token)}


def test_an_empty_token_gets_an_unlocking_and_a_signing_key_that_were_tried(card: Card) -> None:
    begun: list[set[bytes]] = []
    opening = make_key(card.workplace, card.token, Order(Purpose.UNLOCK), begin=lambda: begun.append(seen(card)))
    assert begun == [set()]
    assert (opening.key.spec, opening.report.unlocks, opening.key.on_token) == (KeySpec.ECC_NIST_P256, True, True)
    assert opening.report.best is not None
    assert opening.report.best.scheme is Scheme.ECDH_X
    signing = make_key(
        card.workplace, card.token, Order(Purpose.SIGN, KeySpec.ECC_NIST_EDWARDS25519, place="0a0B", label="papers")
    )
    assert (signing.key.id, signing.key.label, signing.place) == (b"\x0a\x0b", "papers", "0a0b")
    assert (signing.report.signs, signing.report.unlocks) == (True, False)
    assert seen(card) == {opening.key.id, signing.key.id}


def test_nothing_is_overwritten_and_no_pin_is_asked_for_in_vain(card: Card) -> None:
    prompt = card.workplace.prompt
    assert isinstance(prompt, ScriptedPrompt)
    made = card.make_key(KeySpec.ECC_NIST_P256, TokenKeyUsage.SIGN)
    refused: list[tuple[Order, type[errors.SignetError]]] = [
        (Order(Purpose.UNLOCK, place=made.id.hex()), errors.TokenPlaceTaken),
        (Order(Purpose.UNLOCK, place="9d"[:1]), errors.UsageError),
        (Order(Purpose.UNLOCK, KeySpec.ECC_NIST_EDWARDS25519), errors.UsageError),
        (Order(Purpose.SIGN, KeySpec.SYMMETRIC_DEFAULT), errors.UsageError),
    ]
    for order, error in refused[:3]:
        with pytest.raises(error):
            make_key(card.workplace, card.token, order)
    assert prompt.asked == []
    with pytest.raises(refused[3][1]):
        make_key(card.workplace, card.token, refused[3][0])
    assert seen(card) == {made.id}


def test_a_key_that_shows_itself_only_after_login_is_not_overwritten_either(card: Card) -> None:
    made = card.make_key(KeySpec.ECC_NIST_P256, TokenKeyUsage.SIGN)
    card.tool("--delete-object", "--type", "pubkey", "--id", made.id.hex())
    assert seen(card) == set()
    with pytest.raises(errors.TokenPlaceTaken):
        make_key(card.workplace, card.token, Order(Purpose.SIGN, place=made.id.hex()))
    card.tool("--sign", "--mechanism", "ECDSA", "--id", made.id.hex(), "--input-file", "/dev/null")


TOKEN = Token("a card", "1", "", "", "/usr/lib/opensc-pkcs11.so", 0, True, True, None, False)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "family", "maker"),
    [
        ({"module": "/x/libsofthsm2.so"}, Family.ANY, Maker.USER),
        ({"module": "/x/libtpm2_pkcs11.so.1.9.0"}, Family.TPM, Maker.USER),
        ({"module": "/x/libykcs11.so.2.2.0"}, Family.YUBIKEY, Maker.OFFICER),
        ({"manufacturer": "piv_II", "model": "PKCS#15 emulated"}, Family.PIV, Maker.ELSEWHERE),
        ({"manufacturer": "www.CardContact.de", "model": "PKCS#15 emulated"}, Family.SMARTCARD_HSM, Maker.USER),
        ({"label": "OpenPGP card (User PIN)", "model": "PKCS#15 emulated"}, Family.OPENPGP, Maker.ELSEWHERE),
        ({"label": "ESTEID (PIN1)", "model": "PKCS#15 emulated"}, Family.ISSUED, Maker.ELSEWHERE),
        ({"model": "PKCS#15"}, Family.ANY, Maker.USER),
    ],
)
def test_who_makes_keys_is_told_by_the_module_and_its_drivers(
    changes: dict[str, str], family: Family, maker: Maker
) -> None:
    token = replace(TOKEN, **changes)  # type: ignore[arg-type]
    assert (making.family_of(token), making.maker_of(token)) == (family, maker)
    if maker is not Maker.ELSEWHERE:
        making.refuse_elsewhere(token, sign=True, spec=None)
        return
    with pytest.raises(errors.TokenCannotMake) as refused:
        making.refuse_elsewhere(token, sign=True, spec=None)
    assert bool(refused.value.details["commands"]) is (family is not Family.ISSUED)
    assert all(command in refused.value.hint for command in refused.value.commands)


YUBIKEY = replace(TOKEN, module="/x/libykcs11.so.2.2.0", firmware=(5, 43))


@pytest.mark.parametrize(
    ("usage", "wanted", "taken", "place"),
    [
        (TokenKeyUsage.AGREE, None, b"", Place(b"\x03", "9D")),
        (TokenKeyUsage.AGREE, None, b"\x03\x05", Place(b"\x06", "83")),
        (TokenKeyUsage.SIGN, None, b"", Place(b"\x02", "9C")),
        (TokenKeyUsage.SIGN, None, b"\x02", Place(b"\x01", "9A")),
        (TokenKeyUsage.DECRYPT, "95", b"\x03", Place(b"\x18", "95")),
        (TokenKeyUsage.DECRYPT, "18", b"\x03", Place(b"\x18", "95")),
        (TokenKeyUsage.SIGN, None, b"\x01\x02", errors.TokenFull),
        (TokenKeyUsage.AGREE, "9D", b"\x03", errors.TokenPlaceTaken),
        (TokenKeyUsage.AGREE, "96", b"", errors.UsageError),
    ],
)
def test_a_yubikeys_slots_are_filled_in_order_and_never_twice(
    usage: TokenKeyUsage, wanted: str | None, taken: bytes, place: Place | type[Exception]
) -> None:
    ids = frozenset(bytes([number]) for number in taken)
    if isinstance(place, Place):
        assert making.place_for(YUBIKEY, usage=usage, wanted=wanted, taken=ids) == place
        return
    with pytest.raises(place):
        making.place_for(YUBIKEY, usage=usage, wanted=wanted, taken=ids)


def test_on_an_old_yubikey_whose_slots_may_hide_a_key_none_is_made() -> None:
    old = replace(YUBIKEY, firmware=(5, 27))
    with pytest.raises(errors.TokenCannotMake) as refused:
        making.place_for(old, usage=TokenKeyUsage.SIGN, wanted=None, taken=frozenset())
    assert "yubico-piv-tool -a status" in refused.value.commands


def test_before_a_key_on_a_nitrokey_hsm_its_backup_is_asked_about(card: Card) -> None:
    prompt = card.workplace.prompt
    assert isinstance(prompt, ScriptedPrompt)
    hsm = replace(TOKEN, label="SmartCard-HSM (UserPIN)", manufacturer="www.CardContact.de")
    facts = making.hsm_backup_facts(hsm)
    assert any("DKEK" in fact for fact in facts)
    assert any("`sc-hsm-tool`" in fact for fact in facts)
    assert making.hsm_backup_facts(card.token) == ()
