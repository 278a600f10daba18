"""A framed box of a page, a card in the style sheet, that holds nothing but rows, one below the other."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QFrame, QVBoxLayout

from signet.gui.design import SPACE


class RowCard(QFrame):
    """Holds the rows that it is given; out of sight once it was given none."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._rows: list[QFrame] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(1, SPACE.small, 1, SPACE.small)
        self._column.setSpacing(0)

    def show_rows(self, rows: Sequence[QFrame]) -> None:
        """Show these rows instead; those before are deleted."""
        for gone in self._rows:
            self._column.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        self._rows = list(rows)
        for row in self._rows:
            self._column.addWidget(row)
        if self._rows:
            self._rows[-1].setProperty("kind", "surface")  # no line under the last one
        self.setVisible(bool(self._rows))
