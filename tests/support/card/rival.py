"""Another program that uses the card at the same time, as scdaemon or a browser does."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

_LIBRARY = "libpcsclite.so.1"
_SCOPE_SYSTEM = 2
_ANY_PROTOCOL = 3
_LEAVE = 0


class Share(IntEnum):
    """How a program wants the card; values of pcsclite.h."""

    EXCLUSIVE = 1
    SHARED = 2


class Rival:
    """A connection to the card in the first reader. Every call raises AssertionError if PC/SC refuses it."""

    def __init__(self, library: ctypes.CDLL, card: ctypes.c_long) -> None:
        self._library, self._card = library, card

    def begin(self) -> None:
        """Take the card for a while: whoever else asks it something waits until `end`."""
        _accepted(self._library.SCardBeginTransaction(self._card))

    def end(self) -> None:
        """Give it back."""
        _accepted(self._library.SCardEndTransaction(self._card, ctypes.c_ulong(_LEAVE)))

    def reset(self) -> None:
        """Reset the card: who was logged in is no longer."""
        used = ctypes.c_ulong()
        shared, protocol, cold = (ctypes.c_ulong(value) for value in (Share.SHARED, _ANY_PROTOCOL, 2))
        _accepted(self._library.SCardReconnect(self._card, shared, protocol, cold, ctypes.byref(used)))


@contextmanager
def rival(share: Share = Share.SHARED) -> Iterator[Rival]:
    """Connect to the card in the first reader, and leave it as it is at the end."""
    library = ctypes.CDLL(_LIBRARY)
    context, card, used = ctypes.c_long(), ctypes.c_long(), ctypes.c_ulong()
    _accepted(library.SCardEstablishContext(ctypes.c_ulong(_SCOPE_SYSTEM), None, None, ctypes.byref(context)))
    try:
        names = ctypes.create_string_buffer(2048)
        length = ctypes.c_ulong(len(names))
        _accepted(library.SCardListReaders(context, None, names, ctypes.byref(length)))
        wanted, protocols = ctypes.c_ulong(share), ctypes.c_ulong(_ANY_PROTOCOL)
        reader = names.raw.split(b"\0")[0]
        _accepted(library.SCardConnect(context, reader, wanted, protocols, ctypes.byref(card), ctypes.byref(used)))
        try:
            yield Rival(library, card)
        finally:
            library.SCardDisconnect(card, ctypes.c_ulong(_LEAVE))
    finally:
        library.SCardReleaseContext(context)


def _accepted(status: int) -> None:
    assert status & 0xFFFFFFFF == 0, f"PC/SC refused: {status & 0xFFFFFFFF:#010x}"
