"""Issuers that the holder of the vault trusts to say whose key is whose, and trusted lists of states: values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TrustedIssuer:
    """An authority whose certificates are believed. ``fingerprint`` is the SHA-256 of ``certificate`` (DER) in
    hexadecimal, ``since`` when its fingerprint was compared (RFC 3339 in UTC)."""

    fingerprint: str
    name: str
    certificate: bytes
    since: str


@dataclass(frozen=True)
class TrustedList:
    """One verified trusted list (ETSI TS 119 612), as it is kept; the list itself is a file with that digest.

    ``territory`` is the scheme's ("EE"; "EU" for the list of lists), ``operator`` who publishes it; ``sequence``,
    ``issued`` and ``next_update`` ("" if the list is closed) as the list says, ``signer`` the certificate (DER) whose
    key signed it and ``named_by`` why that one counts: "person", "lotl" or "bundled". ``digest`` is the SHA-256 of
    the list's bytes, ``source`` where it came from, ``added`` when. Times are RFC 3339 in UTC.
    """

    territory: str
    operator: str
    sequence: int
    issued: str
    next_update: str
    signer: bytes
    named_by: str
    digest: bytes
    source: str
    added: str

    def ended(self, moment: str) -> bool:
        """Whether a newer list should have come by ``moment`` (RFC 3339 in UTC)."""
        return bool(self.next_update) and self.next_update < moment
