"""ZIP archives read in the one way that leaves nothing to choose (PKWARE APPNOTE 6.3.10).

Programs differ in what they take for the contents of an odd archive; whoever signed one view must not be shown for
another. So an archive is refused, with a reason, unless its entries lie one after the other from its first byte, the
central directory follows them at once and says the same as they do, and the end record ends the file. Not read are
encryption, links, several disks, ZIP64 (so nothing of 4 GiB) and methods but stored and deflated. Nothing is ever
unpacked as a whole: entries are streams. Runs in the document child only.
"""

from __future__ import annotations

import os
import struct
import unicodedata
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

MAX_ENTRIES = 4096
MAX_NAME = 1024
"""Bytes."""
MAX_RATIO = 200
"""How many times the archive's size its contents may have, beside `FREE`: deflate reaches 1032 on nothing at all."""
FREE = 64 << 20
"""Bytes of contents that any archive may have."""
PIECE = 1 << 20
_END, _CENTRAL, _LOCAL, _DESCRIPTOR = b"PK\x05\x06", b"PK\x01\x02", b"PK\x03\x04", b"PK\x07\x08"
_STORED, _DEFLATED = 0, 8
_HAS_DESCRIPTOR = 1 << 3
_FLAGS = 0b110 | _HAS_DESCRIPTOR | 1 << 11  # how well it is deflated; the descriptor; names in UTF-8
_NEWEST = 63  # APPNOTE 4.4.3: what needs more than version 6.3 is not known here
_ENCRYPTED = 1 | 1 << 6 | 1 << 13
_ZIP64, _OTHER_NAME = 0x0001, 0x7075  # extra fields (APPNOTE 4.5.3, 4.6.9)
_LINK = 0o120000


class Unfit(Exception):
    """An archive, or something in it, that is not read; ``reason`` is a clause."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Entry:
    """One entry: sizes in bytes, ``at`` where its local header begins, ``start`` where its data does."""

    name: str
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    at: int
    start: int = 0

    @property
    def stored(self) -> bool:
        """Whether its data stands there as it is."""
        return self.method == _STORED


class Archive:
    """The entries of an archive, by name, in the order in which they lie there; folders are left out."""

    def __init__(self, descriptor: int) -> None:
        """Read the directory; raise Unfit."""
        self._descriptor = descriptor
        self._size = os.fstat(descriptor).st_size
        self.entries: Mapping[str, Entry] = self._read()

    def pieces(self, entry: Entry) -> Iterator[bytes]:
        """Yield what an entry holds; raise Unfit if it is not what the directory says, at the latest at its end."""
        crc, size = 0, 0
        for piece in self._inflated(entry):
            crc, size = zlib.crc32(piece, crc), size + len(piece)
            if size > entry.size:
                break
            yield piece
        if (crc, size) != (entry.crc, entry.size):
            raise Unfit(f"“{entry.name}” in it is damaged")

    def whole(self, entry: Entry, limit: int) -> bytes:
        """Return all that a small entry holds; raise Unfit if it is damaged or larger than ``limit`` bytes."""
        if entry.size > limit:
            raise Unfit(f"“{entry.name}” in it is too large")
        return b"".join(self.pieces(entry))

    def _inflated(self, entry: Entry) -> Iterator[bytes]:
        at, end = entry.start, entry.start + entry.packed
        if entry.stored:
            while at < end:
                piece = self._at(at, min(PIECE, end - at))
                at += len(piece)
                yield piece
            return
        state = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            while at < end and not state.eof:
                piece = self._at(at, min(PIECE, end - at))
                at += len(piece)
                yield state.decompress(piece, PIECE)
                while state.unconsumed_tail:
                    yield state.decompress(state.unconsumed_tail, PIECE)
        except zlib.error:
            raise Unfit(f"“{entry.name}” in it is damaged") from None
        if not state.eof or state.unused_data or at < end:
            raise Unfit(f"“{entry.name}” in it is damaged")

    def _at(self, at: int, size: int) -> bytes:
        found = os.pread(self._descriptor, size, at)
        if not found or len(found) < min(size, PIECE):
            raise Unfit("it is cut off")
        return found

    def _read(self) -> dict[str, Entry]:
        count, size, start = self._end()
        central = os.pread(self._descriptor, size, start)
        found: list[Entry] = []
        at = 0
        for _ in range(count):
            entry, at = _central(central, at)
            found.append(entry)
        if at != len(central):
            raise Unfit("its directory does not end where it should")
        total = sum(entry.size for entry in found)
        if total > FREE + MAX_RATIO * self._size:
            raise Unfit("its files are far too large for it once they are unpacked")
        placed = self._placed(sorted(found, key=lambda entry: entry.at), start)
        names = [unicodedata.normalize("NFC", entry.name) for entry in placed]
        if len(set(names)) != len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise Unfit(f"it has two files called “{twice}”")
        folders = [entry for entry in placed if entry.name.endswith("/")]
        if any(entry.size for entry in folders):
            raise Unfit("a folder in it has contents of its own")
        return {entry.name: entry for entry in placed if not entry.name.endswith("/")}

    def _end(self) -> tuple[int, int, int]:
        """Number of entries, size and place of the directory, which ends where the end record begins."""
        length = min(self._size, 22 + 0xFFFF)
        tail = os.pread(self._descriptor, length, self._size - length)
        at = tail.rfind(_END)
        if at < 0 or len(tail) - at < 22:
            raise Unfit("it is no ZIP archive, or it is cut off")
        disk, first, here, count, size, start, comment = struct.unpack("<4H2LH", tail[at + 4 : at + 22])
        if at + 22 + comment != len(tail):
            raise Unfit("something stands behind its end")
        if count == 0xFFFF or size == 0xFFFFFFFF or start == 0xFFFFFFFF:
            raise Unfit("it is a ZIP64 archive, which Signet does not read")
        if disk or first or here != count:
            raise Unfit("it is one of several parts")
        if count > MAX_ENTRIES:
            raise Unfit(f"it has more than {MAX_ENTRIES} entries")
        if start + size != self._size - length + at:
            raise Unfit("its directory is not where its end says it is")
        return count, size, start

    def _placed(self, entries: list[Entry], end: int) -> list[Entry]:
        """Check each entry where it lies: no byte before, between or behind them is anything else."""
        placed = []
        expected = 0
        for number, entry in enumerate(entries):
            if entry.at != expected:
                raise Unfit("something stands before, between or over its files")
            following = entries[number + 1].at if number + 1 < len(entries) else end
            start = self._local(entry)
            expected = start + entry.packed
            if entry.flags & _HAS_DESCRIPTOR:
                expected = self._described(entry, expected, following)
            placed.append(Entry(**{**vars(entry), "start": start}))
        if expected != end:
            raise Unfit("something stands before, between or over its files")
        return placed

    def _local(self, entry: Entry) -> int:
        """Compare an entry's own header with the directory; return where its data begins."""
        head = os.pread(self._descriptor, 30 + MAX_NAME, entry.at)
        if len(head) < 30 or head[:4] != _LOCAL:
            raise Unfit("an entry is not where its directory says it is")
        flags, method, crc, packed, size, name, extra = struct.unpack("<2x2H4x3L2H", head[4:30])
        same = (flags, method) == (entry.flags, entry.method) and head[30 : 30 + name] == entry.name.encode()
        later = bool(flags & _HAS_DESCRIPTOR) and (crc, packed, size) == (0, 0, 0)
        if not same or not (later or (crc, packed, size) == (entry.crc, entry.packed, entry.size)):
            raise Unfit(f"its directory says something else of “{entry.name}” than the entry itself")
        if _OTHER_NAME in _extras(os.pread(self._descriptor, extra, entry.at + 30 + name)):
            raise Unfit("an entry has two names")
        return entry.at + 30 + int(name) + int(extra)

    def _described(self, entry: Entry, at: int, following: int) -> int:
        """Check the descriptor behind an entry's data (APPNOTE 4.3.9); return where it ends."""
        found = os.pread(self._descriptor, 16, at)[: max(0, following - at)]
        said = struct.pack("<3L", entry.crc, entry.packed, entry.size)
        if found not in (said, _DESCRIPTOR + said):
            raise Unfit(f"its directory says something else of “{entry.name}” than the entry itself")
        return at + len(found)


def _central(data: bytes, at: int) -> tuple[Entry, int]:
    """Read one entry of the directory; return it and where the next begins."""
    head = data[at : at + 46]
    if len(head) < 46 or head[:4] != _CENTRAL:
        raise Unfit("its directory is damaged")
    needed, flags, method, crc, packed, size, name, extra, comment, disk, mode, place = struct.unpack(
        "<2x3H4x3L4H2x2L", head[4:]
    )
    end = at + 46 + name + extra + comment
    if end > len(data) or not 0 < name <= MAX_NAME:
        raise Unfit("its directory is damaged")
    extras = _extras(data[at + 46 + name : at + 46 + name + extra])
    if flags & _ENCRYPTED:
        raise Unfit("it is encrypted")
    if _ZIP64 in extras or 0xFFFFFFFF in (packed, size, place):
        raise Unfit("it is a ZIP64 archive, which Signet does not read")
    if _OTHER_NAME in extras:
        raise Unfit("an entry has two names")
    if (
        disk
        or needed > _NEWEST
        or flags & ~_FLAGS
        or method not in (_STORED, _DEFLATED)
        or (method == _STORED and packed != size)
    ):
        raise Unfit("it is packed in a way that Signet does not read")
    if mode >> 16 & 0o170000 == _LINK:
        raise Unfit("it holds a link to another file")
    return Entry(_name(data[at + 46 : at + 46 + name]), flags, method, crc, packed, size, place), end


def _name(found: bytes) -> str:
    """Read an entry's name: UTF-8, whether it is marked so or not; within the archive, and nothing that is unseen."""
    try:
        name = found.decode("utf-8")
    except UnicodeDecodeError:
        raise Unfit("a file in it has a name that cannot be read") from None
    parts = name.removesuffix("/").split("/")
    if "\\" in name or any(part in ("", ".", "..") for part in parts) or not name.isprintable():
        raise Unfit("a file in it has a name that leads elsewhere, or cannot be shown")
    return name


def _extras(data: bytes) -> set[int]:
    """The kinds of extra fields; what is no such field is none of those that matter."""
    found, at = set(), 0
    while at + 4 <= len(data):
        kind, length = struct.unpack("<2H", data[at : at + 4])
        found.add(kind)
        at += 4 + length
    return found
