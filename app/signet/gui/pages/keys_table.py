"""The table of keys for Qt: the ids that search and filters leave, in the order of the column clicked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QFont

from signet.gui.pages import times
from signet.gui.pages.keys_filter import Chip, KeyFilter
from signet.gui.pages.keys_model import STATES, KeyRow
from signet.gui.pages.keys_snapshot import Column, KeysSnapshot
from signet.gui.pages.table import MUTED_ROLE, PILL_ROLE

Index = QModelIndex | QPersistentModelIndex
NO_INDEX = QModelIndex()

HEADERS = {
    Column.NAME: "Name",
    Column.TYPE: "Type",
    Column.PURPOSE: "Purpose",
    Column.PROTECTION: "Protection",
    Column.STATE: "State",
    Column.LAST_USE: "Last use",
    Column.USES: "Uses",
    Column.TAGS: "Tags",
    Column.VERSION: "Version",
    Column.CREATED: "Created",
    Column.NEXT_ROTATION: "Next rotation",
}
_MUTED = (Column.LAST_USE, Column.USES, Column.TAGS, Column.VERSION, Column.CREATED, Column.NEXT_ROTATION)


class KeysModel(QAbstractTableModel):
    """Makes a row only when it is looked at; filters 100 000 ids without a noticeable wait."""

    order_wanted = Signal(int)
    """The order by this column takes a while to make: have it made in a task, then call `arrange`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.snapshot = KeysSnapshot()
        self.shown: list[str] = []
        self.filter = KeyFilter()
        self.column = Column.NAME
        self._descending = False
        self._now = datetime.now().astimezone()

    def show_snapshot(self, snapshot: KeysSnapshot, now: datetime) -> None:
        """Show what was read at ``now``; where the same keys stay in the same places, nothing moves."""
        self.snapshot, self._now = snapshot, now
        self.arrange()

    def set_filter(self, wanted: KeyFilter) -> None:
        """Show only what passes."""
        narrower = wanted.narrows(self.filter)
        self.filter = wanted
        if narrower:
            self._show(wanted.apply(self.snapshot, self.shown))
        else:
            self.arrange()

    def counts(self) -> dict[Chip, int]:
        """Return how many keys each chip would show."""
        kinds = self.snapshot.kinds
        counts = {chip: sum(count for kind, count in kinds.items() if chip.shows(kind)) for chip in Chip}
        return counts | {Chip.ATTENTION: len(self.snapshot.attention)}

    def place_of(self, key_id: str | None) -> int:
        """Return the row in which a key is shown, -1 if it is not."""
        try:
            return self.shown.index(key_id or "")
        except ValueError:
            return -1

    def row_at(self, place: int) -> KeyRow:
        """Return the key that is shown there."""
        return self.snapshot.row_of(self.shown[place])

    def text(self, row: KeyRow, column: int) -> str:
        """Return what a cell says."""
        return self.snapshot.text(row, Column(column), self._now)

    def arrange(self) -> None:
        """Filter and order anew."""
        if not self.snapshot.has_order(self.column):
            self.order_wanted.emit(self.column)
            return
        order = self.snapshot.order(self.column)
        self._show(self.filter.apply(self.snapshot, reversed(order) if self._descending else order))

    def _show(self, shown: list[str]) -> None:
        if shown == self.shown:
            if shown:
                self.dataChanged.emit(self.index(0, 0), self.index(len(shown) - 1, len(HEADERS) - 1))
            return
        self.beginResetModel()
        self.shown = shown
        self.endResetModel()

    def rowCount(self, parent: Index = NO_INDEX) -> int:
        """Return how many keys are shown."""
        return 0 if parent.isValid() else len(self.shown)

    def columnCount(self, parent: Index = NO_INDEX) -> int:
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(HEADERS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Name the columns."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return HEADERS[Column(section)]
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Order by a column."""
        if 0 <= column < len(HEADERS):
            self.column, self._descending = Column(column), order is Qt.SortOrder.DescendingOrder
            self.arrange()

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return one cell: its words, its pill, or what is read aloud."""
        if not index.isValid() or role not in _ROLES:
            return None
        column = index.column()
        if role == MUTED_ROLE:
            return column in _MUTED
        if role == Qt.ItemDataRole.FontRole:
            return _strong() if column == Column.NAME else None
        row = self.row_at(index.row())
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(row, column)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{HEADERS[Column(column)]}: {self.text(row, column)}"
        if role == PILL_ROLE:
            return STATES[row.key.state][1] if column == Column.STATE else None
        return _tip(row, column)


_ROLES = frozenset(
    {
        Qt.ItemDataRole.DisplayRole,
        Qt.ItemDataRole.AccessibleTextRole,
        Qt.ItemDataRole.FontRole,
        Qt.ItemDataRole.ToolTipRole,
        PILL_ROLE,
        MUTED_ROLE,
    }
)


def _strong() -> QFont:
    font = QFont()
    font.setWeight(QFont.Weight.DemiBold)
    return font


def _tip(row: KeyRow, column: int) -> str | None:
    if column == Column.NAME:
        return row.key.description or row.key.id
    if column == Column.CREATED:
        return times.full(row.key.created)
    if column == Column.LAST_USE and row.last_used is not None:
        return times.full(row.last_used)
    return None
