"""A folder that appears under its name only when it is complete, as `signet.store.output.Output` is for a file.

Until `StagedFolder.publish` it has a name of its own, ``.signet-<16 hex>.part``, which is noted before it exists,
locked while its maker lives, and removed by `signet.store.sweeping` after a kill. Everything in it is made anew,
below descriptors, and never over something that is there.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
from contextlib import suppress
from typing import Self

from signet.errors import ArchiveRefused, FolderNotFound, OutputExists, StorageError
from signet.formats.tar import Entry
from signet.store.files import FILE_MODE, FOLDER_MODE
from signet.store.foreign import translated
from signet.store.naming import (
    FOLDER_FLAGS,
    TRIES,
    Note,
    lock_file,
    nobody,
    rename_without_replacing,
    temporary_name,
)
from signet.store.output import FileMark

_FILE_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_OWNER_RUNS = 0o100
_syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)


class StagedFolder:
    """A folder (0700) being laid out for ``path``; leaving ``with`` unpublished discards it.

    It takes entries as `signet.formats.tar.Receiver`. Files get 0600, or 0700 if their owner could run them, and
    their times; nobody else's rights are taken over. Raises, from everything: DiskFull, FolderReadOnly, StorageError;
    FolderNotFound at once; ArchiveRefused for two entries of one name.
    """

    def __init__(self, path: str, *, note: Note = nobody, forget: Note = nobody) -> None:
        self.path = path
        self._above_path = os.path.dirname(os.path.abspath(path))
        self._name = os.path.basename(path)
        self._forget = forget
        self._temporary: str | None = None
        self._file = -1
        self._entry: Entry | None = None
        self._parent: tuple[tuple[bytes, ...], int] = ((), -1)
        self._times: list[tuple[tuple[bytes, ...], int]] = []
        self._settled = False
        self._unsettled: StorageError | None = None
        self._above = self._top = -1
        if self._name in ("", ".", ".."):
            raise StorageError(path=path)
        with translated(path):
            try:
                self._above = os.open(os.path.realpath(self._above_path), FOLDER_FLAGS)
            except (FileNotFoundError, NotADirectoryError) as error:
                raise FolderNotFound(path=path) from error
            try:
                self._make(note)
            except BaseException:
                self.discard()
                raise

    def _make(self, note: Note) -> None:
        for _ in range(TRIES):
            self._temporary = temporary_name()
            note(self._above_path, self._temporary)
            os.mkdir(self._temporary, FOLDER_MODE, dir_fd=self._above)
            self._top = os.open(self._temporary, FOLDER_FLAGS, dir_fd=self._above)
            lock_file(self._top, fcntl.LOCK_EX)
            # A sweep may have come between the calls and removed it.
            if os.fstat(self._top).st_nlink:
                return
            os.close(self._top)
            self._forget_name()
        raise StorageError(path=self.path)

    def begin(self, entry: Entry) -> None:
        """Make a file, or a folder."""
        with self._blamed(entry):
            self._entry = entry
            if entry.is_folder:
                self._folder_of(entry.parts)
                self._times.append((entry.parts, entry.modified))
            else:
                folder = self._folder_of(entry.parts[:-1])
                self._file = os.open(entry.parts[-1], _FILE_FLAGS, FILE_MODE, dir_fd=folder)

    def content(self, data: memoryview) -> None:
        """Write the next bytes of the file."""
        with translated(self.path):
            while data:
                data = data[os.write(self._file, data) :]

    def end(self) -> None:
        """Close the file, with its time."""
        entry = self._entry
        if entry is None or self._file < 0:
            raise ValueError("no file was begun")
        with self._blamed(entry):
            os.fchmod(self._file, FILE_MODE | (entry.mode & _OWNER_RUNS))
            os.utime(self._file, (entry.modified, entry.modified))
            self._close_file()

    def settle(self) -> None:
        """Put everything on the disk, unless that was done; nothing may be written after it.

        One flush of the file system instead of one for each of what may be many files. What failed once fails for
        good: the system tells of lost content a single time.
        """
        if self._unsettled is not None:
            raise self._unsettled
        if not self._settled:
            try:
                with translated(self.path):
                    for parts, modified in reversed(self._times):
                        os.utime(self._folder_of(parts), (modified, modified))
                    _flush(self._top)
            except StorageError as error:
                self._unsettled = error
                raise
            self._settled = True

    def plan_replacing(self) -> None:
        """Plan nothing: a folder replaces nothing."""

    def publish(self, *, overwrite: bool = False, durable: bool = True, replaces: FileMark | None = None) -> None:
        """Give the complete folder its name, which nothing may have: OutputExists, also with ``overwrite``."""
        del overwrite, replaces
        self.settle()
        with translated(self.path):
            if self._temporary is None:
                raise ValueError("it was published or discarded already")
            try:
                rename_without_replacing(self._above, self._temporary, self._name, is_folder=True)
            except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
                raise OutputExists(path=self.path) from error
            self._forget_name()
            if durable:
                os.fsync(self._above)
        self._close()

    def discard(self) -> None:
        """Remove everything; does nothing once published or discarded.

        What cannot be removed now keeps its note, and is swept later: it is plain.
        """
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True, dir_fd=self._above)
            if self._is_gone(self._temporary):
                self._forget_name()
            self._temporary = None
        self._close()

    def _is_gone(self, name: str) -> bool:
        try:
            os.stat(name, dir_fd=self._above, follow_symlinks=False)
        except FileNotFoundError:
            return True
        except OSError:
            return False
        return False

    def _folder_of(self, parts: tuple[bytes, ...]) -> int:
        """Return the descriptor of a folder in it, which is made if it is not there; the last one is kept open."""
        if not parts:
            return self._top
        if self._parent[0] == parts and self._parent[1] >= 0:
            return self._parent[1]
        folder = os.dup(self._top)
        for name in parts:
            above = folder
            try:
                with suppress(FileExistsError):
                    os.mkdir(name, FOLDER_MODE, dir_fd=above)
                folder = os.open(name, FOLDER_FLAGS, dir_fd=above)
            finally:
                os.close(above)
        self._close_parent()
        self._parent = (parts, folder)
        return folder

    def _blamed(self, entry: Entry) -> _Blamed:
        return _Blamed(self.path, entry)

    def _forget_name(self) -> None:
        if self._temporary is not None:
            name, self._temporary = self._temporary, None
            self._forget(self._above_path, name)

    def _close_file(self) -> None:
        if self._file >= 0:
            descriptor, self._file = self._file, -1
            os.close(descriptor)

    def _close_parent(self) -> None:
        if self._parent[1] >= 0:
            os.close(self._parent[1])
        self._parent = ((), -1)

    def _close(self) -> None:
        self._close_file()
        self._close_parent()
        for descriptor in (self._top, self._above):
            if descriptor >= 0:
                os.close(descriptor)
        self._top = self._above = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.discard()


def _flush(folder: int) -> None:
    """Put all that was written to a folder's file system on the disk; raise OSError if any of it was lost.

    syncfs(2) tells of that, since Linux 5.8; sync(2), which stands in where it is missing, never does.
    """
    if _syncfs is None:
        os.sync()
    elif _syncfs(folder):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


class _Blamed:
    """Says which entry could not be laid out because another has its name; other errors are about the folder."""

    def __init__(self, path: str, entry: Entry) -> None:
        self._path, self._entry = path, entry

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, FileExistsError | NotADirectoryError | IsADirectoryError):
            raise ArchiveRefused(path=self._path, reason=f"two entries have the name “{self._entry.name}”") from error
        if isinstance(error, OSError):
            with translated(self._path):
                raise error
