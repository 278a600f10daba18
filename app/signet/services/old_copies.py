"""Older copies of a vault in its own folder: automatic backups and what a restore put aside.

They open by the ways in of their time. After a way in was taken out they are named, and deleted if the person wants.
"""

from __future__ import annotations

import os
import shutil

from signet.errors import SignetError
from signet.formats.header import VaultHeader
from signet.formats.header_parser import parse_header
from signet.services import backup
from signet.services.backup_archive import read_backup
from signet.services.session import Session
from signet.store.files import sync_folder
from signet.store.folder import VaultFolder
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


def delete_left_behind(session: Session) -> int:
    """Make a backup, then delete what a removed way in opens at that moment; return how many those were.

    Raises ProofOfPresenceMissing, StorageError.
    """
    session.require_presence()
    backup.automatic_backup(session, "ways-in-changed")
    copies = left_behind(session)
    delete_copies(session, copies)
    return len(copies)


def left_behind(session: Session) -> tuple[str, ...]:
    """The older copies that still open by a way in which this vault has no more; each tells by its header.

    What cannot be read opens by nothing, as far as is known, and is left out.
    """
    now = {method.id for method in session.header.methods}
    return tuple(path for path in old_copies(session) if not _ways_of(path) <= now)


def _ways_of(path: str) -> set[str]:
    try:
        if os.path.isdir(path):
            return _ids(parse_header(VaultFolder(path).read_header()))
        return _ids(read_backup(path).parsed)
    except SignetError:
        return set()


def _ids(header: VaultHeader) -> set[str]:
    return {method.id for method in header.methods}
