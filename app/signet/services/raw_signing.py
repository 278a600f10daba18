"""Raw signatures: the number itself and nothing around it, as AWS KMS's Sign and openssl have them.

Nothing in it says which key made it or over what, so that who verifies has to know key and algorithm. Keys that
vouch for a way into this vault make none (DESIGN.md, section 3): who chooses the message could have it vouch for
another.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import BinaryIO

from signet.crypto.kinds import PublicKey, find_spec
from signet.crypto.peers import checked_public
from signet.crypto.signatures import Prepared, check_digest, verify_prepared
from signet.errors import FormatUnrecognised, KeyUsageRefused, UsageError
from signet.formats import sshkey, sshsig
from signet.formats.pieces import BytesDone, IsCancelled, pieces
from signet.keys.handle import SigningKey
from signet.keys.model import Key
from signet.keys.spec import Protection, SigningAlgorithm
from signet.services.session import Session

MAX_ON_TOKEN = 1024 * 1024
"""Bytes of a whole message, as Ed25519 wants it, that is sent to a card's module."""
MAX_DIGEST_FILE = 4096
"""Bytes that are read of a file with a digest; the longest has 64."""


@dataclass(frozen=True)
class RawForm:
    """How a raw signature is made or checked.

    ``algorithm`` is None for the usual one of the key. With ``digest`` the file holds the digest of the message (for
    ML-DSA its mu), as bytes. With ``base64`` the signature's file is text.
    """

    algorithm: SigningAlgorithm | None = None
    digest: bool = False
    base64: bool = False

    def algorithm_for(self, public: PublicKey) -> SigningAlgorithm:
        """Return the algorithm for a key; raise UsageError for a key that does not sign."""
        if self.algorithm is not None:
            return self.algorithm
        spec = find_spec(public)
        chosen = None if spec is None else spec.signing_algorithm
        if chosen is None:
            raise UsageError(reason="Say with --algorithm how this key signs.")
        return chosen


def refuse_attesting(session: Session, key: Key, public_key: bytes) -> None:
    """Raise KeyUsageRefused if a key on a card vouches for one of the vault's ways in."""
    if key.protection is not Protection.TOKEN:
        return
    for method in session.header.methods:
        try:
            vouching = sshkey.to_spki(sshkey.parse(sshsig.read(method.attestation).public_key))
        except FormatUnrecognised:
            continue  # nothing, or the HMAC of a typed secret
        if vouching == public_key:
            usage = f"signing, and vouches for “{method.label}” as a way into this vault"
            raise KeyUsageRefused(key=key.alias, usage=usage, operation="make raw signatures")


def raw_signature(
    stream: BinaryIO,
    signer: SigningKey,
    form: RawForm,
    *,
    on_token: bool,
    progress: BytesDone | None = None,
    cancelled: IsCancelled | None = None,
) -> bytes:
    """Sign what ``stream`` holds and check what came back: a card can return rubbish, and a fault can leak a key.

    Raises UsageError for an algorithm, a digest or a length that does not fit; SignatureInvalid; what the key raises.
    """
    public = checked_public(signer.public_key)
    algorithm = form.algorithm_for(public)
    limit = MAX_ON_TOKEN if on_token else None
    prepared = prepare(stream, public, form, limit=limit, progress=progress, cancelled=cancelled)
    signature = signer.sign_prepared(prepared, algorithm)
    verify_prepared(public, prepared, signature, algorithm)
    return base64.encodebytes(signature) if form.base64 else signature


def prepare(
    stream: BinaryIO,
    public: PublicKey,
    form: RawForm,
    *,
    limit: int | None = None,
    progress: BytesDone | None = None,
    cancelled: IsCancelled | None = None,
) -> bytes:
    """Read a message, or the digest that stands in for it, and return what is signed; UsageError, Cancelled."""
    algorithm = form.algorithm_for(public)
    prepared = Prepared(public, algorithm, limit=limit)
    if form.digest:
        digest = stream.read(MAX_DIGEST_FILE)
        check_digest(digest, algorithm)
        return digest
    for piece in pieces(stream, progress=progress, cancelled=cancelled):
        prepared.update(piece)
    return prepared.finish()
