"""Several workers over the numbered chunks of one job; the caller's own thread reports, waits and cancels."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable

from signet.crypto.esdk_io import POLL_SECONDS
from signet.errors import Cancelled

Progress = Callable[[int], None]
"""Takes the bytes of plaintext done so far; it is called in the caller's thread and never with less than before."""
CancelCheck = Callable[[], bool]
"""Tells whether the person wants to stop; called in the caller's thread. No chunk is begun until it answers."""


def no_progress(_done: int) -> None:
    """Report to nobody."""


def never() -> bool:
    """Never cancel."""
    return False


class Crew:
    """Runs ``process(chunk)`` for every chunk number, on several threads, until done, failed or cancelled.

    ``equip`` is called once in each worker and returns its ``process``, which owns its buffers and returns the bytes
    of plaintext it did. The first error of any worker stops all and is raised; nobody works on once `run` is left.
    """

    def __init__(self, *, chunks: int, workers: int, equip: Callable[[], Callable[[int], int]]) -> None:
        self._chunks = chunks
        self._equip = equip
        self._next = itertools.count()
        self._changed = threading.Condition()
        self._stopped = False
        self._asking = False
        self._done = 0
        self._error: BaseException | None = None
        self._working = 0
        self._threads = [
            threading.Thread(target=self._work, name=f"esdk-{number}", daemon=True)
            for number in range(max(1, min(workers, chunks)))
        ]

    def run(self, *, progress: Progress, cancelled: CancelCheck) -> None:
        """Work until everything is done; raise the first error of a worker, or Cancelled."""
        try:
            for thread in self._threads:
                self._working += 1
                thread.start()
            self._wait(progress, cancelled)
        finally:
            self._stopped = True
            for thread in self._threads:
                if thread.ident is not None:
                    thread.join()
        if self._error is not None:
            raise self._error
        progress(self._done)

    def _wait(self, progress: Progress, cancelled: CancelCheck) -> None:
        reported = 0
        finished = False
        while not finished:
            with self._changed:
                finished = self._changed.wait_for(lambda: self._working == 0, POLL_SECONDS)
            if self._error is not None:
                return
            if self._ask(cancelled):
                raise Cancelled
            if self._done > reported:
                reported = self._done
                progress(reported)

    def _ask(self, cancelled: CancelCheck) -> bool:
        """Ask whether to stop while the workers hold still: an answer that takes its time is a pause."""
        self._asking = True
        try:
            return cancelled()
        finally:
            with self._changed:
                self._asking = False
                self._changed.notify_all()

    def _work(self) -> None:
        try:
            process = self._equip()
            while not self._stopped:
                with self._changed:
                    self._changed.wait_for(lambda: not self._asking)
                chunk = next(self._next)
                if chunk >= self._chunks:
                    break
                done = process(chunk)
                with self._changed:
                    self._done += done
        except BaseException as error:  # noqa: BLE001 - carried over to the caller's thread and raised there
            with self._changed:
                self._error = self._error or error
            self._stopped = True
        finally:
            with self._changed:
                self._working -= 1
                self._changed.notify_all()
