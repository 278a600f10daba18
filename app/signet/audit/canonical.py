"""One spelling for one value: the canonical JSON that hashes and MACs are taken over.

Sorted keys, separators ``,`` and ``:``, ASCII only. Floats are refused, integers stay below 2^53 (RFC 8259, 6) and
text holds no high surrogate, so that two different values never have the same spelling.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from json.encoder import encode_basestring_ascii

INTEGER_LIMIT = 2**53  # RFC 8259, 6: beyond it readers in other languages disagree about the value.

HIGH_SURROGATE = re.compile("[\ud800-\udbff]")

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
_UNUSUAL = re.compile(r"\\ud|[0-9]{16}")
"""What could be a surrogate or an integer that is too large; such text is read slowly and with care."""

_STRING = r'"[ !#-\[\]-~]*"'
_VALUE = rf"(?:{_STRING}|0|-?[1-9][0-9]{{0,14}}|true|false|null)"
_MEMBER = rf'"([ !#-\[\]-~]*)":{_VALUE}'
_PLAIN = re.compile(
    rf"\{{(?:{_MEMBER}(?:,{_MEMBER})?(?:,{_MEMBER})?(?:,{_MEMBER})?(?:,{_MEMBER})?(?:,{_MEMBER})?)?\}}"
)
"""An object of up to six members whose values are no lists or objects and whose texts need no escape."""

_WORDS = {None: "null", True: "true", False: "false"}

Detail = str | int | bool | None | Sequence["Detail"] | Mapping[str, "Detail"]


def _refuse(text: str) -> Detail:
    raise ValueError(f"a number that is not whole: {text}")


_DECODER = json.JSONDecoder(parse_float=_refuse, parse_constant=_refuse)


def canonical(value: Detail) -> bytes:
    """Write ``value`` in its one spelling; raise ValueError for what has none."""
    return _spelled(value).encode("ascii")


def read_canonical(text: str) -> Detail:
    """Read what `canonical` wrote; raise ValueError if it is spelled in any other way."""
    try:
        value: Detail = _DECODER.decode(text)
        # What was read is JSON already; only numbers and surrogates can still be such as nobody may write.
        again = canonical(value).decode("ascii") if _UNUSUAL.search(text) else _ENCODER.encode(value)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if again != text:
        raise ValueError("not in canonical spelling")
    return value


def is_plain_object(text: str) -> bool:
    """Whether ``text`` is the canonical spelling of an object as most are, told without reading it.

    True is as good as `read_canonical`, at a tenth of the price; False says nothing.
    """
    found = _PLAIN.fullmatch(text)
    if found is None:
        return False
    before: str | None = None
    for name in found.groups():
        if name is None:
            break
        if before is not None and name <= before:
            return False
        before = name
    return True


def read_object(text: str) -> dict[str, Detail]:
    """Read an object that `canonical` wrote; raise ValueError if it is none, or is spelled in any other way."""
    value = _DECODER.decode(text) if is_plain_object(text) else read_canonical(text)
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def _spelled(value: object) -> str:
    """Spell ``value`` in the one way it has; raise ValueError for what has none."""
    # What most values are comes first: this is called a dozen times an entry.
    if isinstance(value, str):
        # Two surrogates in a row would be escaped exactly as the one character that they stand for.
        if not value.isascii() and HIGH_SURROGATE.search(value):
            raise ValueError("text with a high surrogate")
        return encode_basestring_ascii(value)
    if value is None or isinstance(value, bool):
        return _WORDS[value]
    if isinstance(value, int):
        if not -INTEGER_LIMIT < value < INTEGER_LIMIT:
            raise ValueError("an integer of 2^53 or more")
        return int.__repr__(value)
    if isinstance(value, dict | Mapping):
        if not all(isinstance(name, str) for name in value):
            raise ValueError("a key that is not text")
        members = [f"{_name(name)}:{_spelled(value[name])}" for name in sorted(value)]
        return f"{{{','.join(members)}}}"
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return f"[{','.join(map(_spelled, value))}]"
    raise ValueError(f"a value of type {type(value).__name__}")


@lru_cache(maxsize=1024)  # the same few names over and over
def _name(value: str) -> str:
    return _spelled(value)
