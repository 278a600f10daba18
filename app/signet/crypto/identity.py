"""The vault's identity: an Ed25519 key that signs every header and that computers pin."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from signet.errors import HeaderForged
from signet.formats.header import VaultHeader
from signet.secret import Secret

FINGERPRINT_DIGITS = 20
"""Hexadecimal digits that a person compares and types: 80 bits."""


def generate_identity() -> tuple[Secret, bytes]:
    """Make a new identity: the 32-byte private key and the 32-byte public key (RFC 8032)."""
    key = Ed25519PrivateKey.generate()
    return Secret(key.private_bytes_raw()), key.public_key().public_bytes_raw()


def public_identity(private: Secret) -> bytes:
    """The public key of an identity's private key."""
    return Ed25519PrivateKey.from_private_bytes(private.reveal()).public_key().public_bytes_raw()


def sign_header(header: VaultHeader, private: Secret) -> VaultHeader:
    """Return the header with its signature."""
    key = Ed25519PrivateKey.from_private_bytes(private.reveal())
    return replace(header, signature=key.sign(header.signed_bytes()))


def check_header(header: VaultHeader) -> None:
    """Raise HeaderForged unless the header is signed by the identity that it names.

    This shows only that it is of one piece; that the identity is the right one is for pins and attestations.
    """
    try:
        Ed25519PublicKey.from_public_bytes(header.identity).verify(header.signature, header.signed_bytes())
    except (InvalidSignature, ValueError) as error:
        raise HeaderForged from error


def fingerprint(identity: bytes) -> str:
    """The identity as people compare it: ``4F2A 91C0 7E13 ...``, the first 80 bits of its SHA-256."""
    digits = hashlib.sha256(identity).hexdigest().upper()[:FINGERPRINT_DIGITS]
    return " ".join(digits[start : start + 4] for start in range(0, FINGERPRINT_DIGITS, 4))
