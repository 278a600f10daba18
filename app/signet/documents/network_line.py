"""A connection to one host that nobody can keep waiting: one deadline for everything, and cancelled at any time."""

from __future__ import annotations

import io
import os
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from signet.errors import Cancelled, ServiceAddressRefused, ServiceTimedOut

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

MAX_ADDRESS = 2048
"""Characters of an address; what is longer is no address that a person named (RFC 9110, 4.1, asks for 8000 bytes)."""
_POLL = 0.1  # seconds between two looks at whether it was cancelled
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Target:
    """An address taken apart; ``netloc`` is also how people are told of it."""

    scheme: str
    host: str
    port: int
    path: str
    purpose: str

    @classmethod
    def of(cls, url: str, purpose: str) -> Target:
        """Take an address apart; raise ServiceAddressRefused for one that is not asked."""

        def refused(reason: str) -> ServiceAddressRefused:
            # What may be a password is not repeated.
            said = url.rpartition("@")[2] if "@" in url else url
            return ServiceAddressRefused(service=said[:100], purpose=purpose, reason=reason)

        if len(url) > MAX_ADDRESS or any(character <= " " or character == "\x7f" for character in url):
            raise refused("it is no address")
        try:
            parts = urlsplit(url)
            port = parts.port
            host = (parts.hostname or "").encode("idna").decode("ascii")
        except (ValueError, UnicodeError) as error:
            raise refused("it is no address") from error
        if parts.scheme not in _PORTS:
            raise refused("it begins with neither https:// nor http://")
        if parts.username is not None or parts.password is not None:
            raise refused("it has a name or a password in it")
        if not host or port == 0:
            raise refused("it names no host")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if not path.isascii():
            raise refused("it has letters that have to be written with %")
        return cls(parts.scheme, host, port or _PORTS[parts.scheme], path, purpose)

    @property
    def netloc(self) -> str:
        """Host and port as they stand in an address."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole address again."""
        return f"{self.scheme}://{self.netloc}{self.path}"


class Patience:
    """How long is waited, all in all."""

    def __init__(self, purpose: str, seconds: float, cancelled: Callable[[], bool] | None) -> None:
        self.purpose = purpose
        self._seconds = seconds
        self._cancelled = cancelled
        self._deadline = time.monotonic() + seconds
        self.service = ""

    def check(self) -> float:
        """Return for how long to wait now; raise Cancelled, ServiceTimedOut."""
        if self._cancelled is not None and self._cancelled():
            raise Cancelled
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise ServiceTimedOut(service=self.service, purpose=self.purpose, seconds=self._seconds)
        return min(left, _POLL)

    def wait(self, descriptor: int, event: int) -> None:
        """Wait until a descriptor is ready."""
        poller = select.poll()
        poller.register(descriptor, event)
        while not poller.poll(self.check() * 1000):
            pass


def connected(target: Target, patience: Patience) -> _Line:
    """Connect to the first address of a host that takes it."""
    problem = OSError("nobody there")
    for family, kind, protocol, _, address in _addresses(target, patience):
        try:
            line = socket.socket(family, kind, protocol)
        except OSError as error:
            problem = error
            continue
        try:
            line.setblocking(False)
            if line.connect_ex(address) != 0:
                patience.wait(line.fileno(), select.POLLOUT)
                failure = line.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if failure:
                    raise OSError(failure, os.strerror(failure))
            return _Line(line, target, patience)
        except OSError as error:
            problem = error
            line.close()
        except BaseException:
            line.close()
            raise
    raise problem


_Address = tuple[int, int, int, str, tuple[object, ...]]


def _addresses(target: Target, patience: Patience) -> list[_Address]:
    """Look up a host. The system's resolver cannot be interrupted, so a thread of its own waits for it."""
    found: list[_Address] = []
    problem: list[OSError] = []

    def look_up() -> None:
        try:
            found.extend(socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            problem.append(error if isinstance(error, OSError) else socket.gaierror(str(error)))

    thread = threading.Thread(target=look_up, daemon=True, name="name lookup")
    thread.start()
    while thread.is_alive():
        thread.join(patience.check())
    if problem:
        raise problem[0]
    return found


class _Line:
    """A connected socket, within its patience; what http.client needs of one."""

    def __init__(self, line: socket.socket, target: Target, patience: Patience) -> None:
        self._patience = patience
        self._line = line
        if target.scheme == "https":
            context = ssl.create_default_context()
            secured = context.wrap_socket(line, server_hostname=target.host, do_handshake_on_connect=False)
            self._line = secured
            try:
                self._patiently(secured.do_handshake, select.POLLIN)
            except BaseException:
                secured.close()
                raise

    def _patiently(self, step: Callable[[], int | None], event: int) -> int:
        """Repeat a step that does not block until it is done."""
        while True:
            self._patience.check()
            try:
                return step() or 0
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError) as error:
                wanted = select.POLLIN if isinstance(error, ssl.SSLWantReadError) else select.POLLOUT
                self._patience.wait(self._line.fileno(), wanted)
            except BlockingIOError:
                self._patience.wait(self._line.fileno(), event)

    def sendall(self, data: ReadableBuffer) -> None:
        """Send all of it."""
        rest = memoryview(data).cast("B")
        while rest:
            rest = rest[self._patiently(partial(self._line.send, rest), select.POLLOUT) :]

    def receive(self, buffer: WriteableBuffer) -> int:
        """Wait until something came and read it; 0 at the end."""
        return self._patiently(partial(self._line.recv_into, buffer), select.POLLIN)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return what the answer is read from."""
        return io.BufferedReader(_Incoming(self))

    def close(self) -> None:
        """Nothing yet: http.client closes before it has read the answer. Leaving ``with`` hangs up."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._line.close()


class _Incoming(io.RawIOBase):
    """What comes over a line."""

    def __init__(self, line: _Line) -> None:
        self._line = line

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read what has come."""
        return self._line.receive(buffer)
