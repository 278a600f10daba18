"""The audit log as a table: newest first, read page by page in tasks, never all of it for one row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from signet.audit.entry import Entry, Outcome
from signet.errors import Cancelled
from signet.gui.pages import times
from signet.gui.pages.activity_words import ICONS, ActivityRow, Group, told
from signet.gui.pages.table import ICON_ROLE, MUTED_ROLE, PILL_ROLE
from signet.services import audit, keys
from signet.services.session import Session

Index = QModelIndex | QPersistentModelIndex
NO_INDEX = QModelIndex()

SENTENCE, OUTCOME, TIME = range(3)
HEADERS = ("What happened", "Outcome", "When")
PAGE_ROWS = 100
"""Rows that a page brings."""
CHUNK = 500
"""Entries read at a time while looking for rows that fit."""


@dataclass(frozen=True)
class LogFilter:
    """What is shown: one group or all, troubles only, what fits words typed, beginnings that have ended too."""

    group: Group | None = None
    troubles: bool = False
    words: str = ""
    beginnings: bool = False

    def shows(self, row: ActivityRow) -> bool:
        """Whether a row passes."""
        if self.group is not None and row.group is not self.group:
            return False
        return (row.trouble or not self.troubles) and row.fits(self.words)


@dataclass(frozen=True)
class Place:
    """How far the log was read: older entries than ``before`` come next, from the newest if it is None.

    With ``over`` there are no older ones. ``ended`` are the sequences of beginnings, still to come, whose ends
    were met already.
    """

    before: int | None = None
    ended: frozenset[int] = frozenset()
    over: bool = False


@dataclass(frozen=True)
class LogPage:
    """Rows, newest first, and where the next page begins; ``names`` are the keys' names by id."""

    rows: tuple[ActivityRow, ...] = ()
    place: Place = Place()
    names: Mapping[str, str] | None = None


def read_page(
    session: Session, chosen: LogFilter, place: Place, *, rows: int = PAGE_ROWS, cancelled: Callable[[], bool]
) -> LogPage:
    """Read the next rows that fit; blocking, for a task. Raises Cancelled.

    An entry that says only that something began is left out where its end is in the log too, else it stays.
    """
    names = {key.id: key.alias for key in keys.list_keys(session)}
    found: list[ActivityRow] = []
    ended = set(place.ended)
    before = place.before
    while True:
        entries = audit.list_entries(session, CHUNK, before=before)
        for entry in entries:
            if cancelled():
                raise Cancelled
            if _stands(entry, ended) or chosen.beginnings:
                row = told(entry, names)
                if chosen.shows(row):
                    found.append(row)
            before = entry.sequence
            if len(found) == rows:
                return LogPage(tuple(found), Place(before, frozenset(ended)), names)
        if len(entries) < CHUNK:
            return LogPage(tuple(found), Place(before, frozenset(ended), over=True), names)


def _stands(entry: Entry, ended: set[int]) -> bool:
    """Whether an entry is a row of its own; notes in ``ended`` what its end tells of a beginning."""
    if entry.outcome is Outcome.ALLOWED:
        if entry.sequence in ended:
            ended.discard(entry.sequence)
            return False
        return True
    if entry.of is not None:
        ended.add(entry.of)
    return True


class ActivityModel(QAbstractTableModel):
    """The rows read so far; the view's asking for more becomes `more_wanted`."""

    more_wanted = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[ActivityRow] = []
        self.place = Place(over=True)
        self.names: Mapping[str, str] = {}
        self._now = datetime.now().astimezone()
        self._asked = False

    def start(self, page: LogPage, now: datetime) -> None:
        """Show a first page in place of what was there."""
        self.beginResetModel()
        self.rows = list(page.rows)
        self._take(page, now)
        self.endResetModel()

    def add(self, page: LogPage, now: datetime) -> None:
        """Put the next page below."""
        if page.rows:
            self.beginInsertRows(QModelIndex(), len(self.rows), len(self.rows) + len(page.rows) - 1)
            self.rows.extend(page.rows)
            self.endInsertRows()
        self._take(page, now)

    def _take(self, page: LogPage, now: datetime) -> None:
        self.place, self.names, self._now, self._asked = page.place, page.names or {}, now, False

    def place_of(self, sequence: int | None) -> int:
        """Return the row in which an entry is shown, -1 if it is not."""
        return next((place for place, row in enumerate(self.rows) if row.entry.sequence == sequence), -1)

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
        return 0 if parent.isValid() else len(self.rows)

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
        row, column = self.rows[index.row()], index.column()
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
