"""Older copies of a vault in its own folder: automatic backups and what a restore put aside.

They open by the ways in of their time. After a way in was taken out they are named, and deleted if the person wants.
"""

from __future__ import annotations

import os
import shutil

from signet.services import backup
from signet.services.session import Session
from signet.store.files import sync_folder
from signet.store.foreign import translated


def old_copies(session: Session) -> tuple[str, ...]:
    """Every older copy of the vault in its folder, backups first, each newest first."""
    return (*backup.list_backups(session), *backup.kept_before_restore(session))


def delete_copies(session: Session, paths: tuple[str, ...]) -> None:
    """Delete these of the vault's older copies; what is not one of them is left alone. Raises StorageError."""
    known = set(old_copies(session))
    folder = session.folder.backups
    with translated(folder):
        for path in paths:
            if path not in known:
                continue
            if os.path.isdir(path):
                shutil.rmtree(path)
            else:
                os.unlink(path)
        sync_folder(folder)
