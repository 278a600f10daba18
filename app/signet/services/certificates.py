"""Certificates of keys: which there are, which one goes into a signature, which the person prefers; taking one away.

A certificate is public and says nothing about trust here: its key is the vault's, whoever certified it. So neither
keeping nor choosing one asks for proof of presence; each change is one transaction with its entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from signet.audit.canonical import Detail
from signet.crypto.certificate_facts import CertificateFacts, Suitability, read_facts
from signet.crypto.certificates import Validity
from signet.errors import CertificateNotFound, CertificateUnusable, NoSigningCertificate, RecordDisagrees, SignetError
from signet.keys.certificate import CertificateSource, StoredCertificate
from signet.keys.model import Key
from signet.keys.state import Act
from signet.services.certificates_judged import (
    JudgedCertificate,
    check_usable,
    fingerprint_digits,
    named_certificate,
    why_none_signs,
)
from signet.services.key_states import change_key
from signet.services.session import Session
from signet.store.records import Change, Reading

__all__ = [
    "LOST",
    "CertificateFacts",
    "CertificateSource",
    "KeyCertificate",
    "Suitability",
    "Validity",
    "certificates_of",
    "facts_of_chain",
    "find_certificate",
    "prefer_certificate",
    "remove_certificate",
    "signing_certificates",
    "signing_chain",
]

LOST = (
    "Signatures that were made with it stay as they are. The key stays too, but nobody here can make the same "
    "certificate again: keep a copy if its issuer does not give out another."
)
"""What removing one means."""


@dataclass(frozen=True)
class KeyCertificate(JudgedCertificate):
    """A certificate of a key as it stands now: what it says, whether it holds today, and what is stored.

    ``usual`` is the one that signs where nobody chooses, at most one of a key.
    """

    stored: StoredCertificate
    usual: bool = False

    @property
    def der(self) -> bytes:
        """The certificate itself."""
        return self.stored.der

    @property
    def chain(self) -> tuple[bytes, ...]:
        """Those above it, as far as they are known, its issuer's first; DER."""
        return self.stored.chain

    @property
    def preferred(self) -> bool:
        """Whether the person chose it for signing."""
        return self.stored.preferred

    @property
    def source(self) -> CertificateSource:
        """How it came to its key."""
        return self.stored.source

    @property
    def subject(self) -> str:
        """The holder's name, RFC 4514."""
        return self.facts.subject

    @property
    def common_name(self) -> str:
        """What to call the holder in a line."""
        return self.facts.common_name

    @property
    def issuer(self) -> str:
        """The issuer's name, RFC 4514."""
        return self.facts.issuer

    @property
    def issuer_name(self) -> str:
        """What to call the issuer in a line."""
        return self.facts.issuer_name

    @property
    def not_before(self) -> str:
        """From when on it holds, RFC 3339 in UTC."""
        return self.facts.not_before

    @property
    def not_after(self) -> str:
        """Until when it holds, RFC 3339 in UTC."""
        return self.facts.not_after

    @property
    def self_signed(self) -> bool:
        """Whether its own key signed it."""
        return self.facts.self_signed


def certificates_of(session: Session, name: str) -> tuple[KeyCertificate, ...]:
    """Return a key's certificates: the usual one first, then those that hold now, the newest first.

    Raises KeyNotFound, NameAmbiguous.
    """
    with session.records.read() as reading:
        key = reading.keys.find(name)
        stored = reading.certificates.of_key(key.id)
    return _judged(session, stored)


def signing_certificates(session: Session) -> Mapping[str, tuple[KeyCertificate, ...]]:
    """Return the certificates of every key that has some, by the key's id; each as `certificates_of`."""
    with session.records.read() as reading:
        stored = reading.certificates.all()
    found: dict[str, list[StoredCertificate]] = {}
    for each in stored:
        found.setdefault(each.key_id, []).append(each)
    return {key_id: _judged(session, of_key) for key_id, of_key in found.items()}


def signing_chain(session: Session, name: str, fingerprint: str = "") -> tuple[bytes, ...]:
    """Return the certificates that go into a signature by a key, DER: its own first, then those above it.

    ``fingerprint`` is that of the one that was chosen, or how it begins; "" for the usual one: the preferred, else
    of those that are meant for signatures and hold now the newest. Raises NoSigningCertificate, which says why there
    is none, CertificateUnusable for a choice that cannot be, CertificateNotFound, KeyNotFound, NameAmbiguous.
    """
    with session.records.read() as reading:
        key = reading.keys.find(name)
        stored = reading.certificates.of_key(key.id)
    found = _judged(session, stored)
    if fingerprint:
        chosen = _named(key, found, fingerprint)
        check_usable(chosen)
    else:
        usual = next((each for each in found if each.usual), None)
        if usual is None:
            raise NoSigningCertificate(key=key.alias, reason=why_none_signs(found, none="it has no certificate yet"))
        chosen = usual
    return (chosen.der, *chosen.chain)


def find_certificate(session: Session, name: str, fingerprint: str) -> KeyCertificate:
    """Return a key's certificate by its fingerprint, or how that begins (8 digits or more).

    "" is the usual one, else the only one.

    Raises CertificateNotFound, KeyNotFound, NameAmbiguous.
    """
    with session.records.read() as reading:
        key = reading.keys.find(name)
    return _named(key, certificates_of(session, key.id), fingerprint)


def facts_of_chain(certificate: KeyCertificate) -> tuple[CertificateFacts, ...]:
    """Return what the certificates above say, the issuer's first."""
    return tuple(map(read_facts, certificate.chain))


def prefer_certificate(session: Session, name: str, fingerprint: str) -> KeyCertificate:
    """Sign with this one of a key's certificates where nobody chooses; "" to have no preference again is not needed.

    Raises CertificateNotFound, CertificateUnusable for one that no program accepts, KeyStateRefused, KeyNotFound,
    NameAmbiguous.
    """
    wanted = find_certificate(session, name, fingerprint)
    if wanted.facts.suitability is Suitability.NEVER:
        raise CertificateUnusable(
            certificate=wanted.common_name, reason="its issuer says that the key is not for signatures"
        )

    def apply(change: Change, key: Key) -> Mapping[str, Detail]:
        _there(change, key, wanted.fingerprint)
        change.certificates.prefer(key.id, wanted.fingerprint)
        return entry_of(wanted.stored, wanted.facts)

    change_key(session, name, Act.PREFER_CERTIFICATE, apply)
    return find_certificate(session, name, wanted.fingerprint)


def remove_certificate(session: Session, name: str, fingerprint: str) -> KeyCertificate:
    """Take a certificate away from its key, and return what it was; signatures made with it have their own copy.

    Raises CertificateNotFound, KeyStateRefused, KeyNotFound, NameAmbiguous.
    """
    gone = find_certificate(session, name, fingerprint)

    def apply(change: Change, key: Key) -> Mapping[str, Detail]:
        _there(change, key, gone.fingerprint)
        change.certificates.remove(gone.fingerprint)
        return entry_of(gone.stored, gone.facts)

    change_key(session, name, Act.REMOVE_CERTIFICATE, apply)
    return gone


def entry_of(stored: StoredCertificate, facts: CertificateFacts) -> dict[str, Detail]:
    """Say in the log which certificate it is."""
    return {
        "certificate": stored.fingerprint,
        "subject": facts.subject,
        "issuer": facts.issuer,
        "not-after": facts.not_after,
    }


def _there(reading: Reading, key: Key, fingerprint: str) -> StoredCertificate:
    stored = reading.certificates.get(fingerprint)
    if stored is None or stored.key_id != key.id:
        raise CertificateNotFound(key=key.alias, fingerprint=fingerprint)
    return stored


def _judged(session: Session, stored: Iterable[StoredCertificate]) -> tuple[KeyCertificate, ...]:
    now = session.workplace.clock.now()
    found = []
    for each in stored:
        try:
            facts = read_facts(each.der)
        except SignetError as error:  # it was read when it came, and its row has its MAC
            raise RecordDisagrees(place=f"certificates/{each.fingerprint}") from error
        found.append(KeyCertificate(facts, facts.validity(now), each))
    found.sort(key=lambda each: (each.not_before, each.stored.added, each.fingerprint), reverse=True)
    usual = _usual(found)
    marked = [replace(each, usual=each is usual) for each in found]
    return tuple(sorted(marked, key=lambda each: (not each.usual, not each.can_sign)))


def _usual(newest_first: Sequence[KeyCertificate]) -> KeyCertificate | None:
    able = [each for each in newest_first if each.can_sign]
    preferred = next((each for each in able if each.preferred), None)
    return preferred or next((each for each in able if each.for_signatures), None)


def _named(key: Key, found: Sequence[KeyCertificate], fingerprint: str) -> KeyCertificate:
    if not fingerprint_digits(fingerprint) and found and (found[0].usual or len(found) == 1):
        return found[0]
    chosen = named_certificate(found, fingerprint)
    if chosen is None:
        raise CertificateNotFound(key=key.alias, fingerprint=fingerprint or "that was not named")
    return chosen
