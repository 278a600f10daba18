"""What people have in key files, recognised by content and read: PEM, DER, OpenSSH, PKCS#12, JWK, age, plain bytes.

Rule: what is returned has passed `signet.crypto.software.check_material`; what is no private or secret key is named
for what it is. The file's name plays no part. Sizes and the costs of passphrases are bounded.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
from dataclasses import dataclass, field
from enum import StrEnum

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_pem_private_key,
    load_ssh_private_key,
    pkcs12,
)

from signet.crypto import age, keyshapes
from signet.crypto.age_recipients import PassphraseIdentity
from signet.crypto.certificate_bundles import read_bundle
from signet.crypto.jwk import read_jwk, specs_of_length
from signet.crypto.keyshapes import Shape
from signet.crypto.software import UNREADABLE, check_material, kept, refuse_weak, spec_of, symmetric_size, to_material
from signet.errors import (
    FileSecretIncorrect,
    FileSecretMissing,
    FormatUnrecognised,
    KeyMaterialInvalid,
    NoCertificate,
    NoPrivateKey,
)
from signet.formats.age import VERSION_LINE, parse
from signet.keys.spec import KeySpec
from signet.secret import Secret

#: The largest key file that is read: RSA of 16384 bits in PEM fits, and PKCS#12 with a chain of certificates (bytes).
MAX_FILE = 64 * 1024

SIZES = frozenset(symmetric_size(spec) for spec in KeySpec if spec.is_symmetric)
"""Bytes that symmetric keys have."""

DER = serialization.Encoding.DER
_WHAT = "a private or secret key"
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})+")


class Encoding(StrEnum):
    """How the bytes of a symmetric key stand in a file that says nothing itself."""

    RAW = "raw"
    HEX = "hex"
    BASE64 = "base64"


@dataclass(frozen=True)
class ImportedKey:
    """What a file held: checked material, which the caller wipes, and what is known of it.

    ``specs`` are those that it may be of: one, except where bytes of one length serve several. ``public_key`` is None
    if symmetric. ``key_id`` is the ``kid`` of a JSON Web Key, KEY-UUID/VERSION if Signet wrote it; None elsewhere.
    ``what`` says what was recognised, within a sentence. ``certificates`` are those that stood beside the key (DER),
    of whatever key they are.
    """

    material: Secret = field(repr=False)
    specs: tuple[KeySpec, ...]
    public_key: bytes | None
    key_id: str | None = None
    what: str = _WHAT
    certificates: tuple[bytes, ...] = ()

    @property
    def spec(self) -> KeySpec:
        """The first of the specs that it may be of."""
        return self.specs[0]


def read_key(data: Secret, *, passphrase: Secret | None = None, encoding: Encoding | None = None) -> ImportedKey:
    """Read a key file.

    ``passphrase`` is used only if the file is encrypted; ``encoding`` says how plain bytes are meant, where the
    content alone does not. Raises FileSecretMissing or FileSecretIncorrect, NoPrivateKey for a public key, a
    certificate and kin, KeyMaterialInvalid with the reason for a key that is broken, weak or of another kind,
    FormatUnrecognised for no key.
    """
    if len(data) > MAX_FILE:
        raise FormatUnrecognised(what=_WHAT)
    content = bytes(data.reveal())
    if encoding is not None:
        return _symmetric(_decoded(content, encoding), encoding)
    if content.startswith(VERSION_LINE):
        with _from_age(content, passphrase) as plain:
            return read_key(plain, passphrase=passphrase)
    if content.lstrip().startswith(b"{") and _is_text(content):  # plain bytes begin so too, once in 256 times
        found = read_jwk(content)
        return ImportedKey(found.material, found.specs, found.public_key, found.key_id, "a JSON Web Key")
    if b"-----BEGIN " in content:
        return _from_pem(content, passphrase)
    shape = keyshapes.shape_of(content)
    if shape is None:
        return _from_bytes(content)
    if shape.found:
        raise NoPrivateKey(found=shape.found)
    if shape is Shape.PKCS12:
        return _from_pkcs12(content, passphrase)
    return _asymmetric(_load(content, passphrase, shape), shape.said)


def read_wrapped(material: Secret, spec: KeySpec) -> ImportedKey:
    """Take material as it comes out of its wrapping: a symmetric key's bytes, or PKCS#8 DER.

    Raises KeyMaterialInvalid.
    """
    content = bytes(material.reveal())
    if spec.is_symmetric:
        check_material(material, spec)
        return ImportedKey(material.copy(), (spec,), None, what="wrapped key material")
    if keyshapes.shape_of(content) is not Shape.PKCS8:
        raise KeyMaterialInvalid(reason="what is wrapped is not a PKCS#8 private key in DER")
    return _asymmetric(_load(content, None, Shape.PKCS8), "wrapped key material")


def _asymmetric(loaded: object, what: str, certificates: tuple[bytes, ...] = ()) -> ImportedKey:
    private = kept(loaded)
    refuse_weak(private)
    spec = spec_of(private)
    material = to_material(private)
    return ImportedKey(material, (spec,), check_material(material, spec), None, what, certificates)


def _from_pem(content: bytes, passphrase: Secret | None) -> ImportedKey:
    block, shape = keyshapes.private_block(content)
    return _asymmetric(_load(block, passphrase, shape), shape.said, _beside(content))


def _beside(content: bytes) -> tuple[bytes, ...]:
    """Certificates in the same PEM file; one that cannot be read keeps the key from nothing."""
    try:
        return read_bundle(content)
    except (NoCertificate, FormatUnrecognised):
        return ()


def _from_age(content: bytes, passphrase: Secret | None) -> Secret:
    parse(age.read_header(io.BytesIO(content)))  # nobody is asked for the passphrase of what is no age file
    if passphrase is None:
        raise FileSecretMissing(what="passphrase")
    target = io.BytesIO()
    age.decrypt(io.BytesIO(content), target, identities=[PassphraseIdentity(passphrase)])
    plain = target.getvalue()
    if plain.startswith(VERSION_LINE):
        raise FormatUnrecognised(what=_WHAT)
    return Secret(plain)


def _from_pkcs12(content: bytes, passphrase: Secret | None) -> ImportedKey:
    keyshapes.refuse_costly(content)
    try:
        found = pkcs12.load_pkcs12(content, None)
    except (TypeError, *UNREADABLE):
        if passphrase is None:
            raise FileSecretMissing(what="passphrase") from None
        try:
            found = pkcs12.load_pkcs12(content, bytes(passphrase.reveal()))
        except (TypeError, *UNREADABLE):
            raise FileSecretIncorrect(what="passphrase") from None
    beside = [*([found.cert] if found.cert is not None else []), *found.additional_certs]
    certificates = tuple(each.certificate.public_bytes(DER) for each in beside)
    if found.key is None:
        raise NoPrivateKey(found="a PKCS#12 file with certificates alone")
    return _asymmetric(found.key, Shape.PKCS12.said, certificates)


def _load(content: bytes, passphrase: Secret | None, shape: Shape) -> object:
    """Load with no passphrase first: only so does the library say whether there is one."""
    keyshapes.refuse_costly(content)
    try:
        return _parse(content, None, shape)
    except TypeError:
        pass  # it is encrypted
    except UNREADABLE:
        raise KeyMaterialInvalid(reason=f"it looks like {shape.said} and is damaged, or of a kind not kept") from None
    if passphrase is None:
        raise FileSecretMissing(what="passphrase")
    try:
        return _parse(content, bytes(passphrase.reveal()), shape)
    except (TypeError, *UNREADABLE):
        raise FileSecretIncorrect(what="passphrase") from None


def _parse(content: bytes, password: bytes | None, shape: Shape) -> object:
    if shape is Shape.OPENSSH:
        return load_ssh_private_key(content, password)
    if content.startswith(b"-----BEGIN "):
        return load_pem_private_key(content, password)
    return load_der_private_key(content, password)


def _from_bytes(content: bytes) -> ImportedKey:
    """Take bytes of a symmetric key: as they are, or as text in hexadecimal or base64 where that is the only reading.

    Text that would be a key only by its letters is refused: somebody's PIN or half a key is no key of 32 bytes.
    """
    text = _text(content)
    if text is None:
        if len(content) not in SIZES:
            raise FormatUnrecognised(what=_WHAT)
        return _symmetric(content, Encoding.RAW)
    found = keyshapes.line_found(text)
    if found:
        raise NoPrivateKey(found=found)
    for encoding in (Encoding.HEX, Encoding.BASE64):
        try:
            return _symmetric(_decoded(content, encoding), encoding)
        except KeyMaterialInvalid:
            continue  # of another length, so it is not meant so
    raise FormatUnrecognised(what=_WHAT)


def _symmetric(material: bytes, encoding: Encoding) -> ImportedKey:
    specs = specs_of_length(len(material))
    secret = Secret(material)
    check_material(secret, specs[0])
    said = {Encoding.RAW: "bytes as they are", Encoding.HEX: "hexadecimal digits", Encoding.BASE64: "base64"}
    return ImportedKey(secret, specs, None, what=f"a secret key of {len(material)} bytes ({said[encoding]})")


def _decoded(content: bytes, encoding: Encoding) -> bytes:
    if encoding is Encoding.RAW:
        return content
    text = (_text(content) or "").strip()
    if encoding is Encoding.HEX:
        if not _HEX.fullmatch(text):
            raise KeyMaterialInvalid(reason="it is not written in hexadecimal digits")
        return bytes.fromhex(text)
    # What is all hexadecimal digits is meant so: 48 random bytes look like that in base64 once in 10^29 times.
    plain = text.translate(str.maketrans("-_", "+/"))
    try:
        value = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise KeyMaterialInvalid(reason="it is not written in base64") from None
    if base64.b64encode(value).rstrip(b"=").decode("ascii") != plain.rstrip("="):
        raise KeyMaterialInvalid(reason="it is not written in base64")
    return value


def _is_text(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _text(content: bytes) -> str | None:
    """The content if it is printable ASCII with whitespace around it, else None."""
    try:
        text = content.decode("ascii")
    except UnicodeDecodeError:
        return None
    return text if text.strip().isprintable() and text.strip() else None
