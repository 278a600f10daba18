"""SSHSIG, the signature format of ``ssh-keygen -Y`` (OpenSSH, PROTOCOL.sshsig): its blob, its armor, what is signed.

Pure: nothing is verified here. Rules: version 1 only, nothing reserved, nothing after the end; the armor is canonical
base64 in lines of equal length, so that one blob has few spellings and none that hides data.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from signet.errors import FormatUnrecognised
from signet.formats import sshkey

MAGIC = b"SSHSIG"
VERSION = 1
HEADER = b"-----BEGIN SSH SIGNATURE-----"
FOOTER = b"-----END SSH SIGNATURE-----"
#: The digests of PROTOCOL.sshsig, 2, by their name there and in hashlib, with their sizes in bytes.
DIGEST_SIZES = {"sha256": 32, "sha512": 64}
#: Line length that ssh-keygen writes (sshbuf_dtob64).
LINE_LENGTH = 70
#: Line length that PROTOCOL.sshsig, 1, recommends: the longest that is read.
MAX_LINE_LENGTH = 76
#: A namespace is a short name such as ``file``; PROTOCOL.sshsig sets no limit (bytes).
MAX_NAMESPACE = 256
#: An RSA signature of the largest modulus with its name, rounded up (bytes).
MAX_SIGNATURE = sshkey.MAX_RSA_BITS // 8 + 64
#: The whole blob: key, signature, namespace and names, rounded up (bytes).
MAX_BLOB = 8192
#: The whole armored text with its line ends (bytes).
MAX_ARMORED = 16384

_WHAT = "an SSH signature"
_MAX_NAME = 64  # RFC 4251, 6: algorithm names


@dataclass(frozen=True)
class SshSignature:
    """One SSHSIG: the signer's key as an SSH blob, the namespace, the digest's name, the signature's name and bytes.

    ``signature`` is what the algorithm defines: Ed25519 64 bytes (RFC 8709), ECDSA two mpints (RFC 5656, 3.1.2),
    RSA the modulus-sized number (RFC 8332).
    """

    public_key: bytes
    namespace: str
    hash_algorithm: str
    algorithm: str
    signature: bytes


def to_be_signed(namespace: str, hash_algorithm: str, digest: bytes) -> bytes:
    """Return the bytes that the key signs for a message with this digest (PROTOCOL.sshsig, 3).

    Raises ValueError if the digest is not of its algorithm's size or the namespace is empty: mistakes of the caller.
    """
    if len(digest) != DIGEST_SIZES.get(hash_algorithm):
        raise ValueError("the digest does not have the size of its algorithm")
    if not namespace:
        raise ValueError("the namespace must not be empty")
    fields = (namespace.encode("utf-8"), b"", hash_algorithm.encode("ascii"), digest)
    return MAGIC + b"".join(map(sshkey.string, fields))


def serialise(value: SshSignature) -> bytes:
    """Write the binary blob (PROTOCOL.sshsig, 2)."""
    signature = sshkey.string(value.algorithm.encode("ascii")) + sshkey.string(value.signature)
    fields = (
        value.public_key,
        value.namespace.encode("utf-8"),
        b"",
        value.hash_algorithm.encode("ascii"),
        signature,
    )
    return MAGIC + sshkey.uint32(VERSION) + b"".join(map(sshkey.string, fields))


def parse(blob: bytes) -> SshSignature:
    """Read the binary blob; raise FormatUnrecognised if it is not one, is newer or names an unknown digest."""
    if len(blob) > MAX_BLOB or not blob.startswith(MAGIC):
        raise FormatUnrecognised(what=_WHAT)
    reader = sshkey.Reader(blob[len(MAGIC) :], what=_WHAT)
    if reader.uint32() != VERSION:
        raise FormatUnrecognised(what="a version of SSH signature")
    public_key = reader.string(limit=sshkey.MAX_PUBLIC_KEY)
    namespace = _namespace(reader.string(limit=MAX_NAMESPACE))
    # Nothing is reserved in version 1, and no tool writes anything there: whatever it holds, we would not honour it.
    reader.string(limit=0)
    hash_algorithm = reader.name(limit=_MAX_NAME)
    if hash_algorithm not in DIGEST_SIZES:
        raise FormatUnrecognised(what=f"a digest algorithm (it is {hash_algorithm})")
    inner = sshkey.Reader(reader.string(limit=MAX_SIGNATURE), what=_WHAT)
    reader.end()
    algorithm, signature = inner.name(limit=_MAX_NAME), inner.string(limit=MAX_SIGNATURE)
    inner.end()
    return SshSignature(public_key, namespace, hash_algorithm, algorithm, signature)


def _namespace(value: bytes) -> str:
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        raise FormatUnrecognised(what=_WHAT) from None
    if not text or not text.isprintable():
        raise FormatUnrecognised(what=_WHAT)
    return text


def armor(blob: bytes) -> bytes:
    """Write a blob as ssh-keygen does: header, base64 in lines of 70, footer, newline."""
    text = base64.b64encode(blob)
    lines = [text[at : at + LINE_LENGTH] for at in range(0, len(text), LINE_LENGTH)]
    return b"\n".join([HEADER, *lines, FOOTER, b""])


def dearmor(data: bytes) -> bytes:
    """Return the blob inside the armor; line ends are LF or CRLF throughout, the last one may be missing.

    Raises FormatUnrecognised for anything before, between or after, for uneven lines and for base64 that
    is not canonical.
    """
    if len(data) > MAX_ARMORED:
        raise FormatUnrecognised(what=_WHAT)
    newline = b"\r\n" if b"\r" in data else b"\n"
    lines = data.removesuffix(newline).split(newline)
    if len(lines) < 3 or lines.pop(0) != HEADER or lines.pop() != FOOTER:
        raise FormatUnrecognised(what=_WHAT)
    length = len(lines[0])
    even = all(len(line) == length for line in lines[:-1]) and 0 < len(lines[-1]) <= length <= MAX_LINE_LENGTH
    text = b"".join(lines)
    try:
        blob = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise FormatUnrecognised(what=_WHAT) from None
    if not even or base64.b64encode(blob) != text:
        raise FormatUnrecognised(what=_WHAT)
    return blob


def read(data: bytes) -> SshSignature:
    """Read a signature, armored or as a binary blob; raise FormatUnrecognised for anything else."""
    return parse(data if data.startswith(MAGIC) else dearmor(data))
