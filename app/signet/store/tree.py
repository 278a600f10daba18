"""Reads a folder, with everything in it, as one stream (`signet.formats.tar`); nothing outside it is ever opened.

Every name is looked up in the descriptor of its folder and no link is followed. Links, pipes, sockets and devices
are left out and named. What changes while it is read raises SourceChanged: half of the old and half of the new is
neither.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection, Generator, Iterator
from dataclasses import dataclass, field

from signet.errors import SourceChanged, SourceUnsupported
from signet.formats.tar import BLOCK, END, MAX_DEPTH, Entry, header_of, padding
from signet.store.foreign import translated

Inode = tuple[int, int]
"""Device and number."""
PIECE = 512 << 10
"""Bytes read at once."""
OWN = "it belongs to the vault itself"
_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
_KINDS = (
    (stat.S_ISLNK, "it is a link, which is not followed"),
    (stat.S_ISFIFO, "it is a pipe"),
    (stat.S_ISSOCK, "it is a socket"),
    (stat.S_ISCHR, "it is a device"),
    (stat.S_ISBLK, "it is a device"),
)


@dataclass(frozen=True)
class LeftOut:
    """Something in a folder that is not taken, and why."""

    path: str
    reason: str


@dataclass
class Measure:
    """What a folder holds: how many files, how many folders, how many bytes in the files; what is left out."""

    files: int = 0
    folders: int = 0
    size: int = 0
    left_out: list[LeftOut] = field(default_factory=list)

    @property
    def archive_size(self) -> int:
        """Bytes that the archive takes at least."""
        return self.size + (self.files + self.folders) * BLOCK + len(END)


def measure(path: str, *, avoid: Collection[Inode] = ()) -> Measure:
    """Look through a folder without opening a file; raises as `FolderReader` does."""
    found = Measure()
    for each in walk(path, avoid=avoid):
        if isinstance(each, LeftOut):
            found.left_out.append(each)
        elif stat.S_ISDIR(each.status.st_mode):
            found.folders += 1
        else:
            found.files += 1
            found.size += each.status.st_size
    return found


@dataclass(frozen=True)
class Found:
    """A file or folder met on the way: its folder's descriptor, the names that lead to it, path and status."""

    folder: int
    parts: tuple[bytes, ...]
    path: str
    status: os.stat_result


def walk(path: str, *, avoid: Collection[Inode] = ()) -> Iterator[Found | LeftOut]:
    """Go through a folder, each folder before what is in it, names in the order of their bytes.

    ``avoid`` are folders that are left out. A descriptor is open while its folder is gone through. Raises
    SourceUnsupported for folders nested too deeply, FolderReadOnly, SourceChanged if something goes meanwhile.
    """
    with translated(path):
        top = os.open(path, _FOLDER_FLAGS)
    yield from _walk_in(top, (), path, avoid)


def _walk_in(folder: int, parts: tuple[bytes, ...], path: str, avoid: Collection[Inode]) -> Iterator[Found | LeftOut]:
    try:
        if len(parts) >= MAX_DEPTH:
            raise SourceUnsupported(path=path, reason="its folders are nested too deeply")
        with translated(path):
            before = os.fstat(folder)
            names = sorted(os.fsencode(name) for name in os.listdir(folder))
        for name in names:
            yield from _visit(folder, (*parts, name), os.path.join(path, os.fsdecode(name)), avoid)
        if os.fstat(folder).st_mtime_ns != before.st_mtime_ns:
            raise SourceChanged(path=path)
    finally:
        os.close(folder)


def _visit(folder: int, parts: tuple[bytes, ...], path: str, avoid: Collection[Inode]) -> Iterator[Found | LeftOut]:
    name = parts[-1]
    with translated(path):
        try:
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError as error:
            raise SourceChanged(path=path) from error
    if (status.st_dev, status.st_ino) in avoid:
        yield LeftOut(path, OWN)
    elif stat.S_ISDIR(status.st_mode):
        with translated(path):
            try:
                child = os.open(name, _FOLDER_FLAGS, dir_fd=folder)
            except (FileNotFoundError, NotADirectoryError) as error:
                raise SourceChanged(path=path) from error
        yield Found(folder, parts, path, status)
        yield from _walk_in(child, parts, path, avoid)
    elif stat.S_ISREG(status.st_mode):
        yield Found(folder, parts, path, status)
    else:
        reason = next((reason for is_kind, reason in _KINDS if is_kind(status.st_mode)), "it is not a file")
        yield LeftOut(path, reason)


class FolderReader:
    """A folder as a stream that is read forwards; ``left_out`` names what is not in it, as far as was read."""

    def __init__(self, path: str, *, avoid: Collection[Inode] = (), cancelled: Callable[[], None]) -> None:
        self.left_out: list[LeftOut] = []
        self.files = 0
        self._check = cancelled
        self._pieces = self._archive(path, avoid)
        self._ahead = memoryview(b"")

    def read(self, size: int, /) -> bytes:
        """Return up to ``size`` bytes, nothing at the end.

        Raises SourceChanged, SourceUnsupported, FolderReadOnly, StorageError, and what ``cancelled`` raises.
        """
        while not self._ahead:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._ahead = memoryview(piece)
        taken, self._ahead = self._ahead[:size], self._ahead[size:]
        return bytes(taken)

    def close(self) -> None:
        """Close what is open."""
        self._pieces.close()

    def _archive(self, path: str, avoid: Collection[Inode]) -> Generator[bytes, None, None]:
        for each in walk(path, avoid=avoid):
            self._check()
            if isinstance(each, LeftOut):
                self.left_out.append(each)
            elif stat.S_ISDIR(each.status.st_mode):
                yield header_of(Entry(each.parts, True, 0, each.status.st_mode & 0o777, _time_of(each.status)))
            else:
                self.files += 1
                yield from self._file(each)
        yield END

    def _file(self, found: Found) -> Iterator[bytes]:
        with translated(found.path):
            try:
                descriptor = os.open(found.parts[-1], _FILE_FLAGS, dir_fd=found.folder)
            except FileNotFoundError as error:
                raise SourceChanged(path=found.path) from error
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise SourceChanged(path=found.path)
            size = status.st_size
            yield header_of(Entry(found.parts, False, size, status.st_mode & 0o777, _time_of(status)))
            left = size
            while left:
                self._check()
                with translated(found.path):
                    piece = os.read(descriptor, min(left, PIECE))
                if not piece:
                    raise SourceChanged(path=found.path)
                left -= len(piece)
                yield piece
            now = os.fstat(descriptor)
            if (now.st_size, now.st_mtime_ns) != (size, status.st_mtime_ns):
                raise SourceChanged(path=found.path)
            if size % BLOCK:
                yield padding(size)
        finally:
            os.close(descriptor)


def _time_of(status: os.stat_result) -> int:
    """When it was changed, in whole seconds from 1970 on: an archive has no plain number for what was before."""
    return int(max(0, status.st_mtime))
