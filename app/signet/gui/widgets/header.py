"""The head of a page: its title, its actions, and below them what filters the page."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.widgets.forms import column
from signet.gui.widgets.text import label, line


class PageHeader(QWidget):
    """Title on the left, actions on the right (a search field, buttons; the primary one last)."""

    def __init__(self, title: str, *actions: QWidget) -> None:
        super().__init__()
        self.setProperty("kind", "page")
        self._title = label(title, "heading")
        whole = column(self, 0)
        self.row = QHBoxLayout()
        self.row.setContentsMargins(SPACE.wide, SPACE.large - 1, SPACE.wide, SPACE.medium)
        self.row.setSpacing(SPACE.medium)
        self.row.addWidget(self._title)
        self.row.addStretch(1)
        for action in actions:
            self.row.addWidget(action)
        self._below = QVBoxLayout()
        self._below.setContentsMargins(SPACE.wide, 0, SPACE.wide, 0)
        self._below.setSpacing(SPACE.medium)
        whole.addLayout(self.row)
        whole.addLayout(self._below)
        whole.addWidget(line())

    def set_title(self, title: str) -> None:
        """Change the title."""
        self._title.setText(title)

    def add_beside_title(self, widget: QWidget) -> None:
        """Put a pill or the like right after the title."""
        self.row.insertWidget(1, widget)

    def show_document(self, back: QWidget, name: QWidget, pill: QWidget) -> None:
        """Put a way back, a name that may be long and a pill in the place of the title."""
        self._title.hide()
        for place, widget in enumerate((back, name, pill)):
            self.row.insertWidget(place, widget)

    def add_below(self, widget: QWidget) -> None:
        """Put chips, a banner or a drop zone below the title."""
        self._below.addWidget(widget)
        self._below.setContentsMargins(SPACE.wide, 0, SPACE.wide, SPACE.medium)


def lay_out(page: QWidget, header: PageHeader, body: QWidget, panel: QWidget) -> None:
    """Lay out a page: its header above all, below it what it is about, with room for a panel beside that."""
    beside = QHBoxLayout()
    beside.setSpacing(0)
    beside.addWidget(body, 1)
    beside.addWidget(panel)
    whole = column(page, 0)
    whole.addWidget(header)
    whole.addLayout(beside, 1)
