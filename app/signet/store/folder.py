"""The vault's folder: its two headers, its database files, its locks (DESIGN.md, section 3)."""

from __future__ import annotations

import os
import re
import secrets

from signet.errors import (
    HeaderDamaged,
    SourceNotFound,
    SourceUnsupported,
    VaultBusy,
    VaultExists,
    VaultInUse,
    VaultNotFound,
)
from signet.store.database import SIDE_FILES
from signet.store.files import FOLDER_MODE, read_small, replace_durably, sync_folder
from signet.store.foreign import translated
from signet.store.lock import FileLock, Hold

HEADER_LIMIT = 256 * 1024  # DESIGN.md, section 3: at most 256 KiB.
HEADER_NAME = "header.json"
COPY_NAME = "header.copy.json"
_DATABASE_NAME = re.compile(r"vault-[0-9A-F]{16}\.db")
_PART_NAME = re.compile(r"header(\.copy)?\.json\.[0-9a-f]{16}\.part")


class VaultFolder:
    """A folder ``NAME.signet`` and what stands in it. Only `create` and the methods that say so write."""

    def __init__(self, path: str) -> None:
        self.path = os.path.abspath(path)

    @classmethod
    def create(cls, path: str) -> VaultFolder:
        """Make the folder (0700), its parents if need be; raises VaultExists if anything is there already."""
        folder = cls(path)
        parent = os.path.dirname(folder.path)
        with translated(folder.path):
            os.makedirs(parent, mode=FOLDER_MODE, exist_ok=True)
            try:
                os.mkdir(folder.path, FOLDER_MODE)
            except FileExistsError as error:
                raise VaultExists(path=folder.path) from error
            os.mkdir(folder.backups, FOLDER_MODE)
            sync_folder(folder.path)
            sync_folder(parent)
        return folder

    @property
    def header_path(self) -> str:
        """The header's path."""
        return os.path.join(self.path, HEADER_NAME)

    @property
    def copy_path(self) -> str:
        """The path of the header's copy."""
        return os.path.join(self.path, COPY_NAME)

    @property
    def backups(self) -> str:
        """The folder of the automatic backups."""
        return os.path.join(self.path, "backups")

    def read_header(self) -> bytes:
        """Return the header's bytes, unread; raises VaultNotFound, HeaderDamaged, FolderReadOnly."""
        try:
            return read_small(self.header_path, limit=HEADER_LIMIT)
        except SourceNotFound as error:
            raise VaultNotFound(path=self.path) from error
        except SourceUnsupported as error:
            raise HeaderDamaged(reason=error.reason) from error

    def read_header_copy(self) -> bytes | None:
        """Return the bytes of the header's copy, or None if there is none that can be read."""
        try:
            return read_small(self.copy_path, limit=HEADER_LIMIT)
        except (SourceNotFound, SourceUnsupported):
            return None

    def write_header(self, content: bytes) -> None:
        """Put a new header in place, then the copy, each synced; a crash leaves the old header or the new one.

        Raises HeaderDamaged if it is over the limit, DiskFull, FolderReadOnly: then the old header stands.
        """
        if len(content) > HEADER_LIMIT:
            raise HeaderDamaged(reason=f"it is longer than {HEADER_LIMIT} bytes")
        replace_durably(self.header_path, content)
        replace_durably(self.copy_path, content)

    def repair_copy(self) -> bool:
        """Make the copy what the header is; return whether it was not. Only after the header was accepted."""
        content = self.read_header()
        if self.read_header_copy() == content:
            return False
        replace_durably(self.copy_path, content)
        return True

    @staticmethod
    def new_database_name() -> str:
        """Choose a name for a new database."""
        return f"vault-{secrets.token_hex(8).upper()}.db"

    def database_path(self, name: str) -> str:
        """Return where the database of that name is; raises HeaderDamaged for what is no database's name."""
        if not _DATABASE_NAME.fullmatch(name):
            raise HeaderDamaged(reason="the name of the database is not one that Signet gives")
        return os.path.join(self.path, name)

    def databases(self) -> list[str]:
        """Name the databases in the folder."""
        with translated(self.path):
            return sorted(name for name in os.listdir(self.path) if _DATABASE_NAME.fullmatch(name))

    def delete_unnamed_databases(self, keep: str) -> list[str]:
        """Delete every database but the one named ``keep``, and half-written headers; return the databases deleted.

        Only under the lock alone, after ``keep`` was opened and accepted. Raises VaultNotFound
        if ``keep`` is not there: then nothing is deleted.
        """
        kept = self.database_path(keep)
        if not os.path.isfile(kept):
            raise VaultNotFound(path=kept)
        unnamed = [name for name in self.databases() if name != keep]
        with translated(self.path):
            for name in unnamed:
                for end in (*SIDE_FILES, ""):
                    self._delete(name + end)
            for name in os.listdir(self.path):
                if _PART_NAME.fullmatch(name):
                    self._delete(name)
            sync_folder(self.path)
        return unnamed

    def _delete(self, name: str) -> None:
        try:
            os.unlink(os.path.join(self.path, name))
        except FileNotFoundError:
            return

    def shared_lock(self) -> FileLock:
        """Hold the vault open, together with others; taken before the header is read. Raises VaultBusy."""
        return self._lock("lock", Hold.SHARED, seconds=5.0, refused=VaultBusy)

    def exclusive_lock(self) -> FileLock:
        """Have the vault alone: new master key, restore, migration. Raises VaultInUse."""
        return self._lock("lock", Hold.ALONE, seconds=1.0, refused=VaultInUse)

    def header_lock(self) -> FileLock:
        """Change the header, settle an intent, make a backup: one at a time. Raises VaultBusy."""
        return self._lock("header.lock", Hold.ALONE, seconds=5.0, refused=VaultBusy)

    def _lock(self, name: str, hold: Hold, *, seconds: float, refused: type[VaultBusy | VaultInUse]) -> FileLock:
        if not os.path.isdir(self.path):
            raise VaultNotFound(path=self.path)
        return FileLock(os.path.join(self.path, name), hold, seconds=seconds, refused=refused)
