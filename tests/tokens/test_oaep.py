from __future__ import annotations

import hashlib
import os

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from signet.tokens import oaep

KEY = rsa.generate_private_key(65537, 1024)  # noqa: S505 - the padding is tested, not the key
SIZE = 128
DIGESTS: dict[str, tuple[hashes.HashAlgorithm, int]] = {
    "sha256": (hashes.SHA256(), 32),
    "sha1": (hashes.SHA1(), 20),  # noqa: S303 - what is tested is compatibility
}


def raw_decrypt(ciphertext: bytes) -> bytes:
    """Plain RSA, leading zeros dropped as some modules drop them."""
    numbers = KEY.private_numbers()
    value = pow(int.from_bytes(ciphertext, "big"), numbers.d, numbers.public_numbers.n)
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def encoded(body_head: bytes, rest: bytes, *, first: int = 0, size: int = SIZE, hash_name: str = "sha256") -> bytes:
    """Build a block by hand: what stands in place of the label's hash, then what follows it."""
    length = DIGESTS[hash_name][1]
    body = (body_head + rest).ljust(size - length - 1, b"\0")
    seed = os.urandom(length)
    masked = bytes(a ^ b for a, b in zip(body, oaep.mask(seed, len(body), hash_name), strict=True))
    masked_seed = bytes(a ^ b for a, b in zip(seed, oaep.mask(masked, length, hash_name), strict=True))
    return bytes([first]) + masked_seed + masked


LABEL_HASH = hashlib.sha256(b"").digest()


@pytest.mark.parametrize("hash_name", ["sha256", "sha1"])
def test_what_the_library_pads_is_unpadded(hash_name: str) -> None:
    digest, length = DIGESTS[hash_name]
    for turn in range(300):
        message = os.urandom(turn % (SIZE - 2 * length - 1))
        sent = KEY.public_key().encrypt(message, padding.OAEP(padding.MGF1(digest), digest, None))
        assert oaep.unpad(raw_decrypt(sent), size=SIZE, hash_name=hash_name) == message


def test_messages_of_zeros_and_ones_survive() -> None:
    for message in (b"", b"\0" * 40, b"\1" * 40, b"\0\1\0", b"\xff"):
        block = encoded(LABEL_HASH, (b"\1" + message).rjust(SIZE - 33 - 32, b"\0"))
        assert oaep.unpad(block, size=SIZE) == message


@pytest.mark.parametrize(
    "block",
    [
        encoded(LABEL_HASH, b"\0\0\1message", first=1),
        encoded(LABEL_HASH, b"\0\0\1message", first=255),
        encoded(hashlib.sha256(b"other label").digest(), b"\0\0\1message"),
        encoded(LABEL_HASH[:-1] + bytes([LABEL_HASH[-1] ^ 1]), b"\0\0\1message"),
        encoded(LABEL_HASH, b"\0\0\2message"),
        encoded(LABEL_HASH, b"\2\1message"),
        encoded(LABEL_HASH, b""),
        encoded(b"", b""),
        b"",
        b"\0" * SIZE,
        b"\xff" * SIZE,
        b"\1" * (SIZE + 1),
        os.urandom(SIZE),
    ],
    ids=[
        "first byte 1", "first byte 255", "other label", "label bit", "no one", "two before one", "only zeros",
        "no label hash", "empty", "zeros", "ones", "too long", "random",
    ],
)  # fmt: skip
def test_every_fault_gives_the_same_nothing(block: bytes) -> None:
    assert oaep.unpad(block, size=SIZE) is None


def test_every_flipped_bit_is_noticed() -> None:
    block = encoded(LABEL_HASH, (b"\1" + b"secret").rjust(SIZE - 33 - 32, b"\0"))
    assert oaep.unpad(block, size=SIZE) == b"secret"
    for place in range(SIZE):
        changed = bytearray(block)
        changed[place] ^= 1 << (place % 8)
        assert oaep.unpad(bytes(changed), size=SIZE) != b"secret"


def test_a_modulus_too_small_for_the_padding_is_refused() -> None:
    assert oaep.unpad(b"\0" * 65, size=65) is None
