"""A row of chips: one of several filters is on."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QWidget

from signet.gui.design import SPACE


class Chips(QWidget):
    """Filters by id; the first one is on. `chosen` carries the id of the chip that was turned on."""

    chosen = Signal(str)

    def __init__(self, choices: Iterable[tuple[str, str]], *, name: str = "Filter") -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._group = QButtonGroup(self)
        self._chips: dict[str, QPushButton] = {}
        self._words: dict[str, str] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE.small)
        for key, text in choices:
            chip = QPushButton(text)
            chip.setProperty("kind", "chip")
            chip.setCheckable(True)
            chip.setAccessibleName(f"{name}: {text}")
            chip.setObjectName(key)
            self._group.addButton(chip)
            self._chips[key] = chip
            self._words[key] = text
            row.addWidget(chip)
        row.addStretch(1)
        self._group.buttons()[0].setChecked(True)
        self._group.buttonClicked.connect(self._clicked)

    @property
    def current(self) -> str:
        """The id of the chip that is on."""
        return next(key for key, chip in self._chips.items() if chip.isChecked())

    def choose(self, key: str) -> None:
        """Turn a chip on, as a click does; raise KeyError if there is none."""
        self._chips[key].setChecked(True)
        self.chosen.emit(key)

    def set_count(self, key: str, count: int | None) -> None:
        """Show a number after a chip's words; None takes it away."""
        words = self._words[key]
        self._chips[key].setText(words if count is None else f"{words} {count}")

    def set_shown(self, key: str, shown: bool) -> None:
        """Show or hide one chip."""
        self._chips[key].setVisible(shown)

    def _clicked(self, chip: QPushButton) -> None:
        self.chosen.emit(chip.objectName())
