"""Small files of Signet's own: read whole within a bound; replaced so that a crash leaves the old or the new one."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress

from signet.errors import SourceNotFound, SourceUnsupported
from signet.store.foreign import translated

FILE_MODE = 0o600
FOLDER_MODE = 0o700


def read_small(path: str, *, limit: int) -> bytes:
    """Return the bytes of an ordinary file; links are not followed.

    Raises SourceNotFound, SourceUnsupported (not an ordinary file, or longer than ``limit`` bytes), FolderReadOnly.
    """
    with translated(path):
        try:
            # Without O_NONBLOCK a named pipe in its place would hang us.
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise SourceNotFound(path=path) from error
        with open(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise SourceUnsupported(path=path, reason="it is not an ordinary file")
            content = file.read(limit + 1)
    if len(content) > limit:
        raise SourceUnsupported(path=path, reason=f"it is longer than {limit} bytes")
    return content


def replace_durably(path: str, content: bytes) -> None:
    """Put ``content`` (0600) in place of what is at ``path``: written, synced, renamed, the folder synced.

    Raises DiskFull, FolderReadOnly, StorageError; the old file is then untouched.
    """
    folder = os.path.dirname(path) or "."
    beside = f"{path}.{secrets.token_hex(8)}.part"
    with translated(path):
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, FILE_MODE)
        try:
            with open(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(descriptor)
            os.rename(beside, path)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(beside)
            raise
        sync_folder(folder)


def sync_folder(path: str) -> None:
    """Make the names in a folder as durable as the files they name."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
