"""What becomes of a folder on the page Files: one encrypted file, or one for each file in it; asked once."""

from __future__ import annotations

import os
from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from signet.errors import SignetError
from signet.gui.design import SPACE
from signet.gui.desk import Desk
from signet.gui.pages import files_work
from signet.gui.pages.files_work import NOBODY_ELSE, FolderFound, Whom
from signet.gui.tasks import Tasks
from signet.gui.widgets.buttons import plain_button, primary_button
from signet.gui.widgets.pace import size_text
from signet.gui.widgets.side_panel import SidePanel
from signet.gui.widgets.text import label
from signet.store.settings import FOLDERS_ARCHIVE, FOLDERS_EACH

ONE = (
    "It holds the whole folder and hides the names in it. Decrypted, it is the folder again. Best for keeping and "
    "for sending."
)
EACH = (
    "Every file gets an encrypted file beside it. Names stay visible, and each can be opened without the others. "
    "Best for a folder that you go on working in."
)
STAYS = "What is there now stays as it is, unencrypted."


class FolderQuestion(QWidget):
    """One file, or one for each? ``chosen`` carries what the settings call it."""

    chosen = Signal(str)

    def __init__(self, folders: Sequence[FolderFound]) -> None:
        super().__init__()
        self.one_button = primary_button(
            "Make one encrypted file" if len(folders) == 1 else "Make one for each folder"
        )
        self.each_button = plain_button("Encrypt file by file")
        self.remember = QCheckBox("Do so from now on")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.small)
        column.addWidget(label(said_of(folders), "body", wrap=True))
        column.addSpacing(SPACE.small)
        column.addWidget(self.one_button)
        column.addWidget(label(ONE, "muted", wrap=True))
        column.addSpacing(SPACE.medium)
        column.addWidget(self.each_button)
        column.addWidget(label(EACH, "muted", wrap=True))
        column.addSpacing(SPACE.medium)
        column.addWidget(self.remember)
        column.addWidget(label(STAYS, "small", wrap=True))
        column.addStretch(1)
        self.one_button.clicked.connect(lambda: self.chosen.emit(FOLDERS_ARCHIVE))
        self.each_button.clicked.connect(lambda: self.chosen.emit(FOLDERS_EACH))


def said_of(folders: Sequence[FolderFound]) -> str:
    """Say what was given."""
    files = sum(folder.files for folder in folders)
    inside = f"{files} file{'' if files == 1 else 's'}, {size_text(sum(folder.size for folder in folders))}"
    if len(folders) == 1:
        return f"“{os.path.basename(folders[0].path) or folders[0].path}” is a folder: {inside}."
    return f"These are {len(folders)} folders: {inside}."


class FolderAsking(QObject):
    """Asks in the page's panel. A question that is closed unanswered is `given_up`."""

    chosen = Signal(object, str, object)
    """Carries the paths, what becomes of the folders among them, and the key's id, empty if that is not settled."""
    given_up = Signal(object)
    """Carries the paths."""
    failed = Signal(object)

    def __init__(self, desk: Desk, tasks: Tasks, panel: SidePanel, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._tasks, self._panel = desk, tasks, panel
        self._folders: tuple[FolderFound, ...] = ()
        self._besides: tuple[str, ...] = ()
        self._whom = NOBODY_ELSE
        self.question: FolderQuestion | None = None
        panel.closed.connect(self.give_up)

    def ask(self, folders: Sequence[FolderFound], besides: Sequence[str], whom: Whom) -> None:
        """Ask what becomes of these, and of those that a question is on the screen about.

        ``besides`` are files that were given together with them and wait for the answer too.
        """
        self._folders += tuple(folders)
        self._besides += tuple(besides)
        self._whom = whom
        question = FolderQuestion(self._folders)
        question.chosen.connect(self._chosen)
        self.question = question
        self._panel.open_with(
            "A folder" if len(self._folders) == 1 else "Folders", question, focus=question.one_button
        )

    def give_up(self) -> None:
        """Leave the question unanswered, if there is one."""
        if self.question is not None:
            self.question = None
            self.given_up.emit(self._taken())

    def _chosen(self, how: str) -> None:
        question, self.question = self.question, None
        paths = self._taken()
        self._panel.close_panel()
        if question is not None and question.remember.isChecked():
            workplace = self._desk.workplace
            self._tasks.run(
                lambda _: files_work.remember(workplace, folders=how),
                done=self._remembered,
                failed=self._failed,
                quiet=True,
            )
        self.chosen.emit(paths, how, self._whom)

    def _taken(self) -> tuple[str, ...]:
        folders, self._folders = self._folders, ()
        besides, self._besides = self._besides, ()
        return (*besides, *(folder.path for folder in folders))

    def _remembered(self, _: object) -> None:
        self._desk.note_change()

    def _failed(self, error: SignetError) -> None:
        self.failed.emit(error)
