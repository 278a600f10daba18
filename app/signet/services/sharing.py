"""One's own public keys to give away: as text, as a file, with the fingerprint to read out on the telephone."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass

from signet.audit.entry import Draft, Outcome
from signet.crypto.personkeys import public_part, recipient_of, ssh_fingerprint
from signet.crypto.publickeys import PublicKeyForm, public_key_text
from signet.errors import UsageError
from signet.keys.model import Key
from signet.keys.person import PersonKeyKind, grouped
from signet.keys.spec import KeySpec, KeyUsage
from signet.keys.state import Effect, allows
from signet.services import keys
from signet.services.publishing import published, write_all
from signet.services.session import Session

SHARE = "SharePublicKey"
"""What the log calls it when a public key was written to a file."""
_SHARED = (KeyUsage.ENCRYPT_DECRYPT, KeyUsage.SIGN_VERIFY, KeyUsage.KEY_AGREEMENT)


@dataclass(frozen=True)
class Shared:
    """A key's public half for others. ``text`` is what they are given: ``age1...`` of an X25519 key, else PEM.

    Both fingerprints are those that `signet.services.people` shows of it, in another vault.
    """

    key: Key
    text: str
    fingerprint: str
    ssh_fingerprint: str

    @property
    def is_recipient(self) -> bool:
        """Whether it is for age, and no PEM file."""
        return self.key.spec is KeySpec.X25519

    @property
    def file_name(self) -> str:
        """What a file of it may be called."""
        plain = "".join(char if char.isalnum() or char in "-_" else "-" for char in self.key.alias)
        return f"{plain}.{'age.txt' if self.is_recipient else 'pem'}"


def is_shareable(key: Key) -> bool:
    """Whether others can do something with the public half of a key: encrypt to it, or check signatures."""
    return not key.spec.is_symmetric and key.usage in _SHARED


def shareable_keys(session: Session) -> list[Key]:
    """Return the keys that one would give away: first those that receive, all of them usable now; by name."""
    found = [key for key in keys.list_keys(session) if is_shareable(key) and allows(key.state, Effect.PROCESS)]
    return sorted(found, key=lambda key: key.usage is KeyUsage.SIGN_VERIFY)


def spki_fingerprint(spki: bytes) -> str:
    """Return the fingerprint by which others have a public key (DER SubjectPublicKeyInfo): SHA-256, hexadecimal."""
    return hashlib.sha256(spki).hexdigest()


def recipient_text(spki: bytes) -> str:
    """Return ``age1...`` for an X25519 key (DER SubjectPublicKeyInfo); raise UsageError for another kind."""
    part = public_part(spki)
    if part.kind is not PersonKeyKind.X25519:
        raise UsageError(reason="age takes keys of the kind X25519; take pem, der, ssh or jwk.")
    return recipient_of(part) + "\n"


def share_key(session: Session, name: str) -> Shared:
    """Return the public half of a key for others; KeyNotFound, NameAmbiguous, UsageError for a symmetric one."""
    with session.records.read() as reading:
        key = reading.keys.find(name)
    spki = keys.public_key(session, key.id)
    part = public_part(spki)
    recipient = recipient_of(part) if key.spec is KeySpec.X25519 else ""
    text = recipient or public_key_text(spki, PublicKeyForm.PEM)
    return Shared(key, text.strip() + "\n", grouped(part.fingerprint), ssh_fingerprint(part))


def write_shared(session: Session, shared: Shared, path: str) -> str:
    """Write it to a new file, recorded in the log; raise OutputExists, DiskFull, FolderReadOnly."""
    whole = os.path.abspath(path)
    with published(session, whole) as output:
        write_all(output, shared.text.encode("ascii"))
        with session.records.change() as change:
            change.append(Draft(SHARE, Outcome.DONE, key=shared.key.id, details={"path": whole}))
    return whole
