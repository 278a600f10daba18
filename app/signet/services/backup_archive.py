"""The backup file: one tar with the header and the database, written and read strictly.

USTAR (POSIX.1-2017, pax, "ustar Interchange Format"), so that any tar unpacks it: ``header.json``, then the database
under the name that the header gives it. A reader takes only what the writer writes, byte for byte: two ordinary
files, mode 0600, no owner, no time.
"""

from __future__ import annotations

import os
import re
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from signet.errors import BackupUnusable, OutputExists, SignetError
from signet.formats.header import DATABASE_NAME, MAX_HEADER, VaultHeader
from signet.formats.header_parser import parse_header
from signet.services.files_items import opened
from signet.store.foreign import from_system, translated

HEADER_MEMBER = "header.json"
MEMBER_MODE = 0o600
BLOCK = tarfile.BLOCKSIZE
RECORD = tarfile.RECORDSIZE
CHUNK = 1 << 20
_DATABASE_FILE = re.compile(DATABASE_NAME.pattern + r"(-.*)?")
"""A vault's database, and the files that SQLite keeps beside it."""


def member_header(name: str, size: int) -> bytes:
    """The block of 512 bytes in front of a member; ValueError if name or size do not fit into one."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, MEMBER_MODE
    return info.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict")


def padding(size: int) -> bytes:
    """The zeros that fill a member's last block."""
    return bytes(-size % BLOCK)


def end(length: int) -> bytes:
    """What ends a tar whose members take ``length`` bytes: two blocks of zeros, and more up to a whole record."""
    return bytes(2 * BLOCK + -(length + 2 * BLOCK) % RECORD)


def pieces(header: bytes, database_name: str, database: int) -> Iterator[bytes]:
    """Yield the archive's bytes; ``database`` is a descriptor of the database file, read from where it stands."""
    yield member_header(HEADER_MEMBER, len(header)) + header + padding(len(header))
    size = os.fstat(database).st_size
    yield member_header(database_name, size)
    copied = 0
    while chunk := os.read(database, CHUNK):
        copied += len(chunk)
        yield chunk
    if copied != size:
        raise BackupUnusable(reason="the copy of the database changed while it was read")
    yield padding(size) + end(_database_offset(len(header)) + size + len(padding(size)))


@dataclass(frozen=True)
class BackupContents:
    """A backup whose shape is right: the header as bytes and parsed, the database's name and size in bytes.

    Nothing in it is proven: the header's signature and the database are for the one who opens it.
    """

    path: str
    header: bytes = field(repr=False)
    parsed: VaultHeader = field(repr=False)
    database: str
    database_size: int

    def extract_database(self, target: str) -> None:
        """Write the database to a new file (0600, synced) at ``target``.

        Raises OutputExists, DiskFull, FolderReadOnly; BackupUnusable if the backup changed since it was read.
        """
        try:
            written = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except FileExistsError as error:
            raise OutputExists(path=target) from error
        except OSError as error:
            raise from_system(error, target) from error
        try:
            with translated(target):
                for chunk in self._database_chunks():
                    _write_all(written, chunk)
                os.fsync(written)
        except BaseException:
            os.unlink(target)
            raise
        finally:
            os.close(written)

    def _database_chunks(self) -> Iterator[bytes]:
        with _readable(self.path) as source:
            if read_shape(source, self.path) != self:
                raise BackupUnusable(reason="it changed while it was read")
            os.lseek(source, _database_offset(len(self.header)), os.SEEK_SET)
            remaining = self.database_size
            while remaining:
                chunk = os.read(source, min(CHUNK, remaining))
                if not chunk:
                    raise BackupUnusable(reason="it was cut off")
                remaining -= len(chunk)
                yield chunk


def read_backup(path: str) -> BackupContents:
    """Read the shape of a backup: exactly what `pieces` writes, and a header that Signet could have written.

    A vault's own database is refused before it is opened: a session of this process may have it open, and closing a
    second descriptor would drop SQLite's locks on it. Raises SourceNotFound, SourceUnsupported, FolderReadOnly;
    BackupUnusable, with the reason, for anything else.
    """
    if _DATABASE_FILE.fullmatch(os.path.basename(path)):
        raise BackupUnusable(reason="it is a vault's database itself")
    with _readable(path) as source:
        return read_shape(source, path)


@contextmanager
def _readable(path: str) -> Iterator[int]:
    with opened(path) as source:
        try:
            yield source
        except OSError as error:
            raise from_system(error, path) from error


def read_shape(source: int, path: str) -> BackupContents:
    """Read the shape of the backup that the descriptor ``source`` is open on; raises BackupUnusable."""
    total = os.fstat(source).st_size
    name, size = _member(_exactly(source, 0, BLOCK))
    if name != HEADER_MEMBER or size > MAX_HEADER:
        raise BackupUnusable(reason="it does not begin with a vault's header")
    header = _exactly(source, BLOCK, size + len(padding(size)))
    if header[size:] != padding(size):
        raise BackupUnusable(reason="there is something between its parts")
    parsed = _parsed(header[:size])
    offset = _database_offset(size)
    name, database_size = _member(_exactly(source, offset - BLOCK, BLOCK))
    if not DATABASE_NAME.fullmatch(name) or name != parsed.database:
        raise BackupUnusable(reason="the database that its header names is not in it")
    stop = offset + database_size
    rest = padding(database_size)
    rest += end(stop + len(rest))
    if total != stop + len(rest):
        raise BackupUnusable(reason="it was cut off, or there is more in it than a backup has")
    if _exactly(source, stop, len(rest)) != rest:
        raise BackupUnusable(reason="there is something behind its parts")
    return BackupContents(path, header[:size], parsed, name, database_size)


def _member(block: bytes) -> tuple[str, int]:
    """Read a member's header: only an ordinary file's, spelled as `member_header` spells it."""
    name = block[:100].partition(b"\0")[0].decode("ascii", "replace")
    digits = block[124:135]
    if not name or not all(digit in b"01234567" for digit in digits):
        raise BackupUnusable(reason="it is not a backup that Signet made")
    size = int(digits, 8)
    try:
        expected = member_header(name, size)
    except ValueError as error:  # a name that has no ASCII spelling
        raise BackupUnusable(reason="it is not a backup that Signet made") from error
    if expected != block:
        raise BackupUnusable(reason="it is not a backup that Signet made")
    return name, size


def _parsed(header: bytes) -> VaultHeader:
    try:
        return parse_header(header)
    except SignetError as error:
        raise BackupUnusable(reason=error.message.rstrip(".")) from error


def _database_offset(header_size: int) -> int:
    return BLOCK + header_size + len(padding(header_size)) + BLOCK


def _exactly(source: int, offset: int, size: int) -> bytes:
    data = os.pread(source, size, offset)
    if len(data) != size:
        raise BackupUnusable(reason="it was cut off")
    return data


def _write_all(target: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(target, view) :]
