"""A token as a value, for tests that need no real one."""

from __future__ import annotations

from signet.tokens.model import PinState, Token

CARD = Token(
    label="card",
    serial="1",
    model="",
    manufacturer="",
    module="/m.so",
    slot=0,
    present=True,
    initialised=True,
    pin_state=PinState.OK,
    pin_pad=False,
)
