"""What a page shows while there is nothing: what belongs here, and how to begin."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.theme import Theme
from signet.gui.widgets.text import label

_WIDTH = 420


class EmptyState(QWidget):
    """An icon, a title, a sentence and at most one thing to do, in the middle of the place."""

    def __init__(self, theme: Theme, icon: str, title: str, sentence: str, action: QPushButton | None = None) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE.wide, SPACE.huge, SPACE.wide, SPACE.huge)
        column.setSpacing(SPACE.small)
        column.addStretch(2)
        picture = QLabel()
        theme.dress(picture, icon, tone="muted", size=32)
        self._title = label(title, "title")
        self._sentence = label(sentence, "muted", wrap=True)
        self._sentence.setMaximumWidth(_WIDTH)
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        for widget in (picture, self._title):
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        # Wrapped text takes the width it is given: as much as there is, up to its maximum, in the middle.
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(self._sentence, 100)
        middle.addStretch(1)
        column.addLayout(middle)
        if action is not None:
            column.addSpacing(SPACE.small)
            column.addWidget(action, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)

    def show_words(self, title: str, sentence: str) -> None:
        """Say something else, for instance that a search found nothing."""
        self._title.setText(title)
        self._sentence.setText(sentence)
