"""Files for a key that is on a card: who opens them besides, and the card that opens them (DESIGN.md, section 5).

Encrypting takes the public half alone, so no card. Each such file gets a second recipient in the vault, because a
card can be lost; decrypting asks for the card only where that one does not open the file.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from signet.crypto.esdk_ecdh import RawEcdhKeyring
from signet.crypto.esdk_rsa import RawRsaKeyring
from signet.errors import (
    KeyTokenNotFound,
    KeyUsageRefused,
    TokenKeyNotFound,
    TokenKeyUnusable,
    TokenLoginLost,
    TokenOperationFailed,
    UsageError,
)
from signet.keys.model import Key
from signet.keys.spec import CURVES, KeySpec, KeyUsage, Protection
from signet.keys.state import KeyState
from signet.secret import Secret
from signet.services.job_logins import JobLogins
from signet.services.keys import token_name
from signet.services.session import Session
from signet.tokens.model import Scheme, TokenKey
from signet.tokens.session import TokenSession

CardKeyring = RawRsaKeyring | RawEcdhKeyring


def second_key(session: Session, first: Key, name: str | None) -> Key | None:
    """Return the key that opens a file besides ``first``; None if ``first`` is not on a card and needs none.

    ``name`` is the person's choice; else it is the oldest that can, which the person is told: a guarded one only if
    there is no other, for the lost card may be its guard. Raises UsageError if there is none or the choice is of no
    use, KeyNotFound, NameAmbiguous.
    """
    refuse_no_files(first)
    if first.protection is not Protection.TOKEN:
        if name is not None:
            raise UsageError(reason=f"“{first.alias}” is in the vault; only files for a card's key get a second key.")
        return None
    with session.records.read() as reading:
        if name is not None:
            chosen = reading.keys.find(name)
            if chosen.protection is Protection.TOKEN:
                raise UsageError(reason=f"“{chosen.alias}” is on a card too; the second key has to be in the vault.")
            refuse_no_files(chosen)
            return chosen
        able = [
            key
            for key in reading.keys.all()
            if key.encrypts_files and key.state is KeyState.ENABLED and key.protection is not Protection.TOKEN
        ]
    if not able:
        raise UsageError(
            reason=f"Files for “{first.alias}” need a second key, in the vault, in case the card is lost. Make one."
        )
    chosen = min(able, key=lambda key: (key.protection is Protection.GUARDED, key.created, key.alias))
    session.workplace.prompt.note(f"The files open with “{chosen.alias}” too, in case the card is lost.")
    return chosen


def refuse_no_files(key: Key) -> None:
    """Raise KeyUsageRefused for a key pair in the vault: it encrypts a few bytes, and files go to symmetric keys."""
    if key.usage is KeyUsage.ENCRYPT_DECRYPT and not key.encrypts_files:
        raise KeyUsageRefused(key=key.alias, usage="small secrets by RSA-OAEP", operation="encrypt files")


def keyring_for(public_key: bytes, spec: KeySpec, opener: CardOpener | None = None) -> CardKeyring:
    """The keyring that wraps to a key on a card, and unwraps where ``opener`` is logged in to it."""
    if spec in CURVES:
        return RawEcdhKeyring(public_key, None if opener is None else opener.agree)
    return RawRsaKeyring(public_key, None if opener is None else opener.decrypt)


class CardOpener:
    """Opens data keys on the card: what `signet.crypto.esdk_rsa.OpenRsa` and `signet.crypto.esdk_ecdh.Agree` ask for.

    ``login`` gives the job's login on the card: at once, and again if that was lost in between.
    """

    def __init__(self, login: Callable[[], TokenSession], key: TokenKey) -> None:
        self._log_in = login
        self._login = login()
        self._key = key
        self._ways = [False, True]
        """Whether the host takes the padding off; the way that worked is tried first from then on."""

    def decrypt(self, ciphertext: bytes) -> Secret | None:
        """Decrypt by OAEP with SHA-256; None if it does not open. Raises TokenError if the card is gone."""
        for raw in tuple(self._ways):
            try:
                opened = self._use(partial(_decrypt, self._key, ciphertext, raw))
            except (TokenOperationFailed, TokenKeyUnusable):
                continue  # a card or module that does not take the padding off, or does nothing but that
            if opened is not None:
                self._ways = [raw]
                return opened
        return None

    def agree(self, point: bytes) -> Secret | None:
        """Agree with the sender's key; raises TokenError if the card is gone or does not do it."""
        return self._use(lambda login: login.agree(self._key, point))

    def _use(self, work: Callable[[TokenSession], Secret | None]) -> Secret | None:
        try:
            return work(self._login)
        except TokenLoginLost:
            self._login = self._log_in()
            return work(self._login)


def _decrypt(key: TokenKey, ciphertext: bytes, raw: bool, login: TokenSession) -> Secret | None:
    return login.decrypt(key, ciphertext, scheme=Scheme.RSA_OAEP_SHA256, raw=raw)


def card_opener(session: Session, key: Key, public_key: bytes, logins: JobLogins, *, purpose: str) -> CardOpener:
    """Log in to the card that holds a key; ``purpose`` says what for.

    Raises KeyTokenNotFound if it is not here, PinError, SecretMissing, Cancelled, TokenKeyNotFound.
    """

    def login() -> TokenSession:
        found = session.workplace.hub.find_key(public_key)
        if found is None:
            raise KeyTokenNotFound(key=key.alias, name=token_name(session, key) or "its own")
        return logins.login(found[0], purpose=purpose)

    everything = login().keys()
    held = next((each for each in everything if each.public_key == public_key), None)
    if held is None:
        raise TokenKeyNotFound(key=key.alias)
    return CardOpener(login, held)
