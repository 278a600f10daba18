"""Sealing under the material key: what is sealed for one place opens nowhere else."""

from __future__ import annotations

import hashlib
import json

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from signet.crypto.sealing import open_material, open_own, seal_material, seal_own
from signet.errors import DatabaseDamaged
from signet.keys.spec import KeySpec
from signet.secret import Secret
from support.headers import VAULT_ID

KEY_ID = "11111111-2222-4333-8444-555555555555"
MATERIAL_KEY = hashlib.sha256(b"material key").digest()
MATERIAL = bytes(range(32))


def sealed() -> bytes:
    return seal_material(
        Secret(MATERIAL_KEY), Secret(MATERIAL), key_id=KEY_ID, version=3, spec=KeySpec.SYMMETRIC_DEFAULT
    )


def opened(
    data: bytes, *, key: bytes = MATERIAL_KEY, key_id: str = KEY_ID, version: int = 3,
    spec: KeySpec = KeySpec.SYMMETRIC_DEFAULT,
) -> bytes:  # fmt: skip
    return bytes(open_material(Secret(key), data, key_id=key_id, version=version, spec=spec).reveal())


def test_what_is_sealed_is_opened() -> None:
    assert opened(sealed()) == MATERIAL
    assert sealed() != sealed()


def test_an_independent_reader_opens_it() -> None:
    data = sealed()
    bound = {"key_id": KEY_ID, "version": 3, "spec": "SYMMETRIC_DEFAULT"}
    associated = json.dumps(bound, sort_keys=True, separators=(",", ":")).encode("ascii")
    assert AESGCM(MATERIAL_KEY).decrypt(data[:12], data[12:], associated) == MATERIAL


def test_every_bit_counts() -> None:
    data = sealed()
    for bit in range(len(data) * 8):
        wrong = bytearray(data)
        wrong[bit // 8] ^= 1 << bit % 8
        with pytest.raises(DatabaseDamaged):
            opened(bytes(wrong))


def test_cut_short_or_drawn_out_it_does_not_open() -> None:
    data = sealed()
    for end in range(len(data)):
        with pytest.raises(DatabaseDamaged):
            opened(data[:end])
    with pytest.raises(DatabaseDamaged):
        opened(data + b"\0")


def test_it_opens_for_its_own_key_version_and_spec_only() -> None:
    data = sealed()
    with pytest.raises(DatabaseDamaged):
        opened(data, key=bytes(32))
    with pytest.raises(DatabaseDamaged):
        opened(data, key_id="11111111-2222-4333-8444-555555555556")
    with pytest.raises(DatabaseDamaged):
        opened(data, version=4)
    with pytest.raises(DatabaseDamaged):
        opened(data, spec=KeySpec.ECC_NIST_EDWARDS25519)


def test_a_key_of_the_vaults_own_is_bound_to_name_and_vault() -> None:
    data = seal_own(Secret(MATERIAL_KEY), Secret(MATERIAL), name="identity-key", vault_id=VAULT_ID)
    assert bytes(open_own(Secret(MATERIAL_KEY), data, name="identity-key", vault_id=VAULT_ID).reveal()) == MATERIAL
    for name, vault_id in (("audit-mac-key", VAULT_ID), ("identity-key", KEY_ID)):
        with pytest.raises(DatabaseDamaged):
            open_own(Secret(MATERIAL_KEY), data, name=name, vault_id=vault_id)
    with pytest.raises(DatabaseDamaged):
        opened(data)
