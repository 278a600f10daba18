"""The recovery code as people see it: 160 random bits in Crockford base32 with a checksum.

Nine groups of four: 32 characters of code, then 4 of checksum (the first 20 bits of SHA-256 over
``signet/v1/recovery-code`` and the 20 bytes): a mistake in the 4 is always noticed, one in the 32 but for one in
2^20. Reading folds case, ``O`` to ``0``, ``I`` and ``L`` to ``1``, and
passes over spaces and hyphens (https://www.crockford.com/base32.html).
"""

from __future__ import annotations

import hashlib
import hmac

from signet.errors import RecoveryCodeMalformed
from signet.secret import Secret

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_BYTES = 20
CHECK_CHARACTERS = 4
GROUP = 4
MAX_TEXT = 256
"""Characters that a typed code may have, separators included; a real one has 44."""

_CODE_CHARACTERS = CODE_BYTES * 8 // 5
_DOMAIN = b"signet/v1/recovery-code"
_FOLD = str.maketrans({"O": "0", "I": "1", "L": "1"})
_VALUES = {character: value for value, character in enumerate(ALPHABET)}


def write_code(code: Secret) -> str:
    """Write the 20 bytes of a recovery code as nine groups of four characters."""
    if len(code) != CODE_BYTES:
        raise ValueError("a recovery code has 20 bytes")
    characters = _encode(code.reveal()) + _checksum(code.reveal())
    return "-".join(characters[start : start + GROUP] for start in range(0, len(characters), GROUP))


def read_code(text: str) -> Secret:
    """Read what a person typed; raise RecoveryCodeMalformed if it has a wrong length, character or checksum."""
    if len(text) > MAX_TEXT or not text.isascii():  # upper() makes ASCII of other letters
        raise RecoveryCodeMalformed
    characters = "".join(character for character in text.upper() if character not in " -\t\r\n").translate(_FOLD)
    if len(characters) != _CODE_CHARACTERS + CHECK_CHARACTERS or not set(characters) <= set(ALPHABET):
        raise RecoveryCodeMalformed
    code = _decode(characters[:_CODE_CHARACTERS])
    if not hmac.compare_digest(_checksum(code), characters[_CODE_CHARACTERS:]):
        raise RecoveryCodeMalformed
    return Secret(code)


def _checksum(code: bytes | bytearray) -> str:
    digest = hashlib.sha256(_DOMAIN + code).digest()
    return _encode(digest[:5])[:CHECK_CHARACTERS]


def _encode(data: bytes | bytearray) -> str:
    number = int.from_bytes(data, "big")
    count = len(data) * 8 // 5
    return "".join(ALPHABET[(number >> (5 * (count - 1 - index))) & 31] for index in range(count))


def _decode(characters: str) -> bytes:
    number = 0
    for character in characters:
        number = number << 5 | _VALUES[character]
    return number.to_bytes(CODE_BYTES, "big")
