"""Commands and answers of smartcards (ISO 7816-4, 5.1), with command chaining and answers in parts."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, replace

OK = 0x9000
WRONG_LENGTH = 0x6700
CONDITIONS = 0x6985
SECURITY = 0x6982
BLOCKED = 0x6983
BAD_DATA = 0x6A80
NO_FUNCTION = 0x6A81
NOT_FOUND = 0x6A82
BAD_P1_P2 = 0x6A86
NO_REFERENCE = 0x6A88
NO_INSTRUCTION = 0x6D00
_CHAINED = 0x10
_GET_RESPONSE = 0xC0


class Refused(Exception):
    """The card answers with this status word and no data."""

    def __init__(self, status: int) -> None:
        super().__init__(f"{status:04x}")
        self.status = status


def tries_left(count: int) -> Refused:
    """The answer to a wrong PIN."""
    return Refused(0x63C0 | count)


@dataclass(frozen=True)
class Command:
    """One command; ``expected`` is the most data that the reader takes at once."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes
    expected: int


def parse(raw: bytes) -> Command:
    """Read a command in its short or extended form; raise Refused if it is neither."""
    if len(raw) < 4:
        raise Refused(WRONG_LENGTH)
    head, body = raw[:4], raw[4:]
    data, expected = b"", 0
    if len(body) == 1:
        expected = body[0] or 256
    elif len(body) == 3 and body[0] == 0:
        expected = struct.unpack(">H", body[1:])[0] or 65536
    elif body:
        extended = body[0] == 0 and len(body) > 3
        start = 3 if extended else 1
        length = struct.unpack(">H", body[1:3])[0] if extended else body[0]
        data, rest = body[start : start + length], body[start + length :]
        if len(data) != length or len(rest) > 2:
            raise Refused(WRONG_LENGTH)
        expected = (int.from_bytes(rest, "big") or 256 ** len(rest)) if rest else 256
    return Command(head[0], head[1], head[2], head[3], data, expected)


class Exchange:
    """Puts chained commands together and hands long answers out in parts."""

    def __init__(self, answer: Callable[[Command], bytes]) -> None:
        self._answer = answer
        self._collected = b""
        self._waiting = b""

    def reset(self) -> None:
        self._collected = self._waiting = b""

    def transmit(self, raw: bytes) -> bytes:
        try:
            command = parse(raw)
            if command.ins == _GET_RESPONSE:
                return self._part(command.expected)
            self._waiting = b""
            if command.cla & _CHAINED:
                self._collected += command.data
                return _status(OK)
            whole = replace(command, data=self._collected + command.data)
            self._collected = b""
            self._waiting = self._answer(whole)
            return self._part(command.expected or 256)
        except Refused as refused:
            return _status(refused.status)

    def _part(self, most: int) -> bytes:
        part, self._waiting = self._waiting[:most], self._waiting[most:]
        return part + _status(0x6100 | min(len(self._waiting), 0xFF) if self._waiting else OK)


def _status(status: int) -> bytes:
    return status.to_bytes(2, "big")
