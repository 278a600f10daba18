"""What the page Activity can be narrowed to: what it is about, when, how it ended, which key."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum

from PySide6.QtCore import QDate, QStringListModel, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QCompleter,
    QDateEdit,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from signet.audit.entry import Outcome
from signet.gui.design import SPACE
from signet.gui.pages.activity_search import LogFilter
from signet.gui.pages.activity_words import Group
from signet.gui.widgets.buttons import link_button
from signet.gui.widgets.chips import Chips
from signet.gui.widgets.steady import Choice, Day
from signet.gui.widgets.text import label
from signet.services.log_search import Span, local_day

_ALL = "ALL"
_TROUBLES = "TROUBLES"
_KEY_WIDTH = 190
_DAY_WIDTH = 132
NO_KEY = "-"
"""The id of no key: what is typed names none."""


class When(StrEnum):
    """Spans of time as people choose them; the value is what is shown."""

    ANY = "Any time"
    TODAY = "Today"
    WEEK = "The last 7 days"
    MONTH = "The last 30 days"
    YEAR = "The last 365 days"
    BETWEEN = "Between two days…"


_DAYS = {When.TODAY: 0, When.WEEK: 6, When.MONTH: 29, When.YEAR: 364}
_OUTCOMES: tuple[tuple[str, str], ...] = (
    ("Any outcome", _ALL),
    ("Refused or failed", _TROUBLES),
    ("Done", Outcome.DONE),
    ("Refused", Outcome.REFUSED),
    ("Failed", Outcome.FAILED),
    ("Cancelled", Outcome.CANCELLED),
    ("Begun", Outcome.ALLOWED),
)


class ActivityFilters(QWidget):
    """Two lines: chips for what it is about, then time, outcome and key; `changed` when any of them is."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._ids: dict[str, str] = {}
        self.chips = Chips([(_ALL, "All"), *((group.name, group.value) for group in Group)], name="Show")
        self.beginnings = QCheckBox("Every entry")
        self.beginnings.setToolTip("Also the entries that only say that something began, and whose end is there too")
        self.when = Choice()
        self.when.setAccessibleName("When")
        for each in When:
            self.when.addItem(each.value)
        self.outcome = Choice()
        self.outcome.setAccessibleName("Outcome")
        for words, value in _OUTCOMES:
            self.outcome.addItem(words, value)
        self.first, self.last = _day_field("From"), _day_field("Up to")
        self.key = QLineEdit()
        self.key.setPlaceholderText("Any key")
        self.key.setAccessibleName("Key")
        self.key.setMaximumWidth(_KEY_WIDTH)
        self.key.setAcceptDrops(False)
        self._names = QStringListModel(self)
        completer = QCompleter(self._names, self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.key.setCompleter(completer)
        self.clear_button = link_button("Clear", name="Clear all filters")
        self._between = QWidget()
        self._arrange()
        self.chips.chosen.connect(self._changed)
        self.beginnings.toggled.connect(self._changed)
        self.when.currentIndexChanged.connect(self._when_changed)
        self.outcome.currentIndexChanged.connect(self._changed)
        for field in (self.first, self.last):
            field.dateChanged.connect(self._changed)
        self.key.textChanged.connect(self._key_typed)
        self.clear_button.clicked.connect(self.clear)

    def _arrange(self) -> None:
        between = QHBoxLayout(self._between)
        between.setContentsMargins(0, 0, 0, 0)
        between.setSpacing(SPACE.small)
        between.addWidget(self.first)
        between.addWidget(label("to", "muted"))
        between.addWidget(self.last)
        between.addStretch(1)
        self._between.hide()
        upper, lower = QHBoxLayout(), QHBoxLayout()
        for line in (upper, lower):
            line.setSpacing(SPACE.small)
        upper.addWidget(self.chips, 1)
        upper.addWidget(self.beginnings)
        for widget in (self.when, self.outcome, self.key, self.clear_button):
            lower.addWidget(widget)
        lower.addStretch(1)
        self.clear_button.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.small)
        column.addLayout(upper)
        column.addLayout(lower)
        column.addWidget(self._between)

    def chosen(self, words: str) -> LogFilter:
        """What is to be shown, with the words typed elsewhere."""
        chip, outcome = self.chips.current, self.outcome.currentData()
        typed = self.key.text().strip()
        return LogFilter(
            group=None if chip == _ALL else Group[chip],
            troubles=outcome == _TROUBLES,
            words=words,
            beginnings=self.beginnings.isChecked(),
            key=self._ids.get(typed.casefold(), NO_KEY) if typed else None,
            outcome=None if outcome in (_ALL, _TROUBLES) else Outcome(outcome),
            span=self._span(date.today()),
        )

    def show_names(self, names: Mapping[str, str]) -> None:
        """Offer these keys, names by id."""
        ids = {name.casefold(): key for key, name in names.items()}
        if ids != self._ids:
            self._ids = ids
            self._names.setStringList(sorted(names.values(), key=str.casefold))

    def show_key(self, name: str) -> None:
        """Leave nothing but what was done with one key."""
        self.clear()
        self.key.setText(name)

    def clear(self) -> None:
        """Show everything again."""
        before = self.chosen("")
        self.blockSignals(True)
        self.chips.choose(_ALL)
        self.when.setCurrentIndex(0)
        self.outcome.setCurrentIndex(0)
        self.key.clear()
        self.blockSignals(False)
        if self.chosen("") != before:
            self._changed()

    def _span(self, today: date) -> Span:
        when = When(self.when.currentText())
        if when is When.ANY:
            return None, None
        if when is When.BETWEEN:
            first, last = sorted((_date(self.first), _date(self.last)))
            return local_day(first), local_day(last + timedelta(days=1))
        return local_day(today - timedelta(days=_DAYS[when])), None

    def _when_changed(self) -> None:
        between = self.when.currentText() == When.BETWEEN
        self._between.setVisible(between)
        if between:
            self.first.setFocus(Qt.FocusReason.OtherFocusReason)
        self._changed()

    def _key_typed(self, text: str) -> None:
        """A name that is whole, or nothing, is a filter; in between the completer helps."""
        if not text.strip() or text.strip().casefold() in self._ids or not self._ids:
            self._changed()

    def _changed(self) -> None:
        self.clear_button.setVisible(not self.chosen("").open)
        self.changed.emit()


def _day_field(name: str) -> QDateEdit:
    field = Day(QDate.currentDate())
    field.setCalendarPopup(True)
    field.setDisplayFormat("d MMM yyyy")
    field.setAccessibleName(name)
    field.setMinimumWidth(_DAY_WIDTH)
    return field


def _date(field: QDateEdit) -> date:
    chosen = field.date()
    return date(chosen.year(), chosen.month(), chosen.day())
