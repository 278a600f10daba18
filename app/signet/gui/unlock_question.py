"""Things the unlock screen says instead of asking for a secret: what is wrong with the vault, and what to decide."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import plain_button, primary_button
from signet.gui.widgets.text import label


class Trouble(QWidget):
    """Why the vault cannot be opened as it stands, and what there is to do about it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        icon = QLabel()
        icon.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        theme.dress(icon, "warn", tone="warn", size=40)
        self.title = label("", "display", wrap=True)
        self.sentence = label("", "muted", wrap=True, selectable=True)
        self.next_step = label("", "body", wrap=True)
        self.accept = primary_button("Compare and accept…")
        self.accept.setObjectName("accept-vault")
        self.restore = plain_button("Restore a backup…")
        self.restore.setObjectName("restore-backup")
        self.again = plain_button("Try again")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.medium)
        column.addStretch(1)
        column.addWidget(icon)
        for text in (self.title, self.sentence, self.next_step):
            text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(text)
        column.addSpacing(SPACE.small)
        for button in (self.accept, self.restore, self.again):
            column.addWidget(button)
        column.addStretch(1)

    def tell(self, title: str, sentence: str, next_step: str, *, accept: bool, restore: bool) -> None:
        """Say what is wrong, and offer what fits."""
        self.title.setText(title)
        self.sentence.setText(sentence)
        self.next_step.setText(next_step)
        self.next_step.setVisible(bool(next_step))
        self.accept.setVisible(accept)
        self.restore.setVisible(restore)


class Decision(QWidget):
    """A question with what it is about; ``field`` is for an identity fingerprint that has to be typed."""

    decided = Signal(bool)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        icon = QLabel()
        icon.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        theme.dress(icon, "shield", tone="accent", size=40)
        self.title = label("", "display", wrap=True)
        self.sentence = label("", "muted", wrap=True)
        self.facts = label("", "body", wrap=True, selectable=True)
        self.field = QLineEdit()
        self.field.setAccessibleName("Identity fingerprint")
        self.field.setPlaceholderText("as you noted it, for instance 4F2A 91C0 7E13 …")
        self.no = plain_button("Leave it")
        self.yes = primary_button("Yes")
        self.yes.setObjectName("decide-yes")
        self.no.clicked.connect(self._refuse)
        self.yes.clicked.connect(self._agree)
        self.field.returnPressed.connect(self._agree)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.medium)
        column.addStretch(1)
        column.addWidget(icon)
        for text in (self.title, self.sentence):
            text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(text)
        column.addWidget(self.facts)
        column.addWidget(self.field)
        column.addLayout(_side_by_side(self.no, self.yes))
        column.addStretch(1)

    def ask(
        self, title: str, sentence: str, facts: Sequence[str], *, yes: str, no: str = "Leave it", typed: bool = False
    ) -> None:
        """Show a question; ``typed`` shows the field, which has to be filled in."""
        self.title.setText(title)
        self.sentence.setText(sentence)
        self.facts.setText("\n".join(f"• {fact}" for fact in facts))
        self.facts.setVisible(bool(facts))
        self.field.clear()
        self.field.setVisible(typed)
        for button, text in ((self.yes, yes), (self.no, no)):
            button.setText(text)
            button.setAccessibleName(text)
        (self.field if typed else self.no).setFocus(Qt.FocusReason.OtherFocusReason)

    def _agree(self) -> None:
        if self.field.isVisible() and not self.field.text().strip():
            self.field.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self.decided.emit(True)

    def _refuse(self) -> None:
        self.decided.emit(False)


def _side_by_side(*buttons: QPushButton) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(SPACE.medium)
    for button in buttons:
        row.addWidget(button, 1)
    return row
