"""OAEP unpadding on the host, for modules that only do raw RSA (RFC 8017, 7.1.2, step 3)."""

from __future__ import annotations

import hashlib
import hmac

_HASHES = {"sha256": hashlib.sha256, "sha1": hashlib.sha1}


def mask(seed: bytes, length: int, hash_name: str) -> bytes:
    """Return ``length`` bytes of MGF1 (RFC 8017, B.2.1)."""
    digest = _HASHES[hash_name]
    parts = (length + digest().digest_size - 1) // digest().digest_size
    return b"".join(digest(seed + counter.to_bytes(4, "big")).digest() for counter in range(parts))[:length]


def unpad(block: bytes, *, size: int, hash_name: str = "sha256") -> bytes | None:
    """Take OAEP (empty label, MGF1 with the same hash) off ``block``, the raw RSA result; None for any fault.

    ``size`` is the modulus in bytes: modules drop leading zeros, so the block is padded to it first. Every check is
    made on every input and only their conjunction is looked at, so that one fault costs what another does (Manger,
    2001).
    """
    digest = _HASHES[hash_name]
    length = digest().digest_size
    if len(block) > size or size < 2 * length + 2:
        return None
    padded = block.rjust(size, b"\0")
    masked_seed, masked_body = padded[1 : 1 + length], padded[1 + length :]
    seed = _xor(masked_seed, mask(masked_body, length, hash_name))
    body = _xor(masked_body, mask(seed, len(masked_body), hash_name))
    good = int(padded[0] == 0) & int(hmac.compare_digest(body[:length], digest(b"").digest()))
    start, looking = 0, 1
    for place in range(length, len(body)):
        is_one = int(body[place] == 1)
        is_zero = int(body[place] == 0)
        start |= looking * is_one * (place + 1)
        good &= 1 - looking * (1 - is_one) * (1 - is_zero)
        looking *= 1 - is_one
    good &= 1 - looking
    return body[start:] if good else None


def _xor(left: bytes, right: bytes) -> bytes:
    return (int.from_bytes(left, "big") ^ int.from_bytes(right, "big")).to_bytes(len(left), "big")
