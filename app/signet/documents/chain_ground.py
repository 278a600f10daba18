"""What a chain of certificates rests on: issuers, certificates between, what was said about revocation, and when.

Runs in the document child only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from asn1crypto import cms, x509
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.policy_decl import CertRevTrustPolicy, RevocationCheckingPolicy
from pyhanko_certvalidator.sig_validate import DEFAULT_SIGNATURE_VALIDATOR

from signet.documents.algorithm_policy import Policy


@dataclass(frozen=True)
class Said:
    """A CRL or an OCSP response (DER), since when it is known to be, and from where: "document" or "given"."""

    der: bytes
    since: datetime
    source: str


@dataclass(frozen=True)
class Ground:
    """What a chain may rest on: issuers that are trusted, certificates that may stand between, and what was said."""

    roots: tuple[x509.Certificate, ...] = ()
    others: tuple[x509.Certificate, ...] = ()
    crls: tuple[Said, ...] = ()
    ocsps: tuple[Said, ...] = ()


@dataclass
class Work:
    """One judgement at work."""

    ground: Ground
    at: datetime
    proven: bool
    issuers: tuple[x509.Certificate, ...] = field(init=False)
    between: tuple[x509.Certificate, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.issuers = tuple(root for root in self.ground.roots if issues(root))
        self.between = (*self.ground.others, *self.ground.roots)

    def context(self, roots: Sequence[x509.Certificate], rules: RevocationCheckingPolicy, **said: Any) -> Any:
        """A context for one path; nothing is fetched, and the moment is always given."""
        return ValidationContext(
            trust_roots=list(roots),
            other_certs=list(self.between),
            moment=self.at,
            allow_fetching=False,
            revinfo_policy=CertRevTrustPolicy(rules, retroactive_revinfo=self.proven),
            algorithm_usage_policy=Policy(),
            time_tolerance=timedelta(0),
            **said,
        )


def holds(signature: bytes, data: bytes, issuer: x509.Certificate, algorithm: Any) -> bool:
    """Whether a signature is one of a certificate's key over some bytes."""
    try:
        DEFAULT_SIGNATURE_VALIDATOR.validate_signature(signature, data, issuer.public_key, algorithm)
    except Exception:  # noqa: BLE001 - a key or signature of whatever kind: it does not hold
        return False
    return True


def issues(certificate: x509.Certificate) -> bool:
    """Whether a certificate is one of an authority (RFC 5280, 4.2.1.9, 4.2.1.3)."""
    usage = certificate.key_usage_value
    return bool(certificate.ca) and (usage is None or "key_cert_sign" in usage.native)


def says_where(certificate: x509.Certificate) -> bool:
    """Whether a certificate names a place where its revocation would be said."""
    return bool(certificate.crl_distribution_points_value or certificate.ocsp_urls)


def self_issued(certificate: x509.Certificate) -> bool:
    """Whether issuer and subject are the same."""
    return bool(certificate.issuer == certificate.subject)


def ends(certificate: x509.Certificate) -> datetime:
    """When a certificate ends."""
    found = certificate.not_valid_after
    return found if isinstance(found, datetime) else datetime.max.replace(tzinfo=UTC)


def read_certificates(ders: Iterable[bytes]) -> tuple[x509.Certificate, ...]:
    """Parse certificates; what is none is left out, for nothing can rest on it."""
    found = []
    for der in ders:
        try:
            certificate = x509.Certificate.load(der, strict=True)
            _ = (certificate.subject.native, certificate.issuer.native, certificate.ca, certificate.public_key.native)
            _ = (certificate.not_valid_before, certificate.not_valid_after, certificate.key_usage_value)
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
        found.append(certificate)
    return tuple(found)


def certificates_of(signed: cms.SignedData) -> tuple[x509.Certificate, ...]:
    """The certificates within CMS, each once; choices other than X.509 are left out."""
    carried = signed["certificates"]
    ders = [choice.chosen.untag().dump() for choice in carried or () if choice.name == "certificate"]
    return read_certificates(dict.fromkeys(ders))
