"""Certificates in words: what to call one in a line, how long it holds, what a person has to know about it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Protocol

from signet.gui.pages import times
from signet.gui.widgets.pill import PillKind
from signet.services.certificates import CertificateFacts, Suitability, Validity

_PARTS = re.compile(r"(?<!\\),")
"""A comma that is not part of a value."""
SOON = 60
"""Days before its end from which on a certificate is shown as ending."""


class Offered(Protocol):
    """A certificate to be chosen: of a key of the vault, or on a card."""

    @property
    def facts(self) -> CertificateFacts:
        """What it says."""

    @property
    def validity(self) -> Validity:
        """Whether it holds now."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the DER in hexadecimal."""

    @property
    def for_signatures(self) -> bool:
        """Whether it is meant for signing documents."""

    @property
    def reason(self) -> str:
        """Why not, and what that leads to."""

    @property
    def can_sign(self) -> bool:
        """Whether a signature can be made with it now."""


def in_a_line(certificate: Offered) -> str:
    """Holder, issuer and end, for a list."""
    facts = certificate.facts
    by = "self-signed" if facts.self_signed else facts.issuer_name
    return f"{facts.common_name} · {by} · until {day(facts.not_after)}"


def issued(facts: CertificateFacts) -> str:
    """Who issued it."""
    return "Self-signed" if facts.self_signed else f"Issued by {facts.issuer_name}"


def span(certificate: Offered) -> str:
    """From when to when it holds."""
    facts = certificate.facts
    if certificate.validity is Validity.NOT_YET:
        return f"from {day(facts.not_before)} to {day(facts.not_after)}"
    if certificate.validity is Validity.EXPIRED:
        return f"ended on {day(facts.not_after)}"
    return f"until {day(facts.not_after)}"


def pill_of(certificate: Offered, now: datetime) -> tuple[str, PillKind]:
    """Whether it holds, in a word or two."""
    if certificate.validity is Validity.EXPIRED:
        return "Ended", "bad"
    if certificate.validity is Validity.NOT_YET:
        return "Not yet valid", "warn"
    left = (times.moment(certificate.facts.not_after) - now).days
    return ("Ends soon", "warn") if left < SOON else ("Valid", "ok")


def purpose(certificate: Offered) -> str:
    """Whether it is for signing documents, in a sentence."""
    if certificate.facts.suitability is Suitability.NEVER:
        return "Not for signing."
    return "Meant for signing documents." if certificate.for_signatures else certificate.reason


def whole_name(subject: str) -> str:
    """A name of RFC 4514 with room between its parts, so that it can be read and broken into lines."""
    return _PARTS.sub(", ", subject)


def day(moment: str) -> str:
    """A date of a certificate, in UTC as its issuer wrote it and the command line says it."""
    return times.date_of(datetime.fromisoformat(moment))
