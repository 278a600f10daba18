"""Long work at a terminal: a progress bar on standard error, and signals that let the work stop cleanly.

Ctrl-C (SIGINT) and SIGTERM end a command alike, with everything cleaned up; only the exit status tells them apart.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import FrameType

from signet.cli.output import Output

Progress = Callable[[int, int], None]


class Terminated(KeyboardInterrupt):
    """SIGTERM: as if the person had pressed Ctrl-C, but somebody else did and nobody needs to be told."""


def terminate(_number: int, _frame: FrameType | None) -> None:
    """Handle SIGTERM: end by way of every ``finally``; a second one does not disturb that."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Terminated


@dataclass(frozen=True)
class Running:
    """What a service is given: ``progress`` (bytes done, bytes in all; None if nobody looks) and ``cancelled``."""

    progress: Progress | None
    cancelled: Callable[[], bool]


@contextmanager
def running(output: Output, title: str, *, entries: bool = False) -> Iterator[Running]:
    """Show progress under ``title`` and turn the first Ctrl-C into ``cancelled``; a second one interrupts at once.

    ``entries``: it counts entries, not bytes. SIGTERM does the same; when the work has stopped it raises Terminated.
    """
    with ExitStack() as stack:
        cancelled = stack.enter_context(_interruptible())
        progress = stack.enter_context(_bar(output, title, entries=entries)) if output.shows_progress else None
        before, output.stopping = output.stopping, cancelled
        try:
            yield Running(progress, cancelled)
        finally:
            output.stopping = before


@contextmanager
def _interruptible() -> Iterator[Callable[[], bool]]:
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return
    terminated = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        if asked.is_set():
            signal.default_int_handler(number, frame)
        asked.set()

    def stop_and_leave(number: int, frame: FrameType | None) -> None:
        if terminated.is_set():
            terminate(number, frame)
        terminated.set()
        asked.set()

    with handling(signal.SIGINT, stop), handling(signal.SIGTERM, stop_and_leave):
        try:
            yield asked.is_set
        finally:
            if terminated.is_set():
                raise Terminated


@contextmanager
def handling(number: int, handler: Callable[[int, FrameType | None], object]) -> Iterator[None]:
    """Handle a signal by ``handler`` for a while; only in the main thread.

    Who started this may have it ignored (nohup, or ``&`` in a script; POSIX, signal(3)): then it stays ignored.
    """
    if signal.getsignal(number) is signal.SIG_IGN:
        yield
        return
    before = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, before)


@contextmanager
def _bar(output: Output, title: str, *, entries: bool) -> Iterator[Progress]:
    # rich takes 50 ms to load; only people at a terminal see what it does.
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )
    from rich.progress import Progress as Bar

    amount = (MofNCompleteColumn(),) if entries else (DownloadColumn(), TransferSpeedColumn())
    bar = Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        *amount,
        TimeRemainingColumn(),
        console=Console(file=output.err),
        transient=True,
    )
    task = bar.add_task(title, total=None)

    def show(done: int, total: int) -> None:
        # Only now: a PIN may be asked for before the work begins, on the line where the bar would be.
        bar.start()
        bar.update(task, completed=done, total=total)

    def say(text: str) -> bool:
        """Show a text in the place of the title, if the bar is on the screen; an empty one brings the title back."""
        if bar.live.is_started:
            bar.update(task, description=text or title)
        return bar.live.is_started

    output.beside = say
    try:
        yield show
    finally:
        output.beside = None
        bar.stop()
