"""Keys whose material is in the vault: making them, checking them, signing with them.

Material is 32 random bytes for SYMMETRIC_DEFAULT, as many as the digest has for HMAC (RFC 2104, 3), else a PKCS#8 DER
document (RFC 5208), without a password. Rule:
what enters the vault has passed `check_material`; what leaves it is authenticated, so signing does not check again.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from signet.crypto import agreement
from signet.crypto.kinds import (
    CURVES,
    GENERATORS,
    PRIVATE_TYPES,
    RSA_SIZES,
    UNREADABLE,
    PrivateKey,
    find_spec,
    spki,
)
from signet.crypto.signatures import Prepared, sign_prepared, verify_prepared
from signet.errors import KeyMaterialInvalid, SignatureInvalid
from signet.keys.spec import KeySpec, SigningAlgorithm
from signet.secret import Secret

__all__ = [
    "UNREADABLE",
    "GeneratedKey",
    "PrivateKey",
    "SoftwareSigningKey",
    "check_material",
    "generate",
    "kept",
    "load_material",
    "refuse_weak",
    "spec_of",
    "symmetric_size",
    "to_material",
]

#: SYMMETRIC_DEFAULT is AES-256-GCM (bytes).
SYMMETRIC_SIZE = 32
#: FIPS 186-5, A.1.1: the RSA exponent is odd and above 2^16; OpenSSL verifies none above 64 bits with long moduli.
MIN_RSA_EXPONENT = 65537
MAX_RSA_EXPONENT_BITS = 64
#: SP 800-131A Rev. 2, table 2: below 112 bits of security (bits).
MIN_RSA_BITS = 2048


@dataclass(frozen=True)
class GeneratedKey:
    """Fresh material, which the caller wipes, and its public key: DER SubjectPublicKeyInfo, None if symmetric."""

    material: Secret = field(repr=False)
    public_key: bytes | None


def generate(spec: KeySpec) -> GeneratedKey:
    """Make key material of a spec from the system's random source."""
    if spec.is_symmetric:
        return GeneratedKey(Secret(secrets.token_bytes(symmetric_size(spec))), None)
    private = _new_private(spec)
    return GeneratedKey(to_material(private), spki(private.public_key()))


def _new_private(spec: KeySpec) -> PrivateKey:
    if spec in RSA_SIZES:
        return rsa.generate_private_key(public_exponent=MIN_RSA_EXPONENT, key_size=RSA_SIZES[spec])
    if spec in CURVES:
        return ec.generate_private_key(CURVES[spec]())
    return GENERATORS[spec]()


def symmetric_size(spec: KeySpec) -> int:
    """Bytes of a key that has no public half."""
    return SYMMETRIC_SIZE if spec.mac_algorithm is None else spec.mac_algorithm.size


def to_material(private: PrivateKey) -> Secret:
    """Write a private key as material: PKCS#8 DER without a password."""
    return Secret(private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


def kept(private: object) -> PrivateKey:
    """Return a loaded private key if its kind is one that Signet keeps; else raise KeyMaterialInvalid."""
    if not isinstance(private, PRIVATE_TYPES):
        raise KeyMaterialInvalid(reason="its kind is not one that Signet keeps")
    return private


def spec_of(private: PrivateKey) -> KeySpec:
    """Name the spec that fits a private key; raise KeyMaterialInvalid for a kind or size that no spec has."""
    spec = find_spec(private)
    if spec is None:
        raise KeyMaterialInvalid(reason="its kind or size is not one that Signet keeps")
    return spec


def refuse_weak(private: PrivateKey) -> None:
    """Raise KeyMaterialInvalid for an RSA key that is too short, or has numbers that make it weak."""
    if isinstance(private, rsa.RSAPrivateKey):
        if private.key_size < MIN_RSA_BITS:
            raise KeyMaterialInvalid(
                reason=f"an RSA key of {private.key_size} bits is too weak; {MIN_RSA_BITS} is the least"
            )
        _refuse_exponent(private)


def _refuse_exponent(private: rsa.RSAPrivateKey) -> None:
    exponent = private.public_key().public_numbers().e
    if exponent.bit_length() > MAX_RSA_EXPONENT_BITS:  # Python writes no number of more than 4300 digits
        raise KeyMaterialInvalid(reason=f"its RSA exponent has {exponent.bit_length()} bits; 65537 is usual")
    if exponent < MIN_RSA_EXPONENT:
        raise KeyMaterialInvalid(reason=f"its RSA exponent is {exponent}; it must be 65537 or a little more")


def check_material(material: Secret, spec: KeySpec) -> bytes | None:
    """Return the public key of material that really is a key of this spec (None if symmetric).

    Checked: length; the kind, size or curve; that the numbers belong together, RSA primes included; the RSA
    exponent; that what its private half does its public half undoes. Raises KeyMaterialInvalid with the reason.
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
        _refuse_exponent(private)
    _try(private, spec)
    return spki(private.public_key())


def load_material(material: Secret, spec: KeySpec) -> PrivateKey:
    """Load the private key of a key pair from the vault; raise KeyMaterialInvalid if it is not one of this spec.

    The material is read once and not kept, the caller wipes it; OpenSSL holds the key until the object is gone.
    """
    private = _load(material, checked=True)
    if spec_of(private) is not spec:
        raise KeyMaterialInvalid(reason=f"it is not a key of the kind {spec}")
    return private


class SoftwareSigningKey:
    """A private key from the vault, as the key handle seam wants it (`signet.keys.handle.SigningKey`).

    Raises KeyMaterialInvalid as `load_material`, UsageError for keys that do not sign.
    """

    def __init__(self, material: Secret, spec: KeySpec) -> None:
        self._private = load_material(material, spec)
        self._public = self._private.public_key()
        self._public_key = spki(self._public)

    @property
    def public_key(self) -> bytes:
        """The public key, DER SubjectPublicKeyInfo."""
        return self._public_key

    def sign(self, message: bytes, algorithm: SigningAlgorithm) -> bytes:
        """Sign ``message``; forms as in `signet.keys.handle.SigningKey`. UsageError if the algorithm does not fit."""
        prepared = Prepared(self._public, algorithm)
        prepared.update(message)
        return self.sign_prepared(prepared.finish(), algorithm)

    def sign_prepared(self, prepared: bytes, algorithm: SigningAlgorithm) -> bytes:
        """Sign what `signet.crypto.signatures.Prepared` made of a message, or a digest in its place."""
        return sign_prepared(self._private, prepared, algorithm)


def _load(material: Secret, *, checked: bool) -> PrivateKey:
    """Read PKCS#8 DER; ``checked`` material skips the primality tests of RSA (0.3 s for 4096 bits)."""
    try:
        private = load_der_private_key(material.reveal(), None, unsafe_skip_rsa_key_validation=checked)
    except (TypeError, *UNREADABLE):
        raise KeyMaterialInvalid(reason="it is not a valid PKCS#8 private key") from None
    return kept(private)


def _try(private: PrivateKey, spec: KeySpec) -> None:
    """Use both halves once: a private half that does not fit its public half is found (FIPS 140-3, 10.3.A)."""
    message, public = b"signet pairwise consistency", private.public_key()
    try:
        if spec.signing_algorithm is not None:
            prepared = Prepared(public, spec.signing_algorithm)
            prepared.update(message)
            ready = prepared.finish()
            verify_prepared(
                public, ready, sign_prepared(private, ready, spec.signing_algorithm), spec.signing_algorithm
            )
        elif spec.is_kem:
            shared, ciphertext = agreement.encapsulate(public)
            if agreement.decapsulate(private, ciphertext) != shared:
                raise SignatureInvalid
        else:
            other = _new_private(spec)
            if agreement.agree(private, other.public_key()) != agreement.agree(other, public):
                raise SignatureInvalid
    except (SignatureInvalid, ValueError):
        raise KeyMaterialInvalid(reason="its private and public halves do not belong together") from None
