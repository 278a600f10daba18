"""A few bytes encrypted by RSA-OAEP (RFC 8017, 7.1), the label empty, label and mask hashed alike, as in AWS KMS."""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from signet.crypto.kinds import PrivateKey, PublicKey
from signet.errors import CiphertextInvalid, PlaintextLengthInvalid, UsageError
from signet.keys.algorithms import EncryptionAlgorithm
from signet.secret import Secret


def longest(public: rsa.RSAPublicKey, algorithm: EncryptionAlgorithm) -> int:
    """The most bytes that one ciphertext holds (RFC 8017, 7.1.1, step 1b)."""
    return (public.key_size + 7) // 8 - 2 * algorithm.digest_size - 2


def encrypt(public: PublicKey, plaintext: Secret, algorithm: EncryptionAlgorithm) -> bytes:
    """Encrypt 1 to `longest` bytes; raise PlaintextLengthInvalid, UsageError for another kind of key."""
    if not isinstance(public, rsa.RSAPublicKey):
        raise UsageError(reason="Only RSA keys encrypt by OAEP.")
    maximum = longest(public, algorithm)
    if not 1 <= len(plaintext) <= maximum:
        raise PlaintextLengthInvalid(maximum=maximum)
    return public.encrypt(bytes(plaintext.reveal()), _oaep(algorithm))


def decrypt(private: PrivateKey, ciphertext: bytes, algorithm: EncryptionAlgorithm) -> Secret:
    """Decrypt; CiphertextInvalid for whatever is wrong with it, its length and its padding alike."""
    if not isinstance(private, rsa.RSAPrivateKey):
        raise UsageError(reason="Only RSA keys decrypt by OAEP.")
    try:
        return Secret(private.decrypt(ciphertext, _oaep(algorithm)))
    except ValueError:
        raise CiphertextInvalid from None


def _oaep(algorithm: EncryptionAlgorithm) -> padding.OAEP:
    if algorithm is EncryptionAlgorithm.RSAES_OAEP_SHA_256:
        return padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    return padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)  # noqa: S303 - what AWS KMS offers
