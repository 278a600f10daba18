"""A stream read piece by piece, by somebody who is told how far it is and may stop it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO

from signet.errors import Cancelled

CHUNK = 1024 * 1024
"""Bytes of one piece; large enough that hashlib works on it without the interpreter's lock."""

BytesDone = Callable[[int], None]
IsCancelled = Callable[[], bool]


def pieces(stream: BinaryIO, *, progress: BytesDone | None, cancelled: IsCancelled | None) -> Iterator[bytes]:
    """Yield what is left to read in ``stream``.

    ``progress`` is called with the bytes yielded so far, once they were dealt with; ``cancelled`` is asked between
    pieces. Raises Cancelled.
    """
    done = 0
    while piece := stream.read(CHUNK):
        if cancelled is not None and cancelled():
            raise Cancelled
        yield piece
        done += len(piece)
        if progress is not None:
            progress(done)
