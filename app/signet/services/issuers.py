"""Issuers that the holder of the vault trusts: whose certificates then say whose key is whose.

Trust in an issuer reaches further than trust in a person's key: everybody whom the issuer certifies is believed. So
it is given to one certificate, whose fingerprint was compared with the issuer's own word for it, and adding is
administration; taking trust away is not, because a stop must never wait for a PIN. Every change is one transaction
with its entry.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from signet.audit.entry import Draft, Outcome
from signet.clock import timestamp
from signet.crypto.authorities import Authority, read_authority
from signet.crypto.certificates import MAX_CERTIFICATE, Validity, read_certificate
from signet.errors import (
    FormatUnrecognised,
    IssuerChanged,
    KeyFileUnrecognised,
    NotAnIssuer,
    PublicKeyInvalid,
    UsageError,
)
from signet.keys.issuer import TrustedIssuer
from signet.keys.person import MAX_NAME, PublicPart, readable, tidied
from signet.services.files_inspect import shown
from signet.services.session import Session
from signet.services.verdicts import SignatureView
from signet.services.verifying_given import read_whole

TRUST_ISSUER, UNTRUST_ISSUER = "TrustIssuer", "UntrustIssuer"
"""What the log calls what is done here."""

__all__ = [
    "TRUST_ISSUER",
    "UNTRUST_ISSUER",
    "IssuerView",
    "TrustOffer",
    "TrustedIssuer",
    "add_issuer",
    "find_issuer",
    "issuer_in_file",
    "list_issuers",
    "offer_trust",
    "remove_issuer",
    "trusted_roots",
    "view_of",
]


@dataclass(frozen=True)
class IssuerView:
    """A trusted issuer for showing. ``root`` is False for one that was itself certified by another: it is trusted as
    it stands, and whether the other has taken its certificate back is not asked."""

    fingerprint: str
    name: str
    since: str
    subject: str
    issuer: str
    serial: str
    not_before: str
    not_after: str
    validity: Validity
    root: bool


def trusted_roots(session: Session | None) -> tuple[bytes, ...]:
    """Return the certificates (DER) of every trusted issuer; none without a vault."""
    if session is None:
        return ()
    with session.records.read() as reading:
        return tuple(each.certificate for each in reading.issuers.all())


def list_issuers(session: Session) -> list[TrustedIssuer]:
    """Return every trusted issuer, by name."""
    with session.records.read() as reading:
        return reading.issuers.all()


def find_issuer(session: Session, name: str) -> TrustedIssuer:
    """Return whom ``name`` means: a name, a fingerprint, or 8 or more of its first digits.

    Raises IssuerNotFound, NameAmbiguous.
    """
    with session.records.read() as reading:
        return reading.issuers.find(name)


def view_of(session: Session, issuer: TrustedIssuer) -> IssuerView:
    """Return what its certificate says, as of now."""
    authority = read_authority(issuer.certificate)
    return _view(issuer, authority, authority.certificate.validity(session.workplace.clock.now()))


def issuer_in_file(path: str) -> Authority:
    """Read the certificate of an issuer (PEM or DER) from a file; nothing is trusted yet.

    Raises KeyFileUnrecognised, PublicKeyInvalid, NotAnIssuer, SourceNotFound, SourceUnsupported, StorageError.
    """
    try:
        return read_authority(read_whole(path, limit=2 * MAX_CERTIFICATE))
    except PublicKeyInvalid:
        raise
    except FormatUnrecognised as error:
        raise KeyFileUnrecognised(path=path, what=error.details["what"]) from error


def add_issuer(session: Session, certificate: bytes, *, fingerprint: str, name: str = "") -> TrustedIssuer:
    """Trust an issuer from here on. ``certificate`` is DER or PEM, ``fingerprint`` the one that was compared.

    ``name`` is what it is called here, "" for the certificate's own name. Raises ProofOfPresenceMissing,
    IssuerChanged if the certificate is not the one that was compared, FormatUnrecognised, PublicKeyInvalid,
    NotAnIssuer, IssuerTaken, UsageError for what is no name.
    """
    session.require_presence()
    authority = read_authority(certificate)
    if authority.fingerprint != "".join(fingerprint.lower().split()):
        raise IssuerChanged
    called = _checked_name(name or authority.certificate.common_name or authority.certificate.subject)
    now = timestamp(session.workplace.clock.now())
    issuer = TrustedIssuer(authority.fingerprint, called, authority.certificate.der, now)
    with session.records.change() as change:
        change.issuers.insert(issuer)
        change.append(_draft(TRUST_ISSUER, issuer))
    return issuer


def remove_issuer(session: Session, name: str) -> TrustedIssuer:
    """Trust an issuer no longer, and return which it was; raises IssuerNotFound, NameAmbiguous."""
    with session.records.change() as change:
        issuer = change.issuers.find(name)
        change.issuers.remove(issuer.fingerprint)
        change.append(_draft(UNTRUST_ISSUER, issuer))
    return issuer


@dataclass(frozen=True)
class TrustOffer:
    """What of one signature could be trusted from here on.

    ``key`` is the signer's, to be added to the people (None if there is none, it is known, or the signature does not
    fit); ``name`` what the certificate calls the signer. ``issuers`` are authorities that vouch for the signer, the
    nearest first, without those that are trusted already.
    """

    key: PublicPart | None
    name: str
    issuers: tuple[Authority, ...]


def offer_trust(session: Session, view: SignatureView) -> TrustOffer:
    """Say what of a signature could be trusted. Of one that does not fit, nothing: it proves nobody's key.

    The key goes to `signet.services.people.add_person` and `trust_person`, an issuer to `add_issuer`; each is to be
    compared first.
    """
    facts = view.facts
    if facts is None or not facts.fits or not facts.intact or facts.weak or not facts.chain:
        return TrustOffer(None, "", ())
    trusted = {each.fingerprint for each in list_issuers(session)}
    issuers = [authority for authority in map(_authority, facts.chain[1:]) if authority is not None]
    return TrustOffer(
        _part(session, facts.chain[0]),
        _called(facts.chain[0]),
        tuple(each for each in issuers if each.fingerprint not in trusted),
    )


def _part(session: Session, der: bytes) -> PublicPart | None:
    from signet.crypto.personkeys import read_people_keys

    try:
        (part,) = read_people_keys(der)
    except (FormatUnrecognised, ValueError):
        return None
    with session.records.read() as reading:
        known = reading.people.holder_of(hashlib.sha256(part.content).hexdigest()) is not None
    return None if known else part


def _called(der: bytes) -> str:
    try:
        return shown(read_certificate(der).common_name)
    except FormatUnrecognised:
        return ""


def _authority(der: bytes) -> Authority | None:
    try:
        return read_authority(der)
    except (FormatUnrecognised, NotAnIssuer):
        return None


def _view(issuer: TrustedIssuer, authority: Authority, validity: Validity) -> IssuerView:
    said = authority.certificate
    return IssuerView(
        fingerprint=issuer.fingerprint,
        name=issuer.name,
        since=issuer.since,
        subject=said.subject,
        issuer=said.issuer,
        serial=said.serial,
        not_before=said.not_before,
        not_after=said.not_after,
        validity=validity,
        root=authority.root,
    )


def _checked_name(name: str) -> str:
    tidy = tidied(name)[:MAX_NAME]
    if not tidy or not readable(tidy):
        raise UsageError(reason="An issuer's name has letters, digits, spaces and signs, and nothing that is unseen.")
    return tidy


def _draft(operation: str, issuer: TrustedIssuer) -> Draft:
    return Draft(operation, Outcome.DONE, details={"name": issuer.name, "fingerprint": issuer.fingerprint})
