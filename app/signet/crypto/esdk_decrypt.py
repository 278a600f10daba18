"""Reads AWS Encryption SDK messages: in parallel where frames lie at known places, else forwards.

Nothing is returned before all is proven: commitment, header tag, every frame and its number, the signature if there
is one, and the exact end. Until then ``target`` holds plaintext that nobody may see: give an unpublished file.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from signet.crypto.esdk_crew import CancelCheck, Crew, Progress, never, no_progress
from signet.crypto.esdk_frames import FrameReader
from signet.crypto.esdk_io import MAX_VIEWS, PollingReader, Sink, Source, Target
from signet.crypto.esdk_keys import SignatureCheck, open_header
from signet.crypto.esdk_stream import PIECE, FileReader, MessageStream, gather_header
from signet.errors import Cancelled, CiphertextInvalid, FormatUnrecognised, SourceUnsupported, StorageError
from signet.formats.esdk import (
    PUBLIC_KEY_CONTEXT_KEY,
    TAG_LENGTH,
    ContentType,
    MessageHeader,
)
from signet.formats.esdk_body import (
    END_MARK,
    FINAL_HEAD,
    FRAME_HEAD,
    MAX_UNFRAMED,
    UNFRAMED_HEAD,
    FrameLayout,
    unframed_aad,
)
from signet.secret import Secret

Unwrap = Callable[[MessageHeader], Secret]
"""Called once with the parsed, not yet authenticated header; returns the data key or raises KeyNotHere."""

CHUNK_SIZE = 512 << 10
"""Bytes of plaintext that a worker reads, decrypts and writes at once, unless one frame is longer."""
LONG_FRAME = 4 << 20
"""From this frame length on one worker is enough, and holds half the memory."""
SMALL_FILE = 1 << 20
"""Up to this many bytes of plaintext, starting threads costs more than they save."""


@dataclass(frozen=True)
class MessageRead:
    """What was read and proven."""

    header: MessageHeader
    plaintext_size: int


def read_header(source: int, *, legacy: bool = False, source_name: str = "the file") -> tuple[MessageHeader, int]:
    """Parse the header of the regular file ``source``; return it and its length. It has not been authenticated.

    Raises FormatUnrecognised, CiphertextInvalid (also for one that is cut off), SourceUnsupported, StorageError.
    """
    file = Source.look(source, source_name)
    if file is None:
        raise SourceUnsupported(path=source_name, reason="it is not an ordinary file")

    def read_at(have: int, wanted: int) -> bytes:
        try:
            return os.pread(source, wanted - have, have)
        except OSError as error:
            raise StorageError(path=source_name) from error

    return gather_header(read_at, legacy=legacy)


def decrypt(
    source: int,
    target: int,
    *,
    unwrap: Unwrap,
    progress: Progress = no_progress,
    cancelled: CancelCheck = never,
    workers: int = 2,
    legacy: bool = False,
    known: tuple[MessageHeader, int] | None = None,
    source_name: str = "the encrypted file",
    target_name: str = "the output",
) -> MessageRead:
    """Decrypt the message in ``source`` (a regular file, or a pipe read to its end) into the empty file ``target``.

    Both are descriptors; a regular file is read from its beginning, its position is neither used nor moved.
    ``known`` is what `read_header` returned for it, if it was called: it is not read once more.
    ``progress`` counts bytes of plaintext. Raises FormatUnrecognised, KeyNotHere, CiphertextInvalid for anything
    that does not verify, SourceChanged, DiskFull, StorageError, Cancelled; ``target`` is then cut to nothing.
    """
    return read_into(
        source,
        Target(target, target_name),
        unwrap=unwrap,
        progress=progress,
        cancelled=cancelled,
        workers=workers,
        legacy=legacy,
        known=known,
        source_name=source_name,
    )


def read_into(
    source: int,
    sink: Sink,
    *,
    unwrap: Unwrap,
    progress: Progress = no_progress,
    cancelled: CancelCheck = never,
    workers: int = 2,
    legacy: bool = False,
    known: tuple[MessageHeader, int] | None = None,
    source_name: str = "the encrypted file",
) -> MessageRead:
    """Do what `decrypt` does with a sink of one's own. With one worker it is written to in order."""
    try:
        return _Job(sink, unwrap, progress, cancelled, workers, legacy, known).read(source, source_name)
    except BaseException:
        sink.discard()
        raise


def verify(
    source: int,
    *,
    unwrap: Unwrap,
    progress: Progress = no_progress,
    cancelled: CancelCheck = never,
    workers: int = 2,
    legacy: bool = False,
    source_name: str = "the encrypted file",
) -> MessageRead:
    """Do all that `decrypt` does and keep nothing: reads a message back. Raises as `decrypt` does."""
    return _Job(None, unwrap, progress, cancelled, workers, legacy).read(source, source_name)


@dataclass(frozen=True)
class _Job:
    """One reading of one message; without a sink the plaintext goes nowhere."""

    sink: Sink | None
    unwrap: Unwrap
    progress: Progress
    cancelled: CancelCheck
    workers: int
    legacy: bool
    known: tuple[MessageHeader, int] | None = None

    def read(self, fd: int, name: str) -> MessageRead:
        """Choose the way that fits source and message, and go it to the end."""
        if self.cancelled():
            raise Cancelled
        file = Source.look(fd, name)
        if file is None:
            return self._read_forwards(PollingReader(fd, name=name, cancelled=self.cancelled))
        header, length = self.known or read_header(fd, legacy=self.legacy, source_name=name)
        if header.content_type is ContentType.FRAMED and header.suite.signature_curve is None:
            return self._read_in_place(file, header, length)
        return self._read_forwards(FileReader(file, self.cancelled))

    def _open(self, header: MessageHeader) -> Secret:
        """Return the message key of a header that is now authenticated."""
        signed = header.suite.signature_curve is not None
        if (PUBLIC_KEY_CONTEXT_KEY in header.context) != signed:
            # framework/default-cmm.md: the pair belongs to the signing suites, and only to them.
            raise CiphertextInvalid
        with self.unwrap(header) as data_key:
            return open_header(header, data_key)

    def _read_in_place(self, file: Source, header: MessageHeader, length: int) -> MessageRead:
        layout = FrameLayout.of_message(
            header_length=length, frame_length=header.frame_length, message_size=file.size
        )
        with self._open(header) as message_key:
            small = layout.plaintext_size <= SMALL_FILE
            if self.sink is not None and not small:
                self.sink.check_room(layout.plaintext_size)
            per_chunk = min(max(1, CHUNK_SIZE // layout.frame_length), MAX_VIEWS, layout.frames)
            chunks = -(-layout.frames // per_chunk)

            def equip() -> Callable[[int], int]:
                return self._equip(file, layout, FrameReader(header, message_key), per_chunk)

            if small:
                process = equip()
                for chunk in range(chunks):
                    process(chunk)
                self.progress(layout.plaintext_size)
            else:
                workers = self.workers if layout.frame_length < LONG_FRAME else 1
                Crew(chunks=chunks, workers=workers, equip=equip).run(
                    progress=self.progress, cancelled=self.cancelled
                )
        file.check_unchanged()
        return MessageRead(header, layout.plaintext_size)

    def _equip(self, file: Source, layout: FrameLayout, reader: FrameReader, per_chunk: int) -> Callable[[int], int]:
        length, stride = layout.frame_length, layout.stride
        # A frame length may be far beyond what the file has: make room for no more than there is.
        _, whole = layout.span(0, layout.frames)
        message = memoryview(bytearray(min(per_chunk * stride + FINAL_HEAD.size, whole)))
        slots = [message[slot * stride : (slot + 1) * stride] for slot in range(per_chunk)]
        plains = [slot[FRAME_HEAD.size : FRAME_HEAD.size + length] for slot in slots]

        def process(chunk: int) -> int:
            first = chunk * per_chunk
            count = min(per_chunk, layout.frames - first)
            size, span = layout.span(first, count)
            file.read_into((message[:span],), layout.frame_offset(first))
            last = first + count == layout.frames
            regular = count - last
            for slot in range(regular):
                reader.open(first + slot, slots[slot], plains[slot], final=False)
            views = plains[:regular]
            if last:
                sealed = message[regular * stride : span]
                views.append(sealed[FINAL_HEAD.size : len(sealed) - TAG_LENGTH])
                reader.open(first + regular, sealed, views[regular], final=True)
            if self.sink is not None:
                self.sink.write_views(views, first * length)
            return size

        return process

    def _read_forwards(self, raw: io.RawIOBase) -> MessageRead:
        stream = MessageStream(io.BufferedReader(raw, PIECE))
        header = stream.header(legacy=self.legacy)
        with self._open(header) as message_key:
            if header.suite.signature_curve is not None:
                stream.signature = SignatureCheck(header)
            if header.content_type is ContentType.UNFRAMED:
                size = self._take_unframed(stream, header, message_key)
            else:
                size = self._take_frames(stream, header, message_key)
        stream.finish()
        return MessageRead(header, size)

    def _take_frames(self, stream: MessageStream, header: MessageHeader, message_key: Secret) -> int:
        reader = FrameReader(header, message_key)
        plain, frame, size, final = bytearray(), 0, 0, False
        while not final:
            if self.cancelled():
                raise Cancelled
            head = stream.exactly(FRAME_HEAD.size)
            final = int.from_bytes(head[:4], "big") == END_MARK
            length = header.frame_length
            if final:
                head += stream.exactly(FINAL_HEAD.size - FRAME_HEAD.size)
                length = FINAL_HEAD.unpack(head)[3]
                if length > header.frame_length:
                    raise CiphertextInvalid
            sealed = head + stream.exactly(length + TAG_LENGTH)
            if len(plain) != length:
                plain = bytearray(length)
            reader.open(frame, memoryview(sealed), memoryview(plain), final=final)
            if self.sink is not None:
                self.sink.write(plain, size)
            frame, size = frame + 1, size + length
            self.progress(size)
        return size

    def _take_unframed(self, stream: MessageStream, header: MessageHeader, message_key: Secret) -> int:
        head: tuple[bytes, int] = UNFRAMED_HEAD.unpack(stream.exactly(UNFRAMED_HEAD.size))
        iv, length = head
        if length > MAX_UNFRAMED:
            raise FormatUnrecognised(what="an encrypted file with unframed content of at most 64 MiB")
        sealed = stream.exactly(length + TAG_LENGTH)
        try:
            plain = AESGCM(message_key.reveal()).decrypt(iv, sealed, unframed_aad(header.message_id, length))
        except InvalidTag as error:
            raise CiphertextInvalid from error
        if self.sink is not None:
            self.sink.write(plain, 0)
        self.progress(length)
        return length
