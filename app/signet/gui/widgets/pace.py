"""How fast a job goes and how long it still takes; and sizes, rates and times in words. No Qt."""

from __future__ import annotations

from collections import deque

_WINDOW = 5.0  # seconds over which the rate is taken: a disk's hiccup should not show, a change should soon
_STEADY = 1.0  # seconds before a rate means anything
_UNITS = ("bytes", "kB", "MB", "GB", "TB")
_STEP = 1000  # decimal units, as file managers show them


class Pace:
    """The rate of something that grows, over the last seconds."""

    def __init__(self) -> None:
        self._marks: deque[tuple[float, int]] = deque()

    def note(self, done: int, moment: float) -> None:
        """Note how much is done at a moment of a clock in seconds that never jumps back."""
        if self._marks and done < self._marks[-1][1]:
            self._marks.clear()
        self._marks.append((moment, done))
        while moment - self._marks[0][0] > _WINDOW and len(self._marks) > 2:
            self._marks.popleft()

    @property
    def rate(self) -> float | None:
        """Per second; None while it is too early to tell."""
        if len(self._marks) < 2:
            return None
        (first, before), (last, after) = self._marks[0], self._marks[-1]
        return (after - before) / (last - first) if last - first >= _STEADY else None

    def rate_text(self) -> str:
        """As ``1.6 GB/s``; empty while it is too early to tell."""
        return f"{size_text(int(self.rate))}/s" if self.rate else ""

    def left_text(self, rest: int) -> str:
        """As ``4 s left`` for what is left to do; empty while it is too early to tell."""
        return f"{duration_text(rest / self.rate)} left" if self.rate else ""


def size_text(size: int) -> str:
    """A size for people: ``11.4 GB``, ``318 bytes``."""
    value, unit = float(size), 0
    while round(value, 1) >= _STEP and unit < len(_UNITS) - 1:
        value, unit = value / _STEP, unit + 1
    return f"{size} {_UNITS[0]}" if unit == 0 else f"{value:.1f} {_UNITS[unit]}"


def duration_text(seconds: float) -> str:
    """A time for people, rounded up: ``4 s``, ``3 min``, ``2 h``."""
    whole = max(1, int(seconds + 0.999))
    if whole < 60:
        return f"{whole} s"
    return f"{-(-whole // 60)} min" if whole < 5400 else f"{round(whole / 3600)} h"
