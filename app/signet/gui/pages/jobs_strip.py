"""The line above a list of jobs: how many run and wait, pausing them, clearing what is over."""

from __future__ import annotations

from PySide6.QtCore import Signal
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

    def __init__(self, board: JobBoard) -> None:
        super().__init__()
        self._board = board
        self._summary = label("", "small")
        self.pause_button = link_button("Pause")
        self.clear_button = link_button("Clear list")
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE.wide, SPACE.tiny, SPACE.wide, SPACE.tiny)
        row.addWidget(self._summary)
        row.addStretch(1)
        row.addWidget(self.pause_button)
        row.addWidget(self.clear_button)
        self.pause_button.clicked.connect(self._pause)
        self.clear_button.clicked.connect(self.clear_wanted)

    @property
    def summary(self) -> str:
        """The words on the left."""
        return self._summary.text()

    def show_counts(self, results: int) -> int:
        """Show what runs and how many results there are; return how many jobs have not ended."""
        counts = [(self._board.count(state), word) for state, word in _SHOWN]
        busy = " · ".join(f"{count} {word}" for count, word in counts if count)
        over = "1 result" if results == 1 else f"{results} results"
        self._summary.setText(f"{busy}     {_KEPT}" if busy else over)
        held = self._board.jobs.held
        self.pause_button.setText("Continue" if held else "Pause")
        self.pause_button.setAccessibleName("Continue all jobs" if held else "Pause all jobs")
        self.pause_button.setVisible(bool(busy))
        self.clear_button.setVisible(results > 0)
        return sum(count for count, _ in counts)

    def _pause(self) -> None:
        self._board.pause(not self._board.jobs.held)
