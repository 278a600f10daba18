"""The header of age files, version 1 (C2SP, age.md): recipient stanzas and the MAC line, read and written.

Pure: nothing is decrypted here. Rules: canonical base64 without padding, body lines of 64 characters, nothing that
the writer would not have written; the payload after the header belongs to `signet.crypto.age`.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from signet.errors import FormatUnrecognised

VERSION_LINE = b"age-encryption.org/v1"
MAC_PREFIX = b"---"
#: A file for sixteen people needs 2 KiB; age itself sets no limit (bytes).
MAX_HEADER = 64 * 1024
#: Every stanza may cost a key agreement before anything is authenticated.
MAX_STANZAS = 64
MAC_SIZE = 32
BODY_COLUMNS = 64

_WHAT = "an age file"


@dataclass(frozen=True)
class Stanza:
    """One recipient: what kind of key opens it, arguments that the kind defines, the wrapped file key."""

    kind: str
    arguments: tuple[str, ...]
    body: bytes


@dataclass(frozen=True)
class Header:
    """The recipients, the MAC, and the exact bytes that the MAC covers."""

    stanzas: tuple[Stanza, ...]
    mac: bytes
    authenticated: bytes


def unpadded(value: bytes) -> str:
    """Write base64 without padding, as age does everywhere."""
    return base64.b64encode(value).rstrip(b"=").decode("ascii")


def from_unpadded(text: str) -> bytes:
    """Read what `unpadded` writes; raise FormatUnrecognised for any other spelling."""
    try:
        value = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise FormatUnrecognised(what=_WHAT) from None
    if unpadded(value) != text:
        raise FormatUnrecognised(what=_WHAT)
    return value


def authenticated_part(stanzas: tuple[Stanza, ...]) -> bytes:
    """Write the header up to and including ``---``: what the MAC is computed over."""
    lines = [VERSION_LINE]
    for stanza in stanzas:
        lines.append(" ".join(["->", stanza.kind, *stanza.arguments]).encode("ascii"))
        text = unpadded(stanza.body).encode("ascii")
        # The last line of a body is shorter than the others, if need be empty: that is how its end is known.
        lines += [text[at : at + BODY_COLUMNS] for at in range(0, len(text) + 1, BODY_COLUMNS)]
    return b"\n".join([*lines, MAC_PREFIX])


def serialise(header: Header) -> bytes:
    """Write the whole header; the payload follows directly."""
    return header.authenticated + b" " + unpadded(header.mac).encode("ascii") + b"\n"


def parse(data: bytes) -> Header:
    """Read a whole header, nothing after it; raise FormatUnrecognised if it is not one or of another version."""
    if len(data) > MAX_HEADER or not data.endswith(b"\n"):
        raise FormatUnrecognised(what=_WHAT)
    check_version(data.partition(b"\n")[0])
    try:
        lines = data.decode("ascii").split("\n")[1:-1]
    except UnicodeDecodeError:
        raise FormatUnrecognised(what=_WHAT) from None
    if not lines or not lines[-1].startswith("--- "):
        raise FormatUnrecognised(what=_WHAT)
    mac = from_unpadded(lines.pop().removeprefix("--- "))
    stanzas: list[Stanza] = []
    while lines and len(stanzas) < MAX_STANZAS:
        stanzas.append(_stanza(lines))
    header = Header(tuple(stanzas), mac, authenticated_part(tuple(stanzas)))
    if lines or not stanzas or len(mac) != MAC_SIZE or serialise(header) != data:
        raise FormatUnrecognised(what=_WHAT)
    return header


def check_version(line: bytes) -> None:
    """Raise FormatUnrecognised unless this is the first line of an age file of version 1, without its newline."""
    if line == VERSION_LINE:
        return
    if line.startswith(b"age-encryption.org/"):
        raise FormatUnrecognised(what="a version of age file")
    if line.startswith(b"-----BEGIN AGE ENCRYPTED FILE-----"):
        raise FormatUnrecognised(what="an age file in binary form (it is armored text)")
    raise FormatUnrecognised(what=_WHAT)


def _stanza(lines: list[str]) -> Stanza:
    """Take one stanza off the front of the lines."""
    arrow, *words = lines.pop(0).split(" ")
    if arrow != "->" or not words or not all(word and word.isprintable() for word in words):
        raise FormatUnrecognised(what=_WHAT)
    text = ""
    while lines:
        line = lines.pop(0)
        text += line
        if len(line) < BODY_COLUMNS:
            return Stanza(words[0], tuple(words[1:]), from_unpadded(text))
        if len(line) > BODY_COLUMNS:
            break
    raise FormatUnrecognised(what=_WHAT)
