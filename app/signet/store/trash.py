"""Moving a file or folder into the desktop's trash (freedesktop.org, The Desktop Trash Specification, version 1.0).

The move is a rename on one file system: nothing is copied, so no second plain copy comes about, and what was looked
at before is what goes. A disk without a place for a trash is refused.
"""

from __future__ import annotations

import os
import stat
from datetime import datetime
from urllib.parse import quote

from signet.errors import SourceChanged, SourceNotFound, TrashUnavailable
from signet.store.files import FOLDER_MODE
from signet.store.foreign import translated
from signet.store.output import FileMark, sync_folder

_INFO_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_FILE_MODE = 0o600
MOST_ALIKE = 10_000
"""Files of one name in a trash; nobody keeps more."""


def mark_of(path: str) -> FileMark:
    """What tells the file or folder at ``path`` from any other; raises SourceNotFound, StorageError."""
    with translated(path):
        try:
            return FileMark.of(os.lstat(path))
        except (FileNotFoundError, NotADirectoryError) as error:
            raise SourceNotFound(path=path) from error


def move_to_trash(path: str, *, mark: FileMark, home: str, now: datetime) -> str:
    """Move what is at ``path`` into the trash of its disk and return where it is now.

    ``mark`` is what it was when it was looked at; ``home`` the person's own trash; ``now`` in local time. Raises
    SourceNotFound, SourceChanged if it is not that any more, TrashUnavailable, FolderReadOnly, DiskFull.
    """
    folder = os.path.realpath(os.path.dirname(os.path.abspath(path)))
    name = os.path.basename(path.rstrip(os.sep))
    if mark_of(path) != mark:
        raise SourceChanged(path=path)
    trash, top = _trash_of(os.path.join(folder, name), mark.device, home)
    where = os.path.join(folder, name)
    info, kept = _reserve(trash, name, where if top is None else os.path.relpath(where, top), now)
    try:
        with translated(path):
            os.rename(where, kept)
        if mark_of(kept) != mark:  # somebody put another in its place in the very moment: it goes back
            with translated(path):
                os.rename(kept, where)
            raise SourceChanged(path=path)
    except BaseException:
        os.unlink(info)
        raise
    for each in (folder, os.path.dirname(kept)):
        sync_folder(each)
    return kept


def _trash_of(path: str, device: int, home: str) -> tuple[str, str | None]:
    """Choose the trash for a file: the person's own, or one at the top of its disk, with that top."""
    with translated(home):
        os.makedirs(home, mode=FOLDER_MODE, exist_ok=True)
    if os.lstat(home).st_dev == device:
        return home, None
    top = os.path.dirname(path)
    while not os.path.ismount(top):
        top = os.path.dirname(top)
    user = str(os.getuid())
    shared = os.path.join(top, ".Trash")
    if _may_be_shared(shared):
        return _made(os.path.join(shared, user), path, device), top
    return _made(os.path.join(top, f".Trash-{user}"), path, device), top


def _may_be_shared(folder: str) -> bool:
    """Whether this is the trash of all users: a folder, no link, with the sticky bit ("Trash directories", 1)."""
    try:
        status = os.lstat(folder)
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and bool(status.st_mode & stat.S_ISVTX)


def _made(folder: str, path: str, device: int) -> str:
    try:
        os.makedirs(folder, mode=FOLDER_MODE, exist_ok=True)
        status = os.lstat(folder)
    except OSError as error:
        raise TrashUnavailable(path=path) from error
    if not stat.S_ISDIR(status.st_mode) or (status.st_dev, status.st_uid) != (device, os.getuid()):
        raise TrashUnavailable(path=path)
    return folder


def _reserve(trash: str, name: str, original: str, now: datetime) -> tuple[str, str]:
    """Write the note on a file, which takes its name in the trash; return the note and where the file is to go."""
    files, infos = (os.path.join(trash, each) for each in ("files", "info"))
    with translated(trash):
        for each in (files, infos):
            os.makedirs(each, mode=FOLDER_MODE, exist_ok=True)
    said = f"[Trash Info]\nPath={quote(os.fsencode(original))}\nDeletionDate={now:%Y-%m-%dT%H:%M:%S}\n"
    for number in range(1, MOST_ALIKE):
        chosen = name if number == 1 else f"{name}.{number}"
        info, kept = os.path.join(infos, f"{chosen}.trashinfo"), os.path.join(files, chosen)
        with translated(info):
            try:
                descriptor = os.open(info, _INFO_FLAGS, _FILE_MODE)
            except FileExistsError:
                continue
            with os.fdopen(descriptor, "wb") as file:
                file.write(said.encode("ascii"))
                file.flush()
                os.fsync(file.fileno())
        if not os.path.lexists(kept):
            return info, kept
        os.unlink(info)
    raise TrashUnavailable(path=original)
