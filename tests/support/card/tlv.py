"""BER-TLV as PIV uses it (ISO 7816-4, 5.2.2): tags of one to three bytes, lengths of one to three."""

from __future__ import annotations


class TlvError(ValueError):
    """The bytes are no sequence of complete data objects."""


def encode(tag: int, value: bytes) -> bytes:
    """Return one data object."""
    return tag.to_bytes((tag.bit_length() + 7) // 8, "big") + _length(len(value)) + value


def _length(length: int) -> bytes:
    if length < 0x80:
        return bytes([length])
    if length < 0x100:
        return bytes([0x81, length])
    return b"\x82" + length.to_bytes(2, "big")


def decode(data: bytes) -> dict[int, bytes]:
    """Return the data objects of one level by tag; PIV never repeats a tag in one level."""
    found: dict[int, bytes] = {}
    place = 0
    try:
        while place < len(data):
            tag, place = _read_tag(data, place)
            length, place = _read_length(data, place)
            if place + length > len(data):
                raise TlvError("the value is cut off")
            found[tag] = data[place : place + length]
            place += length
    except IndexError as error:
        raise TlvError("the data ends within a tag or a length") from error
    return found


def _read_tag(data: bytes, place: int) -> tuple[int, int]:
    tag = data[place]
    place += 1
    if tag & 0x1F == 0x1F:
        while True:
            tag = tag << 8 | data[place]
            place += 1
            if not data[place - 1] & 0x80:
                break
    return tag, place


def _read_length(data: bytes, place: int) -> tuple[int, int]:
    first = data[place]
    if first < 0x80:
        return first, place + 1
    count = first & 0x7F
    if not 1 <= count <= 2:
        raise TlvError("a length that PIV does not use")
    if place + 1 + count > len(data):
        raise TlvError("the length is cut off")
    return int.from_bytes(data[place + 1 : place + 1 + count], "big"), place + 1 + count
