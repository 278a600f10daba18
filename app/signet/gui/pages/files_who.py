"""For whom something is encrypted, asked in the page's panel; what is dropped meanwhile is encrypted so."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from signet.errors import SignetError
from signet.gui.desk import Desk
from signet.gui.pages.files_key import FileKey
from signet.gui.pages.files_who_question import WhoQuestion
from signet.gui.pages.files_work import NOBODY_ELSE, Asked, Whom, read_for_question
from signet.gui.pages.jobs_acts import ask_for_files, ask_for_folder
from signet.gui.tasks import Tasks
from signet.gui.theme import Theme
from signet.gui.widgets.side_panel import SidePanel


class ForWhom(QObject):
    """Asks for whom; what is chosen or dropped while it asks is encrypted so."""

    chosen = Signal(tuple, object)
    """Carries paths, and the Whom that they are to be encrypted for."""
    failed = Signal(object)

    def __init__(self, desk: Desk, tasks: Tasks, theme: Theme, panel: SidePanel, key: FileKey, page: QWidget) -> None:
        super().__init__(page)
        self._page, self._whom = page, NOBODY_ELSE
        self._desk, self._tasks, self._theme, self._panel, self._key = desk, tasks, theme, panel, key
        self.question: WhoQuestion | None = None
        panel.closed.connect(self._closed)

    def ask(self) -> None:
        """Read the people, then ask."""
        session = self._desk.session
        if session is not None:
            self._tasks.run(lambda _: read_for_question(session), done=self._show, failed=self._fail, quiet=True)

    def choose_files(self, whom: Whom) -> None:
        """Ask for files to be encrypted so."""
        self._whom = whom
        ask_for_files(self._page, title="Files to encrypt", chosen=self._files_chosen)

    def answer(self) -> Whom | None:
        """What is chosen now, and the end of the question; None if nothing is asked."""
        whom = self.question.whom if self.question is not None and self.question.isVisible() else None
        if whom is not None:
            self._panel.close_panel()
        return whom

    @property
    def undecided(self) -> bool:
        """Whether it is asked, and what stands there is nothing that could be done."""
        return self.question is not None and self.question.isVisible() and self.question.whom is None

    def _show(self, asked: Asked) -> None:
        question = WhoQuestion(self._theme, self._key.keys, asked.people, asked.age_keys)
        question.files_wanted.connect(self._want_files)
        question.folder_wanted.connect(self._want_folder)
        self._panel.open_with(
            "Encrypt for…",
            question,
            question.folder_button,
            question.files_button,
            focus=question.people if asked.people else question.note,
        )
        self.question = question

    def _want_files(self) -> None:
        whom = self.answer()
        if whom is not None:
            self.choose_files(whom)

    def _want_folder(self) -> None:
        whom = self.answer()
        if whom is not None:
            self._whom = whom
            ask_for_folder(self._page, title="Folder to encrypt", chosen=self._folder_chosen)

    def _files_chosen(self, paths: Sequence[str]) -> None:
        self.chosen.emit(tuple(paths), self._whom)

    def _folder_chosen(self, path: str) -> None:
        self.chosen.emit((path,), self._whom)

    def _closed(self) -> None:
        self.question = None

    def _fail(self, error: SignetError) -> None:
        self.failed.emit(error)
