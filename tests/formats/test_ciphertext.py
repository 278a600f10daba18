"""The ciphertext of small secrets: written and read back, cut at every byte, every byte of the header changed."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signet.errors import CiphertextInvalid, DidNotVerify, FormatUnrecognised
from signet.formats.ciphertext import (
    HEADER_LENGTH,
    MAX_CIPHERTEXT,
    MAX_PLAINTEXT,
    MAX_VERSION,
    MIN_CIPHERTEXT,
    TAG_LENGTH,
    Ciphertext,
    Content,
    Header,
    parse,
)

VAULT = "ea44788c-bb99-4529-9915-c2287d1df8cf"
KEY = "61c4961e-f01d-422e-bc2e-18c4064a88ad"
SMALL = Ciphertext(
    Header(Content.SECRET, VAULT, KEY, 3), salt=b"s" * 32, commitment=b"c" * 32, sealed=b"x" * (TAG_LENGTH + 7)
)


@given(
    st.sampled_from(Content), st.uuids(), st.uuids(), st.integers(1, MAX_VERSION), st.binary(min_size=17, max_size=99)
)
def test_what_is_written_is_read_back(
    content: Content, vault: object, key: object, version: int, sealed: bytes
) -> None:
    made = replace(SMALL, header=Header(content, str(vault), str(key), version), sealed=sealed)
    assert parse(made.serialise(), content) == made


@given(st.binary(max_size=400))
def test_anything_is_read_and_written_as_it_was_or_does_not_verify(data: bytes) -> None:
    for given_bytes in (data, b"signet\x01\x01\x00\x01" + data):
        found = None
        with suppress(DidNotVerify):
            found = parse(given_bytes, Content.SECRET)
        assert found is None or found.serialise() == given_bytes


def test_every_cut_and_every_growth_beyond_the_limit_is_refused() -> None:
    shortest = replace(SMALL, sealed=b"x" * (TAG_LENGTH + 1)).serialise()
    assert len(shortest) == MIN_CIPHERTEXT == 127
    for length in range(MIN_CIPHERTEXT):
        with pytest.raises(DidNotVerify):
            parse(shortest[:length], Content.SECRET)
    longest = replace(SMALL, sealed=b"x" * (TAG_LENGTH + MAX_PLAINTEXT)).serialise()
    assert len(longest) == MAX_CIPHERTEXT == 4222
    assert parse(longest, Content.SECRET).serialise() == longest
    with pytest.raises(CiphertextInvalid):
        parse(longest + b"x", Content.SECRET)


@pytest.mark.parametrize("place", [*range(7), 7, 8, 9])
def test_another_magic_version_content_or_algorithm_is_another_format(place: int) -> None:
    data = bytearray(SMALL.serialise())
    data[place] ^= 0x42
    with pytest.raises(FormatUnrecognised):
        parse(bytes(data), Content.SECRET)


def test_a_data_key_is_no_secret_and_a_version_is_never_zero() -> None:
    with pytest.raises(FormatUnrecognised, match="an encrypted data key"):
        parse(SMALL.serialise(), Content.DATA_KEY)
    data = bytearray(SMALL.serialise())
    data[42:46] = bytes(4)
    with pytest.raises(CiphertextInvalid):
        parse(bytes(data), Content.SECRET)


def test_what_cannot_be_written_is_not() -> None:
    for wrong in (
        replace(SMALL, salt=b""),
        replace(SMALL, commitment=b"c" * 33),
        replace(SMALL, sealed=bytes(TAG_LENGTH)),
        replace(SMALL, sealed=bytes(TAG_LENGTH + MAX_PLAINTEXT + 1)),
        replace(SMALL, header=replace(SMALL.header, version=0)),
        replace(SMALL, header=replace(SMALL.header, key_id="papers")),
    ):
        with pytest.raises(ValueError, match=r"."):
            wrong.serialise()


def test_the_header_is_in_what_is_derived_and_in_what_is_bound() -> None:
    header = SMALL.header.serialise()
    assert len(header) == HEADER_LENGTH
    assert SMALL.header.info() == b"signet/v1/secret" + header
    assert replace(SMALL.header, content=Content.DATA_KEY).info().startswith(b"signet/v1/data-keysignet")
    assert SMALL.header.associated({}) == header
    both = SMALL.header.associated({"b": "2", "a": "1"})
    assert both == header + b"\0\2" + b"\0\1a\0\1" + b"1" + b"\0\1b\0\1" + b"2"
