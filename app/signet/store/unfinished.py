"""A vault folder in the making: hidden beside its future place, swept if its maker died."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from signet.errors import VaultExists
from signet.store.files import sync_folder
from signet.store.foreign import translated

PREFIX = ".signet-new-"
INNER = "vault"
"""The one thing that stands in such a folder; a folder that holds anything else is not Signet's."""
_NAME = re.compile(r"\.signet-new-[0-9a-f]{16}")


class Unfinished:
    """A private folder (0700) in which a vault folder is made; what is not finished goes with it."""

    def __init__(self, path: str) -> None:
        self.path = path

    @property
    def inner(self) -> str:
        """Where the vault folder itself is to be made."""
        return os.path.join(self.path, INNER)

    def finish(self, target: str) -> None:
        """Give the vault folder its final name; raise VaultExists if something is there already.

        If it raises, nothing stands at ``target``. `sync_name` comes next: what fails there is no reason to say so.
        """
        with translated(target):
            if os.path.lexists(target):
                raise VaultExists(path=target)
            sync_folder(self.inner)
            os.rename(self.inner, target)

    def sync_name(self, target: str) -> None:
        """Make the final name durable; the vault stands already, whatever this raises: DiskFull, StorageError."""
        with translated(target):
            sync_folder(os.path.dirname(target))


@contextmanager
def unfinished_folder(parent: str) -> Iterator[Unfinished]:
    """Make a hidden folder in ``parent`` that is removed at the end.

    The folder's own descriptor holds a lock as long as its maker lives, so that `sweep_unfinished` spares it.
    """
    with translated(parent):
        path, descriptor = _locked_folder(parent)
    try:
        yield Unfinished(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(descriptor)


def _locked_folder(parent: str) -> tuple[str, int]:
    """Make a folder and lock it; once more if a sweep came in between, when it was not locked yet."""
    while True:
        path = os.path.join(parent, PREFIX + secrets.token_hex(8))
        os.mkdir(path, 0o700)
        with suppress(FileNotFoundError):
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.path.isdir(path):
                return path, descriptor
            os.close(descriptor)


def sweep_unfinished(parent: str) -> None:
    """Remove what a killed maker left in ``parent``; what is still being made stays."""
    with suppress(OSError):  # a folder that cannot be listed is not swept; what comes next says so if it matters
        for name in os.listdir(parent):
            if _NAME.fullmatch(name):
                _remove_if_abandoned(os.path.join(parent, name))


def _remove_if_abandoned(path: str) -> None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return
    try:
        status = os.fstat(descriptor)
        if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) != 0o700:
            return
        if not set(os.listdir(descriptor)) <= {INNER}:
            return
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(path, ignore_errors=True)
    except BlockingIOError:
        return
    finally:
        os.close(descriptor)
