"""What the forms for small secrets share: a field for text of several lines, and the notes."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPlainTextEdit, QPushButton, QWidget

from signet.gui.design import SPACE
from signet.gui.pages.key_host import KeyForm
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import link_button, primary_button
from signet.gui.widgets.forms import column
from signet.gui.widgets.text import label

NOTES_TOLD = (
    "Whoever opens it has to give the same notes again. They are no secret: the log has them. The result does not."
)


def text_field(name: str, placeholder: str = "", *, height: int = 110, written: bool = False) -> QPlainTextEdit:
    """Make a field for several lines; Tab leaves it. ``written``: shows a result, which can only be copied."""
    field = QPlainTextEdit()
    field.setAccessibleName(name)
    field.setPlaceholderText(placeholder)
    field.setTabChangesFocus(True)
    field.setUndoRedoEnabled(False)
    field.setReadOnly(written)
    field.setFixedHeight(height)
    field.setAcceptDrops(False)
    field.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText)
    return field


def text_of(field: QPlainTextEdit) -> str:
    """Return what was typed, to the letter: `QPlainTextEdit.toPlainText` turns no-break spaces into others."""
    return field.document().toRawText().replace("\u2029", "\n")


class Notes(QWidget):
    """Name and value pairs, behind a link until somebody wants them."""

    def __init__(self) -> None:
        super().__init__()
        self.more = link_button("Notes…", name="Notes that belong to it")
        self.field = QLineEdit()
        self.field.setAccessibleName("Notes")
        self.field.setPlaceholderText("for=bank, year=2026")
        self._inside = QWidget()
        inside = column(self._inside, SPACE.tiny)
        inside.addWidget(label("Notes", "strong"))
        inside.addWidget(self.field)
        inside.addWidget(label(NOTES_TOLD, "small", wrap=True))
        whole = column(self, 0)
        whole.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        whole.addWidget(self._inside)
        self._inside.hide()
        self.more.clicked.connect(self.open)

    def open(self) -> None:
        """Show the field and go there."""
        self.more.hide()
        self._inside.show()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)


class TextForm(KeyForm):
    """A form that asks for a text and then, in the same place, shows what came of it.

    What it asks goes into `asked`; `put_together` says what the answer is made of, `show_answer` shows it.
    """

    another_wanted = Signal()

    def __init__(self, theme: Theme, *, work: str, again: str) -> None:
        super().__init__(theme)
        self.notes = Notes()
        self.work_button = primary_button(work)
        self.copy_button = primary_button("Copy")
        self.again_button = link_button(again)
        self.said = label("", "muted", wrap=True)
        self.copied = label("", "small", wrap=True)
        self._ask, self._answer = QWidget(), QWidget()
        self.asked = column(self._ask)
        self.again_button.clicked.connect(self.another_wanted)

    def put_together(self, *answered: QWidget, beside_copy: QPushButton) -> None:
        """Lay it all out; ``answered`` stands above the buttons of the answer."""
        self.asked.addWidget(self.notes)
        answer = column(self._answer)
        for widget in (self.said, *answered):
            answer.addWidget(widget)
        buttons = QHBoxLayout()
        buttons.addWidget(self.copy_button)
        buttons.addWidget(beside_copy)
        buttons.addStretch(1)
        answer.addLayout(buttons)
        answer.addWidget(self.copied)
        answer.addWidget(self.again_button, 0, Qt.AlignmentFlag.AlignLeft)
        whole = column(self)
        for widget in (self.banner, self._ask, self._answer):
            whole.addWidget(widget)
        whole.addStretch(1)
        self._answer.hide()

    def show_answer(self, said: str, *, focus: QWidget) -> None:
        """Put the answer in place of the question."""
        self.banner.hide()
        self.said.setText(said)
        self._ask.hide()
        self._answer.show()
        self.work_button.hide()
        focus.setFocus(Qt.FocusReason.OtherFocusReason)
