"""Waiting for a person at a token: for a touch, or for a PIN that is typed on the reader.

Whoever asks the tokens gives the hub one function. It is called in the thread that waits, about ten times a second,
so it must not block; it knows neither a window nor a terminal.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

TOUCH_SECONDS = 0.7
"""An operation that takes longer may be waiting for a touch; cards without one are mostly done by then."""


class WaitFor(StrEnum):
    """What the token may be waiting for."""

    TOUCH = "touch"
    PIN_PAD = "pin-pad"


@dataclass(frozen=True)
class Wait:
    """One call to a token that takes long; ``seconds_left`` until its time limit ends it."""

    token: str
    wait_for: WaitFor
    seconds_left: float


Waiting = Callable[[Wait | None], bool]
"""Told of a wait again and again, and with None that it is over; True gives up: the call raises Cancelled."""


def nobody_waits(_: Wait | None) -> bool:
    """Nobody looks, and nobody gives up."""
    return False


@contextmanager
def watched(
    waiting: Waiting, token: str, wait_for: WaitFor, time_limit: float, clock: Callable[[], float] = time.monotonic
) -> Iterator[Callable[[], bool]]:
    """Give what a call to a child polls as ``cancelled``, and tell ``waiting`` once it takes long.

    A PIN pad is told of at once: until somebody types, nothing happens.
    """
    began = clock()
    patience = TOUCH_SECONDS if wait_for is WaitFor.TOUCH else 0.0
    told = False

    def cancelled() -> bool:
        nonlocal told
        passed = clock() - began
        if passed < patience:
            return False
        told = True
        return waiting(Wait(token, wait_for, max(0.0, time_limit - passed)))

    try:
        yield cancelled
    finally:
        if told:
            waiting(None)
