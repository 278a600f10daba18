"""Canonical JSON: one byte form for one value, and nothing else is read."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signet.formats.canonical import MAX_DEPTH, MAX_INTEGER, JsonValue, decode, encode

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


@given(VALUES)
def test_what_is_written_is_read_back(value: JsonValue) -> None:
    written = encode(value)
    assert written.isascii()
    assert decode(written) == value
    assert encode(decode(written)) == written


@given(st.binary(max_size=200) | TEXTS.map(str.encode))
def test_arbitrary_bytes_are_read_in_their_one_form_or_refused(data: bytes) -> None:
    try:
        value = decode(data)
    except ValueError:
        return
    assert encode(value) == data


@given(VALUES, st.sampled_from([", ", ",\n"]))
def test_any_other_spelling_of_a_value_is_refused(value: JsonValue, separator: str) -> None:
    loose = json.dumps(value, ensure_ascii=False, separators=(separator, ": ")).encode("utf-8")
    if loose != encode(value):
        with pytest.raises(ValueError, match=r"not in canonical form|not ASCII"):
            decode(loose)


def test_the_form_is_the_one_that_is_documented() -> None:
    assert encode({"b": [1, True, None], "a": "ä“😀\n/"}) == rb'{"a":"\u00e4\u201c\ud83d\ude00\n/","b":[1,true,null]}'


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not JSON"),
        (b"\xef\xbb\xbf{}", "not ASCII"),
        (b"[1,]", "not JSON"),
        (b"{} ", "canonical"),
        (b"{}\n", "canonical"),
        (b'{"b":1,"a":2}', "canonical"),
        (b'{"a":1,"a":1}', "twice"),
        (b'{"a":{"b":1,"b":2}}', "twice"),
        (b'{"a":1,"\\u0061":1}', "twice"),
        (b'"\\u0041"', "canonical"),
        (b'"\\u00E4"', "canonical"),
        (b'"\\/"', "canonical"),
        ('"ä"'.encode(), "not ASCII"),
        (b'"\x00"', "not JSON"),
        (b'"\\ud800"', "half a character"),
        (b'{"\\udc00":1}', "half a character"),
        (b'["\\udc00\\ud800"]', "half a character"),
        (b"1.0", "not whole"),
        (b"1e3", "not whole"),
        (b"-0", "canonical"),
        (b"01", "not JSON"),
        (b"NaN", "not whole"),
        (b"[Infinity]", "not whole"),
        (b"-Infinity", "not whole"),
        (b"9007199254740992", "too large"),
        (b"-9007199254740992", "too large"),
        (b"9" * 100_000, "too large"),
        (nested(MAX_DEPTH + 1), "too deeply"),
        (nested(100_000), "too deeply"),
        (b"[" * 100_000, "too deeply"),
        (b'{"a":' * 100_000, "too deeply"),
    ],
)
def test_what_is_refused_is_refused_with_the_reason(data: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        decode(data)


def test_the_limits_themselves_are_read() -> None:
    assert decode(b"9007199254740991") == -int(str(decode(b"-9007199254740991")))
    assert decode(nested(MAX_DEPTH)) is not None


@pytest.mark.parametrize(
    "value", [0.5, float("nan"), [1.0], {"a": 2.0}, 2**53, {"a": [-(2**53)]}, "\ud800", {"\udfff": 1}]
)
def test_what_has_no_form_is_not_written(value: JsonValue) -> None:
    with pytest.raises(ValueError, match=r"not whole|too large|half a character"):
        encode(value)


def test_a_value_that_contains_itself_is_not_written() -> None:
    endless: list[JsonValue] = []
    endless.append(endless)
    with pytest.raises(ValueError, match="too deeply"):
        encode(endless)
