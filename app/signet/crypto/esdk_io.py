"""The engine's reading and writing by file descriptor, with the operating system's errors translated.

The engine knows descriptors only; the names it is given are for messages.
"""

from __future__ import annotations

import errno
import io
import os
import select
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from signet.errors import Cancelled, DiskFull, SourceChanged, StorageError

Buffer = bytes | bytearray | memoryview

POLL_SECONDS = 0.05
"""How long anything waits before it looks at ``cancelled`` again."""

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True)
class Source:
    """A regular file to read from, with what told it apart when the work began."""

    fd: int
    name: str
    size: int
    modified: int
    inode: tuple[int, int]

    @classmethod
    def look(cls, fd: int, name: str) -> Source | None:
        """Remember a regular file's size, time and inode; None for a pipe or anything else."""
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            return None
        return cls(fd, name, status.st_size, status.st_mtime_ns, (status.st_dev, status.st_ino))

    def read_into(self, view: memoryview, offset: int) -> None:
        """Fill ``view`` from ``offset``; raise SourceChanged if the file ends earlier than it did at first."""
        done = 0
        try:
            while done < len(view):
                got = os.preadv(self.fd, [view[done:]], offset + done)
                if got == 0:
                    raise SourceChanged(path=self.name)
                done += got
        except OSError as error:
            raise StorageError(path=self.name) from error

    def check_unchanged(self) -> None:
        """Raise SourceChanged if the file is not what it was at first."""
        if Source.look(self.fd, self.name) != self:
            raise SourceChanged(path=self.name)


@dataclass(frozen=True)
class Target:
    """A file to write to."""

    fd: int
    name: str

    def check_room(self, size: int) -> None:
        """Raise DiskFull before the work begins if the file system has no room for ``size`` bytes.

        Reserving (``posix_fallocate``) would be surer and costs a fifth of a second a gigabyte where files live in
        memory, on one core; a disk that fills up meanwhile is found by `write` just as well.
        """
        try:
            state = os.fstatvfs(self.fd)
        except OSError as error:
            raise self._translated(error) from error
        # Some file systems in user space do not know their size and say 0.
        if state.f_blocks and state.f_bavail * state.f_frsize < size:
            raise DiskFull(path=self.name)

    def write(self, view: Buffer, offset: int) -> None:
        """Write all of ``view`` at ``offset``; raise DiskFull, StorageError."""
        done = 0
        try:
            done = os.pwrite(self.fd, view, offset)
            while done < len(view):
                done += os.pwrite(self.fd, memoryview(view)[done:], offset + done)
        except OSError as error:
            raise self._translated(error) from error

    def discard(self) -> None:
        """Cut the file to nothing: what was written so far must not be taken for a result.

        It follows another error, which must not be hidden by one from here; whoever made the file removes it anyway.
        """
        with suppress(OSError):
            os.ftruncate(self.fd, 0)

    def _translated(self, error: OSError) -> StorageError:
        return DiskFull(path=self.name) if error.errno in _NO_SPACE else StorageError(path=self.name)


class PollingReader(io.RawIOBase):
    """A pipe or file read forwards that looks at ``cancelled`` while it waits."""

    def __init__(self, fd: int, *, name: str, cancelled: Callable[[], bool]) -> None:
        self._fd = fd
        self._name = name
        self._cancelled = cancelled
        self._poll = select.poll()
        self._poll.register(fd, select.POLLIN | select.POLLHUP)

    def readable(self) -> bool:
        """Say that this can be read."""
        return True

    def readinto(self, buffer: Buffer) -> int:  # type: ignore[override]  # typeshed: a private buffer type
        """Read what there is; 0 at the end. Raises Cancelled, StorageError."""
        try:
            while True:
                if self._cancelled():
                    raise Cancelled
                if self._poll.poll(POLL_SECONDS * 1000):
                    return os.readv(self._fd, [buffer])
        except OSError as error:
            raise StorageError(path=self._name) from error
