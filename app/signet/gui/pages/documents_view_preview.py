"""What is seen of a document: its pages, or a quiet plate that says what it is, or why nothing can be shown."""

from __future__ import annotations

import os

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from signet.errors import FileSecretIncorrect, FileSecretMissing, SignetError
from signet.gui.design import SPACE
from signet.gui.pages.documents_loader import PageLoader
from signet.gui.pages.documents_preview import PageView
from signet.gui.pages.key_host import gave_up
from signet.gui.sentences import words
from signet.gui.tasks import TaskContext, Tasks
from signet.gui.theme import Theme
from signet.gui.widgets.forms import column
from signet.gui.widgets.text import label
from signet.secret import Secret
from signet.services.files_inspect import shown
from signet.services.previews import Pages, Preview

_WIDTH = 380


class DocumentPreview(QWidget):
    """Shows one document at a time. ``pages`` is for whoever lays something over them."""

    opened = Signal()
    """The document is there to be looked at, or cannot be shown; its signatures can be checked now."""
    locked = Signal(bool)
    """It wants a password; true if the one that was given is wrong."""

    def __init__(self, theme: Theme, tasks: Tasks) -> None:
        super().__init__()
        self._tasks = tasks
        self._preview: Preview | None = None
        self._loader: PageLoader | None = None
        self._name = ""
        self.opening = False
        """Whether the document is being opened."""
        self.pages = PageView(theme)
        self._plate = _Plate(theme)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._plate)
        self._stack.addWidget(self.pages)
        column(self).addWidget(self._stack)

    @property
    def shows_pages(self) -> bool:
        """Whether there are pages."""
        return self._stack.currentWidget() is self.pages

    @property
    def plate_words(self) -> tuple[str, str]:
        """Title and sentence of the plate."""
        return self._plate.title.text(), self._plate.sentence.text()

    def open_document(self, path: str) -> None:
        """Show the pages of a PDF."""
        self.close_document()
        self._name = shown(os.path.basename(path))
        self._preview = Preview(path)
        self._plate.show_words("document", self._name, "Opening…")
        self._stack.setCurrentWidget(self._plate)
        self._look(None)

    def unlock(self, password: Secret) -> None:
        """Try a password, once; `opened` or `locked` says what came of it. The caller wipes it."""
        self._look(password.copy())

    def show_plate(self, path: str, sentence: str) -> None:
        """Show what a file is that has no pages."""
        self.close_document()
        self._name = shown(os.path.basename(path))
        self._plate.show_words("file", self._name, sentence)
        self._stack.setCurrentWidget(self._plate)

    def fresh(self) -> bool:
        """Whether the file is still the one that is shown; blocking, for a task."""
        preview = self._preview
        return preview is None or preview.fresh()

    def close_document(self, *, at_once: bool = False) -> None:
        """Show nothing, and end what drew it: in a task, unless ``at_once``."""
        preview, self._preview = self._preview, None
        loader, self._loader = self._loader, None
        self.opening = False
        self.pages.clear()
        if loader is not None:
            loader.stop()
            loader.deleteLater()
        if preview is not None and at_once:
            preview.close()
        elif preview is not None:
            self._tasks.run(lambda _: preview.close(), done=_ignore, failed=_ignore, quiet=True)

    def _look(self, password: Secret | None) -> None:
        preview = self._preview
        if preview is None:
            return
        self.opening = True

        def work(context: TaskContext) -> Pages:
            if password is None:
                return preview.look(cancelled=context.cancelled)
            with password:
                return preview.look(password, cancelled=context.cancelled)

        def done(pages: Pages) -> None:
            if preview is self._preview:
                self._show(preview, pages)

        def failed(error: SignetError) -> None:
            if preview is self._preview:
                self._fail(error)

        self._tasks.run(work, done=done, failed=failed, quiet=True)

    def _show(self, preview: Preview, pages: Pages) -> None:
        self.opening = False
        self._loader = PageLoader(self._tasks, preview, self)
        self._stack.setCurrentWidget(self.pages)
        self.pages.show_pages(self._name, pages, self._loader)
        self.opened.emit()

    def _fail(self, error: SignetError) -> None:
        self.opening = False
        if isinstance(error, FileSecretMissing | FileSecretIncorrect):
            self._plate.show_words("lock", self._name, "It is locked with a password of its own.")
            self.locked.emit(isinstance(error, FileSecretIncorrect))
            return
        if not gave_up(error):
            reason = getattr(error, "reason", None)
            sentence = f"Its pages cannot be shown: {reason}." if reason else words(error).text
            self._plate.show_words("document", self._name, sentence)
            self.opened.emit()


class _Plate(QWidget):
    """An icon, a name and a sentence, in the middle."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._icon = QLabel()
        self.title = label("", "title", wrap=True)
        self.sentence = label("", "muted", wrap=True)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(SPACE.wide, SPACE.huge, SPACE.wide, SPACE.huge)
        whole.setSpacing(SPACE.small)
        whole.addStretch(2)
        whole.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignHCenter)
        for part in (self.title, self.sentence):
            part.setMaximumWidth(_WIDTH)
            part.setMinimumWidth(1)
            part.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            middle = QHBoxLayout()
            middle.addStretch(1)
            middle.addWidget(part, 100)
            middle.addStretch(1)
            whole.addLayout(middle)
        whole.addStretch(3)

    def show_words(self, icon: str, title: str, sentence: str) -> None:
        self._theme.dress(self._icon, icon, tone="muted", size=32)
        self.title.setText(title)
        self.sentence.setText(sentence)
        self.setAccessibleName(f"{title}. {sentence}")


def _ignore(_: object) -> None:
    """Nobody waits for the end of closing."""
