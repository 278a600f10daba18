"""Until when a signature can be proven: the dates of certificates; no chain is built, nobody is trusted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC

from cryptography import x509

from signet.clock import timestamp
from signet.errors import FormatUnrecognised


def provable_until(chain: Sequence[bytes], *, stamp_ends: str = "") -> str:
    """Return when the last proof ends (RFC 3339 in UTC): "" without a chain, as for keys without a certificate.

    ``chain`` are the signer's certificate and those above it (DER): once the first of them ends, a signature without
    a time stamp proves nothing any more, because it could have been made afterwards. ``stamp_ends`` is when the
    certificate of the last time stamp's maker ends (`signet.documents.timestamps.TimeStamp.ends`), "" without one.
    Raises FormatUnrecognised for what is no certificate.
    """
    if not chain:
        return ""
    try:
        ends = min(x509.load_der_x509_certificate(each).not_valid_after_utc for each in chain)
    except ValueError as error:
        raise FormatUnrecognised(what="a certificate") from error
    return max(timestamp(ends.astimezone(UTC)), stamp_ends)
