"""Keys whose material is in the vault: making them, checking them, signing with them.

Material is 32 random bytes for SYMMETRIC_DEFAULT, as many as the digest has for HMAC (RFC 2104, 3), else a PKCS#8 DER
document (RFC 5208), without a password. Rule:
what enters the vault has passed `check_material`; what leaves it is authenticated, so signing does not check again.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from typing import TypeAlias

from cryptography.exceptions import InternalError, InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from signet.errors import KeyMaterialInvalid, UsageError
from signet.keys.spec import KeySpec, SigningAlgorithm
from signet.secret import Secret

PrivateKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

#: SYMMETRIC_DEFAULT is AES-256-GCM (bytes).
SYMMETRIC_SIZE = 32
#: FIPS 186-5, A.1.1: the RSA exponent is odd and above 2^16; OpenSSL verifies none above 64 bits with long moduli.
MIN_RSA_EXPONENT = 65537
MAX_RSA_EXPONENT_BITS = 64

#: What the library raises for a key that is not one; InternalError for an Ed448 key of another length, for instance.
UNREADABLE = (ValueError, UnsupportedAlgorithm, InternalError)

_RSA_SIZES = {KeySpec.RSA_2048: 2048, KeySpec.RSA_3072: 3072, KeySpec.RSA_4096: 4096}
_CURVES: dict[KeySpec, type[ec.EllipticCurve]] = {
    KeySpec.ECC_NIST_P256: ec.SECP256R1,
    KeySpec.ECC_NIST_P384: ec.SECP384R1,
    KeySpec.ECC_NIST_P521: ec.SECP521R1,
}
_HASHES: dict[SigningAlgorithm, hashes.HashAlgorithm] = {
    SigningAlgorithm.RSASSA_PKCS1_V1_5_SHA_256: hashes.SHA256(),
    SigningAlgorithm.RSASSA_PKCS1_V1_5_SHA_512: hashes.SHA512(),
    SigningAlgorithm.ECDSA_SHA_256: hashes.SHA256(),
    SigningAlgorithm.ECDSA_SHA_384: hashes.SHA384(),
    SigningAlgorithm.ECDSA_SHA_512: hashes.SHA512(),
}


@dataclass(frozen=True)
class GeneratedKey:
    """Fresh material, which the caller wipes, and its public key: DER SubjectPublicKeyInfo, None if symmetric."""

    material: Secret = field(repr=False)
    public_key: bytes | None


def generate(spec: KeySpec) -> GeneratedKey:
    """Make key material of a spec from the system's random source."""
    if spec.is_symmetric:
        return GeneratedKey(Secret(secrets.token_bytes(symmetric_size(spec))), None)
    private: PrivateKey
    if spec in _RSA_SIZES:
        private = rsa.generate_private_key(public_exponent=MIN_RSA_EXPONENT, key_size=_RSA_SIZES[spec])
    elif spec in _CURVES:
        private = ec.generate_private_key(_CURVES[spec]())
    else:
        private = ed25519.Ed25519PrivateKey.generate()
    return GeneratedKey(to_material(private), _spki(private))


def symmetric_size(spec: KeySpec) -> int:
    """Bytes of a key that has no public half."""
    return SYMMETRIC_SIZE if spec.mac_algorithm is None else spec.mac_algorithm.size


def to_material(private: PrivateKey) -> Secret:
    """Write a private key as material: PKCS#8 DER without a password."""
    return Secret(private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


def kept(private: object) -> PrivateKey:
    """Return a loaded private key if its kind is one that Signet keeps; else raise KeyMaterialInvalid."""
    if not isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey):
        raise KeyMaterialInvalid(reason="its kind is not one that Signet keeps")
    return private


def spec_of(private: PrivateKey) -> KeySpec:
    """Name the spec that fits a private key; raise KeyMaterialInvalid for a kind or size that no spec has."""
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return KeySpec.ECC_NIST_EDWARDS25519
    for spec in KeySpec:
        if isinstance(private, rsa.RSAPrivateKey) and private.key_size == _RSA_SIZES.get(spec):
            return spec
        if isinstance(private, ec.EllipticCurvePrivateKey) and isinstance(private.curve, _CURVES.get(spec, ())):
            return spec
    raise KeyMaterialInvalid(reason="its kind or size is not one that Signet keeps")


def check_material(material: Secret, spec: KeySpec) -> bytes | None:
    """Return the public key of material that really is a key of this spec (None if symmetric).

    Checked: length; the kind, size or curve; that the numbers belong together, RSA primes included; the RSA
    exponent; that a signature made with it verifies. Raises KeyMaterialInvalid with the reason.
    """
    if spec.is_symmetric:
        size = symmetric_size(spec)
        if len(material) != size:
            raise KeyMaterialInvalid(reason=f"it must be {size} bytes, and is {len(material)}")
        # A wiped buffer is all zeros; such a key would protect nothing.
        if hmac.compare_digest(material.reveal(), bytes(size)):
            raise KeyMaterialInvalid(reason="it is all zeros")
        return None
    private = _load(material, checked=False)
    if spec_of(private) is not spec:
        raise KeyMaterialInvalid(reason=f"it is not a key of the kind {spec}")
    if isinstance(private, rsa.RSAPrivateKey):
        exponent = private.public_key().public_numbers().e
        if exponent < MIN_RSA_EXPONENT or exponent.bit_length() > MAX_RSA_EXPONENT_BITS:
            raise KeyMaterialInvalid(reason=f"its RSA exponent is {exponent}; it must be 65537 or a little more")
    _try(private)
    return _spki(private)


class SoftwareSigningKey:
    """A private key from the vault, as the key handle seam wants it (`signet.keys.handle.SigningKey`).

    The material is read once and not kept, the caller wipes it; OpenSSL holds the key until this object is gone.
    Raises KeyMaterialInvalid if the material is not a private key of this spec.
    """

    def __init__(self, material: Secret, spec: KeySpec) -> None:
        self._private = _load(material, checked=True)
        if spec_of(self._private) is not spec:
            raise KeyMaterialInvalid(reason=f"it is not a key of the kind {spec}")
        self._public_key = _spki(self._private)

    @property
    def public_key(self) -> bytes:
        """The public key, DER SubjectPublicKeyInfo."""
        return self._public_key

    def sign(self, message: bytes, algorithm: SigningAlgorithm) -> bytes:
        """Sign ``message``; forms as in `signet.keys.handle.SigningKey`. UsageError if the algorithm does not fit."""
        return _sign(self._private, message, algorithm)


def _load(material: Secret, *, checked: bool) -> PrivateKey:
    """Read PKCS#8 DER; ``checked`` material skips the primality tests of RSA (0.3 s for 4096 bits)."""
    try:
        private = load_der_private_key(material.reveal(), None, unsafe_skip_rsa_key_validation=checked)
    except (TypeError, *UNREADABLE):
        raise KeyMaterialInvalid(reason="it is not a valid PKCS#8 private key") from None
    return kept(private)


def _spki(private: PrivateKey) -> bytes:
    return private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _sign(private: PrivateKey, message: bytes, algorithm: SigningAlgorithm) -> bytes:
    if isinstance(private, ed25519.Ed25519PrivateKey) and algorithm is SigningAlgorithm.ED25519:
        return private.sign(message)
    if isinstance(private, rsa.RSAPrivateKey) and algorithm.startswith("RSASSA_PKCS1_V1_5_"):
        return private.sign(message, padding.PKCS1v15(), _HASHES[algorithm])
    if isinstance(private, ec.EllipticCurvePrivateKey) and algorithm.startswith("ECDSA_"):
        return private.sign(message, ec.ECDSA(_HASHES[algorithm]))
    raise UsageError(reason=f"A key of the kind {spec_of(private)} cannot sign with {algorithm}.")


def _try(private: PrivateKey) -> None:
    """Sign and verify once: a private half that does not fit its public half is found (FIPS 140-3, 10.3.A)."""
    message = b"signet pairwise consistency"
    public = private.public_key()
    try:
        if isinstance(public, rsa.RSAPublicKey):
            signature = _sign(private, message, SigningAlgorithm.RSASSA_PKCS1_V1_5_SHA_256)
            public.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
        elif isinstance(public, ec.EllipticCurvePublicKey):
            public.verify(_sign(private, message, SigningAlgorithm.ECDSA_SHA_256), message, ec.ECDSA(hashes.SHA256()))
        else:
            public.verify(_sign(private, message, SigningAlgorithm.ED25519), message)
    except (InvalidSignature, ValueError):
        raise KeyMaterialInvalid(reason="its private and public halves do not belong together") from None
