"""A search field: Ctrl+F goes to it, Escape empties it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QLineEdit

from signet.gui.theme import Theme

_WIDTH = 260


class SearchField(QLineEdit):
    """``textChanged`` says what is looked for."""

    left_down = Signal()
    """The Down key: whoever found something goes on there."""

    def __init__(self, theme: Theme, placeholder: str, *, name: str = "") -> None:
        super().__init__()
        self.setPlaceholderText(f"{placeholder}   Ctrl F")
        self.setAccessibleName(name or placeholder.rstrip("…. "))
        self.setClearButtonEnabled(False)
        self.setMinimumWidth(150)
        self.setMaximumWidth(_WIDTH)
        # What is dropped here is meant for the window, not as text.
        self.setAcceptDrops(False)
        shortcut = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        shortcut.activated.connect(self._take_focus)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Empty the field on Escape, if there is something in it."""
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            return
        if event.key() == Qt.Key.Key_Down:
            self.left_down.emit()
            return
        super().keyPressEvent(event)

    def _take_focus(self) -> None:
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()
