"""Small secrets sealed and opened; every changed byte, other key, other context is the same error."""

from __future__ import annotations

from dataclasses import replace

import pytest

from signet.crypto.small import open_sealed, seal
from signet.errors import CiphertextInvalid, ContextInvalid, DidNotVerify
from signet.formats.ciphertext import MAX_PLAINTEXT, Content, Header, parse
from signet.secret import Secret

MATERIAL = Secret(bytes(range(32)))
HEADER = Header(Content.SECRET, "ea44788c-bb99-4529-9915-c2287d1df8cf", "61c4961e-f01d-422e-bc2e-18c4064a88ad", 1)
CONTEXT = {"for": "mail", "of": "me"}


def sealed(plaintext: bytes = b"hunter2") -> bytes:
    return seal(MATERIAL, Secret(plaintext), header=HEADER, context=CONTEXT)


@pytest.mark.parametrize("length", [1, 7, MAX_PLAINTEXT])
def test_what_is_sealed_comes_back_and_each_time_it_is_sealed_anew(length: int) -> None:
    plaintext = bytes(range(256)) * 16
    first, second = sealed(plaintext[:length]), sealed(plaintext[:length])
    assert len(first) == length + 126
    assert first[46:110] != second[46:110]
    assert first[110:] != second[110:]
    with open_sealed(MATERIAL, parse(first, Content.SECRET), context=CONTEXT) as opened:
        assert opened.reveal() == plaintext[:length]


@pytest.mark.parametrize("length", [0, MAX_PLAINTEXT + 1])
def test_other_lengths_are_not_sealed(length: int) -> None:
    with pytest.raises(ValueError, match="length"):
        sealed(bytes(length))


def test_no_changed_byte_opens() -> None:
    whole = sealed()
    for place in range(len(whole)):
        for change in (1, 0x80):
            data = bytearray(whole)
            data[place] ^= change
            with pytest.raises(DidNotVerify) as refused:
                open_sealed(MATERIAL, parse(bytes(data), Content.SECRET), context=CONTEXT)
            # What can be seen without the key may have its own name; from the vault id on there is one.
            assert place < 10 or type(refused.value) is CiphertextInvalid


def test_no_cut_opens() -> None:
    whole = sealed()
    for length in range(len(whole)):
        with pytest.raises(DidNotVerify):
            open_sealed(MATERIAL, parse(whole[:length], Content.SECRET), context=CONTEXT)
    with pytest.raises(CiphertextInvalid):
        open_sealed(MATERIAL, parse(whole + b"\0", Content.SECRET), context=CONTEXT)


@pytest.mark.parametrize(
    "context",
    [{}, {"for": "mail"}, {"for": "mail", "of": "you"}, {**CONTEXT, "x": ""}, {"for": "of", "mail": "me"}],
    ids=str,
)
def test_another_context_is_the_same_error(context: dict[str, str]) -> None:
    with pytest.raises(CiphertextInvalid):
        open_sealed(MATERIAL, parse(sealed(), Content.SECRET), context=context)


def test_another_key_and_another_header_are_the_same_error() -> None:
    found = parse(sealed(), Content.SECRET)
    with pytest.raises(CiphertextInvalid):
        open_sealed(Secret(bytes(range(1, 33))), found, context=CONTEXT)
    for header in (
        replace(HEADER, version=2),
        replace(HEADER, content=Content.DATA_KEY),
        replace(HEADER, key_id=HEADER.vault_id),
        replace(HEADER, vault_id=HEADER.key_id),
    ):
        with pytest.raises(CiphertextInvalid):
            open_sealed(MATERIAL, replace(found, header=header), context=CONTEXT)


def test_a_context_that_cannot_be_written_and_another_key_length_are_refused() -> None:
    with pytest.raises(ContextInvalid):
        seal(MATERIAL, Secret(b"x"), header=HEADER, context={"a": "x" * 65536})
    with pytest.raises(ValueError, match="32 bytes"):
        seal(Secret(bytes(16)), Secret(b"x"), header=HEADER, context={})
