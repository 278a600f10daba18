"""Writes trusted lists (ETSI TS 119 612): a small list of lists and lists of states, signed by test keys.

Shares no code with the reader. ``edit`` gets the tree before it is signed, ``after`` once it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from lxml import etree

from support import asic_forge as forge
from support import pki
from support.asic_forge import DIGESTS, EXCLUSIVE, Edit, b64, canonical, digested, find

TSL = "http://uri.etsi.org/02231/v2#"
BASE = "http://uri.etsi.org/TrstSvc"
GRANTED = f"{BASE}/TrustedList/Svcstatus/granted"
WITHDRAWN = f"{BASE}/TrustedList/Svcstatus/withdrawn"
CA_QC = f"{BASE}/Svctype/CA/QC"
QTST = f"{BASE}/Svctype/TSA/QTST"
BEGUN = datetime(2018, 1, 1, tzinfo=UTC)


@cache
def operator(name: str) -> pki.Holder:
    """Who signs a list: a certificate of its own, as states have them."""
    key = pki.new_key("p256")
    return pki.Holder(key, pki.certify(name, key.public_key(), key, end=pki.AUTHORITIES_END))


@cache
def qualified_signer() -> pki.Holder:
    """Somebody whose certificate says that it is a qualified one."""
    key = pki.new_key("p256")
    said = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3"), qc_statements())
    return pki.Holder(key, pki.certify("Kadri Kask", key.public_key(), pki.issuing(), extra=[said]))


def qc_statements() -> bytes:
    """QcCompliance, QcSSCD, QcType esign (ETSI EN 319 412-5, 4.2)."""

    def der(tag: int, *parts: bytes) -> bytes:
        whole = b"".join(parts)
        return bytes([tag, len(whole)]) + whole

    def identifier(last: str) -> bytes:
        return der(6, bytes.fromhex("04008e46" + last))

    return der(
        0x30,
        der(0x30, identifier("0101")),
        der(0x30, identifier("0104")),
        der(0x30, identifier("0106"), der(0x30, identifier("010601"))),
    )


@dataclass(frozen=True)
class Service:
    """One service of a list."""

    certificate: bytes
    kind: str = CA_QC
    status: str = GRANTED
    since: datetime = BEGUN
    name: str = "Example Issuing CA"


@dataclass(frozen=True)
class Pointer:
    """A list that the list of lists names."""

    territory: str
    address: str
    signers: Sequence[bytes]


@dataclass(frozen=True)
class Forged:
    """How a list is made; the defaults make an honest one of Estonia."""

    territory: str = "EE"
    signer: pki.Holder = field(default_factory=lambda: operator("List of EE"))
    sequence: int = 7
    issued: datetime = pki.THIS_UPDATE
    next_update: datetime | None = pki.THIS_UPDATE + timedelta(days=180)
    services: Sequence[Service] = field(default_factory=lambda: (Service(pki.issuing().der),))
    pointers: Sequence[Pointer] = ()
    canonicalisation: str = EXCLUSIVE
    digest: str = "sha256"
    extra: str = ""
    edit: Edit | None = None
    after: Edit | None = None


def lotl(
    *pointers: Pointer, signer: pki.Holder | None = None, sequence: int = 300, edit: Edit | None = None
) -> bytes:
    """A list of lists."""
    by = signer or operator("List of lists")
    return made(Forged("EU", by, sequence, services=(), pointers=pointers, edit=edit))


def made(forged: Forged) -> bytes:
    """A list, signed."""
    kind = "EUlistofthelists" if forged.territory == "EU" else "EUgeneric"
    update = "" if forged.next_update is None else f"<dateTime>{forged.next_update:%Y-%m-%dT%H:%M:%SZ}</dateTime>"
    pointers = "".join(map(_pointer, forged.pointers))
    services = "".join(map(_service, forged.services))
    root = etree.fromstring(
        f'<TrustServiceStatusList xmlns="{TSL}" xmlns:ds="{forge.NAMES["ds"]}" Id="list" '
        'TSLTag="http://uri.etsi.org/19612/TSLTag"><!-- made for tests --><SchemeInformation>'
        "<TSLVersionIdentifier>5</TSLVersionIdentifier>"
        f"<TSLSequenceNumber>{forged.sequence}</TSLSequenceNumber>"
        f"<TSLType>{BASE}/TrustedList/TSLType/{kind}</TSLType>"
        '<SchemeOperatorName><Name xml:lang="et">Amet</Name><Name xml:lang="en">Authority</Name></SchemeOperatorName>'
        '<SchemeInformationURI><URI xml:lang="en">https://example.org/</URI></SchemeInformationURI>'
        f"<SchemeTerritory>{forged.territory}</SchemeTerritory>{forged.extra}"
        f"<PointersToOtherTSL>{pointers}</PointersToOtherTSL>"
        f"<ListIssueDateTime>{forged.issued:%Y-%m-%dT%H:%M:%SZ}</ListIssueDateTime>"
        f"<NextUpdate>{update}</NextUpdate></SchemeInformation>\n"
        "<TrustServiceProviderList><TrustServiceProvider><TSPInformation><TSPName>"
        '<Name xml:lang="en">Example</Name></TSPName></TSPInformation>'
        f"<TSPServices>{services}</TSPServices></TrustServiceProvider></TrustServiceProviderList>\n"
        "</TrustServiceStatusList>"
    )
    if forged.edit is not None:
        forged.edit(root)
    _sign(root, forged)
    if forged.after is not None:
        forged.after(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _pointer(pointer: Pointer) -> str:
    certificates = "".join(
        f"<DigitalId><X509Certificate>{b64(each)}</X509Certificate></DigitalId>" for each in pointer.signers
    )
    return (
        "<OtherTSLPointer><ServiceDigitalIdentities><ServiceDigitalIdentity>"
        f"{certificates}</ServiceDigitalIdentity></ServiceDigitalIdentities>"
        f"<TSLLocation>{pointer.address}</TSLLocation><AdditionalInformation>"
        f"<OtherInformation><SchemeTerritory>{pointer.territory}</SchemeTerritory></OtherInformation>"
        '<OtherInformation><MimeType xmlns="http://uri.etsi.org/02231/v2/additionaltypes#">'
        "application/vnd.etsi.tsl+xml</MimeType></OtherInformation></AdditionalInformation></OtherTSLPointer>"
    )


def _service(service: Service) -> str:
    return (
        "<TSPService><ServiceInformation>"
        f"<ServiceTypeIdentifier>{service.kind}</ServiceTypeIdentifier>"
        f'<ServiceName><Name xml:lang="en">{service.name}</Name></ServiceName>'
        f"<ServiceDigitalIdentity><DigitalId><X509Certificate>{b64(service.certificate)}</X509Certificate></DigitalId>"
        f"</ServiceDigitalIdentity><ServiceStatus>{service.status}</ServiceStatus>"
        f"<StatusStartingTime>{service.since:%Y-%m-%dT%H:%M:%SZ}</StatusStartingTime></ServiceInformation></TSPService>"
    )


def _sign(root: etree._Element, forged: Forged) -> None:
    """Sign as states do: enveloped, XAdES B-B."""
    whole = digested(forged.digest, canonical(root, forged.canonicalisation))
    spaces = f'xmlns:ds="{forge.NAMES["ds"]}" xmlns:xades="{forge.NAMES["xades"]}"'
    digest, method = DIGESTS[forged.digest], f"http://www.w3.org/2001/04/xmldsig-more#ecdsa-{forged.digest}"
    element = etree.fromstring(
        f'<ds:Signature {spaces} Id="sig"><ds:SignedInfo>'
        f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"/><ds:SignatureMethod Algorithm="{method}"/>'
        '<ds:Reference URI=""><ds:Transforms>'
        '<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>'
        f'<ds:Transform Algorithm="{forged.canonicalisation}"/></ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{digest}"/><ds:DigestValue>{whole}</ds:DigestValue></ds:Reference>'
        '<ds:Reference Type="http://uri.etsi.org/01903#SignedProperties" URI="#props"><ds:Transforms>'
        f'<ds:Transform Algorithm="{EXCLUSIVE}"/></ds:Transforms><ds:DigestMethod Algorithm="{digest}"/>'
        "<ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo><ds:X509Data>"
        f"<ds:X509Certificate>{b64(forged.signer.der)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo><ds:Object>"
        '<xades:QualifyingProperties Target="#sig"><xades:SignedProperties Id="props">'
        f"<xades:SignedSignatureProperties><xades:SigningTime>{forged.issued:%Y-%m-%dT%H:%M:%SZ}</xades:SigningTime>"
        f'<xades:SigningCertificateV2><xades:Cert><xades:CertDigest><ds:DigestMethod Algorithm="{digest}"/>'
        f"<ds:DigestValue>{digested(forged.digest, forged.signer.der)}</ds:DigestValue></xades:CertDigest>"
        "</xades:Cert></xades:SigningCertificateV2></xades:SignedSignatureProperties></xades:SignedProperties>"
        "</xades:QualifyingProperties></ds:Object></ds:Signature>"
    )
    root.append(element)
    own = find(element, ".//xades:SignedProperties")
    find(element, ".//ds:Reference[@Type]/ds:DigestValue").text = digested(forged.digest, canonical(own, EXCLUSIVE))
    value = forge.signed_value(forged.signer, canonical(find(element, "ds:SignedInfo"), EXCLUSIVE), forged.digest)
    find(element, "ds:SignatureValue").text = b64(value)
