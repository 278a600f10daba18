"""Names of what is not complete yet: drawn, locked while their makers live, given up for the real one."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import re
import secrets
from collections.abc import Callable
from contextlib import suppress

Note = Callable[[str, str], None]
"""Takes the folder's path and the temporary name."""

TEMPORARY = re.compile(r"\.signet-[0-9a-f]{16}\.part")
FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
TRIES = 8
"""A sweep may come between making and locking; it does not eight times in a row."""
_NO_LOCKS = {errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL}
_NO_RENAME_FLAGS = {errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP}
_RENAME_NOREPLACE = 1
_renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)


def nobody(_folder: str, _name: str) -> None:
    """Note nothing."""


def temporary_name() -> str:
    """Draw a name for what is not complete yet; `sweep` removes nothing that is called otherwise."""
    return f".signet-{secrets.token_hex(8)}.part"


def open_folder(path: str) -> int:
    """Open a folder, which may itself be a link that the person named; what it leads to is held from then on."""
    return os.open(os.path.realpath(path), FOLDER_FLAGS)


class KnownFolder:
    """Opens one folder many times: looked up once, held until another one is wanted or it is let go."""

    def __init__(self) -> None:
        self._path = ""
        self._fd = -1

    def open(self, path: str) -> int:
        """Return a descriptor of its own of the folder; raises as `open_folder`."""
        if self._fd < 0 or path != self._path:
            self.let_go()
            self._fd = open_folder(path)
            self._path = path
        return os.dup(self._fd)

    def let_go(self) -> None:
        """Close it; the next time it is looked up anew."""
        if self._fd >= 0:
            descriptor, self._fd = self._fd, -1
            os.close(descriptor)


def lock_file(fd: int, how: int) -> bool:
    """Lock a file; return False if another holds it. A file system without locks is taken as unlocked."""
    try:
        fcntl.flock(fd, how)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
    return True


def rename_without_replacing(folder: int, old: str, new: str, *, is_folder: bool = False) -> None:
    """Rename within a folder; raise FileExistsError if the new name is taken.

    Where the system cannot do that in one step, a folder takes the place of an empty one that comes in between.
    """
    if _renameat2 is not None:
        if _renameat2(folder, os.fsencode(old), folder, os.fsencode(new), _RENAME_NOREPLACE) == 0:
            return
        number = ctypes.get_errno()
        if number not in _NO_RENAME_FLAGS:
            raise OSError(number, os.strerror(number), new)
    if is_folder:
        with suppress(FileNotFoundError):
            os.stat(new, dir_fd=folder, follow_symlinks=False)
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), new)
        os.rename(old, new, src_dir_fd=folder, dst_dir_fd=folder)
        return
    os.link(old, new, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    os.unlink(old, dir_fd=folder)
