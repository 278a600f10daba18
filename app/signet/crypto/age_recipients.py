"""Who can open an age file: a passphrase or an X25519 key, each as the side that wraps and the side that unwraps.

C2SP, age.md: "The X25519 recipient type", "The scrypt recipient type".
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from signet.errors import FileSecretIncorrect, FormatUnrecognised, KeyMaterialInvalid, MemoryShort
from signet.formats import bech32
from signet.formats.age import Stanza, from_unpadded, unpadded
from signet.secret import Secret

#: The file key wraps to this many bytes: 16 and a tag.
WRAPPED_SIZE = 32
#: What age itself writes: 2^18 rounds, 256 MiB, about a second.
WORK_FACTOR = 18
#: The most that is tried on somebody else's word: 2^20 rounds, 1 GiB. age's own ceiling is 22, which takes 4 GiB.
MAX_WORK_FACTOR = 20

#: The kind of a passphrase's stanza.
PASSPHRASE_KIND = "scrypt"

_X25519 = "X25519"
_X25519_INFO = b"age-encryption.org/v1/X25519"
_SCRYPT_SALT = b"age-encryption.org/v1/scrypt"
_SALT_SIZE = 16
_ZERO_NONCE = bytes(12)
_WHAT = "an age file"


class Recipient(Protocol):
    """Somebody for whom a file key is wrapped."""

    def wrap(self, file_key: Secret) -> Stanza:
        """Return the stanza from which this recipient gets the file key back."""


class Identity(Protocol):
    """What opens stanzas."""

    def unwrap(self, stanzas: Sequence[Stanza]) -> Secret | None:
        """Return the file key, or None if no stanza is for this identity; raise if one is and does not open."""


class PassphraseRecipient:
    """A passphrase, as given in UTF-8, a file's only recipient; ``work_factor`` is the logarithm of scrypt's N."""

    def __init__(self, passphrase: Secret, *, work_factor: int = WORK_FACTOR) -> None:
        self._passphrase = passphrase
        self._work_factor = work_factor

    def wrap(self, file_key: Secret) -> Stanza:
        """Wrap under scrypt with a fresh salt."""
        salt = os.urandom(_SALT_SIZE)
        with _scrypt(self._passphrase, salt, self._work_factor) as key:
            return Stanza(PASSPHRASE_KIND, (unpadded(salt), str(self._work_factor)), _wrap(key, file_key))

    def wipe(self) -> None:
        """Forget the passphrase."""
        self._passphrase.wipe()


class PassphraseIdentity:
    """A passphrase that may open a file."""

    def __init__(self, passphrase: Secret) -> None:
        self._passphrase = passphrase

    def unwrap(self, stanzas: Sequence[Stanza]) -> Secret | None:
        """Unwrap; FileSecretIncorrect if it is another's file, FormatUnrecognised above the ceiling."""
        work_factor = work_factor_of(stanzas)
        if work_factor is None:
            return None
        salt = from_unpadded(stanzas[0].arguments[0])
        with _scrypt(self._passphrase, salt, work_factor) as key:
            file_key = _unwrap(key, stanzas[0].body)
        if file_key is None:
            raise FileSecretIncorrect(what="passphrase")
        return file_key


def work_factor_of(stanzas: Sequence[Stanza]) -> int | None:
    """Return the work factor of a passphrase's file, before anything is computed; None if it is for keys.

    Raises FormatUnrecognised for a stanza that is malformed, not alone, or above `MAX_WORK_FACTOR`.
    """
    if not any(stanza.kind == PASSPHRASE_KIND for stanza in stanzas):
        return None
    arguments = stanzas[0].arguments
    if len(stanzas) != 1 or len(arguments) != 2 or not re.fullmatch("[1-9][0-9]?", arguments[1]):
        raise FormatUnrecognised(what=_WHAT)
    if len(from_unpadded(arguments[0])) != _SALT_SIZE or len(stanzas[0].body) != WRAPPED_SIZE:
        raise FormatUnrecognised(what=_WHAT)
    if int(arguments[1]) > MAX_WORK_FACTOR:
        raise FormatUnrecognised(what=f"an age file with a work factor of at most {MAX_WORK_FACTOR}")
    return int(arguments[1])


class X25519Recipient:
    """A public key, ``age1...``."""

    def __init__(self, public_key: bytes) -> None:
        self._public_key = public_key

    @classmethod
    def parse(cls, text: str) -> X25519Recipient:
        """Read ``age1...``; raise KeyMaterialInvalid if it is mistyped or of another kind."""
        return cls(_bech32(text, "age"))

    def __str__(self) -> str:
        return bech32.encode("age", self._public_key)

    def wrap(self, file_key: Secret) -> Stanza:
        """Wrap under a key agreed with a fresh ephemeral key; KeyMaterialInvalid for a public key of low order."""
        ephemeral = X25519PrivateKey.generate()
        share = ephemeral.public_key().public_bytes_raw()
        key = _agree(ephemeral, self._public_key, salt=share + self._public_key)
        if key is None:
            raise KeyMaterialInvalid(reason="it is a point of low order")
        with key:
            return Stanza(_X25519, (unpadded(share),), _wrap(key, file_key))


class X25519Identity:
    """A private key, ``AGE-SECRET-KEY-1...``, 32 bytes."""

    def __init__(self, secret: Secret) -> None:
        self._private = X25519PrivateKey.from_private_bytes(secret.reveal())
        self._public_key = self._private.public_key().public_bytes_raw()

    @classmethod
    def generate(cls) -> X25519Identity:
        """Make a fresh one."""
        with Secret(os.urandom(32)) as secret:
            return cls(secret)

    @classmethod
    def parse(cls, text: str) -> X25519Identity:
        """Read ``AGE-SECRET-KEY-1...``; raise KeyMaterialInvalid if it is mistyped or of another kind."""
        with Secret(_bech32(text, "age-secret-key-")) as secret:
            return cls(secret)

    @property
    def recipient(self) -> X25519Recipient:
        """The public half."""
        return X25519Recipient(self._public_key)

    def unwrap(self, stanzas: Sequence[Stanza]) -> Secret | None:
        """Try every X25519 stanza; FormatUnrecognised for a malformed one."""
        for stanza in stanzas:
            if stanza.kind != _X25519:
                continue
            if len(stanza.arguments) != 1 or len(stanza.body) != WRAPPED_SIZE:
                raise FormatUnrecognised(what=_WHAT)
            share = from_unpadded(stanza.arguments[0])
            key = _agree(self._private, share, salt=share + self._public_key) if len(share) == 32 else None
            if key is None:
                raise FormatUnrecognised(what=_WHAT)
            with key:
                file_key = _unwrap(key, stanza.body)
            if file_key is not None:
                return file_key
        return None


def _scrypt(passphrase: Secret, salt: bytes, work_factor: int) -> Secret:
    kdf = Scrypt(salt=_SCRYPT_SALT + salt, length=32, n=1 << work_factor, r=8, p=1)
    try:
        return Secret(kdf.derive(passphrase.reveal()))
    except MemoryError:
        raise MemoryShort(mebibytes=memory_of(work_factor)) from None


def memory_of(work_factor: int) -> int:
    """The memory that scrypt takes, in MiB: 128 r N bytes (RFC 7914, 2)."""
    return 128 * 8 * (1 << work_factor) >> 20


def _agree(private: X25519PrivateKey, public_key: bytes, *, salt: bytes) -> Secret | None:
    """Derive the wrapping key; None if the agreed point is zero (RFC 7748, 6.1)."""
    try:
        shared = private.exchange(X25519PublicKey.from_public_bytes(public_key))
    except ValueError:
        return None
    return Secret(HKDF(SHA256(), 32, salt, _X25519_INFO).derive(shared))


def _wrap(key: Secret, file_key: Secret) -> bytes:
    # A nonce of zeros is right here: every wrapping key is fresh and wraps once.
    return ChaCha20Poly1305(key.reveal()).encrypt(_ZERO_NONCE, file_key.reveal(), None)


def _unwrap(key: Secret, body: bytes) -> Secret | None:
    try:
        return Secret(ChaCha20Poly1305(key.reveal()).decrypt(_ZERO_NONCE, body, None))
    except InvalidTag:
        return None


def _bech32(text: str, prefix: str) -> bytes:
    try:
        found, data = bech32.decode(text)
    except ValueError:
        raise KeyMaterialInvalid(reason="it is mistyped or not an age key") from None
    upper = prefix != "age"
    if found != prefix or len(data) != 32 or text != (text.upper() if upper else text.lower()):
        raise KeyMaterialInvalid(reason="it is another kind of age key")
    return data
