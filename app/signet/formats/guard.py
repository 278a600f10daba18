"""What the two layers inside a guarded key are bound to (DESIGN.md, section 2; docs/formats/guarded-keys.md).

A guard is a way in of the header that has a key pair; what is wrapped to it is bound to the vault, the way in, the
key and its version. The material under the guard key is bound to key, version and spec, and says that it is guarded.
"""

from __future__ import annotations

from signet.formats import canonical
from signet.formats.header import MethodKind, UnlockMethod, text_of

FORMAT = "signet-guard"
VERSION = 1
MATERIAL_FORMAT = "signet-guarded-material"
GUARDING = frozenset({MethodKind.TOKEN, MethodKind.RECOVERY_CODE})
"""Kinds of ways in that can be guards: what is held in the hand. A passphrase is known to what reads the keyboard."""


def guard_binding(method: UnlockMethod, *, vault_id: str, key_id: str, version: int) -> bytes:
    """The associated data of a guard key that is wrapped to a way in."""
    return canonical.encode(
        {
            "format": FORMAT,
            "version": VERSION,
            "vault_id": vault_id,
            "id": method.id,
            "kind": method.kind,
            "scheme": method.scheme,
            "public_key": text_of(method.public_key),
            "parameters": dict(method.parameters),
            "key_id": key_id,
            "key_version": version,
        }
    )


def material_binding(*, key_id: str, version: int, spec: str) -> bytes:
    """The associated data of key material under its guard key."""
    return canonical.encode({"format": MATERIAL_FORMAT, "key_id": key_id, "version": version, "spec": spec})
