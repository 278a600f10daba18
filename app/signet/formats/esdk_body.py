"""AWS Encryption SDK message body: authenticated strings, frame heads, and where each frame lies.

Source: AWS Encryption SDK Specification, ``data-format/message-body.md`` and ``message-body-aad.md``. Frames of one
length at known places are what lets several workers read and write one message at once.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from signet.errors import CiphertextInvalid
from signet.formats.esdk import IV_LENGTH, MAX_FRAME, TAG_LENGTH

FRAME_LENGTH = 64 << 10
"""Bytes of plaintext in the frames that Signet writes; the fastest for the official SDKs too."""
MAX_UNFRAMED = 64 << 20
"""Signet's own limit in bytes for unframed content, which has to be held whole in memory."""
LAST_SEQUENCE_NUMBER = 0xFFFFFFFE
"""2^32-1 marks the end, so this is the last number a frame can have."""
END_MARK = 0xFFFFFFFF

FRAME_HEAD = struct.Struct(">I12s")
"""Of a regular frame: sequence number, IV."""
FINAL_HEAD = struct.Struct(">II12sI")
"""Of the final frame: `END_MARK`, sequence number, IV, length of the content."""
UNFRAMED_HEAD = struct.Struct(">12sQ")
"""Of unframed content: IV, length of the content."""

_IV = struct.Struct(f">{IV_LENGTH - 4}xI")
_COUNTERS = struct.Struct(">IQ")
_FRAME = b"AWSKMSEncryptionClient Frame"
_FINAL_FRAME = b"AWSKMSEncryptionClient Final Frame"
_SINGLE_BLOCK = b"AWSKMSEncryptionClient Single Block"


def frame_iv(sequence_number: int) -> bytes:
    """Return the IV that belongs to a sequence number; 0 is the header's."""
    return _IV.pack(sequence_number)


def frame_aad_start(message_id: bytes, *, final: bool) -> bytes:
    """Return the beginning of what a frame's tag authenticates; the same for all regular frames of a message."""
    return message_id + (_FINAL_FRAME if final else _FRAME)


def frame_aad_end(sequence_number: int, length: int) -> bytes:
    """Return the rest of it, for a frame with ``length`` bytes of content."""
    return _COUNTERS.pack(sequence_number, length)


def unframed_aad(message_id: bytes, length: int) -> bytes:
    """Return what the tag of unframed content authenticates beside its ``length`` bytes."""
    return message_id + _SINGLE_BLOCK + _COUNTERS.pack(1, length)


@dataclass(frozen=True)
class FrameLayout:
    """Where each frame of a message lies. Sizes and offsets in bytes; frames are counted from 0.

    The last frame is the final one, of 0 to ``frame_length`` bytes; the signature that may follow is not counted.
    """

    header_length: int
    frame_length: int
    frames: int
    final_length: int

    @classmethod
    def for_plaintext(cls, *, header_length: int, frame_length: int, plaintext_size: int) -> FrameLayout:
        """Lay out a plaintext as Signet writes it: a full last frame is final, and nothing is one empty frame.

        Raises ValueError if it needs more frames than the format has numbers.
        """
        if not 1 <= frame_length <= MAX_FRAME or plaintext_size < 0:
            raise ValueError("no such frame length or plaintext size")
        full = max(plaintext_size - 1, 0) // frame_length
        if full >= LAST_SEQUENCE_NUMBER:
            raise ValueError("the plaintext needs more frames than the format can count")
        return cls(header_length, frame_length, full + 1, plaintext_size - full * frame_length)

    @classmethod
    def of_message(cls, *, header_length: int, frame_length: int, message_size: int) -> FrameLayout:
        """Find the only layout that fills a message of ``message_size`` exactly.

        Raises CiphertextInvalid if none does: the message was cut, or something follows it.
        """
        rest = message_size - header_length - FINAL_HEAD.size - TAG_LENGTH
        full, final_length = divmod(rest, frame_length + FRAME_HEAD.size + TAG_LENGTH)
        if rest < 0 or final_length > frame_length or full >= LAST_SEQUENCE_NUMBER:
            raise CiphertextInvalid
        return cls(header_length, frame_length, full + 1, final_length)

    @property
    def stride(self) -> int:
        """Bytes that a regular frame takes in the message."""
        return FRAME_HEAD.size + self.frame_length + TAG_LENGTH

    @property
    def plaintext_size(self) -> int:
        """Bytes of plaintext in all frames."""
        return (self.frames - 1) * self.frame_length + self.final_length

    @property
    def message_size(self) -> int:
        """Bytes of header and frames."""
        return self.frame_offset(self.frames - 1) + FINAL_HEAD.size + self.final_length + TAG_LENGTH

    def frame_offset(self, frame: int) -> int:
        """Return where a frame begins in the message."""
        return self.header_length + frame * self.stride

    def span(self, first: int, count: int) -> tuple[int, int]:
        """Return the plaintext and the message size of ``count`` frames from ``first`` on."""
        if first + count < self.frames:
            return count * self.frame_length, count * self.stride
        before = count - 1
        final = FINAL_HEAD.size + self.final_length + TAG_LENGTH
        return before * self.frame_length + self.final_length, before * self.stride + final
