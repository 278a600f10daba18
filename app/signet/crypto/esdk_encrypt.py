"""Encrypts a file into an AWS Encryption SDK message, as fast as it can be copied.

Suite 0x0478, 64 KiB frames. Frames lie at known places, so several workers read, encrypt and write chunks of them
in place; memory is one buffer a worker. A message id and its header are made once and never again (DESIGN.md, 5).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from signet.crypto.esdk_crew import CancelCheck, Crew, Progress, never, no_progress
from signet.crypto.esdk_frames import FrameWriter
from signet.crypto.esdk_io import Source, Target
from signet.crypto.esdk_keys import DataKeyWrapper, derive_commitment, derive_message_key, header_tag
from signet.errors import Cancelled, SourceUnsupported
from signet.formats.esdk import (
    IV_LENGTH,
    WRITTEN_SUITE,
    ContentType,
    MessageHeader,
    serialise_header_body,
)
from signet.formats.esdk_body import (
    FRAME_LENGTH,
    FrameLayout,
)
from signet.secret import Secret

CHUNK_FRAMES = 8
"""Frames that a worker reads, encrypts and writes at once: they stay in its core's cache."""
SMALL_FILE = 1 << 20
"""Up to this many bytes of plaintext, starting threads costs more than they save."""


@dataclass(frozen=True)
class MessageWritten:
    """What was written; sizes in bytes."""

    message_id: bytes
    header: MessageHeader
    plaintext_size: int
    message_size: int


class ByteReader(Protocol):
    """What `encrypt_stream` reads from: a file object, or whatever makes a tar on the way."""

    def read(self, size: int, /) -> bytes:
        """Return up to ``size`` bytes, nothing at the end."""


def encrypt(
    source: int,
    target: int,
    *,
    keyrings: Sequence[DataKeyWrapper],
    context: Mapping[str, str],
    progress: Progress = no_progress,
    cancelled: CancelCheck = never,
    workers: int = 2,
    source_name: str = "the source",
    target_name: str = "the output",
) -> MessageWritten:
    """Encrypt the whole regular file ``source`` into the empty file ``target`` for every keyring.

    Both are descriptors; their positions are neither used nor moved. ``progress`` counts bytes of plaintext whose
    frames are written. Raises SourceUnsupported, SourceChanged, DiskFull, StorageError, ContextInvalid, Cancelled;
    ``target`` is then cut to nothing.
    """
    plain = Source.look(source, source_name)
    if plain is None:
        raise SourceUnsupported(path=source_name, reason="it is not an ordinary file")
    sink = Target(target, target_name)
    if cancelled():
        raise Cancelled
    header, message_key = start_message(keyrings, context)
    layout = FrameLayout.for_plaintext(
        header_length=len(header.raw), frame_length=header.frame_length, plaintext_size=plain.size
    )
    with message_key:
        try:
            if plain.size <= SMALL_FILE:
                _encrypt_small(plain, sink, layout, header, message_key)
                progress(plain.size)
            else:
                sink.check_room(layout.message_size)
                sink.write(header.raw, 0)
                crew = Crew(
                    chunks=-(-layout.frames // CHUNK_FRAMES),
                    workers=workers,
                    equip=lambda: _equip(plain, sink, layout, header, message_key),
                )
                crew.run(progress=progress, cancelled=cancelled)
            plain.check_unchanged()
        except BaseException:
            sink.discard()
            raise
    return MessageWritten(header.message_id, header, plain.size, layout.message_size)


def encrypt_stream(
    source: ByteReader,
    target: int,
    *,
    keyrings: Sequence[DataKeyWrapper],
    context: Mapping[str, str],
    progress: Progress = no_progress,
    cancelled: CancelCheck = never,
    target_name: str = "the output",
) -> MessageWritten:
    """Encrypt everything that ``source`` gives, of whatever length, into the empty file ``target``, in order.

    Raises as `encrypt` does, and whatever ``source`` raises; ``target`` is then cut to nothing.
    """
    sink = Target(target, target_name)
    header, message_key = start_message(keyrings, context)
    with message_key:
        try:
            sink.write(header.raw, 0)
            size, end = _encrypt_forwards(source, sink, header, message_key, progress, cancelled)
        except BaseException:
            sink.discard()
            raise
    return MessageWritten(header.message_id, header, size, end)


def start_message(keyrings: Sequence[DataKeyWrapper], context: Mapping[str, str]) -> tuple[MessageHeader, Secret]:
    """Draw message id and data key, wrap it for every keyring, return the finished header and the message key.

    Raises ContextInvalid, ValueError for none or more than 16 keyrings.
    """
    message_id = os.urandom(WRITTEN_SUITE.message_id_length)
    with Secret(os.urandom(WRITTEN_SUITE.key_length)) as data_key:
        wrapped = tuple(keyring.wrap(data_key, context) for keyring in keyrings)
        commitment = derive_commitment(WRITTEN_SUITE, message_id, data_key)
        body = serialise_header_body(
            message_id=message_id,
            context=context,
            encrypted_data_keys=wrapped,
            frame_length=FRAME_LENGTH,
            commitment=commitment,
        )
        message_key = derive_message_key(WRITTEN_SUITE, message_id, data_key)
    header = MessageHeader(
        suite=WRITTEN_SUITE,
        message_id=message_id,
        context=dict(context),
        encrypted_data_keys=wrapped,
        content_type=ContentType.FRAMED,
        frame_length=FRAME_LENGTH,
        commitment=commitment,
        body=body,
        iv=bytes(IV_LENGTH),
        tag=header_tag(message_key, body),
    )
    return header, message_key


def _encrypt_small(
    plain: Source, sink: Target, layout: FrameLayout, header: MessageHeader, message_key: Secret
) -> None:
    writer = FrameWriter(header, message_key, room=layout.frames, size=layout.plaintext_size)
    plain.read_into(writer.contents(layout.frames - 1, layout.final_length), 0)
    end = writer.seal(0, layout.frames - 1, layout.final_length)
    sink.write(header.raw + writer.message[:end], 0)


def _equip(
    plain: Source, sink: Target, layout: FrameLayout, header: MessageHeader, message_key: Secret
) -> Callable[[int], int]:
    writer = FrameWriter(header, message_key, room=CHUNK_FRAMES, size=CHUNK_FRAMES * layout.frame_length)

    def process(chunk: int) -> int:
        first = chunk * CHUNK_FRAMES
        count = min(CHUNK_FRAMES, layout.frames - first)
        size, _ = layout.span(first, count)
        last = first + count == layout.frames
        regular, final_length = count - last, layout.final_length if last else None
        plain.read_into(writer.contents(regular, final_length), first * layout.frame_length)
        end = writer.seal(first, regular, final_length)
        sink.write(writer.message[:end], layout.frame_offset(first))
        return size

    return process


def _encrypt_forwards(
    source: ByteReader,
    sink: Target,
    header: MessageHeader,
    message_key: Secret,
    progress: Progress,
    cancelled: CancelCheck,
) -> tuple[int, int]:
    """Write all frames; return the sizes of plaintext and message. One frame is held back: it may be the last."""
    length = header.frame_length
    writer = FrameWriter(header, message_key, room=1, size=length)
    frame, size, end = 0, 0, len(header.raw)
    content = _read_frame(source, length, cancelled)
    final = False
    while not final:
        # A short frame is the last; behind a full one more has to be read to know.
        following = _read_frame(source, length, cancelled) if len(content) == length else b""
        final = not following
        regular, final_length = (0, len(content)) if final else (1, None)
        writer.contents(regular, final_length)[0][:] = content
        filled = writer.seal(frame, regular, final_length)
        sink.write(writer.message[:filled], end)
        frame, size, end = frame + 1, size + len(content), end + filled
        progress(size)
        content = following
    return size, end


def _read_frame(source: ByteReader, length: int, cancelled: CancelCheck) -> bytes:
    content = bytearray()
    while len(content) < length:
        if cancelled():
            raise Cancelled
        piece = source.read(length - len(content))
        if not piece:
            break
        content += piece
    return bytes(content)
