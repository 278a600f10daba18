"""The little DER, against its own rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signet.formats import der


@given(value=st.integers(0, 2**4096))
def test_integers_come_back(value: int) -> None:
    assert der.read_integer(der.integer(value) + b"rest") == (value, b"rest")


@given(content=st.binary(max_size=70000))
def test_elements_come_back_up_to_the_limit(content: bytes) -> None:
    if len(content) > der.MAX_LENGTH:
        with pytest.raises(der.DerError):
            der.element(der.OCTET_STRING, content)
        return
    assert der.split(der.element(der.OCTET_STRING, content) + b"x") == (der.OCTET_STRING, content, b"x")


@pytest.mark.parametrize("size", [0, 127, 128, 255, 256, 65535])
def test_lengths_are_the_shortest(size: int) -> None:
    head = len(der.element(der.OCTET_STRING, bytes(size))) - size
    assert head == 2 + (size > 127) + (size > 255)


@given(data=st.binary(max_size=40))
def test_what_is_split_is_what_would_be_written(data: bytes) -> None:
    try:
        tag, content, rest = der.split(data)
    except der.DerError:
        return
    assert der.element(tag, content) + rest == data


@pytest.mark.parametrize(
    "text",
    [
        "",
        "02",
        "0201",
        "02820001",
        "0282000101",
        "028101ff",
        "3080",
        "30800000",
        "0200",
        "02020001",
        "0201ff",
        "0401ff",
    ],
)
def test_other_encodings_of_integers_are_refused(text: str) -> None:
    with pytest.raises(der.DerError):
        der.read_integer(bytes.fromhex(text))


def test_negative_integers_are_not_written() -> None:
    with pytest.raises(der.DerError):
        der.integer(-1)
