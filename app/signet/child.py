"""Child processes: foreign code and untrusted input live in a process of their own, behind one narrow channel.

A child is exec'd (``signet _child ROLE``), never forked and kept: it inherits nothing but one end of a socket pair,
as its standard input. Over it go length-prefixed JSON messages, one request at a time, each with a time limit; bytes
travel as ``{"$bytes": base64}``. A child that is late, dies or talks nonsense is killed and reaped; its owner starts
another. Errors of Signet's tree cross the channel as themselves, any other exception as the name of its type only,
because its text could hold a secret.
"""

from __future__ import annotations

import base64
import contextlib
import ctypes
import json
import os
import resource
import select
import signal
import site
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from signet import errors

#: No message is longer: a page picture of a document or a batch of certificates fits many times.
MAX_MESSAGE = 64 * 1024 * 1024
_LENGTH = struct.Struct(">I")
_POLL_SECONDS = 0.1
_STANDARD_INPUT = 0
_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
#: What a child gets of the parent's environment; the rest (tokens, proxies, agents) is none of its business.
_KEPT = (
    "PATH",
    "HOME",
    "LANG",
    "LANGUAGE",
    "XDG_RUNTIME_DIR",
    "SOFTHSM2_CONF",
    "COVERAGE_PROCESS_START",
    "SYSTEMROOT",
)
_KEPT_PREFIXES = ("LC_", "TPM2_", "TSS2_", "PCSCLITE_")


class ChildProblem(Exception):
    """The child failed, not what it was asked. Not a SignetError: the owner of the child says what it means."""


class ChildTimedOut(ChildProblem):
    """No answer within ``seconds``; the child was killed."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no answer within {seconds} seconds")
        self.seconds = seconds


class ChildDied(ChildProblem):
    """The child ended or broke the protocol; ``returncode`` as in subprocess (negative: a signal)."""

    def __init__(self, returncode: int | None) -> None:
        super().__init__(f"ended with {returncode}")
        self.returncode = returncode


class ChildFailed(ChildProblem):
    """A handler raised something outside Signet's tree: ``kind`` is the name of its type, its text stays there."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"failed with {kind}")
        self.kind = kind


class _Garbage(Exception):
    """What arrived is no message of ours."""


def protect_process() -> None:
    """Keep this process's memory from core dumps and, on Linux, from debuggers of the same user."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _prctl(_PR_SET_DUMPABLE, 0)


def harden() -> None:
    """Protect a child like its parent, and let it die with the thread that spawned it (Linux; prctl(2))."""
    protect_process()
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _prctl(option: int, value: int) -> None:
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def child_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return the small environment of a child, with ``extra`` on top."""
    kept = {name: value for name, value in os.environ.items() if name in _KEPT or name.startswith(_KEPT_PREFIXES)}
    root = str(Path(__file__).resolve().parent.parent)
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

    def __init__(self, command: Sequence[str], *, environment: Mapping[str, str]) -> None:
        self._turn = threading.Lock()
        self._ours, theirs = socket.socketpair()
        self._process: subprocess.Popen[bytes] | None = None
        self._failure: OSError | None = None
        started = threading.Event()
        # PDEATHSIG fires when the *thread* that spawned the child ends, not the process. A worker thread of a pool
        # may end any time, so each child gets a thread that spawns it, then waits for it: no zombie stays either.
        self._keeper = threading.Thread(
            target=self._keep,
            args=(list(command), dict(environment), theirs, started),
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
    def spawn(cls, role: str, *, environment: Mapping[str, str] | None = None) -> Child:
        """Start the child for ``role`` with a minimal environment and what is given; raise ChildDied if it cannot."""
        return cls(child_command(role), environment=child_environment(environment or {}))

    def _keep(
        self, command: list[str], environment: dict[str, str], theirs: socket.socket, started: threading.Event
    ) -> None:
        try:
            self._process = subprocess.Popen(
                command,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                close_fds=True,
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
        message = bytearray(_pack({"method": method, "parameters": parameters}))
        try:
            while not self._turn.acquire(timeout=_POLL_SECONDS):
                _check(cancelled)
            try:
                answer = self._exchange(message, timeout, cancelled)
            finally:
                self._turn.release()
        finally:
            message[:] = bytes(len(message))
        return _open_answer(answer)

    def _exchange(
        self, message: bytearray, timeout: float, cancelled: Callable[[], bool] | None
    ) -> Mapping[str, object]:
        deadline = time.monotonic() + timeout
        if not self.alive:
            raise ChildDied(self._end())
        try:
            _check(cancelled)
            self._send(message, deadline, cancelled)
            (length,) = _LENGTH.unpack(self._receive(_LENGTH.size, deadline, cancelled))
            if length > MAX_MESSAGE:
                raise _Garbage
            answer = _unpack(self._receive(length, deadline, cancelled))
            if not isinstance(answer, dict):
                raise _Garbage
            return answer
        except TimeoutError:
            self._end(kill=True)
            raise ChildTimedOut(timeout) from None
        except (OSError, EOFError, _Garbage):
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
                part = self._ours.recv(min(count - len(received), 1 << 20))
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
            if poller.poll(max(1, int(min(left, _POLL_SECONDS) * 1000))):
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
            # Another thread waits for an answer and holds the socket: it finds the end of the stream and closes it.
            self._process.kill()
            self._keeper.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _check(cancelled: Callable[[], bool] | None) -> None:
    if cancelled is not None and cancelled():
        raise errors.Cancelled


def serve(handlers: Mapping[str, Callable[..., object]]) -> None:
    """Answer requests on standard input, one after the other, until the parent's end closes.

    If that happens while a handler runs, the process ends at once: nobody is left to want the answer, and a module
    that hangs must not outlive Signet.
    """
    with socket.socket(fileno=os.dup(_STANDARD_INPUT)) as channel:
        threading.Thread(target=_end_with_parent, args=(channel.fileno(),), daemon=True, name="parent watch").start()
        while (message := _next_request(channel)) is not None:
            channel.sendall(_answer(handlers, message))


def _end_with_parent(descriptor: int) -> None:
    poller = select.poll()
    poller.register(descriptor, getattr(select, "POLLRDHUP", 0))
    poller.poll()
    time.sleep(_POLL_SECONDS)  # an idle child leaves by its own loop, which closes the module properly
    os._exit(0)


def _next_request(channel: socket.socket) -> Mapping[str, object] | None:
    head = _exactly(channel, _LENGTH.size)
    if head is None:
        return None
    (length,) = _LENGTH.unpack(head)
    body = _exactly(channel, length) if length <= MAX_MESSAGE else None
    if body is None:
        return None
    message = _unpack(body)
    return message if isinstance(message, dict) else None


def _exactly(channel: socket.socket, count: int) -> bytes | None:
    received = bytearray()
    while len(received) < count:
        part = channel.recv(min(count - len(received), 1 << 20))
        if not part:
            return None
        received += part
    return bytes(received)


def _answer(handlers: Mapping[str, Callable[..., object]], message: Mapping[str, object]) -> bytes:
    try:
        parameters = message["parameters"]
        if not isinstance(parameters, dict):
            raise TypeError("parameters")
        return _pack({"value": handlers[str(message["method"])](**parameters)})
    except errors.SignetError as error:
        return _pack({"error": {"type": type(error).__name__, "details": error.details}})
    except Exception as error:  # noqa: BLE001 - whatever foreign code raises must reach the parent as an answer
        return _pack({"failed": type(error).__name__})


def _open_answer(answer: Mapping[str, object]) -> object:
    if "value" in answer:
        return answer["value"]
    error = answer.get("error")
    if isinstance(error, dict):
        kinds = {kind.__name__: kind for kind in errors.every_error()}
        if error.get("type") in kinds and isinstance(error.get("details"), dict):
            raise kinds[error["type"]](**error["details"])
    raise ChildFailed(str(answer.get("failed", "an unknown answer")))


def _pack(value: object) -> bytes:
    body = json.dumps(_to_json(value), ensure_ascii=True, separators=(",", ":")).encode("ascii")
    if len(body) > MAX_MESSAGE:
        raise ValueError("a message is longer than the channel takes")
    return _LENGTH.pack(len(body)) + body


def _unpack(body: bytes) -> object:
    try:
        return _from_json(json.loads(body))
    except (ValueError, RecursionError) as error:
        raise _Garbage from error


def _to_json(value: object) -> object:
    if isinstance(value, bytes | bytearray | memoryview):
        return {"$bytes": base64.b64encode(value).decode("ascii")}
    if isinstance(value, Mapping):
        return {str(name): _to_json(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_to_json(part) for part in value]
    return value


def _from_json(value: object) -> object:
    if isinstance(value, dict):
        if value.keys() == {"$bytes"}:
            return base64.b64decode(str(value["$bytes"]), validate=True)
        return {name: _from_json(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_from_json(part) for part in value]
    return value
