"""minisign: signatures of others verified. None are made: SSHSIG serves keys without a certificate.

A verified signature says which key made it; whether that key is trusted is for the caller to decide.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ed25519

from signet.errors import FormatUnrecognised, SignatureInvalid, SignerKeyMissing
from signet.formats.minisign import MinisignKey, MinisignSignature, read_signature, shown_id
from signet.formats.pieces import BytesDone, IsCancelled, pieces

MAX_WHOLE = 64 * 1024 * 1024
"""Bytes of a file with a signature of the old kind, which has to be in memory."""


@dataclass(frozen=True)
class MinisignFound:
    """A signature that fits. ``trusted_comment`` is signed too, text of the signer's, with marks for what is no text.

    ``prehashed`` says that the file's BLAKE2b-512 was signed, not the file itself.
    """

    key: MinisignKey
    trusted_comment: str
    prehashed: bool


def verify_minisign(
    source: BinaryIO,
    signature: bytes,
    keys: Sequence[MinisignKey],
    *,
    progress: BytesDone | None = None,
    cancelled: IsCancelled | None = None,
) -> MinisignFound:
    """Check the content of a ``.minisig`` file over what is left to read in ``source``, with the key that it names.

    ``keys`` are those at hand, looked at before as `signet.crypto.publickeys.load_minisign_key` does. A key with an
    empty id, of which only the public key is known, is tried whatever the signature names. Raises SignatureInvalid if
    it does not fit the file, or its trusted comment was changed; SignerKeyMissing if none of the keys made it;
    FormatUnrecognised if it is no such signature, or one of the old kind over a file of more than `MAX_WHOLE` bytes;
    Cancelled.
    """
    found = read_signature(signature)
    named = [key for key in keys if key.key_id == found.key_id]
    possible = named or [key for key in keys if not key.key_id]
    if not possible:
        raise SignerKeyMissing(signer=shown_id(found.key_id))
    message = _message(source, found, progress=progress, cancelled=cancelled)
    for key in possible:
        if _fits(key, found.signature, message):
            if not _fits(key, found.global_signature, found.vouched):
                raise SignatureInvalid
            comment = found.trusted_comment.decode("utf-8", errors="replace")
            return MinisignFound(key, comment, found.prehashed)
    if named:
        raise SignatureInvalid
    raise SignerKeyMissing(signer=shown_id(found.key_id))


def _message(
    source: BinaryIO, found: MinisignSignature, *, progress: BytesDone | None, cancelled: IsCancelled | None
) -> bytes:
    """What the key signed: the file's BLAKE2b-512 (RFC 7693), or the file."""
    if found.prehashed:
        state = hashlib.blake2b()
        for piece in pieces(source, progress=progress, cancelled=cancelled):
            state.update(piece)
        return state.digest()
    whole = bytearray()
    for piece in pieces(source, progress=progress, cancelled=cancelled):
        if len(whole) + len(piece) > MAX_WHOLE:
            raise FormatUnrecognised(what="a file of 64 MiB at most, as minisign's old kind of signature wants it")
        whole += piece
    return bytes(whole)


def _fits(key: MinisignKey, signature: bytes, message: bytes) -> bool:
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(key.public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
