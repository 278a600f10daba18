"""An output file that appears under its name only when it is complete (DESIGN.md, 5).

Until `Output.publish` the file has no name at all (O_TMPFILE) where the file system can do that: a kill leaves
nothing. Elsewhere it has a name of its own, ``.signet-<16 hex>.part``, which is noted before it exists, locked while
its maker lives, and removed by `signet.store.sweeping` after a kill. Names are looked up in the folder's descriptor,
links are never followed; the folder's own path may lead through links.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Protocol, Self

from signet.errors import FolderNotFound, OutputExists, SourceChanged, StorageError
from signet.store.files import FILE_MODE
from signet.store.foreign import translated
from signet.store.naming import (
    TRIES,
    Note,
    lock_file,
    nobody,
    open_folder,
    rename_without_replacing,
    temporary_name,
)

_FILE_FLAGS = os.O_RDWR | os.O_CLOEXEC
_NO_NAMELESS = {errno.EOPNOTSUPP, errno.EISDIR, errno.ENOENT, errno.EINVAL}


@dataclass(frozen=True)
class FileMark:
    """What tells a file apart from whatever has its name later; ``size`` in bytes, ``modified`` in nanoseconds."""

    device: int
    inode: int
    size: int
    modified: int

    @classmethod
    def of(cls, status: os.stat_result) -> FileMark:
        """Take it from a file's status."""
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


class Unpublished(Protocol):
    """What gets its name only when it is complete: a file (`Output`), a folder (`signet.store.staging`)."""

    @property
    def path(self) -> str:
        """Where it will be."""

    def settle(self) -> None:
        """Put it on the disk."""

    def plan_replacing(self) -> None:
        """Prepare for replacing what has its name."""

    def publish(self, *, overwrite: bool = False, durable: bool = True, replaces: FileMark | None = None) -> None:
        """Give it its name."""

    def discard(self) -> None:
        """Remove it, unless it was published."""


class Output:
    """A file (0600) being written for ``path``; leaving ``with`` unpublished discards it.

    ``note`` and ``forget`` are called around the life of a temporary name, if there is one; ``open_folder`` returns
    a descriptor of the folder (`KnownFolder` for many outputs). Raises, at once and from `publish`: DiskFull,
    FolderReadOnly, StorageError; FolderNotFound at once.
    """

    def __init__(
        self,
        path: str,
        *,
        note: Note = nobody,
        forget: Note = nobody,
        open_folder: Callable[[str], int] = open_folder,
    ) -> None:
        self.path = path
        self._folder_path = os.path.dirname(os.path.abspath(path))
        self._name = os.path.basename(path)
        if self._name in ("", ".", ".."):
            raise StorageError(path=path)
        self._note = note
        self._forget = forget
        self._temporary: str | None = None
        self._planned: str | None = None
        self._settled = False
        self._unsettled: StorageError | None = None
        self._fd = -1
        with translated(path):
            try:
                self._folder = open_folder(self._folder_path)
            except (FileNotFoundError, NotADirectoryError) as error:
                raise FolderNotFound(path=path) from error
            try:
                self._fd = self._open_nameless()
                if self._fd < 0:
                    self._fd = self._open_named()
            except BaseException:
                self.discard()
                raise

    @property
    def noted(self) -> tuple[str, str] | None:
        """Folder and temporary name, if there is one or is to be one."""
        name = self._temporary or self._planned
        return None if name is None else (self._folder_path, name)

    @property
    def fd(self) -> int:
        """The descriptor to write to, and to read back from."""
        return self._fd

    def settle(self) -> None:
        """Put the finished content on the disk, unless that was done; nothing may be written after it.

        `publish` does it too; where a flush of the disk is slow, several settled one behind the other cost less.
        What failed once fails for good: the system tells of lost content a single time, and the next fsync is none
        the wiser (fsync(2)).
        """
        if self._unsettled is not None:
            raise self._unsettled
        if not self._settled:
            try:
                with translated(self.path):
                    os.fsync(self._fd)
            except StorageError as error:
                self._unsettled = error
                raise
            self._settled = True

    def plan_replacing(self) -> None:
        """Note the temporary name that replacing a file takes now, not in `publish`: many can share a note."""
        if self._temporary is None and self._planned is None:
            self._planned = self._new_name()

    def publish(self, *, overwrite: bool = False, durable: bool = True, replaces: FileMark | None = None) -> None:
        """Give the complete file its name; close it.

        Without ``overwrite`` whatever has that name stays and OutputExists is raised; the output can then be
        discarded. With it, a file of that name is replaced in one step, a folder never is; with ``replaces`` only
        that very file: SourceChanged is raised if it was changed, is gone, or another has its name. ``durable``: the
        content is on the disk before the name is there, and the name before this returns. Without it only the first
        holds, and `sync_folder` is to be called once for many.
        """
        self.settle()
        with translated(self.path):
            try:
                self._give_name(overwrite=overwrite, replaces=replaces)
            except OSError as error:
                if error.errno in (errno.EEXIST, errno.EISDIR, errno.ENOTEMPTY):
                    raise OutputExists(path=self.path) from error
                raise
            if durable:
                os.fsync(self._folder)
        self._close()

    def discard(self) -> None:
        """Remove what was written; does nothing once published or discarded."""
        if self._temporary is not None:
            with suppress(FileNotFoundError):
                os.unlink(self._temporary, dir_fd=self._folder)
        self._forget_name()
        self._close()

    def _open_nameless(self) -> int:
        """Open a file without a name; return -1 where the file system or the system cannot give it one later."""
        try:
            fd = os.open(".", _FILE_FLAGS | os.O_TMPFILE, FILE_MODE, dir_fd=self._folder)
        except OSError as error:
            if error.errno in _NO_NAMELESS:
                return -1
            raise
        if not _descriptors_are_files():
            os.close(fd)
            return -1
        return fd

    def _open_named(self) -> int:
        """Open a file under a noted and locked temporary name."""
        for _ in range(TRIES):
            name = self._note_name()
            fd = os.open(name, _FILE_FLAGS | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, FILE_MODE, dir_fd=self._folder)
            lock_file(fd, fcntl.LOCK_EX)
            # A sweep may have come between the two calls and removed it.
            if os.fstat(fd).st_nlink == 1:
                return fd
            os.close(fd)
            self._forget_name()
        raise StorageError(path=self.path)

    def _note_name(self) -> str:
        self._temporary, self._planned = self._planned or self._new_name(), None
        return self._temporary

    def _new_name(self) -> str:
        name = temporary_name()
        self._note(self._folder_path, name)
        return name

    def _forget_name(self) -> None:
        for name in (self._temporary, self._planned):
            if name is not None:
                self._forget(self._folder_path, name)
        self._temporary = self._planned = None

    def _give_name(self, *, overwrite: bool, replaces: FileMark | None) -> None:
        if self._temporary is None and overwrite:
            # A link cannot replace: the file gets a temporary name first, locked like any other.
            lock_file(self._fd, fcntl.LOCK_EX)
            self._link(self._note_name())
        if self._temporary is None:
            self._link(self._name)
        elif overwrite:
            if replaces is not None:
                self._check_there(replaces)
            os.rename(self._temporary, self._name, src_dir_fd=self._folder, dst_dir_fd=self._folder)
        else:
            rename_without_replacing(self._folder, self._temporary, self._name)
        self._forget_name()

    def _check_there(self, expected: FileMark) -> None:
        """Right before the rename, because a disk may take long to settle what was written."""
        try:
            found = FileMark.of(os.stat(self._name, dir_fd=self._folder, follow_symlinks=False))
        except FileNotFoundError as error:
            raise SourceChanged(path=self.path) from error
        if found != expected:
            raise SourceChanged(path=self.path)

    def _link(self, name: str) -> None:
        # Python follows the link in /proc only if a descriptor of that folder is given.
        descriptors = os.open("/proc/self/fd", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.link(str(self._fd), name, src_dir_fd=descriptors, dst_dir_fd=self._folder, follow_symlinks=True)
        finally:
            os.close(descriptors)

    def _close(self) -> None:
        for descriptor in (self._fd, self._folder):
            if descriptor >= 0:
                os.close(descriptor)
        self._fd = self._folder = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.discard()


def sync_folder(path: str) -> None:
    """Make the names in a folder durable: once after many outputs published with ``durable=False``."""
    with translated(path):
        folder = open_folder(path)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@cache
def _descriptors_are_files() -> bool:
    """Whether what has no name can be given one by its descriptor: not where /proc is missing."""
    return os.path.isdir("/proc/self/fd")
