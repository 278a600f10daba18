"""Reads a message forwards: from a pipe, or where a signature or unframed content wants it in order."""

from __future__ import annotations

import io
from collections.abc import Callable

from signet.crypto.esdk_crew import CancelCheck
from signet.crypto.esdk_io import Source
from signet.crypto.esdk_keys import SignatureCheck
from signet.errors import Cancelled, CiphertextInvalid, FormatUnrecognised
from signet.formats.esdk import MAX_HEADER, HeaderIncomplete, MessageHeader, parse_header

PIECE = 512 << 10
"""Bytes read at once at most."""
_HEADER_GUESS = 4096


def gather_header(read_more: Callable[[int, int], bytes], *, legacy: bool) -> tuple[MessageHeader, int]:
    """Call ``read_more(have, wanted)`` until the header is whole."""
    data, wanted = b"", _HEADER_GUESS
    while True:
        piece = read_more(len(data), wanted)
        data += piece
        try:
            return parse_header(data, legacy=legacy)
        except HeaderIncomplete as error:
            if not piece:
                raise (CiphertextInvalid() if data else FormatUnrecognised(what="an encrypted file")) from error
        wanted = min(max(wanted, 2 * len(data)), MAX_HEADER)


class FileReader(io.RawIOBase):
    """A regular file, read forwards from its beginning without moving its position."""

    def __init__(self, file: Source, cancelled: CancelCheck) -> None:
        self._file = file
        self._cancelled = cancelled
        self._offset = 0

    def readable(self) -> bool:
        """Say that this can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed: a private buffer type
        """Read up to where the file ended at first; 0 there. Raises Cancelled, SourceChanged, StorageError."""
        if self._cancelled():
            raise Cancelled
        wanted = min(len(buffer), self._file.size - self._offset)
        self._file.read_into((memoryview(buffer)[:wanted],), self._offset)
        self._offset += wanted
        if wanted == 0:
            self._file.check_unchanged()
        return wanted


class MessageStream:
    """A message read forwards; what passes is hashed for the signature once that is set."""

    def __init__(self, file: io.BufferedReader) -> None:
        self._file = file
        self._ahead = b""
        self.signature: SignatureCheck | None = None

    def header(self, *, legacy: bool) -> MessageHeader:
        """Parse the header; what was read beyond it is kept."""
        taken = b""

        def read_more(have: int, wanted: int) -> bytes:
            nonlocal taken
            piece = self._file.read1(wanted - have)
            taken += piece
            return piece

        header, length = gather_header(read_more, legacy=legacy)
        self._ahead = taken[length:]
        return header

    def exactly(self, length: int) -> bytes:
        """Return the next ``length`` bytes of what is signed; raise CiphertextInvalid if there are fewer."""
        data = self._take(length)
        if self.signature is not None:
            self.signature.update(data)
        return data

    def finish(self) -> None:
        """Check the footer, if there must be one, and that nothing follows; raise CiphertextInvalid."""
        if self.signature is not None:
            self.signature.verify(self._take(int.from_bytes(self._take(2), "big")))
        if self._ahead or self._file.read(1):
            raise CiphertextInvalid

    def _take(self, length: int) -> bytes:
        data, self._ahead = self._ahead[:length], self._ahead[length:]
        # Read in pieces: a length that lies must not make room for what is not there.
        pieces = [data]
        missing = length - len(data)
        while missing:
            piece = self._file.read(min(missing, PIECE))
            if not piece:
                raise CiphertextInvalid
            pieces.append(piece)
            missing -= len(piece)
        return b"".join(pieces)
