"""The page Keys: every key of the vault, what protects it, and what can be done with it."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QMenu, QStackedWidget, QVBoxLayout, QWidget

from signet.errors import SignetError
from signet.gui.design import SPACE
from signet.gui.desk import Desk
from signet.gui.pages.key_host import gave_up
from signet.gui.pages.key_panel import KeyPanel
from signet.gui.pages.key_using import ENCRYPT_FILES, SIGN_DOCUMENTS
from signet.gui.pages.keys_model import (
    CREATED,
    HEADERS,
    LAST_USE,
    NAME,
    PROTECTION,
    STATE,
    TYPE,
    Chip,
    KeyRow,
    KeysModel,
    KeysSnapshot,
    read_keys,
)
from signet.gui.pages.reading import Reader
from signet.gui.pages.table import PageTable
from signet.gui.tasks import Tasks
from signet.gui.theme import Theme
from signet.gui.widgets.banner import Banner
from signet.gui.widgets.buttons import primary_button
from signet.gui.widgets.chips import Chips
from signet.gui.widgets.empty import EmptyState
from signet.gui.widgets.header import PageHeader
from signet.gui.widgets.search import SearchField
from signet.keys.model import Key

_LEFT_OUT = (CREATED, LAST_USE, PROTECTION, TYPE)
"""Which columns go first where the table is too narrow for all; name and state never do."""
_SEARCH_WIDTH = 252
NO_KEYS = "A key protects your files, or signs documents in your name. Make one; it takes a moment."


class KeysPage(QWidget):
    """Search, filters, table, and a panel for details and forms."""

    encrypt_with = Signal(str)
    """Carries the id of the key with which files are to be encrypted."""
    sign_with = Signal(str)
    """Carries the id of the key with which documents are to be signed."""
    counted = Signal(int)
    """Carries the number of keys, for the sidebar."""

    def __init__(self, desk: Desk, tasks: Tasks, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("keys-page")
        self.setProperty("kind", "page")
        self._desk = desk
        self._selected = ""
        self._widths: list[int] = []
        self.model = KeysModel(self)
        self.search = SearchField(theme, "Search name, tag, id…", name="Search keys by name, tag or id")
        self.search.setMinimumWidth(_SEARCH_WIDTH)
        self.new_button = primary_button("New key")
        self.chips = Chips([(chip.name, chip.value) for chip in Chip], name="Show")
        self.banner = Banner(theme)
        self.table = PageTable(theme, name="Keys")
        self.panel = KeyPanel(desk, tasks, theme)
        self.menu = QMenu(self)
        first = primary_button("New key", name="Make the first key")
        first.clicked.connect(self.panel.new_key)
        self.none = EmptyState(theme, "key", "No keys yet", NO_KEYS, first)
        self.nothing = EmptyState(theme, "search", "Nothing found", "No key fits what you typed.")
        self._stack = QStackedWidget()
        self._reader = Reader(desk, tasks, self)
        self._arrange()
        self._connect()
        self.reload()

    def _arrange(self) -> None:
        header = PageHeader("Keys", self.search, self.new_button)
        header.add_below(self.chips)
        header.add_below(self.banner)
        for widget in (self.table, self.none, self.nothing):
            self._stack.addWidget(widget)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self._stack, 1)
        row.addWidget(self.panel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(header)
        column.addLayout(row, 1)
        self.table.setModel(self.model)
        self.table.setSortingEnabled(True)
        self.table.sortByColumn(NAME, Qt.SortOrder.AscendingOrder)
        sections = self.table.horizontalHeader()
        sections.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        sections.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        sections.setSortIndicatorShown(False)

    def _connect(self) -> None:
        self._reader.arrived.connect(self._show_snapshot)
        self._reader.failed.connect(self._show_error)
        self._desk.unlocked.connect(self.reload)
        self._desk.changed.connect(self.reload)
        self._desk.locked.connect(self._forget)
        self.search.textChanged.connect(self._filter)
        self.chips.chosen.connect(self._filter)
        self.new_button.clicked.connect(self.panel.new_key)
        self.table.selectionModel().currentRowChanged.connect(self._row_changed)
        self.table.chosen.connect(self._enter)
        self.table.resized.connect(self._fit_columns)
        self.table.menu_wanted.connect(self._open_menu)
        self.panel.menu.serve(self.table)
        self.panel.use_wanted.connect(self._use)
        self.panel.made.connect(self._made)
        self.panel.told.connect(self._told)
        self.panel.failed.connect(self._show_error)
        shortcut = QShortcut(QKeySequence(QKeySequence.StandardKey.New), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(self.panel.new_key)

    def reload(self) -> None:
        """Read every key anew."""
        self._reader.read(lambda session, _: read_keys(session))

    def select(self, key_id: str) -> None:
        """Turn to a key, as soon as it is read; filters that hide it are lifted."""
        if self.model.place_of(key_id) < 0:
            self.search.clear()
            self.chips.choose(Chip.ALL.name)
        self._selected = key_id
        self._restore_selection()

    @property
    def current(self) -> KeyRow | None:
        """The key that is selected."""
        return self.model.snapshot.row(self._selected)

    def _forget(self) -> None:
        """Take everything from the screen: the vault was locked."""
        self._selected = ""
        self.banner.hide()
        self.search.clear()
        self._show_snapshot(KeysSnapshot())

    def _show_snapshot(self, snapshot: object) -> None:
        if not isinstance(snapshot, KeysSnapshot):
            return
        if not self._selected and snapshot.rows:
            self._selected = snapshot.rows[0].key.id
        self.model.show_snapshot(snapshot, datetime.now().astimezone())
        self._measure()
        counts = self.model.counts()
        for chip, count in counts.items():
            self.chips.set_count(chip.name, count)
            self.chips.set_shown(chip.name, count > 0 or chip is Chip.ALL or self.chips.current == chip.name)
        self.counted.emit(len(snapshot.rows))
        self._show_list()

    def _filter(self) -> None:
        self.model.set_filter(words=self.search.text(), chip=Chip[self.chips.current])
        if self.model.shown and self.model.place_of(self._selected) < 0:
            self._selected = self.model.shown[0].key.id
        self._show_list()

    def _show_list(self) -> None:
        nothing = self.none if not self.model.snapshot.rows else self.nothing
        self._stack.setCurrentWidget(self.table if self.model.shown else nothing)
        self._restore_selection()

    def _restore_selection(self) -> None:
        place = self.model.place_of(self._selected)
        if place >= 0:
            self.table.setCurrentIndex(self.model.index(place, NAME))
        hidden = place < 0 and self.panel.form is None
        self.panel.show_key(None if hidden else self.current, self.model.snapshot)

    def _row_changed(self) -> None:
        index = self.table.currentIndex()
        if index.isValid():
            self._selected = self.model.shown[index.row()].key.id
            self.panel.show_key(self.current, self.model.snapshot)

    def _enter(self) -> None:
        """Go from the row to what can be done with it."""
        self.panel.show_key(self.current, self.model.snapshot, reopen=True)
        self.panel.focus_actions()

    def _measure(self) -> None:
        """Measure the columns once for each snapshot: asking the view would format every cell again and again."""
        rows = self.model.snapshot.rows
        self._widths = [
            self.table.width_of(
                (HEADERS[column], *(self.model.text(row, column) for row in rows)),
                strong=column == NAME,
                extra=SPACE.large if column == STATE else 0,
            )
            for column in range(len(HEADERS))
        ]
        for column, width in enumerate(self._widths):
            if column != NAME:
                self.table.setColumnWidth(column, width)
        self._fit_columns()

    def _fit_columns(self) -> None:
        hidden = set[int]()
        for column in _LEFT_OUT:
            if sum(width for place, width in enumerate(self._widths) if place not in hidden) <= self.table.width():
                break
            hidden.add(column)
        for column in _LEFT_OUT:
            self.table.setColumnHidden(column, column in hidden)

    def _open_menu(self, point: QPoint) -> None:
        self.panel.menu.fill(self.menu)
        self.menu.popup(point)

    def _use(self, action: str, key_id: str) -> None:
        {ENCRYPT_FILES.name: self.encrypt_with, SIGN_DOCUMENTS.name: self.sign_with}[action].emit(key_id)

    def _made(self, key: Key) -> None:
        self._selected = key.id

    def _told(self, title: str, sentence: str) -> None:
        self.banner.show_message(title, sentence, kind="ok")

    def _show_error(self, error: object) -> None:
        if isinstance(error, SignetError) and not gave_up(error):
            self.banner.show_error(error)
