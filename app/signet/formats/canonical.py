"""Canonical JSON: one byte form for one value, so that signatures and hashes have something to hold on to.

Sorted keys, separators ``,`` and ``:``, ASCII, no floats, whole numbers within ±(2^53 - 1), no lone surrogates
(RFC 7493, 2.1 and 2.2). What is read must equal its own re-serialisation byte for byte.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import NoReturn

JsonValue = None | bool | int | str | Sequence["JsonValue"] | Mapping[str, "JsonValue"]

MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 16
"""Nesting that a value may have; Signet's own values need four."""


def encode(value: JsonValue) -> bytes:
    """Write a value in its one byte form; raise ValueError for what has none (floats, large numbers, ...)."""
    _check(value, MAX_DEPTH)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def decode(data: bytes) -> JsonValue:
    """Read bytes that `encode` could have written; raise ValueError, saying why, for any others."""
    try:
        value: JsonValue = json.loads(
            data.decode("ascii"),
            object_pairs_hook=_object,
            parse_float=_refuse,
            parse_constant=_refuse,
            parse_int=_integer,
        )
    except UnicodeDecodeError as error:
        raise ValueError("it is not ASCII text") from error
    except json.JSONDecodeError as error:
        raise ValueError("it is not JSON") from error
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if encode(value) != data:
        raise ValueError("it is not in canonical form")
    return value


def _object(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a field stands in it twice")
    return result


def _integer(text: str) -> int:
    if len(text) > len(str(-MAX_INTEGER)):
        raise ValueError("a number in it is too large")
    return int(text)


def _refuse(_text: str) -> NoReturn:
    raise ValueError("it has a number that is not whole")


def _check(value: JsonValue, depth: int) -> None:
    if depth == 0:
        raise ValueError("it is nested too deeply")
    if isinstance(value, float):
        raise ValueError("it has a number that is not whole")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > MAX_INTEGER:
        raise ValueError("a number in it is too large")
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            _check_text(name)
            _check(item, depth - 1)
    elif isinstance(value, Sequence):
        for item in value:
            _check(item, depth - 1)


def _check_text(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:  # a lone surrogate: nothing could show, compare or store it
        raise ValueError("a text in it has half a character") from error
