"""Derivation: RFC 5869, and DESIGN.md's names a second time."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

import pytest

from signet.crypto.derive import attest_key, database_key, hkdf, material_key, unlock_key
from signet.secret import Secret
from support.headers import SALT


def rfc5869(ikm: bytes, *, salt: bytes, info: bytes, length: int = 32) -> bytes:
    """HKDF-SHA256, a second time, from the RFC alone (2.2 and 2.3)."""
    pseudorandom = hmac.digest(salt or bytes(32), ikm, "sha256")
    output, block = b"", b""
    for number in range(1, length // 32 + 2):
        block = hmac.digest(pseudorandom, block + info + bytes([number]), "sha256")
        output += block
    return output[:length]


# RFC 5869, A.1 to A.3: key, salt, info, length and output; the shorter outputs are beginnings of the longer ones.
VECTORS = [
    (
        b"\x0b" * 22,
        bytes(range(13)),
        bytes(range(0xF0, 0xFA)),
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    ),
    (
        bytes(range(0x50)),
        bytes(range(0x60, 0xB0)),
        bytes(range(0xB0, 0x100)),
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
        "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
    ),
    (
        b"\x0b" * 22,
        b"",
        b"",
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    ),
]


@pytest.mark.parametrize(("ikm", "salt", "info", "output"), VECTORS)
def test_hkdf_gives_what_the_rfc_says(ikm: bytes, salt: bytes, info: bytes, output: str) -> None:
    assert bytes(hkdf(Secret(ikm), salt=salt, info=info).reveal()) == bytes.fromhex(output)[:32]
    assert rfc5869(ikm, salt=salt, info=info, length=len(output) // 2).hex() == output


@pytest.mark.parametrize(
    ("derive", "info"),
    [
        (database_key, b"signet/v1/database"),
        (material_key, b"signet/v1/material"),
        (unlock_key, b"signet/v1/unlock"),
        (attest_key, b"signet/v1/attest"),
    ],
)
def test_each_key_has_the_name_that_the_design_gives_it(
    derive: Callable[[Secret, bytes], Secret], info: bytes
) -> None:
    secret = hashlib.sha256(b"a secret").digest()
    assert bytes(derive(Secret(secret), SALT).reveal()) == rfc5869(secret, salt=SALT, info=info)


def test_the_input_is_left_as_it_was() -> None:
    master = Secret(bytes(range(32)))
    database_key(master, SALT).wipe()
    assert bytes(master.reveal()) == bytes(range(32))


def test_another_vault_has_other_keys() -> None:
    master = Secret(bytes(32))
    assert database_key(master, SALT) != database_key(master, bytes(16))
