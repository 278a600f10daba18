"""The engine's reading and writing by file descriptor, with the operating system's errors translated.

The engine knows descriptors only; the names it is given are for messages.
"""

from __future__ import annotations

import errno
import io
import os
import select
import stat
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from signet.errors import Cancelled, DiskFull, SourceChanged, StorageError

Buffer = bytes | bytearray | memoryview

POLL_SECONDS = 0.05
"""How long anything waits before it looks at ``cancelled`` again."""

MAX_VIEWS = 1024
"""So many pieces of memory go into one call (IOV_MAX)."""
HASTENED = 16 << 20
"""Bytes whose way to the disk begins at once. Measured: from 2 to 32 MiB there is little difference."""

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

    def read_into(self, views: Sequence[memoryview], offset: int) -> None:
        """Fill ``views``, at most `MAX_VIEWS`, one behind the other with what lies from ``offset`` on.

        Raises SourceChanged if the file ends earlier than it did at first, StorageError.
        """
        try:
            while views:
                got = os.preadv(self.fd, views, offset)
                views = _beyond(views, got)
                offset += got
                if views and not got:
                    raise SourceChanged(path=self.name)
        except OSError as error:
            raise StorageError(path=self.name) from error

    def check_unchanged(self) -> None:
        """Raise SourceChanged if the file is not what it was at first."""
        if Source.look(self.fd, self.name) != self:
            raise SourceChanged(path=self.name)


class Sink(ABC):
    """What takes the engine's results."""

    @abstractmethod
    def check_room(self, size: int) -> None:
        """Raise DiskFull if there is no room for ``size`` bytes; asked before the work begins, if it is much."""

    @abstractmethod
    def write(self, view: Buffer, offset: int) -> None:
        """Take all of ``view``, which belongs at ``offset``. Several workers call it at once; one, in order."""

    def write_views(self, views: Sequence[memoryview], offset: int) -> None:
        """Take ``views``, at most `MAX_VIEWS`, which belong one behind the other.

        They are joined: frames may be a few bytes long, and each call of `write` has its price.
        """
        self.write(views[0] if len(views) == 1 else b"".join(views), offset)

    @abstractmethod
    def discard(self) -> None:
        """Forget what was taken: it must not be held for a result."""


@dataclass(frozen=True)
class Target(Sink):
    """A file to write to.

    The system is told to begin putting on the disk what stands every few MiB: else it waits, with all of a file that
    fits into memory, until the file is settled, and disk and processor work one behind the other.
    """

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
        self.write_views((memoryview(view),), offset)

    def write_views(self, views: Sequence[memoryview], offset: int) -> None:
        """Write ``views``, one behind the other, at ``offset``; raise DiskFull, StorageError."""
        begun = offset
        try:
            while views:
                done = os.pwritev(self.fd, views, offset)
                views = _beyond(views, done)
                offset += done
        except OSError as error:
            raise self._translated(error) from error
        if begun // HASTENED != offset // HASTENED:
            self._hasten((offset // HASTENED - 1) * HASTENED)

    def discard(self) -> None:
        """Cut the file to nothing: what was written so far must not be taken for a result.

        It follows another error, which must not be hidden by one from here; whoever made the file removes it anyway.
        """
        with suppress(OSError):
            os.ftruncate(self.fd, 0)

    def _hasten(self, offset: int) -> None:
        """Have the system begin with `HASTENED` bytes, without waiting for them.

        Linux starts to write what it is told not to keep (mm/fadvise.c), and keeps what is on its way. Whether that
        comes to pass changes no result; errors of the disk are told when the file is settled.
        """
        if hasattr(os, "posix_fadvise"):
            with suppress(OSError):
                os.posix_fadvise(self.fd, offset, HASTENED, os.POSIX_FADV_DONTNEED)

    def _translated(self, error: OSError) -> StorageError:
        return DiskFull(path=self.name) if error.errno in _NO_SPACE else StorageError(path=self.name)


def _beyond(views: Sequence[memoryview], done: int) -> Sequence[memoryview]:
    """Return what is left of ``views`` behind the first ``done`` bytes."""
    for index, view in enumerate(views):
        if done < len(view):
            return (view[done:], *views[index + 1 :])
        done -= len(view)
    return ()


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
