"""`signet extend`: signed documents made to last, a copy of each or in its place (PDF: B-T, B-LT, B-LTA; CMS: B-T).

Nothing is replaced before what takes its place was read back and entered in the log; a kill leaves the old one. With
a session every document is noted, with the day until which it can be proven.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from signet.audit.canonical import Detail
from signet.audit.entry import Draft, Outcome
from signet.clock import timestamp
from signet.documents.network import Visit
from signet.documents.timestamps import Timestamper
from signet.documents.wishes import Form, Level
from signet.errors import Cancelled, OutputExists, SignetError, SourceChanged, UsageError, VaultError
from signet.formats.pieces import CHUNK
from signet.services.evidence import Evidence, read_crls
from signet.services.extending_cms import stamp_signature
from signet.services.extending_pdf import Raised, raise_pdf
from signet.services.files_items import Item, Tally, Target, Targets, opened, own_folder, place_of, places_of, refuse_own
from signet.services.files_outputs import new_output
from signet.services.issuers import trusted_roots
from signet.services.pdf_documents import Passwords
from signet.services.pdf_signing import copied
from signet.services.session import Session
from signet.services.signed_documents import noted_signed, proof_words
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
    work.evidence.crls += read_crls(wish.crls)
    work.evidence.certificates += [*read_crls(wish.issuers), *trusted_roots(session)]
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
        online, visited = self.wish.online, self.visited
        self.evidence = Evidence(online=online, visited=visited, cancelled=self.cancelled)

    def visited(self, visit: Visit) -> None:
        """Take note of what was asked of whom."""
        if str(visit) not in self.asked:
            self.asked.append(str(visit))
