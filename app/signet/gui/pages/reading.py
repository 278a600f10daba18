"""Reading the vault for a page: in a task, one at a time, and only the newest answer counts."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from signet.errors import Cancelled, SignetError
from signet.gui.desk import Desk
from signet.gui.tasks import Task, TaskContext, Tasks
from signet.services.session import Session

Work = Callable[[Session, TaskContext], object]


class Reader(QObject):
    """Runs one piece of reading after another; what was asked for meanwhile replaces what waits.

    `arrived` carries the answer, `failed` the SignetError; neither comes for a vault that was locked meanwhile.
    Reading is no job: nobody is asked about it, locking just ends it.
    """

    arrived = Signal(object)
    failed = Signal(object)

    def __init__(self, desk: Desk, tasks: Tasks, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._tasks = tasks
        self._task: Task | None = None
        self._session: Session | None = None
        self._next: Work | None = None
        desk.locked.connect(self.stop)

    @property
    def reading(self) -> bool:
        """Whether an answer is still to come."""
        return self._task is not None

    def read(self, work: Work, *, now: bool = False) -> None:
        """Read; with ``now`` what is being read is given up, else it is waited for. Nothing happens while locked."""
        session = self._desk.session
        if session is None:
            return
        if self._task is not None:
            self._next = work
            if now:
                self._task.cancel()
            return
        self._session = session
        self._task = self._tasks.run(
            lambda context: _unless_locked(work, session, context), done=self._done, failed=self._fail, quiet=True
        )

    def stop(self) -> None:
        """Give up what is being read and what waits."""
        self._next = None
        if self._task is not None:
            self._task.cancel()

    def _done(self, answer: object) -> None:
        if self._ended():
            self.arrived.emit(answer)

    def _fail(self, error: SignetError) -> None:
        if self._ended():
            self.failed.emit(error)

    def _ended(self) -> bool:
        """Go on with what waits; return whether the answer that came is still of use."""
        self._task = None
        current = self._session is not None and self._session is self._desk.session
        self._session = None
        waiting, self._next = self._next, None
        if waiting is not None:
            self.read(waiting)
            return False
        return current


def _unless_locked(work: Work, session: Session, context: TaskContext) -> object:
    """Do ``work``; once it was given up, whatever goes wrong in a vault that is being closed is no bug."""
    try:
        return work(session, context)
    except Exception:
        if context.cancelled():
            raise Cancelled from None
        raise
