"""The little DER (X.690) that public keys and PBES2 parameters need, written and read by hand.

Rules: only definite lengths in their shortest form, only non-negative integers; a reader refuses what the writer
would not have written. Certificates are never read here.
"""

from __future__ import annotations

INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
NULL = bytes.fromhex("0500")
OBJECT_IDENTIFIER = 0x06
SEQUENCE = 0x30

#: Longest value read or written here: an RSA modulus of 16384 bits and its neighbours fit, nothing larger is meant.
MAX_LENGTH = 0xFFFF


class DerError(ValueError):
    """The bytes are not the DER that was expected."""


def element(tag: int, *content: bytes) -> bytes:
    """Write one element: tag, shortest length, the parts of its content; raise DerError above `MAX_LENGTH`."""
    value = b"".join(content)
    size = len(value)
    if size > MAX_LENGTH:
        raise DerError("too long")
    if size < 0x80:
        return bytes([tag, size]) + value
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + value


def sequence(*content: bytes) -> bytes:
    """Write a SEQUENCE of elements already written."""
    return element(SEQUENCE, *content)


def integer(value: int) -> bytes:
    """Write a non-negative INTEGER in its shortest form (X.690, 8.3.2)."""
    if value < 0:
        raise DerError("negative")
    return element(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def bit_string(value: bytes) -> bytes:
    """Write a BIT STRING of whole octets."""
    return element(BIT_STRING, b"\0", value)


def split(data: bytes) -> tuple[int, bytes, bytes]:
    """Read the first element: its tag, its content and the bytes after it; raise DerError if it is not one."""
    if len(data) < 2:
        raise DerError("cut off")
    tag, size, start = data[0], data[1], 2
    if size >= 0x80:
        start += size & 0x7F
        size = int.from_bytes(data[2:start], "big")
    end = start + size
    if end > len(data) or data[:end] != element(tag, data[start:end]):
        raise DerError("cut off or not in its shortest form")
    return tag, data[start:end], data[end:]


def expect(data: bytes, tag: int) -> tuple[bytes, bytes]:
    """Read the first element if it has this tag: its content and the bytes after it; else raise DerError."""
    found, content, rest = split(data)
    if found != tag:
        raise DerError("another element was expected")
    return content, rest


def read_integer(data: bytes) -> tuple[int, bytes]:
    """Read a non-negative INTEGER: its value and the bytes after it; raise DerError unless in its shortest form."""
    content, rest = expect(data, INTEGER)
    value = int.from_bytes(content, "big")
    if data[: len(data) - len(rest)] != integer(value):
        raise DerError("negative or not in its shortest form")
    return value, rest
