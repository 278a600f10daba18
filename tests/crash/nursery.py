"""A process that has imported everything and forks one actor for each trial: ``python -m crash.nursery DESCRIPTOR``.

To start an interpreter and to import takes longer than most trials. Nothing runs here before a fork but this loop: no
thread, no vault, no card module. A request is one message with the actor's end of its line attached: the environment
as JSON. The answer is the actor's number, with a descriptor attached that tells of its end (pidfd_open(2)).
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import signet
from crash.child import main as act

APP = str(Path(signet.__file__).parents[1])
TESTS = str(Path(__file__).parents[1])
_MOST = 1 << 20
"""Bytes of an environment."""
_PR_SET_PTRACER = 0x59616D61
_ANYBODY = ctypes.c_ulong(-1)


class Nursery:
    """The forking process, as seen from the tests."""

    def __init__(self) -> None:
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "crash.nursery", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": f"{APP}:{TESTS}", "PYTHONDONTWRITEBYTECODE": "1"},
            )

    def bear(self, line: socket.socket) -> Newborn:
        """Fork an actor at the other end of ``line``; its environment is that of the tests at this moment."""
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        socket.send_fds(self._line, [json.dumps(environment).encode()], [line.fileno()])
        number, descriptors, _, _ = socket.recv_fds(self._line, 64, 1)
        if not descriptors:
            raise AssertionError("the process that forks has ended")
        return Newborn(int(number), descriptors[0])

    def close(self) -> None:
        """End it; actors go on."""
        self._line.close()
        self._process.wait()

    def __enter__(self) -> Nursery:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Newborn:
    """A forked process, the leader of a group of its own."""

    def __init__(self, number: int, descriptor: int) -> None:
        self.pid = number
        self._descriptor: int | None = descriptor

    @property
    def ended(self) -> bool:
        """Whether it has."""
        return self._descriptor is None or bool(select.select([self._descriptor], [], [], 0)[0])

    def wait(self) -> None:
        """Wait for its end."""
        if self._descriptor is not None:
            select.select([self._descriptor], [], [])
            os.close(self._descriptor)
            self._descriptor = None

    def kill(self) -> None:
        """End it, and whatever it started, now. It keeps its number until the nursery forks again."""
        if not self.ended:
            os.killpg(self.pid, signal.SIGKILL)
        self.wait()


def main(descriptor: int) -> None:
    """Fork whenever asked, until the other end closes."""
    with socket.socket(fileno=descriptor) as line:
        while True:
            asked, descriptors, _, _ = socket.recv_fds(line, _MOST, 1)
            if not descriptors:
                return
            _reap()
            if len(os.listdir("/proc/self/task")) != 1:
                raise RuntimeError("what forks must have one thread")
            number = os.fork()
            if number == 0:
                line.close()
                _become(descriptors[0], json.loads(asked))
                return
            os.close(descriptors[0])
            ending = os.pidfd_open(number)
            socket.send_fds(line, [str(number).encode()], [ending])
            os.close(ending)


def _become(descriptor: int, environment: Mapping[str, str]) -> None:
    """Be the actor."""
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    ctypes.CDLL(None).prctl(_PR_SET_PTRACER, _ANYBODY, 0, 0, 0)  # strace is a sibling; fails where nobody asks
    act(descriptor)


def _reap() -> None:
    """Let those go that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


if __name__ == "__main__":
    main(int(sys.argv[1]))
