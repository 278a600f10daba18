"""The MACs of many rows of one table: the message of `signet.audit.chain.row_mac`, made quickly.

What repeats from row to row (a state, a kind, a version) is encoded once for each column.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

from signet.secret import Secret

Value = str | int | bytes | None

ROW_LABEL = b"signet/v1/row\0"
"""No label is the beginning of another (`signet.audit.chain`), so that no message of one kind is one of another."""
_BLOCK = 64  # bytes of a block of SHA-256 (FIPS 180-4, 1)
_KEPT = 4096
"""Encoded values that are kept for each column; more do not repeat."""
_SHORT = 64  # longer values do not repeat, and wrapped material should not lie about


def part(value: Value) -> bytes:
    """Encode a name or value: tag, length in 8 bytes, content. ValueError for text that is not Unicode."""
    if isinstance(value, str):
        tag, content = b"t", value.encode("utf-8")
    elif isinstance(value, bytes):
        tag, content = b"b", value
    elif value is None:
        tag, content = b"n", b""
    else:
        tag, content = b"i", b"%d" % value
    return tag + len(content).to_bytes(8, "big") + content


class _Parts(dict[Value, bytes]):
    """Name and value of one column, encoded; a number never equals a text or bytes, so none is taken for another."""

    def __init__(self, column: str) -> None:
        super().__init__()
        self._name = part(column)

    def __missing__(self, value: Value) -> bytes:
        made = self._name + part(value)
        if len(made) < _SHORT and len(self) < _KEPT:
            self[value] = made
        return made


class RowMacs:
    """The MACs of the rows of one table whose values come in the order of ``columns``. For one thread at a time.

    HMAC (RFC 2104) from two prepared hashes: asking for a whole HMAC each time costs twice as much. OpenSSL wipes
    what it keeps of the key when these go; let them go with the transaction.
    """

    def __init__(self, mac_key: Secret, table: str, columns: Sequence[str]) -> None:
        if len(mac_key) > _BLOCK:
            raise ValueError("a longer key would have to be hashed first")
        self._inner, self._outer = _prepared(mac_key, 0x36), _prepared(mac_key, 0x5C)
        self._inner.update(ROW_LABEL + part(table))
        places = sorted(range(len(columns)), key=columns.__getitem__)
        self._columns = [(_Parts(columns[place]), place) for place in places]

    def mac(self, values: Sequence[Value]) -> bytes:
        """Authenticate a row; ``values`` may be longer than the columns. ValueError for text that is not Unicode."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(b"".join([parts[values[place]] for parts, place in self._columns]))
        outer.update(inner.digest())
        return outer.digest()

    def holds(self, values: Sequence[Value], mac: bytes) -> bool:
        """Whether a row has this MAC."""
        try:
            return hmac.compare_digest(self.mac(values), mac)
        except ValueError:
            return False


def _prepared(mac_key: Secret, pad: int) -> hashlib._Hash:
    block = bytearray([pad]) * _BLOCK
    for place, byte in enumerate(mac_key.reveal()):
        block[place] ^= byte
    made = hashlib.sha256(block)
    block[:] = bytes(_BLOCK)
    return made
