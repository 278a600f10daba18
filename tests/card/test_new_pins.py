"""PINs changed and cards unblocked by Signet, and what the other module then sees of the same card."""

from __future__ import annotations

from pathlib import Path

import pytest

from signet import errors
from signet.secret import Secret
from signet.services.prompt import SecretKind
from signet.services.token_pins import FEW_TRIES, change_pin, unblock
from signet.services.workplace import Workplace
from signet.tokens.hub import TokenHub
from signet.tokens.model import PinState
from support.card.modules import OPENSC, YKCS11, module_path
from support.card.piv import PIN, PUK, PivApplication
from support.card.vpcd import Disturbance, Reader
from support.card.yubikey import YubiKeyApplication
from support.command_line import call
from support.prompt import ScriptedPrompt

from .conftest import Desk, only

NEW = "654321"
WRONG = "000000"
_CHANGE, _RESET = 0x24, 0x2C


def insert_yubikey(desk: Desk) -> PivApplication:
    """A card that both modules know."""
    card = YubiKeyApplication(name="Card 1", guid=bytes([1]) * 16, keys=desk.keys.elliptic)
    desk.reader.insert(card)
    return card


def other_module(desk: Desk) -> str:
    return module_path(OPENSC if YKCS11 in desk.module else YKCS11)


def opens(hub: TokenHub, pin: str) -> None:
    with hub.login(only(hub), Secret.from_text(pin)) as session:
        assert session.keys()


def test_a_changed_pin_holds_in_both_modules(desk: Desk, workplace: Workplace, prompt: ScriptedPrompt) -> None:
    card = insert_yubikey(desk)
    with TokenHub([other_module(desk)]) as other:
        assert only(other).pin_state is PinState.OK
        token = only(workplace.hub)
        for new, complaint in (("1", errors.NewPinInvalid), ("123456789", errors.NewPinInvalid)):
            prompt.answers[SecretKind.NEW_PIN] = new
            with pytest.raises(complaint):
                change_pin(workplace, token)
        assert desk.reader.pins_sent == 0
        prompt.answers |= {SecretKind.PIN: WRONG, SecretKind.NEW_PIN: NEW}
        with pytest.raises(errors.PinIncorrect):
            change_pin(workplace, token)
        assert (desk.reader.pins_sent, card.pin.left, card.pin.value) == (1, 2, PIN)
        prompt.answers[SecretKind.PIN] = PIN
        desk.reader.disturbances.append(Disturbance(_CHANGE, status=0x6A80))
        with pytest.raises(errors.NewPinRefused):
            change_pin(workplace, token)
        changed = change_pin(workplace, token)
        assert (card.pin.value, card.pin.left, changed.pin_state) == (NEW, 3, PinState.OK)
        assert only(workplace.hub).pin_state is PinState.OK
        opens(workplace.hub, NEW)
        opens(other, NEW)


def test_a_blocked_pin_is_set_anew_by_the_puk(desk: Desk, workplace: Workplace, prompt: ScriptedPrompt) -> None:
    card = insert_yubikey(desk)
    if YKCS11 in desk.module:
        token = only(workplace.hub)
        with pytest.raises(errors.PinToolNeeded, match="ykman piv access unblock-pin"):
            unblock(workplace, token)
        assert prompt.asked == []
        workplace.close()
        workplace.module = None  # both modules, as they are found; the card is ykcs11's, and OpenSC sees it too
    card.pin.left = 0
    token = next(seen for seen in workplace.hub.tokens() if seen.initialised)
    assert token.module == desk.module
    with pytest.raises(errors.PinLocked):
        change_pin(workplace, token)
    prompt.answers |= {SecretKind.NEW_PIN: NEW, SecretKind.PUK: "1"}
    with pytest.raises(errors.PukLengthInvalid):
        unblock(workplace, token)
    prompt.answers[SecretKind.PUK] = "87654321"
    with pytest.raises(errors.PukIncorrect, match="PUK of “"):
        unblock(workplace, token)
    assert (card.puk.left, card.pin.left, desk.reader.pins_sent) == (2, 0, 0)
    assert prompt.asked[-2].warning == FEW_TRIES
    prompt.answers[SecretKind.PUK] = PUK
    desk.reader.disturbances.append(Disturbance(_RESET, status=0x6A80))
    with pytest.raises(errors.NewPinRefused):
        unblock(workplace, token)
    assert unblock(workplace, token).pin_state is PinState.OK
    assert (card.pin.value, card.pin.left, card.puk.left) == (NEW, 3, 3)
    with TokenHub([module_path(OPENSC)]) as one, TokenHub([module_path(YKCS11)]) as two:
        for hub in (one, two):
            assert only(hub).pin_state is PinState.OK
            opens(hub, NEW)
    card.puk.left = 0
    with pytest.raises(errors.PukLocked):
        unblock(workplace, token)


def test_a_card_without_certificates_is_known_to_opensc_by_its_reader(ykcs11: Desk, reader: Reader) -> None:
    """OpenSC shows no key of it, and another serial number than ykcs11."""
    card = YubiKeyApplication(name="Card 1", guid=bytes([1]) * 16, keys=ykcs11.keys.elliptic, certified=False)
    reader.insert(card)
    card.pin.left = 0
    with TokenHub([ykcs11.module, module_path(OPENSC)]) as hub:
        token = next(seen for seen in hub.tokens() if seen.module == ykcs11.module)
        hub.pins(token).unblock(Secret.from_text(PUK), Secret.from_text(NEW))
        assert (card.pin.value, card.pin.left) == (NEW, 3)


def test_wrong_wrong_insisted_blocked_and_back_on_the_command_line(opensc: Desk, tmp_path: Path) -> None:
    card = opensc.insert(opensc.keys.elliptic)
    files = {name: tmp_path / name for name in ("pin", "wrong", "new", "puk", "code")}
    for name, text in (("pin", PIN), ("wrong", WRONG), ("new", NEW), ("puk", PUK)):
        files[name].write_text(text)
    module, place = ("--module", opensc.module), ("--vault", tmp_path / "mine.signet")
    name = call("token", "list", *module, "--json").json["items"][0]["label"]
    made = call(
        "vault", "create", place[1], *module, "--token", name, "--pin-file", files["pin"],
        "--recovery-code-file", files["code"],
    )  # fmt: skip
    assert made.status == 0, made.err
    new = ("--new-pin-file", files["new"])
    wrong = ("token", "change-pin", name, *module, "--pin-file", files["wrong"], *new)
    assert "most cards block themselves" in call(*wrong).err
    assert "Only one try is left" in call(*wrong).err
    assert call(*wrong, "--json").error["type"] == "ConfirmationMissing"
    assert card.pin.left == 1
    assert call(*wrong, "--yes", "--json").error["type"] == "PinLocked"
    blocked = call(*wrong, "--yes")
    assert (blocked.status, card.pin.left) == (3, 0)
    assert "signet token unblock" in blocked.err
    unblocked = call("token", "unblock", name, *module, "--puk-file", files["puk"], *new)
    assert (unblocked.status, unblocked.err) == (0, "")
    assert unblocked.out == f"“{name}” is unblocked; the new PIN holds.\n"
    opened = call("key", "list", *place, *module, "--pin-file", files["new"])
    assert opened.status == 0, opened.err
    back = call(
        "token", "change-pin", name, *module, "--pin-file", files["new"], "--new-pin-file", files["pin"], "--json"
    )
    assert (back.status, back.json["pin_state"], card.pin.value) == (0, "ok", PIN)
