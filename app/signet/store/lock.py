"""Lock files: who has the vault open, who may change its header. The one place that asks which platform this is.

Rule: a lock belongs to the open descriptor, so that two sessions of one process exclude each other as two processes
do. On Windows the standard library has no shared lock: there, opening a vault is refused.
"""

from __future__ import annotations

import os
import sys
import time
from enum import Enum
from types import TracebackType
from typing import Self

from signet.errors import SignetError, SourceUnsupported, VaultBusy, VaultInUse
from signet.store.foreign import translated

if sys.platform != "win32":
    import fcntl

RETRY_SECONDS = 0.02


class Hold(Enum):
    """How a lock is held: together with others that share it, or alone."""

    SHARED = "shared"
    ALONE = "alone"


class FileLock:
    """A lock on one file, held from the call on until `release` or the end of ``with``.

    ``refused`` is raised if others still hold it after ``seconds``.
    """

    def __init__(
        self, path: str, hold: Hold, *, seconds: float = 5.0, refused: type[SignetError] = VaultBusy
    ) -> None:
        self._path = path
        self._descriptor = -1
        with translated(path):
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
            self._descriptor = os.open(path, flags, 0o600)
        try:
            self._take(hold, seconds=seconds, refused=refused)
        except BaseException:
            self.release()
            raise

    @property
    def held(self) -> bool:
        """Whether the lock is still held."""
        return self._descriptor >= 0

    def upgrade(self, *, seconds: float = 1.0, refused: type[SignetError] = VaultInUse) -> None:
        """Go from shared to alone; if others keep it, raise ``refused`` and hold it shared again.

        The system drops the old hold before it grants the new one (flock(2)), so another may have changed everything
        in between: read the header again.
        """
        try:
            self._take(Hold.ALONE, seconds=seconds, refused=refused)
        except BaseException:
            self._take(Hold.SHARED, seconds=5.0, refused=VaultBusy)
            raise

    def downgrade(self) -> None:
        """Go from alone to shared."""
        self._take(Hold.SHARED, seconds=5.0, refused=VaultBusy)

    def release(self) -> None:
        """Let go; a second time does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _take(self, hold: Hold, *, seconds: float, refused: type[SignetError]) -> None:
        deadline = time.monotonic() + seconds
        with translated(self._path):
            while not _try(self._descriptor, hold):
                if time.monotonic() >= deadline:
                    raise refused()
                time.sleep(RETRY_SECONDS)


if sys.platform == "win32":

    def _try(descriptor: int, hold: Hold) -> bool:
        reason = f"Windows has no {hold.value} lock that Signet uses"
        raise SourceUnsupported(path=f"lock file {descriptor}", reason=reason)

else:

    def _try(descriptor: int, hold: Hold) -> bool:
        kind = fcntl.LOCK_EX if hold is Hold.ALONE else fcntl.LOCK_SH
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
