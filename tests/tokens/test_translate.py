"""The whole table from a module's answers to what a person is told."""

from __future__ import annotations

import pytest
from pkcs11 import PKCS11Error, exceptions

from signet import errors
from signet.tokens.translate import translate, translate_pin


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        (exceptions.DeviceRemoved(), errors.TokenRemoved),
        (exceptions.TokenNotPresent(), errors.TokenRemoved),
        (exceptions.DeviceError(), errors.TokenOperationFailed),
        (exceptions.SlotIDInvalid(), errors.TokenRemoved),
        (exceptions.UserNotLoggedIn(), errors.TokenLoginLost),
        (exceptions.SessionHandleInvalid(), errors.TokenLoginLost),
        (exceptions.KeyHandleInvalid(), errors.TokenLoginLost),
        (exceptions.DeviceMemory(), errors.TokenFull),
        (exceptions.TokenWriteProtected(), errors.TokenFull),
        (exceptions.FunctionCancelled(), errors.Cancelled),
        (exceptions.GeneralError(), errors.TokenOperationFailed),
        (exceptions.MechanismInvalid(), errors.TokenOperationFailed),
        (PKCS11Error("0x80000001"), errors.TokenOperationFailed),
    ],
)
def test_each_answer_has_its_meaning(answer: PKCS11Error, meaning: type[errors.SignetError]) -> None:
    assert type(translate(answer, operation="sign", present=True)) is meaning
    if meaning is not errors.Cancelled:
        assert type(translate(answer, operation="sign", present=False)) is errors.TokenRemoved


def test_the_code_is_named_and_foreign_text_is_not_repeated() -> None:
    known = translate(exceptions.MechanismInvalid("canary"), operation="sign", present=True)
    assert known.details == {"operation": "sign", "code": "MechanismInvalid"}
    unknown = translate(PKCS11Error("0x80000001"), operation="sign", present=True)
    assert unknown.details["code"] == "0x80000001"
    other = translate(PKCS11Error("canary"), operation="sign", present=True)
    assert "canary" not in str(other)


@pytest.mark.parametrize("final", [True, False])
def test_pin_answers(final: bool) -> None:
    wrong = translate_pin(exceptions.PinIncorrect(), token="t", final_try=final, present=True)
    assert wrong.details == {"token": "t", "attempts_left": None, "final_try": final}
    for answer, meaning in (
        (exceptions.PinLocked(), errors.PinLocked),
        (exceptions.PinLenRange(), errors.PinLengthInvalid),
        (exceptions.PinInvalid(), errors.PinLengthInvalid),
        (exceptions.ArgumentsBad(), errors.PinLengthInvalid),
        (exceptions.TokenNotPresent(), errors.TokenRemoved),
    ):
        assert type(translate_pin(answer, token="t", final_try=final, present=True)) is meaning
