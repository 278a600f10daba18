"""The child's side: protecting itself, answering until the parent is gone."""

from __future__ import annotations

import ctypes
import os
import resource
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping

from signet import errors
from signet.child.channel import LENGTH, MAX_MESSAGE, PART, POLL_SECONDS, pack, unpack

_STANDARD_INPUT = 0
_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4


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
    time.sleep(POLL_SECONDS)  # an idle child leaves by its own loop, which closes the module properly
    os._exit(0)


def _next_request(channel: socket.socket) -> Mapping[str, object] | None:
    head = _exactly(channel, LENGTH.size)
    if head is None:
        return None
    (length,) = LENGTH.unpack(head)
    body = _exactly(channel, length) if length <= MAX_MESSAGE else None
    if body is None:
        return None
    message = unpack(body)
    return message if isinstance(message, dict) else None


def _exactly(channel: socket.socket, count: int) -> bytes | None:
    received = bytearray()
    while len(received) < count:
        part = channel.recv(min(count - len(received), PART))
        if not part:
            return None
        received += part
    return bytes(received)


def _answer(handlers: Mapping[str, Callable[..., object]], message: Mapping[str, object]) -> bytes:
    try:
        parameters = message["parameters"]
        if not isinstance(parameters, dict):
            raise TypeError("parameters")
        return pack({"value": handlers[str(message["method"])](**parameters)})
    except errors.SignetError as error:
        return pack({"error": {"type": type(error).__name__, "details": error.details}})
    except Exception as error:  # noqa: BLE001 - whatever foreign code raises must reach the parent as an answer
        return pack({"failed": type(error).__name__})
