"""What a file of a key is, told by its outermost structure before anything is read: PEM labels, DER, single lines.

What is no private key is named for what it is, so that a person can be told. What asks for more work on a passphrase
than any honest program does is refused before the work begins.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from enum import Enum
from itertools import pairwise

from signet.errors import KeyMaterialInvalid, NoPrivateKey
from signet.formats import der

#: PBKDF2 and PKCS#12 rounds that are still done (OWASP asks for 600000; ten million take some seconds).
MAX_ROUNDS = 10_000_000
#: scrypt's N r p that is still done: 2 GiB and some seconds (openssl uses 2^17; RFC 7914, 2).
MAX_SCRYPT = 1 << 24
#: bcrypt_pbkdf rounds that are still done (ssh-keygen uses 24, people who are careful 100 to 1000).
MAX_BCRYPT_ROUNDS = 2048
#: The most PEM blocks that are looked at: a key with a chain of certificates has a handful.
MAX_BLOCKS = 64

_PKCS7_DATA = bytes.fromhex("06092a864886f70d010701")
_PEM = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----\r?\n.+?-----END \1-----[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_ARMOR = re.compile(rb"-----(?:BEGIN|END) [A-Z0-9 ]+-----|\s")
_ROUNDS = re.compile(rb"-----BEGIN (?:OPENSSH|ENCRYPTED) PRIVATE KEY-----")
"""Labels of what may ask for any number of rounds."""
_OPENSSH_MAGIC = b"openssh-key-v1\0"
_DEPTH = 16


class Shape(Enum):
    """A kind of file; ``said`` within a sentence, ``found`` instead if there is no private key in it."""

    PKCS8 = ("a PKCS#8 private key", "")
    ENCRYPTED_PKCS8 = ("an encrypted PKCS#8 private key", "")
    PKCS1 = ("a PKCS#1 private key", "")
    SEC1 = ("a SEC1 private key", "")
    OPENSSH = ("an OpenSSH private key", "")
    PKCS12 = ("a PKCS#12 file", "")
    PUBLIC = ("", "a public key")
    CERTIFICATE = ("", "a certificate")
    REQUEST = ("", "a certificate request")
    OPENPGP = ("", "an OpenPGP key")
    PUTTY = ("", "a PuTTY key, which puttygen can turn into an OpenSSH one")

    @property
    def said(self) -> str:
        """What it is, within a sentence."""
        return self.value[0]

    @property
    def found(self) -> str:
        """What it is, if it holds no private key that could be read; else empty."""
        return self.value[1]


_LABELS = {
    "PRIVATE KEY": Shape.PKCS8,
    "ENCRYPTED PRIVATE KEY": Shape.ENCRYPTED_PKCS8,
    "RSA PRIVATE KEY": Shape.PKCS1,
    "EC PRIVATE KEY": Shape.SEC1,
    "OPENSSH PRIVATE KEY": Shape.OPENSSH,
    "PUBLIC KEY": Shape.PUBLIC,
    "RSA PUBLIC KEY": Shape.PUBLIC,
    "SSH2 PUBLIC KEY": Shape.PUBLIC,
    "CERTIFICATE": Shape.CERTIFICATE,
    "X509 CERTIFICATE": Shape.CERTIFICATE,
    "TRUSTED CERTIFICATE": Shape.CERTIFICATE,
    "CERTIFICATE REQUEST": Shape.REQUEST,
    "NEW CERTIFICATE REQUEST": Shape.REQUEST,
    "PGP PRIVATE KEY BLOCK": Shape.OPENPGP,
    "PGP PUBLIC KEY BLOCK": Shape.OPENPGP,
}
_PUBLIC_LINE = re.compile(r"(?:ssh-|ecdsa-sha2-|sk-ssh-|sk-ecdsa-)\S+ AAAA")


def private_block(content: bytes) -> tuple[bytes, Shape]:
    """Return the one PEM block of a private key, and what it is; certificates may stand beside it.

    Raises NoPrivateKey if there is none, KeyMaterialInvalid for several or for a kind that is not kept.
    """
    blocks = [(match[0], _label(match[1])) for match in _PEM.finditer(content)][: MAX_BLOCKS + 1]
    shapes = [_LABELS.get(label) for _, label in blocks]
    private = [(block, shape) for (block, _), shape in zip(blocks, shapes, strict=True) if shape and shape.said]
    if len(private) > 1 or len(blocks) > MAX_BLOCKS:
        raise KeyMaterialInvalid(reason="there are several keys in the file; put the one that is meant in its own")
    if private:
        return private[0]
    for recognised in shapes:
        if recognised is not None:
            raise NoPrivateKey(found=recognised.found)
    named = next((label for _, label in blocks if label != "EC PARAMETERS"), "")
    if named.endswith("PRIVATE KEY"):
        raise KeyMaterialInvalid(reason=f"keys of its kind ({named.removesuffix(' PRIVATE KEY')}) are not kept")
    raise KeyMaterialInvalid(reason="it is PEM that is cut off, damaged, or of a kind that is not read")


def shape_of(content: bytes) -> Shape | None:
    """Name what a file without armor is, by its outermost structure; None for what has none."""
    if content.startswith(b"PuTTY-User-Key-File-"):
        return Shape.PUTTY
    try:
        outer, rest = der.expect(content, der.SEQUENCE)
        if rest:
            return None
        tag, first, more = der.split(outer)
        if tag == der.INTEGER:
            return _numbered(int.from_bytes(first, "big"), more)
        if tag != der.SEQUENCE:
            return None
        inner = der.split(first)[0]
        following = [each[0] for each in _elements(more)]
    except der.DerError:
        return None
    if following == [der.OCTET_STRING] and inner == der.OBJECT_IDENTIFIER:
        return Shape.ENCRYPTED_PKCS8
    if following == [der.BIT_STRING]:
        return Shape.PUBLIC
    if following == [der.SEQUENCE, der.BIT_STRING]:
        # Of a request the first member is its version; of a certificate, its own version in a tag, or the serial.
        return Shape.REQUEST if first[:3] == bytes.fromhex("020100") else Shape.CERTIFICATE
    return None


def line_found(text: str) -> str:
    """Name what a line of text is, if it is known and no private key; else empty."""
    if _PUBLIC_LINE.match(text.strip()):
        return Shape.PUBLIC.found + " (of SSH)"
    if text.strip().startswith("age1"):
        return Shape.PUBLIC.found + " (of age)"
    return ""


def refuse_costly(content: bytes) -> None:
    """Raise KeyMaterialInvalid for a file whose passphrase would take far more work than any honest one."""
    data = content
    if content.startswith(b"-----BEGIN "):
        try:
            data = base64.b64decode(_ARMOR.sub(b"", content), validate=True)
        except binascii.Error:
            if _ROUNDS.match(content):  # the library passes over what is no base64, and would do the work
                raise KeyMaterialInvalid(reason="it is damaged: there is more in it than base64") from None
            return  # damaged, or encrypted as before PKCS#8, which has no rounds
    if data.startswith(_OPENSSH_MAGIC):
        _refuse_bcrypt(data[len(_OPENSSH_MAGIC) :])
    else:
        _refuse_rounds(data, _DEPTH)


def _label(label: bytes) -> str:
    return label.decode("ascii")


def _numbered(number: int, more: bytes) -> Shape | None:
    """Tell apart what begins with a version (RFC 5958, RFC 8017 A.1.2, RFC 5915, RFC 7292 4)."""
    following = [(tag, content) for tag, content in _elements(more)]
    tags = [tag for tag, _ in following]
    if number == 3 and tags[:1] == [der.SEQUENCE] and following[0][1].startswith(_PKCS7_DATA):
        return Shape.PKCS12
    if tags[:2] == [der.SEQUENCE, der.OCTET_STRING]:
        return Shape.PKCS8
    if tags[:1] == [der.OCTET_STRING]:
        return Shape.SEC1
    if tags == [der.INTEGER]:
        return Shape.PUBLIC  # a modulus and an exponent: RSAPublicKey
    return Shape.PKCS1 if tags[:8] == [der.INTEGER] * 8 else None


def _elements(data: bytes) -> list[tuple[int, bytes]]:
    found = []
    while data:
        tag, content, data = der.split(data)
        found.append((tag, content))
    return found


def _refuse_rounds(data: bytes, depth: int) -> None:
    """Look at every salt that is followed by a number, as PBKDF2, scrypt and PKCS#12 write them."""
    try:
        elements = _elements(data)
    except der.DerError:
        return  # encrypted, or no structure at all
    for (tag, _), (next_tag, number) in pairwise(elements):
        salted = tag == der.OCTET_STRING and next_tag == der.INTEGER
        if salted and int.from_bytes(number, "big") > MAX_ROUNDS:
            raise KeyMaterialInvalid(reason="its passphrase would take hours to try; no honest program asks for that")
    for at, (tag, _) in enumerate(elements):
        costs = elements[at + 1 : at + 4]
        is_scrypt = tag == der.OCTET_STRING and [each for each, _ in costs] == [der.INTEGER] * 3  # RFC 7914, 7
        if is_scrypt and math.prod(int.from_bytes(number, "big") for _, number in costs) > MAX_SCRYPT:
            raise KeyMaterialInvalid(reason="its passphrase would take more memory than any honest program asks")
    if depth:
        for tag, content in elements:
            if tag & 0x20 or tag == der.OCTET_STRING:
                _refuse_rounds(content, depth - 1)


def _refuse_bcrypt(data: bytes) -> None:
    fields = []
    for _ in range(3):  # cipher, key derivation, its options (openssh: PROTOCOL.key)
        size = int.from_bytes(data[:4], "big")
        fields.append(data[4 : 4 + size])
        data = data[4 + size :]
    if fields[1] == b"bcrypt" and int.from_bytes(fields[2][-4:], "big") > MAX_BCRYPT_ROUNDS:
        raise KeyMaterialInvalid(reason="its passphrase would take hours to try; no honest program asks for that")
