"""Certificates as they come in files: PEM, one or many; DER; PKCS#7. And which of them stands above which.

What comes along and is no certificate (private keys above all) is not read.
"""

from __future__ import annotations

import base64
import binascii
import re
import warnings
from collections.abc import Iterable

from cryptography import x509
from cryptography.exceptions import InternalError
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from signet.crypto.certificate_facts import issued_by, load
from signet.crypto.keyshapes import Shape, shape_of
from signet.crypto.kinds import UNREADABLE
from signet.errors import FormatUnrecognised, NoCertificate
from signet.formats import der

#: The largest file of certificates that is read (bytes).
MAX_BUNDLE = 256 * 1024
#: The most certificates in one file: an answer has a handful.
MAX_CERTIFICATES = 64
#: The most certificates above one's own that are kept (RFC 5280 sets no limit; public ones have up to four).
MAX_CHAIN = 10

_WHAT = "a certificate (PEM, DER or PKCS#7)"
_PEM = re.compile(rb"-----BEGIN ([A-Z0-9 #]+)-----\r?\n.+?-----END \1-----", re.DOTALL)
_CERTIFICATE = (b"CERTIFICATE", b"X509 CERTIFICATE", b"TRUSTED CERTIFICATE")
_PKCS7 = (b"PKCS7", b"PKCS #7 SIGNED DATA", b"CMS")
_REQUESTS = (b"CERTIFICATE REQUEST", b"NEW CERTIFICATE REQUEST")
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")  # id-signedData, RFC 5652, 5.1
_REQUEST = "a request for a certificate; its answer comes from whoever issues certificates"


def read_bundle(data: bytes) -> tuple[bytes, ...]:
    """Read the certificates of a file, each in DER and once, at least one, in the order in which they stand.

    Raises NoCertificate for what is recognised and is none, FormatUnrecognised for anything else.
    """
    if len(data) > MAX_BUNDLE:
        raise FormatUnrecognised(what=_WHAT)
    found = _from_pem(data) if b"-----BEGIN " in data else _from_der(data if data[:1] == b"0" else _unspelt(data))
    if len(found) > MAX_CERTIFICATES:
        raise FormatUnrecognised(what=_WHAT)
    for each in found:
        load(each)
    return tuple(dict.fromkeys(found))


def chain_above(certificate: bytes, others: Iterable[bytes]) -> tuple[bytes, ...]:
    """Return those of ``others`` that certify ``certificate``: its issuer first, then that one's, as far as known.

    All are DER; each step has the right name and a signature that fits. Raises FormatUnrecognised.
    """
    waiting = {each: load(each) for each in others if each != certificate}
    chain: list[bytes] = []
    current = load(certificate)
    while len(chain) < MAX_CHAIN and not issued_by(current, current):
        found = next((raw for raw, above in waiting.items() if issued_by(current, above)), None)
        if found is None:
            break
        chain.append(found)
        current = waiting.pop(found)
    return tuple(chain)


def pem_text(certificates: Iterable[bytes]) -> bytes:
    """Write certificates in DER as PEM, one after the other (RFC 7468, 5)."""
    return b"".join(load(each).public_bytes(Encoding.PEM) for each in certificates)


def _from_pem(data: bytes) -> list[bytes]:
    blocks = list(_PEM.finditer(data))
    found: list[bytes] = []
    for block in blocks:
        if block[1] in _CERTIFICATE:
            content = _unarmored(block[0])
            # OpenSSL's trusted certificates have its own notes after them (openssl-x509, -trustout).
            found.append(_first(content) if block[1] == b"TRUSTED CERTIFICATE" else content)
        elif block[1] in _PKCS7:
            found += _from_pkcs7(_unarmored(block[0]))
    if found:
        return found
    labels = {block[1] for block in blocks}
    if labels & set(_REQUESTS):
        raise NoCertificate(found=_REQUEST)
    if any(label.endswith(b"PRIVATE KEY") for label in labels):
        raise NoCertificate(found="a private key")
    if labels & {b"PUBLIC KEY", b"RSA PUBLIC KEY"}:
        raise NoCertificate(found="a public key")
    raise FormatUnrecognised(what=_WHAT)


def _from_der(data: bytes) -> list[bytes]:
    if _is_signed_data(data):
        return _from_pkcs7(data)
    shape = shape_of(data)
    if shape is Shape.CERTIFICATE:
        return [data]
    if shape is Shape.REQUEST:
        raise NoCertificate(found=_REQUEST)
    if shape is Shape.PKCS12:
        raise NoCertificate(found="a PKCS#12 file, which `signet key import` takes in with its key and certificates")
    if shape is not None:
        raise NoCertificate(found=shape.said or shape.found)
    raise FormatUnrecognised(what=_WHAT)


def _from_pkcs7(data: bytes) -> list[bytes]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about BER, which other programs write
            loaded = pkcs7.load_der_pkcs7_certificates(data)
            return [each.public_bytes(Encoding.DER) for each in loaded]
    except (TypeError, x509.InvalidVersion, x509.DuplicateExtension, InternalError, *UNREADABLE):
        raise FormatUnrecognised(what=_WHAT) from None


def _is_signed_data(data: bytes) -> bool:
    """Whether it is a ContentInfo with signed data, whatever way its lengths are spelt."""
    return data[:1] == b"\x30" and _SIGNED_DATA in data[: 6 + len(_SIGNED_DATA)]


def _first(data: bytes) -> bytes:
    try:
        _, rest = der.expect(data, der.SEQUENCE)
    except der.DerError:
        raise FormatUnrecognised(what=_WHAT) from None
    return data[: len(data) - len(rest)]


def _unarmored(block: bytes) -> bytes:
    """The DER within one PEM block (RFC 7468, 3); any blanks within the base64 are as good as line ends."""
    try:
        return base64.b64decode(b"".join(b"".join(block.split(b"\n")[1:-1]).split()), validate=True)
    except (binascii.Error, ValueError):
        raise FormatUnrecognised(what=_WHAT) from None


def _unspelt(data: bytes) -> bytes:
    """The bytes that text of nothing but base64 stands for, as some issuers send certificates; b"" for all else."""
    try:
        return base64.b64decode(b"".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""
