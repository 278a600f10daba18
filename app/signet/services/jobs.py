"""The queue of jobs on files and documents: added, run, paused, cancelled, tried again. No threads of its own.

A front end asks `Jobs.next` which job may start and calls `Jobs.run` in a thread. A batch is one job and one decision
(DESIGN.md, section 4). Jobs are values: what `Jobs` returns never changes later.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from itertools import count
from time import monotonic

from signet.errors import Cancelled, SignetError
from signet.services.files_batch import PARALLEL
from signet.services.files_decrypt import decrypt_files
from signet.services.files_items import Tally
from signet.services.files_proof import trash_originals
from signet.services.files_reencrypt import re_encrypt_files
from signet.services.job import Act, Checked, Job, JobState, Order
from signet.services.job_encryption import encrypt_ordered
from signet.services.job_signing import sign_ordered
from signet.services.session import Session
from signet.services.verifying import verify_file
from signet.services.workplace import Cancelled as IsCancelled
from signet.services.workplace import Progress, Workplace

REPORT_SECONDS = 0.1
"""Progress that comes sooner after the last one is left out; nobody could see it."""
_PAUSE_SECONDS = 0.1  # how soon a paused job notices that it was cancelled from outside


class _Control:
    """How a running job is told to wait or to stop."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.go.set()
        self.stop = threading.Event()

    def cancelled(self, outer: IsCancelled) -> bool:
        """Wait while paused; then say whether to stop."""
        while not self.stop.is_set() and not outer():
            if self.go.wait(_PAUSE_SECONDS):
                return self.stop.is_set() or outer()
        return True

    def ending_waits(self, workplace: Workplace | None, outer: IsCancelled) -> AbstractContextManager[None]:
        """Within it a card that waits for a touch is given up when the job is to stop; a pause does not hurry it."""
        if workplace is None:
            return nullcontext()
        return workplace.stoppable(lambda: self.stop.is_set() or outer())


class Jobs:
    """The queue. Safe to use from any thread; only `run` blocks."""

    def __init__(self, *, parallel: int = PARALLEL, workplace: Workplace | None = None) -> None:
        self._workplace = workplace
        self._parallel = parallel
        self._jobs: dict[int, Job] = {}
        self._controls: dict[int, _Control] = {}
        self._ids = count(1)
        self._held = False
        self._lock = threading.Lock()

    @property
    def busy(self) -> bool:
        """Whether anything runs or waits to."""
        return any(not job.state.ended for job in self.all())

    @property
    def held(self) -> bool:
        """Whether everything is paused."""
        return self._held

    def all(self) -> tuple[Job, ...]:
        """Every job, the oldest first."""
        with self._lock:
            return tuple(self._jobs.values())

    def job(self, job_id: int) -> Job:
        """One job as it is now; raise KeyError for one that was forgotten."""
        with self._lock:
            return self._jobs[job_id]

    def add(self, order: Order) -> Job:
        """Put a job at the end of the queue."""
        with self._lock:
            job = Job(next(self._ids), order)
            self._jobs[job.id] = job
            self._controls[job.id] = _Control()
            return job

    def next(self, *, vault_id: str = "") -> Job | None:
        """Take the next job that may start: marked as running, to be given to `run` at once; None if there is none.

        ``vault_id`` is the vault that is open, empty if none is.
        """
        with self._lock:
            going = sum(job.state in (JobState.RUNNING, JobState.PAUSED) for job in self._jobs.values())
            if self._held or going >= self._parallel:
                return None
            for job in self._jobs.values():
                if job.state is JobState.WAITING and job.order.vault_id in ("", vault_id):
                    return self._set(replace(job, state=JobState.RUNNING))
            return None

    def run(
        self,
        job_id: int,
        session: Session | None,
        *,
        progress: Progress | None = None,
        cancelled: IsCancelled | None = None,
    ) -> Job:
        """Do a job that `next` returned, and return it as it ended; what goes wrong is in it, only bugs are raised.

        ``progress`` gets bytes done and in all, at most every `REPORT_SECONDS` and at the end. ``session`` may be
        None for VERIFY, and for SIGN with a card, which wants the workplace; then nothing is recorded.
        """
        job, control = self.job(job_id), self._controls[job_id]
        report = _Report(self._note_progress(job_id), progress)
        end = Job(job_id, job.order, JobState.FAILED, error=SignetError())
        outer = cancelled or _never
        recorded = session is not None and job.order.card is None
        try:
            works = {Act.VERIFY: _verify, Act.SIGN: self._sign}
            work = works.get(job.order.act, _on_files)
            with control.ending_waits(self._workplace if session is None else session.workplace, outer):
                end = work(job, session, report, lambda: control.cancelled(outer))
        except Cancelled:
            end = replace(job, state=JobState.CANCELLED)
        except SignetError as error:
            end = replace(job, state=JobState.FAILED, error=error)
        finally:
            report.flush()
            with self._lock:
                now = self._jobs[job_id]
                ended = self._set(replace(end, done=now.done, total=now.total, recorded=recorded))
        return ended

    def cancel(self, job_id: int) -> Job:
        """Stop a job: at once if it waits, else soon; nothing happens to one that has ended."""
        with self._lock:
            job = self._jobs[job_id]
            if job.state is JobState.WAITING:
                return self._set(replace(job, state=JobState.CANCELLED))
            self._controls[job_id].stop.set()
            return job

    def cancel_all(self) -> None:
        """Stop everything."""
        for job in self.all():
            self.cancel(job.id)

    def pause(self, job_id: int) -> Job:
        """Make a running job wait where it is; others keep their state."""
        with self._lock:
            job = self._jobs[job_id]
            if job.state is not JobState.RUNNING:
                return job
            self._controls[job_id].go.clear()
            return self._set(replace(job, state=JobState.PAUSED))

    def resume(self, job_id: int) -> Job:
        """Let a paused job go on."""
        with self._lock:
            job = self._jobs[job_id]
            if job.state is not JobState.PAUSED:
                return job
            self._controls[job_id].go.set()
            return self._set(replace(job, state=JobState.RUNNING))

    def pause_all(self) -> None:
        """Pause what runs and start nothing."""
        self._held = True
        for job in self.all():
            self.pause(job.id)

    def resume_all(self) -> None:
        """Let everything go on."""
        self._held = False
        for job in self.all():
            self.resume(job.id)

    def retry(self, job_id: int, paths: Sequence[str], change: Callable[[Order], Order] | None = None) -> Job:
        """Put some files of a job that has ended into the queue anew, as ``change`` makes of the order."""
        again = self.job(job_id).order.of(paths)
        return self.add(change(again) if change else again)

    def forget(self, job_id: int) -> None:
        """Take a job off the list; raise ValueError while it waits or runs."""
        with self._lock:
            if not self._jobs[job_id].state.ended:
                raise ValueError("a job that has not ended cannot be forgotten")
            del self._jobs[job_id], self._controls[job_id]

    def _sign(self, job: Job, session: Session | None, report: Progress, cancelled: IsCancelled) -> Job:
        items = sign_ordered(job.order, session, self._workplace, progress=report, cancelled=cancelled)
        return replace(job, state=_end(item.error for item in items), items=items)

    def _note_progress(self, job_id: int) -> Progress:
        def note(done: int, total: int) -> None:
            with self._lock:
                self._set(replace(self._jobs[job_id], done=done, total=total))

        return note

    def _set(self, job: Job) -> Job:
        """Only while the lock is held."""
        self._jobs[job.id] = job
        return job


class _Report:
    """Passes progress on, not too often; the last one always."""

    def __init__(self, note: Progress, outer: Progress | None) -> None:
        self._note = note
        self._outer = outer
        self._last = -REPORT_SECONDS
        self._left_out: tuple[int, int] | None = None

    def __call__(self, done: int, total: int) -> None:
        now = monotonic()
        if now - self._last < REPORT_SECONDS:
            self._left_out = (done, total)
            return
        self._last = now
        self._pass(done, total)

    def flush(self) -> None:
        """Pass on what was left out."""
        if self._left_out is not None:
            self._pass(*self._left_out)

    def _pass(self, done: int, total: int) -> None:
        self._left_out = None
        self._note(done, total)
        if self._outer is not None:
            self._outer(done, total)


def _on_files(job: Job, session: Session | None, report: Progress, cancelled: IsCancelled) -> Job:
    if session is None:
        raise ValueError("this job needs an open vault")
    order, paths = job.order, job.order.paths
    output, overwrite = order.output, order.overwrite
    if order.act is Act.DECRYPT:
        items = decrypt_files(
            session,
            paths,
            output=output,
            overwrite=overwrite,
            keep_both=order.keep_both,
            progress=report,
            cancelled=cancelled,
        )
    elif order.act is Act.RE_ENCRYPT:
        items = re_encrypt_files(session, paths, progress=report, cancelled=cancelled)
    elif order.act is Act.ENCRYPT:
        items = encrypt_ordered(session, order, progress=report, cancelled=cancelled)
    else:
        pairs = list(zip(paths, order.encrypted, strict=True))
        items = trash_originals(session, pairs, progress=report, cancelled=cancelled)
    return replace(job, state=_end(item.error for item in items), items=items)


def _verify(job: Job, session: Session | None, progress: Progress, cancelled: IsCancelled) -> Job:
    order = job.order
    tally = Tally(order.paths, progress=progress, cancelled=cancelled)
    checks: list[Checked] = []
    for index, path in enumerate(order.paths):
        signature = order.signatures[index] if index < len(order.signatures) else None
        try:
            tally.check()
            verification = verify_file(
                path,
                signature,
                trust=order.trust,
                session=session,
                progress=_only_done(tally.within(index)),
                cancelled=cancelled,
            )
        except SignetError as error:
            checks.append(Checked(path, error=error))
        else:
            checks.append(Checked(path, verification))
        tally.finished(index)
    return replace(job, state=_end(check.error for check in checks), checks=tuple(checks))


def _end(errors: Iterable[SignetError | None]) -> JobState:
    known = [error for error in errors if error is not None]
    if any(isinstance(error, Cancelled) for error in known):
        return JobState.CANCELLED
    return JobState.FAILED if known else JobState.DONE


def _only_done(report: Callable[[int], None]) -> Progress:
    return lambda done, _: report(done)


def _never() -> bool:
    return False
