"""The window's own questions, as cards over it: stop what runs, in order to close or to lock?"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from signet.gui.theme import Theme
from signet.gui.widgets.buttons import danger_button, plain_button, primary_button
from signet.gui.widgets.overlay import Overlay
from signet.gui.widgets.text import label

_WIDTH = 560
_STOPPED = "What is stopped leaves nothing half-done behind; it can be started again later."
_GOES_ON = (
    "In the background it goes on without a window, and Signet ends when all is done. If something needs you, the "
    "window comes back; starting Signet again brings it back too."
)
_OVER = "Nothing is running any more"
_OVER_SAID = "What was running ended while you were asked."


class StopJobs(Overlay):
    """Asks what becomes of running jobs. Escape keeps everything as it is."""

    close_confirmed = Signal()
    background_wanted = Signal()
    """The window is to go, and what runs to go on."""
    lock_confirmed = Signal(bool)
    """Carries whether the jobs are to be stopped; else they finish behind the lock."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent, width=_WIDTH)
        self.setObjectName("stop-jobs")
        self._closing = True
        self._title = label("", "title", wrap=True)
        self._sentence = label("", "muted", wrap=True)
        self.keep_button = plain_button("Keep working")
        self.finish_button = primary_button("Lock, let them finish")
        self.background_button = primary_button("Go on in the background")
        self.stop_button = danger_button("Stop and close")
        self.over_button = primary_button("Close")
        row = QHBoxLayout()
        row.addStretch(1)
        buttons = (self.stop_button, self.keep_button, self.background_button, self.finish_button, self.over_button)
        for button in buttons:
            row.addWidget(button)
        self.body.addWidget(self._title)
        self.body.addWidget(self._sentence)
        self.body.addLayout(row)
        self.keep_button.clicked.connect(self.close_overlay)
        self.dismissed.connect(self.close_overlay)
        self.finish_button.clicked.connect(self._finish)
        self.background_button.clicked.connect(self._leave)
        self.stop_button.clicked.connect(self._stop)
        self.over_button.clicked.connect(self._stop)

    def ask_to_close(self, jobs: int, *, background: bool = False) -> None:
        """Ask before the window closes over ``jobs`` running jobs, which may go on if ``background``."""
        self._ask(jobs, closing=True, background=background)

    def ask_to_lock(self, jobs: int) -> None:
        """Ask before the vault locks over ``jobs`` running jobs."""
        self._ask(jobs, closing=False)

    def say_over(self) -> None:
        """Ask without the jobs, if the question is still there: none of them runs any more."""
        if not self.isVisible():
            return
        self._title.setText(_OVER)
        self._sentence.setText(_OVER_SAID)
        self.over_button.setText("Close" if self._closing else "Lock")
        self.over_button.setVisible(True)
        for button in (self.stop_button, self.finish_button, self.background_button):
            button.setVisible(False)
        self.card.setAccessibleName(_OVER)
        self.fit()
        self.keep_button.setFocus()

    def _ask(self, jobs: int, *, closing: bool, background: bool = False) -> None:
        self._closing = closing
        self._title.setText("A job is still running" if jobs == 1 else f"{jobs} jobs are still running")
        self._sentence.setText(f"{_STOPPED} {_GOES_ON if background else ''}".strip())
        self.stop_button.setText("Stop and close" if closing else "Stop and lock")
        self.stop_button.setAccessibleName(self.stop_button.text())
        self.stop_button.setVisible(True)
        self.over_button.setVisible(False)
        self.finish_button.setText("Lock, let it finish" if jobs == 1 else "Lock, let them finish")
        self.finish_button.setVisible(not closing)
        self.background_button.setVisible(background)
        self.card.setAccessibleName(self._title.text())
        self.open_overlay(self.keep_button)

    def _finish(self) -> None:
        self.close_overlay()
        self.lock_confirmed.emit(False)

    def _leave(self) -> None:
        self.close_overlay()
        self.background_wanted.emit()

    def _stop(self) -> None:
        self.close_overlay()
        if self._closing:
            self.close_confirmed.emit()
        else:
            self.lock_confirmed.emit(True)
