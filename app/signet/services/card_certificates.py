"""Certificates as cards bring them: which key of a card has one, whether it is for signatures, what stands above it.

Everything here is public and read without a PIN. A certificate is read, not believed; that its key signs is proven by
signing. Several modules make certificates up for keys that have none: those cannot be read and are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from signet.crypto.certificate_facts import CertificateFacts, issued_by, load, read_facts
from signet.crypto.certificates import Validity
from signet.errors import CertificateNotFound, CertificateUnusable, FormatUnrecognised, NoSigningCertificate
from signet.services.certificates_judged import JudgedCertificate, check_usable, named_certificate, why_none_signs
from signet.services.workplace import Workplace
from signet.tokens.model import Token

MAX_CHAIN = 8
"""Certificates above one another; real chains have 2 to 4."""


@dataclass(frozen=True)
class CardCertificate(JudgedCertificate):
    """A certificate on a card whose key is there too.

    ``key_id`` is the key's CKA_ID in hexadecimal, ``label`` what the card calls the certificate. ``chain`` is in DER,
    this certificate first, then those on the card that stand above it.
    """

    key_id: str
    label: str
    chain: tuple[bytes, ...]

    @property
    def public_key(self) -> bytes:
        """DER SubjectPublicKeyInfo."""
        return self.facts.public_key


def card_certificates(workplace: Workplace, token: Token) -> tuple[CardCertificate, ...]:
    """Return the certificates of a card's keys: those meant for signatures first, then those that hold, newest first.

    Authorities that only stand above others are left out, and what no program could read. Raises TokenRemoved,
    ModuleError.
    """
    now = workplace.clock.now()
    read: list[tuple[str, str, CertificateFacts]] = []
    for each in workplace.hub.certificates(token):
        with suppress(FormatUnrecognised):
            read.append((each.id.hex(), each.label, read_facts(each.der)))
    every = [facts for _, _, facts in read]
    found = [
        CardCertificate(facts, facts.validity(now), key_id, label, _chain(facts, every))
        for key_id, label, facts in read
        if facts.public_key and not _only_above(facts, every)
    ]
    found.sort(key=lambda each: each.facts.not_before, reverse=True)
    return tuple(sorted(found, key=lambda each: (not each.can_sign, not each.for_signatures)))


def chain_on_card(found: Sequence[CardCertificate], *, name: str, fingerprint: str = "") -> tuple[bytes, ...]:
    """Return what goes into a signature, DER, the signer's first, of a key's certificates on its card.

    ``name`` is the key's, for messages; ``fingerprint`` that of the one that was chosen, or how it begins. Raises
    NoSigningCertificate, CertificateUnusable, CertificateNotFound.
    """
    if fingerprint:
        return _chosen(found, name, fingerprint).chain
    usual = next((each for each in found if each.can_sign and each.for_signatures), None)
    if usual is None:
        raise NoSigningCertificate(
            key=name, reason=why_none_signs(found, none="there is no certificate for it on the card")
        )
    return usual.chain


def _chosen(found: Sequence[CardCertificate], name: str, fingerprint: str) -> CardCertificate:
    chosen = named_certificate(found, fingerprint)
    if chosen is None:
        raise CertificateNotFound(key=name, fingerprint=fingerprint)
    if chosen.validity is Validity.NOT_YET:
        reason = f"it begins on {chosen.facts.not_before[:10]}"
        raise CertificateUnusable(certificate=chosen.facts.common_name, reason=reason)
    check_usable(chosen)
    return chosen


def _only_above(facts: CertificateFacts, every: Sequence[CertificateFacts]) -> bool:
    """Whether it is an authority's that issued another one here; a card's own key may have such a one too."""
    return facts.authority and any(other is not facts and _issued(other, facts) for other in every)


def _chain(facts: CertificateFacts, every: Sequence[CertificateFacts]) -> tuple[bytes, ...]:
    chain = [facts]
    while len(chain) < MAX_CHAIN and not chain[-1].self_signed:
        above = next((each for each in every if each not in chain and _issued(chain[-1], each)), None)
        if above is None:
            break
        chain.append(above)
    return tuple(each.der for each in chain)


def _issued(below: CertificateFacts, above: CertificateFacts) -> bool:
    return below.issuer == above.subject and issued_by(load(below.der), load(above.der))
