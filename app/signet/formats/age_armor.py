"""The armor of age files: the same bytes as text, in a strict form of PEM (C2SP, age.md: "ASCII armor"; RFC 7468).

Lines of 64 characters, the last one shorter or as long, canonical padded base64, LF or CRLF; white space is allowed
before and after, nothing else anywhere. `ArmorReader` and `ArmorWriter` are streams: memory does not grow.
"""

from __future__ import annotations

import base64
import binascii
import io
from typing import Protocol

from signet.errors import CiphertextInvalid, FormatUnrecognised

BEGIN = b"-----BEGIN AGE ENCRYPTED FILE-----"
END = b"-----END AGE ENCRYPTED FILE-----"
COLUMNS = 64
#: White space before the first line and after the last that is passed over, as age does (bytes).
MAX_WHITESPACE = 1024

_LINE_BYTES = COLUMNS // 4 * 3
_PIECE = 64 * 1024
_WHITESPACE = b" \t\r\n"
_WHAT = "an age file"


class Readable(Protocol):
    """What armor is read from: returns up to ``size`` bytes, nothing at the end."""

    def read(self, size: int, /) -> bytes:
        """Read some."""


class Writable(Protocol):
    """What armor is written to; takes all that it is given."""

    def write(self, data: bytes | memoryview, /) -> object:
        """Write all of it."""


def is_armored(head: bytes) -> bool:
    """Whether a file that begins so (`MAX_WHITESPACE` bytes and a line more are enough) is armored."""
    return head[: MAX_WHITESPACE + len(BEGIN)].lstrip(_WHITESPACE).startswith(BEGIN)


class ArmorReader(io.RawIOBase):
    """The bytes in an armored file, read forwards; put `io.BufferedReader` around it.

    Raises CiphertextInvalid for anything that is not as the writer would have written it, FormatUnrecognised if the
    first line is not there.
    """

    def __init__(self, source: Readable) -> None:
        self._source = source
        self._ahead = b""
        self._plain = memoryview(b"")
        self._short = False
        self._ended = False
        self._begun = False

    def readable(self) -> bool:
        """Say that this can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed: a private buffer type
        """Read what there is; 0 at the end, once the last line and what follows it were checked."""
        if not self._begun:
            self._begin()
        while not self._plain and not self._ended:
            self._decode()
        taken = min(len(buffer), len(self._plain))
        buffer[:taken], self._plain = self._plain[:taken], self._plain[taken:]
        return taken

    def _begin(self) -> None:
        self._begun = True
        self._fill(MAX_WHITESPACE + len(BEGIN) + 2)
        text = self._ahead.lstrip(_WHITESPACE)
        if len(self._ahead) - len(text) > MAX_WHITESPACE:
            raise FormatUnrecognised(what=_WHAT)
        line, newline, self._ahead = text.partition(b"\n")
        if line.removesuffix(b"\r") != BEGIN or not newline:
            raise FormatUnrecognised(what=_WHAT)

    def _decode(self) -> None:
        """Take as many whole lines as are at hand."""
        self._fill(_PIECE)
        *lines, rest = self._ahead.split(b"\n")
        if not lines and (not rest or len(rest) > COLUMNS + 1 or rest.removesuffix(b"\r") != END):
            raise CiphertextInvalid
        if not lines:  # the last line needs no newline
            lines, rest = [rest], b""
        found: list[bytes] = []
        for at, each in enumerate(lines):
            line = each[:-1] if each.endswith(b"\r") else each
            if line == END:
                self._finish(b"\n".join([*lines[at + 1 :], rest]))
                break
            if self._short or not 0 < len(line) <= COLUMNS:
                raise CiphertextInvalid
            self._short = len(line) < COLUMNS or line.endswith(b"=")
            found.append(line)
        else:
            self._ahead = rest
        self._plain = memoryview(_decoded(b"".join(found)))

    def _finish(self, rest: bytes) -> None:
        """Let nothing but white space follow."""
        self._ended = True
        self._ahead = rest
        self._fill(MAX_WHITESPACE + 1)
        if len(self._ahead) > MAX_WHITESPACE or self._ahead.strip(_WHITESPACE):
            raise CiphertextInvalid

    def _fill(self, size: int) -> None:
        """Have ``size`` bytes at hand, fewer only at the end."""
        pieces = [self._ahead]
        missing = size - len(self._ahead)
        while missing > 0 and (piece := self._source.read(missing)):
            pieces.append(piece)
            missing -= len(piece)
        self._ahead = b"".join(pieces)


class ArmorWriter:
    """Writes armor around what it is given; nothing is complete before `finish`."""

    def __init__(self, target: Writable) -> None:
        self._target = target
        self._left = b""
        target.write(BEGIN + b"\n")

    def write(self, data: bytes | memoryview, /) -> int:
        """Take more of the file."""
        whole = self._left + bytes(data)
        full = len(whole) - len(whole) % _LINE_BYTES
        self._left = whole[full:]
        self._target.write(_lines(whole[:full]))
        return len(data)

    def finish(self) -> None:
        """Write what is left, and the last line."""
        self._target.write(_lines(self._left) + END + b"\n")


def _lines(data: bytes) -> bytes:
    text = base64.b64encode(data)
    return b"".join(text[at : at + COLUMNS] + b"\n" for at in range(0, len(text), COLUMNS))


def _decoded(text: bytes) -> bytes:
    try:
        data = binascii.a2b_base64(text, strict_mode=True) if text else b""
    except binascii.Error:
        raise CiphertextInvalid from None
    if base64.b64encode(data) != text:  # bits that do not count could be anything: only one spelling is taken
        raise CiphertextInvalid
    return data
