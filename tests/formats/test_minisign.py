"""minisign's files: one spelling each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signet.errors import FormatUnrecognised
from signet.formats import minisign

COMMENTS = st.binary(max_size=200).filter(lambda text: not set(b"\r\n\0") & set(text))
GOOD = minisign.MinisignSignature(True, b"12345678", bytes(64), b"a", b"b", bytes(range(64)))


@given(
    prehashed=st.booleans(),
    key_id=st.binary(min_size=8, max_size=8),
    numbers=st.binary(min_size=64, max_size=64),
    untrusted=COMMENTS,
    trusted=COMMENTS,
)
def test_a_signature_comes_back(
    prehashed: bool, key_id: bytes, numbers: bytes, untrusted: bytes, trusted: bytes
) -> None:
    made = minisign.MinisignSignature(prehashed, key_id, numbers, untrusted, trusted, numbers[::-1])
    written = minisign.signature_file(made)
    assert minisign.read_signature(written) == made
    assert minisign.read_signature(written.replace(b"\n", b"\r\n")) == made
    assert minisign.looks_like_signature(written)


@given(key_id=st.binary(min_size=8, max_size=8), public_key=st.binary(min_size=32, max_size=32))
def test_a_public_key_comes_back_and_is_no_signature(key_id: bytes, public_key: bytes) -> None:
    key = minisign.MinisignKey(key_id, public_key)
    line = minisign.public_line(key)
    assert line.startswith("RW")
    for data in (line, f"{line}\n", f"untrusted comment: me\n{line}\n"):
        assert minisign.read_public_key(data.encode()) == key
        assert not minisign.looks_like_signature(data.encode())


@given(data=st.binary(max_size=300))
def test_any_other_bytes_are_refused(data: bytes) -> None:
    for attempt in (data, minisign.UNTRUSTED + data, minisign.signature_file(GOOD) + data + b"x"):
        with pytest.raises(FormatUnrecognised):
            minisign.read_signature(attempt)
        with pytest.raises(FormatUnrecognised):
            minisign.read_public_key(attempt)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"untrusted comment: a", b"untrusted comment: " + b"a" * (minisign.MAX_COMMENT + 1)),
        (b"trusted comment: b", b"trusted comment: " + b"b" * (minisign.MAX_TRUSTED_COMMENT + 1)),
        (b"trusted comment: b", b"Trusted comment: b"),
        (b"comment: b", b"comment: b\0"),
        (b"comment: b", b"comment: b\rc"),
        (b"RUQ", b"RXQ"),
        (b"=", b""),
        (b"\n", b"\n\n"),
        (b"a", b"a" * minisign.MAX_FILE),
    ],
)
def test_what_is_too_long_or_spelt_otherwise_is_refused(old: bytes, new: bytes) -> None:
    written = minisign.signature_file(GOOD)
    assert old in written
    with pytest.raises(FormatUnrecognised):
        minisign.read_signature(written.replace(old, new))
