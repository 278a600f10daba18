"""Certificates made here: one that a key signs for itself, and requests for those who issue them.

Both are uses of the key, through the one door. A request leaves nothing behind but its entry in the log: its answer
is recognised by the key that it is over.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass

from signet.audit.canonical import Detail
from signet.audit.entry import Draft, Outcome
from signet.crypto.certificate_bundles import pem_text
from signet.crypto.x509_making import CERTIFIED, Naming, request, request_pem, self_signed
from signet.crypto.x509_names import Fields, check_email, name_text, read_subject
from signet.errors import CertificateKindRefused, TooManyCertificates, UsageError
from signet.keys.certificate import CertificateSource
from signet.keys.model import Key
from signet.keys.spec import KeyUsage, SigningAlgorithm
from signet.keys.state import Act
from signet.services.certificates import KeyCertificate, certificates_of, find_certificate
from signet.services.certificates_import import MAX_KEPT, REQUEST, keep_certificates
from signet.services.key_states import refuse_recorded
from signet.services.publishing import published, write_all
from signet.services.session import Session
from signet.services.signer import signing_key

__all__ = [
    "DEFAULT_DAYS",
    "MAX_DAYS",
    "CertificateWish",
    "Fields",
    "Request",
    "can_be_certified",
    "check_wish",
    "make_request",
    "make_self_signed",
    "write_certificate",
    "write_request",
]

DEFAULT_DAYS = 1096
"""Three years, the longest that SP 800-57 Part 1 Rev. 5, 5.3.6, lets a private key sign."""
MAX_DAYS = 3653
"""Ten years."""
EXPORT = "ExportCertificate"
"""What the log calls it when a certificate was written to a file."""


@dataclass(frozen=True)
class CertificateWish:
    """What a certificate is to say: ``subject`` is RFC 4514 text or a name alone, ``email`` "" for none.

    ``days`` counts for one that the key signs for itself; ``algorithm`` is None for the usual one of the key.
    """

    subject: str
    email: str = ""
    days: int = DEFAULT_DAYS
    algorithm: SigningAlgorithm | None = None


@dataclass(frozen=True)
class Request:
    """A request for a certificate: ``der`` is PKCS#10, ``subject`` RFC 4514 text."""

    key: Key
    subject: str
    der: bytes

    @property
    def pem(self) -> str:
        """The same as text."""
        return request_pem(self.der)


def can_be_certified(key: Key) -> bool:
    """Whether certificates can be made for a key: it signs, and other programs know its kind."""
    return key.usage is KeyUsage.SIGN_VERIFY and key.spec in CERTIFIED


def make_self_signed(session: Session, name: str, wish: CertificateWish) -> KeyCertificate:
    """Make a certificate that a key signs for itself, from now on, and keep it with the key.

    Who is to believe it has to have been given it, or its fingerprint. Raises UsageError for a name, an address, a
    number of days or an algorithm that cannot be, CertificateKindRefused, TooManyCertificates, KeyStateRefused, and
    what `signing_key` raises.
    """
    naming, key = _certifiable(session, name, wish)
    if len(certificates_of(session, key.id)) >= MAX_KEPT:
        raise TooManyCertificates(key=key.alias, most=MAX_KEPT)
    now = session.workplace.clock.now()
    details: dict[str, Detail] = {"format": "certificate", "subject": name_text(naming.subject)}
    with signing_key(session, key.id, details=details) as (grant, signer):
        der = self_signed(signer, naming, now=now, days=wish.days, algorithm=wish.algorithm)
        grant.add(format="certificate", certificate=hashlib.sha256(der).hexdigest())
    kept = keep_certificates(session, key, [der], source=CertificateSource.SELF_SIGNED)
    return kept.newest


def make_request(session: Session, name: str, wish: CertificateWish) -> Request:
    """Make a request for a certificate over a key; raises as `make_self_signed`."""
    naming, key = _certifiable(session, name, wish)
    subject = name_text(naming.subject)
    details: dict[str, Detail] = {"format": "certificate-request", "subject": subject}
    with signing_key(session, key.id, details=details) as (grant, signer):
        der = request(signer, naming, algorithm=wish.algorithm)
        grant.add(format="certificate-request", request=hashlib.sha256(der).hexdigest())
    with session.records.change() as change:
        entry: dict[str, Detail] = {"subject": subject, "request": hashlib.sha256(der).hexdigest()}
        change.append(Draft(REQUEST, Outcome.DONE, key=key.id, details=entry))
    return Request(key, subject, der)


def write_request(session: Session, made: Request, path: str) -> str:
    """Write a request (PEM) to a new file, which is returned; raise OutputExists, DiskFull, FolderReadOnly."""
    whole = os.path.abspath(path)
    with published(session, whole) as output:
        write_all(output, made.pem.encode("ascii"))
    return whole


def write_certificate(session: Session, name: str, fingerprint: str, path: str) -> str:
    """Write a certificate and those above it (PEM, its own first) to a new file, which is returned.

    ``fingerprint`` as `find_certificate`. Recorded. Raises CertificateNotFound, OutputExists, DiskFull,
    FolderReadOnly, KeyNotFound, NameAmbiguous.
    """
    chosen = find_certificate(session, name, fingerprint)
    whole = os.path.abspath(path)
    with published(session, whole) as output:
        write_all(output, pem_text((chosen.der, *chosen.chain)))
        with session.records.change() as change:
            details: dict[str, Detail] = {"path": whole, "certificate": chosen.fingerprint}
            change.append(Draft(EXPORT, Outcome.DONE, key=chosen.stored.key_id, details=details))
    return whole


def check_wish(wish: CertificateWish) -> Naming:
    """Return whom a certificate would name; raise UsageError for a name, an address or days that cannot be."""
    naming = Naming(read_subject(wish.subject), check_email(wish.email))
    if not 1 <= wish.days <= MAX_DAYS:
        raise UsageError(reason=f"A certificate holds for 1 to {MAX_DAYS} days, not for {wish.days}.")
    return naming


def _certifiable(session: Session, name: str, wish: CertificateWish) -> tuple[Naming, Key]:
    """Refuse what cannot be before anybody is asked for a PIN."""
    naming = check_wish(wish)
    with session.records.read() as reading:
        key = reading.keys.find(name)
    if key.usage is not KeyUsage.SIGN_VERIFY:
        raise CertificateKindRefused(key=key.alias, reason="it is not a key for signing")
    if key.spec not in CERTIFIED:
        raise CertificateKindRefused(
            key=key.alias, reason=f"other programs know no certificates over keys of the kind {key.spec}"
        )
    if wish.algorithm is not None and wish.algorithm not in key.spec.signing_algorithms:
        raise UsageError(reason=f"A key of the kind {key.spec} cannot sign with {wish.algorithm}.")
    refuse_recorded(session, key, Act.ADD_CERTIFICATE)
    return naming, key
