"""Decrypted copies that are still on this disk: how many, which, and what to do with each."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from signet.errors import SignetError
from signet.gui.design import SPACE
from signet.gui.desk import Desk
from signet.gui.pages.jobs_folder import show_in_folder
from signet.gui.pages.reading import Reader
from signet.gui.tasks import Tasks
from signet.gui.widgets.buttons import link_button, plain_button
from signet.gui.widgets.side_panel import SidePanel
from signet.gui.widgets.text import ElidedLabel, label, line
from signet.services.copies import decrypted_copies, forget_copy
from signet.services.files_inspect import shown
from signet.services.files_items import Item
from signet.services.files_proof import trash_copies
from signet.store.tables.copies import CopyRecord

LISTED = 50
"""Copies that are listed; of more the number is said."""
WHAT = (
    "They were decrypted here, and anyone who can read this disk can read them. What you changed in one since is in "
    "no encrypted file. A trash is no shredder; “Forget” leaves the copy and only takes it off this list."
)


class CopiesList(QWidget):
    """The copies, each with its buttons."""

    shown_in_folder = Signal(str)
    forgotten = Signal(str)
    trashed = Signal(object)
    """Carries the paths of those that are to go to the trash."""

    def __init__(self, copies: Sequence[CopyRecord]) -> None:
        super().__init__()
        paths = [copy.path for copy in copies]
        self.all_button = plain_button("Move all to trash", name="Move all of these copies to the trash")
        self.all_button.clicked.connect(lambda: self.trashed.emit(paths))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.small)
        column.addWidget(label(WHAT, "muted", wrap=True))
        for copy in copies[:LISTED]:
            column.addWidget(line())
            for widget in self._row(copy):
                column.addWidget(widget)
        if len(copies) > LISTED:
            column.addWidget(label(f"And {len(copies) - LISTED} more.", "muted"))
        column.addStretch(1)

    def _row(self, copy: CopyRecord) -> tuple[QWidget, ...]:
        name, folder = shown(os.path.basename(copy.path)), shown(os.path.dirname(copy.path))
        title, where, buttons = ElidedLabel(name), label(folder, "small", wrap=True), QWidget()
        row = QHBoxLayout(buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE.medium)
        for button in self._buttons(copy.path, name):
            row.addWidget(button)
        row.addStretch(1)
        return title, where, buttons

    def _buttons(self, path: str, name: str) -> tuple[QPushButton, ...]:
        show = link_button("Show in folder", name=f"Show {name} in its folder")
        show.clicked.connect(partial(self.shown_in_folder.emit, path))
        move = link_button("Move to trash", name=f"Move {name} to the trash")
        move.clicked.connect(partial(self.trashed.emit, [path]))
        forget = link_button("Forget", name=f"Forget {name}, which stays")
        forget.clicked.connect(partial(self.forgotten.emit, path))
        return show, move, forget


class Copies(QObject):
    """Knows the copies, says how many there are in ``strip``, and lists them in the panel."""

    failed = Signal(object)

    def __init__(self, desk: Desk, tasks: Tasks, panel: SidePanel, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._tasks, self._panel = desk, tasks, panel
        self._found: tuple[CopyRecord, ...] = ()
        self.list: CopiesList | None = None
        self.strip = QFrame()
        self._said = label("", "warn")
        self.show_button = link_button("Show them", name="Show the decrypted copies")
        row = QHBoxLayout(self.strip)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE.small)
        row.addWidget(self._said)
        row.addWidget(self.show_button)
        row.addStretch(1)
        self.strip.hide()
        self.show_button.clicked.connect(self.show_list)
        self._reader = Reader(desk, tasks, self)
        self._reader.arrived.connect(self._learn)
        panel.closed.connect(self._closed)
        desk.unlocked.connect(self.read)
        desk.changed.connect(self.read)
        desk.locked.connect(self._locked)
        self.read()

    @property
    def found(self) -> tuple[CopyRecord, ...]:
        """The copies that are there, newest first."""
        return self._found

    def read(self) -> None:
        """Look for them anew."""
        self._reader.read(lambda session, _: decrypted_copies(session))

    def show_list(self) -> None:
        """List them in the panel."""
        made = CopiesList(self._found)
        made.shown_in_folder.connect(self._show_in_folder)
        made.forgotten.connect(self._forget)
        made.trashed.connect(self._trash)
        self._panel.open_with("Decrypted copies", made, made.all_button)
        self.list = made

    def _learn(self, found: object) -> None:
        before, self._found = self._found, found if isinstance(found, tuple) else ()
        count = len(self._found)
        copies = "1 decrypted copy is" if count == 1 else f"{count} decrypted copies are"
        self._said.setText(f"{copies} still on this disk.")
        self.show_button.setText("Show it" if count == 1 else "Show them")
        self.strip.setVisible(count > 0)
        if self.list is None or before == self._found:
            return
        if count:
            self.show_list()
        else:
            self._panel.close_panel()

    def _show_in_folder(self, path: str) -> None:
        show_in_folder(path, self)

    def _forget(self, path: str) -> None:
        session = self._desk.session
        if session is not None:
            self._tasks.run(lambda _: forget_copy(session, path), done=self._changed, failed=self._fail)

    def _trash(self, paths: list[str]) -> None:
        session = self._desk.session
        if session is not None:
            self._tasks.run(lambda _: trash_copies(session, paths), done=self._trashed, failed=self._fail)

    def _trashed(self, items: tuple[Item, ...]) -> None:
        self._changed(None)
        error = next((item.error for item in items if item.error is not None), None)
        if error is not None:
            self._fail(error)

    def _changed(self, _: object) -> None:
        self.read()
        self._desk.note_change()

    def _fail(self, error: SignetError) -> None:
        self.failed.emit(error)

    def _closed(self) -> None:
        self.list = None

    def _locked(self, _: str) -> None:
        self._learn(())
