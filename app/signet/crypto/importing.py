"""Key material wrapped for transport, as AWS KMS takes it, and how the same material is known again.

RSAES_OAEP_SHA_256: RSA-OAEP (RFC 8017, 7.1) with SHA-256 for hash and MGF1, no label, around a symmetric key's bytes.
RSA_AES_KEY_WRAP_SHA_256: 32 bytes of AES key wrapped so, followed by AES-KWP (RFC 5649) of the material, which is
PKCS#8 DER for private keys (PKCS#11 v3, CKM_RSA_AES_KEY_WRAP).
"""

from __future__ import annotations

import hashlib
import hmac

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap_with_padding
from cryptography.hazmat.primitives.serialization import load_der_private_key

from signet.crypto.derive import INFO, hkdf
from signet.errors import WrappedKeyInvalid
from signet.formats.key_import import WrappingAlgorithm
from signet.keys.spec import KeySpec
from signet.secret import Secret

DIGEST_KEY_BYTES = 32
_DIGEST_INFO = b"signet/v1/import-digest\0"
_KEK_BYTES = 32


def material_digest(digest_key: Secret, material: Secret, spec: KeySpec, public_key: bytes | None) -> bytes:
    """Return by what material is known again: HMAC-SHA256 of spec and public key, or of spec and symmetric key.

    Keyed, so that nobody without the vault can try guesses on it.
    """
    content = material.reveal() if public_key is None else public_key
    message = _DIGEST_INFO + spec.value.encode() + b"\0" + content
    return hmac.new(digest_key.reveal(), message, hashlib.sha256).digest()


def token_mac(private_key: Secret, message: bytes, *, salt: bytes) -> str:
    """The MAC of an import token, in hexadecimal, under a key derived from the wrapping key's private half."""
    with hkdf(private_key, salt=salt, info=INFO + b"import-token") as key:
        return hmac.new(key.reveal(), message, hashlib.sha256).hexdigest()


def unwrap_material(private_key: Secret, wrapped: bytes, algorithm: WrappingAlgorithm) -> Secret:
    """Open wrapped key material with the wrapping key (PKCS#8 DER); raise WrappedKeyInvalid whatever is wrong."""
    private = load_der_private_key(private_key.reveal(), None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(private, rsa.RSAPrivateKey):
        raise TypeError("a wrapping key is an RSA key")
    size = private.key_size // 8
    if algorithm is WrappingAlgorithm.RSAES_OAEP_SHA_256:
        return _opened(private, wrapped)
    with _opened(private, wrapped[:size]) as kek:
        if len(kek) != _KEK_BYTES:
            raise WrappedKeyInvalid
        try:
            return Secret(aes_key_unwrap_with_padding(bytes(kek.reveal()), wrapped[size:]))
        except (InvalidUnwrap, ValueError):
            raise WrappedKeyInvalid from None


def _opened(private: rsa.RSAPrivateKey, wrapped: bytes) -> Secret:
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    try:
        return Secret(private.decrypt(wrapped, oaep))
    except ValueError:
        raise WrappedKeyInvalid from None
