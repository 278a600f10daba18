"""Connecting with a raw key: SQLCipher's traps, met in one place.

A malformed raw key is silently taken for a passphrase, a wrong one is noticed at the first read only, and settings of
the cipher count only between the key and that read.
"""

from __future__ import annotations

from sqlcipher3 import dbapi2

from signet.secret import Secret
from signet.store.foreign import translated

KEY_SIZE = 32  # SQLCipher: a raw key is 64 hexadecimal digits; anything else it silently takes for a passphrase.
BUSY_SECONDS = 5.0
_HEX = b"0123456789abcdef"


def keyed(path: str, key: Secret) -> dbapi2.Connection:
    """Connect to ``path`` with a raw key and SQLCipher 4's own settings; nothing is read yet."""
    hexed = raw_key(key)
    with translated(path):
        connection = dbapi2.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            # Before the key: a wrong one would be reported on standard error.
            connection.execute("PRAGMA cipher_log = off").fetchall()
            connection.set_key(hexed)
            # So that a later SQLCipher with other defaults opens it unasked.
            connection.execute("PRAGMA cipher_compatibility = 4").fetchall()
            connection.execute("PRAGMA cipher_memory_security = ON").fetchall()
            if not connection.execute("PRAGMA cipher_version").fetchone():
                raise RuntimeError("this SQLite is no SQLCipher: it would write the vault in the clear")
        except BaseException:
            connection.close()
            raise
        finally:
            wipe(hexed)
    return connection


def raw_key(key: Secret) -> bytearray:
    """Spell a raw key as SQLCipher wants it, ``x'64 digits'``, in a buffer that can be wiped."""
    if len(key) != KEY_SIZE:
        raise ValueError(f"a database key has {KEY_SIZE} bytes, not {len(key)}")
    text = bytearray(2 * KEY_SIZE + 3)
    text[0:2] = b"x'"
    for place, byte in enumerate(key.reveal()):
        text[2 + 2 * place] = _HEX[byte >> 4]
        text[3 + 2 * place] = _HEX[byte & 15]
    text[-1:] = b"'"
    return text


def wipe(buffer: bytearray) -> None:
    """Overwrite a spelled key."""
    buffer[:] = bytes(len(buffer))
