"""Files for a key that is on a card: who opens them besides, and the card that opens them (DESIGN.md, section 5).

Encrypting takes the public half alone, so no card. Each such file gets a second recipient in the vault, because a
card can be lost; decrypting asks for the card only where that one does not open the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from signet.errors import KeyTokenNotFound, TokenKeyNotFound, TokenKeyUnusable, TokenOperationFailed, UsageError
from signet.keys.model import Key
from signet.keys.spec import KeyUsage, Protection
from signet.keys.state import KeyState
from signet.secret import Secret
from signet.services.keys import token_name
from signet.services.session import Session
from signet.services.token_login import Login, logged_in, pin_kind
from signet.tokens.hub import fingerprint
from signet.tokens.model import Scheme, TokenKey


def second_key(session: Session, first: Key, name: str | None) -> Key | None:
    """Return the key that opens a file besides ``first``; None if ``first`` is not on a card and needs none.

    ``name`` is the person's choice; else it is the oldest that can, which the person is told: a guarded one only if
    there is no other, for the lost card may be its guard. Raises UsageError if there is none or the choice is of no
    use, KeyNotFound, NameAmbiguous.
    """
    if first.protection is not Protection.TOKEN:
        if name is not None:
            raise UsageError(reason=f"“{first.alias}” is in the vault; only files for a card's key get a second key.")
        return None
    with session.records.read() as reading:
        if name is not None:
            chosen = reading.keys.find(name)
            if chosen.protection is Protection.TOKEN:
                raise UsageError(reason=f"“{chosen.alias}” is on a card too; the second key has to be in the vault.")
            return chosen
        able = [
            key
            for key in reading.keys.all()
            if key.usage is KeyUsage.ENCRYPT_DECRYPT
            and key.state is KeyState.ENABLED
            and key.protection is not Protection.TOKEN
        ]
    if not able:
        raise UsageError(
            reason=f"Files for “{first.alias}” need a second key, in the vault, in case the card is lost. Make one."
        )
    chosen = min(able, key=lambda key: (key.protection is Protection.GUARDED, key.created, key.alias))
    session.workplace.prompt.note(f"The files open with “{chosen.alias}” too, in case the card is lost.")
    return chosen


def key_for(session: Session, name: str) -> Key | None:
    """The key on a card that a message names by the SHA-256 of its public half, None if the vault has none such."""
    with session.records.read() as reading:
        for key in reading.keys.all():
            if key.protection is Protection.TOKEN and key.usage is KeyUsage.ENCRYPT_DECRYPT:
                public = reading.keys.version(key.id, key.version).public_key
                if public is not None and fingerprint(public) == name:
                    return key
    return None


class CardOpener:
    """Opens data keys on the card: implements `signet.crypto.esdk_rsa.OpenRsa`."""

    def __init__(self, login: Login, key: TokenKey) -> None:
        self._login = login
        self._key = key
        self._ways = [False, True]
        """Whether the host takes the padding off; the way that worked is tried first from then on."""

    def __call__(self, ciphertext: bytes) -> Secret | None:
        """Decrypt by OAEP with SHA-256; None if it does not open. Raises TokenError if the card is gone."""
        for raw in tuple(self._ways):
            try:
                opened = self._login.session.decrypt(self._key, ciphertext, scheme=Scheme.RSA_OAEP_SHA256, raw=raw)
            except (TokenOperationFailed, TokenKeyUnusable):
                continue  # a card or module that does not take the padding off, or does nothing but that
            if opened is not None:
                self._ways = [raw]
                return opened
        return None


@contextmanager
def card_opener(session: Session, key: Key, public_key: bytes, *, purpose: str) -> Iterator[CardOpener]:
    """Log in to the card that holds a key; ``purpose`` says what for.

    Raises KeyTokenNotFound if it is not here, PinError, SecretMissing, Cancelled, TokenKeyNotFound.
    """
    found = session.workplace.hub.find_key(public_key)
    if found is None:
        raise KeyTokenNotFound(key=key.alias, name=token_name(session, key) or "its own")
    token, _ = found
    session.let_go()  # the card may be the very one that opened the vault: it is logged in anew
    with logged_in(session.workplace, token, kind=pin_kind(session, token), purpose=purpose) as login:
        everything = login.session.keys()
        held = next((each for each in everything if each.public_key == public_key), None)
        if held is None:
            raise TokenKeyNotFound(key=key.alias)
        yield CardOpener(login, held)
