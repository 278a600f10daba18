"""What a certificate says to whoever wants to sign with its key: names, dates, usages, and whether it is for that.

A certificate is read, not believed. Authorities above it are read too, so no kind of public key is refused here.
"""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from signet.clock import timestamp
from signet.crypto.certificates import MAX_CERTIFICATE, Validity
from signet.crypto.kinds import PUBLIC_TYPES, UNREADABLE, spki
from signet.crypto.x509_names import name_text
from signet.errors import FormatUnrecognised

WHAT = "a certificate"
_NOT_READ = (TypeError, x509.DuplicateExtension, x509.InvalidVersion, x509.UnsupportedGeneralNameType, *UNREADABLE)

_BITS = {  # RFC 5280, 4.2.1.3; the second bit is called nonRepudiation in most programs
    "digital_signature": "digitalSignature",
    "content_commitment": "nonRepudiation",
    "key_encipherment": "keyEncipherment",
    "data_encipherment": "dataEncipherment",
    "key_agreement": "keyAgreement",
    "key_cert_sign": "keyCertSign",
    "crl_sign": "cRLSign",
}
_FOR_DOCUMENTS = frozenset(
    {
        "1.3.6.1.5.5.7.3.36",  # id-kp-documentSigning, RFC 9336, 3.1
        "1.3.6.1.5.5.7.3.4",  # id-kp-emailProtection, RFC 5280, 4.2.1.12
        "2.5.29.37.0",  # anyExtendedKeyUsage
        "1.3.6.1.4.1.311.10.3.12",  # Microsoft, document signing
        "1.2.840.113583.1.1.5",  # Adobe, authentic documents trust
    }
)


class Suitability(StrEnum):
    """What becomes of a signature on a document that goes out with a certificate."""

    MEANT = "meant"
    """It says that its key signs what its holder wants to be held to."""
    POSSIBLE = "possible"
    """It allows signatures, though not in so many words these: some programs will warn, or refuse."""
    NEVER = "never"
    """It says that its key is for something else; no program accepts a document signed so."""


@dataclass(frozen=True)
class CertificateFacts:
    """What a certificate says. ``subject`` and ``issuer`` are RFC 4514 text, dates RFC 3339 in UTC, both included.

    ``common_name`` and ``issuer_name`` are what to call holder and issuer in a line. ``usages`` are those of the key
    usage extension by their names in RFC 5280, None without one; ``emails`` those that it is for. ``consequence`` is
    a sentence: why it is not meant for signing documents, and what that leads to; "" if it is. ``public_key`` is DER
    SubjectPublicKeyInfo, b"" for a kind that Signet does not know.
    """

    der: bytes
    public_key: bytes
    subject: str
    common_name: str
    issuer: str
    issuer_name: str
    serial: str
    not_before: str
    not_after: str
    emails: tuple[str, ...]
    usages: tuple[str, ...] | None
    authority: bool
    self_signed: bool
    suitability: Suitability
    consequence: str

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the DER in hexadecimal."""
        return hashlib.sha256(self.der).hexdigest()

    def validity(self, now: datetime) -> Validity:
        """Hold the dates against ``now``."""
        if timestamp(now) < self.not_before:
            return Validity.NOT_YET
        return Validity.EXPIRED if timestamp(now) > self.not_after else Validity.CURRENT


def read_facts(der: bytes) -> CertificateFacts:
    """Read one certificate in DER; raise FormatUnrecognised."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd serial numbers, say: the reader is told nothing by them
        return _read(der)


def _read(der: bytes) -> CertificateFacts:
    certificate = load(der)
    try:
        extensions = certificate.extensions
        usages, authority = _usages(extensions), _authority(extensions)
        extended = _extended(extensions)
        dates = (certificate.not_valid_before_utc, certificate.not_valid_after_utc)
        subject, issuer = certificate.subject, certificate.issuer
        names = (name_text(subject), _name(subject), name_text(issuer), _name(issuer))
        emails = _emails(extensions)
        self_signed = issued_by(certificate, certificate)
    except _NOT_READ:
        raise FormatUnrecognised(what=WHAT) from None
    suitability, consequence = _judge(usages, extended, authority=authority)
    said, common_name, by, issuer_name = map(_shown, names)
    return CertificateFacts(
        der=der,
        public_key=_public_key(certificate),
        subject=said,
        common_name=common_name,
        issuer=by,
        issuer_name=issuer_name,
        serial=f"{certificate.serial_number:x}",
        not_before=timestamp(dates[0].astimezone(UTC)),
        not_after=timestamp(dates[1].astimezone(UTC)),
        emails=tuple(map(_shown, emails)),
        usages=usages,
        authority=authority,
        self_signed=self_signed,
        suitability=suitability,
        consequence=consequence,
    )


def load(der: bytes) -> x509.Certificate:
    """Load a certificate in DER, no longer than `MAX_CERTIFICATE` and in its one spelling; FormatUnrecognised."""
    if len(der) > MAX_CERTIFICATE:
        raise FormatUnrecognised(what=WHAT)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = x509.load_der_x509_certificate(der)
        same = found.public_bytes(Encoding.DER) == der
    except _NOT_READ:
        raise FormatUnrecognised(what=WHAT) from None
    if not same:
        raise FormatUnrecognised(what=WHAT)
    return found


def issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether ``issuer`` has the name and the key by which ``certificate`` was signed."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, *_NOT_READ):
        return False
    return True


def _public_key(certificate: x509.Certificate) -> bytes:
    try:
        public = certificate.public_key()
    except _NOT_READ:
        return b""
    return spki(public) if isinstance(public, PUBLIC_TYPES) else b""


def _usages(extensions: x509.Extensions) -> tuple[str, ...] | None:
    try:
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return None
    return tuple(name for bit, name in _BITS.items() if getattr(usage, bit))


def _extended(extensions: x509.Extensions) -> frozenset[str] | None:
    try:
        extended = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return None
    return frozenset(each.dotted_string for each in extended)


def _authority(extensions: x509.Extensions) -> bool:
    try:
        return extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _emails(extensions: x509.Extensions) -> list[str]:
    try:
        names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return names.get_values_for_type(x509.RFC822Name)


def _name(name: x509.Name) -> str:
    """What to call somebody in a line: the common name, else the organisation, else the whole."""
    for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        found = name.get_attributes_for_oid(oid)
        if found:
            return str(found[0].value)
    return name_text(name)


def _judge(
    usages: tuple[str, ...] | None, extended: frozenset[str] | None, *, authority: bool
) -> tuple[Suitability, str]:
    """Say what it is good for (RFC 5280, 4.2.1.3 and 4.2.1.12; ETSI EN 319 412-2, 4.3.2), and what that leads to."""
    if usages is not None and not {"digitalSignature", "nonRepudiation"} & set(usages):
        return Suitability.NEVER, "Its issuer says that the key is not for signatures; no program accepts one by it."
    if authority:
        return (
            Suitability.POSSIBLE,
            "It is for certifying others, not for signing documents; many programs will not accept the signature.",
        )
    if usages is None:
        return (
            Suitability.POSSIBLE,
            "It does not say what its key is for; some programs will not accept the signature.",
        )
    if "nonRepudiation" not in usages:
        return (
            Suitability.POSSIBLE,
            "It is meant for logging in and for e-mail, not for signing documents; some programs will not accept the "
            "signature, and it may not bind its holder.",
        )
    if extended is not None and not extended & _FOR_DOCUMENTS:
        return (
            Suitability.POSSIBLE,
            "Its issuer names other uses, not signing documents; some programs will not accept the signature.",
        )
    return Suitability.MEANT, ""


def _shown(text: str) -> str:
    """Names are whatever the issuer wrote: characters that do not show themselves become a mark."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)
