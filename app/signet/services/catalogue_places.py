"""Where known files are: found again by their message ids in a folder, and forgotten.

Headers are read and not proven: a file found elsewhere moves in the catalogue only if it is not where it was.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from signet.audit.entry import Draft, Outcome
from signet.clock import timestamp
from signet.errors import Cancelled, FileNotKnown, FolderMissing
from signet.services.catalogue import is_there, message_at
from signet.services.files_items import own_inodes, place_of
from signet.services.session import Session
from signet.services.workplace import Cancelled as IsCancelled
from signet.store.tree import Inode

FIND, FORGET = "FindFiles", "ForgetFile"
"""What the log calls what is done here."""


@dataclass(frozen=True)
class Moved:
    """A known file that is at another path than it was."""

    before: str
    path: str


@dataclass(frozen=True)
class FoundFiles:
    """What a folder holds of known files: those that moved there, how many were where they were.

    ``copies`` are further copies of files that are still where they were; ``unknown`` counts encrypted files that the
    catalogue does not know; ``unread`` are folders that could not be read.
    """

    moved: tuple[Moved, ...]
    seen: int
    copies: tuple[str, ...]
    unknown: int
    unread: tuple[str, ...]


def find_files(session: Session, folder: str, *, cancelled: IsCancelled | None = None) -> FoundFiles:
    """Look through a folder and all in it, links not followed, and note where known files are; one transaction.

    Raises FolderMissing, Cancelled (nothing is noted then).
    """
    root = place_of(folder).path if os.path.islink(folder) else os.path.realpath(folder)
    if not os.path.isdir(root):
        raise FolderMissing(path=folder)
    with session.records.read() as reading:
        known = {record.message_id: record for record in reading.catalogue.all()}
    unread: list[str] = []
    there: dict[bytes, str] = {}
    moved: dict[bytes, Moved] = {}
    copies: list[str] = []
    unknown = 0
    for path in _files_in(root, own_inodes(session), unread):
        if cancelled is not None and cancelled():
            raise Cancelled
        message_id = message_at(path)
        if message_id is None:
            continue
        record = known.get(message_id)
        if record is None:
            unknown += 1
        elif record.path == path:
            there[message_id] = path
        elif message_id in moved or is_there(record):
            copies.append(path)
        else:
            moved[message_id] = Moved(record.path, path)
    now = timestamp(session.workplace.clock.now())
    with session.records.change() as change:
        for message_id, path in {**there, **{each: found.path for each, found in moved.items()}}.items():
            change.catalogue.set_seen(message_id, now, path=path)
        change.append(Draft(FIND, Outcome.DONE, details={"folder": root, "moved": len(moved), "seen": len(there)}))
    return FoundFiles(tuple(moved.values()), len(there), tuple(copies), unknown, tuple(unread))


def forget_file(session: Session, name: str) -> tuple[str, ...]:
    """Take a file out of the catalogue: what is known at a path, or one by its message id; the file itself stays.

    Returns the paths. Raises FileNotKnown.
    """
    path = place_of(name).path
    with session.records.change() as change:
        found = [each for each in change.catalogue.all() if path == each.path or name == each.message_id.hex()]
        if not found:
            raise FileNotKnown(path=name)
        for record in found:
            change.catalogue.forget(record.message_id)
            details = {"source": record.path, "message-id": record.message_id.hex()}
            change.append(Draft(FORGET, Outcome.DONE, key=record.key_id, details=details))
    return tuple(dict.fromkeys(each.path for each in found))


def _files_in(root: str, avoid: frozenset[Inode], unread: list[str]) -> Iterator[str]:
    """Every ordinary file below a folder; folders that cannot be read are put into ``unread``."""
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            unread.append(folder)
            continue
        for entry in entries:
            try:
                if entry.is_dir(follow_symlinks=False):
                    status = entry.stat(follow_symlinks=False)
                    if (status.st_dev, status.st_ino) not in avoid:
                        waiting.append(entry.path)
                elif entry.is_file(follow_symlinks=False):
                    yield entry.path
            except OSError:
                unread.append(entry.path)
