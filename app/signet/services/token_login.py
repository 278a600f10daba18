"""Logging in to a token for one piece of work: ask for its PIN, and wipe it at the end."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from signet.errors import TokenKeyNotFound, TokenNotFound
from signet.formats.header import MethodKind
from signet.secret import Secret
from signet.services.presenting import ask_pin
from signet.services.prompt import SecretKind
from signet.services.session import Session
from signet.services.workplace import Workplace
from signet.tokens.hub import fingerprint
from signet.tokens.model import Token, TokenKey
from signet.tokens.session import TokenSession

MIN_KEY_PREFIX = 8
"""Hexadecimal digits of a key's SHA-256 that may stand for it (DESIGN.md, section 9)."""


@dataclass(frozen=True)
class Login:
    """A token that is logged in. ``pin`` is kept for keys that want it with every signature."""

    token: Token
    session: TokenSession
    pin: Secret = field(repr=False)

    def pin_for(self, key: TokenKey) -> Secret | None:
        """The PIN if this key wants it again, else None."""
        return self.pin if key.always_authenticate else None

    def keys(self) -> tuple[TokenKey, ...]:
        """The token's keys, with what only a login shows."""
        return self.session.keys()

    def find_key(self, name: str) -> TokenKey:
        """Find a key by CKA_ID in hexadecimal or by the beginning of its SHA-256; raise TokenKeyNotFound."""
        wanted = name.lower()
        keys = self.keys()
        by_id = [key for key in keys if key.id.hex() == wanted]
        by_print = [
            key for key in keys if len(wanted) >= MIN_KEY_PREFIX and fingerprint(key.public_key).startswith(wanted)
        ]
        found = by_id or by_print
        if len(found) != 1:
            raise TokenKeyNotFound(key=name)
        return found[0]


@contextmanager
def logged_in(workplace: Workplace, token: Token, *, kind: SecretKind, purpose: str = "") -> Iterator[Login]:
    """Ask for the token's PIN, log in, and log out at the end.

    Raises PinLocked before a PIN is asked for in vain; SecretMissing, PinError, TokenError.
    """
    with ask_pin(workplace, token, kind=kind, purpose=purpose) as pin, workplace.login(token, pin) as session:
        yield Login(token, session, pin)


def pin_kind(session: Session, token: Token) -> SecretKind:
    """Which PIN this is: that of the token that opened the vault, or of another one."""
    if session.method.kind is MethodKind.TOKEN:
        for key in session.workplace.hub.keys(token):
            if hmac.compare_digest(key.public_key, session.method.public_key):
                return SecretKind.PIN
    return SecretKind.TOKEN_PIN


def unlocking_token(session: Session) -> Token | None:
    """The token that opened the vault, or None if something else did; raise TokenNotFound if it is gone."""
    if session.method.kind is not MethodKind.TOKEN:
        return None
    found = session.workplace.hub.find_key(session.method.public_key)
    if found is None:
        raise TokenNotFound(name=session.method.label)
    return found[0]
