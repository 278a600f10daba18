"""Certificates that a key signs for itself, and requests for certificates (PKCS#10), for keys here and on tokens.

The library builds both (RFC 5280, RFC 2986) and asks a private key of its own kind to sign; the ones here have none
and hand what is to be signed to a `signet.keys.handle.SigningKey`. What comes back is checked before it is given out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NoReturn, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from signet.crypto.certificate_facts import issued_by
from signet.crypto.kinds import PublicKey
from signet.crypto.peers import checked_public, spec_of_public
from signet.crypto.signatures import Prepared, verify_prepared
from signet.errors import SignatureInvalid, UsageError
from signet.keys.handle import SigningKey
from signet.keys.spec import KeySpec, SigningAlgorithm

CERTIFIED = (
    KeySpec.RSA_2048,
    KeySpec.RSA_3072,
    KeySpec.RSA_4096,
    KeySpec.ECC_NIST_P256,
    KeySpec.ECC_NIST_P384,
    KeySpec.ECC_NIST_P521,
    KeySpec.ECC_NIST_EDWARDS25519,
)
"""Kinds of keys for which certificates are made: those with whose certificates other programs can do something."""
BACKDATED = timedelta(minutes=5)
"""So much earlier a certificate begins: clocks elsewhere are late, and to them it would not hold yet."""

_SEQUENCE = b"\x30"
_HASHES: dict[str, hashes.SHA256 | hashes.SHA384 | hashes.SHA512] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_USAGE = x509.KeyUsage(  # RFC 5280, 4.2.1.3; nonRepudiation is called content_commitment here
    digital_signature=True,
    content_commitment=True,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True)
class Naming:
    """Who a certificate is to name; ``email`` is "" for none."""

    subject: x509.Name
    email: str = ""


def self_signed(
    key: SigningKey, naming: Naming, *, now: datetime, days: int, algorithm: SigningAlgorithm | None = None
) -> bytes:
    """Make a certificate (DER) that ``key`` signs for itself, for signing documents, from now for ``days``.

    It certifies nobody else (CA:FALSE). It has no extended key usage, because one would rule all others out: without
    any it is for e-mail, CMS and PDF alike (RFC 5280, 4.2.1.12). The serial number has 159 random bits.
    ``algorithm`` is that of its own signature. Raises UsageError for a key or algorithm that makes none,
    SignatureInvalid if the key signed wrongly, what the key raises.
    """
    private = _private(key, algorithm)
    public = private.public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(naming.subject)
        .issuer_name(naming.subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_USAGE, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
    if naming.email:
        builder = builder.add_extension(_alternative(naming.email), critical=False)
    made = builder.sign(private, private.hash_algorithm, rsa_padding=private.rsa_padding)
    if not issued_by(made, made):
        raise SignatureInvalid
    return made.public_bytes(Encoding.DER)


def request(key: SigningKey, naming: Naming, *, algorithm: SigningAlgorithm | None = None) -> bytes:
    """Make a request (PKCS#10, DER) for a certificate over ``key``; raises as `self_signed`."""
    private = _private(key, algorithm)
    builder = (
        x509.CertificateSigningRequestBuilder().subject_name(naming.subject).add_extension(_USAGE, critical=True)
    )
    if naming.email:
        builder = builder.add_extension(_alternative(naming.email), critical=False)
    made = builder.sign(private, private.hash_algorithm, rsa_padding=private.rsa_padding)
    if not made.is_signature_valid:
        raise SignatureInvalid
    return made.public_bytes(Encoding.DER)


def request_pem(der: bytes) -> str:
    """Write a request as PEM (RFC 7468, 7)."""
    return x509.load_der_x509_csr(der).public_bytes(Encoding.PEM).decode("ascii")


def _alternative(email: str) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([x509.RFC822Name(email)])


class _Handed:
    """What the adapters have in common: a key elsewhere, and one way to sign."""

    def __init__(self, key: SigningKey, public: PublicKey, algorithm: SigningAlgorithm) -> None:
        self._key = key
        self._public = public
        self._algorithm = algorithm

    @property
    def hash_algorithm(self) -> hashes.SHA256 | hashes.SHA384 | hashes.SHA512 | None:
        """What the builder is told: the hash, None for Ed25519."""
        return None if self._algorithm.digest is None else _HASHES[self._algorithm.digest]

    @property
    def rsa_padding(self) -> padding.PSS | padding.PKCS1v15 | None:
        """What the builder is told: the padding, None unless RSA."""
        hashing = self.hash_algorithm
        if hashing is None or not self._algorithm.startswith("RSASSA_"):
            return None
        if self._algorithm.startswith("RSASSA_PSS"):
            return padding.PSS(mgf=padding.MGF1(hashing), salt_length=padding.PSS.DIGEST_LENGTH)
        return padding.PKCS1v15()

    def _sign(self, data: bytes) -> bytes:
        """Sign the DER of a certificate or request and nothing else, and check what came back.

        It begins with a SEQUENCE, and so is never what an SSH signature is over: keys that vouch for a vault may sign
        it (docs/decisions/0039).
        """
        message = bytes(data)
        if message[:1] != _SEQUENCE:
            raise UsageError(reason="Only certificates and requests are signed here.")
        prepared = Prepared(self._public, self._algorithm)
        prepared.update(message)
        signature = self._key.sign(message, self._algorithm)
        verify_prepared(self._public, prepared.finish(), signature, self._algorithm)
        return signature

    def _absent(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("the private key is elsewhere")

    private_bytes = private_numbers = private_bytes_raw = exchange = decrypt = _absent
    __copy__ = __deepcopy__ = _absent


class _Rsa(_Handed, rsa.RSAPrivateKey):
    def __init__(self, key: SigningKey, public: rsa.RSAPublicKey, algorithm: SigningAlgorithm) -> None:
        super().__init__(key, public, algorithm)
        self._own = public

    @property
    def key_size(self) -> int:
        return self.public_key().key_size

    def public_key(self) -> rsa.RSAPublicKey:
        return self._own

    def sign(self, data: Any, *_: Any, **__: Any) -> bytes:
        return self._sign(data)


class _Curve(_Handed, ec.EllipticCurvePrivateKey):
    def __init__(self, key: SigningKey, public: ec.EllipticCurvePublicKey, algorithm: SigningAlgorithm) -> None:
        super().__init__(key, public, algorithm)
        self._own = public

    @property
    def curve(self) -> ec.EllipticCurve:
        return self.public_key().curve

    @property
    def key_size(self) -> int:
        return self.curve.key_size

    def public_key(self) -> ec.EllipticCurvePublicKey:
        return self._own

    def sign(self, data: Any, *_: Any, **__: Any) -> bytes:
        return self._sign(data)


class _Edwards(_Handed, ed25519.Ed25519PrivateKey):
    def __init__(self, key: SigningKey, public: ed25519.Ed25519PublicKey, algorithm: SigningAlgorithm) -> None:
        super().__init__(key, public, algorithm)
        self._own = public

    def public_key(self) -> ed25519.Ed25519PublicKey:
        return self._own

    def sign(self, data: Any) -> bytes:
        return self._sign(data)


_Adapter: TypeAlias = _Rsa | _Curve | _Edwards


def _private(key: SigningKey, algorithm: SigningAlgorithm | None) -> _Adapter:
    public = checked_public(key.public_key)
    spec = spec_of_public(public)
    if spec not in CERTIFIED:
        raise UsageError(reason=f"No certificates are made for keys of the kind {spec}.")
    chosen = algorithm or spec.signing_algorithm
    if chosen is None or chosen not in spec.signing_algorithms:
        raise UsageError(reason=f"A key of the kind {spec} cannot sign with {chosen}.")
    if isinstance(public, rsa.RSAPublicKey):
        return _Rsa(key, public, chosen)
    if isinstance(public, ec.EllipticCurvePublicKey):
        return _Curve(key, public, chosen)
    if isinstance(public, ed25519.Ed25519PublicKey):
        return _Edwards(key, public, chosen)
    raise UsageError(reason=f"No certificates are made for keys of the kind {spec}.")
