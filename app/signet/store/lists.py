"""Files of trusted lists: public, large, each known by its SHA-256, which a row in the vault's database has."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections.abc import Collection
from contextlib import suppress

from signet.errors import SourceNotFound, SourceUnsupported
from signet.store.files import FOLDER_MODE, read_small, replace_durably
from signet.store.foreign import translated

MAX_KEPT = 64 << 20
"""Bytes of one file; a list has at most half of that (`signet.documents.trusted_lists.MAX_LIST`)."""
_NAME = re.compile(r"[0-9a-f]{64}(\.[0-9a-f]{16}\.part)?")


class ListFiles:
    """The files of one vault, in a folder that need not exist yet."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def path(self, digest: bytes) -> str:
        """Where the file with that digest lies, or would."""
        return os.path.join(self._folder, digest.hex())

    def read(self, digest: bytes) -> bytes | None:
        """Return a file; None if it is not there, or is not what it was. Raises StorageError."""
        try:
            content = read_small(self.path(digest), limit=MAX_KEPT)
        except (SourceNotFound, SourceUnsupported):
            return None
        return content if hmac.compare_digest(hashlib.sha256(content).digest(), digest) else None

    def write(self, content: bytes) -> bytes:
        """Keep a file and return its digest; raises DiskFull, FolderReadOnly, StorageError."""
        digest = hashlib.sha256(content).digest()
        with translated(self._folder):
            os.makedirs(self._folder, mode=FOLDER_MODE, exist_ok=True)
        replace_durably(self.path(digest), content)
        return digest

    def keep_only(self, digests: Collection[bytes]) -> None:
        """Remove the others, and what a killed Signet left; what cannot be removed stays."""
        kept = {digest.hex() for digest in digests}
        with suppress(OSError):
            for name in os.listdir(self._folder):
                if _NAME.fullmatch(name) and name not in kept:
                    os.unlink(os.path.join(self._folder, name))
