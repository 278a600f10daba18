"""A certificate that is kept with a key, as it is stored: public, and said by whoever issued it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum


class CertificateSource(StrEnum):
    """How a certificate came to its key."""

    SELF_SIGNED = "self-signed"
    """Made here, and signed with the key itself."""
    ANSWER = "answer"
    """Imported after a request was made for the key here."""
    IMPORTED = "imported"
    """Imported from a file, or by way of the window."""
    KEY_FILE = "key-file"
    """Stood beside the key in the file that the key was imported from (PKCS#12, PEM)."""


@dataclass(frozen=True)
class StoredCertificate:
    """A certificate of a key: ``der``, and ``chain``, those above it as far as they are known, its issuer's first.

    ``added`` is RFC 3339 in UTC. Of a key's certificates at most one is ``preferred``: the person's choice for
    signing. What a certificate says is read by `signet.crypto.certificate_facts`.
    """

    key_id: str
    der: bytes
    chain: tuple[bytes, ...]
    source: CertificateSource
    added: str
    preferred: bool = False

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the DER in hexadecimal, by which a certificate is known."""
        return hashlib.sha256(self.der).hexdigest()
