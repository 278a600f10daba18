"""Pictures of a PDF's pages, by PDFium. Runs in the document child only.

Pages are drawn as on a screen: annotations and form fields too. Nothing of a document is ever run: PDFium is built
without a script engine, no action is asked for, and a build that had one is refused. A page is measured in points
(1/72 inch) as it is shown: after its rotation, within its crop box (ISO 32000-2, 7.7.3.3).
"""

from __future__ import annotations

import importlib
import io
import math
import resource
import zlib
from collections.abc import Mapping
from functools import lru_cache
from time import monotonic
from typing import TYPE_CHECKING

from signet.documents.positioned import Positioned

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

#: Pixels of one picture: a sheet of A4 at 300 dots an inch has 8.7 million, and 36 MB of colours fit into a message.
MAX_PIXELS = 12_000_000
#: Pixels to a side of a picture.
MAX_SIDE = 20_000
#: Pages whose sizes are told; of longer documents the beginning is shown.
MAX_PAGES = 10_000
#: Points to a side: 200 inches (ISO 32000-1, C.2) with a user unit of 75000 are more than any paper.
MAX_POINTS = 1_000_000.0
#: Bytes of memory for one document; PDFium itself takes some 200 MB of addresses.
MEMORY = 1 << 30
LOOK_SECONDS = 3.0
"""For the sizes of all pages; the rest is taken to be like the last one."""
_MODULES = ("pypdfium2", "pypdfium2.raw")
_BUFFER = 1 << 16
_A4 = (595.0, 842.0)
_NO_PDF = "it is no PDF, or too damaged to be shown"


def warm_up() -> None:
    """Import what is needed, before the process is confined."""
    for name in _MODULES:
        importlib.import_module(name)


def look_pages(file: int, password: bytes = b"") -> Mapping[str, object]:
    """Answer with ``count``, how many pages the document says it has, and ``sizes``, width and height in points.

    ``sizes`` are those of at most `MAX_PAGES` pages; a page without a size counts as A4. A document that wants a
    password answers ``locked``: "missing" or "wrong". ``refused`` is a reason.
    """
    try:
        document = _document(file, password)
    except _Locked as locked:
        return {"locked": locked.why}
    if document is None:
        return {"refused": _NO_PDF}
    count = len(document)
    sizes: list[list[float]] = []
    ends = monotonic() + LOOK_SECONDS
    for page in range(min(count, MAX_PAGES)):
        sizes.append(_size_of(document, page) if monotonic() < ends else sizes[-1])
    return {"count": count, "sizes": sizes}


def render_pdf_page(file: int, page: int, width: int, password: bytes = b"") -> Mapping[str, object]:
    """Draw a page (from 0), ``width`` pixels wide, or less if it would have more than `MAX_PIXELS`.

    Answers with ``width`` and ``height`` in pixels, ``size`` in points and ``pixels``: rows of red, green and blue
    without gaps, compressed (RFC 1950); or with ``refused``, a reason, or ``locked`` as `look_pages`.
    """
    try:
        document = _document(file, password)
    except _Locked as locked:
        return {"locked": locked.why}
    if document is None:
        return {"refused": _NO_PDF}
    import pypdfium2

    try:
        drawn = document[page]
    except (pypdfium2.PdfiumError, IndexError):
        return {"refused": "this page is damaged"}
    size = drawn.get_size()
    scale = fitting_scale(size, width)
    if scale is None:
        return {"refused": "this page has no sensible size"}
    bitmap = drawn.render(scale=scale, rev_byteorder=True, limit_image_cache=True)
    row = bitmap.width * 3
    rows = memoryview(bitmap.buffer).cast("B")
    packer = zlib.compressobj(1)
    packed = [packer.compress(rows[line * bitmap.stride :][:row]) for line in range(bitmap.height)]
    packed.append(packer.flush())
    drawn.close()
    return {"width": bitmap.width, "height": bitmap.height, "size": list(size), "pixels": b"".join(packed)}


def fitting_scale(size: tuple[float, float], width: int) -> float | None:
    """Return pixels to a point for a page of that size, ``width`` pixels wide if `MAX_PIXELS` allow it.

    None for a page that cannot be drawn: empty, endless, or so long that nothing would be seen of it.
    """
    if not _sensible(size) or width < 1:
        return None
    across, down = size
    scale = min(width / across, math.sqrt(MAX_PIXELS / (across * down)), MAX_SIDE / max(size))
    # Both sides are rounded up to whole pixels.
    while math.ceil(across * scale) * math.ceil(down * scale) > MAX_PIXELS:
        scale *= 0.99
    return scale if min(size) * scale >= 1 else None


class _Locked(Exception):
    """The document wants a password; ``why`` is "missing" or "wrong"."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@lru_cache(maxsize=1)
def _document(file: int, password: bytes) -> PdfDocument | None:
    """Open the document, and keep it: its pages are asked for one by one. None if it is none."""
    import pypdfium2
    from pypdfium2 import raw

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    if {"V8", "XFA"} & set(pypdfium2.PDFIUM_INFO.flags):
        return None
    try:
        stream = io.BufferedReader(Positioned(file), _BUFFER)
        document = pypdfium2.PdfDocument(stream, password=password.decode("utf-8", "replace") or None)
        document.init_forms()
    except pypdfium2.PdfiumError as error:
        if error.err_code == raw.FPDF_ERR_PASSWORD:
            raise _Locked("wrong" if password else "missing") from error
        return None
    return document


def _size_of(document: PdfDocument, page: int) -> list[float]:
    import pypdfium2

    try:
        size = document.get_page_size(page)
    except pypdfium2.PdfiumError:
        return list(_A4)
    return list(size if _sensible(size) else _A4)


def _sensible(size: tuple[float, float]) -> bool:
    return all(math.isfinite(side) and 0 < side <= MAX_POINTS for side in size)
