"""What becomes due while a vault stays open: keys rotated, the day's backup made, once an hour."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from signet.gui.desk import Desk
from signet.gui.tasks import Tasks
from signet.services.upkeep import hourly

HOUR = 3_600_000
"""Milliseconds."""


class Upkeep(QObject):
    """Looks while a vault is unlocked; what cannot be done is said by the service, and tried again."""

    def __init__(self, desk: Desk, tasks: Tasks, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._tasks = desk, tasks
        self.timer = QTimer(self)
        self.timer.setInterval(HOUR)
        self.timer.timeout.connect(self.look)
        desk.unlocked.connect(self.timer.start)
        desk.locked.connect(self._stop)

    def look(self) -> None:
        """Do what is due."""
        session = self._desk.session
        if session is not None:
            self._tasks.run(lambda _: hourly(session), done=self._did, failed=self._ignore, quiet=True)

    def _did(self, anything: bool) -> None:
        if anything:
            self._desk.note_change()

    def _ignore(self, _: object) -> None:
        """The vault was locked meanwhile; what the service could not do, it has said."""

    def _stop(self, _: str) -> None:
        self.timer.stop()
