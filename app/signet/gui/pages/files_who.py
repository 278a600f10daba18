"""For whom something is encrypted: one's own key, persons, a note that everyone can see; asked in a panel."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QWidget

from signet.errors import SignetError
from signet.gui.design import SPACE
from signet.gui.desk import Desk
from signet.gui.pages.files_key import FileKey
from signet.gui.pages.files_work import NOBODY_ELSE, FileKeys, Whom
from signet.gui.pages.jobs_acts import ask_for_files, ask_for_folder
from signet.gui.pages.jobs_keys import KeyChooser
from signet.gui.tasks import Tasks
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import plain_button, primary_button
from signet.gui.widgets.forms import caption, column
from signet.gui.widgets.side_panel import SidePanel
from signet.gui.widgets.text import label
from signet.services.context import MAX_CONTEXT_VALUE
from signet.services.files_people import file_keys
from signet.services.people import Person, list_people
from signet.services.session import Session

NOBODY = "There is nobody to choose yet. Add people on the page People, and files can be for them too."
NO_FILES = "receives age files only"
UNTRUSTED = "fingerprint not compared yet"
TRUSTED = "fingerprint compared"
NOTE_SAID = "Everyone who sees the encrypted file can read it; nobody can change it unnoticed."
DROP_HERE = "Choose what to encrypt, or drop it on the window now."
_ROW_HEIGHT = 46
_ROWS = 3  # more are scrolled to


class WhoQuestion(QWidget):
    """My key, persons, a note."""

    files_wanted = Signal()
    folder_wanted = Signal()

    def __init__(self, theme: Theme, found: FileKeys, people: Sequence[Person]) -> None:
        super().__init__()
        self.chooser = KeyChooser(theme, found.keys, found.default.id if found.default else "")
        self.chooser.list.setAccessibleName("Your key")
        self.people = QListWidget()
        self.people.setAccessibleName("Who can open it besides you")
        self.people.setFixedHeight(min(_ROWS, max(1, len(people))) * _ROW_HEIGHT)
        for person in people:
            self.people.addItem(_item(person))
        self.note = QLineEdit()
        self.note.setAccessibleName("A note that everyone can see")
        self.note.setMaxLength(MAX_CONTEXT_VALUE)
        self.note.setPlaceholderText("tax 2025, for the accountant")
        self.files_button = primary_button("Choose files…")
        self.folder_button = plain_button("Choose a folder…")
        rows = column(self, SPACE.small)
        rows.addWidget(caption("Who can open it", self.people))
        rows.addWidget(self.people if people else label(NOBODY, "muted", wrap=True))
        rows.addSpacing(SPACE.small)
        rows.addWidget(caption("A note that everyone can see", self.note))
        rows.addWidget(self.note)
        rows.addWidget(label(NOTE_SAID, "small", wrap=True))
        rows.addSpacing(SPACE.small)
        rows.addWidget(caption("And your key", self.chooser.list))
        rows.addWidget(self.chooser)
        rows.addSpacing(SPACE.small)
        rows.addWidget(label(DROP_HERE, "muted", wrap=True))
        rows.addStretch(1)
        self.files_button.clicked.connect(self.files_wanted)
        self.folder_button.clicked.connect(self.folder_wanted)
        self.chooser.turned_to.connect(self._turned)

    @property
    def whom(self) -> Whom | None:
        """What was chosen; None while no key is."""
        key = self.chooser.current
        if key is None:
            return None
        items = (self.people.item(row) for row in range(self.people.count()))
        chosen = tuple(
            str(item.data(Qt.ItemDataRole.UserRole)) for item in items if item.checkState() is Qt.CheckState.Checked
        )
        return Whom(key.id, chosen, self.note.text().strip())

    def _turned(self) -> None:
        for button in (self.files_button, self.folder_button):
            button.setEnabled(self.chooser.current is not None)


def _item(person: Person) -> QListWidgetItem:
    """A person to be ticked, with what is known of the key; one who receives no such files can only be read."""
    able = bool(file_keys(person))
    said = NO_FILES if not able else TRUSTED if all(key.trusted for key in file_keys(person)) else UNTRUSTED
    item = QListWidgetItem(f"{person.name}\n{said}")
    item.setData(Qt.ItemDataRole.UserRole, person.id)
    item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{person.name}, {said}")
    item.setSizeHint(QSize(0, _ROW_HEIGHT))
    if able:
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(Qt.CheckState.Unchecked)
    else:
        item.setFlags(Qt.ItemFlag.NoItemFlags)
    return item


class ForWhom(QObject):
    """Asks for whom; what is chosen or dropped while it asks is encrypted so."""

    chosen = Signal(tuple, object)
    """Carries paths, and the Whom that they are to be encrypted for."""
    failed = Signal(object)

    def __init__(self, desk: Desk, tasks: Tasks, theme: Theme, panel: SidePanel, key: FileKey, page: QWidget) -> None:
        super().__init__(page)
        self._page, self._whom = page, NOBODY_ELSE
        self._desk, self._tasks, self._theme, self._panel, self._key = desk, tasks, theme, panel, key
        self.question: WhoQuestion | None = None
        panel.closed.connect(self._closed)

    def ask(self) -> None:
        """Read the people, then ask."""
        session = self._desk.session
        if session is not None:
            self._tasks.run(lambda _: _read(session), done=self._show, failed=self._fail, quiet=True)

    def choose_files(self, whom: Whom) -> None:
        """Ask for files to be encrypted so."""
        self._whom = whom
        ask_for_files(self._page, title="Files to encrypt", chosen=self._files_chosen)

    def answer(self) -> Whom | None:
        """What is chosen now, and the end of the question; None if nothing is asked."""
        whom = self.question.whom if self.question is not None and self.question.isVisible() else None
        if whom is not None:
            self._panel.close_panel()
        return whom

    def _show(self, people: list[Person]) -> None:
        question = WhoQuestion(self._theme, self._key.keys, people)
        question.files_wanted.connect(self._want_files)
        question.folder_wanted.connect(self._want_folder)
        self._panel.open_with(
            "Encrypt for…",
            question,
            question.folder_button,
            question.files_button,
            focus=question.people if people else question.note,
        )
        self.question = question
        question.chooser.turned_to.emit()

    def _want_files(self) -> None:
        whom = self.answer()
        if whom is not None:
            self.choose_files(whom)

    def _want_folder(self) -> None:
        whom = self.answer()
        if whom is not None:
            self._whom = whom
            ask_for_folder(self._page, title="Folder to encrypt", chosen=self._folder_chosen)

    def _files_chosen(self, paths: Sequence[str]) -> None:
        self.chosen.emit(tuple(paths), self._whom)

    def _folder_chosen(self, path: str) -> None:
        self.chosen.emit((path,), self._whom)

    def _closed(self) -> None:
        self.question = None

    def _fail(self, error: SignetError) -> None:
        self.failed.emit(error)


def _read(session: Session) -> list[Person]:
    return list_people(session)
