"""Small secrets and data keys under a key of the vault: sealed and opened (``docs/formats/ciphertext.md``).

A key's raw material is never used here: each ciphertext derives an AES key of its own from it, with 32 random bytes
as salt, and a commitment that says which key this was.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from signet.errors import CiphertextInvalid
from signet.formats.ciphertext import COMMITMENT_LENGTH, SALT_LENGTH, Ciphertext, Header
from signet.secret import Secret

KEY_LENGTH = 32
NONCE = bytes(12)
"""Always zeros: a derived key encrypts once and never again (SP 800-38D, 8.2, wants no more than that)."""


def seal(material: Secret, plaintext: Secret, *, header: Header, context: Mapping[str, str]) -> bytes:
    """Encrypt ``plaintext`` (1 to 4096 bytes) under a key of 32 bytes; ``context`` is bound and not written.

    Raises ContextInvalid, ValueError for other lengths.
    """
    associated = header.associated(context)
    salt = os.urandom(SALT_LENGTH)
    key, commitment = _derive(material, salt, header)
    with key:
        sealed = AESGCM(key.reveal()).encrypt(NONCE, plaintext.reveal(), associated)
    return Ciphertext(header, salt, commitment, sealed).serialise()


def open_sealed(material: Secret, ciphertext: Ciphertext, *, context: Mapping[str, str]) -> Secret:
    """Decrypt what `seal` made, with the same material and context; anything else raises CiphertextInvalid."""
    header = ciphertext.header
    associated = header.associated(context)
    key, commitment = _derive(material, ciphertext.salt, header)
    with key:
        if not hmac.compare_digest(commitment, ciphertext.commitment):
            raise CiphertextInvalid
        try:
            return Secret(AESGCM(key.reveal()).decrypt(NONCE, ciphertext.sealed, associated))
        except InvalidTag:
            raise CiphertextInvalid from None


def _derive(material: Secret, salt: bytes, header: Header) -> tuple[Secret, bytes]:
    """Return the AES key, which the caller wipes, and the commitment (RFC 5869, SHA-512, 64 bytes)."""
    if len(material) != KEY_LENGTH:
        raise ValueError("the material of a symmetric key is 32 bytes")
    buffer = bytearray(KEY_LENGTH + COMMITMENT_LENGTH)
    HKDF(algorithm=SHA512(), length=len(buffer), salt=salt, info=header.info()).derive_into(material.reveal(), buffer)
    key, commitment = Secret(buffer[:KEY_LENGTH]), bytes(buffer[KEY_LENGTH:])
    buffer[:] = bytes(len(buffer))
    return key, commitment
