"""The border where PKCS#11's answers become Signet's errors; runs only in the child process."""

from __future__ import annotations

from pkcs11 import PKCS11Error, exceptions

from signet import errors

#: The token itself is gone, or the session died with it.
_GONE = (
    exceptions.DeviceRemoved,
    exceptions.TokenNotPresent,
    exceptions.TokenNotRecognised,
    exceptions.SlotIDInvalid,
)
#: A failure, or a card that was just pulled: OpenSC says the first, ykcs11 the other two, of both.
UNCLEAR = (
    exceptions.GeneralError,
    exceptions.FunctionFailed,
    exceptions.DeviceError,
)
#: The token may be there, the login is not. OpenSC and others answer these after another program's reset as well.
_LOGGED_OUT = (
    exceptions.UserNotLoggedIn,
    exceptions.SessionHandleInvalid,
    exceptions.SessionClosed,
    exceptions.KeyHandleInvalid,
    exceptions.ObjectHandleInvalid,
)
_FULL = (
    exceptions.DeviceMemory,
    exceptions.TokenWriteProtected,
    exceptions.SessionReadOnly,
)
#: A PIN that is not the right one, or cannot be. ykcs11 calls one of an impossible length a bad argument.
WRONG_PIN = (exceptions.PinIncorrect, exceptions.PinLenRange, exceptions.PinInvalid, exceptions.ArgumentsBad)
#: What a damaged ciphertext may be answered with. SoftHSM and OpenSC also say GeneralError, which proves little.
BAD_CIPHERTEXT = (
    exceptions.EncryptedDataInvalid,
    exceptions.EncryptedDataLenRange,
    exceptions.DataInvalid,
    exceptions.DataLenRange,
    exceptions.GeneralError,
    exceptions.FunctionFailed,
)


def code_of(error: PKCS11Error) -> str:
    """Name the answer in words that can be looked up; never the exception's own text, except a bare number."""
    if type(error) is PKCS11Error and str(error).startswith("0x"):
        return str(error)[:10]
    return type(error).__name__


def translate(error: PKCS11Error, *, operation: str, present: bool) -> errors.SignetError:
    """Say what the module's answer to ``operation`` means; ``present`` is whether the token can still be seen."""
    if isinstance(error, exceptions.FunctionCancelled):
        return errors.Cancelled()
    if not present or isinstance(error, _GONE):
        return errors.TokenRemoved()
    if isinstance(error, _LOGGED_OUT):
        return errors.TokenLoginLost()
    if isinstance(error, _FULL):
        return errors.TokenFull()
    return errors.TokenOperationFailed(operation=operation, code=code_of(error))


def translate_pin(error: PKCS11Error, *, token: str, final_try: bool, present: bool) -> errors.SignetError:
    """Say what the answer to a PIN means; ``final_try`` is what the token's flags say after the try."""
    if isinstance(error, exceptions.PinIncorrect):
        return errors.PinIncorrect(token=token, attempts_left=None, final_try=final_try)
    if isinstance(error, exceptions.PinLocked):
        return errors.PinLocked(token=token)
    # ykcs11 calls a PIN with fewer than 6 or more than 8 characters a bad argument, and spends no try.
    if isinstance(error, exceptions.PinLenRange | exceptions.PinInvalid | exceptions.ArgumentsBad):
        return errors.PinLengthInvalid(token=token)
    return translate(error, operation="log in", present=present)


#: The module or the card cannot do it at all, or nothing was tried.
_NOT_DONE = (exceptions.FunctionNotSupported, exceptions.FunctionRejected, exceptions.FunctionCancelled, *_GONE)
_WRONG_LENGTH = (exceptions.PinLenRange, exceptions.PinInvalid, exceptions.ArgumentsBad)


def translate_new_pin(error: PKCS11Error, *, token: str) -> errors.SignetError | None:
    """Say what the answer to a new PIN means, once the old one was taken; None if it is not about the PIN.

    ykcs11 says DeviceError of a PIN that the card refuses; whether the card is still there has to be looked at.
    """
    if isinstance(error, (*_NOT_DONE, *_LOGGED_OUT)):
        return None
    return errors.NewPinRefused(token=token, code=code_of(error))


def translate_puk(error: PKCS11Error, *, token: str, what: str, final_try: bool) -> errors.SignetError | None:
    """Say what the answer to a PUK or SO PIN means; None if it is about neither that nor the new PIN."""
    if isinstance(error, exceptions.PinIncorrect):
        return errors.PukIncorrect(token=token, what=what, final_try=final_try)
    if isinstance(error, exceptions.PinLocked):
        return errors.PukLocked(token=token, what=what)
    if isinstance(error, _WRONG_LENGTH):
        return errors.PukLengthInvalid(token=token, what=what)
    if isinstance(error, exceptions.DataInvalid | exceptions.DataLenRange | exceptions.PinTooWeak):
        return errors.NewPinRefused(token=token, code=code_of(error))
    return None
