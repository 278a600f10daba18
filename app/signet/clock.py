"""The clock seam: wall time for records and dates, monotonic time for deadlines.

Rule: what is stored is UTC, whole seconds, RFC 3339 with ``Z``; what measures a span is `Clock.monotonic`.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where services read time; tests put their own in its place."""

    def now(self) -> datetime:
        """Return the wall time, aware, in UTC."""

    def monotonic(self) -> float:
        """Return seconds on a clock that never jumps back."""


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        """Return the wall time, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds on a clock that never jumps back."""
        return time.monotonic()


def timestamp(moment: datetime) -> str:
    """Write a moment as RFC 3339 in UTC with whole seconds: ``2026-11-22T02:36:00Z``."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").removesuffix("+00:00") + "Z"


def parse_timestamp(text: str) -> datetime:
    """Read what `timestamp` wrote; raise ValueError for anything else."""
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    # strptime is more forgiving than what `timestamp` writes: missing zeros, a small z, digits of other scripts.
    if timestamp(moment) != text:
        raise ValueError("not a moment in RFC 3339, in UTC with Z and whole seconds")
    return moment
