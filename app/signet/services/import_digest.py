"""By what imported material is known again: digests under a random key of the vault, which is sealed in ``meta``.

The key stays the same under a new master key, which wraps it anew; so digests outlive the material they are of.
"""

from __future__ import annotations

import hmac
import os

from signet.crypto import sealing
from signet.crypto.importing import DIGEST_KEY_BYTES, material_digest
from signet.errors import KeyNotFound
from signet.keys.model import Key
from signet.keys.spec import KeySpec, Protection
from signet.secret import Secret
from signet.services.session import Session
from signet.store.records import Change, Reading
from signet.store.tables.imports import KeyImport

DIGEST_KEY = "import-digest-key"


def digest_in(session: Session, reading: Reading, material: Secret, spec: KeySpec, public: bytes | None) -> bytes:
    """Return the digest of material; empty if the vault has no digest key yet, and so no digest."""
    sealed = reading.meta.get(DIGEST_KEY)
    if sealed is None:
        return b""
    with sealing.open_own(session.material_key, sealed, name=DIGEST_KEY, vault_id=session.vault_id) as key:
        return material_digest(key, material, spec, public)


def ensure_digest_key(session: Session, change: Change) -> None:
    """Make the digest key if the vault has none; part of the entry that follows."""
    if change.meta.get(DIGEST_KEY) is None:
        with Secret(os.urandom(DIGEST_KEY_BYTES)) as key:
            sealed = sealing.seal_own(session.material_key, key, name=DIGEST_KEY, vault_id=session.vault_id)
        change.meta.put(DIGEST_KEY, sealed)


def note_import(
    session: Session, change: Change, key: Key, material: Secret, public: bytes | None, expires: str | None
) -> None:
    """Note by what the material of a key is known again, and until when it is used (RFC 3339, None: for ever)."""
    ensure_digest_key(session, change)
    change.imports.put(KeyImport(key.id, digest_in(session, change, material, key.spec, public), expires))


def holder_of(
    session: Session,
    reading: Reading,
    material: Secret,
    specs: tuple[KeySpec, ...],
    public: bytes | None,
    key_id: str | None = None,
) -> Key | None:
    """Return the key of this vault that has this material, None if there is none.

    Of a pair the public half is looked for; of a symmetric key the digest, then all that the vault itself can open.
    ``key_id`` is a hint, from a file. A guarded symmetric key that was made here cannot be compared without a guard.
    """
    if public is not None:
        return reading.keys.holder_of(public)
    for spec in specs:
        digest = digest_in(session, reading, material, spec, public)
        known = reading.imports.by_digest(digest) if digest else None
        if known is not None:
            return reading.keys.get(known.key_id)
        found = _opened_holder(session, reading, material, spec)
        if found is not None:
            return found
    return _hinted(reading, key_id, specs)


def _opened_holder(session: Session, reading: Reading, material: Secret, spec: KeySpec) -> Key | None:
    keys: dict[str, Key] = {}
    for version in reading.keys.versions_of_spec(spec):
        if version.key_id not in keys:
            keys[version.key_id] = reading.keys.get(version.key_id)
        key = keys[version.key_id]
        if key.protection is Protection.VAULT and version.material is not None:
            with session.open_material(key, version) as there:
                if hmac.compare_digest(there.reveal(), material.reveal()):
                    return key
    return None


def _hinted(reading: Reading, key_id: str | None, specs: tuple[KeySpec, ...]) -> Key | None:
    """A guarded key that the file names by itself is taken for the one; it cannot be opened here to compare."""
    try:
        key = reading.keys.get((key_id or "").partition("/")[0])
    except KeyNotFound:
        return None
    return key if key.protection is Protection.GUARDED and key.spec in specs else None
