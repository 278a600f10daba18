"""Frames in place: plaintext and ciphertext in the same memory, of every length, say what they say apart."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from signet.crypto import esdk_encrypt
from signet.crypto.esdk_encrypt import start_message
from signet.crypto.esdk_frames import FrameReader, FrameWriter
from signet.crypto.esdk_keys import RawAesKeyring
from signet.errors import CiphertextInvalid
from signet.formats.esdk import TAG_LENGTH, MessageHeader
from signet.formats.esdk_body import FINAL_HEAD, FRAME_HEAD
from signet.secret import Secret

NONCE = bytes(12)
SPOILED = 3
"""The bit of a tag that is turned around."""


def in_place(size: int, start: int) -> None:
    aead, plain = AESGCM(os.urandom(32)), os.urandom(size)
    room = bytearray(start + size + TAG_LENGTH + 7)
    place = memoryview(room)[start : start + size + TAG_LENGTH]
    place[:size] = plain
    aead.encrypt_into(NONCE, place[:size], b"aad", place)
    assert place == aead.encrypt(NONCE, plain, b"aad")
    tag = bytes(place[size:])
    aead.decrypt_into(NONCE, place, b"aad", place[:size])
    assert place == plain + tag
    assert room[:start] + room[start + len(place) :] == bytes(start + 7)
    aead.encrypt_into(NONCE, place[:size], b"aad", place)
    place[-1] ^= SPOILED
    with pytest.raises(InvalidTag):
        aead.decrypt_into(NONCE, place, b"aad", place[:size])


@pytest.mark.parametrize("start", [0, 1, 16, 20])
def test_aes_gcm_in_place_is_aes_gcm(start: int) -> None:
    """What the frames rely on, and no page of the library promises."""
    for size in (*range(300), 4096, 4097, 64 << 10, (64 << 10) + 5, 1 << 20):
        in_place(size, start)


@pytest.fixture(params=[1, 2, 15, 16, 17, 4096])
def message(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[MessageHeader, Secret]]:
    """A header for frames of that length, and its message key."""
    monkeypatch.setattr(esdk_encrypt, "FRAME_LENGTH", request.param)
    with Secret(bytes(32)) as wrapping:
        header, key = start_message([RawAesKeyring("signet", "0f3a/1", wrapping)], {})
        with key:
            yield header, key


@pytest.mark.parametrize("regular", [0, 1, 5])
@pytest.mark.parametrize("part", [0.0, 0.5, 1.0, None])
def test_frames_are_opened_where_they_were_sealed(
    message: tuple[MessageHeader, Secret], regular: int, part: float | None
) -> None:
    header, key = message
    length = header.frame_length
    final = None if part is None else int(length * part)
    writer = FrameWriter(header, key, room=6, size=6 * length)
    for first in (0, 7):  # the buffer is used again
        views = writer.contents(regular, final)
        plains = [os.urandom(len(view)) for view in views]
        assert [len(view) for view in views] == [length] * regular + ([] if final is None else [final])
        for view, plain in zip(views, plains, strict=True):
            view[:] = plain
        end = writer.seal(first, regular, final)
        heads = regular * (FRAME_HEAD.size + TAG_LENGTH) + (0 if final is None else FINAL_HEAD.size + TAG_LENGTH)
        assert end == sum(map(len, plains)) + heads
        stride, reader = FRAME_HEAD.size + length + TAG_LENGTH, FrameReader(header, key)
        for slot, plain in enumerate(plains):
            is_final = slot == regular
            sealed = writer.message[slot * stride : end if is_final else (slot + 1) * stride]
            apart = memoryview(bytearray(len(plain)))
            reader.open(first + slot, sealed, apart, final=is_final)
            assert apart == plain
            with pytest.raises(CiphertextInvalid):
                reader.open(first + slot + 1, sealed, apart, final=is_final)
            reader.open(first + slot, sealed, views[slot], final=is_final)
            assert views[slot] == plain
