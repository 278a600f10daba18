"""The line above a list of jobs: how many run and wait, pausing them, clearing what is over."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.pages.jobs import JobBoard
from signet.gui.widgets.buttons import link_button
from signet.gui.widgets.text import label
from signet.services.job import JobState

_KEPT = "What is stopped leaves nothing half-done behind"
_SHOWN = ((JobState.RUNNING, "running"), (JobState.PAUSED, "paused"), (JobState.WAITING, "waiting"))


class JobStrip(QWidget):
    """Says what the board does; `show_counts` whenever that may have changed."""

    clear_wanted = Signal()
    retry_wanted = Signal()
    """Everything that failed is to be tried again."""

    def __init__(self, board: JobBoard) -> None:
        super().__init__()
        self._board = board
        self._summary = label("", "small")
        self._hint = label(_KEPT, "small")
        self._hint.setMinimumWidth(1)  # else the list could not become narrower than it
        self.retry_button = link_button("Try failed ones again", name="Try everything that failed again")
        self.pause_button = link_button("Pause all")
        self.cancel_button = link_button("Cancel all", name="Cancel all jobs")
        self.clear_button = link_button("Clear list")
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE.wide, SPACE.tiny, SPACE.wide, SPACE.tiny)
        row.setSpacing(SPACE.small)
        row.addWidget(self._summary)
        row.addSpacing(SPACE.medium)
        row.addWidget(self._hint)
        row.addStretch(1)
        for button in (self.retry_button, self.pause_button, self.cancel_button, self.clear_button):
            row.addWidget(button)
        self.retry_button.clicked.connect(self.retry_wanted)
        self.pause_button.clicked.connect(self._pause)
        self.cancel_button.clicked.connect(board.cancel_all)
        self.clear_button.clicked.connect(self.clear_wanted)

    @property
    def summary(self) -> str:
        """The words on the left."""
        return self._summary.text()

    def show_counts(self, results: int, *, failed: int = 0) -> int:
        """Show what runs and how many results there are; return how many jobs have not ended.

        ``failed`` counts the results that can be tried again; a single one has a button of its own.
        """
        counts = [(self._board.count(state), word) for state, word in _SHOWN]
        busy = " · ".join(f"{count} {word}" for count, word in counts if count)
        over = "1 result" if results == 1 else f"{results} results"
        self._summary.setText(busy or over)
        held = self._held
        self.pause_button.setText("Continue all" if held else "Pause all")
        self.pause_button.setAccessibleName("Continue all jobs" if held else "Pause all jobs")
        self.pause_button.setVisible(bool(busy))
        self.cancel_button.setVisible(bool(busy))
        self.retry_button.setVisible(failed > 1)
        self.clear_button.setVisible(results > 0)
        self._fit()
        return sum(count for count, _ in counts)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the hint out where there is no room for all of it."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        buttons = (self.retry_button, self.pause_button, self.cancel_button, self.clear_button)
        there = [self._summary, self._hint, *(button for button in buttons if not button.isHidden())]
        gaps = SPACE.wide * 2 + SPACE.medium + SPACE.small * (len(there) + 1)
        wanted = sum(part.sizeHint().width() for part in there) + gaps
        self._hint.setVisible(not self.cancel_button.isHidden() and wanted <= self.width())

    @property
    def _held(self) -> bool:
        """Whether nothing goes on: all was paused, or each by itself."""
        paused, running = self._board.count(JobState.PAUSED), self._board.count(JobState.RUNNING)
        return self._board.jobs.held or (paused > 0 and running == 0)

    def _pause(self) -> None:
        self._board.pause(not self._held)
