"""What a key is: spec, usage, origin, protection, signing algorithm (AWS KMS names; DESIGN.md, section 6)."""

from __future__ import annotations

from enum import StrEnum


class KeyUsage(StrEnum):
    """What a key is for; exactly one, fixed at creation."""

    ENCRYPT_DECRYPT = "ENCRYPT_DECRYPT"
    SIGN_VERIFY = "SIGN_VERIFY"


class KeySpec(StrEnum):
    """The kind and size of the key material."""

    SYMMETRIC_DEFAULT = "SYMMETRIC_DEFAULT"
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
        return KeyUsage.SIGN_VERIFY

    @property
    def usages(self) -> tuple[KeyUsage, ...]:
        """Every usage that a key of this spec may be created with; RSA that decrypts lives on cards alone."""
        if self in (KeySpec.RSA_2048, KeySpec.RSA_3072, KeySpec.RSA_4096):
            return (KeyUsage.SIGN_VERIFY, KeyUsage.ENCRYPT_DECRYPT)
        return (self.default_usage,)

    @property
    def is_symmetric(self) -> bool:
        """Whether there is no public key."""
        return self is KeySpec.SYMMETRIC_DEFAULT

    @property
    def signing_algorithm(self) -> SigningAlgorithm | None:
        """How a key of this spec signs when no algorithm is named; None if it does not sign."""
        return _SIGNING_ALGORITHMS.get(self)


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


_SIGNING_ALGORITHMS = {
    KeySpec.RSA_2048: SigningAlgorithm.RSASSA_PKCS1_V1_5_SHA_256,
    KeySpec.RSA_3072: SigningAlgorithm.RSASSA_PKCS1_V1_5_SHA_256,
    KeySpec.RSA_4096: SigningAlgorithm.RSASSA_PKCS1_V1_5_SHA_256,
    KeySpec.ECC_NIST_P256: SigningAlgorithm.ECDSA_SHA_256,
    KeySpec.ECC_NIST_P384: SigningAlgorithm.ECDSA_SHA_384,
    KeySpec.ECC_NIST_P521: SigningAlgorithm.ECDSA_SHA_512,
    KeySpec.ECC_NIST_EDWARDS25519: SigningAlgorithm.ED25519,
}
