"""What a key is: spec, usage, origin, protection, signing algorithm (AWS KMS names; DESIGN.md, section 6)."""

from __future__ import annotations

from enum import StrEnum


class KeyUsage(StrEnum):
    """What a key is for; exactly one, fixed at creation."""

    ENCRYPT_DECRYPT = "ENCRYPT_DECRYPT"
    SIGN_VERIFY = "SIGN_VERIFY"
    GENERATE_VERIFY_MAC = "GENERATE_VERIFY_MAC"


class KeySpec(StrEnum):
    """The kind and size of the key material."""

    SYMMETRIC_DEFAULT = "SYMMETRIC_DEFAULT"
    HMAC_224 = "HMAC_224"
    HMAC_256 = "HMAC_256"
    HMAC_384 = "HMAC_384"
    HMAC_512 = "HMAC_512"
    RSA_2048 = "RSA_2048"
    RSA_3072 = "RSA_3072"
    RSA_4096 = "RSA_4096"
    ECC_NIST_P256 = "ECC_NIST_P256"
    ECC_NIST_P384 = "ECC_NIST_P384"
    ECC_NIST_P521 = "ECC_NIST_P521"
    ECC_NIST_EDWARDS25519 = "ECC_NIST_EDWARDS25519"

    @property
    def default_usage(self) -> KeyUsage:
        """The usage a key of this spec gets when none is named (DESIGN.md, section 9)."""
        if self is KeySpec.SYMMETRIC_DEFAULT:
            return KeyUsage.ENCRYPT_DECRYPT
        if self.mac_algorithm is not None:
            return KeyUsage.GENERATE_VERIFY_MAC
        return KeyUsage.SIGN_VERIFY

    @property
    def usages(self) -> tuple[KeyUsage, ...]:
        """Every usage that a key of this spec may be created with; a key pair that decrypts lives on cards alone."""
        if self in (KeySpec.RSA_2048, KeySpec.RSA_3072, KeySpec.RSA_4096, *CURVES):
            return (KeyUsage.SIGN_VERIFY, KeyUsage.ENCRYPT_DECRYPT)
        return (self.default_usage,)

    @property
    def is_symmetric(self) -> bool:
        """Whether there is no public key."""
        return self is KeySpec.SYMMETRIC_DEFAULT or self.mac_algorithm is not None

    @property
    def signing_algorithm(self) -> SigningAlgorithm | None:
        """How a key of this spec signs when no algorithm is named; None if it does not sign."""
        return _SIGNING_ALGORITHMS.get(self)

    @property
    def mac_algorithm(self) -> MacAlgorithm | None:
        """How a key of this spec authenticates messages, always in the same way; None if it does not."""
        return _MAC_ALGORITHMS.get(self)


CURVES = (KeySpec.ECC_NIST_P256, KeySpec.ECC_NIST_P384, KeySpec.ECC_NIST_P521)
"""Curves on which a card's key opens files, by the Raw ECDH keyring of the Encryption SDK."""


class Origin(StrEnum):
    """Where the key material was made."""

    VAULT = "VAULT"
    EXTERNAL = "EXTERNAL"
    TOKEN = "TOKEN"


class Protection(StrEnum):
    """What stands between the vault's master key and the key material; guarded: wrapped once more, to guards."""

    VAULT = "vault"
    GUARDED = "guarded"
    TOKEN = "token"


class SigningAlgorithm(StrEnum):
    """How a message is signed (AWS KMS names)."""

    RSASSA_PKCS1_V1_5_SHA_256 = "RSASSA_PKCS1_V1_5_SHA_256"
    RSASSA_PKCS1_V1_5_SHA_512 = "RSASSA_PKCS1_V1_5_SHA_512"
    ECDSA_SHA_256 = "ECDSA_SHA_256"
    ECDSA_SHA_384 = "ECDSA_SHA_384"
    ECDSA_SHA_512 = "ECDSA_SHA_512"
    ED25519 = "ED25519_SHA_512"


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


_MAC_ALGORITHMS = {
    KeySpec.HMAC_224: MacAlgorithm.HMAC_SHA_224,
    KeySpec.HMAC_256: MacAlgorithm.HMAC_SHA_256,
    KeySpec.HMAC_384: MacAlgorithm.HMAC_SHA_384,
    KeySpec.HMAC_512: MacAlgorithm.HMAC_SHA_512,
}
_SIGNING_ALGORITHMS = {
    KeySpec.RSA_2048: SigningAlgorithm.RSASSA_PKCS1_V1_5_SHA_256,
    KeySpec.RSA_3072: SigningAlgorithm.RSASSA_PKCS1_V1_5_SHA_256,
    KeySpec.RSA_4096: SigningAlgorithm.RSASSA_PKCS1_V1_5_SHA_256,
    KeySpec.ECC_NIST_P256: SigningAlgorithm.ECDSA_SHA_256,
    KeySpec.ECC_NIST_P384: SigningAlgorithm.ECDSA_SHA_384,
    KeySpec.ECC_NIST_P521: SigningAlgorithm.ECDSA_SHA_512,
    KeySpec.ECC_NIST_EDWARDS25519: SigningAlgorithm.ED25519,
}
