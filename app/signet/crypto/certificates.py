"""X.509 certificates as they come with public keys: what they say, and what they allow the key.

A certificate is read, not believed: no chain is built and no date refuses it here. Everything is public.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from signet.clock import timestamp
from signet.crypto.kinds import PUBLIC_TYPES, UNREADABLE
from signet.crypto.peers import written
from signet.errors import FormatUnrecognised

#: Those of people have 1 to 3 kB; a megabyte of extensions is nobody's (bytes).
MAX_CERTIFICATE = 64 * 1024

_WHAT = "a certificate"
_UNREADABLE = (*UNREADABLE, x509.DuplicateExtension, x509.InvalidVersion, x509.UnsupportedGeneralNameType)
"""The last three are no ValueError."""


class Validity(StrEnum):
    """What a certificate's dates say to one moment."""

    CURRENT = "current"
    EXPIRED = "expired"
    NOT_YET = "not-yet-valid"


@dataclass(frozen=True)
class Certificate:
    """What a certificate says. ``subject`` and ``issuer`` are RFC 4514 text, dates RFC 3339 in UTC, both included.

    ``common_name`` is "" without one; ``serial`` is in hexadecimal; ``public_key`` is DER SubjectPublicKeyInfo in the
    one spelling that is compared. ``agrees`` says whether files may be encrypted to the key, ``authority`` whether it
    is a certificate for certifying others. ``der`` is the whole.
    """

    der: bytes
    public_key: bytes
    subject: str
    common_name: str
    issuer: str
    serial: str
    not_before: str
    not_after: str
    agrees: bool
    authority: bool

    def validity(self, now: datetime) -> Validity:
        """Hold the dates against ``now``."""
        if timestamp(now) < self.not_before:
            return Validity.NOT_YET
        return Validity.EXPIRED if timestamp(now) > self.not_after else Validity.CURRENT


def read_certificate(data: bytes) -> Certificate:
    """Read one certificate, DER or one PEM block; raise FormatUnrecognised, PublicKeyInvalid for its key."""
    if len(data) > 2 * MAX_CERTIFICATE:
        raise FormatUnrecognised(what=_WHAT)
    try:
        pem = data.startswith(b"-----BEGIN ")
        found = x509.load_pem_x509_certificate(data) if pem else x509.load_der_x509_certificate(data)
        whole, public = found.public_bytes(Encoding.DER), found.public_key()
        names = found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        said = (found.subject.rfc4514_string(), found.issuer.rfc4514_string(), str(names[0].value) if names else "")
        dates = (found.not_valid_before_utc, found.not_valid_after_utc)
        agrees, authority = _allowed(found, public), _certifies(found)
    except (TypeError, *_UNREADABLE):
        raise FormatUnrecognised(what=_WHAT) from None
    if len(whole) > MAX_CERTIFICATE or not isinstance(public, PUBLIC_TYPES):
        raise FormatUnrecognised(what=_WHAT if len(whole) > MAX_CERTIFICATE else "a kind of public key")
    subject, issuer, common_name = map(_shown, said)
    return Certificate(
        der=whole,
        public_key=written(public),
        subject=subject,
        common_name=common_name,
        issuer=issuer,
        serial=f"{found.serial_number:x}",
        not_before=timestamp(dates[0].astimezone(UTC)),
        not_after=timestamp(dates[1].astimezone(UTC)),
        agrees=agrees,
        authority=authority,
    )


def _allowed(certificate: x509.Certificate, public: object) -> bool:
    """Whether the key usage, if there is one, lets something be encrypted to the key (RFC 5280, 4.2.1.3)."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    if isinstance(public, ec.EllipticCurvePublicKey):
        return usage.key_agreement
    return usage.key_encipherment or usage.data_encipherment


def _certifies(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _shown(text: str) -> str:
    """Names are whatever the issuer wrote: characters that do not show themselves become a mark."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)
