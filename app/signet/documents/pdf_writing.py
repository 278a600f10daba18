"""Bytes to append to a PDF: an incremental update (ISO 32000-2, 7.5.6) with a place for a signature in it.

The document child writes structure only. What it answers is appended by the parent, which computes digests, signs,
and fills the place itself. Nothing but what is asked for is changed: not even the document's date or producer.
"""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from signet.documents.pdf_opening import Opened, Unfit

if TYPE_CHECKING:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign.signers.pdf_byterange import PdfSignedData

#: Bytes of an update: with its answer it has to fit into a message between two processes.
MAX_UPDATE = 32 << 20


class _Appended(io.BytesIO):
    """What stands behind a document: positions count from the document's beginning."""

    def __init__(self, base: int) -> None:
        super().__init__()
        self._base = base

    def tell(self) -> int:
        return super().tell() + self._base

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        at = offset - self._base if whence == io.SEEK_SET else offset
        return super().seek(at, whence) + self._base


def writer_of(opened: Opened) -> IncrementalPdfFileWriter:
    """Return what collects changes of an opened document."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    return IncrementalPdfFileWriter.from_reader(opened.reader)


def appended(writer: IncrementalPdfFileWriter, opened: Opened) -> bytes:
    """Return what is to be appended for the changes, without a place for a signature."""
    return _written(writer, opened).getvalue()


def appended_with_place(
    writer: IncrementalPdfFileWriter, opened: Opened, signature: PdfSignedData
) -> Mapping[str, object]:
    """Return what is to be appended, with a place for what ``signature`` is to hold, as an answer.

    ``update`` are the bytes; ``contents`` where the place is in the whole file, from its ``<`` to behind its ``>``.
    /ByteRange is written already: all of the file but that place.
    """
    writer.digest_aware_write = True
    out = _written(writer, opened)
    begin, end = signature.contents.offsets
    signature.byte_range.fill_offsets(out, begin, end, out.tell())  # type: ignore[no-untyped-call]
    return {"update": out.getvalue(), "contents": [begin, end]}


def _written(writer: IncrementalPdfFileWriter, opened: Opened) -> _Appended:
    out = _Appended(opened.size)
    stream = opened.reader.stream
    stream.seek(-1, os.SEEK_END)
    if stream.read(1) not in (b"\n", b"\r"):
        out.write(b"\n")  # what follows a comment, as %%EOF is one, begins on a line of its own
    # Not write(): that would enter a new date and itself as producer.
    writer._write_updated_section(out)  # type: ignore[no-untyped-call]
    if len(out.getbuffer()) > MAX_UPDATE:
        raise Unfit("what would have to be added to it is too long")
    return out
