"""PKCS#8 private keys under a passphrase: PBES2 (RFC 8018, 6.2) with a work factor of today.

The library's own ``BestAvailableEncryption`` stops at 2048 rounds of PBKDF2, which is too few for a file that leaves
the vault; so the envelope is written here, from its primitives. It is read by the library and by openssl.
"""

from __future__ import annotations

import base64
import hashlib
import os

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from signet.formats import der
from signet.secret import Secret

#: OWASP Password Storage Cheat Sheet (2023) for PBKDF2 with HMAC-SHA-256.
ROUNDS = 600_000
#: RFC 8018, 4.1, asks for at least 8 (bytes).
SALT_SIZE = 16

_OID_PBES2 = bytes.fromhex("06092a864886f70d01050d")
_OID_PBKDF2 = bytes.fromhex("06092a864886f70d01050c")
_OID_HMAC_SHA256 = bytes.fromhex("06082a864886f70d0209")
_OID_AES256_CBC = bytes.fromhex("060960864801650304012a")
_LINE = 64


def encrypt_pkcs8(material: Secret, passphrase: Secret) -> bytes:
    """Encrypt PKCS#8 DER under a passphrase (UTF-8, as given); the result is PEM, ``ENCRYPTED PRIVATE KEY``."""
    salt, iv = os.urandom(SALT_SIZE), os.urandom(16)
    padder = PKCS7(128).padder()
    padded = padder.update(material.reveal()) + padder.finalize()
    with Secret(hashlib.pbkdf2_hmac("sha256", passphrase.reveal(), salt, ROUNDS, 32)) as key:
        encryptor = Cipher(AES256(bytes(key.reveal())), CBC(iv)).encryptor()
        encrypted = encryptor.update(padded) + encryptor.finalize()
    prf = der.sequence(_OID_HMAC_SHA256, der.NULL)
    kdf = der.sequence(_OID_PBKDF2, der.sequence(der.element(der.OCTET_STRING, salt), der.integer(ROUNDS), prf))
    cipher = der.sequence(_OID_AES256_CBC, der.element(der.OCTET_STRING, iv))
    algorithm = der.sequence(_OID_PBES2, der.sequence(kdf, cipher))
    return pem("ENCRYPTED PRIVATE KEY", der.sequence(algorithm, der.element(der.OCTET_STRING, encrypted)))


def pem(label: str, data: bytes) -> bytes:
    """Write DER as PEM (RFC 7468)."""
    text = base64.b64encode(data).decode("ascii")
    lines = [text[at : at + _LINE] for at in range(0, len(text), _LINE)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]).encode("ascii")
