"""A section of a page or panel: a small caption and what belongs under it."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.widgets.text import label


class Section(QWidget):
    """A caption over a column of widgets."""

    def __init__(self, title: str, *widgets: QWidget) -> None:
        super().__init__()
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(SPACE.medium)
        caption = label(title.upper(), "section")
        caption.setAccessibleName(title)
        self.body.addWidget(caption)
        for widget in widgets:
            self.add(widget)

    def add(self, widget: QWidget) -> None:
        """Put one more widget at the end."""
        self.body.addWidget(widget)
