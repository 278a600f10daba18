"""The process that is killed: ``python -m crash.child DESCRIPTOR``, spoken to over that socket, line by line.

It says ``warm`` when everything is imported, takes ``OPERATION FOLDER``, says ``ready`` when the operation is
prepared, waits for ``go``, says ``begun`` and, at the end, ``done`` or ``failed TYPE SENTENCE``. Everything goes by
``send``, never by ``write``, so that faults injected into writing system calls hit the operation alone.
"""

from __future__ import annotations

import socket
import sys
from pathlib import Path

from crash.operations import OPERATIONS, TOGETHER
from crash.stage import Stage
from signet.child.server import protect_process
from signet.errors import SignetError

WAIT = 300.0
"""Seconds after which a child that nobody speaks to ends."""


class Line:
    """One end of the socket, as lines."""

    def __init__(self, channel: socket.socket) -> None:
        channel.settimeout(WAIT)
        self._channel = channel
        self._buffer = b""

    def say(self, text: str) -> None:
        """Send one line."""
        self._channel.sendall(text.replace("\n", " ").encode() + b"\n")

    def hear(self) -> str | None:
        """Return the next line; None at the end."""
        while b"\n" not in self._buffer:
            try:
                part = self._channel.recv(65536)
            except ConnectionResetError:
                part = b""
            if not part:
                return None
            self._buffer += part
        line, self._buffer = self._buffer.split(b"\n", 1)
        return line.decode()

    def close(self) -> None:
        """Let go of the socket."""
        self._channel.close()


def main(descriptor: int) -> None:
    """Do what the other end asks for, once."""
    protect_process()
    line = Line(socket.socket(fileno=descriptor))
    line.say("warm")
    asked = line.hear()
    if asked is None:
        return
    operation, folder = asked.split(" ", 1)
    running = {**OPERATIONS, **TOGETHER}[operation](Stage(Path(folder)), line.say)
    next(running)
    line.say("ready")
    if line.hear() is None:
        return
    line.say("begun")
    try:
        for _ in running:
            raise RuntimeError("an operation has one yield")
    except SignetError as error:
        line.say(f"failed {type(error).__name__} {error}")
    else:
        line.say("done")


if __name__ == "__main__":
    main(int(sys.argv[1]))
