"""Bech32 (BIP 173), in which age writes its keys: a readable prefix, 32 letters without lookalikes, a checksum.

As in age there is no limit of 90 characters, only of `MAX_LENGTH`.
"""

from __future__ import annotations

#: An age key of 32 bytes takes 62 to 74 characters.
MAX_LENGTH = 128

_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def encode(prefix: str, data: bytes) -> str:
    """Write bytes in lower case, under a lower-case prefix."""
    values = _regroup(list(data), 8, 5, pad=True)
    check = _polymod([*_expand(prefix), *values, *[0] * 6]) ^ 1
    values += [(check >> 5 * (5 - place)) & 31 for place in range(6)]
    return prefix + "1" + "".join(_LETTERS[value] for value in values)


def decode(text: str, *, limit: int = MAX_LENGTH) -> tuple[str, bytes]:
    """Return the prefix in lower case and the bytes; raise ValueError for a mistyped or otherwise malformed text."""
    if len(text) > limit or text not in (text.lower(), text.upper()) or not text.isascii():
        raise ValueError("not Bech32")
    prefix, separator, letters = text.lower().rpartition("1")
    values = [_LETTERS.find(letter) for letter in letters]
    if not prefix or not separator or len(values) < 6 or -1 in values:
        raise ValueError("not Bech32")
    if _polymod([*_expand(prefix), *values]) != 1:
        raise ValueError("the checksum does not fit")
    return prefix, bytes(_regroup(values[:-6], 5, 8, pad=False))


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for place, term in enumerate(_GENERATOR):
            check ^= term if top >> place & 1 else 0
    return check


def _expand(prefix: str) -> list[int]:
    return [ord(char) >> 5 for char in prefix] + [0] + [ord(char) & 31 for char in prefix]


def _regroup(values: list[int], width: int, into: int, *, pad: bool) -> list[int]:
    gathered, bits, out = 0, 0, []
    for value in values:
        gathered = gathered << width | value
        bits += width
        while bits >= into:
            bits -= into
            out.append(gathered >> bits & ((1 << into) - 1))
    left = gathered & ((1 << bits) - 1)
    if pad and bits:
        out.append(left << (into - bits))
    elif not pad and (bits >= width or left):
        raise ValueError("the padding is not zeros")
    return out
