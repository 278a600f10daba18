"""What can be done to a signed PDF, what Signet says of each, and what pdfsig does: the table of docs/verdicts.md.

``python -m support.tamper_table`` (with app and tests on the path) prints it.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from pyhanko.sign.fields import MDPPerm

from signet.clock import timestamp
from signet.documents import pdf_verify
from signet.documents.asking import Unchecked
from signet.documents.facts import Anchors
from signet.services.known_signers import KnownSigners
from signet.services.verdicts import Verification
from signet.services.verifying_documents import facts_in, judged, not_checked
from signet.services.verifying_pdf import UNSIGNED
from support import pdf_forge as forge
from support import pki
from support.pdf import tiny_pdf

_DIGEST = bytes.fromhex("06092a864886f70d010904")
"""The messageDigest attribute's name; the digest stands a few bytes behind."""


@cache
def _signed() -> bytes:
    return forge.signed()


@cache
def _form() -> bytes:
    return forge.signed(forge.with_form())


def _second(pdf: bytes) -> bytes:
    return forge.signed(pdf, pki.signer("rsa", "Jaan Tamm"), field="Signature2")


def _moved() -> bytes:
    return forge.with_contents(forge.signed(tiny_pdf(3)), forge.contents(_signed()).rstrip(b"\0"))


def _short_range() -> bytes:
    """The second range ends before the file does, as the digest then says too: nothing fits any more."""
    pdf = _signed()
    return pdf.replace(b"/ByteRange [0", b"/ByteRange [1", 1)


def _certificate_flipped() -> bytes:
    der = pki.signer().der
    return forge.flipped(_signed(), der, at=len(der) - 10)


CASES: dict[str, Callable[[], bytes]] = {
    "nothing": _signed,
    "a byte of a page flipped": lambda: _signed().replace(b"(page 1)", b"(page 9)", 1),
    "digest in the signature flipped": lambda: forge.flipped(_signed(), _DIGEST, at=20),
    "byte of the signer's certificate flipped": _certificate_flipped,
    "signature moved to another file": _moved,
    "byte ranges moved": _short_range,
    "page content replaced by an update": lambda: forge.page_replaced(_signed()),
    "note added": lambda: forge.annotated(_signed()),
    "title changed": lambda: forge.titled(_signed()),
    "form filled in": lambda: forge.filled(_form()),
    "form filled in, signed again": lambda: _second(forge.filled(_form())),
    "form filled in, certified for that": lambda: forge.filled(
        forge.signed(forge.with_form(), certify=MDPPerm.FILL_FORMS)
    ),
    "form filled in, certified against changes": lambda: forge.filled(
        forge.signed(forge.with_form(), certify=MDPPerm.NO_CHANGES)
    ),
    "note added, certified for forms": lambda: forge.annotated(forge.signed(certify=MDPPerm.FILL_FORMS)),
    "note added, certified for notes": lambda: forge.annotated(forge.signed(certify=MDPPerm.ANNOTATE)),
    "second signature": lambda: _second(_signed()),
    "empty signature field added": lambda: forge.empty_field(_signed(), "Later"),
    "time stamp over the document": lambda: forge.stamped(_signed()),
    "blank lines appended": lambda: _signed() + b"\n \n",
    "bytes appended": lambda: _signed() + b"junk",
    "objects appended without a table": lambda: _signed() + b"\n4 0 obj\n<<>>\nendobj\n",
    "bytes appended after an allowed update": lambda: forge.stamped(_signed()) + b"junk",
    "bytes hidden behind the signature": lambda: forge.hidden(_signed()),
    "signature taken out by an update": lambda: forge.stripped(_signed()),
    "signature stripped": lambda: tiny_pdf(2),
    "file cut off": lambda: _signed()[:-40],
}


@contextmanager
def in_memory(content: bytes) -> Iterator[int]:
    """The content as an open file that is on no disk."""
    file = os.memfd_create("document")
    try:
        with open(file, "wb", closefd=False) as stream:
            stream.write(content)
        yield file
    finally:
        os.close(file)


def anchors(moment: str = timestamp(pki.NOW), *crls: bytes, root: bool = True) -> Anchors:
    """The test authority's root, at its moment."""
    return Anchors(moment, roots=(pki.root().der,) if root else (), crls=crls)


def checked(content: bytes, rests_on: Anchors | None = None, *, password: bytes = b"") -> Verification:
    """Verify a PDF within this process, and judge it as with an issuer that is trusted."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "root.pem").write_bytes(pki.root().pem)
        signers = KnownSigners([f"{folder}/root.pem"], None)
    with in_memory(content) as file:
        try:
            answer = pdf_verify.verify_pdf(file, (rests_on or anchors()).packed(), password)
            if "refused" in answer:
                raise Unchecked(str(answer["refused"]))
            return judged("d.pdf", "d.pdf", facts_in(answer), signers, form="pdf", unsigned=UNSIGNED)
        except Unchecked as error:
            return not_checked("d.pdf", "d.pdf", error.reason, signers, form="pdf")


def pdfsig(content: bytes) -> str:
    """What poppler's pdfsig says of each signature, without looking at certificates."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "d.pdf"
        path.write_bytes(content)
        told = subprocess.run(["pdfsig", "-nocert", str(path)], capture_output=True, check=False, timeout=60)
    said, part = [], ""
    for line in told.stdout.decode("utf-8", "replace").splitlines():
        if "otal document signed" in line:
            part = ", not the whole file" if "Not total" in line else ""
        if "Signature Validation:" in line:
            said.append(line.partition("Validation:")[2].strip().rstrip(".") + part)
    return "; ".join(said) or "no signature found"


def rows() -> Iterator[tuple[str, str, str, str]]:
    """What was done, Signet's verdict and sentence, what pdfsig says."""
    for done, make in CASES.items():
        content = make()
        found = checked(content)
        yield done, found.verdict.value, found.sentence, pdfsig(content)


def table() -> str:
    """The table in Markdown."""
    lines = ["| done to a signed document | Signet | because | pdfsig |", "|---|---|---|---|"]
    lines += [f"| {done} | `{verdict}` | {why} | {theirs} |" for done, verdict, why, theirs in rows()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(table(), end="")
