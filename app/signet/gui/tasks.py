"""The only threads of the window: work that blocks runs here, its answers come back in the GUI thread.

A thread for each task, not a pool: a task may wait minutes for a person's answer, and must not keep others waiting.
"""

from __future__ import annotations

import os
import threading
import traceback
from collections.abc import Callable
from time import monotonic
from typing import Any, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal

from signet.errors import Cancelled, SignetError

T = TypeVar("T")
Progress = Callable[[int, int], None]
"""Called in the GUI thread with what is done and what there is in all."""
BUG_TITLE = "This is a bug in Signet"
_PROGRESS_SECONDS = 0.05  # between two reports; more nobody can see, and each costs the GUI thread some work
_LAST_WAIT = 5.0  # seconds that the window, when it closes, waits for threads that were told to stop


class TaskContext:
    """What work may use of its task; given to it as its only argument, safe in its thread."""

    def __init__(self, report: Progress) -> None:
        self._report = report
        self._stop = threading.Event()

    def progress(self, done: int, total: int) -> None:
        """Report progress; fits `signet.services.workplace.Progress`. Cheap: what comes too fast is left out."""
        self._report(done, total)

    def cancelled(self) -> bool:
        """Whether the person gave up; fits `signet.services.workplace.Cancelled`."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Make `cancelled` true."""
        self._stop.set()


class Task(QObject):
    """Work under way. ``quiet`` work, as polling, does not count as busy. Made by `Tasks.run`."""

    _arrived = Signal()

    def __init__(
        self,
        work: Callable[[TaskContext], Any],
        done: Callable[[Any], None],
        failed: Callable[[SignetError], None],
        progress: Progress | None,
        *,
        quiet: bool,
        parent: Tasks,
    ) -> None:
        super().__init__(parent)
        self.quiet = quiet
        self.running = True
        self.context = TaskContext(self._report)
        self.broken_at = ""
        self._work = work
        self._done, self._failed, self._progress = done, failed, progress
        self._latest: tuple[int, int] | None = None
        self._reported = 0.0
        self._result: Any = None
        self._error: SignetError | None = None
        self._ended = False
        self._lock = threading.Lock()
        self._waiting = False
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self.thread_of_work = threading.Thread(target=self._run, name="signet-task", daemon=True)

    def cancel(self) -> None:
        """Ask the work to stop; it ends with the error Cancelled, unless it is done before."""
        self.context.stop()

    def _report(self, done: int, total: int) -> None:
        """Keep the latest, and have it delivered now and then; the last one comes with the result at the latest."""
        now = monotonic()
        with self._lock:
            self._latest = (done, total)
            if now - self._reported < _PROGRESS_SECONDS and done < total:
                return
            self._reported = now
        self._announce()

    def _announce(self) -> None:
        """Have `_deliver` called in the GUI thread; one call that is still to come is enough."""
        with self._lock:
            if self._waiting:
                return
            self._waiting = True
        if shiboken6.isValid(self):
            self._arrived.emit()

    def _run(self) -> None:
        result, error, broken_at = None, None, ""
        try:
            result = self._work(self.context)
        except SignetError as known:
            error = known
        except Exception as bug:  # noqa: BLE001 - the one handler: a bug is told by its place, never with its values
            error, broken_at = SignetError(), place_of(bug)
        with self._lock:
            self._result, self._error, self.broken_at = result, error, broken_at
            self._ended = True
        self._announce()

    def _deliver(self) -> None:
        with self._lock:
            self._waiting = False
            latest, self._latest = self._latest, None
            ended, result, error = self._ended, self._result, self._error
        if not self.running:
            return
        if latest is not None and self._progress is not None and _alive(self._progress):
            self._progress(*latest)
        if not ended:
            return
        self.running = False
        tasks = self.parent()
        if isinstance(tasks, Tasks):
            tasks.ended(self)
        if error is not None:
            if _alive(self._failed):
                self._failed(error)
        elif _alive(self._done):
            self._done(result)
        self._work, self._result = _nothing, None
        self.deleteLater()


class Tasks(QObject):
    """Runs work in threads. Lives in the GUI thread; one for the whole window."""

    busy_changed = Signal(bool)
    broken = Signal(str)
    """Something that is no SignetError was raised; carries its kind and place, for people to report."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._running: list[Task] = []

    @property
    def busy(self) -> bool:
        """Whether work runs that a person started."""
        return any(not task.quiet for task in self._running)

    @property
    def count(self) -> int:
        """How many tasks run that a person started."""
        return sum(not task.quiet for task in self._running)

    @property
    def threads(self) -> tuple[threading.Thread, ...]:
        """The threads of everything that runs."""
        return tuple(task.thread_of_work for task in self._running)

    def run(
        self,
        work: Callable[[TaskContext], T],
        *,
        done: Callable[[T], None],
        failed: Callable[[SignetError], None],
        progress: Progress | None = None,
        quiet: bool = False,
    ) -> Task:
        """Start ``work`` in a thread; exactly one of ``done`` and ``failed`` is called later in the GUI thread.

        Neither is called if it is a method of a Qt object that was deleted meanwhile. A bug goes to `broken` first,
        then ``failed`` gets a plain SignetError, so that no page waits for ever.
        """
        before = self.busy
        task = Task(work, done, failed, progress, quiet=quiet, parent=self)
        self._running.append(task)
        task.thread_of_work.start()
        if self.busy != before:
            self.busy_changed.emit(True)
        return task

    def cancel_all(self) -> None:
        """Ask everything to stop."""
        for task in self._running:
            task.cancel()

    def ended(self, task: Task) -> None:
        """Take a task off the list; called by the task itself."""
        before = self.busy
        self._running.remove(task)
        if task.broken_at:
            self.broken.emit(task.broken_at)
        if self.busy != before:
            self.busy_changed.emit(False)

    def close(self) -> None:
        """Stop everything and wait for it a while; nothing is delivered any more."""
        self.cancel_all()
        until = monotonic() + _LAST_WAIT
        for task in self._running:
            task.running = False
            task.thread_of_work.join(max(0.0, until - monotonic()))


def place_of(bug: BaseException) -> str:
    """Name kind and place of a bug, nothing of its values: they might be secret."""
    frames = traceback.extract_tb(bug.__traceback__)
    if not frames:
        return type(bug).__name__
    own = [frame for frame in frames if f"{os.sep}signet{os.sep}" in frame.filename]
    frame = (own or frames)[-1]
    return f"{type(bug).__name__} in {os.path.basename(frame.filename)}, line {frame.lineno}, in {frame.name}"


def raise_if_cancelled(context: TaskContext) -> None:
    """Raise Cancelled if the person gave up; for work made of several steps."""
    if context.cancelled():
        raise Cancelled


def _alive(callback: Callable[..., Any]) -> bool:
    """Whether the Qt object whose method this is still exists."""
    owner = getattr(callback, "__self__", None)
    return not isinstance(owner, QObject) or shiboken6.isValid(owner)


def _nothing(_: TaskContext) -> None:
    """Stand in for work that is over, so that what it held can go."""
