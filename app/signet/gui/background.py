"""Going on without a window: jobs that were started go on while it is away, and Signet ends when they are done.

The window comes back by itself when somebody is needed (a question, a card that waits, jobs that wait for the
vault) and when something has to be told: what failed, was stopped or was checked. What went well needs no window;
the log has it. Locking goes on as ever (DESIGN.md, section 11).
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QTimer

from signet.gui.book import Book
from signet.gui.prompt import WindowPrompt
from signet.gui.tasks import Tasks
from signet.gui.window import MainWindow
from signet.services.job import Act, Job, JobState

LOOK_MILLISECONDS = 300
"""How often it is looked whether all is done, or somebody is needed."""


class Background(QObject):
    """Sends the window away and brings it back. Lives in the GUI thread."""

    def __init__(self, window: MainWindow, tasks: Tasks, prompt: WindowPrompt, book: Book, parent: QObject) -> None:
        super().__init__(parent)
        self._window, self._tasks, self._prompt, self._book = window, tasks, prompt, book
        self._away = False
        self._before: frozenset[tuple[int, int]] = frozenset()
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MILLISECONDS)
        self._timer.timeout.connect(self._look)
        window.background_possible = self.possible
        window.background_wanted.connect(self.leave)
        tasks.broken.connect(self.come_back)

    @property
    def away(self) -> bool:
        """Whether the window was sent away."""
        return self._away

    def possible(self) -> bool:
        """Whether jobs run that need nobody just now."""
        return any(board.busy for board in self._book.boards) and not self._needed()

    def leave(self) -> None:
        """Send the window away; what was paused goes on, for nobody could let it go on later."""
        for board in self._book.boards:
            board.pause(False)
        self._before = frozenset(self._ended())
        self._away = True
        self._window.hide()
        self._timer.start()

    def come_back(self, *_: object) -> None:
        """Show the window, from wherever it is, and what became of the jobs meanwhile."""
        window = self._window
        if window.windowState() & Qt.WindowState.WindowMinimized:
            window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
        window.show()
        window.raise_()
        window.activateWindow()
        if not self._away:
            return
        self._away = False
        self._timer.stop()
        said = self._said()
        if said:
            window.banner.show_message("", said, kind="accent")
        shown = next((name for name, page in self._book.job_pages if page.board.jobs.all()), "")
        if shown and window.state == "open":
            self._book.wanted.emit(shown)

    def _ended(self) -> dict[tuple[int, int], Job]:
        """Jobs that have ended, by board and id."""
        boards = enumerate(self._book.boards)
        return {(number, job.id): job for number, board in boards for job in board.jobs.all() if job.state.ended}

    def _news(self) -> list[Job]:
        return [job for known, job in self._ended().items() if known not in self._before]

    def _needed(self) -> bool:
        return self._prompt.current is not None or self._prompt.waits.current is not None

    def _look(self) -> None:
        if self._needed():
            self.come_back()
        elif not self._tasks.busy:
            to_tell = any(job.state is not JobState.DONE or job.order.act is Act.VERIFY for job in self._news())
            if to_tell or any(board.busy for board in self._book.boards):
                self.come_back()
            else:
                self._timer.stop()
                self._window.end()

    def _said(self) -> str:
        """Sum up what happened meanwhile; empty if nothing ended."""
        news = self._news()
        well = sum(job.state is JobState.DONE for job in news)
        waiting = sum(job.state is JobState.WAITING for board in self._book.boards for job in board.jobs.all())
        parts = [
            f"{well} done" if well else "",
            f"{len(news) - well} not done" if len(news) > well else "",
            f"{waiting} waiting" if waiting else "",
        ]
        found = ", ".join(part for part in parts if part)
        return f"While the window was away: {found}." if found else ""
