"""Rotation: a new version of a key protects from now on, the older ones still open what they protected."""

from __future__ import annotations

from collections.abc import Sequence

from signet.audit.entry import Draft, Outcome
from signet.clock import timestamp
from signet.crypto.software import generate
from signet.errors import KeyStateRefused, UsageError
from signet.formats.header import UnlockMethod
from signet.keys.model import GuardCopy, Key, KeyVersion
from signet.keys.spec import KeyUsage, Protection
from signet.keys.state import KeyState
from signet.secret import Secret
from signet.services.guards import guard_version, guards_in
from signet.services.session import Session

OPERATION = "RotateKey"


def can_rotate(key: Key) -> bool:
    """Whether `rotate_key` does anything for this key: it is symmetric, encrypts, is enabled and not on a card."""
    encrypts = key.spec.is_symmetric and key.usage is KeyUsage.ENCRYPT_DECRYPT
    return encrypts and key.protection is not Protection.TOKEN and key.state is KeyState.ENABLED


def rotate_key(session: Session, name: str) -> Key:
    """Give a symmetric key a new version and return the key as it is then.

    Raises ProofOfPresenceMissing, KeyNotFound, NameAmbiguous, KeyStateRefused unless it is enabled, UsageError for a
    key that is replaced and not rotated (it has a public half, or makes authentication codes, which do not say their
    version) or lives on a card. A guarded key needs none of its guards for it.
    """
    session.require_presence()
    with session.records.read() as reading:
        key = reading.keys.find(name)
    if not key.spec.is_symmetric:
        raise UsageError(reason=f"“{key.alias}” has a public half that others know. Make a new key instead.")
    if key.usage is KeyUsage.GENERATE_VERIFY_MAC:
        raise UsageError(
            reason=f"The codes that “{key.alias}” made do not say which version made them, and would no longer "
            "verify. Make a new key instead."
        )
    if key.protection is Protection.TOKEN:
        raise UsageError(reason=f"“{key.alias}” lives on a card, and cannot be rotated.")
    with session.records.change() as change:
        key = change.keys.get(key.id)
        if key.state is not KeyState.ENABLED:
            raise KeyStateRefused(key=key.alias, state=key.state.value, operation="be rotated")
        number = key.version + 1
        with generate(key.spec).material as material:
            # Read here: a guard that was taken away meanwhile, anywhere, must not come back with the new version.
            guards = guards_in(change, session.header, key)
            sealed, copies = _sealed(session, key, number, material, guards)
        change.keys.add_version(KeyVersion(key.id, number, timestamp(session.workplace.clock.now()), sealed, None))
        for copy in copies:
            change.guards.insert(copy)
        change.append(Draft(OPERATION, Outcome.DONE, key=key.id, details={"version": number}))
        return change.keys.get(key.id)


def _sealed(
    session: Session, key: Key, number: int, material: Secret, guards: Sequence[UnlockMethod]
) -> tuple[bytes, list[GuardCopy]]:
    """Wrap a new version's material, for a guarded key under a new guard key first."""
    if key.protection is not Protection.GUARDED:
        return session.seal_material(key, number, material), []
    guarded, copies = guard_version(session, key, number, material, guards)
    with guarded:
        return session.seal_material(key, number, guarded), copies
