"""Signed PDFs made with pyHanko, and what can be done to them afterwards; every function takes and returns bytes."""

from __future__ import annotations

import io
from datetime import datetime
from functools import cache
from typing import Any

from asn1crypto import keys, x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from support import pki
from support.pdf import tiny_pdf

TIME_STAMPING = ExtendedKeyUsageOID.TIME_STAMPING


def _store(*ders: bytes) -> SimpleCertificateStore:
    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    store.register_multiple([x509.Certificate.load(der) for der in ders])
    return store


def _dictionary(entries: dict[Any, Any]) -> Any:
    return generic.DictionaryObject(entries)  # type: ignore[no-untyped-call]


def _reference(number: int, writer: IncrementalPdfFileWriter) -> Any:
    return generic.IndirectObject(number, 0, writer)  # type: ignore[no-untyped-call]


def simple_signer(holder: pki.Holder, *, chain: tuple[bytes, ...] | None = None) -> signers.SimpleSigner:
    """pyHanko's signer for a holder; ``chain`` is embedded (default: the holder's, without the root)."""
    return signers.SimpleSigner(
        signing_cert=x509.Certificate.load(holder.der),
        signing_key=keys.PrivateKeyInfo.load(holder.pkcs8),
        cert_registry=_store(*(pki.chain(holder)[1:] if chain is None else chain)),
    )


@cache
def rsa_stamper(end: datetime = pki.AUTHORITIES_END) -> pki.Holder:
    """A time stamper with RSA, for pyHanko's own dummy service does only that."""
    key = pki.new_key("rsa")
    certificate = pki.certify(
        f"Example RSA Time Stamper {end.year}",
        key.public_key(),
        pki.issuing(),
        end=end,
        crl_url=pki.CRL_URL,
        extended=(ExtendedKeyUsageOID.TIME_STAMPING,),
    )
    return pki.Holder(key, certificate)


def stamper(holder: pki.Holder | None = None, *, at: datetime = pki.NOW) -> DummyTimeStamper:
    """A time stamper that needs no service, whose clock stands at ``at``."""
    by = holder or rsa_stamper()
    return DummyTimeStamper(
        tsa_cert=x509.Certificate.load(by.der),
        tsa_key=keys.PrivateKeyInfo.load(by.pkcs8),
        certs_to_embed=_store(pki.issuing().der),
        fixed_dt=at,
    )


def context(*crls: bytes, at: datetime = pki.NOW) -> ValidationContext:
    """What a B-LT signature is made with: the root, CRLs, a moment, no network."""
    return ValidationContext(
        trust_roots=[x509.Certificate.load(pki.root().der)],
        other_certs=[x509.Certificate.load(pki.issuing().der)],
        crls=list(crls or (pki.crl(),)),
        moment=at,
        allow_fetching=False,
    )


def signed(
    pdf: bytes | None = None,
    holder: pki.Holder | None = None,
    *,
    field: str = "Signature1",
    certify: MDPPerm | None = None,
    level: str = "b-b",
    digest: str = "sha256",
    subfilter: SigSeedSubFilter = SigSeedSubFilter.PADES,
    time_stamper: DummyTimeStamper | None = None,
    validation: ValidationContext | None = None,
    **more: Any,
) -> bytes:
    """Sign a document (default: two pages) at a level of PAdES."""
    writer = IncrementalPdfFileWriter(io.BytesIO(tiny_pdf(2) if pdf is None else pdf))
    later = level in ("b-lt", "b-lta")
    metadata = signers.PdfSignatureMetadata(
        field_name=field,
        md_algorithm=digest,
        subfilter=subfilter,
        certify=certify is not None,
        docmdp_permissions=certify or MDPPerm.FILL_FORMS,
        embed_validation_info=later,
        validation_context=(validation or context()) if later else None,
        use_pades_lta=level == "b-lta",
        **more,
    )
    time_stamper = time_stamper or (None if level == "b-b" else stamper())
    made = signers.sign_pdf(
        writer, metadata, signer=simple_signer(holder or pki.signer()), timestamper=time_stamper, in_place=False
    )
    return bytes(made.getvalue())


def stamped(pdf: bytes, *, at: datetime = pki.NOW, holder: pki.Holder | None = None) -> bytes:
    """Put a time stamp over a whole document."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    made = signers.PdfTimeStamper(stamper(holder, at=at)).timestamp_pdf(writer, "sha256")
    return bytes(made.getvalue())


def _written(writer: IncrementalPdfFileWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)  # type: ignore[no-untyped-call]
    return out.getvalue()


def page_replaced(pdf: bytes) -> bytes:
    """What the first page shows is another text."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    page = writer.root["/Pages"]["/Kids"][0]
    content = b"BT /F 20 Tf 20 100 Td (a million) Tj ET"
    page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=content))
    writer.mark_update(page.container_ref)
    return _written(writer)


def annotated(pdf: bytes) -> bytes:
    """A text note lies on the first page."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    page = writer.root["/Pages"]["/Kids"][0]
    note = _dictionary(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/Text"),
            pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (10, 10, 30, 30))),
            pdf_name("/Contents"): generic.TextStringObject("not agreed"),
        }
    )
    there = page.get("/Annots")
    reference = writer.add_object(note)
    page["/Annots"] = generic.ArrayObject([*(there or ()), reference])
    writer.mark_update(page.container_ref)
    return _written(writer)


def titled(pdf: bytes, title: str = "Another title") -> bytes:
    """The document's title is another."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    entries = _dictionary({pdf_name("/Title"): generic.TextStringObject(title)})
    writer.set_info(writer.add_object(entries))
    return _written(writer)


def with_form(pdf: bytes | None = None) -> bytes:
    """A document with a text field, Amount, that says nothing yet."""
    writer = IncrementalPdfFileWriter(io.BytesIO(tiny_pdf(2) if pdf is None else pdf))
    page = writer.root["/Pages"]["/Kids"][0]
    field = _dictionary(
        {
            pdf_name("/FT"): pdf_name("/Tx"),
            pdf_name("/T"): generic.TextStringObject("Amount"),
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/Widget"),
            pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (10, 150, 120, 170))),
            pdf_name("/V"): generic.TextStringObject(""),
            pdf_name("/P"): _reference(page.container_ref.idnum, writer),
        }
    )
    reference = writer.add_object(field)
    page["/Annots"] = generic.ArrayObject([reference])
    writer.mark_update(page.container_ref)
    form = _dictionary({pdf_name("/Fields"): generic.ArrayObject([reference])})
    writer.root["/AcroForm"] = writer.add_object(form)
    writer.update_root()  # type: ignore[no-untyped-call]
    return _written(writer)


def filled(pdf: bytes, amount: str = "1000 EUR") -> bytes:
    """The field Amount says something."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    for reference in writer.root["/AcroForm"]["/Fields"]:
        field = reference.get_object()
        if field.get("/T") == "Amount":
            field["/V"] = generic.TextStringObject(amount)
            writer.mark_update(field.container_ref)
    return _written(writer)


def stripped(pdf: bytes) -> bytes:
    """The signature is taken out by an update: its field is empty again."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    for reference in writer.root["/AcroForm"]["/Fields"]:
        field = reference.get_object()
        if "/V" in field and field.get("/FT") == "/Sig":
            del field["/V"]
            writer.mark_update(field.container_ref)
    return _written(writer)


def contents_of(pdf: bytes, index: int = 0) -> tuple[int, int]:
    """Where the hexadecimal digits of a signature begin and end."""
    embedded = PdfFileReader(io.BytesIO(pdf)).embedded_signatures[index]
    _, begin, end, _ = (int(each) for each in embedded.byte_range)
    return begin + 1, end - 1


def with_contents(pdf: bytes, contents: bytes, index: int = 0) -> bytes:
    """Put other bytes in the place of a signature, which is as long as it was."""
    begin, end = contents_of(pdf, index)
    digits = contents.hex().encode()
    return pdf[:begin] + digits.ljust(end - begin, b"0") + pdf[end:]


def contents(pdf: bytes, index: int = 0) -> bytes:
    """The signature with the zeros behind it."""
    begin, end = contents_of(pdf, index)
    return bytes.fromhex(pdf[begin:end].decode())


def flipped(pdf: bytes, wanted: bytes, *, at: int = 0) -> bytes:
    """One bit of the signature's bytes is another: ``at`` after where ``wanted`` stands in it."""
    signature = bytearray(contents(pdf))
    signature[signature.rindex(wanted) + at] ^= 1
    return with_contents(pdf, bytes(signature))


def hidden(pdf: bytes, what: bytes = b"payload") -> bytes:
    """Bytes stand behind the signature in its own place."""
    return with_contents(pdf, contents(pdf).rstrip(b"\0") + bytes(64) + what)


def empty_field(pdf: bytes, name: str) -> bytes:
    """An empty signature field."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    fields.append_signature_field(writer, SigFieldSpec(name))
    return _written(writer)
