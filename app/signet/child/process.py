"""The parent's side: one child process, started, asked, ended."""

from __future__ import annotations

import contextlib
import os
import select
import site
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from signet import errors
from signet.child.channel import (
    LENGTH,
    MAX_MESSAGE,
    PART,
    POLL_SECONDS,
    ChildDied,
    ChildTimedOut,
    Garbage,
    open_answer,
    pack,
    unpack,
)

#: What a child gets of the parent's environment; the rest (tokens, proxies, agents) is none of its business.
_KEPT = (
    "PATH",
    "HOME",
    "LANG",
    "LANGUAGE",
    "XDG_RUNTIME_DIR",
    "SOFTHSM2_CONF",
    "SYSTEMROOT",
)
_KEPT_PREFIXES = ("LC_", "TPM2_", "TSS2_", "PCSCLITE_")


def child_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return the small environment of a child, with ``extra`` on top."""
    kept = {name: value for name, value in os.environ.items() if name in _KEPT or name.startswith(_KEPT_PREFIXES)}
    root = str(Path(__file__).resolve().parents[2])
    if not getattr(sys, "frozen", False) and root not in (str(Path(p).resolve()) for p in site.getsitepackages()):
        kept["PYTHONPATH"] = root
    return {**kept, **extra}


def child_command(role: str) -> list[str]:
    """Return what is exec'd for ``role``: this interpreter, or the frozen program itself."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "_child", role]
    # -P keeps the working directory off the module path, -s the user's own site folder.
    return [sys.executable, "-P", "-s", "-m", "signet", "_child", role]


class Child:
    """The parent's hold on one child process; safe to use from several threads, which take turns."""

    def __init__(self, command: Sequence[str], *, environment: Mapping[str, str], files: Sequence[int] = ()) -> None:
        self._turn = threading.Lock()
        self._ours, theirs = socket.socketpair()
        self._process: subprocess.Popen[bytes] | None = None
        self._failure: OSError | None = None
        started = threading.Event()
        # PDEATHSIG fires when the *thread* that spawned the child ends, not the process. A worker thread of a pool
        # may end any time, so each child gets a thread that spawns it, then waits for it: no zombie stays either.
        self._keeper = threading.Thread(
            target=self._keep,
            args=(list(command), dict(environment), tuple(files), theirs, started),
            daemon=True,
            name="child keeper",
        )
        self._keeper.start()
        started.wait()
        theirs.close()
        if self._failure is not None:
            self._ours.close()
            raise ChildDied(None) from self._failure
        self._ours.setblocking(False)

    @classmethod
    def spawn(cls, role: str, *, environment: Mapping[str, str] | None = None, files: Sequence[int] = ()) -> Child:
        """Start the child for ``role`` with a minimal environment and what is given; raise ChildDied if it cannot.

        ``files`` are descriptors that it gets too, under the same numbers; their offsets are shared with the parent.
        """
        return cls(child_command(role), environment=child_environment(environment or {}), files=files)

    def _keep(
        self,
        command: list[str],
        environment: dict[str, str],
        files: tuple[int, ...],
        theirs: socket.socket,
        started: threading.Event,
    ) -> None:
        try:
            self._process = subprocess.Popen(
                command,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                close_fds=True,
                pass_fds=files,
                env=environment,
                start_new_session=True,  # Ctrl-C in the terminal is for the parent alone
            )
        except OSError as error:
            self._failure = error
        started.set()
        if self._process is not None:
            self._process.wait()

    @property
    def pid(self) -> int:
        """The process id."""
        assert self._process is not None  # noqa: S101 - the constructor raises otherwise
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs and the channel is open."""
        return self._keeper.is_alive() and self._ours.fileno() >= 0

    def request(
        self, method: str, *, timeout: float, cancelled: Callable[[], bool] | None = None, **parameters: object
    ) -> object:
        """Ask for ``method`` and wait for its answer, at most ``timeout`` seconds once it is this call's turn.

        ``cancelled`` is polled about ten times a second. Raises ChildTimedOut, ChildDied, ChildFailed, Cancelled (the
        child is then killed, or was never asked) and whatever SignetError the handler raised.
        """
        message = bytearray(pack({"method": method, "parameters": parameters}))
        try:
            while not self._turn.acquire(timeout=POLL_SECONDS):
                _check(cancelled)
            try:
                answer = self._exchange(message, timeout, cancelled)
            finally:
                self._turn.release()
        finally:
            message[:] = bytes(len(message))
        return open_answer(answer)

    def _exchange(
        self, message: bytearray, timeout: float, cancelled: Callable[[], bool] | None
    ) -> Mapping[str, object]:
        deadline = time.monotonic() + timeout
        if not self.alive:
            raise ChildDied(self._end())
        try:
            _check(cancelled)
            self._send(message, deadline, cancelled)
            (length,) = LENGTH.unpack(self._receive(LENGTH.size, deadline, cancelled))
            if length > MAX_MESSAGE:
                raise Garbage
            answer = unpack(self._receive(length, deadline, cancelled))
            if not isinstance(answer, dict):
                raise Garbage
            return answer
        except TimeoutError:
            self._end(kill=True)
            raise ChildTimedOut(timeout) from None
        except (OSError, EOFError, Garbage):
            raise ChildDied(self._end(kill=True)) from None
        except BaseException:
            # Cancelled, or an interrupt: the answer would arrive at the next request, so this child is useless now.
            self._end(kill=True)
            raise

    def _send(self, message: bytearray, deadline: float, cancelled: Callable[[], bool] | None) -> None:
        with memoryview(message) as view:
            sent = 0
            while sent < len(view):
                self._wait(select.POLLOUT, deadline, cancelled)
                with contextlib.suppress(BlockingIOError), view[sent:] as rest:
                    sent += self._ours.send(rest)

    def _receive(self, count: int, deadline: float, cancelled: Callable[[], bool] | None) -> bytes:
        received = bytearray()
        while len(received) < count:
            self._wait(select.POLLIN, deadline, cancelled)
            with contextlib.suppress(BlockingIOError):
                part = self._ours.recv(min(count - len(received), PART))
                if not part:
                    raise EOFError
                received += part
        return bytes(received)

    def _wait(self, event: int, deadline: float, cancelled: Callable[[], bool] | None) -> None:
        poller = select.poll()
        poller.register(self._ours, event)
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            if poller.poll(max(1, int(min(left, POLL_SECONDS) * 1000))):
                return
            _check(cancelled)

    def _end(self, *, kill: bool = False) -> int | None:
        """Close the channel and wait until the keeper has reaped the process; SIGKILL also ends a stopped one."""
        self._ours.close()
        assert self._process is not None  # noqa: S101 - the constructor raises otherwise
        if not kill:
            self._keeper.join(2.0)  # seconds to leave politely, which lets a module close its sessions
        if self._keeper.is_alive():
            self._process.kill()
        self._keeper.join()
        return self._process.returncode

    def close(self) -> None:
        """End the child, politely if it is idle; calling it again does nothing."""
        if self._turn.acquire(timeout=0):
            try:
                self._end()
            finally:
                self._turn.release()
        elif self._process is not None:
            # Another thread waits for an answer and holds the socket: it finds the end of the stream and closes it,
            # unless it had its answer just now.
            self._process.kill()
            self._keeper.join()
            with self._turn:
                self._ours.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _check(cancelled: Callable[[], bool] | None) -> None:
    if cancelled is not None and cancelled():
        raise errors.Cancelled
