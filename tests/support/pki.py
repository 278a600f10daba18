"""A certification authority for tests: root, issuing authority, signers, a time stamper, and what revokes them.

Everything is made once for a process, with `cryptography`; moments are fixed, so nothing ends by itself: signers hold
from 2026-01-01 to 2028-01-01, authorities and the time stamper to 2046, CRLs from `THIS_UPDATE` for a year.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

PrivateKey: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 20, 14, 2, tzinfo=UTC)
SIGNERS_END = datetime(2028, 1, 1, tzinfo=UTC)
AUTHORITIES_END = datetime(2046, 1, 1, tzinfo=UTC)
THIS_UPDATE = datetime(2026, 11, 1, tzinfo=UTC)
CRL_LIFE = timedelta(days=365)
CRL_URL = "http://127.0.0.1:1/issuing.crl"
"""Nobody answers there unless a test makes certificates with another address."""


@dataclass(frozen=True)
class Holder:
    """A private key and the certificate over it; ``der`` and ``pem`` are the certificate's."""

    key: PrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def pkcs8(self) -> bytes:
        return self.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def spki(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def write(self, folder: Path, name: str) -> tuple[Path, Path]:
        """Write ``NAME.pem`` and ``NAME.key`` for other programs, and return where they are."""
        certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
        certificate.write_bytes(self.pem)
        key.write_bytes(self.key_pem)
        return certificate, key


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "EE"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def usage(*wanted: str) -> x509.KeyUsage:
    """A key usage extension with the named bits."""
    bits = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{bit: bit in wanted for bit in bits})


SIGNS = ("digital_signature", "content_commitment")


def certify(
    common: str,
    public: ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
    issuer: Holder | PrivateKey,
    *,
    begin: datetime = BEGIN,
    end: datetime = SIGNERS_END,
    usages: Sequence[str] | None = SIGNS,
    authority: bool = False,
    crl_url: str = "",
    ocsp_url: str = "",
    extended: Sequence[x509.ObjectIdentifier] = (),
    extra: Sequence[x509.ExtensionType] = (),
) -> x509.Certificate:
    """Certify a public key; by a private key alone it is its own issuer. Serial numbers follow from name and key."""
    from_holder = isinstance(issuer, Holder)
    signing = issuer.key if isinstance(issuer, Holder) else issuer
    issuer_name = issuer.certificate.subject if isinstance(issuer, Holder) else _name(common)
    digest = hashes.Hash(hashes.SHA256())
    digest.update(common.encode() + public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(common))
        .issuer_name(issuer_name)
        .public_key(public)
        .serial_number(int.from_bytes(digest.finalize()[:15], "big") | 1)
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False)
    )
    if usages is not None:
        builder = builder.add_extension(usage(*usages), critical=True)
    if extended:
        critical = ExtendedKeyUsageOID.TIME_STAMPING in extended  # RFC 3161, 2.3
        builder = builder.add_extension(x509.ExtendedKeyUsage(list(extended)), critical=critical)
    if crl_url:
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(crl_url)], None, None, None)
        builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
    if ocsp_url:
        access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(ocsp_url))
        builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
    for each in extra:
        builder = builder.add_extension(each, critical=False)
    assert from_holder or begin <= end
    return builder.sign(signing, hashes.SHA256())


@cache
def root() -> Holder:
    """The root, which signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    usages = ("key_cert_sign", "crl_sign")
    return Holder(
        key, certify("Example Root", key.public_key(), key, end=AUTHORITIES_END, usages=usages, authority=True)
    )


@cache
def issuing() -> Holder:
    """The authority that issues, under the root."""
    key = ec.generate_private_key(ec.SECP256R1())
    usages = ("key_cert_sign", "crl_sign", "digital_signature")
    certificate = certify(
        "Example Issuing CA", key.public_key(), root(), end=AUTHORITIES_END, usages=usages, authority=True
    )
    return Holder(key, certificate)


def new_key(kind: str) -> PrivateKey:
    """A new private key: ``p256``, ``p384`` or ``rsa`` (2048 bits)."""
    if kind == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key({"p256": ec.SECP256R1(), "p384": ec.SECP384R1()}[kind])


def signer(kind: str = "p256", common: str = "Mari Maasikas") -> Holder:
    """Somebody with a certificate of the issuing authority, whose CRL is at `CRL_URL`."""
    return _signer(kind, common)


@cache
def _signer(kind: str, common: str) -> Holder:
    """Cached by what was meant, however it was said."""
    key = new_key(kind)
    return Holder(key, certify(common, key.public_key(), issuing(), crl_url=CRL_URL))


@cache
def time_stamper() -> Holder:
    """Who stamps times (RFC 3161, 2.3)."""
    key = new_key("p256")
    certificate = certify(
        "Example Time Stamper",
        key.public_key(),
        issuing(),
        end=AUTHORITIES_END,
        crl_url=CRL_URL,
        extended=(ExtendedKeyUsageOID.TIME_STAMPING,),
    )
    return Holder(key, certificate)


def chain(holder: Holder) -> tuple[bytes, ...]:
    """The certificates of a holder, DER, its own first, without the root."""
    return (holder.der, issuing().der)


def crl(
    authority: Holder | None = None,
    revoked: Sequence[Holder] = (),
    *,
    at: datetime = THIS_UPDATE,
    life: timedelta = CRL_LIFE,
) -> bytes:
    """What an authority (default: the issuing one) revoked, DER; each as of ``at``."""
    by = authority or issuing()
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(by.certificate.subject)
        .last_update(at)
        .next_update(at + life)
        .add_extension(x509.CRLNumber(int(at.timestamp())), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key()), critical=False)
    )
    for each in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(each.certificate.serial_number).revocation_date(at)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(by.key, hashes.SHA256()).public_bytes(Encoding.DER)
