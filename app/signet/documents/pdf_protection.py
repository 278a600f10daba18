"""A PDF under a password: AES-256, revision 6 of the standard security handler (ISO 32000-2, 7.6.4).

Runs in the document child only. The document is written anew, all of it: what was saved in earlier versions of the
file and is not shown any more does not go along.
"""

from __future__ import annotations

import importlib
import io
import secrets
from collections.abc import Mapping

from signet.documents.pdf_opening import Unfit

#: Bytes of a password in UTF-8 (ISO 32000-2, 7.6.4.3.3).
MAX_PASSWORD = 127
#: Bytes of a document: with its answer it has to fit into a message between two processes.
MAX_PDF = 32 << 20
_MODULES = (
    "pyhanko.pdf_utils.crypt",
    "pyhanko.pdf_utils.generic",
    "pyhanko.pdf_utils.reader",
    "pyhanko.pdf_utils.writer",
)


def warm_up() -> None:
    """Import what is needed, before nothing can be read any more."""
    for name in _MODULES:
        importlib.import_module(name)


def protect_pdf(data: bytes, passphrase: bytes) -> Mapping[str, object]:
    """Answer with the protected document (``data``, ``pages``), or with why it is not one (``refused``)."""
    try:
        protected, pages = protect(data, passphrase.decode("utf-8"))
    except Unfit as error:
        return {"refused": error.reason}
    return {"data": protected, "pages": pages}


def protect(data: bytes, password: str) -> tuple[bytes, int]:
    """Return the document under a password, and how many pages it has; what was made is opened again and counted.

    Raises Unfit; whatever pyHanko raises for a document that it cannot parse rises as it is.
    """
    from pyhanko.pdf_utils.crypt import AuthStatus
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.pdf_utils.writer import copy_into_new_writer

    if b"%PDF-" not in data[:1024]:
        raise Unfit("it is no PDF")
    reader = PdfFileReader(io.BytesIO(data))
    if reader.encrypted:
        raise Unfit("it has a password already")
    if reader.embedded_signatures:
        raise Unfit("it is signed, and a signature does not survive this")
    pages = _pages(reader)
    writer = copy_into_new_writer(reader)
    # The owner's password could lift restrictions; there are none, and nobody needs it.
    writer.encrypt(secrets.token_hex(32), password, pdf_mac=False)  # type: ignore[no-untyped-call]
    made = io.BytesIO()
    writer.write(made)  # type: ignore[no-untyped-call]
    again = PdfFileReader(io.BytesIO(made.getvalue()))
    if again.decrypt(password.encode("utf-8")).status is not AuthStatus.USER or _pages(again) != pages:
        raise Unfit("what was made of it does not open again")
    return made.getvalue(), pages


def _pages(reader: object) -> int:
    root = getattr(reader, "root", {})
    return int(root["/Pages"]["/Count"])
