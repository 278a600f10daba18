"""Certificates of keys.

Which certificate goes into a signature names the signer to others, so these rows decide. They go with their key.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from signet.audit.rows import Value
from signet.errors import RecordDisagrees
from signet.formats import der
from signet.keys.certificate import CertificateSource, StoredCertificate
from signet.store.tables.sealed import CERTIFICATES, Row, Witness

CERTIFICATES_SINCE = 3
"""The schema from which on keys have certificates."""


class CertificatesReading:
    """Read certificates; every row is checked against its MAC (RecordDisagrees names it)."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness

    def get(self, fingerprint: str) -> StoredCertificate | None:
        """Return the certificate with that fingerprint, None if no key has it."""
        return next(self._found("WHERE fingerprint = ?", (fingerprint,)), None)

    def of_key(self, key_id: str) -> list[StoredCertificate]:
        """Return a key's certificates, in the order in which they came."""
        return list(self._found("WHERE key_id = ? ORDER BY added, fingerprint", (key_id,)))

    def all(self) -> list[StoredCertificate]:
        """Return every certificate of every key, by key and in the order in which they came."""
        return list(self._found("ORDER BY key_id, added, fingerprint"))

    def _found(self, rest: str = "", values: Sequence[Value] = ()) -> Iterator[StoredCertificate]:
        """Read the table; a database that was not brought up to date, as in a backup that is tried, has none."""
        if self._witness.schema >= CERTIFICATES_SINCE:
            yield from map(_certificate, self._witness.rows(CERTIFICATES, rest, values))


class Certificates(CertificatesReading):
    """Read and write certificates; what is written is named in the next audit entry."""

    def put(self, certificate: StoredCertificate) -> None:
        """Add a certificate, or write it anew (``certificates/FINGERPRINT`` in the log)."""
        row: Row = {
            "fingerprint": certificate.fingerprint,
            "key_id": certificate.key_id,
            "der": certificate.der,
            "chain": b"".join(certificate.chain),
            "source": str(certificate.source),
            "added": certificate.added,
            "preferred": int(certificate.preferred),
        }
        self._witness.write(CERTIFICATES, row)

    def prefer(self, key_id: str, fingerprint: str) -> None:
        """Have one of a key's certificates be the preferred one, "" for none; the others are not any more."""
        for each in self.of_key(key_id):
            wanted = each.fingerprint == fingerprint
            if each.preferred is not wanted:
                self.put(replace(each, preferred=wanted))

    def remove(self, fingerprint: str) -> None:
        """Take a certificate away from its key."""
        self._witness.delete(CERTIFICATES, fingerprint)


def _certificate(row: Row) -> StoredCertificate:
    place = CERTIFICATES.name_of(row)
    content, chain = row["der"], row["chain"]
    try:
        found = StoredCertificate(
            key_id=str(row["key_id"]),
            der=content if isinstance(content, bytes) else b"",
            chain=tuple(_split(chain if isinstance(chain, bytes) else b"")),
            source=CertificateSource(str(row["source"])),
            added=str(row["added"]),
            preferred=bool(row["preferred"]),
        )
    except ValueError as error:
        raise RecordDisagrees(place=place) from error
    if found.fingerprint != row["fingerprint"]:
        raise RecordDisagrees(place=place)
    return found


def _split(data: bytes) -> Iterator[bytes]:
    """Certificates that stand one after the other, each by itself; raises `der.DerError`, a ValueError."""
    while data:
        _, rest = der.expect(data, der.SEQUENCE)
        yield data[: len(data) - len(rest)]
        data = rest
