"""The catalogue: which encrypted files are known to hang on which key. Notes; nothing decides by them."""

from __future__ import annotations

from dataclasses import dataclass

from signet.clock import timestamp
from signet.crypto.esdk_encrypt import MessageWritten
from signet.services.session import Session
from signet.services.use import Grant
from signet.store.records import Change
from signet.store.tables.catalogue import FileRecord

CONTENT_KEY = "signet-content"
FILE = "file"
FOLDER = "folder"
"""What a message holds: one file, or a folder as a tar archive (DESIGN.md, section 5)."""


@dataclass(frozen=True)
class CatalogueEntry:
    """One known file: where it was last seen, its size before encryption in bytes, its key, its message id in hex.

    ``key_alias`` is the key's name today, None if the key is not in the vault any more; times are RFC 3339 in UTC.
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


def list_files(session: Session, key: str | None = None) -> tuple[CatalogueEntry, ...]:
    """Return the files that are known, newest first, of one key if one is named; raise KeyNotFound, NameAmbiguous."""
    with session.records.read() as reading:
        key_id = None if key is None else reading.keys.find(key).id
        records = reading.catalogue.all() if key_id is None else reading.catalogue.by_key(key_id)
        names = {each.id: each.alias for each in reading.keys.all()}
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
        )
        for record in records
    )


def count_files(session: Session) -> dict[str, int]:
    """Return how many known files hang on each key, by key id; keys without any are left out."""
    with session.records.read() as reading:
        return reading.catalogue.counts()


class NewFile:
    """A new message at ``path``: entered with the log's entry, taken back if it could not be published after all."""

    def __init__(self, session: Session, grant: Grant, written: MessageWritten, path: str, *, replaces: bool) -> None:
        now = timestamp(session.workplace.clock.now())
        self._record = FileRecord(
            message_id=written.message_id,
            key_id=grant.key.id,
            version=grant.version.number,
            content=written.header.context.get(CONTENT_KEY, FILE),
            path=path,
            size=written.plaintext_size,
            created=now,
            seen=now,
        )
        self._replaces = replaces
        self._replaced: list[FileRecord] = []

    def enter(self, change: Change) -> None:
        """Note the message; what was known at its path goes, if that was replaced or hung on the same key.

        What hung on another key may have been moved away, and that key must still know of it.
        """
        known = change.catalogue.by_path(self._record.path)
        self._replaced = [old for old in known if self._replaces or old.key_id == self._record.key_id]
        for old in self._replaced:
            change.catalogue.forget(old.message_id)
        change.catalogue.record(self._record)

    def take_back(self, change: Change) -> None:
        """Undo `enter`."""
        change.catalogue.forget(self._record.message_id)
        for old in self._replaced:
            change.catalogue.record(old)


def seen(change: Change, session: Session, message_id: bytes, path: str) -> None:
    """Note that a message, if it is known, was just found at ``path``."""
    change.catalogue.set_seen(message_id, timestamp(session.workplace.clock.now()), path=path)
