"""Which columns the page Keys shows: those that were chosen, as far as there is room."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QHeaderView, QMenu

from signet.gui.design import SPACE
from signet.gui.pages.keys_model import PROTECTIONS, PURPOSES
from signet.gui.pages.keys_snapshot import Column
from signet.gui.pages.keys_table import HEADERS, KeysModel
from signet.gui.pages.table import PageTable

USUAL = (Column.TYPE, Column.PROTECTION, Column.STATE, Column.LAST_USE, Column.USES, Column.TAGS, Column.CREATED)
_LEFT_OUT = (
    Column.CREATED,
    Column.NEXT_ROTATION,
    Column.VERSION,
    Column.TAGS,
    Column.USES,
    Column.PURPOSE,
    Column.LAST_USE,
    Column.PROTECTION,
    Column.TYPE,
)
"""Which columns go first where the table is too narrow for all; name and state never do."""
_ALWAYS = (Column.NAME, Column.STATE)
_SAMPLE = 200  # rows whose words are measured; of the others only the kinds are
_LONGEST_TAGS = 150  # pixels
_LONG_DATE = "30 Nov 2026"
NO_ROOM = "no room just now"


class KeyColumns(QObject):
    """Fits the columns into the table; `changed` carries the names of those that the person chose."""

    changed = Signal(object)

    def __init__(self, table: PageTable, model: KeysModel, chosen: Sequence[str]) -> None:
        super().__init__(table)
        self._table, self._model = table, model
        names = {column.name.lower(): column for column in Column}
        known = [names[name] for name in chosen if name in names]
        self.chosen: set[Column] = set(known or USUAL) | set(_ALWAYS)
        self._widths = dict.fromkeys(Column, 0)
        self.menu = QMenu(table)
        self.menu.setToolTipsVisible(True)
        for column in Column:
            if column not in _ALWAYS:
                action = self.menu.addAction(HEADERS[column])
                action.setCheckable(True)
                action.setChecked(column in self.chosen)
                action.toggled.connect(partial(self._toggled, column))
        sections = table.horizontalHeader()
        sections.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        sections.setSectionResizeMode(Column.NAME, QHeaderView.ResizeMode.Stretch)
        sections.setSortIndicatorShown(False)
        table.resized.connect(self.fit)
        self.menu.aboutToShow.connect(self._say_room)

    def measure(self) -> None:
        """Measure once for each snapshot: asking the view would format every cell again and again."""
        snapshot = self._model.snapshot
        now = datetime.now().astimezone()
        rows = [snapshot.row_of(key_id) for key_id in snapshot.listed.order[:_SAMPLE]]
        for column in Column:
            texts = {HEADERS[column], *(snapshot.text(row, column, now) for row in rows), *_others(column)}
            extra = SPACE.large if column is Column.STATE else 0
            width = self._table.width_of(texts, strong=column is Column.NAME, extra=extra)
            self._widths[column] = min(width, _LONGEST_TAGS) if column is Column.TAGS else width
            if column is not Column.NAME:
                self._table.setColumnWidth(column, self._widths[column])
        self.fit()

    def fit(self) -> None:
        """Show what was chosen and has room."""
        shown = set(self.chosen)
        for column in _LEFT_OUT:
            if sum(self._widths[each] for each in shown) <= self._table.width():
                break
            shown.discard(column)
        for column in Column:
            self._table.setColumnHidden(column, column not in shown)

    def _toggled(self, column: Column, on: bool) -> None:
        self.chosen = self.chosen | {column} if on else self.chosen - {column}
        self.fit()
        self.changed.emit(tuple(each.name.lower() for each in Column if each in self.chosen))

    def _say_room(self) -> None:
        """A column that was chosen and does not show must not look like a mistake."""
        columns = [column for column in Column if column not in _ALWAYS]
        for column, action in zip(columns, self.menu.actions(), strict=True):
            squeezed = column in self.chosen and self._table.isColumnHidden(column)
            action.setText(f"{HEADERS[column]} ({NO_ROOM})" if squeezed else HEADERS[column])


def _others(column: Column) -> tuple[str, ...]:
    """Words that may stand in rows which are not measured."""
    if column in (Column.LAST_USE, Column.CREATED, Column.NEXT_ROTATION):
        return (_LONG_DATE,)
    return {
        Column.PURPOSE: tuple(PURPOSES.values()),
        Column.PROTECTION: tuple(PROTECTIONS.values()),
    }.get(column, ())
