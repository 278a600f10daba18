"""The card's side of the virtual reader: a TCP client that says what a card in a reader says.

The protocol is that of vsmartcard's vpcd: two bytes of length, then a command for the card, or one byte of control
for its contacts. Removal is the end of the connection. The card runs on a thread of the test's process, which is safe
because Signet's modules run in children; so a test changes the card by its attributes.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from support.card.apdu import Exchange
from support.card.piv import PivApplication

_OFF, _ON, _RESET, _ATR = 0, 1, 2, 4
_LENGTH = struct.Struct(">H")
_JOIN_SECONDS = 60.0
_VERIFY = 0x20
_PIN_COMMANDS = (0x20, 0x24, 0x2C)


@dataclass
class Disturbance:
    """What goes wrong with a command: ``status`` instead of being done, a ``delay`` in seconds, a ``pull``.

    It strikes the instruction ``ins`` for ``times`` commands after the first ``spared``; a delay is what a person
    needs to touch the card.
    """

    ins: int
    status: int | None = None
    delay: float = 0.0
    pull: bool = False
    times: int = 1
    spared: int = 0


@dataclass
class Reader:
    """The slot of a virtual reader that listens on ``port``, and the card in it, if any."""

    port: int
    seen: Callable[[bool], None]
    card: PivApplication | None = None
    disturbances: list[Disturbance] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None

    def insert(self, card: PivApplication) -> None:
        """Put the card in and wait until the reader's driver has seen it."""
        self.remove()
        self.card = card
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=_JOIN_SECONDS)
        connection.settimeout(None)
        self._socket = connection
        self._thread = threading.Thread(target=self._serve, args=(connection, card), daemon=True)
        self._thread.start()
        self.seen(True)

    def remove(self) -> None:
        """Take the card out, if there is one, and wait until the driver has seen that."""
        if self._thread is None:
            return
        self.pull()
        self._thread.join(_JOIN_SECONDS)
        self._thread = None
        self.card = None
        self.seen(False)

    def pull(self) -> None:
        """Take the card out without waiting."""
        connection, self._socket = self._socket, None
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    @property
    def pins_sent(self) -> int:
        """How many times a PIN was sent to the card since `log` was last cleared; to ask for the counter is none."""
        asked = f"00{_VERIFY:02x}0080"
        return sum(line.startswith(asked) and line[8:10] != "00" and line[8] != " " for line in self.log)

    def _serve(self, connection: socket.socket, card: PivApplication) -> None:
        exchange = Exchange(card.answer)
        with contextlib.suppress(OSError):
            while (message := _receive(connection)) is not None:
                if len(message) == 1:
                    if message[0] == _ATR:
                        _send(connection, card.atr)
                    elif message[0] in (_OFF, _ON, _RESET):
                        card.reset()
                        exchange.reset()
                    continue
                answer = self._answer(exchange, message)
                if answer is None:
                    self.pull()
                    return
                _send(connection, answer)

    def _answer(self, exchange: Exchange, message: bytes) -> bytes | None:
        ins = message[1]
        struck = next((found for found in self.disturbances if found.ins == ins), None)
        if struck is not None and struck.spared:
            struck.spared -= 1
            struck = None
        if struck is not None:
            struck.times -= 1
            if struck.times == 0:
                self.disturbances.remove(struck)
            time.sleep(struck.delay)
            if struck.pull:
                self.log.append(f"{message[:4].hex()} pulled")
                return None
        if struck is not None and struck.status is not None:
            exchange.reset()
            answer = struck.status.to_bytes(2, "big")
        else:
            answer = exchange.transmit(message)
        sent = message[:5].hex() if ins in _PIN_COMMANDS else message.hex()
        self.log.append(f"{sent} -> {answer.hex()}")
        return answer


def _receive(connection: socket.socket) -> bytes | None:
    head = _exactly(connection, _LENGTH.size)
    return None if head is None else _exactly(connection, _LENGTH.unpack(head)[0])


def _exactly(connection: socket.socket, count: int) -> bytes | None:
    received = b""
    while len(received) < count:
        part = connection.recv(count - len(received))
        # Without it every command waits 40 ms for a delayed acknowledgement; the kernel forgets the wish again.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        if not part:
            return None
        received += part
    return received


def _send(connection: socket.socket, message: bytes) -> None:
    connection.sendall(_LENGTH.pack(len(message)) + message)
