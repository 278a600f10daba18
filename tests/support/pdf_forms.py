"""PDFs to be signed: turned and cut pages, signature fields."""

from __future__ import annotations

import io

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer

from support.pdf import pdf_of, tiny_pdf

_FONT = b"<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"


def turned_pdf() -> bytes:
    """Four pages, turned by 0, 90, 180 and 270 degrees, of which 300 by 200 points of user space are shown."""
    kids = b" ".join(b"%d 0 R" % (3 + 2 * page) for page in range(4))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%b]/Count 4/MediaBox[-50 -20 400 500]/CropBox[50 100 350 300]>>" % kids,
    ]
    for page in range(4):
        text = b"BT /F 14 Tf 60 110 Td (corner of page %d) Tj ET 50.5 100.5 299 199 re s" % (page + 1)
        head = b"<</Type/Page/Parent 2 0 R/Rotate %d/Contents %d 0 R/Resources%b>>"
        objects.append(head % (90 * page, 4 + 2 * page, _FONT))
        objects.append(b"<</Length %d>>stream\n%b\nendstream" % (len(text), text))
    return pdf_of(objects)


def form_pdf(seller: bytes = b"", catalogue: bytes = b"", form: bytes = b"") -> bytes:
    """A page with two empty signature fields, ``seller`` (visible) and ``buyer`` (not), and a text field ``price``.

    What is given is put into the dictionaries of ``seller``, the catalogue and the form.
    """
    widget = b"/Type/Annot/Subtype/Widget/P 3 0 R/F 4"
    return pdf_of(
        [
            b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R 5 0 R 6 0 R]/SigFlags 1%b>>%b>>"
            % (form, catalogue),
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Annots[4 0 R 5 0 R 6 0 R]>>",
            b"<</FT/Sig/T(seller)/Rect[20 30 170 80]%b%b>>" % (widget, seller),
            b"<</FT/Sig/T(buyer)/Rect[0 0 0 0]%b>>" % widget,
            b"<</FT/Tx/T(price)/Rect[20 100 170 120]/V(100)%b>>" % widget,
        ]
    )


def hybrid_pdf() -> bytes:
    """A PDF that tells new programs more than old ones: a table, and a stream with more (ISO 32000-1, 7.5.8.4)."""
    whole = tiny_pdf(1)
    body, table = whole[: whole.index(b"xref\n")], whole[whole.index(b"xref\n") : whole.index(b"trailer")]
    number, place = 5, len(body)
    entry = b"\x01" + place.to_bytes(2, "big") + b"\x00"
    head = b"<</Type/XRef/Size %d/W[1 2 1]/Index[%d 1]/Root 1 0 R/Length 4>>" % (number + 1, number)
    body += b"%d 0 obj\n%b\nstream\n%b\nendstream\nendobj\n" % (number, head, entry)
    table = table.replace(b"xref\n0 5", b"xref\n0 6") + b"0000000000 65535 f \n"
    trailer = b"trailer<</Size %d/Root 1 0 R/XRefStm %d>>\nstartxref\n%d\n%%%%EOF\n" % (number + 1, place, len(body))
    return body + table + trailer


def authenticated_pdf(password: str) -> bytes:
    """A PDF under a password, with an authentication code over all of it (ISO/TS 32004)."""
    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(tiny_pdf(1))))
    writer.encrypt(password, password, pdf_mac=True)  # type: ignore[no-untyped-call]
    made = io.BytesIO()
    writer.write(made)  # type: ignore[no-untyped-call]
    return made.getvalue()
