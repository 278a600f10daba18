"""Guarded key material: wrapped once more, inside, under a guard key that only guards open (DESIGN.md, section 2).

Each version has a random guard key of its own. It is wrapped to each guard's public key by the one rule of
`signet.crypto.wrapping`, so that making a key or a version needs no guard. A new master key touches none of this.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from signet.crypto.derive import KEY_BYTES
from signet.crypto.wrapping import NONCE_BYTES, TAG_BYTES, Binding, Exchange, unwrap_from, wrap_to
from signet.errors import DatabaseDamaged, GuardIncorrect
from signet.formats.guard import guard_binding, material_binding
from signet.formats.header import UnlockMethod, VaultHeader
from signet.keys.model import GuardCopy
from signet.keys.spec import KeySpec
from signet.secret import Secret

MIN_GUARDED = NONCE_BYTES + TAG_BYTES
"""Bytes that guarded material has at least: nonce and tag around nothing."""


def new_guard_key() -> Secret:
    """A random guard key, 32 bytes, for one version of one key."""
    return Secret(os.urandom(KEY_BYTES))


def guard_material(guard_key: Secret, material: Secret, *, key_id: str, version: int, spec: KeySpec) -> Secret:
    """Wrap material under its guard key: nonce and AES-256-GCM; the material key still comes around it."""
    nonce = os.urandom(NONCE_BYTES)
    binding = material_binding(key_id=key_id, version=version, spec=spec)
    return Secret(nonce + AESGCM(guard_key.reveal()).encrypt(nonce, material.reveal(), binding))


def open_guarded(guard_key: Secret, guarded: Secret, *, key_id: str, version: int, spec: KeySpec) -> Secret:
    """Unwrap what `guard_material` made; raise DatabaseDamaged if it is not that."""
    sealed = bytes(guarded.reveal())
    binding = material_binding(key_id=key_id, version=version, spec=spec)
    try:
        return Secret(AESGCM(guard_key.reveal()).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], binding))
    except (InvalidTag, ValueError) as error:
        raise DatabaseDamaged(reason="guarded key material does not open") from error


def wrap_guard_key(
    guard_key: Secret, method: UnlockMethod, header: VaultHeader, *, key_id: str, version: int
) -> bytes:
    """Wrap a guard key to a guard, from its public key alone; raise HeaderDamaged if nothing can be wrapped to it."""
    return wrap_to(method, guard_key, _binding(method, header, key_id=key_id, version=version))


def unwrap_guard_key(copy: GuardCopy, method: UnlockMethod, header: VaultHeader, *, exchange: Exchange) -> Secret:
    """Open a guard's copy by the guard's private operation.

    Raises GuardIncorrect whatever is wrong with the copy; errors of the token itself rise from ``exchange``.
    """
    binding = _binding(method, header, key_id=copy.key_id, version=copy.number)
    failure = GuardIncorrect(guard=method.label)
    return unwrap_from(method, copy.wrapped, binding, exchange=exchange, failure=failure)


def _binding(method: UnlockMethod, header: VaultHeader, *, key_id: str, version: int) -> Binding:
    data = guard_binding(method, vault_id=header.vault_id, key_id=key_id, version=version)
    return Binding(b"guard/", data, header.salt)
