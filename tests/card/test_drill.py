"""The recovery drill with a card: one PIN a try; a card that is away; two keys of one card are one card."""

from __future__ import annotations

from pathlib import Path

import pytest

from signet import errors
from signet.formats.header import MethodKind
from signet.services import adopting
from signet.services.creation import create_vault
from signet.services.drill import Status, drill, outlook, practise
from signet.services.enrolment import NewRecoveryCode, NewToken
from signet.services.loss import Answer, Proof
from signet.services.methods import add_method, list_methods
from signet.services.opening import open_vault
from signet.services.presenting import Selection
from signet.services.prompt import SecretKind
from signet.services.session import Session
from signet.services.workplace import Workplace
from support.card.modules import OPENSC, YKCS11, module_path
from support.card.piv import PIN, SIGNATURE
from support.clock import SettableClock
from support.prompt import ScriptedPrompt

from .conftest import IDS, Desk, only

DAY = 24 * 3600.0


def create(workplace: Workplace, prompt: ScriptedPrompt, folder: Path) -> str:
    """Make a vault that the card in the reader and a recovery code open; return where it is."""
    path, code = str(folder / "mine.signet"), folder / "code"
    create_vault(workplace, path, [NewToken(only(workplace.hub).label), NewRecoveryCode(str(code))])
    prompt.answers |= dict.fromkeys((SecretKind.RECOVERY_CODE, SecretKind.OTHER_SECRET), code.read_text())
    return path


def opened_by_code(workplace: Workplace, path: str) -> Session:
    return open_vault(workplace, path, selection=Selection(recovery=True), administer=True)


def card_id(session: Session) -> str:
    return next(method.id for method in session.header.methods if method.kind is MethodKind.TOKEN)


def test_the_card_opens_the_copy_with_one_pin(
    desk: Desk, workplace: Workplace, prompt: ScriptedPrompt, tmp_path: Path, clock: SettableClock
) -> None:
    card = desk.insert(desk.keys.elliptic)
    path = create(workplace, prompt, tmp_path)
    clock.advance(400 * DAY)
    with opened_by_code(workplace, path) as session:
        assert outlook(session)[0].answer is Answer.YES  # the code has opened the vault just now
        desk.reader.log.clear()
        results = drill(session, offer=lambda _: None, told=lambda _: None)
        assert [(each.method.kind, each.status) for each in results] == [
            (MethodKind.RECOVERY_CODE, Status.DONE),
            (MethodKind.TOKEN, Status.DONE),
        ]
        assert (desk.reader.pins_sent, card.pin.left) == (1, 3)
        assert {view.proof(clock.now()) for view in list_methods(session)} == {Proof.PROVEN}


def test_a_wrong_pin_costs_one_try_and_is_remembered(
    desk: Desk, workplace: Workplace, prompt: ScriptedPrompt, tmp_path: Path, clock: SettableClock
) -> None:
    card = desk.insert(desk.keys.elliptic)
    path = create(workplace, prompt, tmp_path)
    clock.advance(DAY)
    with opened_by_code(workplace, path) as session:
        prompt.answers[SecretKind.TOKEN_PIN] = "000000"
        desk.reader.log.clear()
        with pytest.raises(errors.PinIncorrect):
            practise(session, card_id(session))
        assert (desk.reader.pins_sent, card.pin.left) == (1, 2)
        assert list_methods(session)[0].proof(clock.now()) is Proof.FAILED
        clock.advance(60)
        prompt.answers[SecretKind.TOKEN_PIN] = PIN
        practise(session, card_id(session))
        assert list_methods(session)[0].proof(clock.now()) is Proof.PROVEN


def test_a_card_that_was_put_away_is_left_out_and_its_key_is_named(
    desk: Desk, workplace: Workplace, prompt: ScriptedPrompt, tmp_path: Path
) -> None:
    desk.insert(desk.keys.elliptic)
    path = create(workplace, prompt, tmp_path)
    with open_vault(workplace, path) as session:
        adopting.adopt(session, only(workplace.hub).label, IDS[SIGNATURE].hex(), "letters")
    desk.reader.remove()
    with opened_by_code(workplace, path) as session:
        results = drill(session, [card_id(session)], offer=lambda _: None, told=lambda _: None)
        assert [(each.status, type(each.error)) for each in results] == [(Status.SKIPPED, errors.TokenNotFound)]
        (loss,) = outlook(session)
        assert (loss.answer, [key.alias for key in loss.keys]) == (Answer.YES, ["letters"])


def test_two_keys_of_one_yubikey_are_one_card_whatever_each_module_calls_it(
    ykcs11: Desk, any_workplace: Workplace, prompt: ScriptedPrompt, tmp_path: Path, clock: SettableClock
) -> None:
    workplace, card = any_workplace, ykcs11.insert(ykcs11.keys.everything)

    def through(module: str) -> str:
        workplace.module = module_path(module)
        workplace.refresh_tokens()
        return only(workplace.hub).label

    label = through(OPENSC)
    path = create(workplace, prompt, tmp_path)
    workplace.close()
    label = through(YKCS11)
    with opened_by_code(workplace, path) as session:
        second = add_method(session, NewToken(label, IDS[0x83].hex()))
        serials = {view.card.serial for view in list_methods(session) if view.card is not None}
        assert len(serials) == 2  # OpenSC and ykcs11 do not agree
        code = next(method.id for method in session.header.methods if method.kind is MethodKind.RECOVERY_CODE)
        assert {loss.card for loss in outlook(session)} == {outlook(session)[0].card}
        assert [way.id for way in outlook(session)[0].left] == [code]
        practise(session, second.id)
    ykcs11.reader.remove()
    with opened_by_code(workplace, path) as session:  # the card is away, and it is still known
        (loss,) = outlook(session)
        assert len(loss.gone) == 2
        assert [way.id for way in loss.left] == [code]
    assert card.pin.left == 3
