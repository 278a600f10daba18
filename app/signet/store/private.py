"""A folder for one person's eyes, in memory where the system has such a place, for what must not stay on a disk."""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import suppress

from signet.store.files import FOLDER_MODE, sync_folder
from signet.store.foreign import translated

MOUNTS = "/proc/self/mountinfo"
_IN_MEMORY = frozenset({"tmpfs", "ramfs"})


def memory_base(needed: int) -> str | None:
    """Return a folder in memory in which a private one of ``needed`` bytes can be made; None if there is none."""
    for base in memory_bases():
        with suppress(OSError):
            if is_in_memory(base) and os.access(base, os.W_OK | os.X_OK) and _room(base) >= needed:
                return os.path.realpath(base)
    return None


def memory_bases() -> tuple[str, ...]:
    """Places in memory that a person can write to: the session's own first (XDG Base Directory Specification)."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    return tuple(base for base in (runtime, "/dev/shm") if os.path.isabs(base))  # noqa: S108 - a folder 0700 goes there


def is_in_memory(path: str) -> bool:
    """Whether a folder is on a file system that lives in memory (proc(5), mountinfo)."""
    device = os.stat(path).st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    with open(MOUNTS, encoding="utf-8", errors="surrogateescape") as mounts:
        for line in mounts:
            before, _, after = line.partition(" - ")
            if before.split()[2] == wanted:
                return after.split()[0] in _IN_MEMORY
    return False


def make_private(path: str) -> None:
    """Make the folder (0700); raises FolderReadOnly, DiskFull, StorageError, also if it is there already."""
    with translated(path):
        os.makedirs(os.path.dirname(path), mode=FOLDER_MODE, exist_ok=True)
        os.mkdir(path, FOLDER_MODE)
        sync_folder(os.path.dirname(path))


def is_own(path: str) -> bool:
    """Whether there is such a folder, a real one, of this person; its mode may have been changed since."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()


def remove_private(path: str) -> None:
    """Remove the folder and all in it; nothing if it is not there or not this person's. Raises StorageError.

    What programs still write into it meanwhile goes too; what was on a disk is removed, not shredded.
    """
    for _ in range(3):
        if not is_own(path):
            return
        with translated(path), suppress(FileNotFoundError):
            _unlock_folders(path)
            shutil.rmtree(path)


def _unlock_folders(path: str) -> None:
    """Make the folder, and every folder in it, one that can be emptied."""
    os.chmod(path, FOLDER_MODE)
    for folder, names, _ in os.walk(path):
        for name in names:
            inner = os.path.join(folder, name)
            if not os.path.islink(inner):
                os.chmod(inner, FOLDER_MODE)


def _room(path: str) -> int:
    found = os.statvfs(path)
    return found.f_bavail * found.f_frsize
