"""Writes ASiC-E containers, honest ones and others: XAdES B-B, B-T, B-LT and CAdES, with the keys of `support.pki`.

Shares no code with the reader. ``edit`` functions get the tree before it is signed, so that lies can be signed too.
"""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote

from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from lxml import etree

from support import pki, tsa

MIMETYPE = "application/vnd.etsi.asic-e+zip"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
C14N11 = "http://www.w3.org/2006/12/xml-c14n11"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
DIGESTS = {
    "sha256": "http://www.w3.org/2001/04/xmlenc#sha256",
    "sha384": "http://www.w3.org/2001/04/xmldsig-more#sha384",
    "sha512": "http://www.w3.org/2001/04/xmlenc#sha512",
    "sha1": "http://www.w3.org/2000/09/xmldsig#sha1",
}
HASHES = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512(), "sha1": hashes.SHA1()}  # noqa: S303
NAMES = {
    "asic": "http://uri.etsi.org/02918/v1.2.1#",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "xades": "http://uri.etsi.org/01903/v1.3.2#",
}
FILES = {"lease.txt": b"The rent is 500 euros.\n", "plan ä.bin": bytes(range(256))}
Edit = Callable[[etree._Element], None]
Entries = list[tuple[str, bytes]]


@dataclass(frozen=True)
class Forged:
    """How one XAdES signature is made; the defaults make an honest B-B one."""

    signer: pki.Holder = field(default_factory=pki.signer)
    digest: str = "sha256"
    file_digest: str = "sha256"
    method: str = ""
    canonicalisation: str = C14N
    files: Mapping[str, bytes] = field(default_factory=lambda: dict(FILES))
    at: datetime = pki.NOW
    stamper: pki.Holder | None = None
    responses: Sequence[bytes] = ()
    lists: Sequence[bytes] = ()
    certificate: pki.Holder | None = None
    others: Sequence[bytes] = field(default_factory=lambda: (pki.issuing().der,))
    identifier: str = "S0"
    edit: Edit | None = None
    after: Edit | None = None


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def digested(name: str, data: bytes) -> str:
    return b64(hashlib.new(name, data).digest())


def canonical(element: etree._Element, algorithm: str) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=algorithm == EXCLUSIVE, with_comments=False)


def find(root: etree._Element, path: str) -> etree._Element:
    found = root.find(path, NAMES)
    assert found is not None, path
    return found


def signature_file(*forged: Forged) -> bytes:
    """META-INF/signatures0.xml with those signatures."""
    root = etree.Element(f"{{{NAMES['asic']}}}XAdESSignatures", nsmap=NAMES)
    for each in forged:
        _sign(root, each)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=False)


def _sign(root: etree._Element, forged: Forged) -> None:
    shown = forged.certificate or forged.signer
    ecdsa = isinstance(forged.signer.key, ec.EllipticCurvePrivateKey)
    kind = "ecdsa" if ecdsa else "rsa"
    method = forged.method or f"http://www.w3.org/2001/04/xmldsig-more#{kind}-{forged.digest}"
    i = forged.identifier
    uri = {name: quote(name) for name in forged.files}
    references = "".join(
        f'<ds:Reference Id="{i}-r{n}" URI="{uri[name]}"><ds:DigestMethod Algorithm="{DIGESTS[forged.file_digest]}"/>'
        f"<ds:DigestValue>{digested(forged.file_digest, data)}</ds:DigestValue></ds:Reference>"
        for n, (name, data) in enumerate(forged.files.items())
    )
    formats = "".join(
        f'<xades:DataObjectFormat ObjectReference="#{i}-r{n}"><xades:MimeType>application/octet-stream'
        "</xades:MimeType></xades:DataObjectFormat>"
        for n in range(len(forged.files))
    )
    issuer = forged.signer.certificate.issuer.rfc4514_string()
    spaces = " ".join(f'xmlns:{prefix}="{value}"' for prefix, value in NAMES.items())
    element = etree.fromstring(
        f'<ds:Signature {spaces} Id="{i}"><ds:SignedInfo>'
        f'<ds:CanonicalizationMethod Algorithm="{forged.canonicalisation}"/>'
        f'<ds:SignatureMethod Algorithm="{method}"/>'
        f'{references}<ds:Reference Type="http://uri.etsi.org/01903#SignedProperties" URI="#{i}-p">'
        f'<ds:Transforms><ds:Transform Algorithm="{forged.canonicalisation}"/></ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{DIGESTS[forged.digest]}"/><ds:DigestValue/></ds:Reference></ds:SignedInfo>'
        f'<ds:SignatureValue Id="{i}-v"/>'
        f"<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{b64(shown.der)}</ds:X509Certificate></ds:X509Data>"
        "</ds:KeyInfo>"
        f'<ds:Object><xades:QualifyingProperties Target="#{i}"><xades:SignedProperties Id="{i}-p">'
        "<xades:SignedSignatureProperties>"
        f"<xades:SigningTime>{forged.at:%Y-%m-%dT%H:%M:%SZ}</xades:SigningTime>"
        "<xades:SigningCertificate><xades:Cert><xades:CertDigest>"
        f'<ds:DigestMethod Algorithm="{DIGESTS[forged.digest]}"/>'
        f"<ds:DigestValue>{digested(forged.digest, forged.signer.der)}</ds:DigestValue></xades:CertDigest>"
        f"<xades:IssuerSerial><ds:X509IssuerName>{issuer}</ds:X509IssuerName>"
        f"<ds:X509SerialNumber>{forged.signer.certificate.serial_number}</ds:X509SerialNumber></xades:IssuerSerial>"
        "</xades:Cert></xades:SigningCertificate>"
        "<xades:SignatureProductionPlace><xades:City>Tartu</xades:City><xades:CountryName>EE</xades:CountryName>"
        "</xades:SignatureProductionPlace><xades:SignerRole><xades:ClaimedRoles><xades:ClaimedRole>tenant"
        "</xades:ClaimedRole></xades:ClaimedRoles></xades:SignerRole></xades:SignedSignatureProperties>"
        f"<xades:SignedDataObjectProperties>{formats}</xades:SignedDataObjectProperties></xades:SignedProperties>"
        "</xades:QualifyingProperties></ds:Object></ds:Signature>"
    )
    root.append(element)
    if forged.edit is not None:
        forged.edit(element)
    reference = next(each for each in element.iter(f"{{{NAMES['ds']}}}Reference") if each.get("Type"))
    properties = canonical(find(element, ".//xades:SignedProperties"), forged.canonicalisation)
    find(reference, "ds:DigestValue").text = digested(forged.digest, properties)
    covered = canonical(find(element, "ds:SignedInfo"), forged.canonicalisation)
    value = find(element, "ds:SignatureValue")
    value.text = b64(signed_value(forged.signer, covered, forged.digest, pss="MGF1" in method))
    _unsigned(element, value, forged)
    if forged.after is not None:
        forged.after(element)


def signed_value(signer: pki.Holder, data: bytes, digest: str, *, pss: bool = False) -> bytes:
    """A signature value as XML has it: of ECDSA the two numbers, one after the other."""
    if isinstance(signer.key, ec.EllipticCurvePrivateKey):
        r, s = decode_dss_signature(signer.key.sign(data, ec.ECDSA(HASHES[digest])))
        size = (signer.key.key_size + 7) // 8
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")
    salted = padding.PSS(padding.MGF1(HASHES[digest]), HASHES[digest].digest_size)
    return signer.key.sign(data, salted if pss else padding.PKCS1v15(), HASHES[digest])


def _unsigned(element: etree._Element, value: etree._Element, forged: Forged) -> None:
    parts = ""
    if forged.stamper is not None:
        token = stamped(forged.stamper, canonical(value, forged.canonicalisation), forged.at + timedelta(minutes=1))
        parts += (
            f'<xades:SignatureTimeStamp><ds:CanonicalizationMethod Algorithm="{forged.canonicalisation}"/>'
            f"<xades:EncapsulatedTimeStamp>{b64(token)}</xades:EncapsulatedTimeStamp></xades:SignatureTimeStamp>"
        )
    if forged.responses or forged.lists:
        held, crls, ocsps = (
            "".join(f"<xades:Encapsulated{name}>{b64(each)}</xades:Encapsulated{name}>" for each in values)
            for name, values in (
                ("X509Certificate", forged.others),
                ("CRLValue", forged.lists),
                ("OCSPValue", forged.responses),
            )
        )
        parts += (
            f"<xades:CertificateValues>{held}</xades:CertificateValues><xades:RevocationValues>"
            f"<xades:CRLValues>{crls}</xades:CRLValues><xades:OCSPValues>{ocsps}</xades:OCSPValues>"
            "</xades:RevocationValues>"
        )
    if parts:
        spaces = " ".join(f'xmlns:{prefix}="{value_}"' for prefix, value_ in NAMES.items())
        unsigned = (
            f"<xades:UnsignedProperties {spaces}><xades:UnsignedSignatureProperties>{parts}"
            "</xades:UnsignedSignatureProperties></xades:UnsignedProperties>"
        )
        find(element, ".//xades:QualifyingProperties").append(etree.fromstring(unsigned))


def stamped(stamper: pki.Holder, data: bytes, at: datetime) -> bytes:
    """A time stamp token over ``data`` (RFC 3161)."""
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": hashlib.sha256(data).digest()}
    query = tsp.TimeStampReq({"version": "v1", "message_imprint": imprint, "nonce": 1, "cert_req": True})
    answer = tsp.TimeStampResp.load(tsa.stamped(query.dump(), at, by=stamper))
    return bytes(answer["time_stamp_token"].dump())


def ocsp_response(
    holder: pki.Holder, *, at: datetime = pki.NOW + timedelta(minutes=2), revoked: bool = False
) -> bytes:
    """What the issuing authority says of a certificate."""
    by = pki.issuing()
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=holder.certificate,
        issuer=by.certificate,
        algorithm=hashes.SHA256(),
        cert_status=ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD,
        this_update=at,
        next_update=at + timedelta(days=7),
        revocation_time=at - timedelta(days=1) if revoked else None,
        revocation_reason=x509.ReasonFlags.key_compromise if revoked else None,
    )
    made = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, by.certificate).certificates([by.certificate])
    return made.sign(by.key, hashes.SHA256()).public_bytes(Encoding.DER)


def manifest(files: Sequence[str], kind: str = "application/octet-stream") -> bytes:
    """META-INF/manifest.xml."""
    entries = "".join(
        f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="{kind}"/>' for name in files
    )
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="no"?><manifest:manifest '
        'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{MIMETYPE}"/>{entries}</manifest:manifest>'
    ).encode()


def entries(*forged: Forged, files: Mapping[str, bytes] | None = None) -> Entries:
    """All entries of a container with those signatures, in order."""
    inside = FILES if files is None else files
    return [
        ("mimetype", MIMETYPE.encode()),
        *inside.items(),
        ("META-INF/manifest.xml", manifest(list(inside))),
        ("META-INF/signatures0.xml", signature_file(*(forged or (Forged(),)))),
    ]


def packed(parts: Sequence[tuple[str, bytes]], *, deflated: bool = True) -> bytes:
    """A ZIP archive of entries; the first is stored."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for number, (name, data) in enumerate(parts):
            info = zipfile.ZipInfo(name, (2026, 11, 20, 14, 2, 0))
            info.compress_type = zipfile.ZIP_DEFLATED if deflated and number else zipfile.ZIP_STORED
            archive.writestr(info, data)
    return made.getvalue()


def container(*forged: Forged) -> bytes:
    """An honest container."""
    return packed(entries(*forged))


def changed(parts: Sequence[tuple[str, bytes]], name: str, data: bytes | None) -> Entries:
    """The entries with one replaced, or left out."""
    return [(each, data if each == name else held) for each, held in parts if each != name or data is not None]  # type: ignore[misc]


def cades_entries(sign: Callable[[bytes], bytes], files: Mapping[str, bytes] | None = None) -> Entries:
    """A container with CAdES; ``sign`` makes a detached CMS signature (DER) over the list of files."""
    inside = FILES if files is None else files
    references = "".join(
        f'<asic:DataObjectReference URI="{quote(name)}"><ds:DigestMethod Algorithm="{DIGESTS["sha256"]}"/>'
        f"<ds:DigestValue>{digested('sha256', data)}</ds:DigestValue></asic:DataObjectReference>"
        for name, data in inside.items()
    )
    listed = (
        f'<asic:ASiCManifest xmlns:asic="{NAMES["asic"]}" xmlns:ds="{NAMES["ds"]}">'
        f'<asic:SigReference URI="META-INF/signature001.p7s" MimeType="application/pkcs7-signature"/>{references}'
        "</asic:ASiCManifest>"
    ).encode()
    return [
        ("mimetype", MIMETYPE.encode()),
        *inside.items(),
        ("META-INF/ASiCManifest001.xml", listed),
        ("META-INF/signature001.p7s", sign(listed)),
    ]
