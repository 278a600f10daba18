"""The hash of one entry, written straight from its columns: a million of them have to be checked in seconds.

The message is the canonical JSON of one object with all columns but ``hash`` and ``mac`` (docs/formats/audit.md). Its
names are known and in order, so only the values are spelled here.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from json.encoder import encode_basestring_ascii

from signet.audit.canonical import HIGH_SURROGATE, INTEGER_LIMIT


def entry_digest(
    *,
    sequence: int,
    epoch: int,
    time: str,
    method: str,
    user: str,
    front_end: str,
    operation: str,
    key: str | None,
    outcome: str,
    of: int | None,
    details: str,
    changes: str,
    previous: bytes,
) -> bytes:
    """SHA-256 of the entry with these columns.

    ``details`` and ``changes`` are canonical JSON, and have to be: what is spelled otherwise could pass for another
    entry's columns. Raises ValueError for what has no spelling.
    """
    if not 0 < sequence < INTEGER_LIMIT or not 0 < epoch < INTEGER_LIMIT or not -1 < (of or 0) < INTEGER_LIMIT:
        raise ValueError("a number that no entry has")
    if not time.isascii():
        raise ValueError("not a time")
    message = (
        f'{{"changes":{changes},"details":{details},"epoch":{epoch},"front_end":{_text(front_end)},'
        f'"key":{"null" if key is None else _text(key)},"method":{_text(method)},'
        f'"of":{"null" if of is None else of},"operation":{_text(operation)},"outcome":{_text(outcome)},'
        f'"previous":"{previous.hex()}","sequence":{sequence},"time":{encode_basestring_ascii(time)},"user":{_text(user)}}}'
    )
    return hashlib.sha256(message.encode("ascii")).digest()


@lru_cache(maxsize=4096)  # the same few people, operations and keys over and over
def _text(value: str) -> str:
    if not value.isascii() and HIGH_SURROGATE.search(value):
        raise ValueError("text with a high surrogate")
    return encode_basestring_ascii(value)
