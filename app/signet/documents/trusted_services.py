"""What a trusted list says (ETSI TS 119 612 v2.1.1, 5.3 to 5.5): its scheme, its services, who is qualified.

Given bytes that a signature covers, which were parsed strictly once; pyHanko reads the services. Runs in the document
child only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from lxml import etree

from signet.clock import timestamp
from signet.documents.xml_signature import decoded_text
from signet.documents.xml_strict import Unread, text

_T = "{http://uri.etsi.org/02231/v2#}"
_ADDITIONAL = "{http://uri.etsi.org/02231/v2/additionaltypes#}"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_LOTL = "http://uri.etsi.org/TrstSvc/TrustedList/TSLType/EUlistofthelists"
_LIST = "http://uri.etsi.org/TrstSvc/TrustedList/TSLType/EUgeneric"
_XML = "application/vnd.etsi.tsl+xml"
MAX_SERVICES = 20_000
MAX_POINTERS = 200


@dataclass(frozen=True)
class Scheme:
    """What a list says of itself; times are RFC 3339 in UTC, ``next_update`` "" if there will be no other."""

    territory: str
    operator: str
    sequence: int
    issued: str
    next_update: str
    lotl: bool
    pointers: Sequence[Mapping[str, object]] = ()


def read_scheme(root: etree._Element) -> Scheme:
    """Read a list's own information; raise Unread if something of it is missing."""
    found = root.find(_T + "SchemeInformation")
    if found is None:
        raise Unread("it does not say what it is")
    kind = text(found.find(_T + "TSLType"))
    territory = text(found.find(_T + "SchemeTerritory"))
    sequence = text(found.find(_T + "TSLSequenceNumber"))
    if kind not in (_LOTL, _LIST) or not 1 <= len(territory) <= 8 or not territory.isalnum():
        raise Unread("it is no trusted list of the European Union")
    if not sequence.isascii() or not sequence.isdigit() or len(sequence) > 9:
        raise Unread("it has no number")
    names = found.findall(f"{_T}SchemeOperatorName/{_T}Name")
    english = [name for name in names if name.get(_LANGUAGE) == "en"] or names
    issued = _time(text(found.find(_T + "ListIssueDateTime")))
    if not issued:
        raise Unread("it does not say when it was issued")
    return Scheme(
        territory=territory,
        operator=text(english[0])[:200] if english else "",
        sequence=int(sequence),
        issued=issued,
        next_update=_time(text(found.find(f"{_T}NextUpdate/{_T}dateTime"))),
        lotl=kind == _LOTL,
        pointers=[_pointer(each) for each in _pointers(found) if _meant(each)],
    )


def _pointers(scheme: etree._Element) -> list[etree._Element]:
    found = scheme.findall(f"{_T}PointersToOtherTSL/{_T}OtherTSLPointer")
    if len(found) > MAX_POINTERS:
        raise Unread("it names far too many lists")
    return found


def _meant(pointer: etree._Element) -> bool:
    """Whether a pointer leads to a list for programs; there are some to pages for people."""
    kind = pointer.find(f"{_T}AdditionalInformation/{_T}OtherInformation/{_ADDITIONAL}MimeType")
    return text(kind) == _XML


def _pointer(pointer: etree._Element) -> Mapping[str, object]:
    """One list that is pointed to: its territory, its address, who may sign it."""
    certificates = [decoded_text(each.text or "") for each in pointer.iter(_T + "X509Certificate")]
    return {
        "territory": text(pointer.find(f"{_T}AdditionalInformation/{_T}OtherInformation/{_T}SchemeTerritory")),
        "address": text(pointer.find(_T + "TSLLocation")),
        "certificates": list(dict.fromkeys(certificates)),
    }


def _time(found: str) -> str:
    """xs:dateTime with its zone; "" for none."""
    if not found:
        return ""
    try:
        read = datetime.fromisoformat(found)
        if read.tzinfo is None:
            raise ValueError("no zone")
        return timestamp(read.astimezone(UTC))
    except (ValueError, OverflowError):
        raise Unread("a date in it cannot be read") from None


def read_services(covered: bytes) -> list[Mapping[str, object]]:
    """Return the qualified services of a list: ``certificate`` (DER), ``kind`` ("ca" or "tsa"), ``name``, ``since``,
    ``until`` ("" if it goes on): the times in which its state was "granted"; raise Unread."""
    from pyhanko.sign.validation.qualified.eutl_parse import read_qualified_service_definitions
    from pyhanko.sign.validation.qualified.tsp import CA_QC_URI

    services: list[Mapping[str, object]] = []
    for service in read_qualified_service_definitions(covered.decode("utf-8")):
        base = service.base_info
        for certificate in base.provider_certs:
            services.append(
                {
                    "certificate": certificate.dump(),
                    "kind": "ca" if base.service_type == CA_QC_URI else "tsa",
                    "name": base.service_name[:200],
                    "since": timestamp(base.valid_from.astimezone(UTC)),
                    "until": "" if base.valid_until is None else timestamp(base.valid_until.astimezone(UTC)),
                }
            )
    if len(services) > MAX_SERVICES:
        raise Unread("it names far too many services")
    return services


def assess(covered: bytes, chain: Sequence[bytes], moment: datetime) -> tuple[str, str]:
    """Say whether the certificate at the beginning of a chain (DER) was qualified at ``moment`` by a list.

    Returns "qualified" or "not-qualified" and a clause. ``chain`` was checked by whoever calls, up to an issuer that
    the list names. Rules: ETSI TS 119 615, as pyHanko has them.
    """
    from pyhanko.sign.validation.qualified.assess import QualificationAssessor
    from pyhanko.sign.validation.qualified.eutl_parse import trust_list_to_registry_unsafe
    from pyhanko_certvalidator.authority import CertTrustAnchor
    from pyhanko_certvalidator.path import ValidationPath

    from signet.documents.chains import read_certificates

    registry, _ = trust_list_to_registry_unsafe(covered.decode("utf-8"))
    leaf, *above = read_certificates(chain)
    if not above:
        return "not-qualified", "the certificate has no issuer"
    path = ValidationPath(CertTrustAnchor(above[-1]), interm=list(reversed(above[:-1])), leaf=leaf)
    result = QualificationAssessor(registry).check_entity_cert_qualified(path, moment)
    if not result.status.qualified:
        return "not-qualified", "the certificate is not a qualified one"
    kinds = {"qct_esign": "signatures", "qct_eseal": "seals", "qct_web": "web sites"}
    kind = kinds.get(str(result.status.qc_type.value), "signatures")
    if kind == "web sites":
        return "not-qualified", "the certificate is a qualified one for web sites, and not for signatures"
    held = ", its key in a qualified device" if result.status.qc_key_security.is_qscd else ""
    return "qualified", f"a qualified certificate for {kind}{held}"


def warm_up_parser() -> None:
    """Have pyHanko and xsdata load the classes of a list, which they do with the first one."""
    import contextlib

    from pyhanko.sign.validation.qualified import assess as _assess  # noqa: F401
    from pyhanko.sign.validation.qualified.eutl_parse import trust_list_to_registry_unsafe

    empty = (
        '<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#" TSLTag="x">'
        "<TrustServiceProviderList/></TrustServiceStatusList>"
    )
    with contextlib.suppress(Exception):  # whatever it thinks of it: the classes are loaded
        trust_list_to_registry_unsafe(empty)
