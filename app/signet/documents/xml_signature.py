"""XML signatures (XML Signature Syntax and Processing 1.1), read without following anything and checked.

A signature is read from the canonical bytes that it covers, never from the tree beside them. References are resolved
by whoever calls: this module looks nothing up, so that nothing else can be put in the place of what was signed. Any
transform but canonicalisation, and being enveloped, is refused. Runs in the document child only.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from lxml import etree

from signet.documents.xml_strict import CANONICALISATIONS, Unread, canonical, only, parse, text

DS = "{http://www.w3.org/2000/09/xmldsig#}"
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
MAX_REFERENCES = 4096
MAX_CERTIFICATES = 32
_EXCLUSIVE_PREFIXES = "{http://www.w3.org/2001/10/xml-exc-c14n#}InclusiveNamespaces"
#: RFC 9231; what is broken is there to be named, and counts for nothing.
DIGESTS = {
    "http://www.w3.org/2001/04/xmlenc#sha256": "sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384": "sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
    "http://www.w3.org/2007/05/xmldsig-more#sha3-256": "sha3_256",
    "http://www.w3.org/2007/05/xmldsig-more#sha3-384": "sha3_384",
    "http://www.w3.org/2007/05/xmldsig-more#sha3-512": "sha3_512",
    "http://www.w3.org/2001/04/xmldsig-more#sha224": "sha224",
    "http://www.w3.org/2000/09/xmldsig#sha1": "sha1",
    "http://www.w3.org/2001/04/xmldsig-more#md5": "md5",
}
_RSA, _PSS, _ECDSA = "RSA", "RSA-PSS", "ECDSA"
#: The way of signing, and its digest.
METHODS = {
    "http://www.w3.org/2000/09/xmldsig#rsa-sha1": (_RSA, "sha1"),
    "http://www.w3.org/2001/04/xmldsig-more#rsa-md5": (_RSA, "md5"),
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1": (_ECDSA, "sha1"),
    **{
        f"http://www.w3.org/2001/04/xmldsig-more#{kind}-sha{bits}": (way, f"sha{bits}")
        for kind, way in (("rsa", _RSA), ("ecdsa", _ECDSA))
        for bits in (224, 256, 384, 512)
    },
    **{
        f"http://www.w3.org/2007/05/xmldsig-more#sha{bits}-rsa-MGF1": (_PSS, f"sha{bits}") for bits in (256, 384, 512)
    },
}
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "md5": hashes.MD5(),  # noqa: S303 - so that what is broken is named, and not merely unknown
    "sha1": hashes.SHA1(),  # noqa: S303 - as above
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


@dataclass(frozen=True)
class Reference:
    """What one reference says; ``transforms`` are algorithms and prefixes, ``method`` is hashlib's name of one."""

    id: str
    uri: str | None
    type: str
    transforms: tuple[tuple[str, tuple[str, ...]], ...]
    method: str
    digest: bytes

    def holds(self, data: bytes) -> bool:
        """Whether the digest is that of the data."""
        return hmac.compare_digest(hashlib.new(self.method, data).digest(), self.digest)

    def canonicalised(self, element: etree._Element) -> bytes:
        """Return an element as this reference means it; raise Unread for transforms that it must not have."""
        if len(self.transforms) > 1:
            raise Unread("what is signed went through transformations that Signet does not do")
        algorithm, prefixes = self.transforms[0] if self.transforms else (next(iter(CANONICALISATIONS)), ())
        return canonical(element, algorithm, prefixes)


@dataclass(frozen=True)
class Signed:
    """One signature as it was read. ``covered`` are the bytes that its value is over; ``objects`` elements."""

    element: etree._Element
    id: str
    covered: bytes
    way: str
    method: str
    value: bytes
    value_element: etree._Element
    references: tuple[Reference, ...]
    key_info: etree._Element | None
    certificates: tuple[bytes, ...]
    objects: tuple[etree._Element, ...]

    def fits(self, certificate: bytes) -> bool:
        """Whether its value was made with the private key of that certificate (DER).

        Raises Unread if the certificate cannot be read, or its key is of another kind than the way of signing.
        """
        try:
            public = x509.load_der_x509_certificate(certificate).public_key()
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise Unread("the signer's certificate cannot be read") from None
        digest = _HASHES[self.method]
        try:
            if isinstance(public, rsa.RSAPublicKey) and self.way in (_RSA, _PSS):
                salted = padding.PSS(padding.MGF1(digest), digest.digest_size)
                public.verify(self.value, self.covered, padding.PKCS1v15() if self.way == _RSA else salted, digest)
            elif isinstance(public, ec.EllipticCurvePublicKey) and self.way == _ECDSA:
                public.verify(_dss(self.value, public.key_size), self.covered, ec.ECDSA(digest))
            else:
                raise Unread("it is signed in a way that its key does not know")
        except (InvalidSignature, ValueError):
            return False
        except UnsupportedAlgorithm:
            raise Unread("it is signed in a way that is not read here") from None
        return True


def _dss(value: bytes, bits: int) -> bytes:
    """XML writes r and s one after the other, each as long as the curve's numbers (XMLDSIG 6.4.3)."""
    half = (bits + 7) // 8
    if len(value) != 2 * half:
        raise InvalidSignature
    return encode_dss_signature(int.from_bytes(value[:half], "big"), int.from_bytes(value[half:], "big"))


def read_signature(element: etree._Element) -> Signed:
    """Read a ds:Signature; raise Unread if it has a shape that is not expected."""
    children = [str(child.tag) for child in element]
    objects = [child for child in element if child.tag == DS + "Object"]
    keyed = [DS + "KeyInfo"] if DS + "KeyInfo" in children else []
    if children != [DS + "SignedInfo", DS + "SignatureValue", *keyed, *[DS + "Object"] * len(objects)]:
        raise Unread("it is not built as a signature is")
    info, value = element[0], element[1]
    covered = canonical(info, *_canonicalisation(only(info, DS + "CanonicalizationMethod")))
    read = parse(covered)
    method = only(read, DS + "SignatureMethod")
    way = METHODS.get(method.get("Algorithm", ""))
    if way is None or len(method):
        raise Unread("it is signed in a way that Signet does not know")
    key_info = element[2] if keyed else None
    return Signed(
        element=element,
        id=element.get("Id", ""),
        covered=covered,
        way=way[0],
        method=way[1],
        value=decoded(value),
        value_element=value,
        references=_references(read),
        key_info=key_info,
        certificates=_certificates(key_info),
        objects=tuple(objects),
    )


def decoded(element: etree._Element) -> bytes:
    """Return what stands in an element as base64; raise Unread if it is none."""
    return decoded_text(text(element))


def decoded_text(found: str) -> bytes:
    """Return base64 with space in it as bytes; raise Unread if it is none."""
    try:
        return base64.b64decode("".join(found.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Unread("something in it is not base64") from None


def _references(info: etree._Element) -> tuple[Reference, ...]:
    kinds = [str(child.tag) for child in info]
    found = info.findall(DS + "Reference")
    expected = [DS + "CanonicalizationMethod", DS + "SignatureMethod", *[DS + "Reference"] * len(found)]
    if kinds != expected or not 0 < len(found) <= MAX_REFERENCES:
        raise Unread("it is not built as a signature is")
    return tuple(map(_reference, found))


def _reference(element: etree._Element) -> Reference:
    method = DIGESTS.get(only(element, DS + "DigestMethod").get("Algorithm", ""))
    if method is None:
        raise Unread("it rests on a digest that Signet does not know")
    transforms = element.find(DS + "Transforms")
    return Reference(
        id=element.get("Id", ""),
        uri=element.get("URI"),
        type=element.get("Type", ""),
        transforms=tuple(map(_transform, transforms if transforms is not None else ())),
        method=method,
        digest=decoded(only(element, DS + "DigestValue")),
    )


def _transform(element: etree._Element) -> tuple[str, tuple[str, ...]]:
    if element.tag == DS + "Transform" and element.get("Algorithm") == ENVELOPED and not len(element):
        return ENVELOPED, ()
    if element.tag != DS + "Transform" or element.get("Algorithm") not in CANONICALISATIONS:
        raise Unread("what is signed went through transformations that Signet does not do")
    return _canonicalisation(element)


def _canonicalisation(element: etree._Element) -> tuple[str, tuple[str, ...]]:
    """The algorithm of a canonicalisation and its prefixes."""
    prefixes: Iterable[str] = ()
    for child in element:
        if child.tag != _EXCLUSIVE_PREFIXES or len(element) != 1:
            raise Unread("its XML is put into a canonical form that Signet does not know")
        prefixes = child.get("PrefixList", "").split()
    return element.get("Algorithm", ""), tuple(prefixes)


def _certificates(key_info: etree._Element | None) -> tuple[bytes, ...]:
    if key_info is None:
        return ()
    found = key_info.findall(f"{DS}X509Data/{DS}X509Certificate")
    if len(found) > MAX_CERTIFICATES:
        raise Unread("it brings far too many certificates")
    return tuple(map(decoded, found))
