"""The page Activity: the audit log, newest first, one sentence a row; filtered, verified, exported."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHeaderView, QMenu, QStackedWidget, QWidget

from signet.errors import Cancelled, SignetError
from signet.gui.desk import Desk
from signet.gui.pages.activity_details import EntryDetails
from signet.gui.pages.activity_filters import ActivityFilters
from signet.gui.pages.activity_model import OUTCOME, SENTENCE, TIME, ActivityModel
from signet.gui.pages.activity_search import PAGE_ROWS, LogFilter, LogPage, Place, read_block, read_page
from signet.gui.pages.activity_summary import ActivitySummary, Summary, read_summary
from signet.gui.pages.log_acts import LogActs
from signet.gui.pages.reading import Reader
from signet.gui.pages.table import PageTable
from signet.gui.tasks import TaskContext, Tasks
from signet.gui.theme import Theme
from signet.gui.widgets.banner import Banner
from signet.gui.widgets.buttons import plain_button
from signet.gui.widgets.empty import EmptyState
from signet.gui.widgets.header import PageHeader, lay_out
from signet.gui.widgets.search import SearchField
from signet.gui.widgets.side_panel import SidePanel
from signet.services.session import Session

_TYPING_MILLISECONDS = 200
"""A pause in typing that long begins the search."""
_SEARCH_WIDTH = 200
_TIME_FROM = 480
"""Pixels; a narrower table leaves out when it was, which the panel beside it says."""
_KEPT_ROWS = 1000
"""At most as many rows are read anew when something changed."""


class ActivityPage(QWidget):
    """Search, filters, table, and a panel for one entry."""

    key_wanted = Signal(str)
    """Carries the id of a key that the person wants to see on the page Keys."""
    verified = Signal(bool)
    """The log was verified just now; carries whether it is whole."""

    def __init__(self, desk: Desk, tasks: Tasks, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("activity-page")
        self.setProperty("kind", "page")
        self._desk = desk
        self._ways: Mapping[str, str] = {}
        self._stale = True
        self._selected: int | None = None
        self._shown = LogFilter()
        self.model = ActivityModel(self)
        self.search = SearchField(theme, "Search…", name="Search the log")
        self.search.setMinimumWidth(_SEARCH_WIDTH)
        self.verify_button = plain_button("Verify the log")
        self.export_button = plain_button("Export", name="Export, and checkpoints")
        self.filters = ActivityFilters()
        self.summary = ActivitySummary(theme)
        self.banner = Banner(theme)
        self.table = PageTable(theme, name="Activity")
        self.panel = SidePanel(theme, name="Details of the entry")
        self.nothing = EmptyState(theme, "search", "Nothing found", "No entry fits these filters.")
        self._stack = QStackedWidget()
        self._acts = LogActs(desk, tasks, self.banner, self)
        self._first = Reader(desk, tasks, self)
        self._more = Reader(desk, tasks, self)
        self._again = Reader(desk, tasks, self)
        self._overview = Reader(desk, tasks, self)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MILLISECONDS)
        self._arrange()
        self._connect()

    def _arrange(self) -> None:
        header = PageHeader("Activity", self.search, self.export_button, self.verify_button)
        header.add_below(self.summary)
        header.add_below(self.filters)
        header.add_below(self.banner)
        for widget in (self.table, self.nothing):
            self._stack.addWidget(widget)
        lay_out(self, header, self._stack, self.panel)
        self.table.setModel(self.model)
        sections = self.table.horizontalHeader()
        sections.setSectionResizeMode(SENTENCE, QHeaderView.ResizeMode.Stretch)
        for place, width in ((OUTCOME, 112), (TIME, 148)):
            sections.setSectionResizeMode(place, QHeaderView.ResizeMode.Fixed)
            self.table.setColumnWidth(place, width)
        menu = QMenu(self)
        menu.addAction("For other programs (JSON)…").triggered.connect(self._acts.export_json)
        menu.addAction("For a spreadsheet (CSV)…").triggered.connect(self._acts.export_csv)
        menu.addSeparator()
        menu.addAction("Keep the newest checkpoint elsewhere…").triggered.connect(self._acts.export_checkpoint)
        menu.addAction("Verify against a checkpoint kept elsewhere…").triggered.connect(self._acts.verify_against)
        self.export_button.setMenu(menu)

    def _connect(self) -> None:
        self._first.arrived.connect(self._show_first)
        self._more.arrived.connect(self._show_more)
        self._again.arrived.connect(self._show_again)
        self._overview.arrived.connect(self._show_summary)
        for reader in (self._first, self._more, self._again, self._overview):
            reader.failed.connect(self._show_error)
        self.model.more_wanted.connect(self._read_more)
        self.model.block_wanted.connect(self._read_again)
        self._desk.unlocked.connect(self._changed)
        self._desk.changed.connect(self._changed)
        self._desk.locked.connect(self._forget)
        self.search.textChanged.connect(self._typing.start)
        self._typing.timeout.connect(self.reload)
        self.filters.changed.connect(self.reload)
        self.table.selectionModel().currentRowChanged.connect(self._row_changed)
        self.table.chosen.connect(self._open_details)
        self.table.resized.connect(self._fit_columns)
        self.table.clicked.connect(self._open_details)
        self.verify_button.clicked.connect(self._acts.verify)
        self.summary.sign_button.clicked.connect(self._acts.sign)
        self._acts.verifying.connect(self._verifying)
        self._acts.verified.connect(self.verified)

    @property
    def filter(self) -> LogFilter:
        """What is to be shown."""
        return self.filters.chosen(self.search.text())

    def show_key(self, name: str) -> None:
        """Show only what was done with a key, by its name."""
        self.search.clear()
        self.filters.show_key(name)

    def reload(self) -> None:
        """Read the log anew, from the newest entry on."""
        self._stale = False
        self._more.stop()
        self._again.stop()
        chosen, rows = self.filter, min(max(PAGE_ROWS, self.model.rowCount()), _KEPT_ROWS)

        def work(session: Session, context: TaskContext) -> LogPage:
            return read_page(session, chosen, Place(), rows=rows, cancelled=context.cancelled)

        session = self._desk.session
        if session is not None:
            self._ways = {method.id: method.label for method in session.header.methods}
        self._shown = chosen
        self._first.read(work, now=True)
        self._overview.read(lambda session, _: read_summary(session, chosen.key), now=True)

    def _read_more(self) -> None:
        chosen, place, names, rows = self._shown, self.model.place, self.model.names, self.model.next_rows

        def work(session: Session, context: TaskContext) -> LogPage:
            return read_page(session, chosen, place, rows=rows, names=names, cancelled=context.cancelled)

        self._more.read(work)

    def _read_again(self, block: int) -> None:
        """Read rows that were let go: after what is being read, for somebody looks at them now."""
        bounds, chosen, names = self.model.bounds_of(block), self._shown, self.model.names
        if bounds is not None:
            self._again.read(
                lambda session, _: (block, read_block(session, chosen, names, first=bounds[0], last=bounds[1]))
            )

    def _changed(self) -> None:
        """Read anew if anybody looks, else when somebody does."""
        self._stale = True
        if self.isVisible():
            self.reload()

    def showEvent(self, event: QShowEvent) -> None:
        """Read what was missed."""
        super().showEvent(event)
        if self._stale:
            self.reload()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks: a long search is given up."""
        super().hideEvent(event)
        if self._first.reading or self._more.reading:
            self._stale = True
        for reader in (self._first, self._more, self._again, self._overview):
            reader.stop()

    def _forget(self) -> None:
        self._selected = None
        self._stale = True
        self.panel.close_panel()
        self.banner.hide()
        self.search.clear()
        self.filters.clear()
        self.model.start(LogPage(place=Place(over=True)), _now())

    def _show_first(self, page: object) -> None:
        if not isinstance(page, LogPage):
            return
        offset = self.table.verticalScrollBar().value()
        self.model.start(page, _now())
        self.filters.show_names(page.names)
        self._stack.setCurrentWidget(self.table if page.rows else self.nothing)
        self.table.verticalScrollBar().setValue(offset)
        place = self.model.place_of(self._selected)
        if place >= 0:
            self.table.setCurrentIndex(self.model.index(place, SENTENCE))

    def _show_more(self, page: object) -> None:
        if isinstance(page, LogPage):
            self.model.add(page, _now())

    def _show_again(self, answer: object) -> None:
        if isinstance(answer, tuple):
            self.model.give_back(*answer)

    def _show_summary(self, summary: object) -> None:
        if isinstance(summary, Summary):
            self.summary.show_summary(summary, _now())

    def _fit_columns(self, width: int) -> None:
        self.table.setColumnHidden(TIME, width < _TIME_FROM)

    def _row_changed(self) -> None:
        index = self.table.currentIndex()
        if index.isValid():
            self._selected = self.model.sequence_at(index.row())
            if self.panel.isVisible():
                self._open_details()

    def _open_details(self) -> None:
        index = self.table.currentIndex()
        if not index.isValid():
            return
        row = self.model.row_at(index.row())
        if row is None:
            return
        details = EntryDetails(row, self.model.names, self._ways)
        details.key_wanted.connect(self.key_wanted)
        self.panel.open_with(f"Entry {row.entry.sequence}", details, take_focus=False)

    def _verifying(self, running: bool) -> None:
        self.verify_button.setText("Verifying…" if running else "Verify the log")
        self.verify_button.setEnabled(not running)

    def _show_error(self, error: object) -> None:
        if isinstance(error, SignetError) and not isinstance(error, Cancelled):
            self.banner.show_error(error)


def _now() -> datetime:
    return datetime.now().astimezone()
