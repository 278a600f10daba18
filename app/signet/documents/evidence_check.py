"""What one CRL or OCSP response says of one certificate, if it may be believed. In the document child.

RFC 5280, 5 and 6.3 (complete CRLs of the issuer itself; neither delta nor indirect ones), RFC 6960, 3.2 and 4.2.2.2
(signed by the issuer, or by whom it let do so). Nothing here decides whom to trust.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

SKEW = timedelta(minutes=5)
"""How far another's clock may be ahead."""
UNENDING = timedelta(days=7)
"""How long an answer counts that does not say when the next one comes."""
_WEAK = ("md5", "sha1")
_FAULTS = (ValueError, TypeError, KeyError, InvalidSignature, UnsupportedAlgorithm, x509.DuplicateExtension)


@dataclass(frozen=True)
class Said:
    """What was said of a certificate: ``revoked`` is when it was revoked, None if it was not, as of ``since`` and
    counting up to ``until``. ``by`` is the certificate of who said it, if it is another than the issuer's."""

    revoked: datetime | None
    since: datetime
    until: datetime
    by: x509.Certificate | None = None

    def holds_at(self, moment: datetime) -> bool:
        """Whether it counts at a moment."""
        return self.since - SKEW <= moment <= self.until


def crl_says(
    crl: x509.CertificateRevocationList, certificate: x509.Certificate, issuer: x509.Certificate
) -> Said | None:
    """Return what a CRL says of a certificate of ``issuer``; None if it is not about it, or may not be believed."""
    try:
        if crl.issuer != certificate.issuer or not _covers(crl, certificate):
            return None
        digest = crl.signature_hash_algorithm
        if (digest is not None and digest.name in _WEAK) or not crl.is_signature_valid(issuer.public_key()):  # type: ignore[arg-type]
            return None
        entry = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
        revoked = None if entry is None or _let_go(entry) else entry.revocation_date_utc
        until = crl.next_update_utc or crl.last_update_utc + UNENDING
        return Said(revoked, crl.last_update_utc, until)
    except _FAULTS:
        return None


def _covers(crl: x509.CertificateRevocationList, certificate: x509.Certificate) -> bool:
    """Whether a CRL is complete for certificates of this kind (RFC 5280, 5.2.4 and 5.2.5)."""
    for extension in crl.extensions:
        value = extension.value
        if isinstance(value, x509.DeltaCRLIndicator):
            return False
        if isinstance(value, x509.IssuingDistributionPoint):
            authority = is_authority(certificate)
            if value.indirect_crl or value.only_some_reasons or value.only_contains_attribute_certs:
                return False
            if (value.only_contains_ca_certs and not authority) or (value.only_contains_user_certs and authority):
                return False
        elif extension.critical:
            return False
    return True


def _let_go(entry: x509.RevokedCertificate) -> bool:
    """Whether an entry says that a certificate is not revoked any more (RFC 5280, 5.3.1: removeFromCRL)."""
    try:
        reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except x509.ExtensionNotFound:
        return False
    return reason is x509.ReasonFlags.remove_from_crl


def is_authority(certificate: x509.Certificate) -> bool:
    """Whether a certificate is one for certifying others."""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def ocsp_says(response: ocsp.OCSPResponse, certificate: x509.Certificate, issuer: x509.Certificate) -> Said | None:
    """Return what an OCSP response says of a certificate of ``issuer``; None as for `crl_says`."""
    try:
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return None
        digest = response.signature_hash_algorithm
        by = _responder(response, issuer)
        if by is None or (digest is not None and digest.name in _WEAK):
            return None
        _check(by.public_key(), response)
        for single in response.responses:
            if not _about(single, certificate, issuer) or single.certificate_status is ocsp.OCSPCertStatus.UNKNOWN:
                continue
            revoked = single.revocation_time_utc
            until = single.next_update_utc or single.this_update_utc + UNENDING
            return Said(revoked, single.this_update_utc, until, None if by is issuer else by)
    except _FAULTS:
        return None
    return None


def _about(single: ocsp.OCSPSingleResponse, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether an answer names this certificate of this issuer (RFC 6960, 4.1.1: CertID)."""
    if single.serial_number != certificate.serial_number:
        return False
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, single.hash_algorithm)
    asked = builder.build()
    return (asked.issuer_name_hash, asked.issuer_key_hash) == (single.issuer_name_hash, single.issuer_key_hash)


def _responder(response: ocsp.OCSPResponse, issuer: x509.Certificate) -> x509.Certificate | None:
    """The certificate of who signed: the issuer's, or one that it issued for answering (RFC 6960, 4.2.2.2)."""
    if _names(response, issuer):
        return issuer
    for each in response.certificates:
        if not _names(response, each):
            continue
        try:
            each.verify_directly_issued_by(issuer)
            usage = each.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except (*_FAULTS, x509.ExtensionNotFound):
            continue
        held = each.not_valid_before_utc - SKEW <= response.produced_at_utc <= each.not_valid_after_utc
        if ExtendedKeyUsageOID.OCSP_SIGNING in usage and held:
            return each
    return None


def _names(response: ocsp.OCSPResponse, certificate: x509.Certificate) -> bool:
    if response.responder_name is not None:
        return response.responder_name == certificate.subject
    digest = hashes.Hash(hashes.SHA1())  # noqa: S303 - RFC 6960, 4.2.1 names keys so
    digest.update(_key_bits(certificate))
    return digest.finalize() == response.responder_key_hash


def _key_bits(certificate: x509.Certificate) -> bytes:
    """The content of the BIT STRING subjectPublicKey, which names of keys are hashed from."""
    from asn1crypto import keys

    spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return bytes(keys.PublicKeyInfo.load(spki)["public_key"].contents[1:])


def _check(key: Any, response: ocsp.OCSPResponse) -> None:
    """Check an OCSP response's signature; raise InvalidSignature, UnsupportedAlgorithm."""
    digest = response.signature_hash_algorithm
    if isinstance(key, ed25519.Ed25519PublicKey):
        key.verify(response.signature, response.tbs_response_bytes)
    elif isinstance(key, ec.EllipticCurvePublicKey) and digest is not None:
        key.verify(response.signature, response.tbs_response_bytes, ec.ECDSA(digest))
    elif isinstance(key, rsa.RSAPublicKey) and digest is not None:
        key.verify(response.signature, response.tbs_response_bytes, padding.PKCS1v15(), digest)
    else:
        raise UnsupportedAlgorithm("signature")
