"""Cards that take long, as the window sees them: worker threads tell, the GUI thread shows and may give up."""

from __future__ import annotations

import math
import threading

from PySide6.QtCore import QObject, Signal

from signet.tokens.waiting import Wait


class Waits(QObject):
    """The waits of all worker threads; the first one is shown. `changed` comes in the GUI thread."""

    changed = Signal()
    """Another wait is the first one, or a whole second of it has passed."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Lock()
        self._waits: dict[int, Wait] = {}
        self._given_up: set[int] = set()
        self._closed = False

    @property
    def current(self) -> Wait | None:
        """The wait that is shown."""
        with self._lock:
            return next(iter(self._waits.values()), None)

    def tell(self, wait: Wait | None) -> bool:
        """Take note of a wait in this worker thread, or of its end; return whether it is to be given up."""
        thread = threading.get_ident()
        with self._lock:
            before = self._waits.get(thread)
            if wait is None:
                self._waits.pop(thread, None)
                self._given_up.discard(thread)
            else:
                self._waits[thread] = wait
            changed = (before is None) != (wait is None) or _second(before) != _second(wait)
            stop = self._closed or thread in self._given_up
        if changed:
            self.changed.emit()
        return stop

    def give_up(self) -> None:
        """Give up the wait that is shown; it ends within a moment."""
        with self._lock:
            self._given_up |= set(list(self._waits)[:1])

    def close(self) -> None:
        """Give up this and every further wait: the window goes."""
        with self._lock:
            self._closed = True


def _second(wait: Wait | None) -> int:
    return -1 if wait is None else math.ceil(wait.seconds_left)
