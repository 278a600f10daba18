"""Edit once: an encrypted file opened in its program, encrypted anew when the person is done, nothing plain left.

The plain file lies in a private folder, in memory where there is a place for it. It is noted before it exists
(`signet.services.editing_notes`), so that the next start wipes it after a kill, unless it was changed
(`signet.services.editing_leftovers`): changes are kept until the person says what shall become of them. The encrypted
file is replaced as re-encrypting does it: by a message that was read back, and only if it is the one that was opened.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass

from signet.crypto.esdk_decrypt import read_header
from signet.errors import EditLost, EditOpen, EditUnfinished, NoEdit, NotEditable, SignetError, SourceChanged
from signet.services import editing_notes
from signet.services.catalogue import CONTENT_KEY, FOLDER
from signet.services.editing_notes import EditNote, HeldNote, others, stamp_of, was_saved
from signet.services.editing_save import opens_with, save
from signet.services.files_decrypt import decrypt_files, plain_name
from signet.services.files_items import opened, own_folder, place_of, refuse_own
from signet.services.session import Session
from signet.services.workplace import Cancelled as IsCancelled
from signet.services.workplace import Progress, Workplace
from signet.store.foreign import translated
from signet.store.output import FileMark
from signet.store.private import is_own, make_private, memory_base

WARNING = (
    "The program may keep copies of its own: temporary files, a list of recent documents, versions. Signet wipes "
    "nothing but its own folder."
)
ON_DISK = "There is no place in memory for it, so it lies on the disk until you are done, readable for you alone."
_ROOM = 3
"""How many times its own size a file may take while it is edited: programs write a new one beside the old."""
_SPARE = 16 << 20
"""Bytes that must be free besides."""
_CHUNK = 1 << 20
_TRIES = 3
"""How often a file that is saved again while it is encrypted is encrypted once more."""


@dataclass(frozen=True)
class Finished:
    """What came of an edit: ``changed`` if there is a new message at ``path``."""

    path: str
    changed: bool


class Edit:
    """One file that is open for editing. Nothing of it needs the vault but `finish`.

    ``path`` is the encrypted file, ``plain`` the file for the program, ``in_memory`` whether that is on no disk.
    """

    def __init__(self, held: HeldNote, digest: bytes | None) -> None:
        self._held = held
        self._digest = digest
        self.path = held.note.path
        self.plain = held.note.plain
        self.vault_id = held.note.vault_id
        self.in_memory = os.path.basename(held.note.folder).startswith(editing_notes.PREFIX)

    @property
    def saved(self) -> bool:
        """Whether the plain file is another than the one that was decrypted, told by its times; quick."""
        return was_saved(self._held.note)

    def others(self) -> tuple[str, ...]:
        """What else is in the folder and looks like work: not what programs leave beside a file."""
        return others(self._held.note)

    def finish(
        self, session: Session, *, progress: Progress | None = None, cancelled: IsCancelled | None = None
    ) -> Finished:
        """Encrypt the file anew if its content changed, then wipe the folder.

        Whatever is raised, the edit stays as it was: EditLost, SourceChanged (the encrypted file is another now, or
        the program does not stop saving), what `use_key` raises, DiskFull, Cancelled; ConfirmationMissing if
        other files in the folder are not to be thrown away.
        """
        self._ask_about_others(session)
        changed = False
        for _ in range(_TRIES):
            stamp = stamp_of(self.plain)
            digest = _digest(self.plain)
            if digest != self._digest:
                mark = save(session, self._held.note, progress=progress, cancelled=cancelled)
                changed, self._digest = True, digest
                if stamp is not None:
                    self._held.stamped(stamp, mark)
            if stamp is not None and stamp_of(self.plain) == stamp:
                self._held.forget()
                return Finished(self.path, changed)
        raise SourceChanged(path=self.plain)

    def discard(self) -> None:
        """Throw away whatever was changed, and wipe the folder. Raises StorageError."""
        self._held.forget()

    def leave(self) -> None:
        """Let go of it as it is: the next start takes it up."""
        self._held.close()

    def _ask_about_others(self, session: Session) -> None:
        more = self.others()
        if more:
            session.workplace.prompt.confirm(
                f"There is more in the folder of “{self._held.note.name}” than that file. Throw the rest away?",
                about=tuple(f"“{name}” is not encrypted and would be gone." for name in more),
            )


def open_edit(
    session: Session, path: str, *, progress: Progress | None = None, cancelled: IsCancelled | None = None
) -> Edit:
    """Decrypt the file at ``path`` into a private folder.

    Raises EditOpen, EditUnfinished; NotEditable for a folder and for a file that keys which are not here open too;
    KeyStateRefused if it could not be encrypted again; what decrypting raises.
    """
    place = place_of(path)
    refuse_own(own_folder(session), place, path)
    with opened(path) as source:
        found = os.fstat(source)
        mark = FileMark.of(found)
        header, _ = read_header(source, source_name=path)
    if header.context.get(CONTENT_KEY) == FOLDER:
        raise NotEditable(path=path, reason="it holds a folder")
    opens_with(session, header, path)
    workplace = session.workplace
    edit_id = editing_notes.new_id()
    base = memory_base(_ROOM * found.st_size + _SPARE)
    folder = (
        editing_notes.files_folder(workplace, edit_id)
        if base is None
        else os.path.join(base, editing_notes.PREFIX + edit_id)
    )
    note = EditNote(edit_id, session.vault_id, place.path, mark, folder, plain_name(place.name))
    with editing_notes.only_one(workplace):
        _refuse_second(workplace, place.path)
        held = editing_notes.hold_new(workplace, note)
    try:
        make_private(folder)
        (item,) = decrypt_files(session, [path], output=folder, listed=False, progress=progress, cancelled=cancelled)
        if item.error is not None:
            raise item.error
        stamp = stamp_of(note.plain)
        if stamp is None:
            raise EditLost(path=note.plain)
        digest = _digest(note.plain)
        held.stamped(stamp)
    except BaseException:
        held.forget()
        raise
    return Edit(held, digest)


def take_up(workplace: Workplace, path: str) -> Edit:
    """Take up the changes to ``path`` that a Signet which was ended left; raise NoEdit, EditOpen."""
    wanted = place_of(path).path
    with editing_notes.only_one(workplace):
        found: Edit | None = None
        for note, held in editing_notes.notes(workplace):
            if note.path == wanted and held is None:
                raise EditOpen(path=path)
            if held is None:
                continue
            if note.path == wanted and found is None and note.stamp is not None and is_own(note.folder):
                found = Edit(held, None)
            else:
                held.close()
    if found is None:
        raise NoEdit(path=path)
    return found


def _refuse_second(workplace: Workplace, path: str) -> None:
    refusal: SignetError | None = None
    for note, held in editing_notes.notes(workplace):
        if held is not None:
            held.close()
        if note.path == path:
            refusal = EditOpen(path=path) if held is None else EditUnfinished(path=path)
    if refusal is not None:
        raise refusal


def _digest(path: str) -> bytes:
    digest = hashlib.sha256()
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise EditLost(path=path) from error
    with translated(path), open(descriptor, "rb") as file:
        while piece := file.read(_CHUNK):
            digest.update(piece)
    return digest.digest()
