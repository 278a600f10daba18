"""What keys of the vault compute: the algorithms by AWS KMS's names, and what each hashes.

Pure names and numbers; `signet.keys.spec` says which spec has which, the computing is in `signet.crypto`.
"""

from __future__ import annotations

from enum import StrEnum

MU_SIZE = 64
"""Bytes of ML-DSA's message representative mu (FIPS 204, algorithm 7, line 6)."""


class SigningAlgorithm(StrEnum):
    """How a message is signed (AWS KMS names)."""

    RSASSA_PSS_SHA_256 = "RSASSA_PSS_SHA_256"
    RSASSA_PSS_SHA_384 = "RSASSA_PSS_SHA_384"
    RSASSA_PSS_SHA_512 = "RSASSA_PSS_SHA_512"
    RSASSA_PKCS1_V1_5_SHA_256 = "RSASSA_PKCS1_V1_5_SHA_256"
    RSASSA_PKCS1_V1_5_SHA_384 = "RSASSA_PKCS1_V1_5_SHA_384"
    RSASSA_PKCS1_V1_5_SHA_512 = "RSASSA_PKCS1_V1_5_SHA_512"
    ECDSA_SHA_256 = "ECDSA_SHA_256"
    ECDSA_SHA_384 = "ECDSA_SHA_384"
    ECDSA_SHA_512 = "ECDSA_SHA_512"
    ED25519 = "ED25519_SHA_512"
    ML_DSA = "ML_DSA_SHAKE_256"

    @property
    def digest(self) -> str | None:
        """The hash of the message, as Python's standard library calls it; None where the key takes the message."""
        if self in (SigningAlgorithm.ED25519, SigningAlgorithm.ML_DSA):
            return None
        return "sha" + self.value[-3:]

    @property
    def digest_size(self) -> int | None:
        """Bytes of what may be signed in place of the message: its digest, ML-DSA's mu; None for Ed25519."""
        if self is SigningAlgorithm.ML_DSA:
            return MU_SIZE
        return None if self.digest is None else int(self.value[-3:]) // 8


class MacAlgorithm(StrEnum):
    """How a message authentication code is computed: HMAC (RFC 2104, FIPS 198-1), with AWS KMS names."""

    HMAC_SHA_224 = "HMAC_SHA_224"
    HMAC_SHA_256 = "HMAC_SHA_256"
    HMAC_SHA_384 = "HMAC_SHA_384"
    HMAC_SHA_512 = "HMAC_SHA_512"

    @property
    def digest(self) -> str:
        """The hash, as Python's standard library calls it."""
        return self.value.removeprefix("HMAC_").replace("_", "").lower()

    @property
    def size(self) -> int:
        """Bytes of the code, and of a key that Signet makes for it."""
        return int(self.value.removeprefix("HMAC_SHA_")) // 8


class EncryptionAlgorithm(StrEnum):
    """How an RSA key encrypts a few bytes: OAEP, the same hash for label and mask (RFC 8017, 7.1; AWS KMS names)."""

    RSAES_OAEP_SHA_256 = "RSAES_OAEP_SHA_256"
    RSAES_OAEP_SHA_1 = "RSAES_OAEP_SHA_1"

    @property
    def digest_size(self) -> int:
        """Bytes of the hash; twice that and two more is what the padding takes of the modulus."""
        return 32 if self is EncryptionAlgorithm.RSAES_OAEP_SHA_256 else 20
