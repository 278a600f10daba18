"""A tick in the GUI thread: how long it was ever kept from running by what the program does."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

from PySide6.QtCore import QObject, Qt, QTimer

INTERVAL_MILLISECONDS = 10


class Ticks(QObject):
    """Ticks every 10 ms from construction to `stop`; `worst` is the longest gap in seconds, `count` how many
    there were.

    A gap is measured from tick to tick, so it holds the interval itself too. Time for which other programs had the
    processors that this thread was ready to run on is none of its own, and left out (Linux, sched-stats.rst).
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.worst = 0.0
        self.count = 0
        self._last = self._now()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(INTERVAL_MILLISECONDS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def stop(self) -> float:
        """Stop, and return the longest gap in seconds."""
        self._tick()
        self._timer.stop()
        return self.worst

    def _tick(self) -> None:
        now = self._now()
        self.worst = max(self.worst, now - self._last)
        self.count += 1
        self._last = now

    @staticmethod
    def _now() -> float:
        """Seconds of a clock that stands still while this thread waits for a processor."""
        waited = Path("/proc/thread-self/schedstat").read_text().split()[1]  # nanoseconds on the run queue
        return perf_counter() - int(waited) / 1e9
