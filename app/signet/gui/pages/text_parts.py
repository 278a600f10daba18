"""What the forms for small secrets share: a field for text of several lines, and the notes."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.widgets.buttons import link_button
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
        inside = QVBoxLayout(self._inside)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(SPACE.tiny)
        inside.addWidget(label("Notes", "strong"))
        inside.addWidget(self.field)
        inside.addWidget(label(NOTES_TOLD, "small", wrap=True))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._inside)
        self._inside.hide()
        self.more.clicked.connect(self.open)

    def open(self) -> None:
        """Show the field and go there."""
        self.more.hide()
        self._inside.show()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)
