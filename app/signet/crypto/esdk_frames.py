"""Encrypts and decrypts frames in buffers that are used again and again; each worker has its own."""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from signet.errors import CiphertextInvalid
from signet.formats.esdk import TAG_LENGTH, MessageHeader
from signet.formats.esdk_body import (
    END_MARK,
    FINAL_HEAD,
    FRAME_HEAD,
    frame_aad_end,
    frame_aad_start,
    frame_iv,
)
from signet.secret import Secret


class FrameWriter:
    """Encrypts up to ``room`` frames, with ``size`` bytes of content at most together, in place in a buffer.

    Plaintext is put where its frame's ciphertext is to be: half the memory goes through the core's cache. Slices and
    the constant half of the authenticated string are made beforehand: at a gigabyte a second every microsecond a
    frame takes shows.
    """

    def __init__(self, header: MessageHeader, message_key: Secret, *, room: int, size: int) -> None:
        length, stride = header.frame_length, FRAME_HEAD.size + header.frame_length + TAG_LENGTH
        self._aead = AESGCM(message_key.reveal())
        self._regular = frame_aad_start(header.message_id, final=False)
        self._final = frame_aad_start(header.message_id, final=True)
        self._length, self._stride = length, stride
        self._buffer = bytearray(size + room * (stride - length) + FINAL_HEAD.size)
        self.message = memoryview(self._buffer)
        starts = [slot * stride + FRAME_HEAD.size for slot in range(room)]
        self._contents = [self.message[start : start + length] for start in starts]
        self._places = [self.message[start : start + length + TAG_LENGTH] for start in starts]

    def contents(self, regular: int, final_length: int | None) -> list[memoryview]:
        """Return where the plaintext of so many regular frames goes, and then of the final one if there is one."""
        views = self._contents[:regular]
        if final_length is not None:
            start = regular * self._stride + FINAL_HEAD.size
            views.append(self.message[start : start + final_length])
        return views

    def seal(self, first: int, regular: int, final_length: int | None) -> int:
        """Encrypt what is in `contents`: regular frames from number ``first`` (from 0), then perhaps the final one.

        Returns how much of ``message`` that fills.
        """
        length, start, buffer, encrypt_into = self._length, self._regular, self._buffer, self._aead.encrypt_into
        for slot in range(regular):
            number = first + slot + 1
            iv = frame_iv(number)
            FRAME_HEAD.pack_into(buffer, slot * self._stride, number, iv)
            encrypt_into(iv, self._contents[slot], start + frame_aad_end(number, length), self._places[slot])
        end = regular * self._stride
        if final_length is not None:
            number = first + regular + 1
            iv = frame_iv(number)
            FINAL_HEAD.pack_into(buffer, end, END_MARK, number, iv, final_length)
            place = end + FINAL_HEAD.size
            end = place + final_length + TAG_LENGTH
            content = self.message[place : place + final_length]
            encrypt_into(iv, content, self._final + frame_aad_end(number, final_length), self.message[place:end])
        return end


class FrameReader:
    """Authenticates and decrypts frames; each worker has its own."""

    def __init__(self, header: MessageHeader, message_key: Secret) -> None:
        self._aead = AESGCM(message_key.reveal())
        self._starts = tuple(frame_aad_start(header.message_id, final=final) for final in (False, True))

    def open(self, frame: int, sealed: memoryview, plain: memoryview, *, final: bool) -> None:
        """Decrypt frame number ``frame`` (from 0), all of ``sealed``, into ``plain``, which has its length.

        ``plain`` may be where the ciphertext is. Raises CiphertextInvalid.
        """
        length = len(plain)
        if final:
            mark, number, iv, stated = FINAL_HEAD.unpack_from(sealed)
            if mark != END_MARK or stated != length:
                raise CiphertextInvalid
        else:
            number, iv = FRAME_HEAD.unpack_from(sealed)
        if number != frame + 1:
            raise CiphertextInvalid
        content = sealed[FINAL_HEAD.size if final else FRAME_HEAD.size :]
        try:
            self._aead.decrypt_into(iv, content, self._starts[final] + frame_aad_end(number, length), plain)
        except InvalidTag as error:
            raise CiphertextInvalid from error
