"""Sealing under the material key: AES-256-GCM with a random nonce in front, bound to what is sealed."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from signet.errors import DatabaseDamaged
from signet.formats import canonical
from signet.keys.spec import KeySpec
from signet.secret import Secret

NONCE_BYTES = 12


def seal_material(material_key: Secret, material: Secret, *, key_id: str, version: int, spec: KeySpec) -> bytes:
    """Wrap one key version's material; bound to key id, version and spec (DESIGN.md, section 2)."""
    return _seal(material_key, material, _material_binding(key_id, version, spec))


def open_material(material_key: Secret, sealed: bytes, *, key_id: str, version: int, spec: KeySpec) -> Secret:
    """Unwrap what `seal_material` made; raise DatabaseDamaged if it is not that."""
    return _open(material_key, sealed, _material_binding(key_id, version, spec))


def seal_own(material_key: Secret, secret: Secret, *, name: str, vault_id: str) -> bytes:
    """Wrap a key of the vault's own (identity, audit MAC), bound to its name and the vault."""
    return _seal(material_key, secret, canonical.encode({"name": name, "vault_id": vault_id}))


def open_own(material_key: Secret, sealed: bytes, *, name: str, vault_id: str) -> Secret:
    """Unwrap what `seal_own` made; raise DatabaseDamaged if it is not that."""
    return _open(material_key, sealed, canonical.encode({"name": name, "vault_id": vault_id}))


def _material_binding(key_id: str, version: int, spec: KeySpec) -> bytes:
    return canonical.encode({"key_id": key_id, "version": version, "spec": spec})


def _seal(key: Secret, secret: Secret, binding: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key.reveal()).encrypt(nonce, secret.reveal(), binding)


def _open(key: Secret, sealed: bytes, binding: bytes) -> Secret:
    try:
        return Secret(AESGCM(key.reveal()).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], binding))
    except (InvalidTag, ValueError) as error:
        raise DatabaseDamaged(reason="wrapped key material does not open") from error
