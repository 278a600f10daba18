"""What a XAdES signature says of itself, signed along (ETSI EN 319 132-1, 5.2): read from the signed bytes.

Runs in the document child only.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from asn1crypto import tsp, x509
from lxml import etree

from signet.clock import timestamp
from signet.documents.xml_signature import DIGESTS, DS, decoded
from signet.documents.xml_strict import Unread, only, text

_X = "{http://uri.etsi.org/01903/v1.3.2#}"
_PLACE = ("City", "StreetAddress", "StateOrProvince", "PostalCode", "CountryName")


@dataclass(frozen=True)
class Properties:
    """``method`` and ``digest`` are of the signer's certificate, ``serial`` its number if it is said, ``issuer`` the
    issuer's name in DER or empty; ``time`` RFC 3339 in UTC or "", ``kinds`` MIME types by the references' Ids."""

    method: str
    digest: bytes
    serial: int | None
    issuer: bytes
    time: str
    place: str
    roles: str
    kinds: Mapping[str, str]

    def signer(self, certificates: Sequence[bytes]) -> bytes | None:
        """Return the certificate among those that stand there that was signed along; None if another one does."""
        for der in certificates:
            if hmac.compare_digest(hashlib.new(self.method, der, usedforsecurity=False).digest(), self.digest):
                return der if self._named(der) else None
        return None

    def _named(self, der: bytes) -> bool:
        """Whether what else is said of the certificate agrees (RFC 5035, 5)."""
        certificate = x509.Certificate.load(der)
        if self.serial is not None and certificate.serial_number != self.serial:
            return False
        return not self.issuer or bool(certificate.issuer == x509.Name.load(self.issuer))


def read_properties(element: etree._Element) -> Properties:
    """Read SignedProperties; raise Unread if the signer's certificate is not bound."""
    signature = only(element, _X + "SignedSignatureProperties")
    method, digest, serial, issuer = _certificate(signature)
    kinds = {
        (each.get("ObjectReference") or "").removeprefix("#"): text(each.find(_X + "MimeType"))
        for each in element.findall(f"{_X}SignedDataObjectProperties/{_X}DataObjectFormat")
    }
    places = [each for name in ("", "V2") for each in signature.findall(f"{_X}SignatureProductionPlace{name}")]
    roles = [
        text(role)
        for name in ("SignerRole", "SignerRoleV2")
        for role in signature.findall(f"{_X}{name}/{_X}ClaimedRoles/{_X}ClaimedRole")
    ]
    return Properties(
        method=method,
        digest=digest,
        serial=serial,
        issuer=issuer,
        time=_time(text(signature.find(_X + "SigningTime"))),
        place=", ".join(found for each in places for name in _PLACE if (found := text(each.find(_X + name)))),
        roles="; ".join(filter(None, roles)),
        kinds=kinds,
    )


def _certificate(signature: etree._Element) -> tuple[str, bytes, int | None, bytes]:
    """Method and digest of the signer's certificate, which comes first; its number and issuer if they are said."""
    found = [*signature.findall(_X + "SigningCertificateV2"), *signature.findall(_X + "SigningCertificate")]
    if len(found) != 1 or not len(found[0]) or found[0][0].tag != _X + "Cert":
        raise Unread("it does not say which certificate it was made with")
    first = found[0][0]
    digest = only(first, _X + "CertDigest")
    method = DIGESTS.get(only(digest, DS + "DigestMethod").get("Algorithm", ""))
    if method is None:
        raise Unread("it rests on a digest that Signet does not know")
    serial, issuer = _issued(first)
    return method, decoded(only(digest, DS + "DigestValue")), serial, issuer


def _issued(first: etree._Element) -> tuple[int | None, bytes]:
    newer, older = first.find(_X + "IssuerSerialV2"), first.find(_X + "IssuerSerial")
    try:
        if newer is not None:
            named = tsp.IssuerSerial.load(decoded(newer), strict=True)
            return named["serial_number"].native, _directory_name(named["issuer"])
        # The name as text is not compared: its spelling is not fixed. The digest is the stronger bond.
        return (None if older is None else int(text(only(older, DS + "X509SerialNumber")))), b""
    except (ValueError, TypeError, KeyError, IndexError):
        raise Unread("it does not say which certificate it was made with") from None


def _directory_name(names: x509.GeneralNames) -> bytes:
    if len(names) != 1 or names[0].name != "directory_name":
        raise ValueError("not one name")
    return bytes(names[0].chosen.untag().dump())


def _time(found: str) -> str:
    """Write xs:dateTime as timestamps are written here; "" for one without its zone, which says no moment."""
    try:
        read = datetime.fromisoformat(found)
    except ValueError:
        return ""
    return timestamp(read.astimezone(UTC)) if read.tzinfo is not None and read.year > 1 else ""
