"""Keys made on the emulated card: by ykcs11 itself, and by the commands that are shown where OpenSC cannot."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from signet import errors
from signet.formats.header import Scheme
from signet.keys.spec import KeySpec
from signet.services import tokens
from signet.services.creation import create_vault
from signet.services.enrolment import NewToken
from signet.services.opening import open_vault
from signet.services.prompt import SecretKind
from signet.services.token_making import FACTORY_MANAGEMENT_KEY, Order, Purpose, make_key
from signet.services.workplace import Workplace
from signet.tokens.hub import TokenHub
from signet.tokens.making import FACTORY_SECRETS, yubikey_commands
from support.card.modules import OPENSC, YKCS11, module_path
from support.card.piv import AUTHENTICATION, KEY_MANAGEMENT, PIN, PUK, SIGNATURE
from support.prompt import ScriptedPrompt

from .conftest import IDS, Desk, only


def at(workplace: Workplace, module: str) -> TokenHub:
    workplace.module = module_path(module)
    return workplace.refresh_tokens()


def test_an_empty_yubikey_gets_its_keys_and_opens_a_vault_through_both_modules(
    ykcs11: Desk, any_workplace: Workplace, prompt: ScriptedPrompt, tmp_path: Path
) -> None:
    card = ykcs11.insert({})
    hub = at(any_workplace, YKCS11)
    prompt.answers[SecretKind.MANAGEMENT_KEY] = FACTORY_MANAGEMENT_KEY
    opening = make_key(any_workplace, only(hub), Order(Purpose.UNLOCK))
    signing = make_key(any_workplace, only(hub), Order(Purpose.SIGN))
    assert sum("still has its maker's management key" in note for note in prompt.notes) == 2
    assert (opening.place, opening.key.id, opening.key.on_token) == ("9D", IDS[KEY_MANAGEMENT], True)
    assert (signing.place, signing.report.signs) == ("9C", True)
    assert opening.key.public_key == card.keys[KEY_MANAGEMENT].public_key
    (method,) = create_vault(any_workplace, str(tmp_path / "v.signet"), [NewToken(only(hub).label)]).methods
    assert (method.scheme, bool(method.attestation)) == (Scheme.ECDH_X, True)
    at(any_workplace, OPENSC)
    with open_vault(any_workplace, str(tmp_path / "v.signet")) as session:
        assert session.method.public_key == opening.key.public_key
    assert card.pin.left == 3


def test_what_is_there_stays_there_and_a_wrong_management_key_makes_nothing(
    ykcs11: Desk, any_workplace: Workplace, prompt: ScriptedPrompt
) -> None:
    card = ykcs11.insert({SIGNATURE: ykcs11.keys.p384, KEY_MANAGEMENT: ykcs11.keys.imported})
    # Keys that no certificate shows: made on the card, and brought to it.
    card.keys |= {0x82: ykcs11.keys.p384, 0x83: ykcs11.keys.imported}
    before, objects = dict(card.keys), dict(card.objects)
    hub = at(any_workplace, YKCS11)
    prompt.answers[SecretKind.MANAGEMENT_KEY] = FACTORY_MANAGEMENT_KEY
    for place in ("9d", "9c", "03", "82", "83"):
        with pytest.raises(errors.TokenPlaceTaken):
            make_key(any_workplace, only(hub), Order(Purpose.SIGN, place=place))
    prompt.answers[SecretKind.MANAGEMENT_KEY] = "11" * 24
    with pytest.raises(errors.ManagementKeyIncorrect):
        make_key(any_workplace, only(hub), Order(Purpose.SIGN))
    prompt.answers[SecretKind.MANAGEMENT_KEY] = "123456"
    with pytest.raises(errors.UsageError):
        make_key(any_workplace, only(hub), Order(Purpose.SIGN))
    assert (card.keys, card.objects) == (before, objects)
    prompt.answers[SecretKind.MANAGEMENT_KEY] = FACTORY_MANAGEMENT_KEY
    made = make_key(any_workplace, only(hub), Order(Purpose.SIGN, KeySpec.RSA_2048))
    assert (made.place, made.key.id) == ("9A", IDS[AUTHENTICATION])
    assert before.items() <= card.keys.items()


def test_a_key_that_was_brought_to_the_card_is_said_to_be_so(
    ykcs11: Desk, any_workplace: Workplace, prompt: ScriptedPrompt, tmp_path: Path
) -> None:
    ykcs11.insert({AUTHENTICATION: ykcs11.keys.p256_for_signing, KEY_MANAGEMENT: ykcs11.keys.imported})
    hub = at(any_workplace, YKCS11)
    report = tokens.test_token(any_workplace, only(hub).label)
    assert [key.id for key in report.brought] == [IDS[KEY_MANAGEMENT]]
    create_vault(any_workplace, str(tmp_path / "v.signet"), [NewToken(only(hub).label)])
    assert any("was not made on this card" in note for note in prompt.notes)


def answered(command: str, *lines: str) -> None:
    """Run a command as it is shown, for somebody who types these lines."""
    words = ["script", "--quiet", "--return", "--command", command, "/dev/null"]
    typed = "".join(f"{line}\n" for line in lines).encode()
    done = subprocess.run(words, input=typed, capture_output=True, timeout=60)
    assert done.returncode == 0, (command, done.stdout)


def test_through_opensc_the_commands_are_shown_and_they_work(
    ykcs11: Desk, any_workplace: Workplace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    card = ykcs11.insert({AUTHENTICATION: ykcs11.keys.p256_for_signing})
    hub = at(any_workplace, OPENSC)
    with pytest.raises(errors.TokenCannotMake) as refused:
        make_key(any_workplace, only(hub), Order(Purpose.UNLOCK))
    monkeypatch.chdir(tmp_path)
    shown = yubikey_commands("9d")
    assert set(shown) <= set(refused.value.commands)
    own = "a1" * 24
    change_pin, change_puk, change_key = FACTORY_SECRETS[1:]
    answered(change_pin, PIN, "654321", "654321")
    answered(change_puk, PUK, "87654321", "87654321")
    answered(change_key, FACTORY_MANAGEMENT_KEY, own, own)
    assert (card.pin.value, card.puk.value, card.management.key.hex()) == ("654321", "87654321", own)
    _, status, generate, throw_away, certify, bring = shown
    answered(status)
    answered(generate, own)
    answered(throw_away)
    answered(certify)
    answered(bring, own)
    hub = any_workplace.refresh_tokens()
    (key,) = (key for key in hub.keys(only(hub)) if key.id == IDS[KEY_MANAGEMENT])
    assert key.public_key == card.keys[KEY_MANAGEMENT].public_key
