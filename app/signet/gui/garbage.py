"""Python's cyclic garbage, collected in the GUI thread only.

Python collects in whichever thread allocates next. A widget in a cycle that nothing holds any more would be destroyed
by the thread of a job, or be on its way to that while the GUI thread still meets it; Qt's objects belong to
their thread (https://doc.qt.io/qt-6/threads-qobject.html).
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_MILLISECONDS = 1000


class GarbageCollector(QObject):
    """Takes the collector over from Python until `stop`, for as long as the window is there."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(_MILLISECONDS)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    def settle(self) -> None:
        """Call once everything is loaded: what is there now stays, and is not gone through again and again.

        Nobody has done anything by then, so what is kept from being collected is what stays for good anyway.
        """
        gc.freeze()

    def collect(self) -> None:
        """Collect the generations that are due by Python's own thresholds (gc.set_threshold)."""
        due = [count > limit > 0 for count, limit in zip(gc.get_count(), gc.get_threshold(), strict=False)]
        for generation in (2, 1, 0):
            if all(due[: generation + 1]):
                gc.collect(generation)
                return

    def stop(self) -> None:
        """Give the collector back, where Python goes on without the window; a program that ends leaves it."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()
