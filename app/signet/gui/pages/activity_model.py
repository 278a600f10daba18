"""The audit log as a table: newest first, read page by page; of a million rows a few thousand stay in memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from signet.audit.entry import Outcome
from signet.gui.pages import times
from signet.gui.pages.activity_search import PAGE_ROWS, LogPage, Place
from signet.gui.pages.activity_words import ICONS, ActivityRow
from signet.gui.pages.table import ICON_ROLE, MUTED_ROLE, PILL_ROLE

Index = QModelIndex | QPersistentModelIndex
NO_INDEX = QModelIndex()

SENTENCE, OUTCOME, TIME = range(3)
HEADERS = ("What happened", "Outcome", "When")
BLOCK = 100
"""Rows that are let go, and read again, together."""
KEPT_BLOCKS = 60
MOST_ROWS = 2000
"""Rows that one page brings at most."""
_LETS_GO = "…"


class ActivityModel(QAbstractTableModel):
    """The rows read so far; the view's asking for more becomes `more_wanted`.

    A row that was let go is kept as its sequence; once it is to be seen again, `block_wanted` asks for it.
    """

    more_wanted = Signal()
    block_wanted = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.place = Place(over=True)
        self.names: Mapping[str, str] = {}
        self._rows: list[ActivityRow | int] = []
        self._blocks: OrderedDict[int, None] = OrderedDict()
        self._awaited: set[int] = set()
        self._now = datetime.now().astimezone()
        self._asked = False

    @property
    def next_rows(self) -> int:
        """How many rows the next page should bring: the more there are, the more somebody goes through."""
        return min(MOST_ROWS, max(PAGE_ROWS, len(self._rows)))

    def start(self, page: LogPage, now: datetime) -> None:
        """Show a first page in place of what was there."""
        self.beginResetModel()
        self._rows = list(page.rows)
        self._blocks.clear()
        self._awaited.clear()
        self._take(page, now)
        self.endResetModel()
        self._keep(range(0, len(self._rows), BLOCK))

    def add(self, page: LogPage, now: datetime) -> None:
        """Put the next page below."""
        if page.rows:
            first = len(self._rows)
            self.beginInsertRows(QModelIndex(), first, first + len(page.rows) - 1)
            self._rows.extend(page.rows)
            self.endInsertRows()
            self._keep(range(first, len(self._rows), BLOCK))
        self._take(page, now)

    def give_back(self, block: int, rows: Sequence[ActivityRow]) -> None:
        """Fill in a block that was read again; a row that is not there any more stays empty."""
        self._awaited.clear()  # of several that were asked for, the reader may have dropped some
        found = {row.entry.sequence: row for row in rows}
        first = block * BLOCK
        for place in range(first, min(first + BLOCK, len(self._rows))):
            held = self._rows[place]
            if isinstance(held, int):
                self._rows[place] = found.get(held, held)
        self._keep((first,))
        self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, TIME))

    def bounds_of(self, block: int) -> tuple[int, int] | None:
        """The first and last sequence of a block, None if there is no such block any more."""
        held = self._rows[block * BLOCK : (block + 1) * BLOCK]
        return (_sequence(held[0]), _sequence(held[-1])) if held else None

    def row_at(self, place: int) -> ActivityRow | None:
        """Return the row at a place, None if it was let go and is being read again."""
        held = self._rows[place]
        if isinstance(held, ActivityRow):
            return held
        self._ask(place // BLOCK)
        return None

    def sequence_at(self, place: int) -> int:
        """Return the number of the entry at a place."""
        return _sequence(self._rows[place])

    def place_of(self, sequence: int | None) -> int:
        """Return the row in which an entry is shown, -1 if it is not."""
        return next((place for place, held in enumerate(self._rows) if _sequence(held) == sequence), -1)

    def _take(self, page: LogPage, now: datetime) -> None:
        self.place, self.names, self._now, self._asked = page.place, page.names, now, False

    def _keep(self, places: Sequence[int] | range) -> None:
        """Note blocks as seen just now, and let those go that were not seen for longest."""
        for place in places:
            self._blocks[place // BLOCK] = None
            self._blocks.move_to_end(place // BLOCK)
        while len(self._blocks) > KEPT_BLOCKS:
            block, _ = self._blocks.popitem(last=False)
            for place in range(block * BLOCK, min((block + 1) * BLOCK, len(self._rows))):
                self._rows[place] = _sequence(self._rows[place])

    def _ask(self, block: int) -> None:
        if block not in self._awaited:
            self._awaited.add(block)
            self.block_wanted.emit(block)

    def canFetchMore(self, parent: Index) -> bool:
        """Whether there are older entries that were not asked for yet."""
        return not parent.isValid() and not self.place.over and not self._asked

    def fetchMore(self, parent: Index) -> None:
        """Ask the page for the next rows."""
        if self.canFetchMore(parent):
            self._asked = True
            self.more_wanted.emit()

    def rowCount(self, parent: Index = NO_INDEX) -> int:
        """Return how many rows were read."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = NO_INDEX) -> int:
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(HEADERS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Name the columns."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return HEADERS[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return one cell: its words, its icon or pill, what is read aloud, the whole moment on hover."""
        if not index.isValid():
            return None
        row, column = self.row_at(index.row()), index.column()
        if row is None:
            return _LETS_GO if role == Qt.ItemDataRole.DisplayRole and column == SENTENCE else None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, column)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{HEADERS[column]}: {self._text(row, column)}"
        if role == ICON_ROLE and column == SENTENCE:
            return ICONS[row.group]
        if role == PILL_ROLE and column == OUTCOME:
            return row.pill[1]
        if role == MUTED_ROLE:
            return column == TIME or row.entry.outcome is Outcome.ALLOWED
        if role == Qt.ItemDataRole.ToolTipRole:
            return times.full(row.entry.time) if column == TIME else row.sentence
        return None

    def _text(self, row: ActivityRow, column: int) -> str:
        if column == SENTENCE:
            return row.sentence
        return row.pill[0] if column == OUTCOME else times.short(row.entry.time, self._now)


def _sequence(held: ActivityRow | int) -> int:
    return held if isinstance(held, int) else held.entry.sequence
