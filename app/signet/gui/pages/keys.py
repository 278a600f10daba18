"""The page Keys: every key of the vault, what protects it, and what can be done with it."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QMenu, QStackedWidget, QVBoxLayout, QWidget

from signet.crypto.publickeys import PublicKeyForm
from signet.errors import SignetError
from signet.gui.desk import Desk
from signet.gui.pages import choosing
from signet.gui.pages.export_key import ExportForm
from signet.gui.pages.key_acts import KeyActs, gave_up
from signet.gui.pages.key_details import KeyDetails, KeyHistory, fill_menu, read_history
from signet.gui.pages.keys_model import (
    CREATED,
    LAST_USE,
    NAME,
    PROTECTION,
    TYPE,
    Chip,
    KeyRow,
    KeysModel,
    KeysSnapshot,
    read_keys,
)
from signet.gui.pages.new_key import NewKeyForm
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
from signet.gui.widgets.side_panel import SidePanel
from signet.keys.model import Key
from signet.keys.spec import KeyUsage
from signet.keys.state import KeyState
from signet.tokens.model import Token

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
        self._desk, self._tasks, self._theme = desk, tasks, theme
        self._selected = ""
        self._form: NewKeyForm | ExportForm | None = None
        self._details: KeyDetails | None = None
        self._menu = QMenu(self)
        self.model = KeysModel(self)
        self.search = SearchField(theme, "Search name, tag, id…", name="Search keys by name, tag or id")
        self.new_button = primary_button("New key")
        self.chips = Chips([(chip.name, chip.value) for chip in Chip], name="Show")
        self.banner = Banner(theme)
        self.table = PageTable(theme, name="Keys")
        self.search.setMinimumWidth(_SEARCH_WIDTH)
        self.setFocusProxy(self.table)
        self.panel = SidePanel(theme, name="Details of the key")
        first = primary_button("New key", name="Make the first key")
        first.clicked.connect(self.new_key)
        self.none = EmptyState(theme, "key", "No keys yet", NO_KEYS, first)
        self.nothing = EmptyState(theme, "search", "Nothing found", "No key fits what you typed.")
        self._stack = QStackedWidget()
        self._acts = KeyActs(desk, tasks, self)
        self._reader = Reader(desk, tasks, self)
        self._history = Reader(desk, tasks, self)
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
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.setSortingEnabled(True)
        self.table.sortByColumn(NAME, Qt.SortOrder.AscendingOrder)
        sections = self.table.horizontalHeader()
        sections.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        sections.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        sections.setSortIndicatorShown(False)
        sections.setMinimumSectionSize(90)

    def _connect(self) -> None:
        self._reader.arrived.connect(self._show_snapshot)
        self._reader.failed.connect(self._show_error)
        self._history.arrived.connect(self._show_history)
        self._history.failed.connect(self._show_error)
        acts = self._acts
        acts.made.connect(self._made)
        acts.exported.connect(self._exported)
        acts.make_failed.connect(self._form_failed)
        acts.export_failed.connect(self._form_failed)
        acts.failed.connect(self._show_error)
        acts.told.connect(self._told)
        acts.cards_found.connect(self._cards_found)
        self._desk.unlocked.connect(self.reload)
        self._desk.changed.connect(self.reload)
        self._desk.locked.connect(self._forget)
        self.search.textChanged.connect(self._filter)
        self.chips.chosen.connect(self._filter)
        self.new_button.clicked.connect(self.new_key)
        self.table.selectionModel().currentRowChanged.connect(self._row_changed)
        self.table.chosen.connect(self._enter)
        self.table.resized.connect(self._fit_columns)
        self.table.customContextMenuRequested.connect(self._open_menu)
        self.panel.closed.connect(self._panel_closed)
        shortcut = QShortcut(QKeySequence(QKeySequence.StandardKey.New), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(self.new_key)

    def reload(self) -> None:
        """Read every key anew."""
        self._reader.read(lambda session, _: read_keys(session))

    def select(self, key_id: str) -> None:
        """Turn to a key, as soon as it is read; filters that hide it are lifted."""
        self._selected = key_id
        if self.model.place_of(key_id) < 0:
            self.search.clear()
            self.chips.choose(Chip.ALL.name)
        self._restore_selection()

    @property
    def current(self) -> KeyRow | None:
        """The key that is selected."""
        return self.model.snapshot.row(self._selected)

    def _forget(self) -> None:
        """Take everything from the screen: the vault was locked."""
        self._selected = ""
        self._close_panel()
        self.search.clear()
        self.banner.hide()
        self._show_snapshot(KeysSnapshot())

    def _show_snapshot(self, snapshot: object) -> None:
        if not isinstance(snapshot, KeysSnapshot):
            return
        if not self._selected and snapshot.rows:
            self._selected = snapshot.rows[0].key.id
        self.table.selectionModel().blockSignals(True)
        self.model.show_snapshot(snapshot, _now())
        self.table.selectionModel().blockSignals(False)
        counts = self.model.counts()
        for chip, count in counts.items():
            self.chips.set_count(chip.name, count)
            self.chips.set_shown(chip.name, count > 0 or chip is Chip.ALL or self.chips.current == chip.name)
        self.counted.emit(len(snapshot.rows))
        self._show_list()
        self._restore_selection()

    def _filter(self) -> None:
        self.model.set_filter(words=self.search.text(), chip=Chip[self.chips.current])
        self._show_list()
        self._restore_selection()

    def _show_list(self) -> None:
        nothing = self.none if not self.model.snapshot.rows else self.nothing
        self._fit_columns()
        self._stack.setCurrentWidget(self.table if self.model.shown else nothing)

    def _restore_selection(self) -> None:
        place = self.model.place_of(self._selected)
        if place >= 0:
            self.table.setCurrentIndex(self.model.index(place, NAME))
        self._show_details()

    def _row_changed(self) -> None:
        index = self.table.currentIndex()
        if index.isValid():
            self._selected = self.model.shown[index.row()].key.id
            self._show_details()

    def _enter(self) -> None:
        """Go from the row to what can be done with it."""
        self._form = None
        self._show_details(reopen=True)
        if self._details is not None:
            self._details.use.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_details(self, *, reopen: bool = False) -> None:
        row = self.current
        if self._form is not None:
            return
        if row is None:
            self._close_panel()
            return
        if self._details is None or reopen:
            self._details = KeyDetails(self._theme, self._menu)
            self._details.use_wanted.connect(self._use)
            self._details.switch_wanted.connect(self._switch)
            self.panel.open_with(row.key.alias, self._details, take_focus=False)
        elif self._details.key_id != row.key.id:
            self.panel.set_title(row.key.alias)
        self._fill_menu(row)
        self._details.show_key(row, self.model.snapshot, _now())
        self._history.read(lambda session, _: read_history(session, row.key), now=True)

    def _show_history(self, history: object) -> None:
        row = self.current
        if isinstance(history, KeyHistory) and self._details is not None and row is not None:
            self._details.show_history(history, row, self.model.snapshot, _now())

    def _close_panel(self) -> None:
        self._form = None
        self._details = None
        self.panel.close_panel()

    def _panel_closed(self) -> None:
        """A form gives way to the details again; details that were closed stay so until a key is chosen."""
        had_form, self._form, self._details = self._form is not None, None, None
        if had_form:
            self._show_details()

    def _fit_columns(self) -> None:
        needed = [self.table.sizeHintForColumn(column) for column in range(self.model.columnCount())]
        hidden = set[int]()
        for column in _LEFT_OUT:
            if sum(width for place, width in enumerate(needed) if place not in hidden) <= self.table.width():
                break
            hidden.add(column)
        for column in _LEFT_OUT:
            self.table.setColumnHidden(column, column in hidden)

    def _open_menu(self, point: QPoint) -> None:
        row = self.current
        if row is None or not self.table.indexAt(point).isValid():
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        use = menu.addAction("Encrypt files" if row.key.usage is KeyUsage.ENCRYPT_DECRYPT else "Sign documents")
        use.setEnabled(row.key.state is KeyState.ENABLED)
        use.triggered.connect(self._use)
        switch = menu.addAction("Disable" if row.key.state is KeyState.ENABLED else "Enable")
        switch.triggered.connect(self._switch)
        menu.addSeparator()
        menu.addActions(self._menu.actions())
        menu.popup(self.table.viewport().mapToGlobal(point))

    def _fill_menu(self, row: KeyRow) -> None:
        actions = fill_menu(self._menu, with_public_key=not row.key.spec.is_symmetric)
        for name, action in actions.items():
            action.triggered.connect(partial(self._do, name))

    def _do(self, name: str) -> None:
        row = self.current
        if row is None:
            return
        if name == "export":
            self.export_key()
        elif name == "id":
            self._acts.copy_id(row.key)
        else:
            self._acts.copy_public_key(row.key, PublicKeyForm(name))

    def _use(self) -> None:
        row = self.current
        if row is not None and row.key.state is KeyState.ENABLED:
            wanted = self.encrypt_with if row.key.usage is KeyUsage.ENCRYPT_DECRYPT else self.sign_with
            wanted.emit(row.key.id)

    def _switch(self) -> None:
        if self.current is not None:
            self._acts.switch(self.current.key)

    def new_key(self) -> None:
        """Open the panel for a new key."""
        if self._desk.session is None or isinstance(self._form, NewKeyForm):
            return
        form = NewKeyForm(self._theme)
        form.wanted.connect(self._acts.make)
        self._form, self._details = form, None
        self.panel.open_with("New key", form, form.create_button, focus=form.name)
        self._acts.find_cards()

    def export_key(self) -> None:
        """Open the panel for exporting the key that is selected."""
        row = self.current
        if row is None:
            return
        form = ExportForm(self._theme, row.key)
        form.path_wanted.connect(self._ask_where)
        self._form, self._details = form, None
        self.panel.open_with(f"Export “{row.key.alias}”", form, form.save_button, focus=form.passphrase)

    def _ask_where(self) -> None:
        form = self._form
        if isinstance(form, ExportForm):
            choosing.ask_where_to_save(
                self,
                title=f"Export “{form.key.alias}”",
                folder=choosing.home(),
                name=form.name,
                kinds=form.kinds,
                chosen=self._export,
            )

    def _export(self, path: str) -> None:
        if isinstance(self._form, ExportForm):
            self._acts.export(self._form.take(path))

    def _made(self, key: Key) -> None:
        if isinstance(self._form, NewKeyForm):
            self._close_panel()
        self._selected = key.id
        self._told(f"“{key.alias}” is ready", "It lives in this vault, and in every backup made from now on.")

    def _exported(self, path: str) -> None:
        if isinstance(self._form, ExportForm):
            self.panel.close_panel()
        self._told("The key was exported", f"It is in {path}, readable by you alone.")

    def _form_failed(self, error: SignetError) -> None:
        if self._form is None:
            self._show_error(error)
        elif gave_up(error):
            self._form.set_busy(False)
        else:
            self._form.show_error(error)

    def _cards_found(self, cards: tuple[Token, ...]) -> None:
        if isinstance(self._form, NewKeyForm):
            self._form.show_cards(cards)

    def _told(self, title: str, sentence: str) -> None:
        self.banner.show_message(title, sentence, kind="ok")

    def _show_error(self, error: object) -> None:
        if isinstance(error, SignetError) and not gave_up(error):
            self.banner.show_error(error)


def _now() -> datetime:
    return datetime.now().astimezone()
