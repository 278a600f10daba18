"""The jobs of a page: the queue of `signet.services.jobs`, run by the window's tasks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal

from signet.errors import SignetError
from signet.gui.desk import Desk
from signet.gui.tasks import Tasks
from signet.services.job import Job, JobState, Order
from signet.services.jobs import Jobs
from signet.services.session import Session


class JobBoard(QObject):
    """Starts what may start and says what becomes of it. Lives in the GUI thread.

    Locking starts nothing new and lets what runs end (DESIGN.md, section 11); jobs that wait go on when the same
    vault is open again.
    """

    added = Signal(object)
    """Carries the Job."""
    changed = Signal(object)
    """Carries the Job as it is now: begun, further, paused."""
    stopping = Signal(object)
    """Carries a Job that was told to stop and still runs."""
    ended = Signal(object)
    """Carries the Job with what it came to."""

    def __init__(self, desk: Desk, tasks: Tasks, parent: QObject) -> None:
        super().__init__(parent)
        self.jobs = Jobs(workplace=desk.workplace)
        self._desk = desk
        self._tasks = tasks
        self._running: set[int] = set()
        """Jobs that run, or have ended and nobody heard of it yet."""
        desk.unlocked.connect(self.start_next)
        desk.locked.connect(self._locked)

    @property
    def busy(self) -> bool:
        """Whether anything runs or waits to; a job that ends does so when `ended` has told of it."""
        return self.jobs.busy or bool(self._running)

    def count(self, *states: JobState) -> int:
        """How many jobs are in one of these states."""
        return sum(job.state in states for job in self.jobs.all())

    def submit(self, order: Order) -> Job:
        """Put a job into the queue, and start it if it may."""
        job = self.jobs.add(order)
        self.added.emit(job)
        self.start_next()
        return job

    def retry(self, job_id: int, paths: Sequence[str], change: Callable[[Order], Order] | None = None) -> Job:
        """Do some files of a job once more."""
        job = self.jobs.retry(job_id, paths, change)
        self.added.emit(job)
        self.start_next()
        return job

    def cancel(self, job_id: int) -> None:
        """Stop a job."""
        job = self.jobs.cancel(job_id)
        if job.state.ended:
            self.ended.emit(job)
        else:
            self.stopping.emit(job)

    def cancel_all(self) -> None:
        """Stop everything."""
        for job in self.jobs.all():
            if not job.state.ended:
                self.cancel(job.id)

    def pause_one(self, job_id: int, paused: bool) -> None:
        """Pause one job, or let it go on; others keep their state."""
        job = self.jobs.pause(job_id) if paused else self.jobs.resume(job_id)
        if not job.state.ended:
            self.changed.emit(job)

    def pause(self, paused: bool) -> None:
        """Pause everything, or let everything go on."""
        if paused:
            self.jobs.pause_all()
        else:
            self.jobs.resume_all()
        for job in self.jobs.all():
            if not job.state.ended:
                self.changed.emit(job)
        self.start_next()

    def start_next(self) -> None:
        """Start whatever may start now."""
        session = self._desk.session
        while (job := self.jobs.next(vault_id=session.vault_id if session else "")) is not None:
            self._start(job, session)

    def _start(self, job: Job, session: Session | None) -> None:
        self.changed.emit(job)
        run = _Run(self, job.id)
        self._tasks.run(
            lambda context: self.jobs.run(job.id, session, progress=context.progress, cancelled=context.cancelled),
            done=run.done,
            failed=run.broke,
            progress=run.progressed,
        )
        self._running.add(job.id)

    def finished(self, job: Job) -> None:
        """Go on after a job; called by what runs it."""
        self._running.discard(job.id)
        self.ended.emit(job)
        self.start_next()
        self._desk.note_change()

    def _locked(self, _: str) -> None:
        self.pause(False)


class _Run(QObject):
    """What hears of one running job; deleted with the board, so that nothing is told to a page that is gone."""

    def __init__(self, board: JobBoard, job_id: int) -> None:
        super().__init__(board)
        self._board = board
        self._id = job_id

    def progressed(self, done: int, total: int) -> None:
        self._board.changed.emit(self._board.jobs.job(self._id))

    def done(self, job: Job) -> None:
        self._board.finished(job)
        self.deleteLater()

    def broke(self, _: SignetError) -> None:
        """Only a bug comes here: it is told by the window, the row says that the job failed."""
        self.done(self._board.jobs.job(self._id))
