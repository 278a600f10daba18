"""The certificates of a signature for showing: whose they are, until when they hold, where trust comes in."""

from __future__ import annotations

from dataclasses import dataclass

from signet.crypto.certificate_facts import CertificateFacts, read_facts
from signet.errors import FormatUnrecognised
from signet.services.files_inspect import shown
from signet.services.verdicts import SignatureView

MAX_LINKS = 12
"""Certificates that are shown: no honest chain has more."""
UNREADABLE = "a certificate that cannot be read"


@dataclass(frozen=True)
class ChainLink:
    """One certificate, the signer's first. ``name`` is whose it is, or says that it cannot be read; the rest is ""
    then. Dates are RFC 3339 in UTC, fingerprints SHA-256 in hexadecimal. ``trusted``: the chain is believed for its
    sake."""

    name: str
    subject: str = ""
    issuer: str = ""
    serial: str = ""
    not_before: str = ""
    not_after: str = ""
    fingerprint: str = ""
    trusted: bool = False


def chain_of(view: SignatureView) -> tuple[ChainLink, ...]:
    """Return the certificates of a signature, as far up as they are known; none for forms without certificates."""
    facts = view.facts
    if facts is None:
        return ()
    last = len(facts.chain) - 1
    return tuple(
        _link(der, trusted=facts.anchored and place == last) for place, der in enumerate(facts.chain[:MAX_LINKS])
    )


def _link(der: bytes, *, trusted: bool) -> ChainLink:
    try:
        said = read_facts(der)
    except FormatUnrecognised:
        return ChainLink(UNREADABLE)
    return ChainLink(
        name=_called(said),
        subject=shown(said.subject),
        issuer=shown(said.issuer),
        serial=said.serial,
        not_before=said.not_before,
        not_after=said.not_after,
        fingerprint=said.fingerprint,
        trusted=trusted,
    )


def _called(said: CertificateFacts) -> str:
    return shown(said.common_name or said.subject) or "nameless"
