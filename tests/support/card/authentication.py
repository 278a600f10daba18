"""PIN and PUK with their counters, and proof of the management key."""

from __future__ import annotations

import hmac
import os

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes

from support.card import tlv
from support.card.apdu import BAD_DATA, BLOCKED, CONDITIONS, SECURITY, Refused, tries_left

LENGTH = 8  # SP 800-73-4 Part 2, 2.4.3: padded with FF
MANAGEMENT_KEY = bytes(range(1, 9)) * 3  # what YubiKeys leave the factory with
_WITNESS, _CHALLENGE, _RESPONSE = 0x80, 0x81, 0x82


class Reference:
    """A PIN or PUK: each wrong one costs a try, a right one gives them back; at zero it is blocked."""

    def __init__(self, value: str, *, tries: int = 3) -> None:
        self.value = value
        self.most = tries
        self.left = tries

    def check(self, given: bytes) -> None:
        """Raise Refused unless ``given`` is right and the counter is not at zero."""
        if self.left == 0:
            raise Refused(BLOCKED)
        if len(given) != LENGTH:
            raise Refused(BAD_DATA)
        if not hmac.compare_digest(given, self.value.encode().ljust(LENGTH, b"\xff")):
            self.left -= 1
            raise tries_left(self.left) if self.left else Refused(BLOCKED)
        self.left = self.most

    def change(self, given: bytes) -> None:
        """Set a new value, with all tries."""
        value = given.rstrip(b"\xff")
        if len(given) != LENGTH or len(value) < 6:
            raise Refused(BAD_DATA)
        self.value = value.decode("latin-1")
        self.left = self.most


class Management:
    """The management key (9B): who proves it may make keys and write objects. Three-key triple DES."""

    def __init__(self) -> None:
        self.key = MANAGEMENT_KEY
        self.proven = False
        self._sent = b""

    def forget(self) -> None:
        self.proven, self._sent = False, b""

    def require(self) -> None:
        if not self.proven:
            raise Refused(SECURITY)

    def authenticate(self, request: dict[int, bytes]) -> bytes:
        """One step of GENERAL AUTHENTICATE with 9B (SP 800-73-4 Part 2, A.1 and A.2); return what 7C holds."""
        if request.get(_WITNESS) == b"":
            self._sent = os.urandom(8)
            return tlv.encode(_WITNESS, self._encrypt(self._sent))
        if request.get(_CHALLENGE) == b"":
            self._sent = os.urandom(8)
            return tlv.encode(_CHALLENGE, self._sent)
        expected, self._sent = self._sent, b""
        if not expected:
            raise Refused(CONDITIONS)
        if _WITNESS in request:
            self.proven = hmac.compare_digest(request[_WITNESS], expected)
            self.require()
            return tlv.encode(_RESPONSE, self._encrypt(request.get(_CHALLENGE, b"")))
        self.proven = hmac.compare_digest(request.get(_RESPONSE, b""), self._encrypt(expected))
        self.require()
        return b""

    def _encrypt(self, block: bytes) -> bytes:
        if len(block) != 8:
            raise Refused(BAD_DATA)
        # The mode of a single block: what SP 800-73-4 calls for.
        return Cipher(TripleDES(self.key), modes.ECB()).encryptor().update(block)  # noqa: S305
