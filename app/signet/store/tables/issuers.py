"""Issuers that are trusted, and what is known of trusted lists.

Whose certificates count as whose hangs on these rows, so they decide. The lists themselves are public and large: they
lie in files, and a row has the digest of its own.
"""

from __future__ import annotations

import hashlib
from typing import TypeVar

from signet.audit.rows import Value
from signet.errors import IssuerNotFound, IssuerTaken, NameAmbiguous, RecordDisagrees
from signet.keys.issuer import TrustedIssuer, TrustedList
from signet.keys.person import folded
from signet.store.tables.keys import PREFIX_MINIMUM
from signet.store.tables.sealed import TRUSTED_ISSUERS, TRUSTED_LISTS, Row, SealedTable, Witness

ISSUERS_SINCE = 3
"""The schema from which on there are trusted issuers and lists."""


class IssuersReading:
    """Read issuers and lists; every row is checked against its MAC (RecordDisagrees names it)."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness

    def all(self) -> list[TrustedIssuer]:
        """Return every trusted issuer, by name."""
        found = [_issuer(row) for row in self._rows(TRUSTED_ISSUERS)]
        return sorted(found, key=lambda each: (folded(each.name), each.fingerprint))

    def find(self, name: str) -> TrustedIssuer:
        """Return which is meant: by name (capitals and spaces aside), or 8 or more first digits of a fingerprint.

        Raises IssuerNotFound, NameAmbiguous, RecordDisagrees.
        """
        digits = "".join(name.lower().split())
        every = self.all()
        found = [each for each in every if folded(each.name) == folded(name)]
        if not found and len(digits) >= PREFIX_MINIMUM:
            found = [each for each in every if each.fingerprint.startswith(digits)]
        if not found:
            raise IssuerNotFound(name=name)
        if len(found) > 1:
            raise NameAmbiguous(name=name, candidates=tuple(each.fingerprint for each in found))
        return found[0]

    def lists(self) -> list[TrustedList]:
        """Return what is known of every trusted list, by territory."""
        return sorted((_list(row) for row in self._rows(TRUSTED_LISTS)), key=lambda each: each.territory)

    def list_of(self, territory: str) -> TrustedList | None:
        """Return what is known of one territory's list."""
        return next((each for each in self.lists() if each.territory == territory), None)

    def _rows(self, table: SealedTable) -> list[Row]:
        """Read a table; a database that was not brought up to date, as in a backup that is tried, has none."""
        return list(self._witness.rows(table)) if self._witness.schema >= ISSUERS_SINCE else []


class Issuers(IssuersReading):
    """Read and write; what is written is named in the next audit entry."""

    def insert(self, issuer: TrustedIssuer) -> None:
        """Trust one more; raises IssuerTaken."""
        for each in self.all():
            if each.fingerprint == issuer.fingerprint:
                raise IssuerTaken(name=each.name)
        row: Row = {
            "fingerprint": issuer.fingerprint,
            "name": issuer.name,
            "certificate": issuer.certificate,
            "since": issuer.since,
        }
        self._witness.write(TRUSTED_ISSUERS, row)

    def remove(self, fingerprint: str) -> None:
        """Trust it no longer."""
        self._witness.delete(TRUSTED_ISSUERS, fingerprint)

    def put_list(self, found: TrustedList) -> None:
        """Note a list, in the place of the territory's older one."""
        row: Row = {name: getattr(found, name) for name in (*TRUSTED_LISTS.key, *TRUSTED_LISTS.others)}
        self._witness.write(TRUSTED_LISTS, row)

    def remove_list(self, territory: str) -> None:
        """Forget a territory's list."""
        self._witness.delete(TRUSTED_LISTS, territory)


def _issuer(row: Row) -> TrustedIssuer:
    certificate = row["certificate"]
    whole = certificate if isinstance(certificate, bytes) else b""
    if hashlib.sha256(whole).hexdigest() != row["fingerprint"]:
        raise RecordDisagrees(place=TRUSTED_ISSUERS.name_of(row))
    return TrustedIssuer(str(row["fingerprint"]), str(row["name"]), whole, str(row["since"]))


def _list(row: Row) -> TrustedList:
    text = {name: str(row[name]) for name in _TEXTS}
    return TrustedList(
        **text,
        sequence=_of(int, row["sequence"], row),
        signer=_of(bytes, row["signer"], row),
        digest=_of(bytes, row["digest"], row),
    )


_Kind = TypeVar("_Kind", int, bytes)
_TEXTS = ("territory", "operator", "issued", "next_update", "named_by", "source", "added")


def _of(kind: type[_Kind], value: Value, row: Row) -> _Kind:
    if not isinstance(value, kind):
        raise RecordDisagrees(place=TRUSTED_LISTS.name_of(row))
    return value
