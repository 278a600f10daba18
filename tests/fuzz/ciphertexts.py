"""Small secrets and data keys: read, opened with a known key, sealed anew under any header that is accepted.

The first byte of an input says what it is to hold: bit 0 a data key instead of a secret, bit 1 another context.
"""

from __future__ import annotations

from fuzz.target import Target
from signet.crypto import small
from signet.errors import CiphertextInvalid, FormatUnrecognised
from signet.formats.ciphertext import Content, Header, parse
from signet.secret import Secret

PLAIN = b"hunter2"
CONTEXT = {"for": "mail"}
_ID = "00000000-0000-4000-8000-000000000001"
_MATERIAL = Secret(bytes(range(32)))


def run(data: bytes) -> bool:
    """Read a ciphertext; only the true one opens."""
    if not data:
        return False
    content = Content.DATA_KEY if data[0] & 1 else Content.SECRET
    context = {} if data[0] & 2 else CONTEXT
    try:
        found = parse(data[1:], content)
    except (FormatUnrecognised, CiphertextInvalid):
        return False
    assert found.serialise() == data[1:]
    again = parse(small.seal(_MATERIAL, Secret(PLAIN), header=found.header, context=context), content)
    assert again.header == found.header
    with small.open_sealed(_MATERIAL, again, context=context) as opened:
        assert bytes(opened.reveal()) == PLAIN
    try:
        with small.open_sealed(_MATERIAL, found, context=context) as opened:
            assert bytes(opened.reveal()) == PLAIN, "something else than what was encrypted"
            assert context == CONTEXT, "it opened with another context"
    except CiphertextInvalid:
        return False
    return True


def seeds() -> list[bytes]:
    """One of each."""
    return [
        bytes([bit]) + small.seal(_MATERIAL, Secret(PLAIN), header=Header(content, _ID, _ID, 1), context=CONTEXT)
        for bit, content in enumerate((Content.SECRET, Content.DATA_KEY))
    ]


TARGET = Target("secret", run, seeds, longest=4300)
