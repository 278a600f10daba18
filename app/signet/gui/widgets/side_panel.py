"""A panel on the right of a page: details, or something to fill in. No dialog; Escape closes it."""

from __future__ import annotations

from functools import partial

import shiboken6
from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import icon_button
from signet.gui.widgets.text import ElidedLabel

PANEL_WIDTH = 324


class SidePanel(QFrame):
    """Put it at the right end of the page's QHBoxLayout. Closed until `open_with`; body scrolls, the foot stays."""

    closed = Signal()

    def __init__(self, theme: Theme, *, width: int = PANEL_WIDTH, name: str = "Panel") -> None:
        super().__init__()
        self.setProperty("kind", "panel")
        self.setAccessibleName(name)
        self.setFixedWidth(width)
        self._before: QWidget | None = None
        self._title = ElidedLabel("", "title", Qt.TextElideMode.ElideRight)
        self._close = icon_button(theme, "close", "Close this panel")
        self._close.clicked.connect(self.close_panel)
        head = QHBoxLayout()
        head.setContentsMargins(SPACE.large + 2, SPACE.medium, SPACE.small, SPACE.tiny)
        head.addWidget(self._title, 1)
        head.addWidget(self._close)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._foot_holder = QWidget()
        self._foot_holder.setProperty("kind", "surface")
        self._foot = QHBoxLayout(self._foot_holder)
        self._foot.setContentsMargins(SPACE.large + 2, SPACE.medium, SPACE.large + 2, SPACE.large)
        self._foot.setSpacing(SPACE.small)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._scroll, 1)
        column.addWidget(self._foot_holder)
        self.hide()

    @property
    def title(self) -> str:
        """The title that is shown."""
        return self._title.whole_text

    def open_with(
        self, title: str, body: QWidget, *buttons: QPushButton, focus: QWidget | None = None, take_focus: bool = True
    ) -> None:
        """Show ``body`` (taken over, deleted when it is replaced) and buttons at the foot, the primary one last.

        The focus goes to ``focus``, else to the first field of the body; not at all if ``take_focus`` is false, as
        for details that follow a selection.
        """
        if self.isHidden():
            self._before = self.window().focusWidget()
        self._title.set_text(title)
        self.setAccessibleName(title)
        body.setProperty("kind", "surface")
        layout = body.layout()
        if layout is not None and layout.contentsMargins().isNull():
            layout.setContentsMargins(SPACE.large + 2, SPACE.tiny, SPACE.large + 2, SPACE.large)
        old = self._scroll.takeWidget()
        if old is not None:
            old.deleteLater()
        self._scroll.setWidget(body)
        self._set_buttons(buttons)
        self.show()
        if take_focus:
            wanted = focus or _first_field(body)
            if wanted is not None:
                wanted.setFocus(Qt.FocusReason.OtherFocusReason)

    def set_title(self, title: str) -> None:
        """Show another title over the same body."""
        self._title.set_text(title)
        self.setAccessibleName(title)

    def reveal(self, part: QWidget) -> None:
        """Scroll so that a part of the body is at the top, once it has its place."""
        QTimer.singleShot(0, part, partial(self._reveal, part))

    def _reveal(self, part: QWidget) -> None:
        body = self._scroll.widget()
        if body is not None and body.isAncestorOf(part):
            self._scroll.verticalScrollBar().setValue(part.mapTo(body, QPoint(0, 0)).y() - SPACE.small)

    def close_panel(self) -> None:
        """Close, delete what was inside and give the focus back."""
        if self.isHidden():
            return
        inside = self.window().focusWidget()
        had_focus = inside is not None and self.isAncestorOf(inside)
        self.hide()
        body = self._scroll.takeWidget()
        if body is not None:
            body.deleteLater()
        self._set_buttons(())
        before, self._before = self._before, None
        if had_focus and before is not None and shiboken6.isValid(before):  # a row's button goes with its row
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close on Escape."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_panel()
            return
        super().keyPressEvent(event)

    def _set_buttons(self, buttons: tuple[QPushButton, ...]) -> None:
        while (item := self._foot.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._foot.addStretch(1)
        for button in buttons:
            self._foot.addWidget(button)
        self._foot_holder.setVisible(bool(buttons))


def _first_field(body: QWidget) -> QWidget | None:
    fields = [part for part in body.findChildren(QWidget) if part.focusPolicy() & Qt.FocusPolicy.TabFocus]
    return fields[0] if fields else None
