"""Chains of certificates, and what proves that none in them was revoked. In the document child.

A chain goes from a certificate up to one that issued itself. Whom to trust is not decided here; what is lacking is
named, with the addresses at which certificates say that it can be had.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from signet.documents.evidence_check import Said, crl_says, is_authority, ocsp_says

MAX_CHAIN = 10
"""Certificates from a signer's to a root; the longest that anybody uses have five."""
MAX_ADDRESSES = 4
"""Addresses that are taken from one certificate."""
NONCE = 32
"""Bytes (RFC 9654, 2.1)."""
_UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.InvalidVersion)


@dataclass(frozen=True)
class Missing:
    """What is lacking about one certificate, and where it can be had.

    ``kind`` is "issuer" (its issuer's certificate), "revocation" (what says whether it was revoked); ``request`` is
    an OCSP request in DER for it, empty where none can be made.
    """

    name: str
    kind: str
    issuers: Sequence[str] = ()
    crls: Sequence[str] = ()
    ocsps: Sequence[str] = ()
    request: bytes = b""

    def packed(self) -> Mapping[str, object]:
        """As a part of the child's answer."""
        return {
            "name": self.name,
            "kind": self.kind,
            "issuers": list(self.issuers),
            "crls": list(self.crls),
            "ocsps": list(self.ocsps),
            "request": self.request,
        }


@dataclass
class Evidence:
    """What is at hand, read once: certificates, CRLs and OCSP responses that could be read, each with its DER."""

    certificates: dict[bytes, x509.Certificate] = field(default_factory=dict)
    crls: dict[bytes, x509.CertificateRevocationList] = field(default_factory=dict)
    ocsps: dict[bytes, ocsp.OCSPResponse] = field(default_factory=dict)

    def add(self, certificates: Iterable[bytes], crls: Iterable[bytes], ocsps: Iterable[bytes]) -> None:
        """Read more; what cannot be read is left out. CRLs may be PEM."""
        for der in certificates:
            found = read_certificate(der)
            if found is not None:
                self.certificates[found.public_bytes(Encoding.DER)] = found
        for der in crls:
            crl = read_crl(der)
            if crl is not None:
                self.crls[crl.public_bytes(Encoding.DER)] = crl
        for der in ocsps:
            try:
                response = ocsp.load_der_ocsp_response(der)
                if response.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL:
                    self.ocsps[der] = response
                    self.add((each.public_bytes(Encoding.DER) for each in response.certificates), (), ())
            except _UNREADABLE:
                continue

    def add_answers(self, pairs: Sequence[bytes]) -> None:
        """Read OCSP responses, each after the request that it answers; one to another question is left out."""
        for request, answer in zip(pairs[::2], pairs[1::2], strict=True):
            if _answers(request, answer):
                self.add((), (), (answer,))


def _answers(request: bytes, answer: bytes) -> bool:
    """Whether a response has the nonce of its request; responders may leave it out (RFC 9654, 2.1)."""
    try:
        asked = ocsp.load_der_ocsp_request(request).extensions.get_extension_for_class(x509.OCSPNonce).value
        said = ocsp.load_der_ocsp_response(answer).extensions.get_extension_for_class(x509.OCSPNonce).value
    except x509.ExtensionNotFound:
        return True
    except _UNREADABLE:
        return False
    return asked == said


def read_certificate(data: bytes) -> x509.Certificate | None:
    """Read a certificate, DER or PEM; None if it is none."""
    try:
        pem = data.startswith(b"-----BEGIN ")
        return x509.load_pem_x509_certificate(data) if pem else x509.load_der_x509_certificate(data)
    except _UNREADABLE:
        return None


def read_crl(data: bytes) -> x509.CertificateRevocationList | None:
    """Read a CRL, DER or PEM; None if it is none."""
    try:
        pem = data.startswith(b"-----BEGIN ")
        return x509.load_pem_x509_crl(data) if pem else x509.load_der_x509_crl(data)
    except _UNREADABLE:
        return None


@dataclass
class Proof:
    """What proves one certificate: the chain (DER, its own first), CRLs, OCSP responses; what is lacking.

    ``revoked`` says which certificate of it was revoked, and when.
    """

    chain: list[bytes] = field(default_factory=list)
    crls: list[bytes] = field(default_factory=list)
    ocsps: list[bytes] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    revoked: list[tuple[str, datetime]] = field(default_factory=list)


def proof_of(leaf: x509.Certificate, evidence: Evidence, *, moments: Sequence[datetime]) -> Proof:
    """Gather what proves a certificate at one of ``moments``, the first that works; the root proves itself."""
    proof = Proof()
    for certificate, issuer in _chain(leaf, evidence):
        proof.chain.append(certificate.public_bytes(Encoding.DER))
        if issuer is None:
            proof.missing.append(_lacking_issuer(certificate))
        elif issuer is not certificate and not _never_revoked(certificate):
            _prove(certificate, issuer, evidence, moments, proof)
    return proof


def _chain(leaf: x509.Certificate, evidence: Evidence) -> Iterator[tuple[x509.Certificate, x509.Certificate | None]]:
    """Yield each certificate with its issuer's: itself for a root, None where it is not at hand."""
    certificate = leaf
    for _ in range(MAX_CHAIN):
        issuer = _issuer(certificate, evidence)
        yield certificate, issuer
        if issuer is None or issuer is certificate:
            return
        certificate = issuer


def _issuer(certificate: x509.Certificate, evidence: Evidence) -> x509.Certificate | None:
    if _issued(certificate, certificate):
        return certificate
    candidates = (each for each in evidence.certificates.values() if _issued(certificate, each))
    # Of several over the same key the one that holds longest: it proves longest.
    return max(candidates, key=lambda each: each.not_valid_after_utc, default=None)


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (*_UNREADABLE, InvalidSignature):
        return False
    return issuer is certificate or is_authority(issuer)


def _never_revoked(certificate: x509.Certificate) -> bool:
    """Whether its issuer says that nobody needs to ask (RFC 6960, 4.2.2.2.1)."""
    try:
        certificate.extensions.get_extension_for_class(x509.OCSPNoCheck)
    except (*_UNREADABLE, x509.ExtensionNotFound):
        return False
    return True


def _prove(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    evidence: Evidence,
    moments: Sequence[datetime],
    proof: Proof,
) -> None:
    """Find what says whether a certificate was revoked, by the first moment for which there is something."""
    for moment in moments:
        for der, said in _sayings(certificate, issuer, evidence):
            if not said.holds_at(moment):
                continue
            if said.revoked is not None:
                proof.revoked.append((name_of(certificate), said.revoked))
            (proof.crls if der in evidence.crls else proof.ocsps).append(der)
            if said.by is not None:
                proof.chain.append(said.by.public_bytes(Encoding.DER))
                if not _never_revoked(said.by):
                    _prove(said.by, issuer, evidence, moments, proof)
            return
    proof.missing.append(_lacking_revocation(certificate, issuer))


def _sayings(
    certificate: x509.Certificate, issuer: x509.Certificate, evidence: Evidence
) -> Iterator[tuple[bytes, Said]]:
    """What is said of a certificate, the newest first: of two answers the later one counts."""
    found = [(der, said) for der, crl in evidence.crls.items() if (said := crl_says(crl, certificate, issuer))]
    found += [(der, said) for der, one in evidence.ocsps.items() if (said := ocsp_says(one, certificate, issuer))]
    yield from sorted(found, key=lambda each: each[1].since, reverse=True)


def _lacking_issuer(certificate: x509.Certificate) -> Missing:
    addresses = _accesses(certificate, AuthorityInformationAccessOID.CA_ISSUERS)
    return Missing(name_of(certificate), "issuer", issuers=addresses)


def _lacking_revocation(certificate: x509.Certificate, issuer: x509.Certificate) -> Missing:
    responders = _accesses(certificate, AuthorityInformationAccessOID.OCSP)
    request = b""
    if responders:
        # By SHA-1, which only names the issuer, because many responders know no other (RFC 5019, 2.1.1).
        builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1())  # noqa: S303
        nonce = x509.OCSPNonce(secrets.token_bytes(NONCE))
        request = builder.add_extension(nonce, critical=False).build().public_bytes(Encoding.DER)
    return Missing(name_of(certificate), "revocation", crls=_points(certificate), ocsps=responders, request=request)


def _accesses(certificate: x509.Certificate, method: x509.ObjectIdentifier) -> list[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (*_UNREADABLE, x509.ExtensionNotFound):
        return []
    places = [each.access_location for each in found if each.access_method == method]
    return _addresses(places)


def _points(certificate: x509.Certificate) -> list[str]:
    """Where complete CRLs are distributed (RFC 5280, 4.2.1.13)."""
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except (*_UNREADABLE, x509.ExtensionNotFound):
        return []
    return _addresses([name for point in points if not point.reasons for name in point.full_name or ()])


def _addresses(names: Sequence[x509.GeneralName]) -> list[str]:
    """Addresses that can be asked; directories (ldap) are not."""
    texts = [name.value for name in names if isinstance(name, x509.UniformResourceIdentifier)]
    return [text for text in texts if text.lower().startswith(("http://", "https://"))][:MAX_ADDRESSES]


def name_of(certificate: x509.Certificate) -> str:
    """What a certificate calls its holder, for people."""
    for part in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        found = certificate.subject.get_attributes_for_oid(part)
        if found:
            return str(found[0].value)
    return certificate.subject.rfc4514_string() or f"number {certificate.serial_number:x}"
