"""How many bytes of plaintext a message holds, from its lengths alone, without any key. Nothing of it is proven."""

from __future__ import annotations

import os

from signet.errors import StorageError
from signet.formats.esdk import TAG_LENGTH, ContentType, MessageHeader
from signet.formats.esdk_body import END_MARK, FINAL_HEAD, FRAME_HEAD, UNFRAMED_HEAD

_FOOTER_LENGTH = 2
"""Bytes before the signature that say how long it is (``data-format/message-footer.md``)."""
_MAX_SIGNATURE = 104
"""Bytes of an ECDSA signature on P-384 in DER, at most (SEC 1, C.5)."""


def plaintext_size(source: int, header: MessageHeader, *, header_length: int, name: str = "the file") -> int | None:
    """Return the size of the plaintext in the regular file ``source``; None for a message that was cut or grew.

    Frames have one length, so the final one can only begin at a few places, and it is marked. Raises StorageError.
    """
    try:
        size = os.fstat(source).st_size
        if header.content_type is ContentType.UNFRAMED:
            return _unframed(source, header, header_length, size)
        return _framed(source, header, header_length, size)
    except OSError as error:
        raise StorageError(path=name) from error


def _unframed(source: int, header: MessageHeader, start: int, size: int) -> int | None:
    head = os.pread(source, UNFRAMED_HEAD.size, start)
    if len(head) < UNFRAMED_HEAD.size:
        return None
    length = int(UNFRAMED_HEAD.unpack(head)[1])
    end = start + UNFRAMED_HEAD.size + length + TAG_LENGTH
    return length if _ends(source, header, end, size) else None


def _framed(source: int, header: MessageHeader, start: int, size: int) -> int | None:
    stride = FRAME_HEAD.size + header.frame_length + TAG_LENGTH
    rest = size - start - FINAL_HEAD.size - TAG_LENGTH
    footer = _FOOTER_LENGTH + _MAX_SIGNATURE if header.suite.signature_curve else 0
    for full in range(max(rest, 0) // stride, max(rest - footer - header.frame_length, 0) // stride - 1, -1):
        head = os.pread(source, FINAL_HEAD.size, start + full * stride)
        if len(head) < FINAL_HEAD.size:
            continue
        mark, number, _, length = FINAL_HEAD.unpack(head)
        end = start + full * stride + FINAL_HEAD.size + length + TAG_LENGTH
        fits = (mark, number) == (END_MARK, full + 1) and length <= header.frame_length
        if fits and _ends(source, header, end, size):
            return full * header.frame_length + int(length)
    return None


def _ends(source: int, header: MessageHeader, end: int, size: int) -> bool:
    """Whether the message that has its last tag before ``end`` ends with the file."""
    if header.suite.signature_curve is None:
        return end == size
    return end + _FOOTER_LENGTH + int.from_bytes(os.pread(source, _FOOTER_LENGTH, end), "big") == size
