"""Where a PDF is signed: each filled signature field, what its signature covers, and what it hides.

Runs in the document child only. A signature that cannot be placed has a ``problem`` and is not looked into.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from dataclasses import field as made
from typing import Any

from asn1crypto import cms, parser
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel

from signet.clock import timestamp
from signet.documents.cms_signer import DIGESTS, Unreadable, read_signed_data
from signet.documents.facts import SignatureFacts

PIECE = 1 << 20
"""Bytes that are hashed at once."""
MAX_TEXT = 1000
"""Characters of a reason or place that are answered."""
_KINDS = {
    "/ETSI.CAdES.detached": "PAdES",
    "/adbe.pkcs7.detached": "PDF (adbe.pkcs7.detached)",
    "/ETSI.RFC3161": "time stamp",
}
_COVERAGE = {SignatureCoverageLevel.ENTIRE_FILE: "whole", SignatureCoverageLevel.ENTIRE_REVISION: "revision"}


@dataclass(frozen=True)
class Place:
    """One signature where it stands. ``end`` is where what it covers ends, ``certifies`` its DocMDP level."""

    field: str
    kind: str = ""
    problem: str = ""
    is_stamp: bool = False
    coverage: str = ""
    revision: int = 0
    revisions: int = 0
    end: int = 0
    hidden: bool = False
    certifies: int = 0
    reason: str = ""
    place: str = ""
    name: str = ""
    said: str = ""
    page: int = 0
    contents: bytes = b""
    embedded: EmbeddedPdfSignature | None = None
    signed: cms.SignedData | None = None
    signer: cms.SignerInfo | None = None
    sums: dict[str, bytes] = made(default_factory=dict, compare=False)

    @property
    def digest(self) -> Callable[[str], bytes]:
        """The digest over the bytes that it says it covers."""

        def of(name: str) -> bytes:
            if self.embedded is None or name not in DIGESTS:
                raise Unreadable("the digest is not known here")
            if name not in self.sums:
                self.sums[name] = _sum(self.embedded, name)
            return self.sums[name]

        return of

    def described(self, facts: SignatureFacts) -> SignatureFacts:
        """Add what is known of the place to what was found about the signature."""
        return replace(
            facts,
            kind="time-stamp" if self.is_stamp else "signature",
            field=self.field,
            format=facts.format or self.kind,
            coverage=self.coverage,
            revision=self.revision + 1 if self.revisions else 0,
            revisions=self.revisions,
            hidden_bytes=self.hidden,
            certifies=self.certifies,
            reason=self.reason,
            place=self.place,
            signer_said=self.name,
            page=self.page,
        )


def places(reader: PdfFileReader) -> list[Place]:
    """Every filled signature field, in the order of revisions; none is left out for being odd."""
    seen: set[tuple[int, int] | None] = set()
    found = []
    for name, value, field in enumerate_sig_fields(reader, filled_status=True):
        reference = value.reference if isinstance(value, generic.IndirectObject) else value.container_ref
        key = None if reference is None else (reference.idnum, reference.generation)
        if key in seen:
            found.append(Place(_text(name), problem="its signature stands in another field too"))
            continue
        seen.add(key)
        try:
            found.append(_place(reader, field, name))
        except Unreadable as error:
            found.append(Place(_text(name), problem=error.reason))
        except Exception:  # noqa: BLE001 - of whatever kind: this one could not be read, the others may be
            found.append(Place(_text(name), problem="the signature is damaged"))
    return sorted(found, key=lambda each: (each.revision, each.end))


def _place(reader: PdfFileReader, field: Any, name: str) -> Place:
    embedded = EmbeddedPdfSignature(reader, field, name)
    value = embedded.sig_object
    kind = _KINDS.get(str(entry(value, "/SubFilter")))
    if kind is None:
        raise Unreadable("it is of a kind that is out of date or not known")
    signed = read_signed_data(embedded.pkcs7_content)
    content = signed["encap_content_info"]
    is_stamp = content["content_type"].native == "tst_info"
    if is_stamp != (kind == "time stamp"):
        raise Unreadable("it is not what it says it is")
    if not is_stamp and content["content"].native is not None:
        raise Unreadable("it brings a content of its own")
    if reader.xrefs.hybrid_xrefs_present:
        raise Unreadable("the document has two tables of its objects, and programs may differ in which they read")
    reached = embedded.evaluate_signature_coverage()
    embedded.coverage = reached  # type: ignore[assignment]  # it begins as None
    numbers = [int(each) for each in embedded.byte_range]
    fits = _leaves_out_only_itself(embedded, numbers)
    permission = embedded.docmdp_level
    reference = entry(value, "/Reference")
    return Place(
        field=_text(name),
        kind=kind,
        is_stamp=is_stamp,
        coverage=_COVERAGE.get(reached, "part") if fits else "part",
        revision=embedded.signed_revision,
        revisions=reader.xrefs.total_revisions,
        end=numbers[2] + numbers[3] if len(numbers) == 4 else 0,
        hidden=_hides(embedded.pkcs7_content),
        certifies=permission.value if permission is not None and reference is not None else 0,
        reason=_text(entry(value, "/Reason")),
        place=_text(entry(value, "/Location")),
        name=_text(entry(value, "/Name")),
        said=_said(embedded),
        page=_page(reader, field),
        contents=embedded.pkcs7_content,
        embedded=embedded,
        signed=signed,
        signer=embedded.signer_info,
    )


def _sum(embedded: EmbeddedPdfSignature, name: str) -> bytes:
    """The digest over the bytes that a signature says it covers, in large pieces."""
    state, stream = hashlib.new(name, usedforsecurity=False), embedded.reader.stream
    numbers = [int(each) for each in embedded.byte_range]
    for at, length in zip(numbers[::2], numbers[1::2], strict=False):
        stream.seek(at)
        left = length
        while left > 0 and (part := stream.read(min(left, PIECE))):
            state.update(part)
            left -= len(part)
    return state.digest()


def _leaves_out_only_itself(embedded: EmbeddedPdfSignature, numbers: list[int]) -> bool:
    """Whether the two ranges begin the file, follow each other, and leave out /Contents as read and no more."""
    if len(numbers) != 4 or min(numbers) < 0:
        return False
    start, length, again, rest = numbers
    if start != 0 or not 0 < length < again or rest == 0:
        return False
    stream = embedded.reader.stream
    stream.seek(0, 2)
    if again + rest > stream.tell():
        return False
    stream.seek(length)
    left_out = stream.read(again - length)
    if left_out[:1] != b"<" or left_out[-1:] != b">":
        return False
    try:
        return bytes.fromhex(left_out[1:-1].decode("ascii")) == embedded.pkcs7_content
    except ValueError:
        return False


def _hides(contents: bytes) -> bool:
    """Whether anything but zeros stands after the CMS within /Contents."""
    parts = parser.parse(contents)
    return any(contents[sum(len(part) for part in parts[3:]) :])


def _said(embedded: EmbeddedPdfSignature) -> str:
    """The time that the signature's dictionary claims, "" without one."""
    try:
        found = embedded.self_reported_timestamp
        return timestamp(found) if found is not None and found.tzinfo is not None else ""
    except Exception:  # noqa: BLE001 - dates are written in many wrong ways; none is better than a guess
        return ""


def _page(reader: PdfFileReader, field: Any) -> int:
    """The page, from 1, on which the signature's field is to be seen; 0 if it is not."""
    widget = field.get_object()
    kids = entry(widget, "/Kids")
    widget = kids[0] if kids else widget
    try:
        rectangle = [float(each) for each in widget["/Rect"]]
        if rectangle[0] == rectangle[2] or rectangle[1] == rectangle[3]:
            return 0
        wanted = widget.raw_get("/P").reference
    except (KeyError, AttributeError, TypeError, ValueError, IndexError):
        return 0
    for number, page in enumerate(_pages(reader), 1):
        if page == wanted:
            return number
    return 0


def _pages(reader: PdfFileReader) -> Iterator[Any]:
    """References to the pages in their order; a tree that is bent ends early."""
    waiting, seen = [reader.root.raw_get("/Pages")], 0
    while waiting and seen < 10000:
        seen += 1
        node = waiting.pop(0)
        kids = entry(node.get_object(), "/Kids")
        if kids is None:
            yield node.reference
        else:
            waiting[:0] = [kids.raw_get(index) for index in range(len(kids))]


def entry(dictionary: Any, key: str) -> Any:
    """What a dictionary holds under a key, wherever it stands; None without it (pyHanko's `get` does not look up)."""
    return dictionary[key] if key in dictionary else None  # noqa: SIM401 - see above


def _text(value: object) -> str:
    """Text of a document, shortened; what is none is empty."""
    return str(value)[:MAX_TEXT] if isinstance(value, str) else ""
