"""What becomes of a person: another name and note, trust taken back, a key removed, the whole person removed."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QPushButton

from signet.errors import UsageError
from signet.gui.pages.key_host import KeyForm, KeyHost
from signet.gui.pages.people_details import fingerprint_label
from signet.gui.pages.people_model import KINDS
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import danger_button, primary_button
from signet.gui.widgets.forms import caption, column
from signet.gui.widgets.text import label
from signet.services import people
from signet.services.catalogue import CatalogueEntry, list_files
from signet.services.files_inspect import shown
from signet.services.people import Person, PersonKey, grouped
from signet.services.presence import with_presence
from signet.services.session import Session

LOST = (
    "Their public keys leave this vault. What they sign is unknown here then, and you cannot encrypt for them any "
    "more, unless you add them and compare the fingerprints again."
)
STAYS = "Files that you encrypted for them stay readable for them: what somebody has cannot be called back."
KEY_LOST = "What is signed with this key is unknown here then. Files encrypted to it stay readable with it."
_NOTE_HEIGHT = 96
_FILES_NAMED = 5


class NameForm(KeyForm):
    """Name and note of a person; `wanted` says that they are to be saved."""

    wanted = Signal()

    def __init__(self, theme: Theme, person: Person) -> None:
        super().__init__(theme)
        self.name = QLineEdit(person.name)
        self.name.setAccessibleName("Name of the person")
        self.note = QPlainTextEdit(person.note)
        self.note.setAccessibleName("Note")
        self.note.setFixedHeight(_NOTE_HEIGHT)
        self.note.setTabChangesFocus(True)
        self.note.setAcceptDrops(False)
        self.save = primary_button("Save")
        whole = column(self)
        for widget in (self.banner, caption("Name", self.name), self.name, caption("Note", self.note), self.note):
            whole.addWidget(widget)
        whole.addStretch(1)
        self.save.clicked.connect(self._save)
        self.name.returnPressed.connect(self.save.click)

    def set_busy(self, busy: bool) -> None:
        """Stop a second click."""
        self.save.setEnabled(not busy)

    def _save(self) -> None:
        try:
            people.check_person_name(self.name.text())
        except UsageError as error:
            self.banner.show_message("Please check this", error.message, kind="bad")
            return
        self.banner.hide()
        self.wanted.emit()


class SureForm(KeyForm):
    """What is lost, and the button that does it."""

    def __init__(self, theme: Theme, button: QPushButton, *sentences: str, fingerprint: str = "") -> None:
        super().__init__(theme)
        self.button = button
        whole = column(self)
        whole.addWidget(self.banner)
        for sentence in filter(None, sentences):
            whole.addWidget(label(sentence, "body", wrap=True))
        if fingerprint:
            whole.addWidget(fingerprint_label(fingerprint))
        whole.addStretch(1)

    def set_busy(self, busy: bool) -> None:
        """Stop a second click."""
        self.button.setEnabled(not busy)


def open_name(host: KeyHost, person: Person) -> None:
    """Open the form with what the person is called now."""
    form = NameForm(host.theme, person)

    def save() -> None:
        wanted = partial(_save, person=person, name=form.name.text(), note=form.note.toPlainText().strip())
        host.run(wanted, lambda changed: _done(host, form, f"“{changed.name}” is saved", ""))

    form.wanted.connect(save)
    host.open_form(f"Name and note of {person.name}", form, form.save, focus=form.name)


def _save(session: Session, *, person: Person, name: str, note: str) -> Person:
    changed = person
    if people.check_person_name(name) != person.name:
        changed = with_presence(session, lambda: people.rename_person(session, person.id, name))
    return changed if note == person.note else people.note_person(session, person.id, note)


def open_remove(host: KeyHost, person: Person) -> None:
    """Say what is lost with a person, and which files stay readable for them; remove them if that is wanted."""

    def read(session: Session) -> tuple[CatalogueEntry, ...]:
        return list_files(session, person=person.id)

    def ask(found: tuple[CatalogueEntry, ...]) -> None:
        button = danger_button("Remove", name=f"Remove {person.name}")
        _ask(
            host,
            f"Remove {person.name}?",
            SureForm(host.theme, button, LOST, STAYS, _known(found)),
            lambda session: people.remove_person(session, person.id),
            f"{person.name} was removed",
        )

    host.run(read, ask, changes=False)


def _known(found: Sequence[CatalogueEntry]) -> str:
    """Name the files that Signet knows to be readable for somebody; "" if there are none."""
    if not found:
        return ""
    names = [shown(os.path.basename(each.path)) for each in found[:_FILES_NAMED]]
    more = f" and {len(found) - len(names)} more" if len(found) > len(names) else ""
    count = "1 known file" if len(found) == 1 else f"{len(found)} known files"
    return f"That is so for {count}: {', '.join(names)}{more}."


def open_remove_key(host: KeyHost, person: Person, key: PersonKey) -> None:
    """Say what is lost with one of several keys, and remove it if that is wanted."""
    button = danger_button("Remove key", name=f"Remove this key of {person.name}")
    form = SureForm(host.theme, button, f"{KINDS[key.kind]}. {KEY_LOST}", fingerprint=grouped(key.fingerprint))
    _ask(
        host,
        f"Remove a key of {person.name}?",
        form,
        lambda session: people.remove_key_from_person(session, person.id, key.fingerprint),
        f"A key of {person.name} was removed",
    )


def note_same(host: KeyHost, person: Person, fingerprint: str) -> None:
    """Note that the fingerprint of a key was found to be the same."""

    def work(session: Session) -> Person:
        return with_presence(session, lambda: people.trust_person(session, person.id, fingerprints=[fingerprint]))

    said = "What is signed with this key is shown as signed by them from now on."
    host.run(work, lambda changed: host.told.emit(f"Compared with {changed.name}", said))


def take_back(host: KeyHost, person: Person) -> None:
    """Take back that fingerprints were compared; asks nothing, because it opens nothing."""
    host.run(
        lambda session: people.untrust_person(session, person.id),
        lambda changed: host.told.emit(
            f"{changed.name} is not trusted any more", "Compare the fingerprint again to undo this."
        ),
    )


def _ask(host: KeyHost, title: str, form: SureForm, work: Callable[[Session], object], said: str) -> None:
    def act(_: bool = False) -> None:
        host.run(
            lambda session: with_presence(session, partial(work, session)),
            lambda _: _done(host, form, said, "The activity log keeps that they were here."),
        )

    form.button.clicked.connect(act)
    host.open_form(title, form, form.button, focus=form.button)


def _done(host: KeyHost, form: KeyForm, title: str, sentence: str) -> None:
    if host.form is form:
        host.close_form()
    host.told.emit(title, sentence)
