"""Trusted lists of states (ETSI TS 119 612): taken in once their signature was checked, renewed, asked, removed.

Who may sign a list is named by the European list of lists, which must be here first and is signed by certificates
that come with Signet, by those that an earlier one of it names, or by one that the person names; or the person names
who signs a list and compares the fingerprint. An older list never takes the place of a newer one. Nothing is fetched
unless the person asks.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from signet.audit.canonical import Detail
from signet.audit.entry import Draft, Outcome
from signet.clock import timestamp
from signet.crypto.certificates import read_certificate
from signet.documents.asking import Unchecked, document_child
from signet.errors import FormatUnrecognised, ListNotFound, ListOlder, ListRefused, ListSignerUnknown
from signet.keys.issuer import TrustedList
from signet.services.files_inspect import shown
from signet.services.files_items import opened
from signet.services.list_contents import Contents, Pointer, contents_of, packed, unpacked
from signet.services.session import Session
from signet.services.verifying_given import read_whole
from signet.store.lists import ListFiles

ADD_LIST, REMOVE_LIST = "AddTrustedList", "RemoveTrustedList"
"""What the log calls what is done here."""
EUROPE = "EU"
"""The territory of the list of lists."""
SECONDS = 60.0
"""For reading a list; the largest have several MiB of XML."""
Cancelled = Callable[[], bool]

__all__ = [
    "ADD_LIST",
    "EUROPE",
    "REMOVE_LIST",
    "ListView",
    "OfferedList",
    "add_list",
    "keep_list",
    "kept_contents",
    "list_files",
    "list_in_bytes",
    "list_in_file",
    "list_lists",
    "pointer_to",
    "read_list",
    "remove_list",
    "view_of",
]


@dataclass(frozen=True)
class OfferedList:
    """A list whose signature holds, not taken in yet; ``kept`` is the file as it would be kept."""

    found: TrustedList
    kept: bytes
    contents: Contents


@dataclass(frozen=True)
class ListView:
    """A list that was taken in. ``here`` is False if its file is gone: it says nothing then, until it comes again.

    ``ended`` is whether a newer one should have come; ``issuers`` and ``stampers`` are how many are qualified by it
    now, ``territories`` whose lists it names.
    """

    found: TrustedList
    here: bool
    ended: bool
    issuers: int
    stampers: int
    territories: tuple[str, ...]
    signer: str
    signer_fingerprint: str


def list_files(session: Session) -> ListFiles:
    """Where this vault's lists lie."""
    state = session.workplace.places.state
    return ListFiles(os.path.join(state, "lists", session.header.vault_id))


def list_lists(session: Session) -> list[ListView]:
    """Return every list, by territory."""
    with session.records.read() as reading:
        every = reading.issuers.lists()
    return [view_of(session, each) for each in every]


def view_of(session: Session, found: TrustedList) -> ListView:
    """Return what a list says of itself and of others, as of now."""
    now = timestamp(session.workplace.clock.now())
    contents = kept_contents(session, found)
    granted = [each.kind for each in contents.services if each.granted(now)] if contents is not None else []
    return ListView(
        found=found,
        here=contents is not None,
        ended=found.ended(now),
        issuers=granted.count("ca"),
        stampers=granted.count("tsa"),
        territories=tuple(sorted({each.territory for each in contents.pointers})) if contents is not None else (),
        signer=_subject(found.signer),
        signer_fingerprint=hashlib.sha256(found.signer).hexdigest(),
    )


def kept_contents(session: Session, found: TrustedList) -> Contents | None:
    """Return what a list names, None if its file is not here any more."""
    kept = list_files(session).read(found.digest)
    try:
        return None if kept is None else unpacked(kept)[0]
    except ValueError:
        return None


def list_in_file(session: Session, path: str, *, signer: str = "", cancelled: Cancelled | None = None) -> OfferedList:
    """Read a list from a file and check its signature; nothing is taken in yet.

    ``signer`` is a file with the certificate that signs it; without one, who may sign it is looked up in the list of
    lists. Raises ListRefused, ListSignerUnknown, KeyFileUnrecognised, SourceNotFound, StorageError, Cancelled.
    """
    certificate = signer_in_file(signer) if signer else b""
    with opened(path) as file:
        return read_list(session, file, os.path.abspath(path), signer=certificate, cancelled=cancelled)


def signer_in_file(path: str) -> bytes:
    """Read the certificate of who signs a list; raises ListRefused, SourceNotFound, StorageError."""
    try:
        return read_certificate(read_whole(path, limit=1 << 20)).der
    except FormatUnrecognised as error:
        raise ListRefused(source=path, reason="the file of who signs it has no certificate") from error


def list_in_bytes(session: Session, data: bytes, source: str, *, cancelled: Cancelled | None = None) -> OfferedList:
    """As `list_in_file`, for a list that came from ``source``."""
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        return read_list(session, file.fileno(), source, cancelled=cancelled)


def read_list(
    session: Session, file: int, source: str, *, signer: bytes = b"", cancelled: Cancelled | None = None
) -> OfferedList:
    """Check the list in an open file; see `list_in_file`."""
    candidates = {pointer: pointer.certificates for pointer in _pointers(session)}
    named = [signer] if signer else [each for found in candidates.values() for each in found]
    try:
        with document_child([file], cancelled=cancelled) as child:
            child.prepare("read_trusted_list")
            answer = child.ask("read_trusted_list", seconds=SECONDS, file=file, signers=named, bundled=not signer)
            contents = contents_of(answer)
            found = _found(session, answer, source, by_person=bool(signer))
    except Unchecked as error:
        if not named and not signer and "somebody else" in error.reason:
            raise ListSignerUnknown(source=source) from error
        raise ListRefused(source=source, reason=error.reason) from error
    if found.named_by == "lotl" and not _named(candidates, found):
        raise ListSignerUnknown(source=source)
    if found.named_by == "bundled" and found.territory != EUROPE:
        raise ListRefused(source=source, reason="who signs the list of lists does not sign those of states")
    kept = packed(contents, _covered(answer))
    return OfferedList(_with_digest(found, kept), kept, contents)


def add_list(session: Session, offered: OfferedList) -> TrustedList:
    """Take a list in, in the place of its territory's older one.

    Raises ProofOfPresenceMissing, ListOlder, StorageError.
    """
    session.require_presence()
    return keep_list(session, offered)


def keep_list(session: Session, offered: OfferedList) -> TrustedList:
    """Take in a list that the person asked for, or a newer one of a territory whose list is here already.

    Raises ListOlder if it is not newer, StorageError.
    """
    files, found = list_files(session), offered.found
    digest = files.write(offered.kept)
    with session.records.change() as change:
        before = change.issuers.list_of(found.territory)
        if before is not None and before.digest != digest and before.sequence >= found.sequence:
            raise ListOlder(territory=found.territory, here=before.sequence, given=found.sequence)
        change.issuers.put_list(found)
        details: dict[str, Detail] = {"name": found.territory, "sequence": found.sequence, "source": found.source}
        change.append(Draft(ADD_LIST, Outcome.DONE, details=details))
        kept = [each.digest for each in change.issuers.lists()]
    files.keep_only(kept)
    return found


def remove_list(session: Session, territory: str) -> TrustedList:
    """Forget a list, and return which it was; a stop waits for no PIN. Raises ListNotFound."""
    with session.records.change() as change:
        found = change.issuers.list_of(territory.upper())
        if found is None:
            raise ListNotFound(territory=territory)
        change.issuers.remove_list(found.territory)
        change.append(Draft(REMOVE_LIST, Outcome.DONE, details={"name": found.territory, "sequence": found.sequence}))
        kept = [each.digest for each in change.issuers.lists()]
    list_files(session).keep_only(kept)
    return found


def pointer_to(session: Session, territory: str) -> Pointer | None:
    """Return where the list of lists says that a territory's list is, None if it does not."""
    return next((each for each in _pointers(session) if each.territory == territory.upper()), None)


def _pointers(session: Session) -> tuple[Pointer, ...]:
    """What the list of lists names, itself included; nothing if it is not here, or has ended."""
    with session.records.read() as reading:
        found = reading.issuers.list_of(EUROPE)
    if found is None or found.ended(timestamp(session.workplace.clock.now())):
        return ()
    contents = kept_contents(session, found)
    return () if contents is None else contents.pointers


def _named(candidates: Mapping[Pointer, tuple[bytes, ...]], found: TrustedList) -> bool:
    """Whether the list of lists names that signer for that very territory, and not for another one."""
    return any(each.territory == found.territory and found.signer in by for each, by in candidates.items())


def _found(session: Session, answer: Mapping[str, object], source: str, *, by_person: bool) -> TrustedList:
    texts = {name: answer.get(name) for name in ("territory", "operator", "issued", "next_update")}
    sequence, signer = answer.get("sequence"), answer.get("signer")
    if not all(isinstance(each, str) for each in texts.values()):
        raise Unchecked("it is damaged, or no trusted list")
    if not isinstance(sequence, int) or not isinstance(signer, bytes):
        raise Unchecked("it is damaged, or no trusted list")
    if (texts["territory"] == EUROPE) is not bool(answer.get("lotl")):
        raise Unchecked("it says that it is of one kind, and is of another")
    return TrustedList(
        territory=str(texts["territory"]),
        operator=shown(str(texts["operator"])),
        sequence=sequence,
        issued=str(texts["issued"]),
        next_update=str(texts["next_update"]),
        signer=signer,
        named_by="person" if by_person else "bundled" if answer.get("by_bundled") else "lotl",
        digest=b"",
        source=source,
        added=timestamp(session.workplace.clock.now()),
    )


def _with_digest(found: TrustedList, kept: bytes) -> TrustedList:
    return TrustedList(**{**vars(found), "digest": hashlib.sha256(kept).digest()})


def _covered(answer: Mapping[str, object]) -> bytes:
    content = answer.get("content")
    return content if isinstance(content, bytes) else b""


def _subject(der: bytes) -> str:
    try:
        return read_certificate(der).subject
    except FormatUnrecognised:
        return ""
