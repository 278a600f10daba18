"""The question for whom something is encrypted: persons, whether oneself too, a note that everyone can see.

One result is of one kind. Persons with RSA keys or keys on NIST curves get Signet's own files, persons with keys of
age or SSH alone get age files; what the ticks ask for together is said at once, and what cannot be had together too.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QListWidget, QListWidgetItem, QWidget

from signet.gui.design import SPACE
from signet.gui.pages.files_work import FileKeys, Whom
from signet.gui.pages.jobs_keys import KeyChooser
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import plain_button, primary_button
from signet.gui.widgets.forms import caption, column
from signet.gui.widgets.text import label
from signet.keys.model import Key
from signet.keys.person import Person
from signet.services.context import MAX_CONTEXT_VALUE
from signet.services.files_people import file_keys

NOBODY = "There is nobody to choose yet. Add people on the page People, and files can be for them too."
NO_FILES = "has no key that opens files"
UNTRUSTED = "fingerprint not compared yet"
TRUSTED = "fingerprint compared"
NOTE_SAID = "Everyone who sees the encrypted file can read it; nobody can change it unnoticed."
NO_NOTE = "An age file carries no note."
AGE_SAID = "This makes an age file (.age): a key of {names} opens no others."
MIXED = "{age} can open age files only, and {files} cannot open those. Encrypt once for each of them."
ALONE = "You cannot open the result yourself. The original stays here."
NO_AGE_KEY = "No age key is yours (a key of the kind X25519): you cannot open the result. The original stays here."
DROP_HERE = "Choose what to encrypt, or drop it on the window now."
_ROW_HEIGHT = 46
_ROWS = 3  # more are scrolled to


class WhoQuestion(QWidget):
    """Persons, my key, a note. ``age_keys`` are the keys of the vault that open age files."""

    files_wanted = Signal()
    folder_wanted = Signal()

    def __init__(self, theme: Theme, found: FileKeys, people: Sequence[Person], age_keys: Sequence[Key] = ()) -> None:
        super().__init__()
        self._people = {person.id: person for person in people}
        self.chooser = KeyChooser(theme, found.keys, found.default.id if found.default else "")
        self.chooser.list.setAccessibleName("Your key")
        self.age_chooser = KeyChooser(theme, age_keys)
        self.age_chooser.list.setAccessibleName("Your age key")
        self._has_age_key = bool(age_keys)
        self.people = QListWidget()
        self.people.setAccessibleName("Who can open it")
        self.people.setFixedHeight(min(_ROWS, max(1, len(people))) * _ROW_HEIGHT)
        for person in people:
            self.people.addItem(_item(person))
        self.said = label("", "body", wrap=True)
        self.with_key = caption("Your key", self.chooser.list)
        self.mine = QCheckBox("I can open it too, with my key")
        self.mine.setChecked(True)
        self.alone = label(ALONE, "muted", wrap=True)
        self.note = QLineEdit()
        self.note.setAccessibleName("A note that everyone can see")
        self.note.setMaxLength(MAX_CONTEXT_VALUE)
        self.note.setPlaceholderText("tax 2025, for the accountant")
        self.note_said = label(NOTE_SAID, "small", wrap=True)
        self.files_button = primary_button("Choose files…")
        self.folder_button = plain_button("Choose a folder…")
        self._arrange(bool(people))
        self.files_button.clicked.connect(self.files_wanted)
        self.folder_button.clicked.connect(self.folder_wanted)
        self.people.itemChanged.connect(lambda _: self.refresh())
        self.mine.toggled.connect(self.refresh)
        for chooser in (self.chooser, self.age_chooser):
            chooser.turned_to.connect(self.refresh)
        self.refresh()

    def _arrange(self, anybody: bool) -> None:
        rows = column(self, SPACE.small)
        rows.addWidget(caption("Who can open it", self.people))
        rows.addWidget(self.people if anybody else label(NOBODY, "muted", wrap=True))
        rows.addWidget(self.said)
        rows.addSpacing(SPACE.small)
        rows.addWidget(self.with_key)
        rows.addWidget(self.mine)
        for widget in (self.chooser, self.age_chooser, self.alone):
            rows.addWidget(widget)
        rows.addSpacing(SPACE.small)
        rows.addWidget(caption("A note that everyone can see", self.note))
        rows.addWidget(self.note)
        rows.addWidget(self.note_said)
        rows.addSpacing(SPACE.small)
        rows.addWidget(label(DROP_HERE, "muted", wrap=True))
        rows.addStretch(1)

    @property
    def whom(self) -> Whom | None:
        """What was chosen; None while nothing can be made of it."""
        persons = self._ticked()
        age = self._is_age(persons)
        key = self._key(age)
        if self._mixed(persons) or (key is None and not persons) or (key is None and not self._by_others(age)):
            return None
        note = "" if age else self.note.text().strip()
        name = key.alias if key is not None else ""
        to = tuple(person.id for person in persons)
        return Whom(key.id if key else "", to, note, name=name, age=age, alone=key is None)

    def refresh(self) -> None:
        """Say what the ticks come to."""
        persons = self._ticked()
        age, mixed = self._is_age(persons), self._mixed(persons)
        self.said.setText(mixed or (AGE_SAID.format(names=_names(persons)) if age else ""))
        self.said.setVisible(bool(self.said.text()))
        # Without anybody else it has to be oneself, and without an age key it cannot be.
        self.mine.setVisible(bool(persons) and (self._has_age_key or not age))
        self.with_key.setVisible(not persons)
        mine = self.mine.isChecked() or not persons
        self.chooser.setVisible(mine and not age)
        self.age_chooser.setVisible(mine and age and self._has_age_key)
        self.alone.setText(NO_AGE_KEY if age and not self._has_age_key else ALONE)
        self.alone.setVisible(bool(persons) and self._key(age) is None and self._by_others(age))
        self.note.setEnabled(not age)
        self.note_said.setText(NO_NOTE if age else NOTE_SAID)
        for button in (self.files_button, self.folder_button):
            button.setEnabled(self.whom is not None)

    def _ticked(self) -> list[Person]:
        items = (self.people.item(row) for row in range(self.people.count()))
        return [
            self._people[item.data(Qt.ItemDataRole.UserRole)]
            for item in items
            if item.flags() & Qt.ItemFlag.ItemIsUserCheckable and item.checkState() is Qt.CheckState.Checked
        ]

    def _key(self, age: bool) -> Key | None:
        """The key of one's own that is to open it too, None for none."""
        if self._ticked() and not self.mine.isChecked():
            return None
        if age:
            return self.age_chooser.current if self._has_age_key else None
        return self.chooser.current

    def _by_others(self, age: bool) -> bool:
        """Whether it is meant that no key of one's own opens it."""
        return not self.mine.isChecked() or (age and not self._has_age_key)

    @staticmethod
    def _is_age(persons: Sequence[Person]) -> bool:
        return any(not file_keys(person) for person in persons) and all(person.age_keys for person in persons)

    @staticmethod
    def _mixed(persons: Sequence[Person]) -> str:
        """Why one file cannot be for all of these; empty if it can."""
        only_age = [person for person in persons if not file_keys(person)]
        only_files = [person for person in persons if not person.age_keys]
        if not only_age or not only_files:
            return ""
        return MIXED.format(age=_names(only_age), files=_names(only_files))


def _names(persons: Sequence[Person]) -> str:
    names = [person.name for person in persons]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def _item(person: Person) -> QListWidgetItem:
    """A person to be ticked, with what is known of the keys; one whose keys open no files can only be read."""
    keys = file_keys(person) or person.age_keys
    compared = TRUSTED if all(key.trusted for key in keys) else UNTRUSTED
    said = (
        NO_FILES
        if not keys
        else compared
        if file_keys(person)
        else f"age files · {compared.removeprefix('fingerprint ')}"
    )
    item = QListWidgetItem(f"{person.name}\n{said}")
    item.setData(Qt.ItemDataRole.UserRole, person.id)
    item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{person.name}, {said}")
    item.setSizeHint(QSize(0, _ROW_HEIGHT))
    if keys:
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(Qt.CheckState.Unchecked)
    else:
        item.setFlags(Qt.ItemFlag.NoItemFlags)
    return item
