"""A PDF with a password of its own: asked for once in the panel, used for looking at it and for signing it."""

from __future__ import annotations

import os

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.prompt import Asked, Question, WindowPrompt
from signet.gui.widgets.buttons import plain_button
from signet.gui.widgets.forms import column
from signet.gui.widgets.secret_field import SecretField
from signet.gui.widgets.section import Section
from signet.gui.widgets.text import label
from signet.secret import Secret
from signet.services.prompt import Prompt, SecretKind

LOCKED = "This PDF has a password of its own. It is needed to read its pages and to sign it, and is not kept."
WRONG = "That is not its password."


class LockedPdf(QWidget):
    """`given` carries the password as a Secret, for whoever takes it to wipe."""

    given = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.field = SecretField("Password of the PDF")
        self.open_button = plain_button("Open", name="Open the PDF with this password")
        self._wrong = label(WRONG, "bad", wrap=True)
        row = QHBoxLayout()
        row.setSpacing(SPACE.small)
        row.addWidget(self.field, 1)
        row.addWidget(self.open_button)
        section = Section("Password of the PDF", label(LOCKED, "muted", wrap=True))
        section.body.addLayout(row)
        section.add(self._wrong)
        column(self).addWidget(section)
        self._wrong.hide()
        self.open_button.clicked.connect(self._give)
        self.field.returnPressed.connect(self._give)

    def refuse(self) -> None:
        """Say that it was the wrong one."""
        self._wrong.show()
        self.field.mark_wrong()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _give(self) -> None:
        if self.field.text():
            self.given.emit(self.field.take())


class PasswordKeeper(QObject):
    """Keeps the password of the PDF that is about to be signed, and answers with it when signing asks: once a job."""

    def __init__(self, prompt: Prompt, parent: QObject) -> None:
        super().__init__(parent)
        self._path, self._password = "", Secret(b"")
        self._ready = False
        if isinstance(prompt, WindowPrompt):
            prompt.take_over(self._answer)

    def keep(self, path: str, password: Secret) -> None:
        """Keep a password for a file, instead of the one before."""
        self.forget()
        self._path, self._password = path, password

    def make_ready(self) -> None:
        """A job begins: the next question for this file's password is answered."""
        self._ready = bool(self._path)

    def forget(self) -> None:
        """Wipe what is kept."""
        self._password.wipe()
        self._path, self._password, self._ready = "", Secret(b""), False

    def _answer(self, question: Question) -> bool:
        request = question.request
        if not self._ready or question.asked is not Asked.SECRET or request is None:
            return False
        if request.kind is not SecretKind.FILE_PASSPHRASE or os.path.basename(self._path) not in request.what:
            return False
        self._ready = False
        question.answer(self._password.copy())
        return True
