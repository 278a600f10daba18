"""`signet extend`: signed documents made to last, a copy of each or in its place (PDF: B-T, B-LT, B-LTA; CMS: B-T).

Nothing is replaced before what takes its place was read back and entered in the log; a kill leaves the old one. With
a session every document is noted, with the day until which it can be proven.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field

from signet.audit.canonical import Detail
from signet.audit.entry import Draft, Outcome
from signet.clock import timestamp
from signet.documents.network import Visit
from signet.documents.timestamps import Timestamper
from signet.documents.wishes import Form, Level
from signet.errors import (
    Cancelled,
    NetworkProblem,
    RevocationUnknown,
    SignetError,
    UsageError,
    VaultError,
)
from signet.formats.pieces import CHUNK
from signet.services.evidence import Evidence, given_crls, given_issuers
from signet.services.extending_cms import stamp_signature
from signet.services.extending_pdf import Raised, raise_pdf
from signet.services.files_items import (
    Item,
    Tally,
    Target,
    Targets,
    opened,
    own_folder,
    place_of,
    places_of,
    refuse_own,
)
from signet.services.files_outputs import new_output
from signet.services.issuers import trusted_roots
from signet.services.pdf_documents import Passwords
from signet.services.pdf_signing import Passes, copied_into
from signet.services.session import Session
from signet.services.signed_documents import is_renewable, noted_signed, proof_words
from signet.services.signing_forms import is_pdf
from signet.services.timestamps import wanted_service
from signet.services.workplace import Cancelled as IsCancelled
from signet.services.workplace import Progress, Workplace
from signet.store.foreign import translated
from signet.store.output import FileMark, Output
from signet.store.tables.signed_documents import SignedRecord

EXTENDED = "-extended"
EXTEND = "ExtendDocument"
"""What the log calls it."""


@dataclass(frozen=True)
class ExtendWish:
    """How documents are to be extended.

    ``timestamp`` is the address of an RFC 3161 service, "" for the usual one. ``crls`` and ``issuers`` are files with
    what could not be asked for; with ``online`` False no address is asked but the time-stamp service's.
    """

    level: Level
    timestamp: str = ""
    crls: Sequence[str] = ()
    issuers: Sequence[str] = ()
    online: bool = True


def extended_name(name: str) -> str:
    """Return what the extended copy of a signed file is called."""
    stem, ending = os.path.splitext(name)
    return stem + EXTENDED + ending


def extend_documents(
    workplace: Workplace,
    paths: Sequence[str],
    wish: ExtendWish,
    *,
    session: Session | None = None,
    output: str | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> tuple[Item, ...]:
    """Extend each signed file of ``paths``; items in their order, ``said`` until when the result can be proven.

    The result is ``NAME-extended.EXT`` beside the file, ``output`` for a single one; with ``overwrite`` and no
    ``output`` it takes the file's own place. A file that has the level already is skipped; B-LTA is always renewed.
    After an error of the time-stamp service no further file is tried. Raises UsageError, ServiceAddressRefused,
    SourceNotFound and kin for what is given along, VaultError.
    """
    if wish.level is Level.B:
        raise UsageError(reason="The level b-b is that of every signature; extend to b-t, b-lt or b-lta.")
    if output is not None and len(paths) > 1:
        raise UsageError(reason="--output names one result, and there are several files.")
    service = wanted_service(workplace, wish.timestamp)
    tally = Tally(paths, progress=progress, cancelled=cancelled)
    places = places_of(paths)
    own = own_folder(session) if session is not None else ""
    targets = Targets(places, own=own, output=None, overwrite=overwrite)
    work = _Extending(workplace, session, wish, tally, targets, own, output, overwrite, cancelled)
    work.evidence.crls += given_crls(wish.crls)
    work.evidence.certificates += [*given_issuers(wish.issuers), *trusted_roots(session)]
    with (
        Passwords(workplace.prompt) as passwords,
        Timestamper(service, cancelled=cancelled, visited=work.visited) as stamper,
    ):
        return tuple(
            work.one(index, path, place, passwords, stamper)
            for index, (path, place) in enumerate(zip(paths, places, strict=True))
        )


@dataclass
class _Extending:
    """What all files of one call share."""

    workplace: Workplace
    session: Session | None
    wish: ExtendWish
    tally: Tally
    targets: Targets
    own: str
    output: str | None
    overwrite: bool
    cancelled: IsCancelled | None
    evidence: Evidence = field(init=False)
    asked: list[str] = field(default_factory=list)
    stopped: SignetError | None = None

    def __post_init__(self) -> None:
        self.evidence = Evidence(online=self.wish.online, visited=self.visited, cancelled=self.cancelled)

    def visited(self, visit: Visit) -> None:
        """Take note of what was asked of whom."""
        if str(visit) not in self.asked:
            self.asked.append(str(visit))

    def one(self, index: int, path: str, place: Target, passwords: Passwords, stamper: Timestamper) -> Item:
        """Extend one file and say what became of it."""
        begun = len(self.asked)
        try:
            if self.stopped is not None:
                raise self.stopped
            self.tally.check()
            item = self._one(index, path, place, passwords, stamper)
        except VaultError:
            raise
        except SignetError as error:
            if isinstance(error, Cancelled) or (
                isinstance(error, NetworkProblem) and not isinstance(error, RevocationUnknown)
            ):
                self.stopped = error
            self._enter(
                Outcome.CANCELLED if isinstance(error, Cancelled) else Outcome.FAILED,
                path,
                begun,
                error=type(error).__name__,
            )
            return Item(path, None, "failed", error)
        self.tally.finished(index)
        return item

    def _one(self, index: int, path: str, place: Target, passwords: Passwords, stamper: Timestamper) -> Item:
        begun = len(self.asked)
        with opened(path) as source:
            status = os.fstat(source)
            target = self._target(place, path)
            with self._output(target.path) as output:
                form, raised = self._raised(index, source, path, output, passwords, stamper)
                if not raised.changed:
                    self.targets.release(target)
                    return Item(path, None, "skipped", said=_words(form, raised))
                with translated(output.path):
                    os.fchmod(output.fd, stat.S_IMODE(status.st_mode) & 0o777)
                output.settle()
                sha256 = _sha256(output)
                self._enter(Outcome.DONE, path, begun, output=output.path, sha256=sha256.hex())
                in_place = target == place
                output.publish(overwrite=self.overwrite, replaces=FileMark.of(status) if in_place else None)
            self._note(path, target.path, sha256, form, raised)
        return Item(path, target.path, "done", said=_words(form, raised))

    def _target(self, place: Target, path: str) -> Target:
        """Where the result goes: its own place, the one that was named, or beside the file under another name."""
        refuse_own(self.own, place, path)
        if self.output is not None:
            return self.targets.claim(place_of(self.output))
        if self.overwrite:
            return place
        return self.targets.choose(place, extended_name(place.name))

    def _output(self, path: str) -> Output:
        return Output(path) if self.session is None else new_output(self.session, path)

    def _raised(
        self, index: int, source: int, path: str, output: Output, passwords: Passwords, stamper: Timestamper
    ) -> tuple[Form, Raised]:
        """Write the extended document; say what it is."""
        moment = self.workplace.clock.now()
        if not is_pdf(source, path):
            raised = stamp_signature(
                source,
                path,
                output,
                level=self.wish.level,
                timestamper=stamper,
                moment=moment,
                cancelled=self.cancelled,
            )
            return Form.CMS, raised
        passes = Passes(os.fstat(source).st_size, self.tally.within(index), self.cancelled)
        copied_into(source, path, output, passes)
        raised = raise_pdf(
            output,
            path,
            level=self.wish.level,
            timestamper=stamper,
            evidence=self.evidence,
            moment=moment,
            password=passwords,
            cancelled=self.cancelled,
        )
        return Form.PDF, raised

    def _enter(self, outcome: Outcome, path: str, begun: int, **more: Detail) -> None:
        """Enter what became of a file; nothing without a vault."""
        if self.session is None:
            return
        asked: list[Detail] = [*self.asked[begun:]]
        details = {"source": path, "level": self.wish.level.value, "asked": asked, **more}
        with self.session.records.change() as change:
            change.append(Draft(EXTEND, outcome, details=details))

    def _note(self, path: str, written: str, sha256: bytes, form: Form, raised: Raised) -> None:
        """Note the result, and that it has the longer proof; nothing without a vault."""
        if self.session is None:
            return
        source, result = os.path.abspath(path), os.path.abspath(written)
        with self.session.records.change() as change:
            before = change.signed_documents.at(source)
            record = SignedRecord(
                path=result,
                source=result if form is Form.PDF or before is None else before.source,
                sha256=sha256,
                form=form.value,
                level=self.wish.level.value,
                signed=timestamp(self.workplace.clock.now()) if before is None else before.signed,
                key_id="" if before is None else before.key_id,
                signer="" if before is None else before.signer,
                provable_until=raised.until,
            )
            noted_signed(change, record)
            if result != source:
                change.signed_documents.extended(source, result)


def _words(form: Form, raised: Raised) -> str:
    return proof_words(raised.until, stamped=True, renewable=is_renewable(form, stamped=True))


def _sha256(output: Output) -> bytes:
    digest, at = hashlib.sha256(), 0
    with translated(output.path):
        while piece := os.pread(output.fd, CHUNK, at):
            digest.update(piece)
            at += len(piece)
    return digest.digest()
