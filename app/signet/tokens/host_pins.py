"""The PINs of a token: what it says of them, changing the user's, setting it anew. Runs only in the child process.

How a PIN is set anew differs. PKCS#11 (v3.0, 5.6.4 and 5.6.5) has the security officer log in and call C_InitPIN:
SoftHSM and tpm2-pkcs11 do it so. PIV cards and many others have a PUK, which is sent together with the new PIN;
OpenSC takes it as the old PIN of a C_SetPIN in a session that nobody logged in to, if its configuration says so.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping

from pkcs11 import PKCS11Error, Token, TokenFlag, exceptions

from signet import errors
from signet.tokens.cryptoki import SECURITY_OFFICER, USER, Cryptoki
from signet.tokens.slots import Slots
from signet.tokens.translate import translate, translate_new_pin, translate_puk

#: ykcs11 calls a PIN of the wrong length a bad argument.
_ABOUT_THE_PIN = (
    exceptions.PinIncorrect,
    exceptions.PinLocked,
    exceptions.PinLenRange,
    exceptions.PinInvalid,
    exceptions.ArgumentsBad,
)
_LONGEST = 255  # bytes; a module that names more, or nothing, has no limit that a person would meet


@contextlib.contextmanager
def copies(*secrets: bytes | None) -> Iterator[tuple[bytearray | None, ...]]:
    """Buffers with what was sent to the child, wiped at the end."""
    made = tuple(None if secret is None else bytearray(secret) for secret in secrets)
    try:
        yield made
    finally:
        for copy in made:
            if copy is not None:
                copy[:] = bytes(len(copy))


class HostPins:
    """The requests of the parent that are about PINs; what it is given are the host's own."""

    def __init__(
        self,
        *,
        module: Callable[[], tuple[Cryptoki, Slots]],
        logout: Callable[[int], None],
        pin_error: Callable[[PKCS11Error, int, str], errors.SignetError],
        holds: Callable[[int, str, PKCS11Error], bool],
    ) -> None:
        self._module, self._logout, self._pin_error, self._holds = module, logout, pin_error, holds

    def methods(self) -> Mapping[str, Callable[..., object]]:
        """What the child answers."""
        return {"pin_rules": self.pin_rules, "change_pin": self.change_pin, "reset_pin": self.reset_pin}

    def pin_rules(self, slot: int, serial: str) -> dict[str, object]:
        """What the token says of its PINs; see `rules`."""
        with self._asked("say which PINs it takes", slot, serial) as (cryptoki, token):
            return rules(cryptoki, slot, token)

    def change_pin(self, slot: int, serial: str, old: bytes | None, new: bytes | None) -> None:
        """Change the user's PIN; a login in that slot ends. See `change`."""
        self._logout(slot)
        with copies(old, new) as (before, after), self._asked("change the PIN", slot, serial) as (cryptoki, token):
            change(cryptoki, slot, token, before, after)

    def reset_pin(self, slot: int, serial: str, puk: bytes | None, new: bytes | None, what: str, how: str) -> None:
        """Set the user's PIN anew; a login in that slot ends. See `reset`."""
        self._logout(slot)
        with copies(puk, new) as (secret, after), self._asked("unblock the PIN", slot, serial) as (cryptoki, token):
            reset(cryptoki, slot, token, puk=secret, new=after, what=what, how=how)

    @contextlib.contextmanager
    def _asked(self, name: str, slot: int, serial: str) -> Iterator[tuple[Cryptoki, Token]]:
        cryptoki, slots = self._module()
        try:
            yield cryptoki, slots.token(slot, serial)
        except errors.NewPinRefused as refusal:
            # The answer to a PIN that the card does not like may be the answer of a card that was pulled.
            if isinstance(refusal.__cause__, PKCS11Error) and not self._holds(slot, serial, refusal.__cause__):
                raise errors.TokenRemoved from refusal
            raise
        except _ABOUT_THE_PIN as error:
            raise self._pin_error(error, slot, serial) from error
        except PKCS11Error as error:
            raise translate(error, operation=name, present=self._holds(slot, serial, error)) from error


def rules(cryptoki: Cryptoki, slot: int, token: Token) -> dict[str, object]:
    """Return the lengths of a user PIN in bytes (0: not known) and what the token says of the SO PIN's counter."""
    shortest, longest = cryptoki.pin_lengths(slot)
    flags = token.flags
    if flags & TokenFlag.SO_PIN_LOCKED:
        officer = "locked"
    elif flags & TokenFlag.SO_PIN_FINAL_TRY:
        officer = "final"
    else:
        officer = "low" if flags & TokenFlag.SO_PIN_COUNT_LOW else "ok"
    sane = 0 < longest <= _LONGEST and shortest <= longest
    return {"shortest": shortest if sane else 0, "longest": longest if sane else 0, "officer": officer}


def change(cryptoki: Cryptoki, slot: int, token: Token, old: bytearray | None, new: bytearray | None) -> None:
    """C_Login, then C_SetPIN; None for both on a reader with a keypad, which asks for the old one twice.

    OpenSC sets a PIN only in a session that is logged in; so a wrong one is told by C_Login, as everywhere. Raises
    what C_Login answers as it is, and NewPinRefused.
    """
    with _alone(cryptoki, slot):
        session = token.open(rw=True)
        cryptoki.login(session, USER, old)
        with _setting(token):
            cryptoki.set_pin(session, old, new)


def reset(
    cryptoki: Cryptoki, slot: int, token: Token, *, puk: bytearray | None, new: bytearray | None, what: str, how: str
) -> None:
    """Set the user's PIN with the PUK (``how`` is "puk") or the SO PIN ("officer"), called ``what``.

    Raises PukIncorrect, PukLocked, PukLengthInvalid, NewPinRefused; as it is what says that the module cannot do it.
    """
    with _alone(cryptoki, slot):
        session = token.open(rw=True)
        if how == "puk":
            with _unblocking(token, what):
                cryptoki.set_pin(session, puk, new)
            return
        with _unblocking(token, what):
            cryptoki.login(session, SECURITY_OFFICER, puk)
        # OpenSC only keeps the SO PIN of a SmartCard-HSM at the login; the card sees it together with the new PIN.
        with _setting(token), _unblocking(token, what, only=(exceptions.PinIncorrect, exceptions.PinLocked)):
            cryptoki.initialise_pin(session, new)


@contextlib.contextmanager
def _alone(cryptoki: Cryptoki, slot: int) -> Iterator[None]:
    """No session from before, with a login in it, and none after."""
    with contextlib.suppress(PKCS11Error):
        cryptoki.close_all_sessions(slot)
    try:
        yield
    finally:
        with contextlib.suppress(PKCS11Error):
            cryptoki.close_all_sessions(slot)


@contextlib.contextmanager
def _setting(token: Token) -> Iterator[None]:
    try:
        yield
    except PKCS11Error as error:
        refusal = translate_new_pin(error, token=token.label)
        if refusal is None:
            raise
        raise refusal from error


@contextlib.contextmanager
def _unblocking(token: Token, what: str, *, only: tuple[type[PKCS11Error], ...] = (PKCS11Error,)) -> Iterator[None]:
    try:
        yield
    except only as error:
        wrong = isinstance(error, exceptions.PinIncorrect)
        final = wrong and bool(token.slot.get_token().flags & TokenFlag.SO_PIN_FINAL_TRY)
        refusal = translate_puk(error, token=token.label, what=what, final_try=final)
        if refusal is None:
            raise
        raise refusal from error
