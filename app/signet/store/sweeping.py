"""What a killed Signet left under a temporary name is removed: files, and folders with everything in them."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import stat

from signet.store.foreign import from_system, translated
from signet.store.naming import FOLDER_FLAGS, TEMPORARY, lock_file


def sweep(folder: str, name: str) -> bool:
    """Remove a noted leftover of a killed process; return whether the note is settled.

    True: it was removed, or is not there. False: it is somebody's still, or not what Signet makes (another name,
    owner or kind of file, a second link); it stays. Raises FolderReadOnly, StorageError.
    """
    if not TEMPORARY.fullmatch(name):
        return False
    try:
        descriptor = os.open(os.path.realpath(folder), FOLDER_FLAGS)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError as error:
        raise from_system(error, folder) from error
    path = os.path.join(folder, name)
    try:
        with translated(path):
            return _sweep_in(descriptor, name)
    finally:
        os.close(descriptor)


def _sweep_in(folder: int, name: str) -> bool:
    try:
        is_folder = stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
        flags = FOLDER_FLAGS if is_folder else os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        fd = os.open(name, flags, dir_fd=folder)
    except FileNotFoundError:
        return True
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EISDIR, errno.ENXIO, errno.ENOTDIR):
            return False
        raise
    try:
        status = os.fstat(fd)
        is_file = stat.S_ISREG(status.st_mode) and status.st_nlink == 1
        ours = (is_file or stat.S_ISDIR(status.st_mode)) and status.st_uid == os.geteuid()
        if not ours or not lock_file(fd, fcntl.LOCK_EX | fcntl.LOCK_NB):
            return False
        named = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if (named.st_dev, named.st_ino) != (status.st_dev, status.st_ino):
            return False
        if is_folder:
            shutil.rmtree(name, dir_fd=folder)
        else:
            os.unlink(name, dir_fd=folder)
        return True
    except FileNotFoundError:
        return True
    finally:
        os.close(fd)
