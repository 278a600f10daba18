"""Backups: the header and the database of one moment in one file, read back before it gets its name.

Both stay as they are on disk: the database is copied by SQLCipher's backup interface under its own key, and nothing
is ever written in the clear. Restoring is `signet.services.restore`.

The ten newest automatic backups are kept, by the time in their names. A name from after now was given by a clock that
was wrong then, or is read by one that is wrong now: when it was written nobody knows, so it counts as older than all
others and goes first. The backup that was just made never goes.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from signet.crypto.derive import database_key
from signet.crypto.identity import check_header
from signet.errors import BackupUnusable, HeaderMismatch
from signet.formats.header import VaultHeader
from signet.formats.header_parser import parse_header
from signet.services.backup_archive import CHUNK, BackupContents, pieces, read_backup, read_shape
from signet.services.header_change import CURRENT, INTENT, HeaderMark
from signet.services.publishing import published, recorded, write_all
from signet.services.session import Session
from signet.store.database import SIDE_FILES, Database
from signet.store.files import FOLDER_MODE
from signet.store.foreign import translated
from signet.store.output import Output

KEPT = 10
"""Automatic backups (DESIGN.md, section 10)."""
DAILY = "daily"
_STAMP = "%Y%m%dT%H%M%SZ"
_REASON = re.compile(r"[a-z][a-z0-9-]{0,63}")
BEFORE_RESTORE = "-before-restore"
"""How `signet.services.restore` ends the name of what stood in the place of a restored vault."""
_AUTOMATIC = re.compile(r"[0-9]{8}T[0-9]{6}Z-[a-z][a-z0-9-]*\.tar")
_COPY = re.compile(r"\.copy-[0-9a-f]{16}\.db(-wal|-shm|-journal)?")


def write_backup(session: Session, out_path: str, *, operation: str = "Backup") -> str:
    """Write a backup of the open vault to a new file (0600) at ``out_path``, which is returned; recorded.

    Raises OutputExists, DiskFull, FolderReadOnly, VaultBusy, HeaderMismatch; nothing is left behind then.
    """
    path = os.path.abspath(out_path)
    with recorded(session, operation, path=path):
        _write(session, path)
    return path


def automatic_backup(session: Session, reason: str) -> str:
    """Write a backup into the vault's own folder, named after the time and ``reason``, and keep ten.

    ``reason`` is a word in small letters, digits and dashes. Raises what `write_backup` raises.
    """
    if not _REASON.fullmatch(reason):
        raise ValueError(f"not a reason for a backup's name: {reason!r}")
    with recorded(session, "Backup", reason=reason) as details:
        path = _automatic_path(session, reason)
        details["path"] = path
        _write(session, path)
    _drop_old(session, keep=path)
    return path


def daily_backup_due(session: Session, now: datetime) -> bool:
    """Whether no daily backup was made yet on the day of ``now``, in UTC."""
    today = now.astimezone(UTC).strftime("%Y%m%d")
    return not any(
        os.path.basename(path).startswith(today) and os.path.basename(path).endswith(f"-{DAILY}.tar")
        for path in list_backups(session)
    )


def list_backups(session: Session) -> tuple[str, ...]:
    """Return the paths of the automatic backups, newest first; only names that `automatic_backup` gives.

    Names from after now come last.
    """
    now = _stamp(session)
    folder = session.folder.backups
    found = [name for name in _names(folder) if _AUTOMATIC.fullmatch(name)]
    found.sort(key=lambda name: (name[: len(now)] <= now, name), reverse=True)
    return tuple(os.path.join(folder, name) for name in found)


def kept_before_restore(session: Session) -> list[str]:
    """Return the folders under ``backups/`` with what stood in a restored vault's place, newest first.

    Like a backup, each opens with the ways in of its time and holds the keys of its time.
    """
    folder = session.folder.backups
    kept = [os.path.join(folder, name) for name in _names(folder) if name.endswith(BEFORE_RESTORE)]
    return sorted((path for path in kept if os.path.isdir(path)), reverse=True)


def sweep_copies(session: Session) -> None:
    """Remove the copies that a killed backup left; only under the header lock, which every backup holds.

    Raises FolderReadOnly, StorageError.
    """
    folder = session.folder.backups
    names = _names(folder)
    with translated(folder):
        for name in names:
            if _COPY.fullmatch(name):
                os.unlink(os.path.join(folder, name))


def _names(folder: str) -> list[str]:
    with translated(folder):
        return os.listdir(folder) if os.path.isdir(folder) else []


def _stamp(session: Session) -> str:
    return session.workplace.clock.now().astimezone(UTC).strftime(_STAMP)


def _automatic_path(session: Session, reason: str) -> str:
    stamp = _stamp(session)
    path = os.path.join(session.folder.backups, f"{stamp}-{reason}.tar")
    number = 1
    while os.path.lexists(path):
        number += 1
        path = os.path.join(session.folder.backups, f"{stamp}-{reason}-{number}.tar")
    return path


def _drop_old(session: Session, *, keep: str) -> None:
    """Delete all but ten, as the module says; ``keep``, the one just made, stays in any case."""
    old = [path for path in list_backups(session) if path != keep][KEPT - 1 :]
    with translated(session.folder.backups):
        for path in old:
            with suppress(FileNotFoundError):
                os.unlink(path)


def _write(session: Session, path: str) -> None:
    with session.folder.header_lock():
        header = session.folder.read_header()
        parsed = parse_header(header)
        check_header(parsed)
        with _database_copy(session) as copy, published(session, path) as output:
            _fill(output, header, parsed.database, copy)
            _prove(session, parsed, copy)


@contextmanager
def _database_copy(session: Session) -> Iterator[str]:
    """Copy the database, still encrypted, into a private file that is removed at the end."""
    folder = session.folder.backups
    with translated(folder):
        os.makedirs(folder, mode=FOLDER_MODE, exist_ok=True)
    sweep_copies(session)
    copy = os.path.join(folder, f".copy-{secrets.token_hex(8)}.db")
    try:
        session.database.backup_to(copy)
        yield copy
    finally:
        for end in ("", *SIDE_FILES):
            with suppress(FileNotFoundError):
                os.unlink(copy + end)


def _fill(output: Output, header: bytes, database_name: str, copy: str) -> None:
    """Write the archive, then read it back: its shape, and that what the disk gives is what was written."""
    written = hashlib.sha256()
    with translated(copy):
        source = os.open(copy, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        for piece in pieces(header, database_name, source):
            written.update(piece)
            write_all(output, piece)
    finally:
        os.close(source)
    with translated(output.path):
        os.fsync(output.fd)
        found = hashlib.sha256()
        size = os.fstat(output.fd).st_size
        for offset in range(0, size, CHUNK):
            found.update(os.pread(output.fd, CHUNK, offset))
        if found.digest() != written.digest() or read_shape(output.fd, output.path).header != header:
            raise BackupUnusable(reason="the disk gave back something else than was written to it")


def _prove(session: Session, header: VaultHeader, copy: str) -> None:
    """Open the copied database with the vault's key, check its pages and that the header is the one it knows."""
    with database_key(session.master, session.header.salt) as key:
        database = Database.open(copy, key)
    try:
        problems = database.page_problems()
        known = [HeaderMark.decoded(database.read_meta_unchecked(name)) for name in (CURRENT, INTENT)]
    finally:
        database.close()
    if problems:
        raise BackupUnusable(reason=f"the copied database is damaged ({problems[0]})")
    if HeaderMark.of(header) not in known:
        current = f"generation {known[0].generation}" if known[0] else "none"
        raise HeaderMismatch(header=f"generation {header.generation}", database=current)


__all__ = [
    "BackupContents",
    "automatic_backup",
    "daily_backup_due",
    "kept_before_restore",
    "list_backups",
    "read_backup",
    "sweep_copies",
    "write_backup",
]
