"""A folder as one stream: a POSIX pax archive (IEEE 1003.1-2017, "pax") of ordinary files and folders alone.

Written by Python's tarfile, header by header. Read forwards by `Parser`, which takes nothing else than what `Parser`
documents: no links, devices, pipes or sparse files, no name that leads out of the folder, no long header.
"""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

BLOCK = 512
END = bytes(2 * BLOCK)
MAX_HEADER = 64 << 10
"""Bytes of an extended header; the longest path that Linux knows has 4096."""
MAX_DEPTH = 128
MAX_NAME = 255
"""Bytes of one name, as on every file system in use."""
LATEST = 253402300799
"""The last second of the year 9999: a later time is none that anybody meant, and systems refuse some of them."""
_PAX_NAME, _PAX_SIZE, _PAX_TIME, _PAX_SPARSE = b"path", b"size", b"mtime", b"GNU.sparse"
_FILES = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE)
_SAID = {
    tarfile.SYMTYPE: "a link",
    tarfile.LNKTYPE: "a link",
    tarfile.CHRTYPE: "a device",
    tarfile.BLKTYPE: "a device",
    tarfile.FIFOTYPE: "a pipe",
    tarfile.GNUTYPE_SPARSE: "a file with holes",
}


@dataclass(frozen=True)
class Entry:
    """A file or folder in the archive.

    ``parts`` are the names that lead to it from the archive's folder, at least one; ``size`` is in bytes, 0 for a
    folder; ``mode`` the permission bits; ``modified`` seconds since 1970.
    """

    parts: tuple[bytes, ...]
    is_folder: bool
    size: int = 0
    mode: int = 0o600
    modified: int = 0

    @property
    def name(self) -> str:
        """The path within the archive, for people; bytes that are no UTF-8 as PEP 383 has them."""
        return _text(b"/".join(self.parts))


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


def header_of(entry: Entry) -> bytes:
    """Write the header of an entry; the content and `padding` follow. Owners are not written."""
    info = tarfile.TarInfo(entry.name)
    info.type = tarfile.DIRTYPE if entry.is_folder else tarfile.REGTYPE
    info.size, info.mode, info.mtime = entry.size, entry.mode, entry.modified
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def padding(size: int) -> bytes:
    """What comes after that many bytes of content."""
    return bytes(-size % BLOCK)


class Receiver(Protocol):
    """Takes what an archive holds, in its order."""

    def begin(self, entry: Entry) -> None:
        """Take a file or a folder."""

    def content(self, data: memoryview) -> None:
        """Take the next bytes of the file that was begun last."""

    def end(self) -> None:
        """Take that the file is complete; also of one without content."""


class Parser:
    """Reads an archive in pieces of any size and gives what is in it to ``receiver``.

    Raises ValueError, with a reason for people, for everything that Signet does not lay out. Memory does not grow
    with the archive.
    """

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._gathered = bytearray()
        self._wanted = BLOCK
        self._take: Callable[[bytes], None] = self._header
        self._content = 0  # bytes of the current file that are still to come
        self._padding = 0
        self._zeros = 0
        self._long: dict[bytes, bytes] = {}  # what extended headers said about the next entry

    def feed(self, data: memoryview) -> None:
        """Take the next bytes of the archive."""
        while data:
            if self._content:
                taken = data[: self._content]
                self._receiver.content(taken)
                self._content -= len(taken)
                data = data[len(taken) :]
                if not self._content:
                    self._receiver.end()
            elif self._padding:
                skipped = min(self._padding, len(data))
                self._padding -= skipped
                data = data[skipped:]
            else:
                piece = data[: self._wanted - len(self._gathered)]
                self._gathered += piece
                data = data[len(piece) :]
                if len(self._gathered) == self._wanted:
                    block, self._gathered, self._wanted = bytes(self._gathered), bytearray(), BLOCK
                    self._take(block)

    def finish(self) -> None:
        """Check that the archive has its end; raise ValueError."""
        if self._zeros < len(END) // BLOCK or self._gathered:
            raise ValueError("the archive has no end")

    def _header(self, block: bytes) -> None:
        if block == bytes(BLOCK):
            self._zeros += 1
            return
        if self._zeros:
            raise ValueError("something stands behind the end of the archive")
        try:
            info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except tarfile.HeaderError as error:
            raise ValueError("it is not an archive that Signet reads") from error
        if info.type in (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME):
            self._gather(info)
        else:
            self._entry(info)

    def _gather(self, info: tarfile.TarInfo) -> None:
        """Go on with the content of an extended header."""
        if not 0 < info.size <= MAX_HEADER:
            raise ValueError("a header in the archive is too long")
        size = info.size
        self._wanted = size + len(padding(size))

        def take(block: bytes) -> None:
            self._take = self._header
            if info.type == tarfile.GNUTYPE_LONGNAME:
                self._long[_PAX_NAME] = block[:size].split(b"\0", 1)[0]
                return
            records = _records(block[:size])
            if info.type != tarfile.XGLTYPE:
                self._long.update(records)
            elif records.keys() & {_PAX_NAME, _PAX_SIZE}:
                raise ValueError("a header in the archive is for all files at once")

        self._take = take

    def _entry(self, info: tarfile.TarInfo) -> None:
        said, self._long = self._long, {}
        is_folder = info.type == tarfile.DIRTYPE
        if any(name.startswith(_PAX_SPARSE) for name in said):
            info.type = tarfile.GNUTYPE_SPARSE
        if not is_folder and info.type not in _FILES:
            raise ValueError(f"“{info.name}” in it is {_SAID.get(info.type, 'neither a file nor a folder')}")
        size = _number(said[_PAX_SIZE]) if _PAX_SIZE in said else info.size
        if size < 0 or (is_folder and size):
            raise ValueError(f"“{info.name}” in it has a size that cannot be")
        time = said.get(_PAX_TIME, b"").split(b".")[0]
        seconds = _number(time.removeprefix(b"-")) * (-1 if time.startswith(b"-") else 1) if time else int(info.mtime)
        name = said.get(_PAX_NAME) or info.name.encode("utf-8", "surrogateescape")
        parts = _checked_parts(name)
        if not parts:
            if not is_folder:
                raise ValueError("a file in it has no name")
            return  # the folder itself
        # Files from before 1970 or after 9999 get the nearest time that can be set everywhere.
        modified = min(max(0, seconds), LATEST)
        self._receiver.begin(Entry(parts, is_folder, size, info.mode & 0o777, modified))
        self._content, self._padding = size, len(padding(size))
        if not size and not is_folder:
            self._receiver.end()


def _checked_parts(name: bytes) -> tuple[bytes, ...]:
    """Return the names that lead to an entry; raise ValueError for what would lead out of the folder."""
    parts = tuple(part for part in name.split(b"/") if part not in (b"", b"."))
    if name.startswith(b"/") or b".." in parts or b"\0" in name:
        raise ValueError(f"“{_text(name)}” in it would lie outside the folder")
    if len(parts) > MAX_DEPTH or any(len(part) > MAX_NAME for part in parts):
        raise ValueError("a name in it is too long, or nested too deeply")
    return parts


def _records(data: bytes) -> dict[bytes, bytes]:
    """Read the records of an extended header, ``LENGTH NAME=VALUE`` and a line feed each (pax Extended Header)."""
    records: dict[bytes, bytes] = {}
    while data:
        digits, blank, _ = data.partition(b" ")
        length = _number(digits)
        record = data[len(digits) + 1 : length]
        name, equals, value = record.partition(b"=")
        if not blank or not equals or not record.endswith(b"\n") or length > len(data):
            raise ValueError("a header in the archive is broken")
        records[name] = value[:-1]
        data = data[length:]
    return records


def _number(digits: bytes) -> int:
    if not digits.isdigit() or len(digits) > len(str(1 << 63)):
        raise ValueError("a number in the archive is broken")
    return int(digits)
