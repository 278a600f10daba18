"""The card over the window that puts a worker's question to the person: a PIN, a yes, a fingerprint, a new code."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from signet.gui.design import SPACE
from signet.gui.prompt import Asked, Question, WindowPrompt
from signet.gui.sentences import in_window_words
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import plain_button, primary_button
from signet.gui.widgets.overlay import Overlay
from signet.gui.widgets.secret_field import SecretField
from signet.gui.widgets.text import label
from signet.services.prompt import SecretKind, SecretRequest

_NEW = frozenset({SecretKind.NEW_PIN, SecretKind.NEW_PASSPHRASE, SecretKind.NEW_FILE_PASSPHRASE})
"""What is being set is typed twice: a slip of the finger would lock the person out."""
_CODE_PLACE = "Recovery code"


class PromptPanel(Overlay):
    """Answers what `WindowPrompt` asks. Enter answers, Escape cancels."""

    def __init__(self, theme: Theme, prompt: WindowPrompt, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self.setObjectName("prompt-panel")
        self._question: Question | None = None
        self._first: QLineEdit | None = None
        self._second: SecretField | None = None
        self._parts: list[QWidget] = []
        self._complaint = label("", "bad", wrap=True)
        prompt.asked.connect(self.ask)
        prompt.withdrawn.connect(self.cancel)
        self.dismissed.connect(self.cancel)

    @property
    def question(self) -> Question | None:
        """The question that is shown."""
        return self._question

    def ask(self, question: Question) -> None:
        """Show a question."""
        self._question = question
        self._clear()
        if question.asked is Asked.SECRET and question.request is not None:
            focus = self._build_secret(question.request)
        elif question.asked is Asked.CONFIRM:
            focus = self._build_confirm(question)
        elif question.asked is Asked.FINGERPRINT:
            focus = self._build_fingerprint(question.sentence)
        else:
            focus = self._build_code(question)
        self.open_overlay(focus)

    def cancel(self) -> None:
        """Give the question up."""
        question, self._question = self._question, None
        self._close()
        if question is not None:
            question.cancel()

    def _build_secret(self, request: SecretRequest) -> QWidget:
        what = in_window_words(request.what)
        self._head(what[:1].upper() + what[1:], request.purpose)
        if request.warning:
            self._add(label(request.warning, "warn", wrap=True))
        visible = request.long or request.kind is SecretKind.RECOVERY_CODE
        field = SecretField(what, visible=visible)
        self._add_field(field)
        if request.kind in _NEW:
            self._second = SecretField(f"{what}, again")
            self._second.setPlaceholderText("The same again")
            self._add_field(self._second)
        self._foot("Cancel", primary_button("Continue"))
        return field

    def _build_confirm(self, question: Question) -> QWidget:
        """Show a question and what it is about; who presses Enter without having read it has said no."""
        self._head(in_window_words(question.sentence), "")
        for sentence in question.about:
            self._add(label(in_window_words(sentence), "muted", wrap=True))
        return self._foot("No", primary_button("Yes"))

    def _build_fingerprint(self, sentence: str) -> QWidget:
        self._head("Is this your vault?", sentence)
        field = QLineEdit()
        field.setAccessibleName("Fingerprint of the vault, typed from your own note")
        self._add_field(field)
        self._foot("Cancel", primary_button("Continue"))
        return field

    def _build_code(self, question: Question) -> QWidget:
        self._head("Write this recovery code down", "It is shown only once. Next, you type it back from your note.")
        text = question.code.text() if question.code is not None else ""
        shown = label(text, "code", wrap=True)
        shown.setAccessibleName(_CODE_PLACE)
        shown.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._add(shown)
        written = primary_button("I have written it down")
        self._foot("Cancel", written, action=self._ask_code_back)
        return written

    def _ask_code_back(self) -> None:
        self._clear()
        self._head("Type the code back", "From your note: it has left the screen.")
        field = SecretField(_CODE_PLACE, visible=True)
        self._add_field(field)
        self._foot("Cancel", primary_button("Check it"))
        self.open_overlay(field)

    def _submit(self) -> None:
        question = self._question
        if question is None:
            return
        if self._first is not None and not self._first.text():
            self._complain("Nothing was typed yet.")
            return
        if self._second is not None and self._first is not None and self._first.text() != self._second.text():
            self._second.clear()
            self._complain("The two are not the same.")
            return
        self._question = None
        answer: object = True
        if isinstance(self._first, SecretField):
            answer = self._first.take()
        elif self._first is not None:
            answer = self._first.text().strip()
        self._close()
        question.answer(answer)

    def _complain(self, sentence: str) -> None:
        self._complaint.setText(sentence)
        self._complaint.show()
        self.fit()
        if self._first is not None:
            (self._second or self._first).setFocus(Qt.FocusReason.OtherFocusReason)

    def _close(self) -> None:
        self.close_overlay()
        self._clear()

    def _head(self, title: str, sentence: str) -> None:
        self._add(label(title, "title", wrap=True))
        self.card.setAccessibleName(title)
        if sentence:
            self._add(label(sentence, "muted", wrap=True))

    def _add_field(self, field: QLineEdit) -> None:
        if self._first is None:
            self._first = field
        field.returnPressed.connect(self._submit)
        self._add(field)

    def _foot(self, give_up: str, go_on: QPushButton, action: object = None) -> QPushButton:
        """Put the two buttons below; return the one that changes nothing."""
        self._complaint = label("", "bad", wrap=True)
        self._add(self._complaint)
        self._complaint.hide()
        cancel = plain_button(give_up)
        cancel.clicked.connect(self.cancel)
        go_on.clicked.connect(action if callable(action) else self._submit)
        foot = QWidget()
        row = QHBoxLayout(foot)
        row.setContentsMargins(0, SPACE.tiny, 0, 0)
        row.setSpacing(SPACE.small)
        row.addStretch(1)
        row.addWidget(cancel)
        row.addWidget(go_on)
        self._add(foot)
        return cancel

    def _add(self, widget: QWidget) -> None:
        self._parts.append(widget)
        self.body.addWidget(widget)

    def _clear(self) -> None:
        for part in self._parts:
            if isinstance(part, QLineEdit):
                part.clear()
            part.hide()
            self.body.removeWidget(part)
            part.deleteLater()
        self._parts.clear()
        self._first = self._second = None
