"""Signatures and time stamps of a PDF, found out about (ISO 32000-2, 12.8; PAdES, ETSI EN 319 142-1).

Runs in the document child only, with the limits of `signet.child.confine`. A document is read strictly: what is not
built as the standard wants is not checked, because other programs may see something else in it.

Proof in time goes backwards (ETSI EN 319 102-1, 5.6): the newest document time stamp is judged at the moment of the
check, each older one at the time of the next newer that holds, and a signature at that of the oldest that covers it.
"""

from __future__ import annotations

import importlib
import io
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from pyhanko.pdf_utils.reader import PdfFileReader

    from signet.documents.cms_signer import Stamp
    from signet.documents.facts import SignatureFacts
    from signet.documents.pdf_places import Place

_MODULES = (
    "pyhanko.pdf_utils.crypt",
    "pyhanko.pdf_utils.reader",
    "pyhanko.sign.diff_analysis",
    "pyhanko.sign.validation.dss",
    "pyhanko.sign.validation.pdf_embedded",
    "lxml.etree",
    "signet.documents.chains",
    "signet.documents.cms_signer",
    "signet.documents.pdf_changes",
    "signet.documents.pdf_evidence",
    "signet.documents.pdf_places",
)
BUFFER = 1 << 16
"""Bytes read at once; parsers go back and forth."""
NOT_STRICT = "it is not built as a PDF has to be, and programs may differ in what they show of it"


def warm_up() -> None:
    """Import what is needed, before nothing can be read any more."""
    for name in _MODULES:
        importlib.import_module(name)


def verify_pdf(file: int, anchors: Mapping[str, object], password: bytes = b"") -> Mapping[str, object]:
    """Answer with ``signatures`` (packed `SignatureFacts`), or ``locked`` (it wants a password), or ``refused``."""
    from pyhanko.pdf_utils.misc import PdfReadError
    from pyhanko.pdf_utils.reader import PdfFileReader

    from signet.documents.facts import unpacked_anchors
    from signet.documents.positioned import Positioned

    stream = io.BufferedReader(Positioned(file), BUFFER)
    if b"%PDF-" not in stream.read(1024):
        return {"refused": "it is no PDF"}
    try:
        reader = PdfFileReader(stream, strict=True)
        if not _opened(reader, password):
            return {"locked": True}
        found = _Document(reader, unpacked_anchors(anchors)).signatures()
    except PdfReadError:
        return {"refused": NOT_STRICT}
    return {"signatures": [facts.packed() for facts in found]}


def _opened(reader: PdfFileReader, password: bytes) -> bool:
    """Decrypt a document that is encrypted; whether what is in it can be read."""
    from pyhanko.pdf_utils.crypt import AuthStatus

    if not reader.encrypted:
        return True
    return reader.decrypt(password).status is not AuthStatus.FAILED


class _Document:
    """One document at work."""

    def __init__(self, reader: PdfFileReader, anchors: Any) -> None:
        from signet.documents.cms_signer import ground_of
        from signet.documents.pdf_evidence import Evidence
        from signet.documents.pdf_places import places

        self._reader = reader
        self._ground, self._moment = ground_of(anchors)
        self._places = places(reader)
        self._evidence = Evidence(reader, self._moment)
        self._stamps: dict[int, Stamp] = {}

    def signatures(self) -> list[SignatureFacts]:
        """Everything that there is, in the order in which it was made."""
        from signet.documents.pdf_changes import Changes, removed

        self._look_back()
        found = [self._facts(index, place) for index, place in enumerate(self._places)]
        changes = Changes(self._reader, self._places, found)
        found = [changes.told(index) for index in range(len(found))]
        return found + removed(self._reader, self._places)

    def _look_back(self) -> None:
        """Judge the document time stamps, the newest first."""
        from signet.documents.cms_signer import check_stamp

        at, proven = self._moment, False
        for index in reversed(range(len(self._places))):
            place = self._places[index]
            if place.problem or not place.is_stamp:
                continue
            ground = self._evidence.ground(self._ground)
            with suppress(Exception):  # of whatever kind: `_facts` says that it could not be read
                self._stamps[index] = check_stamp(place.contents, place.digest, ground, at=at, proven=proven)
            stamp = self._stamps.get(index)
            if stamp is None:
                continue
            if stamp.holds and stamp.time is not None and place.coverage != "part":
                at, proven = stamp.time, True
                self._evidence.known_at(place.revision, stamp.time)

    def _proof_for(self, index: int) -> tuple[datetime, Stamp | None]:
        """Until when others have proven that a signature existed, and which time stamp says so."""
        holding = [
            stamp
            for later, stamp in self._stamps.items()
            if later > index
            and stamp.holds
            and self._places[later].end > self._places[index].end
            and self._places[later].coverage != "part"
        ]
        best = min(holding, key=lambda each: str(each.time), default=None)
        return (best.time, best) if best is not None and best.time is not None else (self._moment, None)

    def _facts(self, index: int, place: Place) -> SignatureFacts:
        """What is found about one of them but what came after it."""
        from signet.documents.facts import SignatureFacts

        if place.problem:
            return place.described(SignatureFacts(problem=place.problem))
        try:
            facts = self._stamped(index) if place.is_stamp else self._signed(index, place)
        except Exception:  # noqa: BLE001 - whatever a broken signature makes of a parser: it could not be checked
            facts = SignatureFacts(problem="the signature is damaged")
        return place.described(facts)

    def _stamped(self, index: int) -> SignatureFacts:
        stamp = self._stamps[index]
        return replace(stamp.facts, time_stamper=stamp.stamper, time_note=stamp.note)

    def _signed(self, index: int, place: Place) -> SignatureFacts:
        from signet.documents.cms_signer import signer_facts

        at, by = self._proof_for(index)
        ground = self._evidence.ground(self._ground, signed=place.signed, signer=place.signer)
        facts = signer_facts(place.signed, place.signer, place.digest, ground, at=at, proven=by is not None)
        facts = replace(facts, format=self._level(index, place, facts), claimed_time=facts.claimed_time or place.said)
        if by is None:
            return facts
        newest = next(
            self._stamps[later] for later in sorted(self._stamps, reverse=True) if self._stamps[later].holds
        )
        return replace(facts, time_stamper=facts.time_stamper or by.stamper, provable_until=newest.until)

    def _level(self, index: int, place: Place, facts: SignatureFacts) -> str:
        """Which level of PAdES it is built as, whether or not that holds."""
        if place.kind != "PAdES":
            return place.kind
        # A time stamp over the document proves the time as one over the signature does (EN 319 142-1, 6.3).
        stamped = facts.format.endswith("B-T") or any(each.is_stamp for each in self._places[index + 1 :])
        if not self._evidence.anything:
            return "PAdES B-T" if stamped else "PAdES B-B"
        if any(each.is_stamp and self._evidence.there_at(each.revision) for each in self._places[index + 1 :]):
            return "PAdES B-LTA"
        return "PAdES B-LT" if stamped else "PAdES B-B"
