"""What is noted of an encrypted file that is open for editing: written before there is anything to be found.

One folder for each edit below ``edits`` in the state folder: ``note.json``, and ``files`` where there is no place in
memory. The folder is locked as long as its Signet lives (flock); a note that nobody holds is of a Signet that was
ended. There are no secrets in it: the path of the encrypted file, and of the folder where the plain one is.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from signet.errors import StorageError
from signet.services.workplace import Workplace
from signet.store.files import FOLDER_MODE, read_small, replace_durably
from signet.store.foreign import translated
from signet.store.naming import FOLDER_FLAGS, lock_file
from signet.store.output import FileMark
from signet.store.private import remove_private

FORMAT = "signet-edit"
VERSION = 1
MAX_NOTE = 65536
PREFIX = "signet-edit-"
NOTE, FILES = "note.json", "files"
_ID = re.compile(r"[0-9a-f]{16}")

Stamp = tuple[int, int, int, int]
"""Inode, size in bytes, times of change and of status change in nanoseconds: the last cannot be set back."""


@dataclass(frozen=True)
class EditNote:
    """``path`` is the encrypted file, ``mark`` what told it apart; ``folder`` holds the plain one, called ``name``.

    ``stamp`` is that of the plain file as it was decrypted; None as long as nothing was complete in the folder.
    """

    id: str
    vault_id: str
    path: str
    mark: FileMark
    folder: str
    name: str
    stamp: Stamp | None = None

    @property
    def plain(self) -> str:
        """Where the plain file is."""
        return os.path.join(self.folder, self.name)

    def encoded(self) -> bytes:
        """As it stands in its file; names that are no UTF-8 survive."""
        fields = {**vars(self), "mark": vars(self.mark), "format": FORMAT, "version": VERSION}
        return json.dumps(fields).encode("ascii")

    @classmethod
    def decoded(cls, data: bytes) -> EditNote:
        """Read what `encoded` wrote; raise ValueError for anything else."""
        fields = json.loads(data)
        if not isinstance(fields, dict) or (fields.pop("format", 0), fields.pop("version", 0)) != (FORMAT, VERSION):
            raise ValueError("it is no note of an edit")
        try:
            stamp = fields.pop("stamp")
            note = cls(
                **{**fields, "mark": FileMark(**fields["mark"])}, stamp=None if stamp is None else tuple(stamp)
            )
        except (TypeError, KeyError) as error:
            raise ValueError("it is no note of an edit") from error
        texts = (note.id, note.vault_id, note.path, note.folder, note.name)
        if not all(isinstance(text, str) for text in texts) or not _ID.fullmatch(note.id):
            raise ValueError("it is no note of an edit")
        if os.path.basename(note.name) != note.name or not note.name or not _is_of(note.folder, note.id):
            raise ValueError("it is no note of an edit")
        return note


class HeldNote:
    """A note whose lock this process holds, until `close` or `forget`."""

    def __init__(self, place: str, descriptor: int, note: EditNote) -> None:
        self._place, self._descriptor = place, descriptor
        self.note = note

    def write(self, note: EditNote) -> None:
        """Put a note in the place of this one, durably."""
        replace_durably(os.path.join(self._place, NOTE), note.encoded())
        self.note = note

    def stamped(self, stamp: Stamp, mark: FileMark | None = None) -> None:
        """Note the plain file as it is now encrypted, and by ``mark`` the file in which."""
        self.write(replace(self.note, stamp=stamp, mark=mark or self.note.mark))

    def forget(self) -> None:
        """Remove the plain folder and the note, in this order, and let go."""
        remove_private(self.note.folder)
        with translated(self._place):
            with suppress(FileNotFoundError):
                os.unlink(os.path.join(self._place, NOTE))
            with suppress(OSError):
                os.rmdir(self._place)
        self.close()

    def close(self) -> None:
        """Let go; can be called twice."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def new_id() -> str:
    """Draw the name of an edit."""
    return secrets.token_hex(8)


def files_folder(workplace: Workplace, edit_id: str) -> str:
    """The folder in the state folder that takes the plain file where there is no place in memory."""
    return os.path.join(_edits(workplace), edit_id, FILES)


def any_noted(workplace: Workplace) -> bool:
    """Whether anything was ever noted: nothing need be locked if not."""
    return os.path.isdir(_edits(workplace))


@contextmanager
def only_one(workplace: Workplace) -> Iterator[None]:
    """Keep every other Signet of this person from beginning an edit meanwhile. Raises StorageError."""
    folder = _edits(workplace)
    with translated(folder):
        os.makedirs(folder, mode=FOLDER_MODE, exist_ok=True)
        descriptor = os.open(folder, FOLDER_FLAGS)
    try:
        lock_file(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def hold_new(workplace: Workplace, note: EditNote) -> HeldNote:
    """Write a note and hold it; within `only_one`. Raises DiskFull, FolderReadOnly, StorageError."""
    place = os.path.join(_edits(workplace), note.id)
    with translated(place):
        os.mkdir(place, FOLDER_MODE)
        descriptor = os.open(place, FOLDER_FLAGS)
    lock_file(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    held = HeldNote(place, descriptor, note)
    try:
        held.write(note)
    except BaseException:
        held.forget()
        raise
    return held


def notes(workplace: Workplace) -> Iterator[tuple[EditNote, HeldNote | None]]:
    """Yield every note, held now unless another Signet has it; the caller closes what it does not keep."""
    folder = _edits(workplace)
    with suppress(FileNotFoundError):
        for edit_id in sorted(os.listdir(folder)):
            found = _take(os.path.join(folder, edit_id)) if _ID.fullmatch(edit_id) else None
            if found is not None:
                yield found


def _take(place: str) -> tuple[EditNote, HeldNote | None] | None:
    try:
        descriptor = os.open(place, FOLDER_FLAGS)
    except OSError:
        return None
    held = lock_file(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    try:
        note = EditNote.decoded(read_small(os.path.join(place, NOTE), limit=MAX_NOTE))
    except (StorageError, ValueError, RecursionError):
        # The note comes before the folder that it names: without one there is nothing plain anywhere.
        if held:
            with suppress(OSError):
                os.rmdir(place)
        os.close(descriptor)
        return None
    if held:
        return note, HeldNote(place, descriptor, note)
    os.close(descriptor)
    return note, None


def stamp_of(path: str) -> Stamp | None:
    """The stamp of an ordinary file, None if there is none."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def was_saved(note: EditNote) -> bool:
    """Whether the plain file is another than the one that was decrypted, told by its times; quick."""
    return stamp_of(note.plain) != note.stamp


def others(note: EditNote) -> tuple[str, ...]:
    """What else is in the folder and looks like work: not what programs leave beside a file."""
    try:
        names = sorted(os.listdir(note.folder))
    except OSError:
        return ()
    return tuple(name for name in names if name != note.name and not _is_dropping(name))


def _is_dropping(name: str) -> bool:
    """Whether this is what programs leave beside a file: locks, swap files, the version before."""
    return name.startswith((".", "#", "~$")) or name.endswith(("~", "#"))


def _edits(workplace: Workplace) -> str:
    return os.path.join(workplace.places.state, "edits")


def _is_of(folder: str, edit_id: str) -> bool:
    """Whether a folder is one that an edit of this id may have made: nothing else is ever removed."""
    parent, name = os.path.split(folder)
    return name == PREFIX + edit_id or (name == FILES and os.path.basename(parent) == edit_id)
