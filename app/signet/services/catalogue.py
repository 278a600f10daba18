"""The catalogue: which encrypted files are known to hang on which key. Notes; nothing decides by them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from signet.audit.entry import Outcome
from signet.clock import timestamp
from signet.crypto.esdk_decrypt import MessageRead, read_header
from signet.crypto.esdk_encrypt import MessageWritten
from signet.crypto.esdk_rsa import person_name
from signet.errors import SignetError
from signet.formats.esdk import MessageHeader
from signet.keys.spec import Protection
from signet.keys.state import Act
from signet.services.age_names import id_at
from signet.services.files_inspect import recipient_names, vault_key
from signet.services.session import Session
from signet.services.use import Grant
from signet.store.output import Output
from signet.store.records import Change, Reading
from signet.store.tables.catalogue import FileRecord
from signet.store.tables.outputs import PendingOutput

CONTENT_KEY = "signet-content"
FILE = "file"
FOLDER = "folder"
"""What a message holds: one file, or a folder as a tar archive (DESIGN.md, section 5)."""
MOVED = "may have been moved"
"""The note on a message at whose path another one was seen since."""
LOST = "cannot be opened any more"
"""The beginning of the note on a message whose key was destroyed."""
ON_CARD = "opens by its card alone"
"""The beginning of the note on a message whose key the vault has forgotten and a card still holds."""


@dataclass(frozen=True)
class CatalogueEntry:
    """One known file: where it was last seen, its size before encryption in bytes, its key, its message id in hex.

    ``key_alias`` is the key's name today, None if the key is not in the vault any more; times are RFC 3339 in UTC.
    ``note`` begins with `LOST` or `ON_CARD` if its key was destroyed, and names that; it is `MOVED` if another
    message was seen at its path since and it was not; else it is empty. ``persons`` can open it as well, by name.
    """

    path: str
    size: int
    content: str
    key_id: str | None
    key_alias: str | None
    version: int | None
    message_id: str
    created: str
    seen: str
    note: str = ""
    persons: tuple[str, ...] = ()


def list_files(session: Session, key: str | None = None, *, person: str | None = None) -> tuple[CatalogueEntry, ...]:
    """Return the files that are known, newest first: all, those that a key opens, those that a person can open.

    Raises KeyNotFound, PersonNotFound, NameAmbiguous.

    Of several at one path, the last one seen there is the one that is there; the others are noted as `MOVED`: they
    were not replaced by Signet, so they may be somewhere and still hang on their keys.
    """
    with session.records.read() as reading:
        wanted = _wanted(reading, key, person)
        every = reading.catalogue.all()
        recipients = reading.catalogue.recipients()
        names_of_keys = {each.fingerprint: who.name for who in reading.people.all() for each in who.keys}
        names = {each.id: each.alias for each in reading.keys.all()}
        gone = _gone(reading) if any(each.key_id and each.key_id not in names for each in every) else {}
    there = _there(every)
    return tuple(
        CatalogueEntry(
            path=record.path,
            size=record.size,
            content=record.content,
            key_id=record.key_id,
            key_alias=names.get(record.key_id or ""),
            version=record.version,
            message_id=record.message_id.hex(),
            created=record.created,
            seen=record.seen,
            note=gone.get(record.key_id or "") or ("" if record.message_id in there else MOVED),
            persons=_persons(recipients.get(record.message_id, frozenset()), names_of_keys),
        )
        for record in every
        if wanted(record)
    )


def _wanted(reading: Reading, key: str | None, person: str | None) -> Callable[[FileRecord], bool]:
    """Whether a file hangs on this key, also as one of several, and is for this person."""
    found: list[Callable[[FileRecord], bool]] = []
    if key is not None:
        named = reading.keys.find(key)
        beside = {person_name(each.public_key) for each in reading.keys.versions(named.id) if each.public_key}
        besides = reading.catalogue.for_recipients(beside)
        found.append(lambda record: record.key_id == named.id or record.message_id in besides)
    if person is not None:
        theirs = reading.catalogue.for_recipients([each.fingerprint for each in reading.people.find(person).keys])
        found.append(lambda record: record.message_id in theirs)
    return lambda record: all(fits(record) for fits in found)


def _persons(recipients: Iterable[str], names: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(sorted({names[each] for each in recipients if each in names}))


def _gone(reading: Reading) -> dict[str, str]:
    """What is noted on files by the ids of the keys that were destroyed, as the log has them."""
    noted: dict[str, str] = {}
    for entry in reading.audit.list(operation=Act.DESTROY):
        if entry.outcome is Outcome.DONE and entry.key is not None:
            on_card = entry.details.get("protection") == Protection.TOKEN
            noted[entry.key] = f"{ON_CARD if on_card else LOST}: the key “{entry.details.get('alias')}” was destroyed"
    return noted


def _there(records: Iterable[FileRecord]) -> set[bytes]:
    """The message ids of those last seen at their paths; of two seen in one second, the one that comes first."""
    last: dict[str, FileRecord] = {}
    for record in records:
        other = last.setdefault(record.path, record)
        if (record.seen, record.created) > (other.seen, other.created):
            last[record.path] = record
    return {record.message_id for record in last.values()}


def count_files(session: Session) -> dict[str, int]:
    """Return how many known files hang on each key, by key id; keys without any are left out."""
    with session.records.read() as reading:
        return reading.catalogue.counts()


def _version(header: MessageHeader, grant: Grant) -> int:
    """The version of the key that a message is under; keys on cards have one."""
    named = (vault_key(wrapped) for wrapped in header.encrypted_data_keys)
    return next((found[1] for found in named if found and found[0] == grant.key.id), grant.version.number)


def message_at(path: str) -> bytes | None:
    """Return the id of the message in the file with this name, None if there is none; a link has none of its own.

    An age file is known by the SHA-256 of its header.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return read_header(descriptor, legacy=True, source_name=path)[0].message_id
    except SignetError:
        return id_at(path)
    finally:
        os.close(descriptor)


def is_there(record: FileRecord) -> bool:
    """Whether the file that the record is about is where it was seen last."""
    return message_at(record.path) == record.message_id


def forget_replaced(change: Change, message_id: bytes) -> None:
    """Forget a message in whose place there is now a file that nothing is known of; a copy elsewhere stays known."""
    old = change.catalogue.find(message_id)
    if old is not None and not is_there(old):
        change.catalogue.forget(message_id)


class NewFile:
    """A new file: entered with the log's entry, taken back if it could not be published after all.

    ``names`` are for whom it is, as `Catalogue.set_recipients` has them. ``context_of`` is the message that its
    context was taken from, None if the person gave it. ``replaces`` is the id of the message that it takes the place
    of, None if it takes that of none. Until ``output`` has its name both are known: whatever a kill leaves at its
    path, its key still knows of it (`settle_replacement`).
    """

    def __init__(
        self,
        record: FileRecord,
        names: frozenset[str],
        *,
        replaces: bytes | None,
        output: Output,
        context_of: bytes | None = None,
    ) -> None:
        self._record = record
        self._names = names
        self._context_of = context_of
        self._replaces = replaces
        self._output = output
        self._noted: tuple[str, str] | None = None
        self._replaced = False
        self._own = False

    @classmethod
    def of_message(
        cls,
        session: Session,
        grant: Grant | None,
        written: MessageWritten,
        path: str,
        *,
        replaces: bytes | None,
        output: Output,
        context_of: bytes | None = None,
    ) -> NewFile:
        """Return that of a message at ``path``; ``grant`` is of the vault's key that opens it, None if none does."""
        now = timestamp(session.workplace.clock.now())
        record = FileRecord(
            message_id=written.message_id,
            key_id=None if grant is None else grant.key.id,
            version=None if grant is None else grant.version.number,
            content=written.header.context.get(CONTENT_KEY, FILE),
            path=path,
            size=written.plaintext_size,
            created=now,
            seen=now,
        )
        names = recipient_names(written.header)
        return cls(record, names, replaces=replaces, output=output, context_of=context_of)

    def enter(self, change: Change) -> None:
        """Note the message, and that it is to take the place of the one it replaces, if that is known.

        Whatever else was known at its path may have been moved away, and its key must still know of it.
        """
        self._own = self._context_of is None or change.catalogue.written_here(self._context_of)
        self._note(change)
        old = None if self._replaces is None else change.catalogue.find(self._replaces)
        # A copy at another path still hangs on its key.
        self._replaced = old is not None and (old.path == self._record.path or not is_there(old))
        self._noted = self._output.noted if self._replaced else None
        if self._noted is not None and old is not None:
            change.outputs.tie(*self._noted, self._record.message_id, old.message_id)

    def published(self, change: Change) -> None:
        """Forget the message that was replaced: the new one stands in its place."""
        if self._replaced and self._replaces is not None:
            # Another Signet, opened in between, may have seen the old one still there and taken this for left undone.
            self._note(change)
            change.catalogue.forget(self._replaces)
        if self._noted is not None:
            change.outputs.forget(*self._noted, tied=True)

    def _note(self, change: Change) -> None:
        change.catalogue.record(self._record, own=self._own)
        change.catalogue.set_recipients(self._record.message_id, self._names)

    def take_back(self, change: Change) -> None:
        """Undo `enter`."""
        change.catalogue.forget(self._record.message_id)
        if self._noted is not None:
            change.outputs.forget(*self._noted, tied=True)


def settle_replacement(change: Change, output: PendingOutput) -> None:
    """Forget that of two messages which is not there, after a kill; both stay known if neither can be seen."""
    if output.message_id is None or output.replaces is None:
        return
    new = change.catalogue.find(output.message_id)
    there = None if new is None else message_at(new.path)
    if there == output.message_id:
        change.catalogue.forget(output.replaces)
    elif there == output.replaces:
        change.catalogue.forget(output.message_id)


def opened(change: Change, session: Session, grant: Grant, read: MessageRead, path: str) -> None:
    """Note that a message was just opened at ``path``; one that was not known, as from elsewhere, is from now on."""
    now, header = timestamp(session.workplace.clock.now()), read.header
    change.catalogue.set_recipients(header.message_id, recipient_names(header))
    change.catalogue.record_opened(
        FileRecord(
            message_id=header.message_id,
            key_id=grant.key.id,
            version=_version(header, grant),
            content=FOLDER if header.context.get(CONTENT_KEY) == FOLDER else FILE,
            path=path,
            size=read.plaintext_size,
            created=now,
            seen=now,
        )
    )
