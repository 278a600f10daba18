"""Derivation: every key below the master key and below a typed secret, by HKDF-SHA256 (RFC 5869).

Salt is the vault id's 16 bytes, info is ``signet/v1/`` and a name (DESIGN.md, section 2).
"""

from __future__ import annotations

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from signet.secret import Secret

KEY_BYTES = 32
INFO = b"signet/v1/"


def hkdf(ikm: Secret, *, salt: bytes, info: bytes) -> Secret:
    """Derive 32 bytes; ``info`` is taken as it is."""
    buffer = bytearray(KEY_BYTES)
    HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=info).derive_into(ikm.reveal(), buffer)
    derived = Secret(buffer)
    buffer[:] = bytes(KEY_BYTES)
    return derived


def database_key(master: Secret, salt: bytes) -> Secret:
    """The raw SQLCipher key."""
    return hkdf(master, salt=salt, info=INFO + b"database")


def material_key(master: Secret, salt: bytes) -> Secret:
    """The key that wraps all key material in the database."""
    return hkdf(master, salt=salt, info=INFO + b"material")


def unlock_key(secret: Secret, salt: bytes) -> Secret:
    """The X25519 private key of a typed secret's way in."""
    return hkdf(secret, salt=salt, info=INFO + b"unlock")


def attest_key(secret: Secret, salt: bytes) -> Secret:
    """The HMAC key with which a typed secret attests a vault."""
    return hkdf(secret, salt=salt, info=INFO + b"attest")
