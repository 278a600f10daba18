"""The page People: whose public keys are here, and whether their fingerprints were compared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QStackedWidget, QVBoxLayout, QWidget

from signet.errors import SignetError
from signet.gui.desk import Desk
from signet.gui.pages.key_host import gave_up
from signet.gui.pages.people_authorities import Authorities
from signet.gui.pages.people_model import Column, PeopleModel, PeopleSnapshot, read_people
from signet.gui.pages.people_panel import PeoplePanel
from signet.gui.pages.reading import Reader
from signet.gui.pages.share_key import open_share_any
from signet.gui.pages.table import PageTable
from signet.gui.tasks import Tasks
from signet.gui.theme import Theme
from signet.gui.widgets.banner import Banner
from signet.gui.widgets.buttons import plain_button, primary_button
from signet.gui.widgets.chips import Chips
from signet.gui.widgets.empty import EmptyState
from signet.gui.widgets.header import PageHeader
from signet.gui.widgets.search import SearchField
from signet.services.people import Person

NOBODY = (
    "Add somebody's public key: you can encrypt files for them, and see that a signature is theirs. Drop their key "
    "file or certificate here."
)
PEOPLE, ISSUERS = "people", "issuers"
"""The two sides of the page."""
_WIDE, _NARROW = 620, 460
"""Pixels; a narrower table leaves out when somebody was added, then their kinds of keys; the panel says both."""


class PeoplePage(QWidget):
    """Search, table, and a panel for details and forms."""

    counted = Signal(int)
    """Carries the number of people, for the sidebar."""

    def __init__(self, desk: Desk, tasks: Tasks, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("people-page")
        self.setProperty("kind", "page")
        self._desk = desk
        self._selected = ""
        self._arranging = False
        self.model = PeopleModel(self)
        self.search = SearchField(theme, "Search…", name="Search people by name or note")
        self.share_button = plain_button("Give others your key")
        self.add_button = primary_button("Add person")
        self.banner = Banner(theme)
        self.table = PageTable(theme, name="People")
        self.table.setModel(self.model)
        self.panel = PeoplePanel(desk, tasks, theme)
        first = primary_button("Add person", name="Add the first person")
        first.clicked.connect(self._add)
        self.nobody = EmptyState(theme, "people", "Nobody here yet", NOBODY, first)
        self.nothing = EmptyState(theme, "search", "Nobody found", "Nobody fits what you typed.")
        self._stack = QStackedWidget()
        self.sides = Chips(((PEOPLE, "People"), (ISSUERS, "Issuers and lists")), name="Show")
        self.authorities = Authorities(desk, tasks, theme)
        self._both = QStackedWidget()
        self._reader = Reader(desk, tasks, self)
        self._arrange()
        self._connect()
        self.reload()

    def _arrange(self) -> None:
        header = PageHeader("People", self.search, self.share_button, self.add_button)
        header.row.addStrut(self.add_button.sizeHint().height())  # it stays as high where there are no buttons
        header.add_below(self.sides)
        header.add_below(self.banner)
        for widget in (self.nobody, self.table, self.nothing):
            self._stack.addWidget(widget)
        people = QWidget()
        row = QHBoxLayout(people)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._stack, 1)
        row.addWidget(self.panel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(header)
        column.addWidget(self._both, 1)
        self._both.addWidget(people)
        self._both.addWidget(self.authorities)
        sections = self.table.horizontalHeader()
        sections.setSectionResizeMode(Column.NAME, QHeaderView.ResizeMode.Stretch)
        for place, width in ((Column.KEYS, 172), (Column.COMPARED, 136), (Column.ADDED, 116)):
            sections.setSectionResizeMode(place, QHeaderView.ResizeMode.Fixed)
            self.table.setColumnWidth(place, width)

    def _connect(self) -> None:
        self._reader.arrived.connect(self._show)
        self._reader.failed.connect(self._show_error)
        self._desk.unlocked.connect(self.reload)
        self._desk.changed.connect(self.reload)
        self._desk.locked.connect(self._forget)
        self.search.textChanged.connect(self._search)
        self.search.left_down.connect(self._to_the_table)
        self.add_button.clicked.connect(self._add)
        self.share_button.clicked.connect(self._share)
        self.table.selectionModel().currentRowChanged.connect(self._row_changed)
        self.table.chosen.connect(self._enter)
        self.table.clicked.connect(self._clicked)
        self.table.menu_wanted.connect(self._open_menu)
        self.table.resized.connect(self._fit_columns)
        self.sides.chosen.connect(self.show_side)
        self.authorities.host.told.connect(self._told)
        self.authorities.host.failed.connect(self._show_error)
        self.panel.serve(self.table)
        self.panel.made.connect(self._made)
        self.panel.told.connect(self._told)
        self.panel.failed.connect(self._show_error)
        shortcut = QShortcut(QKeySequence(QKeySequence.StandardKey.New), self)
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        shortcut.activated.connect(self._add)

    @property
    def current(self) -> Person | None:
        """Who is selected."""
        return self.model.snapshot.person(self._selected)

    def take(self, paths: Sequence[str]) -> None:
        """Look at files that may hold somebody's public key."""
        self.panel.add(tuple(paths))

    def show_side(self, side: str) -> None:
        """Show the people, or the issuers."""
        of_people = side == PEOPLE
        self._both.setCurrentIndex(0 if of_people else 1)
        for part in (self.search, self.share_button, self.add_button):
            part.setVisible(of_people)

    def reload(self) -> None:
        """Read everybody anew."""
        self._reader.read(lambda session, _: read_people(session))

    def _forget(self) -> None:
        """Take everything from the screen: the vault was locked."""
        self._selected = ""
        self.banner.hide()
        self.search.clear()
        self._show(PeopleSnapshot())

    def _show(self, snapshot: object) -> None:
        if not isinstance(snapshot, PeopleSnapshot):
            return
        self._arranging = True
        self.model.show_snapshot(snapshot, datetime.now().astimezone())
        self._arranging = False
        self.counted.emit(len(snapshot.people))
        self._show_list()

    def _search(self, words: str) -> None:
        self._arranging = True
        self.model.search(words)
        self._arranging = False
        self._show_list()

    def _show_list(self) -> None:
        shown = self.model.shown
        if shown and self.model.place_of(self._selected) < 0:
            self._selected = shown[0].id
        somebody = bool(self.model.snapshot.people)
        self._stack.setCurrentWidget(self.table if shown else self.nothing if somebody else self.nobody)
        place = self.model.place_of(self._selected)
        if place >= 0:
            self._arranging = True
            self.table.selectRow(place)
            self._arranging = False
        self.panel.show_person(self.current if place >= 0 else None, self.model.snapshot)

    def _row_changed(self) -> None:
        place = self.table.currentIndex().row()
        if not self._arranging and 0 <= place < len(self.model.shown):
            self._selected = self.model.shown[place].id
            self.panel.show_person(self.current, self.model.snapshot)

    def _clicked(self) -> None:
        self.panel.show_person(self.current, self.model.snapshot, reopen=True)

    def _enter(self) -> None:
        """Go from the row to what can be done with the person."""
        self._clicked()
        self.panel.focus_details()

    def _to_the_table(self) -> None:
        if self.model.shown:
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _open_menu(self, point: QPoint) -> None:
        self.panel.menu.popup(point)

    def _fit_columns(self, width: int) -> None:
        self.table.setColumnHidden(Column.ADDED, width < _WIDE)
        self.table.setColumnHidden(Column.KEYS, width < _NARROW)

    def _add(self) -> None:
        self.panel.add()

    def _share(self) -> None:
        open_share_any(self.panel)

    def _made(self, person: object) -> None:
        if isinstance(person, Person):
            self._selected = person.id

    def _told(self, title: str, sentence: str) -> None:
        self.banner.show_message(title, sentence, kind="ok")

    def _show_error(self, error: object) -> None:
        if isinstance(error, SignetError) and not gave_up(error):
            self.banner.show_error(error)
