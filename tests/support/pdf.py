"""A small PDF, written by hand."""

from __future__ import annotations


def tiny_pdf(pages: int) -> bytes:
    """Pages that say their number, PDF 1.7, with a cross-reference table."""
    kids = b" ".join(b"%d 0 R" % (3 + 2 * page) for page in range(pages))
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[%b]/Count %d>>" % (kids, pages)]
    font = b"<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"
    for page in range(pages):
        text = b"BT /F 20 Tf 20 100 Td (page %d) Tj ET" % (page + 1)
        place = 4 + 2 * page
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents %d 0 R/Resources%b>>" % (place, font)
        )
        objects.append(b"<</Length %d>>stream\n%b\nendstream" % (len(text), text))
    return pdf_of(objects)


def drawn_pdf(*pages: tuple[str, bytes]) -> bytes:
    """Pages with what their dictionary holds (``/MediaBox[0 0 200 100]``) and what is drawn on each; no fonts.

    Object 3 is the first page, 4 its content, 5 the second page, and so on.
    """
    kids = b" ".join(b"%d 0 R" % (3 + 2 * page) for page in range(len(pages)))
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[%b]/Count %d>>" % (kids, len(pages))]
    for place, (holds, content) in enumerate(pages):
        objects.append(b"<</Type/Page/Parent 2 0 R/Contents %d 0 R%b>>" % (4 + 2 * place, holds.encode()))
        objects.append(b"<</Length %d>>stream\n%b\nendstream" % (len(content), content))
    return pdf_of(objects)


def pdf_of(objects: list[bytes]) -> bytes:
    """A PDF of these objects, the first of which is the catalog."""
    out, table = b"%PDF-1.7\n", b"0000000000 65535 f \n"
    for number, content in enumerate(objects, 1):
        table += b"%010d 00000 n \n" % len(out)
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    count = len(objects) + 1
    return out + b"xref\n0 %d\n%btrailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        count,
        table,
        count,
        len(out),
    )


def lease_pdf(pages: int = 1) -> bytes:
    """A lease as in the mock-up: a heading, grey lines, and a frame for a signature on the last page; A4."""
    fonts = "/MediaBox[0 0 595 842]/Resources<</Font<</H<</Type/Font/Subtype/Type1/BaseFont/Helvetica-Bold>>"
    fonts += "/T<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"
    made = []
    for page in range(pages):
        heading = b"BT /H 22 Tf 48 768 Td (Lease agreement%b) Tj ET\n" % (
            b"" if not page else b", page %d" % (page + 1)
        )
        text = b"".join(b"0.87 g 48 %d %d 8 re f\n" % (730 - 28 * line, 500 - 37 * (line % 3)) for line in range(14))
        frame = b"0.12 0.48 0.36 RG 48 200 300 84 re S\n0.12 0.48 0.36 rg BT /T 14 Tf 62 256 Td (Signed by) Tj ET\n"
        made.append((fonts, b"0 g " + heading + text + (frame if page == pages - 1 else b"")))
    return drawn_pdf(*made)
