"""Shared secrets: agreed with a peer by ECDH, and encapsulated for one by ML-KEM (FIPS 203).

What is given back is raw, as by AWS KMS's DeriveSharedSecret; who wants a key of it derives one. The log names the
peer by the SHA-256 of its public key and holds nothing of the secret.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from signet.audit.canonical import Detail
from signet.crypto import agreement
from signet.crypto.kinds import PublicKey, spki
from signet.crypto.peers import checked_public
from signet.crypto.publickeys import load_public_keys
from signet.crypto.software import load_material
from signet.errors import UsageError
from signet.keys.model import Key
from signet.keys.state import Operation
from signet.secret import Secret
from signet.services.publishing import published, recorded, write_all
from signet.services.session import Session
from signet.services.use import use_key
from signet.tokens.hub import fingerprint


@dataclass(frozen=True)
class SharedSecret:
    """The secret, which the caller wipes; ``ciphertext`` is what the other side needs for it, None for ECDH.

    ``key`` and ``version`` are those of the vault; None where only somebody else's public key was used.
    """

    secret: Secret = field(repr=False)
    key: Key | None = None
    version: int | None = None
    ciphertext: bytes | None = None


def peer_key(data: bytes) -> PublicKey:
    """Read the one public key in a file's bytes (PEM, DER, JWK, SSH or a certificate), checked.

    Raises PublicKeyInvalid with the reason, FormatUnrecognised, UsageError for a file with several.
    """
    found = load_public_keys(data)
    if len(found) != 1:
        raise UsageError(reason=f"There are {len(found)} public keys in the file; give one.")
    return checked_public(found[0])


def derive_shared_secret(session: Session, *, key: str, peer: PublicKey, output: str | None = None) -> SharedSecret:
    """Agree with a peer by ECDH; with ``output`` the secret is written to that new file (0600).

    Raises PublicKeyInvalid for a key of another kind, what `use_key` raises, OutputExists, DiskFull and kin.
    """
    details: dict[str, Detail] = {"peer": fingerprint(spki(peer))}
    with use_key(session, key, Operation.DERIVE_SHARED_SECRET, details=details) as grant:
        with grant.material() as material:
            private = load_material(material, grant.key.spec)
        made = SharedSecret(agreement.agree(private, peer), grant.key, grant.version.number)
        _write(session, made, output)
        return made


def encapsulate(
    session: Session,
    *,
    key: str | None = None,
    peer: PublicKey | None = None,
    output: str | None = None,
    ciphertext_output: str | None = None,
) -> SharedSecret:
    """Make a shared secret and its ciphertext, for a key of the vault or for somebody's public key.

    They are written to ``output`` (0600) and ``ciphertext_output`` if given: new files. Raises UsageError unless one
    of key and peer is given, PublicKeyInvalid, what `use_key` raises, OutputExists, DiskFull and kin.
    """
    if (key is None) == (peer is None):
        raise UsageError(reason="Say for whom: a key of the vault, or a public key; one of both.")
    if peer is not None:
        with recorded(session, str(Operation.ENCAPSULATE), peer=fingerprint(spki(peer))):
            made = SharedSecret(*_encapsulated(peer))
            _write(session, made, output, ciphertext_output)
        return made
    with use_key(session, key or "", Operation.ENCAPSULATE) as grant:
        made = SharedSecret(*_encapsulated(checked_public(grant.version.public_key or b"")))
        made = replace(made, key=grant.key, version=grant.version.number)
        _write(session, made, output, ciphertext_output)
        return made


def decapsulate(session: Session, ciphertext: bytes, *, key: str, output: str | None = None) -> SharedSecret:
    """Return the secret in a ciphertext; one that was damaged, or is another key's, gives another secret.

    Raises FormatUnrecognised for a wrong length, what `use_key` raises, OutputExists, DiskFull and kin.
    """
    with use_key(session, key, Operation.DECAPSULATE) as grant:
        with grant.material() as material:
            private = load_material(material, grant.key.spec)
        made = SharedSecret(agreement.decapsulate(private, ciphertext), grant.key, grant.version.number)
        _write(session, made, output)
        return made


def _encapsulated(public: PublicKey) -> tuple[Secret, None, None, bytes]:
    secret, ciphertext = agreement.encapsulate(public)
    return secret, None, None, ciphertext


def _write(session: Session, made: SharedSecret, output: str | None, ciphertext_output: str | None = None) -> None:
    """Write what goes into files; both get their names at the end. The secret is wiped if that fails.

    What is entered last gets its name first: if the ciphertext cannot have its own, no secret stands there alone.
    """
    try:
        with ExitStack() as stack:
            for path, content in ((output, made.secret.reveal()), (ciphertext_output, made.ciphertext)):
                if path is not None and content is not None:
                    write_all(stack.enter_context(published(session, path)), content)
    except BaseException:
        made.secret.wipe()
        raise
