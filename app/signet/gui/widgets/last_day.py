"""A day that can be chosen or left out: the last one on which something holds, in the person's own time zone."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from PySide6.QtCore import QDate, Signal
from PySide6.QtWidgets import QCheckBox, QDateEdit, QVBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.widgets.steady import Day

FORMAT = "d MMM yyyy"
_A_YEAR = 365


class LastDay(QWidget):
    """A box to tick and a date beside it; `moment` is the last second of the day, None if the box is empty."""

    changed = Signal()

    def __init__(self, words: str) -> None:
        super().__init__()
        self.box = QCheckBox(words)
        self.day = Day()
        self.day.setAccessibleName("Last day")
        self.day.setDisplayFormat(FORMAT)
        self.day.setButtonSymbols(QDateEdit.ButtonSymbols.NoButtons)  # typed, or by the arrow keys
        today = datetime.now().astimezone().date()
        self.day.setMinimumDate(QDate(today.year, today.month, today.day))
        later = today + timedelta(days=_A_YEAR)
        self.day.setDate(QDate(later.year, later.month, later.day))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.small)
        column.addWidget(self.box)
        column.addWidget(self.day)
        self.day.hide()
        self.box.toggled.connect(self.day.setVisible)
        self.box.toggled.connect(self.changed)
        self.day.dateChanged.connect(self.changed)

    @property
    def moment(self) -> datetime | None:
        """The last second of the day that was chosen, aware; None if there is none."""
        if not self.box.isChecked():
            return None
        day = self.day.date()
        return datetime.combine(datetime(day.year(), day.month(), day.day()), time(23, 59, 59)).astimezone()
