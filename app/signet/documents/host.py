"""The document child (``signet _child document``): untrusted documents are parsed here and nowhere else.

It has no network, starts no program, writes no file, and has limits of time and memory. What it answers is data, or a
reason within a sentence; any surprise ends as an error in the parent.
"""

from __future__ import annotations

from collections.abc import Mapping

from signet.child import harden, serve
from signet.child.confine import confine
from signet.documents.pdf_protection import Unfit, protect, warm_up


def protect_pdf(data: bytes, passphrase: bytes) -> Mapping[str, object]:
    """Answer with the protected document (``data``, ``pages``), or with why it is not one (``refused``)."""
    try:
        protected, pages = protect(data, passphrase.decode("utf-8"))
    except Unfit as error:
        return {"refused": error.reason}
    return {"data": protected, "pages": pages}


def main() -> int:
    """Serve until the parent is gone."""
    harden()
    warm_up()
    confine()
    serve({"protect_pdf": protect_pdf})
    return 0
