"""One window for one person: a second start hands its files to the first and ends.

A lock file tells who is first; it is let go by the system however that process ends, so nothing is ever stale. The
socket beside it takes one message: JSON with the vault and the paths. Plain sockets and a notifier, because loading
QtNetwork for this alone would cost a tenth of the time until the window shows.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
import stat
import struct
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QObject, QSocketNotifier, Signal

MESSAGE_LIMIT = 1024 * 1024  # Signet's own: some ten thousand paths
ANSWER_SECONDS = 3.0
PATIENCE_SECONDS = 30.0
"""How long a start waits for the first one to listen: right after an installation that takes many seconds."""
_PERSON_ONLY = 0o700
_BACKLOG = 8
_CREDENTIALS = struct.Struct("3i")  # pid, uid, gid: struct ucred, unix(7)


@dataclass(frozen=True)
class Request:
    """What a start asks the window for: a vault, or an empty text, and files and folders as absolute paths.

    ``act`` is what is to be done with them (`signet.gui.drop.Act`); empty for what fits.
    """

    vault: str = ""
    paths: tuple[str, ...] = ()
    act: str = ""

    def encoded(self) -> bytes:
        """As it travels; names that are no UTF-8 survive. A window of an older Signet knows no act."""
        fields: dict[str, object] = {"vault": self.vault, "paths": list(self.paths)}
        return json.dumps({**fields, "act": self.act} if self.act else fields).encode("ascii")

    @classmethod
    def decoded(cls, message: bytes) -> Request:
        """Read what `encoded` wrote; raise ValueError for anything else."""
        fields = json.loads(message)
        if not isinstance(fields, dict) or not {"vault", "paths"} <= set(fields) <= {"vault", "paths", "act"}:
            raise ValueError("not a request")
        vault, paths, act = fields["vault"], fields["paths"], fields.get("act", "")
        if not isinstance(vault, str) or not isinstance(paths, list) or not all(isinstance(p, str) for p in paths):
            raise ValueError("not a request")
        if not isinstance(act, str):
            raise ValueError("not a request")
        return cls(vault=vault, paths=tuple(paths), act=act)


class Instance(QObject):
    """Whether this process has the window; `received` brings the requests of later starts."""

    received = Signal(object)
    """Carries a Request."""

    def __init__(self, folder: str | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder or _private_folder()
        self._lock: int | None = None
        self._listening: socket.socket | None = None
        self._notifier: QSocketNotifier | None = None

    @property
    def _socket_path(self) -> str:
        return os.path.join(self._folder, "window.socket")

    def claim(self) -> bool:
        """Become the first; False if another process of this person is. Call `listen` afterwards."""
        descriptor = os.open(os.path.join(self._folder, "window.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        self._lock = descriptor
        return True

    def listen(self) -> None:
        """Take requests from now on, unless another process is the first."""
        if self._lock is None:
            return
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._socket_path)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with _short(self._socket_path) as path:
            listening.bind(path)
        listening.listen(_BACKLOG)
        listening.setblocking(False)
        self._listening = listening
        self._notifier = QSocketNotifier(listening.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._accept)

    def join(self, request: Request, *, seconds: float = PATIENCE_SECONDS) -> bool:
        """Become the first, or give the request to the one that is; return whether the window is this process's.

        While another holds the lock and does not listen yet, it is starting: it is waited for. One that stays silent
        for ``seconds`` is stuck; then a second window is better than none.
        """
        until = time.monotonic() + seconds
        while not self.claim():
            if self._hand_over(request):
                return False
            if time.monotonic() > until:
                break
            time.sleep(0.05)
        return True

    def _hand_over(self, request: Request) -> bool:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as calling:
                calling.settimeout(ANSWER_SECONDS)
                with _short(self._socket_path) as path:
                    calling.connect(path)
                calling.sendall(request.encoded())
                calling.shutdown(socket.SHUT_WR)
                return calling.recv(1) == b"."
        except OSError:
            return False

    def close(self) -> None:
        """Let go, so that another process can be the first; can be called twice."""
        if self._notifier is not None:
            self._notifier.setEnabled(False)
            self._notifier = None
        if self._listening is not None:
            self._listening.close()
            self._listening = None
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._socket_path)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _accept(self) -> None:
        if self._listening is None:
            return
        try:
            calling, _ = self._listening.accept()
        except OSError:
            return
        with calling:
            # One message of a process of the same person, which sends it at once; a stuck one waits for nobody.
            calling.settimeout(0.05)
            try:
                if _user_of(calling) == os.getuid():
                    request = Request.decoded(_read_all(calling))
                    calling.sendall(b".")
                    self.received.emit(request)
            except (OSError, ValueError, RecursionError):
                return


@contextlib.contextmanager
def _short(path: str) -> Iterator[str]:
    """Name a socket by its folder's descriptor: its own path may be longer than a socket's may (108; unix(7))."""
    folder = os.open(os.path.dirname(path), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        there = f"/proc/self/fd/{folder}"
        yield os.path.join(there, os.path.basename(path)) if os.path.isdir(there) else path
    finally:
        os.close(folder)


def _read_all(calling: socket.socket) -> bytes:
    parts: list[bytes] = []
    while sum(map(len, parts)) <= MESSAGE_LIMIT:
        part = calling.recv(65536)
        if not part:
            return b"".join(parts)
        parts.append(part)
    raise ValueError("too long")


def _user_of(calling: socket.socket) -> int:
    credentials = calling.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return int(_CREDENTIALS.unpack(credentials)[1])


def _private_folder() -> str:
    """A folder that only this person can use: below the session's own, else below the one for temporary files."""
    base = os.environ.get("XDG_RUNTIME_DIR", "")
    if not os.path.isdir(base):
        base = tempfile.gettempdir()
    folder = os.path.join(base, f"signet-{os.getuid()}")
    with contextlib.suppress(FileExistsError):
        os.mkdir(folder, _PERSON_ONLY)
    found = os.lstat(folder)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        folder = tempfile.mkdtemp(prefix="signet-")  # somebody else took the name: a window of its own, then
    return folder
