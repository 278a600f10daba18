"""minisign's files: public keys and signatures (jedisct1/minisign, "Signature format" and "Public key format").

Pure: nothing is verified here. Rules: one spelling each, four lines and nothing after them; what the comments say is
whatever somebody wrote.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from signet.errors import FormatUnrecognised

UNTRUSTED = b"untrusted comment: "
TRUSTED = b"trusted comment: "
LEGACY = b"Ed"
"""The file itself is signed; a public key is of this kind always."""
PREHASHED = b"ED"
"""Its BLAKE2b-512 is signed."""
KEY_ID_SIZE = 8
KEY_SIZE = 32  # RFC 8032, 5.1.5
SIGNATURE_SIZE = 64  # RFC 8032, 5.1.6
#: Bytes of a trusted comment (minisign.h, TRUSTEDCOMMENTMAXBYTES) and of any other (COMMENTMAXBYTES).
MAX_TRUSTED_COMMENT = 8192
MAX_COMMENT = 1024
#: Bytes of a whole file of four lines, rounded up.
MAX_FILE = 16384
#: DER of SubjectPublicKeyInfo before the 32 bytes of an Ed25519 key (RFC 8410, 4).
_SPKI = bytes.fromhex("302a300506032b6570032100")
_SIGNATURE = "a minisign signature"
_KEY = "a minisign public key"


@dataclass(frozen=True)
class MinisignKey:
    """A public key: 8 bytes that name it, chosen at random when it was made, and the 32 of Ed25519."""

    key_id: bytes
    public_key: bytes

    @property
    def name(self) -> str:
        """The id as minisign prints it."""
        return shown_id(self.key_id)

    @property
    def spki(self) -> bytes:
        """The key as DER SubjectPublicKeyInfo."""
        return _SPKI + self.public_key


@dataclass(frozen=True)
class MinisignSignature:
    """A signature: of the file's BLAKE2b-512 if ``prehashed``, and the one over itself and the trusted comment."""

    prehashed: bool
    key_id: bytes
    signature: bytes
    untrusted_comment: bytes
    trusted_comment: bytes
    global_signature: bytes

    @property
    def vouched(self) -> bytes:
        """What the second signature is over."""
        return self.signature + self.trusted_comment


def shown_id(key_id: bytes) -> str:
    """Write a key's id as minisign does: a number, its least byte first, in hexadecimal."""
    return f"{int.from_bytes(key_id, 'little'):X}"


def looks_like_signature(data: bytes) -> bool:
    """Whether a file begins as minisign's signatures do (and its keys: they have no third line)."""
    return data.startswith(UNTRUSTED) and data.count(b"\n") >= 3


def read_signature(data: bytes) -> MinisignSignature:
    """Read the content of a ``.minisig`` file; raise FormatUnrecognised."""
    untrusted, first, trusted, second = _lines(data, 4, _SIGNATURE)
    blob = _blob(first, len(LEGACY) + KEY_ID_SIZE + SIGNATURE_SIZE, _SIGNATURE)
    if blob[:2] not in (LEGACY, PREHASHED):
        raise FormatUnrecognised(what=_SIGNATURE)
    return MinisignSignature(
        prehashed=blob[:2] == PREHASHED,
        key_id=blob[2:10],
        signature=blob[10:],
        untrusted_comment=_comment(untrusted, UNTRUSTED, MAX_COMMENT, _SIGNATURE),
        trusted_comment=_comment(trusted, TRUSTED, MAX_TRUSTED_COMMENT, _SIGNATURE),
        global_signature=_blob(second, SIGNATURE_SIZE, _SIGNATURE),
    )


def read_public_key(data: bytes) -> MinisignKey:
    """Read a public key: the file of two lines, or the one line ``RW...`` alone; raise FormatUnrecognised."""
    if data.startswith(UNTRUSTED):
        comment, line = _lines(data, 2, _KEY)
        _comment(comment, UNTRUSTED, MAX_COMMENT, _KEY)
    else:
        (line,) = _lines(data, 1, _KEY)
    blob = _blob(line, len(LEGACY) + KEY_ID_SIZE + KEY_SIZE, _KEY)
    if blob[:2] != LEGACY:
        raise FormatUnrecognised(what=_KEY)
    return MinisignKey(blob[2:10], blob[10:])


def signature_file(signature: MinisignSignature) -> bytes:
    """Write a signature as minisign does."""
    kind = PREHASHED if signature.prehashed else LEGACY
    first = base64.b64encode(kind + signature.key_id + signature.signature)
    second = base64.b64encode(signature.global_signature)
    return b"\n".join(
        (UNTRUSTED + signature.untrusted_comment, first, TRUSTED + signature.trusted_comment, second, b"")
    )


def public_line(key: MinisignKey) -> str:
    """Write a public key as its one line."""
    return base64.b64encode(LEGACY + key.key_id + key.public_key).decode("ascii")


def _lines(data: bytes, count: int, what: str) -> list[bytes]:
    """Split a file into exactly so many lines, which end with LF or CR LF; the last one may end with the file."""
    if len(data) > MAX_FILE:
        raise FormatUnrecognised(what=what)
    lines = data.split(b"\n")
    if len(lines) == count + 1 and not lines[-1]:
        lines.pop()
    if len(lines) != count:
        raise FormatUnrecognised(what=what)
    return [line.removesuffix(b"\r") for line in lines]


def _comment(line: bytes, prefix: bytes, limit: int, what: str) -> bytes:
    if not line.startswith(prefix) or len(line) - len(prefix) > limit or b"\r" in line or b"\0" in line:
        raise FormatUnrecognised(what=what)
    return line[len(prefix) :]


def _blob(line: bytes, size: int, what: str) -> bytes:
    """Decode base64 of exactly ``size`` bytes, in its one spelling."""
    try:
        blob = base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError):
        raise FormatUnrecognised(what=what) from None
    if len(blob) != size or base64.b64encode(blob) != line:
        raise FormatUnrecognised(what=what)
    return blob
