"""A card over the window, for the few things that cannot wait: a PIN, a question before a job is stopped.

Not a dialog of its own: it lies in the window, keeps the keyboard inside, and Escape closes it.
"""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.theme import Theme

_CARD_WIDTH = 420
_SCRIM = 0.45  # how much of the window below is covered


class Overlay(QWidget):
    """Covers ``parent`` while it is shown; ``body`` is the column inside the card."""

    dismissed = Signal()
    """Escape was pressed."""

    def __init__(self, theme: Theme, parent: QWidget, *, width: int = _CARD_WIDTH) -> None:
        super().__init__(parent)
        self._theme = theme
        self._below = parent
        self._before: QWidget | None = None
        self.card = QFrame()
        self.card.setProperty("kind", "float")
        self.card.setFixedWidth(width)
        self.body = QVBoxLayout(self.card)
        self.body.setContentsMargins(SPACE.wide, SPACE.wide, SPACE.wide, SPACE.wide)
        self.body.setSpacing(SPACE.medium)
        column = QVBoxLayout(self)
        column.addStretch(2)
        column.addWidget(self.card, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        parent.installEventFilter(self)
        self.hide()

    def open_overlay(self, focus: QWidget) -> None:
        """Show the card over everything and put the focus into it."""
        if self.isHidden():
            self._before = self.window().focusWidget()
        self.setGeometry(self._below.rect())
        self.show()
        self.fit()
        self.raise_()
        focus.setFocus(Qt.FocusReason.OtherFocusReason)

    def fit(self) -> None:
        """Give the card the height that its words need at its width; call it after the content has changed."""
        for part in self.card.findChildren(QWidget):
            part.ensurePolished()
        self.body.invalidate()
        width = self.card.width()
        wanted = self.body.totalHeightForWidth(width) if self.body.hasHeightForWidth() else -1
        self.card.setFixedHeight(max(wanted, self.body.totalMinimumSize().height()))

    def close_overlay(self) -> None:
        """Hide the card and give the focus back."""
        if self.isHidden():
            return
        self.hide()
        before, self._before = self._before, None
        if before is not None and shiboken6.isValid(before) and before.isVisible():
            before.setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the size of the window."""
        if watched is self._below and event.type() == QEvent.Type.Resize:
            self.setGeometry(self._below.rect())
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Dismiss on Escape; no other key reaches what lies below."""
        if event.key() == Qt.Key.Key_Escape:
            self.dismissed.emit()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Keep Tab inside the card."""
        inside = [
            part
            for part in self.card.findChildren(QWidget)
            if part.isVisible() and part.isEnabled() and part.focusPolicy() & Qt.FocusPolicy.TabFocus
        ]
        if not inside:
            return False
        now = self.window().focusWidget()
        place = inside.index(now) if now in inside else -1
        inside[(place + (1 if forward else -1)) % len(inside)].setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        """Dim what lies below."""
        scrim = QColor(self._theme.colours.scrim)
        scrim.setAlphaF(_SCRIM)
        painter = QPainter(self)
        painter.fillRect(event.rect(), scrim)
        painter.end()
