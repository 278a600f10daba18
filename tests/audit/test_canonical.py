"""One value, one spelling."""

from __future__ import annotations

import json
from collections import ChainMap, UserDict, deque
from enum import IntEnum, StrEnum
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signet.audit.canonical import INTEGER_LIMIT, Detail, canonical, is_plain_object, read_canonical, read_object

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
INTEGERS = st.integers(min_value=1 - INTEGER_LIMIT, max_value=INTEGER_LIMIT - 1)
SCALARS = st.none() | st.booleans() | INTEGERS | TEXT
VALUES: st.SearchStrategy[Detail] = st.recursive(
    SCALARS, lambda parts: st.lists(parts, max_size=4) | st.dictionaries(TEXT, parts, max_size=4), max_leaves=12
)


def typed(value: object) -> object:
    """Python takes True for 1; this keeps them apart."""
    if isinstance(value, dict):
        return ("object", {name: typed(part) for name, part in value.items()})
    if isinstance(value, list | tuple):
        return ("list", [typed(part) for part in value])
    return (type(value).__name__, value)


@given(VALUES, VALUES)
def test_two_values_never_share_a_spelling(one: Detail, other: Detail) -> None:
    assert (canonical(one) == canonical(other)) == (typed(one) == typed(other))


@given(VALUES)
def test_what_is_written_is_read_back(value: Detail) -> None:
    assert typed(read_canonical(canonical(value).decode("ascii"))) == typed(value)


def test_the_spelling_is_that_of_the_design() -> None:
    assert canonical({"b": [1, True, None], "a": "ü€😀"}) == b'{"a":"\\u00fc\\u20ac\\ud83d\\ude00","b":[1,true,null]}'


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        INTEGER_LIMIT,
        -INTEGER_LIMIT,
        b"bytes",
        bytearray(b"bytes"),
        {"a": 1.5},
        {1: "a"},
        {"a": {1, 2}},
        "\ud83d",
        "\ud83d\ude00",
        ["\ud800"],
        {"\ud800": 1},
    ],
)
def test_what_has_no_spelling_is_refused(value: Detail) -> None:
    with pytest.raises(ValueError, match=r"."):
        canonical(value)


def test_a_file_name_that_is_not_utf8_has_a_spelling() -> None:
    name = b"caf\xe9".decode("utf-8", "surrogateescape")
    assert read_canonical(canonical(name).decode("ascii")) == name


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1}',
        '{"b":1,"a":2}',
        '{"a":1,"a":1}',
        '{"a":1}\n',
        '"ü"',
        '"\\u0041"',
        "1.0",
        "1e3",
        "NaN",
        "",
        "{",
        "[" * 100000,
        str(INTEGER_LIMIT),
    ],
)
def test_any_other_spelling_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_canonical(text)


@given(VALUES)
def test_any_json_reader_reads_it(value: Detail) -> None:
    assert typed(json.loads(canonical(value))) == typed(value)


NAMES = st.text('ab"\\ \x7f', max_size=2)
OBJECTS = st.dictionaries(NAMES, SCALARS, max_size=8)


@given(OBJECTS)
def test_an_object_is_read_the_same_the_short_way(value: dict[str, Detail]) -> None:
    text = canonical(value).decode("ascii")
    assert typed(read_object(text)) == typed(read_canonical(text))


@given(OBJECTS, st.integers(min_value=0, max_value=200), st.text('ab"\\ \x7f{}[],:0123456789-.é\n', max_size=3))
def test_the_short_way_takes_nothing_that_the_long_way_refuses(value: dict[str, Detail], at: int, put: str) -> None:
    text = canonical(value).decode("ascii")
    for changed in (text[:at] + put + text[at:], text[:at] + put + text[at + len(put) :], json.dumps(value)):
        if is_plain_object(changed):
            assert canonical(read_canonical(changed)).decode("ascii") == changed


def test_most_details_are_read_the_short_way() -> None:
    assert is_plain_object("{}")
    assert is_plain_object('{"files":1,"source":"/home/ada/a letter.txt","yes":true}')
    for text in ('{"b":1,"a":1}', '{"a":1,"a":1}', '{"a":01}', '{"a":1} ', '{"a":"\\u0041"}', '{"a":[]}', "[]"):
        assert not is_plain_object(text)


class Name(StrEnum):
    ONE = "é one"
    TWO = "b"


class Number(IntEnum):
    ONE = 1
    MINUS = -7

    def __repr__(self) -> str:
        return "not this"


class Letters(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "not this"


class Whole(int):
    def __str__(self) -> str:
        return "not this"

    __repr__ = __str__


@given(VALUES)
def test_the_spelling_is_that_of_the_standard_library(value: Detail) -> None:
    assert canonical(value) == json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")


@pytest.mark.parametrize(
    ("value", "same"),
    [
        (Name.ONE, "é one"),
        (Number.ONE, 1),
        (Whole(5), 5),
        (Letters('a"b'), 'a"b'),
        ({Name.TWO: 1, Letters("a"): Number.MINUS, "c": Name.TWO}, {"a": -7, "b": 1, "c": "b"}),
        (MappingProxyType({"b": 1, "a": True}), {"a": True, "b": 1}),
        (ChainMap({"b": 1}, {"b": 2, "a": 0}), {"a": 0, "b": 1}),
        (UserDict({"b": (), "a": {}}), {"a": {}, "b": []}),
        ((1, True, 0, False, None), [1, True, 0, False, None]),
        (deque([1, "x"]), [1, "x"]),
        (range(3), [0, 1, 2]),
        ({"\U0001f600": 1, "\uffff": 2, "a": 3, "A": 4}, {"A": 4, "a": 3, "\uffff": 2, "\U0001f600": 1}),
        ({"a": 1, "": 2}, {"": 2, "a": 1}),
        ('\x00\x1f\x7f\u2028/\\"', '\x00\x1f\x7f\u2028/\\"'),
        ("\udc80", "\udc80"),
    ],
)
def test_whatever_a_value_is_it_is_spelled_as_what_it_says(value: Detail, same: Detail) -> None:
    assert canonical(value) == json.dumps(same, separators=(",", ":")).encode("ascii")


@pytest.mark.parametrize(
    "value", [{True: 1}, {None: 1}, {"a": 1, 2: 3}, {"a", "b"}, [{}, [float("nan")]], memoryview(b"a"), Whole(2**53)]
)
def test_what_only_looks_like_json_is_refused(value: Detail) -> None:
    for _ in range(2):  # what is remembered of names must not make a difference
        with pytest.raises(ValueError, match=r"."):
            canonical(value)


def test_a_name_that_was_refused_stays_refused() -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match="surrogate"):
            canonical({"\ud800": 1})
