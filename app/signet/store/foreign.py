"""The border to SQLCipher and the system: their errors become Signet's here, once."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from sqlcipher3 import dbapi2

from signet.errors import DatabaseDamaged, DiskFull, FolderReadOnly, SignetError, StorageError, VaultBusy

# SQLite's primary result codes (sqlite.org/rescode.html); the low byte of an extended code.
_PERM, _BUSY, _LOCKED, _READONLY, _IOERR, _CORRUPT, _FULL, _CANTOPEN, _NOTADB = 3, 5, 6, 8, 10, 11, 13, 14, 26
# An error of the backup interface comes without a code, but with SQLite's own text for it (sqlite3_errstr).
_CODES_BY_TEXT = {
    "database is locked": _BUSY,
    "database table is locked": _LOCKED,
    "attempt to write a readonly database": _READONLY,
    "disk I/O error": _IOERR,
    "database disk image is malformed": _CORRUPT,
    "database or disk is full": _FULL,
    "unable to open database file": _CANTOPEN,
    "file is not a database": _NOTADB,
}
_LOG_INDEX_ROOM = 64 * 1024  # Bytes; the index grows by 32 KiB (sqlite.org/walformat.html, 2).
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NO_PERMISSION = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


@contextmanager
def translated(path: str, *, writing: bool = False) -> Iterator[None]:
    """Raise Signet's own error for what SQLCipher or the system says about ``path``.

    SQLCipher tells a failed read from a failed write only by an extended code, which sqlcipher3 does not ask for; so
    the caller says which it was. Raises VaultBusy, DiskFull, FolderReadOnly, DatabaseDamaged or StorageError. What
    only a bug can cause, a wrong statement or a broken constraint, passes unchanged.
    """
    try:
        yield
    except dbapi2.Error as error:
        known = _from_database(error, path, writing=writing)
        if known is None:
            raise
        raise known from error
    except OSError as error:
        raise from_system(error, path) from error


def from_system(error: OSError, path: str) -> StorageError:
    """The StorageError that says what ``error`` means for the file at ``path``."""
    if error.errno in _NO_SPACE:
        return DiskFull(path=path)
    if error.errno in _NO_PERMISSION:
        return FolderReadOnly(path=path)
    return StorageError(path=path)


def _from_database(error: dbapi2.Error, path: str, *, writing: bool) -> SignetError | None:
    code = getattr(error, "sqlite_errorcode", None)
    primary = _CODES_BY_TEXT.get(str(error), 0) if code is None else code & 0xFF
    if primary in (_BUSY, _LOCKED):
        return VaultBusy()
    if primary == _FULL or (primary == _IOERR and (writing or _without_room(path))):
        return DiskFull(path=path)
    if primary in (_READONLY, _PERM):
        return FolderReadOnly(path=path)
    if primary == _NOTADB:
        return DatabaseDamaged(reason="it does not open with this vault's key")
    if primary == _CORRUPT:
        return DatabaseDamaged(reason="a page is not what was written")
    if primary == _IOERR:
        return DatabaseDamaged(reason="the disk could not be read")
    if primary == _CANTOPEN:
        return StorageError(path=path)
    return None


def _without_room(path: str) -> bool:
    """Whether there is no room even for the index of SQLite's log, which reading needs too: found by trying."""
    try:
        probe = os.open(os.path.dirname(path) or ".", os.O_RDWR | os.O_TMPFILE | os.O_CLOEXEC, 0o600)
    except OSError as error:
        return error.errno in _NO_SPACE
    try:
        os.posix_fallocate(probe, 0, _LOG_INDEX_ROOM)
        os.pwrite(probe, bytes(1), _LOG_INDEX_ROOM)  # as SQLite makes room for its index
    except OSError as error:
        return error.errno in _NO_SPACE
    finally:
        os.close(probe)
    return False
