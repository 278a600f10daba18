"""Certificates of issuers: whether one may certify others, and whether it vouches for itself (RFC 5280, 4.2.1)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from signet.crypto.certificates import Certificate, read_certificate
from signet.errors import NotAnIssuer


@dataclass(frozen=True)
class Authority:
    """An issuer's certificate. ``fingerprint`` is the SHA-256 of its DER in hexadecimal; ``root`` whether it is
    signed with its own key: an issuer that is not was itself certified by another."""

    certificate: Certificate
    fingerprint: str
    root: bool


def read_authority(data: bytes) -> Authority:
    """Read one certificate, DER or PEM, of somebody who issues certificates.

    Raises FormatUnrecognised, PublicKeyInvalid for its key, NotAnIssuer if it does not allow to certify others.
    """
    certificate = read_certificate(data)
    found = x509.load_der_x509_certificate(certificate.der)
    if not certificate.authority or not _may_certify(found):
        raise NotAnIssuer(subject=certificate.subject)
    return Authority(certificate, hashlib.sha256(certificate.der).hexdigest(), _signed_itself(found))


def _may_certify(found: x509.Certificate) -> bool:
    """A key usage need not be there, but if it is, it decides (RFC 5280, 4.2.1.3)."""
    try:
        return found.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except x509.ExtensionNotFound:
        return True


def _signed_itself(found: x509.Certificate) -> bool:
    try:
        found.verify_directly_issued_by(found)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True
