"""A list of names and values, as in the details of a key."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from signet.gui.design import SPACE
from signet.gui.widgets.text import Role, label

_NAME_WIDTH = 100
_LONG_WORD = 26
"""Characters; one word that is longer, an id or a path, gets a line of its own below its name."""


class KeyValues(QWidget):
    """Names on the left, values on the right; values can be selected and copied."""

    def __init__(self, rows: Iterable[tuple[str, str]] = ()) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(SPACE.tiny)
        self._grid.setVerticalSpacing(SPACE.small)
        self._grid.setColumnMinimumWidth(0, _NAME_WIDTH)
        self._grid.setColumnStretch(1, 1)
        self.set_rows(rows)

    def set_rows(self, rows: Iterable[tuple[str, str]]) -> None:
        """Show these rows instead of what is there."""
        self.clear()
        for name, value in rows:
            self.add(name, value)

    def add(self, name: str, value: str, *, role: Role = "body") -> QLabel:
        """Add a row, and return the label of its value."""
        row = self._grid.rowCount()
        caption = label(name, "muted")
        shown = label(value, role, wrap=True, selectable=True)
        shown.setAccessibleName(f"{name}: {value}")
        # An id has no place to break: without this it would push everything in the panel aside.
        shown.setMinimumWidth(1)
        self._grid.addWidget(caption, row, 0, Qt.AlignmentFlag.AlignTop)
        if max(map(len, value.split()), default=0) > _LONG_WORD:
            self._grid.addWidget(shown, row + 1, 0, 1, 2)
        else:
            self._grid.addWidget(shown, row, 1, Qt.AlignmentFlag.AlignTop)
        return shown

    def clear(self) -> None:
        """Take every row away."""
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
