"""What a XAdES signature carries unsigned (ETSI EN 319 132-1, 5.3 to 5.5): time stamps, certificates, revocation.

Each proves itself or is worth nothing. Runs in the document child only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from signet.documents.chains import Said
from signet.documents.xml_signature import DS, decoded
from signet.documents.xml_strict import C14N, Unread

_X = "{http://uri.etsi.org/01903/v1.3.2#}"
_X141 = "{http://uri.etsi.org/01903/v1.4.1#}"
MAX_VALUES = 64
MAX_STAMPS = 4
_ARCHIVED = (_X + "ArchiveTimeStamp", _X141 + "ArchiveTimeStamp")


@dataclass(frozen=True)
class Values:
    """``stamps`` are time stamps over the signature's value, each with its canonicalisation; the rest is DER.

    ``level`` is what its form amounts to, ``note`` a clause on what of it is not checked.
    """

    level: str = "B-B"
    stamps: tuple[tuple[bytes, str], ...] = ()
    certificates: tuple[bytes, ...] = ()
    revocation_lists: tuple[bytes, ...] = ()
    responses: tuple[bytes, ...] = ()
    note: str = ""

    def crls(self, since: datetime) -> tuple[Said, ...]:
        """The CRLs; that they are in the document proves them no earlier than now."""
        return tuple(Said(der, since, "document") for der in self.revocation_lists)

    def ocsps(self, since: datetime) -> tuple[Said, ...]:
        """The OCSP responses, likewise."""
        return tuple(Said(der, since, "document") for der in self.responses)


def read_values(qualifying: etree._Element) -> Values:
    """Read what is unsigned; raise Unread for far too much of it, or what is no base64."""
    found = qualifying.findall(f"{_X}UnsignedProperties/{_X}UnsignedSignatureProperties")
    if not found:
        return Values()
    if len(found) != 1:
        raise Unread("it is not built as a signature is")
    stamps = tuple(stamp for each in found[0].findall(_X + "SignatureTimeStamp") for stamp in _stamps(each))
    lists = _all(found[0], "EncapsulatedCRLValue")
    responses = _all(found[0], "EncapsulatedOCSPValue")
    archived = any(len(found[0].findall(name)) for name in _ARCHIVED)
    level = "B-B" if not stamps else "B-T" if not (lists or responses) else "B-LTA" if archived else "B-LT"
    return Values(
        level=level,
        stamps=stamps,
        certificates=_all(found[0], "EncapsulatedX509Certificate"),
        revocation_lists=lists,
        responses=responses,
        note="its archive time stamp was not checked" if archived else "",
    )


def _all(element: etree._Element, name: str) -> tuple[bytes, ...]:
    values = [decoded(each) for each in element.iter(_X + name)]
    if len(values) > MAX_VALUES:
        raise Unread("it brings far too much")
    return tuple(dict.fromkeys(values))


def _stamps(element: etree._Element) -> list[tuple[bytes, str]]:
    """The tokens of one property. One that names what it covers, or covers more, is no plain stamp and not read."""
    if element.findall(_X + "Include") or element.findall(_X + "ReferenceInfo"):
        return []
    method = element.find(DS + "CanonicalizationMethod")
    algorithm = C14N if method is None else method.get("Algorithm", "")
    return [(decoded(each), algorithm) for each in element.findall(_X + "EncapsulatedTimeStamp")[:MAX_STAMPS]]
