"""A PDF's signatures made to last: time stamps and evidence appended to what was written (PAdES B-T, B-LT, B-LTA).

The document child says what is lacking and answers bytes to append; here they are appended, hashed, stamped, and the
result is read again. What was there before is never touched, so no signature can be broken by it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from signet.clock import parse_timestamp, timestamp
from signet.crypto.esdk_io import Target
from signet.documents.asking import DocumentChild, Unchecked, document_child
from signet.documents.timestamps import TOKEN_ROOM, Timestamper
from signet.documents.wishes import Level
from signet.errors import DocumentNotExtended
from signet.services.evidence import Evidence
from signet.services.pdf_documents import Passwords, is_locked
from signet.services.pdf_signing import checked_update, fill_place, range_digest, view_of
from signet.services.workplace import Cancelled as IsCancelled
from signet.store.output import Output

SECONDS = 60.0
"""For one look at a document of some hundred MiB with many signatures."""
DIGEST = "sha256"
"""What document time stamps are over; every service knows it."""
_ORDER = (Level.B, Level.T, Level.LT, Level.LTA)


@dataclass(frozen=True)
class Raised:
    """What became of a document: until when its signatures can be proven (RFC 3339), and whether it was changed."""

    until: str
    changed: bool


@dataclass(frozen=True)
class Found:
    """One signature of a document, or one of its time stamps (``archive``)."""

    name: str
    archive: bool
    stamped: bool
    until: str


def raise_pdf(
    output: Output,
    path: str,
    *,
    level: Level,
    timestamper: Timestamper,
    evidence: Evidence,
    moment: datetime,
    password: bytes | Passwords | None = None,
    cancelled: IsCancelled | None = None,
) -> Raised:
    """Raise a signed PDF that was written into ``output`` to a level, by appending; ``path`` is for messages.

    ``password`` is the document's, None without one, or what asks for it.

    B-LTA always adds a time stamp over all that proves the ones before: so archives are renewed. The output is the
    caller's to publish or discard. Raises DocumentNotExtended, NetworkProblem and its kinds, DiskFull, Cancelled.
    """
    with view_of(output) as view, _refusing(path), document_child([view], cancelled=cancelled) as child:
        if isinstance(password, Passwords):
            _, password = password.open(child, view, path, owner=False)
        work = _Raising(output, path, child, view, password, timestamp(moment), timestamper, evidence)
        before = work.survey()
        size = work.size
        if not all(each.stamped for each in before if not each.archive):
            work.stamp()
        if _ORDER.index(level) >= _ORDER.index(Level.LT):
            work.store()
        if level is Level.LTA:
            work.stamp()
        changed = work.size > size
        after = work.survey() if changed else before
    signatures = [each for each in after if not each.archive]
    if len(signatures) != sum(not each.archive for each in before) or not all(each.stamped for each in signatures):
        raise DocumentNotExtended(path=path, reason="what was made of it does not open again as it should")
    return Raised(min(each.until for each in signatures), changed)


@dataclass(frozen=True)
class _Raising:
    """One document at work."""

    output: Output
    path: str
    child: DocumentChild
    view: int
    password: bytes | None
    moment: str
    timestamper: Timestamper
    evidence: Evidence

    @property
    def size(self) -> int:
        """How long the document is by now."""
        return os.fstat(self.output.fd).st_size

    def survey(self) -> list[Found]:
        """Have every signature held against what it covers."""
        found = _signatures(self._answered(self.child.ask("survey_pdf", seconds=SECONDS, **self._document())))
        if not any(not each.archive for each in found):
            raise DocumentNotExtended(path=self.path, reason="it is not signed")
        return found

    def store(self) -> None:
        """Append a security store with all that proves the signatures and time stamps so far, if there is new."""
        document = {**self._document(), "moment": self.moment}
        plan = self._answered(self.evidence.complete(self.child, seconds=SECONDS, **document))
        self._refuse_revoked(plan)
        parameters = {**document, **self.evidence.parameters()}
        answer = self._answered(self.child.ask("prepare_dss", seconds=SECONDS, **parameters))
        update = answer.get("update")
        if not isinstance(update, bytes) or b"/ByteRange" in update:
            raise Unchecked("it could not be read as a PDF")
        Target(self.output.fd, self.output.path).write(update, self.size)

    def stamp(self) -> None:
        """Append a document time stamp over all that is there."""
        size = self.size
        answer = self.child.ask("prepare_doc_timestamp", seconds=SECONDS, size=TOKEN_ROOM, **self._document())
        update, begin, end = checked_update(self._answered(answer), size, self.path)
        Target(self.output.fd, self.output.path).write(update, size)
        digest = range_digest(self.output, [(0, begin), (end, self.size)], DIGEST)
        fill_place(self.output, begin, end, self.timestamper.stamp(digest, DIGEST))

    def _document(self) -> dict[str, object]:
        return {"file": self.view, "password": self.password}

    def _answered(self, answer: Mapping[str, object]) -> Mapping[str, object]:
        if is_locked(answer):
            raise Unchecked("it does not open without its password")
        return answer

    def _refuse_revoked(self, plan: Mapping[str, object]) -> None:
        """A certificate that was revoked before anything proved the signature makes it worthless for good."""
        revoked = plan.get("revoked")
        for each in revoked if isinstance(revoked, list) else ():
            name, when = map(str, each)
            raise DocumentNotExtended(
                path=self.path,
                reason=f"the certificate of “{name}” was revoked on {when[:10]}, before a time stamp proved it",
            )


def _signatures(answer: Mapping[str, object]) -> list[Found]:
    """Read what the child said of the signatures; raise Unchecked for what it cannot have said."""
    listed = answer.get("signatures")
    try:
        if not isinstance(listed, list):
            raise TypeError("not a list")
        return [
            Found(
                str(each["name"]),
                archive=bool(each["archive"]),
                stamped=bool(each["stamped"]),
                until=timestamp(parse_timestamp(each["until"])),
            )
            for each in listed
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise Unchecked("it could not be read as a PDF") from error


@contextmanager
def _refusing(path: str) -> Iterator[None]:
    try:
        yield
    except Unchecked as error:
        raise DocumentNotExtended(path=path, reason=error.reason) from error
