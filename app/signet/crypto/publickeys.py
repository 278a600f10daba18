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
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from signet.crypto.kinds import CURVES, PUBLIC_TYPES, UNREADABLE, PublicKey, find_spec, spki
from signet.crypto.peers import CURVE_NAMES, EC_KEY, checked_public, written
from signet.errors import FormatUnrecognised, PublicKeyInvalid, UsageError
from signet.formats import allowed_signers, der, minisign, sshkey

#: The largest file of keys or certificates that is read (bytes).
MAX_FILE = 256 * 1024
#: The most keys that one file may bring: a bundle of authorities has some 150.
MAX_KEYS = 1024

_WHAT = "a public key or certificate"
_PEM = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----\r?\n.+?-----END \1-----", re.DOTALL)
_JWK_CURVES: dict[str, type[ec.EllipticCurve]] = {  # RFC 7518, 6.2.1.1; RFC 8812, 3.1
    "P-256": ec.SECP256R1,
    "P-384": ec.SECP384R1,
    "P-521": ec.SECP521R1,
    "secp256k1": ec.SECP256K1,
}
_JWK_POINTS = {
    "Ed25519": bytes.fromhex("302a300506032b6570032100"),
    "X25519": bytes.fromhex("302a300506032b656e032100"),
}
"""RFC 8037, 2: the curve, and the DER before its 32 bytes (RFC 8410, 4)."""


class PublicKeyForm(StrEnum):
    """How a public key is written: PEM or base64 DER SubjectPublicKeyInfo, an SSH line, a JSON Web Key."""

    PEM = "pem"
    DER = "der"
    SSH = "ssh"
    JWK = "jwk"


def public_key_text(public_key: bytes, form: PublicKeyForm, *, comment: str = "", key_id: str | None = None) -> str:
    """Write a public key (DER SubjectPublicKeyInfo) as text that ends with a newline.

    ``comment`` goes into an SSH line, ``key_id`` becomes ``kid`` of a JWK (RFC 7517; RFC 8037 for Ed25519, X25519).
    Raises UsageError for a kind of key that the form has no words for, FormatUnrecognised for one not kept here.
    """
    public = checked_public(public_key)
    if form is PublicKeyForm.SSH:
        spec = find_spec(public)
        if spec is not None and not spec.known_to_ssh:
            raise UsageError(reason=f"SSH has no form for keys of the kind {spec}; take pem, der or jwk.")
        return sshkey.public_line(sshkey.from_spki(public_key), comment=comment) + "\n"
    if form is PublicKeyForm.DER:
        return base64.b64encode(public_key).decode("ascii") + "\n"
    if form is PublicKeyForm.PEM:
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")
    members = _jwk(public) | ({"kid": key_id} if key_id is not None else {})
    return json.dumps(members, sort_keys=True) + "\n"


def load_public_keys(data: bytes, *, namespace: str = "file") -> tuple[bytes, ...]:
    """Read the public keys of a file, each as DER SubjectPublicKeyInfo as Signet writes it, at least one.

    Read are: PEM public keys and certificates, any number; one DER public key or certificate, also as base64; a JWK;
    minisign's public key; SSH public keys one a line, and ``allowed_signers``, of which those that may sign in
    ``namespace``. Of a certificate only its key is taken: dates, names and issuer are not looked at. Raises
    PublicKeyInvalid for a key that must not be used, with the reason; FormatUnrecognised for anything else, private
    keys included.
    """
    if len(data) > MAX_FILE:
        raise FormatUnrecognised(what=_WHAT)
    if b"-----BEGIN " in data:
        return tuple(_pem(match[0], match[1]) for match in pem_blocks(data))
    if data[:1] == b"\x30":
        return (_der(data),)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FormatUnrecognised(what=_WHAT) from None
    if text.lstrip().startswith("{"):
        return (_from_jwk(text),)
    if _is_minisign(text):
        return (load_minisign_key(data).spki,)
    if len(text.split()) == 1:
        return (_der(_base64(text.strip())),)
    return tuple(map(_spelt, map(sshkey.to_spki, allowed_signers.parse(text, namespace=namespace))))


def load_minisign_key(data: bytes) -> minisign.MinisignKey:
    """Read minisign's public key, a file of two lines or ``RW...`` alone, that may be used.

    Raises PublicKeyInvalid with the reason, FormatUnrecognised.
    """
    key = minisign.read_public_key(data.strip())
    checked_public(key.spki)
    return key


def _is_minisign(text: str) -> bool:
    """By its first line, or as one word of base64 by the letters that begin every key: ``Ed`` in base64."""
    return text.encode().startswith(minisign.UNTRUSTED) or (len(text.split()) == 1 and text.startswith("RW"))


def pem_blocks(data: bytes) -> list[re.Match[bytes]]:
    """Return every PEM block of a file, at least one, group 1 its label; FormatUnrecognised if one is broken."""
    found = list(_PEM.finditer(data))
    if not found or len(found) > MAX_KEYS or len(found) != data.count(b"-----BEGIN "):
        raise FormatUnrecognised(what=_WHAT)
    return found


def _pem(block: bytes, label: bytes) -> bytes:
    try:
        if label in (b"CERTIFICATE", b"X509 CERTIFICATE"):
            return _written(x509.load_pem_x509_certificate(block).public_key())
        if label == b"PUBLIC KEY":
            return _spelt(_unarmored(block))
        if label == b"RSA PUBLIC KEY":
            return _written(load_pem_public_key(block))
    except (TypeError, *UNREADABLE):
        raise FormatUnrecognised(what=_WHAT) from None
    raise FormatUnrecognised(what=f"{_WHAT} (it is a {label.decode('ascii')})")


def _unarmored(block: bytes) -> bytes:
    """The DER within one PEM block (RFC 7468, 3); any blanks within the base64 are as good as line ends."""
    lines = block.split(b"\n")[1:-1]
    try:
        return base64.b64decode(b"".join(b"".join(lines).split()), validate=True)
    except (binascii.Error, ValueError):
        raise FormatUnrecognised(what=_WHAT) from None


def _der(data: bytes) -> bytes:
    try:
        return _spelt(data)
    except PublicKeyInvalid:
        raise
    except FormatUnrecognised:
        pass  # then it is a certificate, or nothing
    try:
        return _written(x509.load_der_x509_certificate(data).public_key())
    except (TypeError, *UNREADABLE):
        raise FormatUnrecognised(what=_WHAT) from None


def _spelt(public_key: bytes) -> bytes:
    """Write a key anew that was given as DER, or put together from numbers: in the one spelling that is compared."""
    return spki(checked_public(public_key))


def _written(public: object) -> bytes:
    """Write a loaded key in that spelling."""
    if not isinstance(public, PUBLIC_TYPES):
        raise FormatUnrecognised(what="a kind of public key")
    return written(public)


def _jwk(public: PublicKey) -> dict[str, str]:
    if isinstance(public, rsa.RSAPublicKey):
        numbers = public.public_numbers()
        return {"kty": "RSA", "n": _number(numbers.n), "e": _number(numbers.e)}
    if isinstance(public, ec.EllipticCurvePublicKey):
        curve = next(name for name, kind in _JWK_CURVES.items() if isinstance(public.curve, kind))
        point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        size = len(point) // 2
        return {"kty": "EC", "crv": curve, "x": base64url(point[1 : 1 + size]), "y": base64url(point[1 + size :])}
    if isinstance(public, ed25519.Ed25519PublicKey | x25519.X25519PublicKey):
        curve = "Ed25519" if isinstance(public, ed25519.Ed25519PublicKey) else "X25519"
        return {"kty": "OKP", "crv": curve, "x": base64url(public.public_bytes_raw())}
    raise UsageError(
        reason=f"There is no standard JSON Web Key yet for the kind {find_spec(public)}; take pem or der."
    )


def _from_jwk(text: str) -> bytes:
    try:
        members = json.loads(text)
    except (ValueError, RecursionError):
        raise FormatUnrecognised(what="a JSON Web Key") from None
    if "d" in members or "k" in members:
        raise FormatUnrecognised(what=f"{_WHAT} (it is a private key)")
    match members:
        case {"kty": "RSA", "n": str(n), "e": str(e)}:
            modulus, exponent = (int.from_bytes(unbase64url(value), "big") for value in (n, e))
            try:
                return _spelt(sshkey.to_spki(sshkey.RsaPublicKey(exponent, modulus)))
            except der.DerError:
                raise FormatUnrecognised(what="an RSA key of usual size") from None
        case {"kty": "EC", "crv": str(crv), "x": str(x), "y": str(y)} if crv in _JWK_CURVES:
            return _spelt(_point_spki(_JWK_CURVES[crv], unbase64url(x), unbase64url(y)))
        case {"kty": "OKP", "crv": str(crv), "x": str(x)} if crv in _JWK_POINTS:
            point = unbase64url(x)
            if len(point) == 32:
                return _spelt(_JWK_POINTS[crv] + point)
    raise FormatUnrecognised(what="a JSON Web Key")


def _point_spki(curve: type[ec.EllipticCurve], x: bytes, y: bytes) -> bytes:
    """Write SubjectPublicKeyInfo around a point that nobody has looked at yet (RFC 5480, 2)."""
    identifier = next(oid for oid, spec in CURVE_NAMES.items() if CURVES[spec] is curve)
    return der.sequence(der.sequence(EC_KEY, identifier), der.bit_string(b"\4" + x + y))


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
