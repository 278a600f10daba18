"""The vault header: whatever is accepted is, byte for byte, what Signet would write."""

from __future__ import annotations

from fuzz.target import Target, check_told
from signet.errors import HeaderDamaged, VaultNewer
from signet.formats.header_parser import parse_header
from support.headers import make_header


def run(data: bytes) -> bool:
    """Read a header."""
    try:
        header = parse_header(data)
    except (HeaderDamaged, VaultNewer) as refusal:
        check_told(refusal)
        return False
    assert header.encoded() == data
    assert parse_header(header.encoded()) == header
    return True


def seeds() -> list[bytes]:
    """A header with every kind of way in."""
    whole = make_header()
    return [whole.encoded(), make_header(whole.methods[:1]).encoded()]


TARGET = Target("header", run, seeds, longest=8192)
