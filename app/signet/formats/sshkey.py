"""SSH public keys: the wire encoding, the one-line form, and the same key as SubjectPublicKeyInfo.

Owns the SSH data types (RFC 4251, 5) and the public key blobs of RSA (RFC 4253, 6.6), ECDSA (RFC 5656, 3.1) and
Ed25519 (RFC 8709, 4). Rules: one encoding per key, and a reader refuses every other; security keys (``sk-``),
certificates and DSA are refused by name. That a point is on its curve is for the caller's library to check when it
loads the key.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TypeAlias

from signet.errors import FormatUnrecognised
from signet.formats import der

#: NIST SP 800-131A forbids shorter ones since 2014 (bits).
MIN_RSA_BITS = 2048
#: OpenSSH's SSHBUF_MAX_BIGNUM (bits).
MAX_RSA_BITS = 16384
#: OpenSSL's OPENSSL_RSA_MAX_PUBEXP_BITS; also keeps a verification cheap (bits).
MAX_RSA_EXPONENT_BITS = 64
#: A public key blob: an RSA key of the largest size with its exponent and name stays below this (bytes).
MAX_PUBLIC_KEY = 4096

_SPKI_ED25519 = bytes.fromhex("302a300506032b6570032100")  # RFC 8410, 4: everything before the 32 bytes
_OID_RSA = bytes.fromhex("06092a864886f70d010101")  # rsaEncryption, RFC 8017, A.1
_OID_EC = bytes.fromhex("06072a8648ce3d0201")  # id-ecPublicKey, RFC 5480, 2.1.1
_CURVES = {  # the SSH name, the curve's object identifier (RFC 5480, 2.1.1.1) and its field size in bytes
    "nistp256": (bytes.fromhex("06082a8648ce3d030107"), 32),
    "nistp384": (bytes.fromhex("06052b81040022"), 48),
    "nistp521": (bytes.fromhex("06052b81040023"), 66),
}


@dataclass(frozen=True)
class RsaPublicKey:
    """An RSA public key; ``modulus`` of `MIN_RSA_BITS` to `MAX_RSA_BITS`, ``exponent`` odd and at least 3."""

    exponent: int
    modulus: int

    key_type = "ssh-rsa"


@dataclass(frozen=True)
class EcdsaPublicKey:
    """A NIST curve by its SSH name and a point, uncompressed (SEC 1, 2.3.3)."""

    curve: str
    point: bytes

    @property
    def key_type(self) -> str:
        """The SSH name of this kind of key."""
        return f"ecdsa-sha2-{self.curve}"


@dataclass(frozen=True)
class Ed25519PublicKey:
    """An Ed25519 public key, 32 bytes (RFC 8032, 5.1.5)."""

    point: bytes

    key_type = "ssh-ed25519"


SshPublicKey: TypeAlias = RsaPublicKey | EcdsaPublicKey | Ed25519PublicKey


def uint32(value: int) -> bytes:
    """Write an SSH ``uint32``."""
    return value.to_bytes(4, "big")


def string(value: bytes) -> bytes:
    """Write an SSH ``string``: length and bytes."""
    return uint32(len(value)) + value


def mpint(value: int) -> bytes:
    """Write a non-negative SSH ``mpint`` in its shortest form."""
    return string(value.to_bytes(value.bit_length() // 8 + 1, "big") if value else b"")


class Reader:
    """Reads SSH data types off a buffer from the front; raises FormatUnrecognised with ``what`` for anything odd."""

    def __init__(self, data: bytes, *, what: str) -> None:
        self._data = data
        self._at = 0
        self._what = what

    def take(self, count: int) -> bytes:
        """Return the next ``count`` bytes."""
        if count > len(self._data) - self._at:
            raise FormatUnrecognised(what=self._what)
        self._at += count
        return self._data[self._at - count : self._at]

    def uint32(self) -> int:
        """Return the next ``uint32``."""
        return int.from_bytes(self.take(4), "big")

    def string(self, *, limit: int) -> bytes:
        """Return the next ``string`` of at most ``limit`` bytes."""
        size = self.uint32()
        if size > limit:
            raise FormatUnrecognised(what=self._what)
        return self.take(size)

    def name(self, *, limit: int) -> str:
        """Return the next ``string`` as printable US-ASCII, as algorithm names are (RFC 4251, 6)."""
        value = self.string(limit=limit)
        if not value or not all(0x21 <= byte <= 0x7E for byte in value):
            raise FormatUnrecognised(what=self._what)
        return value.decode("ascii")

    def mpint(self, *, bits: int) -> int:
        """Return the next ``mpint`` of at most ``bits`` bits; it must be non-negative and in its shortest form."""
        content = self.string(limit=bits // 8 + 1)
        value = int.from_bytes(content, "big")
        if value.bit_length() > bits or mpint(value) != string(content):
            raise FormatUnrecognised(what=self._what)
        return value

    def end(self) -> None:
        """Refuse bytes that are left over."""
        if self._at != len(self._data):
            raise FormatUnrecognised(what=self._what)


def serialise(key: SshPublicKey) -> bytes:
    """Write the public key blob of a key."""
    head = string(key.key_type.encode("ascii"))
    if isinstance(key, RsaPublicKey):
        return head + mpint(key.exponent) + mpint(key.modulus)
    if isinstance(key, EcdsaPublicKey):
        return head + string(key.curve.encode("ascii")) + string(key.point)
    return head + string(key.point)


def parse(blob: bytes) -> SshPublicKey:
    """Read a public key blob; raise FormatUnrecognised naming what is wrong with the kind or size of the key."""
    what = "an SSH public key"
    if len(blob) > MAX_PUBLIC_KEY:
        raise FormatUnrecognised(what=what)
    reader = Reader(blob, what=what)
    key_type = reader.name(limit=64)
    key: SshPublicKey
    if key_type == RsaPublicKey.key_type:
        key = RsaPublicKey(reader.mpint(bits=MAX_RSA_EXPONENT_BITS), reader.mpint(bits=MAX_RSA_BITS))
    elif key_type == Ed25519PublicKey.key_type:
        key = Ed25519PublicKey(reader.string(limit=32))
    elif key_type.removeprefix("ecdsa-sha2-") in _CURVES:
        key = EcdsaPublicKey(reader.name(limit=16), reader.string(limit=133))
    else:
        raise FormatUnrecognised(what=f"a kind of SSH key (it is {key_type})")
    reader.end()
    _check(key, key_type)
    return key


def _check(key: SshPublicKey, key_type: str) -> None:
    if isinstance(key, RsaPublicKey):
        if key.modulus.bit_length() < MIN_RSA_BITS:
            raise FormatUnrecognised(what=f"an RSA key of at least {MIN_RSA_BITS} bits")
        fits = key.exponent >= 3 and key.exponent % 2 == 1 and key.modulus % 2 == 1
    elif isinstance(key, EcdsaPublicKey):
        size = 1 + 2 * _CURVES[key.curve][1] if key.curve in _CURVES else 0
        fits = key.key_type == key_type and len(key.point) == size and key.point[0] == 0x04
    else:
        fits = len(key.point) == 32
    if not fits:
        raise FormatUnrecognised(what="an SSH public key")


def to_spki(key: SshPublicKey) -> bytes:
    """Write a key as DER SubjectPublicKeyInfo (RFC 5280, 4.1)."""
    if isinstance(key, RsaPublicKey):
        numbers = der.sequence(der.integer(key.modulus), der.integer(key.exponent))
        return der.sequence(der.sequence(_OID_RSA, der.NULL), der.bit_string(numbers))
    if isinstance(key, EcdsaPublicKey):
        return der.sequence(der.sequence(_OID_EC, _CURVES[key.curve][0]), der.bit_string(key.point))
    return _SPKI_ED25519 + key.point


def from_spki(spki: bytes) -> SshPublicKey:
    """Read DER SubjectPublicKeyInfo; raise FormatUnrecognised for another kind of key or any other encoding of it."""
    try:
        key = _numbers(spki)
    except der.DerError:
        raise FormatUnrecognised(what="a public key") from None
    _check(key, key.key_type)
    if to_spki(key) != spki:
        raise FormatUnrecognised(what="a public key")
    return key


def _numbers(spki: bytes) -> SshPublicKey:
    if spki.startswith(_SPKI_ED25519):
        return Ed25519PublicKey(spki[len(_SPKI_ED25519) :])
    algorithm, rest = der.expect(der.expect(spki, der.SEQUENCE)[0], der.SEQUENCE)
    bits, _ = der.expect(rest, der.BIT_STRING)
    for curve, (oid, _size) in _CURVES.items():
        if algorithm == _OID_EC + oid:
            return EcdsaPublicKey(curve, bits[1:])
    if algorithm != _OID_RSA + der.NULL:
        raise FormatUnrecognised(what="a kind of public key")
    modulus, rest = der.read_integer(der.expect(bits[1:], der.SEQUENCE)[0])
    exponent, _ = der.read_integer(rest)
    if modulus.bit_length() > MAX_RSA_BITS or exponent.bit_length() > MAX_RSA_EXPONENT_BITS:
        raise FormatUnrecognised(what="an RSA key of usual size")
    return RsaPublicKey(exponent, modulus)


def public_line(key: SshPublicKey, *, comment: str = "") -> str:
    """Write the one-line form of ``.pub`` files, without a newline; control characters of a comment become spaces."""
    words = [key.key_type, base64.b64encode(serialise(key)).decode("ascii")]
    clean = "".join(char if char.isprintable() else " " for char in comment).strip()
    return " ".join([*words, clean] if clean else words)


def parse_words(key_type: str, blob: str) -> SshPublicKey:
    """Read the two words of a one-line key; raise FormatUnrecognised if they disagree or are not canonical base64."""
    try:
        data = base64.b64decode(blob, validate=True)
    except (binascii.Error, ValueError):
        raise FormatUnrecognised(what="an SSH public key") from None
    key = parse(data)
    if key.key_type != key_type or base64.b64encode(data).decode("ascii") != blob:
        raise FormatUnrecognised(what="an SSH public key")
    return key
