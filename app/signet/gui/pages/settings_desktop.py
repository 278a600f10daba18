"""One row of the settings: Signet in the file manager, added and taken away."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QLabel

from signet.errors import SignetError
from signet.gui.pages.settings_parts import Card
from signet.gui.tasks import TaskContext, Tasks
from signet.gui.widgets.buttons import plain_button
from signet.services import desktop

TITLE = "Signet in the file manager"
OFFER = "Encrypt, decrypt, sign and check from the menu of a file; a double-click opens encrypted files."
THERE = "It is in the menu of files, and a double-click opens encrypted files."
OLD = "It is there, and starts another Signet, or an older one."


class FileManagerRow(QObject):
    """Reads how it is, in a task, and changes it at a click."""

    failed = Signal(object)

    def __init__(self, tasks: Tasks, card: Card, parent: QObject) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._busy = False
        self.add_button = plain_button("Add", name="Add Signet to the file manager")
        self.remove_button = plain_button("Remove", name="Remove Signet from the file manager")
        self.said: QLabel = card.add_row(TITLE, OFFER, self.add_button, self.remove_button)
        self.add_button.clicked.connect(lambda: self._run(desktop.install))
        self.remove_button.clicked.connect(lambda: self._run(desktop.remove))
        self.remove_button.hide()
        self.read()

    def read(self) -> None:
        """Look how it is now."""
        self._tasks.run(lambda _: desktop.status(), done=self._show, failed=self._fail, quiet=True)

    def _run(self, change: Callable[[], desktop.Desktop]) -> None:
        if self._busy:
            return
        self._busy = True

        def work(_: TaskContext) -> desktop.Desktop:
            change()
            return desktop.status()

        self._tasks.run(work, done=self._changed, failed=self._fail)

    def _changed(self, found: desktop.Desktop) -> None:
        self._busy = False
        self._show(found)
        # The button that was pressed is gone: the other one has its place, and the keyboard.
        (self.remove_button if found.installed else self.add_button).setFocus()

    def _show(self, found: desktop.Desktop) -> None:
        some = any(place.state in (desktop.State.PRESENT, desktop.State.OLD) for place in found.places)
        self.said.setText(THERE if found.installed else OLD if some else OFFER)
        self.add_button.setText("Update" if some else "Add")
        self.add_button.setVisible(not found.installed)
        self.remove_button.setVisible(some)

    def _fail(self, error: SignetError) -> None:
        self._busy = False
        self.failed.emit(error)
