"""Message authentication codes by keys of the vault: HMAC (RFC 2104, FIPS 198-1), untruncated.

The key's material is HMAC's key as it is, as in AWS KMS, so that whoever holds the exported key computes the same.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable

from signet.errors import MacInvalid
from signet.keys.spec import MacAlgorithm
from signet.secret import Secret


def compute(material: Secret, algorithm: MacAlgorithm, pieces: Iterable[bytes | memoryview]) -> bytes:
    """Return the code of a message that comes in pieces; ValueError if the material is not as long as a code."""
    if len(material) != algorithm.size:
        raise ValueError("the material does not belong to this algorithm")
    code = hmac.new(material.reveal(), digestmod=algorithm.digest)
    for piece in pieces:
        code.update(piece)
    return code.digest()


def check(code: bytes, given: bytes) -> None:
    """Return if ``given`` is that code; raise MacInvalid otherwise, whatever differs."""
    if not hmac.compare_digest(code, given):
        raise MacInvalid
