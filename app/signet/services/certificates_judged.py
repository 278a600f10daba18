"""Certificates for signing, in the vault or on a card: can one sign now, which is named, why does none sign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from signet.crypto.certificate_facts import CertificateFacts, Suitability
from signet.crypto.certificates import Validity
from signet.errors import CertificateUnusable

MIN_FINGERPRINT = 8
"""Digits of a fingerprint that are enough to name a certificate."""


@dataclass(frozen=True)
class JudgedCertificate:
    """What a certificate says, and whether it holds today."""

    facts: CertificateFacts
    validity: Validity

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the DER in hexadecimal."""
        return self.facts.fingerprint

    @property
    def for_signatures(self) -> bool:
        """Whether it is meant for signing documents (nonRepudiation); others are offered under "show all"."""
        return self.facts.suitability is Suitability.MEANT

    @property
    def reason(self) -> str:
        """Why it is not meant for that, and what that leads to: a sentence; "" if it is."""
        return self.facts.consequence

    @property
    def can_sign(self) -> bool:
        """Whether a signature can be made with it now, meant for that or not."""
        return self.validity is Validity.CURRENT and self.facts.suitability is not Suitability.NEVER


Judged = TypeVar("Judged", bound=JudgedCertificate)


def fingerprint_digits(fingerprint: str) -> str:
    """Return a fingerprint as it is compared, however a person wrote it: lower case, no colons, no white space."""
    return "".join(fingerprint.lower().replace(":", "").split())


def named_certificate(found: Sequence[Judged], fingerprint: str) -> Judged | None:
    """Return the one whose fingerprint is that, or begins so (8 digits or more); None if none does, or several."""
    wanted = fingerprint_digits(fingerprint)
    fitting = [each for each in found if len(wanted) >= MIN_FINGERPRINT and each.fingerprint.startswith(wanted)]
    return fitting[0] if len(fitting) == 1 else None


def check_usable(certificate: JudgedCertificate) -> None:
    """Raise CertificateUnusable, which says why, for a certificate that cannot be signed with now."""
    facts = certificate.facts
    if certificate.validity is Validity.EXPIRED:
        reason = f"it ended on {facts.not_after[:10]}"
    elif certificate.validity is Validity.NOT_YET:
        reason = f"it holds from {facts.not_before[:10]} on"
    elif facts.suitability is Suitability.NEVER:
        reason = "its issuer says that the key is not for signatures"
    else:
        return
    raise CertificateUnusable(certificate=facts.common_name, reason=reason)


def why_none_signs(found: Sequence[JudgedCertificate], *, none: str) -> str:
    """Say why none of a key's certificates signs unless it is chosen; ``none`` is what is said if there is none."""
    if not found:
        return none
    if any(each.can_sign for each in found):
        return (
            "none of its certificates is meant for signing documents; another one signs if you choose it yourself "
            "(--certificate FINGERPRINT)"
        )
    if all(each.validity is Validity.EXPIRED for each in found):
        return f"its certificate ended on {max(each.facts.not_after for each in found)[:10]}"
    return "none of its certificates holds today and is for signatures"
