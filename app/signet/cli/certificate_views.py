"""How certificates look from outside: the fields that ``--json`` prints, and the lines that people read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from signet.cli.output import Fields

if TYPE_CHECKING:
    from signet.services.certificates import CertificateFacts, KeyCertificate

COLUMNS = (("Name", "name"), ("Issuer", "by"), ("Until", "until"), ("Is", "is"), ("Fingerprint", "short"))
VALIDITY = {"current": "valid", "expired": "ended", "not-yet-valid": "not valid yet"}
SOURCES = {
    "self-signed": "made here",
    "answer": "answer to a request",
    "imported": "imported",
    "key-file": "came with the key",
}
SHORT = 16
"""Digits of a fingerprint in a table; eight are enough to name a certificate."""


def certificate_fields(certificate: KeyCertificate, above: tuple[CertificateFacts, ...]) -> Fields:
    """A certificate of a key; ``above`` is what those above it say, the issuer's first."""
    facts = certificate.facts
    return {
        "fingerprint": certificate.fingerprint,
        "subject": facts.subject,
        "name": facts.common_name,
        "emails": list(facts.emails),
        "issuer": facts.issuer,
        "serial": facts.serial,
        "not_before": facts.not_before,
        "not_after": facts.not_after,
        "validity": certificate.validity.value,
        "usages": None if facts.usages is None else list(facts.usages),
        "for_signatures": certificate.for_signatures,
        "reason": certificate.reason or None,
        "self_signed": certificate.self_signed,
        "source": certificate.source.value,
        "added": certificate.stored.added,
        "preferred": certificate.preferred,
        "usual": certificate.usual,
        "chain": [
            {"fingerprint": each.fingerprint, "subject": each.subject, "not_after": each.not_after} for each in above
        ],
    }


def row_of(fields: Fields, certificate: KeyCertificate) -> Fields:
    """The same with what stands in the table."""
    by = "itself" if certificate.self_signed else certificate.issuer_name
    return {
        **fields,
        "by": by,
        "until": certificate.not_after[:10],
        "is": state_said(certificate),
        "short": certificate.fingerprint[:SHORT],
    }


def state_said(certificate: KeyCertificate) -> str:
    """Whether it holds and what it is good for, in a few words."""
    said = VALIDITY[certificate.validity.value]
    if not certificate.for_signatures:
        said += ", not meant for signing"
    elif certificate.usual:
        said += ", signs"
    return said + (" (preferred)" if certificate.preferred else "")


def certificate_shown(certificate: KeyCertificate, above: tuple[CertificateFacts, ...]) -> list[tuple[str, object]]:
    """A certificate for people."""
    facts = certificate.facts
    lines: list[tuple[str, object]] = [("Name", facts.subject)]
    if facts.emails:
        lines.append(("E-mail", ", ".join(facts.emails)))
    lines += [
        ("Issued by", "itself" if facts.self_signed else facts.issuer),
        ("Dates", f"{facts.not_before[:10]} to {facts.not_after[:10]} ({VALIDITY[certificate.validity.value]})"),
        ("For signing", "yes" if certificate.for_signatures else certificate.reason),
    ]
    lines += [("Above it", each.subject) for each in above]
    lines += [("Came", SOURCES[certificate.source.value]), ("Fingerprint", certificate.fingerprint)]
    return lines
