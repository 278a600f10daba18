"""The foot of a document: with what it was checked; page number and zoom; whether its signatures stand beside it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton

from signet.gui.design import SPACE
from signet.gui.pages.documents_preview import PageView
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import icon_button
from signet.gui.widgets.text import ElidedLabel, label

_HEIGHT = 40


class ViewBar(QFrame):
    """Follows a `PageView`."""

    panel_wanted = Signal(bool)
    """Whether the signatures are to stand beside the pages."""

    def __init__(self, theme: Theme, pages: PageView) -> None:
        super().__init__()
        self.setProperty("kind", "status")
        self.setFixedHeight(_HEIGHT)
        self._pages = pages
        self._said = ElidedLabel("", "small", Qt.TextElideMode.ElideRight)
        self._page = label("", "small")
        self._zoom = label("", "small")
        self._zoom.setMinimumWidth(38)
        self._zoom.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.smaller = icon_button(theme, "minus", "Smaller (Ctrl -)")
        self.larger = icon_button(theme, "plus", "Larger (Ctrl +)")
        self.fit = icon_button(theme, "fit-width", "As wide as there is room (Ctrl 0)")
        self.panel = icon_button(theme, "panel", "Hide the signatures (F9)")
        self.panel.setCheckable(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE.wide, 0, SPACE.medium, 0)
        row.setSpacing(SPACE.tiny)
        row.addWidget(self._said, 1)
        row.addWidget(self._page)
        row.addSpacing(SPACE.medium)
        for part in (self.smaller, self._zoom, self.larger, self.fit, self.panel):
            row.addWidget(part)
        self.smaller.clicked.connect(lambda: pages.zoom_by(-1))
        self.larger.clicked.connect(lambda: pages.zoom_by(1))
        self.fit.clicked.connect(pages.fit_width)
        self.panel.clicked.connect(self._toggled)
        pages.moved.connect(self._follow)
        shortcut = QShortcut(QKeySequence("F9"), self)
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        shortcut.activated.connect(self.panel.click)
        self._follow()

    @property
    def said(self) -> str:
        """What is said on the left."""
        return self._said.whole_text

    @property
    def page_words(self) -> str:
        """The page number, as it stands there."""
        return self._page.text()

    def say(self, words: str) -> None:
        """Say something on the left."""
        self._said.set_text(words)

    def show_panel(self, shown: bool) -> None:
        """Show whether the signatures stand beside the pages."""
        self.panel.setChecked(not shown)
        name = "Hide the signatures (F9)" if shown else "Show the signatures (F9)"
        self.panel.setToolTip(name)
        self.panel.setAccessibleName(name)

    def _toggled(self) -> None:
        self.show_panel(not self.panel.isChecked())
        self.panel_wanted.emit(not self.panel.isChecked())

    def _follow(self) -> None:
        pages = self._pages
        count = pages.page_count
        self._page.setText(f"Page {pages.current_page + 1} of {count}" if count else "")
        self._zoom.setText(f"{round(pages.zoom * 100)} %" if count else "")
        controls: tuple[QPushButton, ...] = (self.smaller, self.larger, self.fit)
        for part in controls:
            part.setVisible(bool(count))
