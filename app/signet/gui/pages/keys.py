"""The page Keys: every key of the vault, what protects it, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QMenu, QStackedWidget, QWidget

from signet.errors import SignetError
from signet.gui.desk import Desk
from signet.gui.pages.key_host import gave_up
from signet.gui.pages.key_panel import KeyPanel
from signet.gui.pages.key_reencrypt import RE_ENCRYPT
from signet.gui.pages.key_using import ENCRYPT_FILES, SIGN_DOCUMENTS
from signet.gui.pages.keys_bar import KeysBar
from signet.gui.pages.keys_choice import KeysChoice
from signet.gui.pages.keys_columns import KeyColumns
from signet.gui.pages.keys_filter import Chip, KeyFilter
from signet.gui.pages.keys_filters import KeyFilters
from signet.gui.pages.keys_model import KeyRow
from signet.gui.pages.keys_snapshot import Column, KeysSnapshot, completed, read_beginning, read_keys
from signet.gui.pages.keys_table import KeysModel
from signet.gui.pages.reading import Reader
from signet.gui.pages.settings_parts import Saver
from signet.gui.pages.table import PageTable
from signet.gui.tasks import TaskContext, Tasks
from signet.gui.theme import Theme
from signet.gui.widgets.banner import Banner
from signet.gui.widgets.buttons import icon_button, plain_button, primary_button
from signet.gui.widgets.chips import Chips
from signet.gui.widgets.empty import EmptyState
from signet.gui.widgets.header import PageHeader, lay_out
from signet.gui.widgets.search import SearchField
from signet.keys.model import Key
from signet.services.session import Session

_SEARCH_WIDTH = 252
_MANY = 10_000  # keys; from here on the details follow typing at a distance
_TYPING_PAUSE = 150  # milliseconds
NO_KEYS = "A key protects your files, or signs documents in your name. Make one; it takes a moment."
NO_HIT = "No key fits what you typed and chose."
READING = "Not all keys are read yet; a moment…"


class KeysPage(QWidget):
    """Search, filters, table, and a panel for details and forms."""

    encrypt_with = Signal(str)
    """Carries the id of the key with which files are to be encrypted."""
    sign_with = Signal(str)
    """Carries the id of the key with which documents are to be signed."""
    re_encrypt = Signal(str)
    """Carries the id of the key whose known files are to be brought to its newest version."""
    counted = Signal(int)
    """Carries the number of keys, for the sidebar."""

    def __init__(self, desk: Desk, tasks: Tasks, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("keys-page")
        self.setProperty("kind", "page")
        self._desk, self._tasks = desk, tasks
        self._read_from: Session | None = None
        self.model = KeysModel(self)
        self.search = SearchField(theme, "Search name, tag, id…", name="Search keys by name, tag, description or id")
        self.search.setMinimumWidth(_SEARCH_WIDTH)
        self.new_button = primary_button("New key")
        self.chips = Chips([(chip.name, chip.value) for chip in Chip], name="Show")
        self.filter_button = plain_button("Filter")
        self.filter_button.setProperty("kind", "chip")
        self.columns_button = icon_button(theme, "settings", "Choose the columns")
        self.filters = KeyFilters(self.filter_button)
        self.banner = Banner(theme)
        self.table = PageTable(theme, name="Keys")
        self.table.setModel(self.model)
        self.choice = KeysChoice(self.table, self.model)
        self.columns = KeyColumns(self.table, self.model, desk.workplace.settings.key_columns)
        self.panel = KeyPanel(desk, tasks, theme)
        self.bar = KeysBar(theme, self.panel.menu)
        self.menu = QMenu(self)
        first = primary_button("New key", name="Make the first key")
        first.clicked.connect(self.panel.new_key)
        self.none = EmptyState(theme, "key", "No keys yet", NO_KEYS, first)
        self.all_button = plain_button("Show all keys")
        self.nothing = EmptyState(theme, "search", "No key matches", NO_HIT, self.all_button)
        self._stack = QStackedWidget()
        self._reader = Reader(desk, tasks, self)
        self._settings = Saver(desk.workplace, tasks, self)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_TYPING_PAUSE)
        self._arrange()
        self._connect()
        self.reload()

    def _arrange(self) -> None:
        header = PageHeader("Keys", self.search, self.new_button)
        filters = QWidget()
        line = QHBoxLayout(filters)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.chips, 1)
        line.addWidget(self.filter_button)
        line.addWidget(self.columns_button)
        self.columns_button.setMenu(self.columns.menu)
        for widget in (filters, self.banner, self.bar):
            header.add_below(widget)
        for widget in (self.table, self.none, self.nothing):
            self._stack.addWidget(widget)
        lay_out(self, header, self._stack, self.panel)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.setSortingEnabled(True)
        self.table.sortByColumn(Column.NAME, Qt.SortOrder.AscendingOrder)

    def _connect(self) -> None:
        self._reader.arrived.connect(self._show_snapshot)
        self._reader.failed.connect(self._show_error)
        self._desk.unlocked.connect(self.reload)
        self._desk.changed.connect(self.reload)
        self._desk.locked.connect(self._forget)
        self.search.textChanged.connect(self._filter)
        self.search.left_down.connect(self._to_the_table)
        self._pause.timeout.connect(self._show_settled)
        self.chips.chosen.connect(self._filter)
        self.filters.changed.connect(self._filter)
        self.all_button.clicked.connect(self.show_all)
        self.new_button.clicked.connect(self.panel.new_key)
        self.columns.changed.connect(self._keep_columns)
        self.choice.changed.connect(self._show_selected)
        self.table.chosen.connect(self._enter)
        self.table.menu_wanted.connect(self._open_menu)
        self.model.order_wanted.connect(self._make_order)
        self.bar.cleared.connect(self._choose_one)
        self.bar.cancelled.connect(self.panel.cancel_batch)
        self.panel.menu.serve(self.table)
        self.panel.use_wanted.connect(self._use)
        self.panel.made.connect(self._made)
        self.panel.told.connect(self._told)
        self.panel.failed.connect(self._show_error)
        self.panel.batch_progress.connect(self.bar.show_progress)
        self._settings.failed.connect(self._show_error)
        shortcut = QShortcut(QKeySequence(QKeySequence.StandardKey.New), self)
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        shortcut.activated.connect(self.panel.new_key)

    def reload(self) -> None:
        """Read what changed; everything if nothing was read from this vault yet."""
        snapshot = self.model.snapshot
        if self._read_from is None or self._read_from is not self._desk.session:
            self._reader.read(lambda session, context: read_beginning(session, context.cancelled))
        else:
            known = snapshot if snapshot.listed.complete else None
            self._reader.read(lambda session, context: read_keys(session, context.cancelled, known))

    def select(self, key_id: str) -> None:
        """Turn to a key, as soon as it is read; filters that hide it are lifted."""
        self.choice.turn_to(key_id)
        if not self.choice.is_shown:
            self.show_all()
        self._restore_selection()

    def show_all(self) -> None:
        """Lift the search and every filter."""
        self.filters.clear()
        self.chips.choose(Chip.ALL.name)
        self.search.clear()

    @property
    def current(self) -> KeyRow | None:
        """The key that is selected, or was the last of several."""
        return self.model.snapshot.row(self.choice.current)

    def _forget(self) -> None:
        """Take everything from the screen: the vault was locked."""
        self.choice.turn_to("")
        self._read_from = None
        self.banner.hide()
        self.show_all()
        self._show(KeysSnapshot())

    def _show_snapshot(self, snapshot: object) -> None:
        """Show what was read; if it is but the beginning, read on."""
        if not isinstance(snapshot, KeysSnapshot):
            return
        self._read_from = self._desk.session
        self._show(snapshot)
        if not snapshot.listed.complete:
            self.reload()
        elif not snapshot.attention_known:
            rotations = Column.NEXT_ROTATION in self.columns.chosen
            self._reader.read(
                lambda session, context: completed(session, snapshot, context.cancelled, rotations=rotations)
            )

    def _show(self, snapshot: KeysSnapshot) -> None:
        if not self.choice.current and snapshot.listed.order:
            self.choice.turn_to(snapshot.listed.order[0])
        with self.choice.arranging():
            self.model.show_snapshot(snapshot, datetime.now().astimezone())
        self.columns.measure()
        counts = self.model.counts()
        for chip, count in counts.items():
            self.chips.set_count(chip.name, count if snapshot.listed.complete else None)
            self.chips.set_shown(chip.name, count > 0 or chip is Chip.ALL or self.chips.current == chip.name)
        self.filters.show_kinds(snapshot.kinds)
        if snapshot.listed.complete:
            self.counted.emit(snapshot.total)
        self._show_list()

    def _filter(self) -> None:
        chip = Chip[self.chips.current]
        with self.choice.arranging():
            self.model.set_filter(KeyFilter(words=self.search.text(), chip=chip, **self.filters.fields))
        if self.model.shown and not self.choice.is_shown:
            self.choice.turn_to(self.model.shown[0])
        self._show_list(later=len(self.model.snapshot.listed.rows) > _MANY)

    def _make_order(self, column: int) -> None:
        """Have a long list ordered where it holds nobody up."""
        snapshot = self.model.snapshot

        def work(_: TaskContext) -> list[str]:
            return snapshot.order(Column(column))

        self._tasks.run(work, done=self._ordered, failed=self._show_error, quiet=True)

    def _ordered(self, _: list[str]) -> None:
        with self.choice.arranging():
            self.model.arrange()
        self._show_list()

    def _show_list(self, *, later: bool = False) -> None:
        """Show table or empty state; the details too, or ``later``, once nobody types any more."""
        snapshot = self.model.snapshot
        nothing = self.nothing if snapshot.listed.rows else self.none
        hint = NO_HIT if snapshot.listed.complete else READING
        self.nothing.show_words("No key matches", hint)
        self._stack.setCurrentWidget(self.table if self.model.shown else nothing)
        self._restore_selection(later=later)

    def _restore_selection(self, *, later: bool = False) -> None:
        """Select again what was selected, wherever it stands now."""
        shown = self.choice.restore()
        if later:
            self._pause.start()
        else:
            self._pause.stop()
            self._show_selected(shown)

    def _show_settled(self) -> None:
        self._show_selected(self.choice.is_shown)

    def _show_selected(self, shown: bool) -> None:
        snapshot = self.model.snapshot
        chosen = [key_id for key_id in self.choice.several if key_id in snapshot.listed.rows]
        if len(chosen) > 1 and shown:
            several, sample = snapshot.several(chosen)
            self.panel.show_several(several, sample, snapshot)
        else:
            self.panel.show_key(self.current if shown or self.panel.form is not None else None, snapshot)
        self.bar.show_selection(len(chosen) if shown else 0)

    def _choose_one(self) -> None:
        """Let go of all selected keys but one."""
        self.choice.several = ()
        self._restore_selection()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _enter(self) -> None:
        """Go from the row to what can be done with it."""
        self.panel.show_key(self.current, self.model.snapshot, reopen=True)
        self.panel.focus_actions()

    def _to_the_table(self) -> None:
        if self.model.shown:
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _keep_columns(self, names: Sequence[str]) -> None:
        self._settings.set(key_columns=tuple(names))
        if Column.NEXT_ROTATION in self.columns.chosen and not self.model.snapshot.rotations:
            self.reload()

    def _open_menu(self, point: QPoint) -> None:
        self.panel.menu.fill(self.menu)
        self.menu.popup(point)

    def _use(self, action: str, key_id: str) -> None:
        wanted = {
            ENCRYPT_FILES.name: self.encrypt_with,
            SIGN_DOCUMENTS.name: self.sign_with,
            RE_ENCRYPT.name: self.re_encrypt,
        }
        wanted[action].emit(key_id)

    def _made(self, key: Key) -> None:
        self.choice.turn_to(key.id)

    def _told(self, title: str, sentence: str) -> None:
        self.banner.show_message(title, sentence, kind="ok")

    def _show_error(self, error: object) -> None:
        if isinstance(error, SignetError) and not gave_up(error):
            self.banner.show_error(error)
