"""minisign's public keys and signatures: one spelling each."""

from __future__ import annotations

from fuzz.target import Target
from signet.errors import FormatUnrecognised
from signet.formats import minisign

_KEY = minisign.MinisignKey(bytes(8), bytes(range(32)))
_SIGNATURE = minisign.MinisignSignature(True, bytes(8), bytes(64), b"who", b"what", bytes(64))


def run(data: bytes) -> bool:
    """Read the bytes as both: whatever is accepted is written again as it stood there, line ends aside."""
    return any([_signature(data), _key(data)])


def seeds() -> list[bytes]:
    """One signature of each kind, a key as a file and as a line."""
    line = minisign.public_line(_KEY).encode()
    legacy = minisign.MinisignSignature(False, bytes(8), bytes(64), b"", b"", bytes(64))
    return [
        minisign.signature_file(_SIGNATURE),
        minisign.signature_file(legacy),
        minisign.UNTRUSTED + b"me\n" + line + b"\n",
        line,
    ]


def _signature(data: bytes) -> bool:
    try:
        found = minisign.read_signature(data)
    except FormatUnrecognised:
        return False
    assert _plain(minisign.signature_file(found)) == _plain(data)
    return True


def _key(data: bytes) -> bool:
    try:
        key = minisign.read_public_key(data)
    except FormatUnrecognised:
        return False
    assert minisign.public_line(key).encode() == _plain(data).split(b"\n")[-1]
    return True


def _plain(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n").removesuffix(b"\n").removesuffix(b"\r")


TARGET = Target("minisign", run, seeds)
