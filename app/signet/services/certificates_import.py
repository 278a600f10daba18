"""Certificates taken in: the answer to a request, one that was had before, those that came with an imported key.

Whoever issued it, a certificate has to be over the key's own public half. Those above it are kept with it as far as
each was signed by the next; they are never trusted for that.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from signet.audit.canonical import Detail
from signet.audit.entry import Outcome
from signet.clock import timestamp
from signet.crypto.certificate_bundles import MAX_BUNDLE, chain_above, read_bundle
from signet.crypto.certificate_facts import CertificateFacts, read_facts
from signet.crypto.keyreading import ImportedKey
from signet.errors import CertificateForOtherKey, FormatUnrecognised, TooManyCertificates, UsageError
from signet.keys.certificate import CertificateSource, StoredCertificate
from signet.keys.model import Key
from signet.keys.state import Act
from signet.services.certificates import KeyCertificate, Validity, certificates_of, entry_of
from signet.services.key_states import change_key, refuse_recorded
from signet.services.session import Session
from signet.store.files import read_small
from signet.store.records import Change, Reading

REQUEST = "RequestCertificate"
"""What the log calls a request that was written."""
MAX_KEPT = 32
"""Certificates of one key."""


@dataclass(frozen=True)
class Imported:
    """What came of it: the certificates of the key that were in the file, and what is to be said about it.

    ``new`` is how many of them the key did not have before; ``left_out`` counts certificates that belong neither to
    the key nor above one that does.
    """

    certificates: tuple[KeyCertificate, ...]
    new: int
    left_out: int

    @property
    def newest(self) -> KeyCertificate:
        """The one that begins last."""
        return max(self.certificates, key=lambda each: each.not_before)


def read_certificate_file(path: str) -> bytes:
    """Read a file of certificates; raise SourceNotFound, SourceUnsupported (also for one that is too large)."""
    return read_small(os.path.abspath(path), limit=MAX_BUNDLE)


def import_certificate(session: Session, name: str, data: bytes, *, chain: Sequence[bytes] = ()) -> Imported:
    """Keep the certificate in ``data`` with its key: PEM, DER or PKCS#7, those above it in the same file or further.

    What the key has already stays, with what is known above it now. Several that are for the key are all kept.
    Raises NoCertificate, FormatUnrecognised, CertificateForOtherKey, TooManyCertificates, UsageError for a key
    without a public half, KeyStateRefused, KeyNotFound, NameAmbiguous.
    """
    given = list(read_bundle(data))
    for more in chain:
        given += read_bundle(more)
    with session.records.read() as reading:
        key = reading.keys.find(name)
        source = CertificateSource.ANSWER if _was_requested(reading, key) else CertificateSource.IMPORTED
    refuse_recorded(session, key, Act.ADD_CERTIFICATE)
    return keep_certificates(session, key, given, source=source)


def keep_certificates(session: Session, key: Key, given: Iterable[bytes], *, source: CertificateSource) -> Imported:
    """Keep those of ``given`` (DER) that are for the key, in one transaction; raises as `import_certificate`."""
    unique = tuple(dict.fromkeys(given))
    facts = {der: read_facts(der) for der in unique}
    own, known = _own_of(session, key, facts)
    now = timestamp(session.workplace.clock.now())
    found = [StoredCertificate(key.id, der, chain_above(der, (*unique, *known)), source, now) for der in own]
    used = {*own, *(above for each in found for above in each.chain)}
    new = 0

    def apply(change: Change, current: Key) -> Mapping[str, Detail]:
        nonlocal new
        new = put_certificates(change, current, found)
        return entries_of(found, facts)

    change_key(session, key.id, Act.ADD_CERTIFICATE, apply)
    there = {each.fingerprint for each in found}
    kept = tuple(each for each in certificates_of(session, key.id) if each.fingerprint in there)
    return Imported(kept, new, sum(der not in used for der in unique))


def beside(session: Session, key: Key, found: ImportedKey) -> list[StoredCertificate]:
    """Return the certificates of a key that stood beside it in its file, to be kept with it.

    What cannot be read, is over another key, or is more than a key keeps is left out.
    """
    facts: dict[bytes, CertificateFacts] = {}
    for der in found.certificates:
        with suppress(FormatUnrecognised):
            facts[der] = read_facts(der)
    now = timestamp(session.workplace.clock.now())
    own = [der for der, said in facts.items() if found.public_key and said.public_key == found.public_key]
    source = CertificateSource.KEY_FILE
    return [StoredCertificate(key.id, der, chain_above(der, facts), source, now) for der in own[:MAX_KEPT]]


def came_along(kept: Sequence[StoredCertificate]) -> str:
    """Say that certificates came with an imported key, in a sentence; "" for none."""
    if not kept:
        return ""
    name = read_facts(kept[0].der).common_name
    if len(kept) == 1:
        return f"The certificate of “{name}” came along with the key."
    return f"{len(kept)} certificates came along with the key, one of “{name}”."


def notes_on(came: Imported) -> tuple[str, ...]:
    """What a person should know about certificates that were just taken in, in sentences; none if all is usual."""
    newest = came.newest
    said = []
    if not came.new:
        said.append("The key had this certificate already.")
    if came.left_out:
        others = "One other certificate" if came.left_out == 1 else f"{came.left_out} other certificates"
        said.append(f"{others} in the file neither is for this key nor stands above it, and was left out.")
    if newest.validity is Validity.EXPIRED:
        said.append(f"It ended on {newest.not_after[:10]}: nothing new can be signed with it.")
    elif newest.validity is Validity.NOT_YET:
        said.append(f"It holds from {newest.not_before[:10]} on.")
    if newest.reason:
        said.append(newest.reason)
    if not newest.self_signed and not newest.chain:
        said.append("Its issuer's certificate did not come along; import that too if you have it.")
    return tuple(said)


def put_certificates(change: Change, key: Key, found: Sequence[StoredCertificate]) -> int:
    """Write certificates within a transaction, and return how many are new; raise TooManyCertificates.

    One that is there keeps where it came from and that it is preferred; a longer chain takes the place of a shorter.
    """
    there = {each.fingerprint: each for each in change.certificates.of_key(key.id)}
    new = [each for each in found if each.fingerprint not in there]
    if len(there) + len(new) > MAX_KEPT:
        raise TooManyCertificates(key=key.alias, most=MAX_KEPT)
    for each in found:
        old = there.get(each.fingerprint)
        if old is None:
            change.certificates.put(each)
        elif len(each.chain) > len(old.chain):
            change.certificates.put(replace(old, chain=each.chain))
    return len(new)


def entries_of(found: Sequence[StoredCertificate], facts: Mapping[bytes, CertificateFacts]) -> dict[str, Detail]:
    """Say in the log which came; details of the first, and the fingerprints of the others."""
    details = entry_of(found[0], facts[found[0].der])
    details |= {"source": found[0].source.value, "chain": len(found[0].chain)}
    if len(found) > 1:
        details["others"] = [each.fingerprint for each in found[1:]]
    return details


def _own_of(
    session: Session, key: Key, facts: Mapping[bytes, CertificateFacts]
) -> tuple[list[bytes], tuple[bytes, ...]]:
    """Return the certificates that are over the key's public half, and those that the key knows from before."""
    with session.records.read() as reading:
        halves = {each.public_key for each in reading.keys.versions(key.id) if each.public_key is not None}
        if not halves:
            raise UsageError(reason=f"“{key.alias}” is a key of the kind {key.spec}, which has no certificate.")
        own = [der for der, said in facts.items() if said.public_key in halves]
        if not own:
            first = next((said for said in facts.values() if not said.authority), next(iter(facts.values())))
            holder = reading.keys.holder_of(first.public_key) if first.public_key else None
            fits = "" if holder is None else f"; it fits “{holder.alias}”"
            raise CertificateForOtherKey(key=key.alias, subject=first.common_name, fits=fits)
        known = tuple(above for each in reading.certificates.of_key(key.id) for above in each.chain)
    return own, known


def _was_requested(reading: Reading, key: Key) -> bool:
    """Whether a request was made for the key here, as the log has it."""
    return any(entry.outcome is Outcome.DONE for entry in reading.audit.list(key=key.id, operation=REQUEST, limit=1))
