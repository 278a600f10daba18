"""A person added, or another key of one: files chosen or dropped, or text pasted; what is in them is shown first."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import shiboken6
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

from signet.errors import PrivateKeyGiven, SignetError, UsageError
from signet.gui.pages import choosing
from signet.gui.pages.key_host import KeyForm, KeyHost
from signet.gui.pages.people_details import fingerprint_label
from signet.gui.pages.people_model import KINDS, PURPOSES
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import plain_button, primary_button
from signet.gui.widgets.forms import caption, column
from signet.gui.widgets.text import label
from signet.services import people
from signet.services.people import Person, PublicPart, grouped
from signet.services.people_reading import keys_in_files, keys_in_text
from signet.services.presence import with_presence
from signet.services.session import Session

EXPLAINED = (
    "Their public key: a certificate, a key file (PEM, SSH, JWK), or an age recipient. It is no secret; they can "
    "send it by mail."
)
COMPARE = "Compare the fingerprint with them afterwards, on the phone for instance."
_PASTE_HEIGHT = 76


class AddForm(KeyForm):
    """The body of the panel; `looked_at` carries paths, `pasted` text, `wanted` what was decided.

    With ``person`` the keys are added to somebody who is there.
    """

    looked_at = Signal(list)
    pasted = Signal(str)
    wanted = Signal()

    def __init__(self, theme: Theme, person: Person | None = None) -> None:
        super().__init__(theme)
        self.person = person
        self.found: tuple[PublicPart, ...] = ()
        self.choose_button = plain_button("Choose a file…", name="Choose the file of the public key")
        self.paste = QPlainTextEdit()
        self.paste.setAccessibleName("Public key, pasted as text")
        self.paste.setPlaceholderText("or paste it here")
        self.paste.setFixedHeight(_PASTE_HEIGHT)
        self.paste.setTabChangesFocus(True)
        self.paste.setAcceptDrops(False)
        self.name = QLineEdit()
        self.name.setAccessibleName("Name of the person")
        self.name.setPlaceholderText("Anna Tamm")
        self._hint = label("", "small", wrap=True)
        self.add_button = primary_button("Add key" if person else "Add person")
        self._keys = QWidget()
        self._list = column(self._keys)
        whole = column(self)
        whole.addWidget(self.banner)
        whole.addWidget(label(EXPLAINED, "muted", wrap=True))
        whole.addWidget(self.choose_button, 0, Qt.AlignmentFlag.AlignLeft)
        whole.addWidget(self.paste)
        whole.addWidget(self._keys)
        if person is None:
            whole.addWidget(caption("Name", self.name))
            whole.addWidget(self.name)
            whole.addWidget(self._hint)
        whole.addStretch(1)
        self._hint.hide()
        self.choose_button.clicked.connect(self._choose)
        self.paste.textChanged.connect(self._pasted)
        self.name.textChanged.connect(self._check)
        self.name.returnPressed.connect(self.add_button.click)
        self.add_button.clicked.connect(self._add)
        self._check()

    def set_busy(self, busy: bool) -> None:
        """Stop a second click while something is read or added."""
        self.choose_button.setEnabled(not busy)
        self.add_button.setEnabled(not busy and self._is_complete())

    def show_keys(self, found: Sequence[PublicPart]) -> None:
        """Show what was recognised; with the name of a certificate's subject, if nothing was typed yet."""
        self.found = tuple(found)
        self.banner.hide()
        while (item := self._list.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for part in self.found:
            self._list.addWidget(label(KINDS[part.kind], "strong"))
            self._list.addWidget(label(_said(part), "muted", wrap=True))
            self._list.addWidget(fingerprint_label(grouped(part.fingerprint)))
        if self.found:
            self._list.addWidget(label(COMPARE, "small", wrap=True))
        if not self.name.text():
            self.name.setText(next((part.comment for part in self.found if part.certificate), ""))
        if self.found and self.person is None:
            self.name.setFocus(Qt.FocusReason.OtherFocusReason)
        self._check()

    def forget_text(self) -> None:
        """Take what was pasted off the screen: it was no public key."""
        self.paste.blockSignals(True)
        self.paste.setPlainText("")
        self.paste.blockSignals(False)

    def _choose(self) -> None:
        choosing.ask_for_a_file(
            self, title="A public key", folder=choosing.home(), kinds="All files (*)", chosen=self._chosen
        )

    def _chosen(self, path: str) -> None:
        self.looked_at.emit([path])

    def _pasted(self) -> None:
        text = self.paste.toPlainText()
        if text.strip():
            self.pasted.emit(text)
        else:
            self.banner.hide()
            self.show_keys(())

    def _is_complete(self) -> bool:
        if self.person is not None:
            return bool(self.found)
        try:
            people.check_person_name(self.name.text())
        except UsageError:
            return False
        return bool(self.found)

    def _check(self) -> None:
        said = ""
        if self.name.text().strip():
            try:
                people.check_person_name(self.name.text())
            except UsageError as error:
                said = error.message
        self._hint.setText(said)
        self._hint.setVisible(bool(said))
        self.add_button.setEnabled(self._is_complete())

    def _add(self) -> None:
        if self.add_button.isEnabled():
            self.banner.hide()
            self.wanted.emit()


def open_add(host: KeyHost, person: Person | None = None, paths: Sequence[str] = ()) -> None:
    """Open the form; with ``paths``, look at these files at once."""
    if host.desk.session is None:
        return
    form = AddForm(host.theme, person)
    form.looked_at.connect(partial(look_at, host, form))
    form.pasted.connect(partial(_look_at_text, host, form))
    form.wanted.connect(partial(_add, host, form))
    title = "Add a person" if person is None else f"Add a key of {person.name}"
    host.open_form(title, form, form.add_button, focus=form.choose_button)
    if paths:
        look_at(host, form, paths)


def look_at(host: KeyHost, form: AddForm, paths: Sequence[str]) -> None:
    """Read files in a task; what they held is shown in the form, if that is still there."""

    def found(parts: tuple[PublicPart, ...]) -> None:
        if shiboken6.isValid(form) and host.form is form:
            form.show_keys(parts)

    host.run(lambda _: keys_in_files(list(paths)), found, failed=partial(_refused, host, form), changes=False)


def _look_at_text(host: KeyHost, form: AddForm, text: str) -> None:
    def found(parts: tuple[PublicPart, ...]) -> None:
        if shiboken6.isValid(form) and host.form is form and form.paste.toPlainText() == text:
            form.show_keys(parts)

    host.run(lambda _: keys_in_text(text), found, failed=partial(_refused, host, form), changes=False)


def _refused(host: KeyHost, form: AddForm, error: SignetError) -> None:
    """What was recognised before is not what was given now."""
    if shiboken6.isValid(form) and host.form is form:
        if isinstance(error, PrivateKeyGiven):
            form.forget_text()
        form.show_keys(())
        form.banner.show_error(error)


def _add(host: KeyHost, form: AddForm) -> None:
    found, name, person = form.found, form.name.text(), form.person

    def work(session: Session) -> Person:
        if person is not None:
            return with_presence(session, lambda: people.add_key_to_person(session, person.id, found))
        return with_presence(session, lambda: people.add_person(session, name, found))

    def done(made: Person) -> None:
        if host.form is form:
            host.close_form()
        host.made.emit(made)
        said = f"{made.name} has a new key" if person else f"{made.name} was added"
        host.told.emit(said, COMPARE)

    host.run(work, done)


def _said(part: PublicPart) -> str:
    beside = ""
    if part.certificate:
        beside = f" From the certificate of {part.comment}."
    elif part.comment:
        beside = f" Marked as {part.comment}."
    return f"{PURPOSES[part.kind]}.{beside}"
