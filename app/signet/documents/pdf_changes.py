"""What came after a signature in a PDF, and whether that is what signing allows. Runs in the document child only.

pyHanko's difference analysis decides what may be: further signatures, time stamps, evidence, form fields. Besides:

* form fields that were filled in after the last signature count as a change, unless a certification allows it: nobody
  signed them;
* so do a new title, author, subject or keywords;
* bytes behind the end that are no proper version of the document do, because some programs read them;
* a signature that an earlier version had and that is gone does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lxml import etree
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.rw_common import PdfHandler
from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, DiffResult, ModificationLevel
from pyhanko.sign.fields import enumerate_sig_fields

from signet.documents.facts import SignatureFacts
from signet.documents.pdf_places import Place, entry

MAX_REVISIONS = 200
"""Versions of one document that are looked through; each costs time."""
_BLANK = b" \t\r\n\f\0"
_MAX_TAIL = 1 << 16
_TAIL = re.compile(
    rb"\s*(?:endstream\s+)?(?:endobj\s+)?(?:trailer\s*)?(?P<trailer><<.*>>)?\s*startxref\s+\d+\s+%%EOF[\s\0]*\Z",
    re.DOTALL,
)
_NOT_IN_A_TRAILER = (b"obj", b"startxref", b"stream", b"%%EOF")
_VOLATILE = frozenset({"/ModDate", "/CreationDate", "/Producer", "/Creator", "/Trapped", "/PTEX.Fullbanner"})
_VOLATILE_XMP = re.compile(
    r"\{http://ns\.adobe\.com/(xap/1\.0/mm/|xap/1\.0/\}(ModifyDate|MetadataDate|CreateDate|Creator)"
    r"|pdf/1\.3/\}Producer)"
)
_OTHER = "the document's content or structure was changed"
_APPENDED = "bytes were appended behind its end"
_FORMS = "form fields were filled in"
_PARTICULARS = "its title or other particulars were changed"


@dataclass(frozen=True)
class _After:
    """What came after one signature, before it is known who signed later."""

    refused: tuple[str, ...] = ()
    unsigned: tuple[str, ...] = ()
    """Would be allowed if a later signature covered it."""
    allowed: tuple[str, ...] = ()


class Changes:
    """What came after each signature of a document."""

    def __init__(self, reader: PdfFileReader, places: Sequence[Place], found: Sequence[SignatureFacts]) -> None:
        self._reader = reader
        self._places = places
        self._found = found
        self._after = [self._look(place, facts) for place, facts in zip(places, found, strict=True)]

    def told(self, index: int) -> SignatureFacts:
        """The facts about a signature with what came after it."""
        after, facts = self._after[index], self._found[index]
        if after is None:
            return facts
        refused = after.refused
        if after.unsigned and not self._forms_allowed(index) and not self._signed_later(index):
            refused += after.unsigned
        listed = (*after.refused, *after.unsigned, *after.allowed)
        return replace(facts, changes=listed, changes_allowed=not refused if listed else None)

    def _signed_later(self, index: int) -> bool:
        """Whether the last signature covers all that came after this one, but what always may come."""
        last = max((each for each in range(len(self._found)) if self._signs(each)), default=index)
        later = self._after[last]
        if last <= index:
            return False
        if later is None:
            return self._places[last].coverage == "whole"
        return not later.unsigned and not later.refused

    def _signs(self, index: int) -> bool:
        facts = self._found[index]
        return facts.kind == "signature" and bool(facts.intact and facts.fits) and not facts.weak

    def _forms_allowed(self, index: int) -> bool:
        """Whether a certification that this signature is, or covers, lets form fields be filled in."""
        after = self._after[index]
        only_forms = after is not None and set(after.unsigned) <= {_FORMS}
        return only_forms and any(
            self._places[each].certifies in (2, 3)
            for each in range(len(self._found))
            if self._signs(each) and self._places[each].revision <= self._places[index].revision
        )

    def _look(self, place: Place, facts: SignatureFacts) -> _After | None:
        if place.embedded is None or not facts.intact or not facts.fits or place.coverage != "revision":
            return None
        if place.revision + 1 >= place.revisions:
            rest = self._rest(place.end)
            return _After(refused=(_APPENDED,) if rest.strip(_BLANK) else (), allowed=())
        result = place.embedded.evaluate_modifications(DEFAULT_DIFF_POLICY)
        if not isinstance(result, DiffResult) or result.modification_level >= ModificationLevel.ANNOTATIONS:
            return _After(refused=(_OTHER,))
        level = result.modification_level
        permission = place.embedded.docmdp_level
        refused = [_APPENDED] if self._tail_is_odd() else []
        if permission is not None and level.value > permission.value:
            refused.append("what came after is more than its signer allowed")
        unsigned = []
        signatures = {name for name, _, _ in enumerate_sig_fields(self._reader, filled_status=None)}
        if set(result.changed_form_fields) - signatures:
            unsigned.append(_FORMS)
        earlier = self._reader.get_historical_resolver(place.revision)
        if _particulars(earlier) != _particulars(self._reader):
            unsigned.append(_PARTICULARS)
        return _After(tuple(refused), tuple(unsigned), tuple(self._added(place)))

    def _added(self, place: Place) -> Iterator[str]:
        """What was added that always may be."""
        later = [each for each in self._places if each.revision > place.revision]
        if any(not each.is_stamp for each in later):
            yield "another signature was added"
        if any(each.is_stamp for each in later):
            yield "a time stamp was added"
        earlier = self._reader.get_historical_resolver(place.revision)
        if _store_of(earlier) != _store_of(self._reader):
            yield "evidence for a later check was added"

    def _rest(self, at: int) -> bytes:
        stream = self._reader.stream
        stream.seek(at)
        return bytes(stream.read(_MAX_TAIL))

    def _tail_is_odd(self) -> bool:
        """Whether anything but the end of the last version stands at the end of the file."""
        xrefs = self._reader.xrefs
        ends = [xrefs.get_xref_container_info(each).end_location for each in range(xrefs.total_revisions)]
        tail = self._rest(max(ends))
        found = _TAIL.match(tail)
        trailer = (found["trailer"] or b"") if found else b""
        return found is None or any(each in trailer for each in _NOT_IN_A_TRAILER)


def removed(reader: PdfFileReader, places: Sequence[Place]) -> list[SignatureFacts]:
    """Signatures that an earlier version of the document had and this one has not."""
    total = reader.xrefs.total_revisions
    if total < 2 or total > MAX_REVISIONS:
        return []
    here = {place.field for place in places}
    gone: dict[str, int] = {}
    for revision in range(total - 1):
        for name, value, _ in enumerate_sig_fields(reader.get_historical_resolver(revision), filled_status=True):
            if value is not None and name[:1000] not in here:
                gone.setdefault(name[:1000], revision)
    return [
        SignatureFacts(
            field=name,
            format="PDF",
            coverage="revision",
            revision=revision + 1,
            revisions=total,
            changes_allowed=False,
            changes=("the signature was taken out of the document",),
            problem="it is not part of the document any more",
        )
        for name, revision in gone.items()
    ]


def _store_of(handler: PdfHandler) -> int:
    """How much evidence a document holds."""
    store = entry(handler.root, "/DSS")
    kinds = ("/Certs", "/CRLs", "/OCSPs")
    return 0 if store is None else 1 + sum(len(entry(store, kind) or ()) for kind in kinds)


def _particulars(handler: PdfHandler) -> Any:
    """Title, author and the like, both ways in which a PDF says them; not dates, nor which program wrote it."""
    info = entry(handler.trailer_view, "/Info") or {}
    said = {key: str(info[key]) for key in info if key not in _VOLATILE}
    metadata = entry(handler.root, "/Metadata")
    if metadata is None:
        return said, None
    root = etree.fromstring(metadata.data, parser=etree.XMLParser(resolve_entities=False, no_network=True))
    texts = [(each.tag, (each.text or "").strip()) for each in root.iter(etree.Element)]
    texts += [(name, value) for each in root.iter(etree.Element) for name, value in each.attrib.items()]
    return said, sorted(each for each in texts if each[1] and not _VOLATILE_XMP.match(str(each[0])))
