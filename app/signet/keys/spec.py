"""What a key is: spec, usage, origin, protection, signing algorithm (AWS KMS names; DESIGN.md, section 6)."""

from __future__ import annotations

from enum import StrEnum

from signet.keys.algorithms import EncryptionAlgorithm, MacAlgorithm, SigningAlgorithm

__all__ = ["KeySpec", "KeyUsage", "MacAlgorithm", "Origin", "Protection", "SigningAlgorithm"]


class KeyUsage(StrEnum):
    """What a key is for; exactly one, fixed at creation."""

    ENCRYPT_DECRYPT = "ENCRYPT_DECRYPT"
    SIGN_VERIFY = "SIGN_VERIFY"
    GENERATE_VERIFY_MAC = "GENERATE_VERIFY_MAC"
    KEY_AGREEMENT = "KEY_AGREEMENT"
    ENCAPSULATE_DECAPSULATE = "ENCAPSULATE_DECAPSULATE"


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
    ECC_SECG_P256K1 = "ECC_SECG_P256K1"
    ECC_NIST_EDWARDS25519 = "ECC_NIST_EDWARDS25519"
    ML_DSA_44 = "ML_DSA_44"
    ML_DSA_65 = "ML_DSA_65"
    ML_DSA_87 = "ML_DSA_87"
    ML_KEM_768 = "ML_KEM_768"
    ML_KEM_1024 = "ML_KEM_1024"
    X25519 = "X25519"

    @property
    def default_usage(self) -> KeyUsage:
        """The usage a key of this spec gets when none is named (DESIGN.md, section 9)."""
        if self is KeySpec.SYMMETRIC_DEFAULT:
            return KeyUsage.ENCRYPT_DECRYPT
        if self.mac_algorithm is not None:
            return KeyUsage.GENERATE_VERIFY_MAC
        if self.is_kem:
            return KeyUsage.ENCAPSULATE_DECAPSULATE
        return KeyUsage.KEY_AGREEMENT if self is KeySpec.X25519 else KeyUsage.SIGN_VERIFY

    @property
    def usages(self) -> tuple[KeyUsage, ...]:
        """Every usage that a key of this spec may be created with, its default first; curves open files on cards."""
        if self in CURVES:
            return (KeyUsage.SIGN_VERIFY, KeyUsage.ENCRYPT_DECRYPT, KeyUsage.KEY_AGREEMENT)
        if self in _RSA:
            return (KeyUsage.SIGN_VERIFY, KeyUsage.ENCRYPT_DECRYPT)
        return (self.default_usage,)

    @property
    def is_kem(self) -> bool:
        """Whether a key of this spec encapsulates shared secrets (FIPS 203)."""
        return self in (KeySpec.ML_KEM_768, KeySpec.ML_KEM_1024)

    @property
    def is_symmetric(self) -> bool:
        """Whether there is no public key."""
        return self is KeySpec.SYMMETRIC_DEFAULT or self.mac_algorithm is not None

    @property
    def lives_on_tokens(self) -> bool:
        """Whether a key of this spec can be on a token: PKCS#11 modules know no others of these."""
        return self in (*_RSA, *CURVES, KeySpec.ECC_NIST_EDWARDS25519)

    @property
    def known_to_ssh(self) -> bool:
        """Whether SSH has a form for such a key, and so SSHSIG for its signatures."""
        return self.lives_on_tokens

    @property
    def signing_algorithm(self) -> SigningAlgorithm | None:
        """How a key of this spec signs when no algorithm is named; None if it does not sign."""
        return _SIGNING_ALGORITHMS.get(self)

    @property
    def signing_algorithms(self) -> tuple[SigningAlgorithm, ...]:
        """Every way that a key of this spec signs, as AWS KMS has them; none if it does not sign."""
        if self in _RSA:
            return tuple(each for each in SigningAlgorithm if each.startswith("RSASSA_"))
        return () if self.signing_algorithm is None else (self.signing_algorithm,)

    @property
    def encryption_algorithms(self) -> tuple[EncryptionAlgorithm, ...]:
        """Every way that a key pair of this spec encrypts a few bytes, the default first; RSA alone does."""
        return tuple(EncryptionAlgorithm) if self in _RSA else ()

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


_RSA = (KeySpec.RSA_2048, KeySpec.RSA_3072, KeySpec.RSA_4096)
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
    KeySpec.ECC_SECG_P256K1: SigningAlgorithm.ECDSA_SHA_256,
    KeySpec.ECC_NIST_EDWARDS25519: SigningAlgorithm.ED25519,
    KeySpec.ML_DSA_44: SigningAlgorithm.ML_DSA,
    KeySpec.ML_DSA_65: SigningAlgorithm.ML_DSA,
    KeySpec.ML_DSA_87: SigningAlgorithm.ML_DSA,
}
