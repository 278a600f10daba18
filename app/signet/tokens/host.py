"""The child that hosts one PKCS#11 module, on one thread; the parent talks to it through `signet.child`.

PKCS#11 modules are foreign C code that may crash, hang or write over memory, and python-pkcs11 initialises them
without locking, so nothing else lives here and only the main thread calls in. A token is addressed by slot and serial
number: a card that was exchanged for another is never mistaken for the first. The login lives in one anchor session
per token; every operation has a session of its own that inherits the login and is closed whatever happened in it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pkcs11
from pkcs11 import PKCS11Error, Session, TokenFlag, exceptions

from signet import errors
from signet.child import harden, serve
from signet.tokens import host_making, host_objects, host_operations
from signet.tokens.cryptoki import SECURITY_OFFICER, USER, Cryptoki
from signet.tokens.host_pins import HostPins, copies
from signet.tokens.slots import Slots
from signet.tokens.translate import UNCLEAR, WRONG_PIN, code_of, translate, translate_pin

if TYPE_CHECKING:
    from pkcs11._pkcs11 import lib as Library  # noqa: N812 - a class with a lower-case name

_PROBE_BITS = 64


@dataclass
class _Login:
    number: int
    serial: str
    session: Session


@dataclass(frozen=True)
class _Module:
    library: Library
    cryptoki: Cryptoki
    slots: Slots


class Host:
    """One loaded module and the logins in it."""

    def __init__(self) -> None:
        self._path = ""
        self._module: _Module | None = None
        self._logins: dict[int, _Login] = {}
        self._count = 0
        self.pins = HostPins(
            module=lambda: (self._loaded.cryptoki, self._loaded.slots),
            logout=self.logout,
            pin_error=self._pin_error,
            holds=self._holds,
        )

    def load(self, module: str) -> None:
        """Load and initialise the module; raise ModuleNotFound or ModuleUnusable.

        The real path, because a module that is loaded a second time by another name refuses to start.
        """
        self._path = os.path.realpath(module)
        if not module or not Path(self._path).exists():
            raise errors.ModuleNotFound(module=module)
        if not Path(self._path).is_file():
            raise errors.ModuleUnusable(module=module, reason="it is not a file")
        try:
            library = pkcs11.lib(self._path)
        except PKCS11Error as error:
            reason = "it does not start"
            if str(error).startswith(("OS exception", "Unknown exception")):
                reason = "it is not a PKCS#11 library, or a library that it needs is missing"
            raise errors.ModuleUnusable(module=module, reason=reason) from error
        slots = Slots(library, self._path, ended=self._logins.clear)
        self._module = _Module(library, Cryptoki(self._path), slots)

    @property
    def _loaded(self) -> _Module:
        if self._module is None:
            raise errors.ModuleUnusable(module=self._path, reason="it was not loaded")
        return self._module

    def tokens(self) -> list[dict[str, object]]:
        """Describe every token that is present; readers without a card, and cards it cannot read, are left out."""
        try:
            return self._loaded.slots.described(logged_in=bool(self._logins))
        except PKCS11Error as error:
            reason = f"it cannot say which cards are there ({code_of(error)})"
            raise errors.ModuleUnusable(module=self._path, reason=reason) from error

    def refresh(self, slot: int, serial: str) -> dict[str, object]:
        """Describe one token with its PIN counter as it is now, which another program may have changed."""
        try:
            return self._loaded.slots.describe(slot, serial, logged_in=bool(self._logins))
        except PKCS11Error as error:
            raise translate(error, operation="say how it is", present=self._holds(slot, serial)) from error

    def objects(self, slot: int, serial: str) -> list[dict[str, object]]:
        """Read the keys and certificates of a token; private ones show if it is logged in."""
        with self._operation("read the keys", slot, serial) as session:
            return host_objects.read_objects(session)

    def private_objects(self, slot: int, serial: str, login: int) -> list[dict[str, object]]:
        """Read them within a login that must still be in force."""
        with self._operation("read the keys", slot, serial, login=login) as session:
            return host_objects.read_objects(session)

    def login(self, slot: int, serial: str, pin: bytes | None) -> int:
        """Log in and return the login's number; an earlier one is ended first, so that the PIN is really checked."""
        cryptoki = self._loaded.cryptoki
        self.logout(slot)
        try:
            with copies(pin) as (typed,):
                token = self._loaded.slots.token(slot, serial)
                session = token.open()
                try:
                    cryptoki.login(session, USER, typed)
                except exceptions.UserAlreadyLoggedIn:
                    cryptoki.close_all_sessions(slot)
                    session = token.open()
                    cryptoki.login(session, USER, typed)
        except PKCS11Error as error:
            with contextlib.suppress(PKCS11Error):
                cryptoki.close_all_sessions(slot)
            raise self._pin_error(error, slot, serial) from error
        self._count += 1
        self._logins[slot] = _Login(self._count, serial, session)
        return self._count

    def logout(self, slot: int, login: int | None = None) -> None:
        """End the login in ``slot``, if there is one and it is the one named; never fails."""
        known = self._logins.get(slot)
        if known is None or (login is not None and known.number != login):
            return
        del self._logins[slot]
        cryptoki = self._loaded.cryptoki
        with contextlib.suppress(PKCS11Error):
            cryptoki.logout(known.session)
        with contextlib.suppress(PKCS11Error):
            cryptoki.close_all_sessions(slot)

    def agree(self, slot: int, serial: str, login: int, key: bytes, point: bytes, size: int) -> bytes:
        """ECDH; see `host_operations.agree`."""
        with self._operation("agree on a secret", slot, serial, login=login) as session:
            return host_operations.agree(session, key, point, size)

    def decrypt(
        self, slot: int, serial: str, login: int, key: bytes, ciphertext: bytes, mechanism: str
    ) -> bytes | None:
        """RSA; None for a bad ciphertext, an error if the token went away meanwhile."""
        cryptoki = self._loaded.cryptoki
        with self._operation("decrypt", slot, serial, login=login) as session:
            plain = host_operations.decrypt(session, cryptoki, key, ciphertext, mechanism)
            if plain is None and self._loaded.slots.stays:
                session.generate_random(_PROBE_BITS)  # which fails if it was not the ciphertext that was bad
        # The answer to a bad ciphertext may be the answer of a card that was pulled.
        if plain is None and not self._loaded.slots.holds(slot, serial, settled=True):
            raise errors.TokenRemoved
        return plain

    def sign(
        self,
        slot: int,
        serial: str,
        login: int,
        key: bytes,
        kind: str,
        data: bytes,
        pin: bytes | None,
        on_reader: bool,
        pss: str,
    ) -> bytes:
        """Sign what is already hashed; see `host_operations.sign`."""
        cryptoki = self._loaded.cryptoki
        with copies(pin) as (typed,), self._operation("sign", slot, serial, login=login) as session:
            return host_operations.sign(session, cryptoki, key, kind, data, pin=typed, on_reader=on_reader, pss=pss)

    def generate(self, slot: int, serial: str, login: int, pair: dict[str, Any]) -> bytes:
        """Make a key pair on the token and return its id; ``pair`` as `host_making.generate` takes it."""
        with self._operation("make a key", slot, serial, login=login, write=True) as session:
            return host_making.generate(session, self._loaded.cryptoki, module=self._path, **pair)

    def generate_as_officer(self, slot: int, serial: str, officer: bytes, pair: dict[str, Any]) -> bytes:
        """The same where the security officer alone may make keys; every login on the token ends."""
        cryptoki = self._loaded.cryptoki
        self.logout(slot)
        typed = bytearray(officer)
        try:
            with self._operation("make a key", slot, serial, write=True) as session:
                try:
                    cryptoki.login(session, SECURITY_OFFICER, typed)
                except WRONG_PIN as error:
                    raise errors.ManagementKeyIncorrect(token=serial) from error
                return host_making.generate(session, cryptoki, module=self._path, **pair)
        finally:
            typed[:] = bytes(len(typed))
            with contextlib.suppress(PKCS11Error):
                cryptoki.close_all_sessions(slot)

    def mechanisms(self, slot: int, serial: str) -> list[dict[str, object]]:
        """Return what the token's module says it can compute, and with keys of which sizes."""
        with self._operation("say what it can do", slot, serial) as session:
            return host_objects.read_mechanisms(session)

    def guarded(self, slot: int, serial: str, login: int, key: bytes, kind: str) -> bool:
        """Whether the private key is CKA_PRIVATE."""
        with self._operation("read the keys", slot, serial, login=login) as session:
            return host_operations.is_guarded(session, key, kind)

    def initialise(self, label: str, so_pin: bytes, pin: bytes) -> str:
        """Make a new token in the first blank slot (SoftHSM has one always) and return its serial number."""
        library, cryptoki, slots = self._loaded.library, self._loaded.cryptoki, self._loaded.slots
        officer, user = bytearray(so_pin), bytearray(pin)
        try:
            blank = [s for s in library.get_slots() if not s.get_token().flags & TokenFlag.TOKEN_INITIALIZED]
            if not blank:
                raise errors.TokenFull
            slot = blank[0].slot_id
            cryptoki.initialise_token(slot, so_pin=officer, label=label)
            session = blank[0].get_token().open(rw=True)
            cryptoki.login(session, SECURITY_OFFICER, officer)
            cryptoki.initialise_pin(session, user)
            serial = host_objects.serial_of(blank[0].get_token())
            cryptoki.logout(session)
            cryptoki.close_all_sessions(slot)
            # Only a fresh start gives the new token the slot id that it keeps.
            slots.restart()
            return serial
        except PKCS11Error as error:
            raise translate_pin(error, token=label, final_try=False, present=True) from error
        finally:
            officer[:] = bytes(len(officer))
            user[:] = bytes(len(user))

    def close(self) -> None:
        """Log out everywhere and finalise the module."""
        for slot in list(self._logins):
            self.logout(slot)
        if self._module is not None:
            with contextlib.suppress(PKCS11Error):
                self._module.library.finalize()

    @contextlib.contextmanager
    def _operation(
        self, name: str, slot: int, serial: str, *, login: int | None = None, write: bool = False
    ) -> Iterator[Session]:
        """Open a session for one operation; ``login`` must still be the one in force. Translates what goes wrong."""
        try:
            token = self._loaded.slots.token(slot, serial)
            if login is not None and (slot not in self._logins or self._logins[slot].number != login):
                raise errors.TokenLoginLost
            session = token.open(rw=write)
            try:
                # Another program, or a wrong PIN in between, may have ended the login; private keys then just vanish.
                if login is not None and not self._loaded.cryptoki.is_logged_in(session):
                    raise errors.TokenLoginLost
                yield session
            finally:
                # After a failure some modules leave the operation active for ever; the session ends with it.
                with contextlib.suppress(PKCS11Error):
                    session.close()
        except PKCS11Error as error:
            if isinstance(error, exceptions.PinIncorrect | exceptions.PinLocked | exceptions.PinLenRange):
                raise self._pin_error(error, slot, serial) from error
            present = self._holds(slot, serial, error)
            if present and login is not None and isinstance(error, UNCLEAR) and not self._still_in(slot, login):
                raise errors.TokenLoginLost from error
            raise translate(error, operation=name, present=present) from error

    def _holds(self, slot: int, serial: str, error: PKCS11Error | None = None) -> bool:
        """Whether the token is still there; after an ``error`` that leaves it open, with time for the reader."""
        if isinstance(error, UNCLEAR):
            self._loaded.slots.failed()
        return self._loaded.slots.holds(slot, serial, settled=isinstance(error, UNCLEAR))

    def _still_in(self, slot: int, login: int) -> bool:
        """Whether that login is in force and the module believes so too."""
        known = self._logins.get(slot)
        if known is None or known.number != login:
            return False
        try:
            return self._loaded.cryptoki.is_logged_in(known.session)
        except PKCS11Error:
            return False

    def _pin_error(self, error: PKCS11Error, slot: int, serial: str) -> errors.SignetError:
        if not self._holds(slot, serial, error):
            return translate_pin(error, token=serial, final_try=False, present=False)
        try:
            token = self._loaded.slots.token(slot, serial)
        except (PKCS11Error, errors.TokenRemoved):
            return translate_pin(error, token=serial, final_try=False, present=False)
        final = bool(token.flags & TokenFlag.USER_PIN_FINAL_TRY)
        return translate_pin(error, token=token.label, final_try=final, present=True)


def main() -> int:
    """Run as the child: answer until the parent goes away; return the exit status."""
    harden()
    host = Host()
    methods = (
        "load",
        "tokens",
        "refresh",
        "objects",
        "login",
        "logout",
        "agree",
        "decrypt",
        "sign",
        "generate",
        "generate_as_officer",
        "guarded",
        "mechanisms",
    )
    own = {name: getattr(host, name) for name in (*methods, "private_objects", "initialise")}
    serve({**own, **host.pins.methods()})
    host.close()
    return 0
