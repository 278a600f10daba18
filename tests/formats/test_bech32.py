"""Bech32 against the vectors of BIP 173 and by its own properties."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signet.formats import bech32

LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


@given(data=st.binary(max_size=40))
def test_bytes_come_back_in_either_case(data: bytes) -> None:
    text = bech32.encode("age-secret-key-", data)
    assert bech32.decode(text) == ("age-secret-key-", data)
    assert bech32.decode(text.upper()) == ("age-secret-key-", data)


@given(data=st.binary(min_size=32, max_size=32), at=st.integers(4, 61), letter=st.sampled_from(LETTERS))
def test_one_wrong_letter_is_found(data: bytes, at: int, letter: str) -> None:
    text = bech32.encode("age", data)
    if text[at] != letter:
        with pytest.raises(ValueError, match="checksum"):
            bech32.decode(text[:at] + letter + text[at + 1 :])


@pytest.mark.parametrize(
    ("text", "prefix"),
    [
        ("A12UEL5L", "a"),
        (
            "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs",
            "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio",
        ),
        ("?1ezyfcl", "?"),
    ],
)
def test_valid_vectors_of_bip_173_are_read(text: str, prefix: str) -> None:
    assert bech32.decode(text) == (prefix, b"")


@pytest.mark.parametrize(
    "text", ["pzry9x0s0muk", "1pzry9x0s0muk", "x1b4n0q5v", "li1dgmt3", "A1G7SGD8", "10a06t8", "1qzzfhee"]
)
def test_invalid_vectors_of_bip_173_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"Bech32|checksum"):
        bech32.decode(text)


def test_mixed_case_foreign_letters_and_excess_are_refused() -> None:
    text = bech32.encode("age", bytes(32))
    for bad in (text[:-1] + text[-1].upper(), text + "é", "", "1", bech32.encode("age", bytes(100))):
        with pytest.raises(ValueError, match="Bech32"):
            bech32.decode(bad)


@pytest.mark.parametrize("text", ["a1lmyple6", "a1qpamnt9j"])
def test_padding_that_is_not_zeros_or_a_whole_letter_too_much_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="padding"):
        bech32.decode(text)
