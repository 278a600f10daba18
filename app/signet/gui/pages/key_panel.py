"""The panel beside the keys: details of the one that is selected, or a form over them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget

from signet.gui.desk import Desk
from signet.gui.pages.key_details import KeyDetails, KeyHistory, read_history
from signet.gui.pages.key_guards import TITLE as GUARDS
from signet.gui.pages.key_guards import change_guards
from signet.gui.pages.key_host import KeyForm, KeyHost
from signet.gui.pages.key_making import open_adopt, open_new_key
from signet.gui.pages.key_menu import KeyMenu
from signet.gui.pages.keys_model import KeyRow
from signet.gui.pages.keys_snapshot import KeysSnapshot
from signet.gui.pages.reading import Reader
from signet.gui.tasks import Tasks
from signet.gui.theme import Theme
from signet.services import guards


class KeyPanel(KeyHost):
    """Follows the selection; a form stays until it is done or closed, then the details are back."""

    def __init__(self, desk: Desk, tasks: Tasks, theme: Theme) -> None:
        super().__init__(desk, tasks, theme)
        self.details: KeyDetails | None = None
        self._row: KeyRow | None = None
        self._snapshot = KeysSnapshot()
        self.menu = KeyMenu(self)
        self._history = Reader(desk, tasks, self)
        self._history.arrived.connect(self._show_history)
        self._history.failed.connect(self.failed)
        self.section_wanted.connect(self._go_to_section)
        self.made.connect(self._close_all)
        self.closed.connect(self._after_closing)

    def show_key(self, row: KeyRow | None, snapshot: KeysSnapshot, *, reopen: bool = False) -> None:
        """Show a key, None for no key; details that the person closed come back with ``reopen`` or another key."""
        same = self._row is not None and row is not None and self._row.key.id == row.key.id
        self._row, self._snapshot = row, snapshot
        self.menu.show_rows(() if row is None else (row,))
        if row is None:
            # In a vault without keys a form for the first one stays, whatever else is read meanwhile.
            if self.form is None or snapshot.rows or self.desk.session is None:
                self._close_all()
        elif self.form is None and (self.details is not None or reopen or not same):
            self._show_details(row)

    def show_several(self, rows: Sequence[KeyRow], sample: Sequence[KeyRow], snapshot: KeysSnapshot) -> None:
        """Take several keys, for menus and shortcuts; their details would be those of one, so none are shown."""
        self._row, self._snapshot = None, snapshot
        self.menu.show_rows(rows, sample)
        if self.form is None:
            self._close_all()

    def focus_actions(self) -> None:
        """Go to what can be done with the key."""
        if self.details is not None:
            self.details.buttons[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def new_key(self) -> None:
        """Open the form for a new key."""
        open_new_key(self)

    def adopt_key(self) -> None:
        """Open the form for a key that is on a card already."""
        open_adopt(self)

    def open_form(self, title: str, form: KeyForm, *buttons: QPushButton, focus: QWidget | None = None) -> None:
        """Open a form; the details go for as long."""
        self.details = None
        super().open_form(title, form, *buttons, focus=focus)

    def _add_guard(self, method_id: str) -> None:
        if self._row is not None:
            change_guards(self, self._row.key, method_id)

    def _remove_guard(self, method_id: str) -> None:
        if self._row is not None:
            change_guards(self, self._row.key, method_id, guards.remove_guard)

    def _show_details(self, row: KeyRow) -> None:
        if self.details is None:
            self.details = KeyDetails(self, self.menu)
            self.details.guards.add_wanted.connect(self._add_guard)
            self.details.guards.remove_wanted.connect(self._remove_guard)
            self.open_with(row.key.alias, self.details, take_focus=False)
        self.set_title(row.key.alias)
        self.details.show_key(row, self._snapshot, _now())
        self._history.read(lambda session, _: read_history(session, row.key), now=True)

    def _show_history(self, history: object) -> None:
        if isinstance(history, KeyHistory) and self.details is not None and self._row is not None:
            self.details.show_history(history, self._row, self._snapshot, _now())

    def _go_to_section(self, title: str) -> None:
        if self._row is not None and self.form is None:
            self._show_details(self._row)
        if self.details is not None and title == GUARDS:
            button = self.details.guards.add_button
            button.setFocus(Qt.FocusReason.OtherFocusReason)
            self.details.guards.menu.popup(button.mapToGlobal(button.rect().bottomLeft()))

    def _close_all(self) -> None:
        self.form = self.details = None
        self.close_panel()

    def _after_closing(self) -> None:
        had_form, self.form, self.details = self.form is not None, None, None
        if had_form and self._row is not None:
            self._show_details(self._row)


def _now() -> datetime:
    return datetime.now().astimezone()
