"""A clock for tests, one of the three seams (DESIGN.md, section 4)."""

from __future__ import annotations

from datetime import datetime, timedelta


class SettableClock:
    """A clock that stands still until it is told otherwise."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._monotonic = 1000.0

    def now(self) -> datetime:
        """Return the wall time, aware, in UTC."""
        return self._now

    def monotonic(self) -> float:
        """Return seconds on a clock that never jumps back."""
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Let time pass on both clocks."""
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds

    def set_wall(self, moment: datetime) -> None:
        """Set the wall time alone, as a person or a time server does; the monotonic clock goes on unmoved."""
        self._now = moment
