"""Public keys as text for other tools, and read back from what people have: files of keys and certificates.

Everything here is public; whether a key is trusted is for the caller to decide.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from enum import StrEnum

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
)

from signet.crypto.software import UNREADABLE
from signet.errors import FormatUnrecognised
from signet.formats import allowed_signers, der, sshkey

#: The largest file of keys or certificates that is read (bytes).
MAX_FILE = 256 * 1024
#: The most keys that one file may bring: a bundle of authorities has some 150.
MAX_KEYS = 1024

_WHAT = "a public key or certificate"
_PEM = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----\r?\n.+?-----END \1-----", re.DOTALL)
_JWK_CURVES = {"nistp256": "P-256", "nistp384": "P-384", "nistp521": "P-521"}


class PublicKeyForm(StrEnum):
    """How a public key is written: PEM or base64 DER SubjectPublicKeyInfo, an SSH line, a JSON Web Key."""

    PEM = "pem"
    DER = "der"
    SSH = "ssh"
    JWK = "jwk"


def public_key_text(public_key: bytes, form: PublicKeyForm, *, comment: str = "", key_id: str | None = None) -> str:
    """Write a public key (DER SubjectPublicKeyInfo) as text that ends with a newline.

    ``comment`` goes into an SSH line, ``key_id`` becomes ``kid`` of a JWK (RFC 7517; RFC 8037 for Ed25519). Raises
    FormatUnrecognised for a kind of key that is not kept here.
    """
    key = sshkey.from_spki(public_key)
    if form is PublicKeyForm.SSH:
        return sshkey.public_line(key, comment=comment) + "\n"
    if form is PublicKeyForm.DER:
        return base64.b64encode(public_key).decode("ascii") + "\n"
    if form is PublicKeyForm.PEM:
        public = load_der_public_key(public_key)
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")
    members = _jwk(key) | ({"kid": key_id} if key_id is not None else {})
    return json.dumps(members, sort_keys=True) + "\n"


def load_public_keys(data: bytes, *, namespace: str = "file") -> tuple[bytes, ...]:
    """Read the public keys of a file, each as DER SubjectPublicKeyInfo as Signet writes it, at least one.

    Read are: PEM public keys and certificates, any number; one DER public key or certificate, also as base64; a JWK;
    SSH public keys one a line, and ``allowed_signers``, of which those that may sign in ``namespace``. Of a
    certificate only its key is taken: dates, names and issuer are not looked at. Raises FormatUnrecognised for
    anything else, private keys included.
    """
    if len(data) > MAX_FILE:
        raise FormatUnrecognised(what=_WHAT)
    if b"-----BEGIN " in data:
        return tuple(_pem(match[0], match[1]) for match in _blocks(data))
    if data[:1] == b"\x30":
        return (_der(data),)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FormatUnrecognised(what=_WHAT) from None
    if text.lstrip().startswith("{"):
        return (_from_jwk(text),)
    if len(text.split()) == 1:
        return (_der(_base64(text.strip())),)
    return tuple(map(_checked, map(sshkey.to_spki, allowed_signers.parse(text, namespace=namespace))))


def _blocks(data: bytes) -> list[re.Match[bytes]]:
    found = list(_PEM.finditer(data))
    if not found or len(found) > MAX_KEYS or len(found) != data.count(b"-----BEGIN "):
        raise FormatUnrecognised(what=_WHAT)
    return found


def _pem(block: bytes, label: bytes) -> bytes:
    try:
        if label in (b"CERTIFICATE", b"X509 CERTIFICATE"):
            return _written(x509.load_pem_x509_certificate(block).public_key())
        if label in (b"PUBLIC KEY", b"RSA PUBLIC KEY"):
            return _written(load_pem_public_key(block))
    except (TypeError, *UNREADABLE):
        raise FormatUnrecognised(what=_WHAT) from None
    raise FormatUnrecognised(what=f"{_WHAT} (it is a {label.decode('ascii')})")


def _der(data: bytes) -> bytes:
    try:
        return _written(load_der_public_key(data))
    except UNREADABLE:
        pass  # then it is a certificate, or nothing
    try:
        return _written(x509.load_der_x509_certificate(data).public_key())
    except (TypeError, *UNREADABLE):
        raise FormatUnrecognised(what=_WHAT) from None


def _checked(spki: bytes) -> bytes:
    """Load a key that was put together from numbers: a point that is not on its curve is refused here."""
    try:
        return _written(load_der_public_key(spki))
    except UNREADABLE:
        raise FormatUnrecognised(what=_WHAT) from None


def _written(public: object) -> bytes:
    """Write a loaded key in the one spelling that `signet.documents` and the vault compare."""
    if not isinstance(public, rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey):
        raise FormatUnrecognised(what="a kind of public key")
    return sshkey.to_spki(sshkey.from_spki(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)))


def _jwk(key: sshkey.SshPublicKey) -> dict[str, str]:
    if isinstance(key, sshkey.RsaPublicKey):
        return {"kty": "RSA", "n": _number(key.modulus), "e": _number(key.exponent)}
    if isinstance(key, sshkey.EcdsaPublicKey):
        size = len(key.point) // 2
        coordinates = {"x": base64url(key.point[1 : 1 + size]), "y": base64url(key.point[1 + size :])}
        return {"kty": "EC", "crv": _JWK_CURVES[key.curve], **coordinates}
    return {"kty": "OKP", "crv": "Ed25519", "x": base64url(key.point)}


def _from_jwk(text: str) -> bytes:
    try:
        members = json.loads(text)
    except (ValueError, RecursionError):
        raise FormatUnrecognised(what="a JSON Web Key") from None
    if "d" in members or "k" in members:
        raise FormatUnrecognised(what=f"{_WHAT} (it is a private key)")
    names = {curve: name for name, curve in _JWK_CURVES.items()}
    key: sshkey.SshPublicKey
    match members:
        case {"kty": "RSA", "n": str(n), "e": str(e)}:
            modulus, exponent = (int.from_bytes(unbase64url(value), "big") for value in (n, e))
            key = sshkey.RsaPublicKey(exponent, modulus)
        case {"kty": "EC", "crv": str(crv), "x": str(x), "y": str(y)} if crv in names:
            key = sshkey.EcdsaPublicKey(names[crv], b"\4" + unbase64url(x) + unbase64url(y))
        case {"kty": "OKP", "crv": "Ed25519", "x": str(x)}:
            key = sshkey.Ed25519PublicKey(unbase64url(x))
        case _:
            raise FormatUnrecognised(what="a JSON Web Key")
    try:
        return _checked(sshkey.to_spki(sshkey.from_spki(sshkey.to_spki(key))))
    except der.DerError:
        raise FormatUnrecognised(what="an RSA key of usual size") from None


def base64url(value: bytes) -> str:
    """Write bytes as JSON Web Keys do: base64url without padding (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def unbase64url(text: str) -> bytes:
    """Read what `base64url` writes; raise FormatUnrecognised for any other spelling."""
    try:
        value = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise FormatUnrecognised(what="a JSON Web Key") from None
    if base64url(value) != text:
        raise FormatUnrecognised(what="a JSON Web Key")
    return value


def _number(value: int) -> str:
    return base64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise FormatUnrecognised(what=_WHAT) from None
