"""The tar of a folder, and the backup: what would lead out of the folder never gets to whoever lays it out."""

from __future__ import annotations

import os

from fuzz.target import Target, check_told, in_memory
from signet.errors import BackupUnusable
from signet.formats.tar import END, Entry, Parser, header_of, padding
from signet.services.backup_archive import pieces, read_shape
from support.headers import make_header


class _Folder:
    """Takes what an archive holds and checks the order in which it comes."""

    def __init__(self) -> None:
        self.taken: list[tuple[Entry, bytes]] = []
        self._open: Entry | None = None
        self._content = bytearray()

    def begin(self, entry: Entry) -> None:
        """Take a file or a folder."""
        assert self._open is None, "one file begins within another"
        assert entry.parts
        for part in entry.parts:
            assert part not in (b"", b".", b".."), "a name leads somewhere else"
            assert b"/" not in part
            assert b"\0" not in part
            assert len(part) <= 255
        assert entry.mode == entry.mode & 0o777
        assert entry.modified >= 0
        assert "\0" not in entry.name
        if entry.is_folder:
            assert not entry.size
            self.taken.append((entry, b""))
        else:
            self._open, self._content = entry, bytearray()

    def content(self, data: memoryview) -> None:
        """Take the next bytes."""
        assert self._open is not None, "content without a file"
        self._content += data

    def end(self) -> None:
        """Take that the file is complete."""
        assert self._open is not None, "the end of no file"
        assert len(self._content) == self._open.size
        self.taken.append((self._open, bytes(self._content)))
        self._open = None


def run_tar(data: bytes) -> bool:
    """Read an archive whole and in pieces: both must take the same."""
    found = []
    for step in (len(data) or 1, 1 + len(data) % 511):
        folder = _Folder()
        parser = Parser(folder)
        try:
            for at in range(0, len(data), step):
                parser.feed(memoryview(data)[at : at + step])
            parser.finish()
        except ValueError as refusal:
            found.append((folder.taken, str(refusal)))
        else:
            found.append((folder.taken, ""))
    assert found[0] == found[1], "it depends on how the bytes come"
    return not found[0][1]


def tar_seeds() -> list[bytes]:
    """A folder with files, short names and long ones."""
    long = (b"n" * 200, "größe".encode(), b"\xff\xfe")
    entries = [
        (Entry((b"a",), is_folder=True, mode=0o755, modified=1), b""),
        (Entry((b"a", b"b.txt"), is_folder=False, size=3, modified=1_700_000_000), b"abc"),
        (Entry(long, is_folder=False, size=512), bytes(512)),
        (Entry((b"empty",), is_folder=False), b""),
    ]
    whole = b"".join(header_of(entry) + content + padding(entry.size) for entry, content in entries)
    return [whole + END, header_of(entries[0][0]) + END]


def run_backup(data: bytes) -> bool:
    """Read a backup's shape; what is accepted is written again byte for byte."""
    with in_memory(data) as source:
        try:
            found = read_shape(source, "backup")
        except BackupUnusable as refusal:
            check_told(refusal)
            return False
        start = len(data) - os.fstat(source).st_size
        assert start == 0
    place = data.rindex(found.database.encode()) + 512  # the last header of a member names it
    with in_memory(data[place : place + found.database_size]) as database:
        assert b"".join(pieces(found.header, found.database, database)) == data
    return True


def backup_seeds() -> list[bytes]:
    """A backup of a database that is none: its content is not read here."""
    header = make_header()
    with in_memory(bytes(700)) as database:
        return [b"".join(pieces(header.encoded(), header.database, database))]


TAR = Target("tar", run_tar, tar_seeds, longest=8192)
BACKUP = Target("backup", run_backup, backup_seeds, longest=24576)
