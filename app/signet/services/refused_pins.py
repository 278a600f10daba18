"""Which PINs cards have refused in this process: none is sent to the same card a second time.

Remembered as HMACs under a key of this process, so no PIN is kept. They are forgotten once the card took a PIN, and
when a card that tells of wrong ones tells of none any more: its PIN was given, or changed, elsewhere.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import threading

from signet.secret import Secret
from signet.tokens.model import PinState, Token

_Place = tuple[str, str]


class RefusedPins:
    """One for a workplace; thread-safe."""

    def __init__(self) -> None:
        self._key = os.urandom(32)
        self._marks: dict[_Place, set[bytes]] = {}
        self._telling: set[_Place] = set()
        self._lock = threading.Lock()

    def refuses(self, token: Token, pin: Secret) -> bool:
        """Whether that card has refused that PIN."""
        with self._lock:
            return self._mark(token, pin) in self._marks.get(_place(token), ())

    def refused(self, token: Token, pin: Secret) -> None:
        """Remember a PIN that the card has refused just now."""
        with self._lock:
            self._marks.setdefault(_place(token), set()).add(self._mark(token, pin))

    def forget(self, token: Token) -> None:
        """The card took a PIN, or has another one now."""
        with self._lock:
            self._marks.pop(_place(token), None)
            self._telling.discard(_place(token))

    def look(self, token: Token) -> None:
        """Learn from what the card tells now."""
        if token.pin_state is not PinState.OK:
            with self._lock:
                self._telling.add(_place(token))
        elif _place(token) in self._telling:
            self.forget(token)

    def _mark(self, token: Token, pin: Secret) -> bytes:
        about = "\0".join((*_place(token), "")).encode()
        return hmac.digest(self._key, about + bytes(pin.reveal()), hashlib.sha256)


def _place(token: Token) -> _Place:
    return token.module, token.serial
