"""The little of PC/SC that tests ask for themselves: whether the daemon sees a card."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Sequence
from typing import ClassVar

_LIBRARY = "libpcsclite.so.1"
_SCOPE_SYSTEM = 2
_STATE_PRESENT = 0x20
_STATE_MUTE = 0x200
_SECONDS = 60.0
_PAUSE = 0.02


class _ReaderState(ctypes.Structure):
    _fields_: ClassVar[Sequence[tuple[str, type]]] = [
        ("reader", ctypes.c_char_p),
        ("data", ctypes.c_void_p),
        ("current", ctypes.c_ulong),
        ("event", ctypes.c_ulong),
        ("length", ctypes.c_ulong),
        ("atr", ctypes.c_ubyte * 33),
    ]


def wait_for_card(present: bool) -> None:
    """Return when the daemon answers and its first reader holds a card that talks, or none; raise TimeoutError."""
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end:
        if _holds_card() is present:
            return
        time.sleep(_PAUSE)
    raise TimeoutError(f"pcscd never saw the card {'come' if present else 'go'}")


def _holds_card() -> bool | None:
    """Whether the first reader holds a card that was powered up; None while there is no daemon or no reader."""
    library = ctypes.CDLL(_LIBRARY)
    context = ctypes.c_long()
    if library.SCardEstablishContext(ctypes.c_ulong(_SCOPE_SYSTEM), None, None, ctypes.byref(context)) != 0:
        return None
    try:
        names = ctypes.create_string_buffer(2048)
        length = ctypes.c_ulong(len(names))
        if library.SCardListReaders(context, None, names, ctypes.byref(length)) != 0:
            return None
        state = _ReaderState(reader=names.raw.split(b"\0")[0])
        if library.SCardGetStatusChange(context, ctypes.c_ulong(0), ctypes.byref(state), ctypes.c_ulong(1)) != 0:
            return None
        return bool(state.event & _STATE_PRESENT) and state.length > 0 and not state.event & _STATE_MUTE
    finally:
        library.SCardReleaseContext(context)
