"""The panel beside the people: details of the one that is selected, or a form over them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from signet.gui.desk import Desk
from signet.gui.pages import people_changes
from signet.gui.pages.key_host import KeyForm, KeyHost
from signet.gui.pages.people_add import open_add
from signet.gui.pages.people_details import PersonDetails
from signet.gui.pages.people_model import PeopleSnapshot
from signet.gui.tasks import Tasks
from signet.gui.theme import Theme
from signet.services.people import Person


class PeoplePanel(KeyHost):
    """Follows the selection; a form stays until it is done or closed, then the details are back."""

    def __init__(self, desk: Desk, tasks: Tasks, theme: Theme) -> None:
        super().__init__(desk, tasks, theme, name="Details of the person")
        self.details: PersonDetails | None = None
        self._person: Person | None = None
        self._snapshot = PeopleSnapshot()
        self.menu = QMenu(self)
        self.rename = self._action("Name and note…", "F2")
        self.add_key = self._action("Add a key…")
        self.take_back = self._action("Do not trust any more")
        self.menu.addSeparator()
        self.remove = self._action("Remove…", "Del")
        self.rename.triggered.connect(self._rename)
        self.add_key.triggered.connect(self._add_key)
        self.take_back.triggered.connect(self._take_back)
        self.remove.triggered.connect(self._remove)
        self.closed.connect(self._after_closing)
        self.show_person(None, self._snapshot)

    def serve(self, widget: QWidget) -> None:
        """Let the shortcuts work while the focus is in this widget."""
        widget.addActions([self.rename, self.remove])

    def show_person(self, person: Person | None, snapshot: PeopleSnapshot, *, reopen: bool = False) -> None:
        """Show somebody, None for nobody; details that were closed come back with ``reopen`` or another person."""
        other = person is None or self._person is None or person.id != self._person.id
        same = person is not None and person == self._person and self.details is not None
        self._person, self._snapshot = person, snapshot
        for action in (self.rename, self.add_key, self.remove):
            action.setEnabled(person is not None)
        self.take_back.setVisible(person is not None and any(key.trusted for key in person.keys))
        if person is None:
            if self.form is None or self.desk.session is None:
                self._close_all()
        elif self.form is None and not same and (self.details is not None or reopen or other):
            self._show_details(person)

    def focus_details(self) -> None:
        """Go to what can be done with the person."""
        if self.details is not None:
            self.details.add_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def add(self, paths: Sequence[str] = ()) -> None:
        """Open the form for a new person, with what files hold."""
        open_add(self, paths=paths)

    def open_form(self, title: str, form: KeyForm, *buttons: QPushButton, focus: QWidget | None = None) -> None:
        """Open a form; the details go for as long."""
        self.details = None
        super().open_form(title, form, *buttons, focus=focus)

    def _show_details(self, person: Person) -> None:
        inside = self.window().focusWidget()
        had_focus = self.details is not None and inside is not None and self.details.isAncestorOf(inside)
        self.details = PersonDetails(self.theme, person, self._snapshot, self.menu)
        self.details.add_button.clicked.connect(self._add_key)
        self.details.same.connect(self._same)
        self.details.key_gone.connect(self._remove_key)
        self.open_with(person.name, self.details, take_focus=had_focus)

    def _action(self, words: str, shortcut: str = "") -> QAction:
        made = self.menu.addAction(words)
        made.setShortcut(QKeySequence(shortcut))
        made.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        return made

    def _rename(self) -> None:
        if self._person is not None:
            people_changes.open_name(self, self._person)

    def _add_key(self) -> None:
        if self._person is not None:
            open_add(self, self._person)

    def _remove(self) -> None:
        if self._person is not None:
            people_changes.open_remove(self, self._person)

    def _remove_key(self, fingerprint: str) -> None:
        key = None if self._person is None else self._person.key(fingerprint)
        if self._person is not None and key is not None:
            people_changes.open_remove_key(self, self._person, key)

    def _same(self, fingerprint: str) -> None:
        if self._person is not None:
            people_changes.note_same(self, self._person, fingerprint)

    def _take_back(self) -> None:
        if self._person is not None:
            people_changes.take_back(self, self._person)

    def _close_all(self) -> None:
        self.form = self.details = None
        self.close_panel()

    def _after_closing(self) -> None:
        had_form, self.form, self.details = self.form is not None, None, None
        if had_form and self._person is not None:
            self._show_details(self._person)
