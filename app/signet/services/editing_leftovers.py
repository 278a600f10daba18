"""What Signets that were ended left of files being edited: unchanged it is wiped, changes are kept and told."""

from __future__ import annotations

import os
from dataclasses import dataclass

from signet.services.editing_notes import EditNote, any_noted, notes, only_one, others, was_saved
from signet.services.session import Session
from signet.store.private import is_own


@dataclass(frozen=True)
class Leftover:
    """Changes that were not encrypted: of which file, and where the plain one is."""

    path: str
    plain: str


def leftovers(session: Session) -> tuple[Leftover, ...]:
    """Wipe what was left unchanged, and return what was changed, of this vault; what others are editing stays.

    What is not there any more, as after a restart of the computer, is forgotten, and the person told. Raises
    StorageError.
    """
    workplace = session.workplace
    if not any_noted(workplace):
        return ()
    kept: list[Leftover] = []
    gone: list[str] = []
    with only_one(workplace):
        for note, held in notes(workplace):
            if held is None:
                continue
            if note.vault_id != session.vault_id:
                held.close()
            elif _has_changes(note):
                kept.append(Leftover(note.path, note.plain))
                held.close()
            else:
                if note.stamp is not None and not os.path.lexists(note.folder):
                    gone.append(os.path.basename(note.path))
                held.forget()
    for name in gone:  # told once the lock is let go
        workplace.prompt.note(
            f"“{name}” was open for editing when the computer stopped. What was changed since is gone; the encrypted "
            "file is as it was."
        )
    return tuple(kept)


def tell_leftovers(session: Session) -> int:
    """Do what `leftovers` does, tell the person of changes that wait, and return how many do."""
    found = leftovers(session)
    for each in found:
        session.workplace.prompt.note(
            f"“{os.path.basename(each.path)}” was open for editing when Signet ended. Your changes are not encrypted "
            f"yet: they wait in {each.plain}."
        )
    return len(found)


def _has_changes(note: EditNote) -> bool:
    """Whether there is work in the folder; without a stamp no program ever saw it."""
    return note.stamp is not None and is_own(note.folder) and (was_saved(note) or bool(others(note)))
