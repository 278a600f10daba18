"""A small secret encrypted in the window: text in, ciphertext out, to be copied or saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout

from signet.errors import UsageError
from signet.gui.pages import choosing, text_work
from signet.gui.pages.key_action import KeyAction, Place, Rows
from signet.gui.pages.key_host import KeyForm, KeyHost
from signet.gui.pages.keys_model import KeyRow
from signet.gui.pages.text_parts import TextForm, text_field, text_of
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import link_button, plain_button
from signet.gui.widgets.steady import Choice
from signet.gui.widgets.text import label, set_role
from signet.keys.model import Key
from signet.keys.spec import KeySpec
from signet.secret import Secret
from signet.services.session import Session
from signet.services.small_secrets import Sealed

TITLE = "Encrypt text"
EXPLAINED = "A PIN, a password, some lines. Signet keeps no copy: what comes out is yours to keep, anywhere."
ENDING = ".secret"
MOST_KEYS = 200
"""Keys that are offered by name; with more, the page Keys finds the one that is meant."""


@dataclass(frozen=True)
class Wanted:
    """What is to be encrypted; ``text`` belongs to whoever does it."""

    text: Secret
    key_id: str
    notes: dict[str, str]


class EncryptTextForm(TextForm):
    """First the text, then in its place the ciphertext; `wanted` carries a Wanted."""

    wanted = Signal(object)
    random_wanted = Signal()
    save_wanted = Signal()

    def __init__(self, theme: Theme, keys: Sequence[Key], chosen: Key | None) -> None:
        super().__init__(theme, work="Encrypt", again="Encrypt another text")
        self.encrypt_button = self.work_button
        self.text = text_field("Text to encrypt", "What nobody else is to read")
        self.random = link_button("Random password", name="Put a random password into the text")
        self.key = Choice()
        self.key.setAccessibleName("Key to encrypt with")
        self.result = text_field("Encrypted text", height=150, written=True)
        self.save_button = plain_button("Save…", name="Save the encrypted text in a file")
        self._size = label("", "small")
        self.ciphertext = b""
        for each in keys[:MOST_KEYS]:
            self.key.addItem(each.alias, each.id)
        if chosen is not None:
            self.key.setCurrentIndex(max(self.key.findData(chosen.id), 0))
        self._ask_for(one_key=len(keys) == 1)
        self.put_together(self.result, beside_copy=self.save_button)
        self.text.textChanged.connect(self._check)
        self.random.clicked.connect(self.random_wanted)
        self.encrypt_button.clicked.connect(self._encrypt)
        self.copy_button.clicked.connect(self._copy)
        self.save_button.clicked.connect(self.save_wanted)
        self._check()

    def _ask_for(self, *, one_key: bool) -> None:
        self.asked.addWidget(label(EXPLAINED, "muted", wrap=True))
        self.asked.addWidget(self.text)
        below = QHBoxLayout()
        below.addWidget(self._size, 1)
        below.addWidget(self.random)
        self.asked.addLayout(below)
        if one_key:
            self.asked.addWidget(label(f"With the key “{self.key.currentText()}”", "body", wrap=True))
        else:
            self.asked.addWidget(label("With the key", "strong"))
            self.asked.addWidget(self.key)

    def set_busy(self, busy: bool) -> None:
        """Stop a second click while it is being encrypted."""
        self.encrypt_button.setEnabled(not busy and text_work.counted(text_of(self.text))[1])

    def suggest(self, password: Secret) -> None:
        """Put a random password into the field; it is wiped here."""
        with password:
            self.text.setPlainText(password.text())
        self.text.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_result(self, sealed: Sealed) -> None:
        """Show what came out, where the text was."""
        self.ciphertext = sealed.ciphertext
        self.text.clear()
        notes = " and the same notes" if self.notes.field.text().strip() else ""
        self.result.setPlainText(text_work.as_text(sealed.ciphertext))
        self.show_answer(f"It opens with the key “{sealed.key.alias}” of this vault{notes}.", focus=self.copy_button)

    def say(self, words: str) -> None:
        """Say what became of the result."""
        self.copied.setText(words)

    def _check(self) -> None:
        words, fits = text_work.counted(text_of(self.text))
        self._size.setText(words)
        set_role(self._size, "small" if fits or not words else "bad")
        self.encrypt_button.setEnabled(fits and self.key.count() > 0)

    def _encrypt(self) -> None:
        try:
            notes = text_work.read_notes(self.notes.field.text())
        except UsageError as error:
            self.notes.open()
            self.banner.show_message("Please check the notes", error.message, kind="bad")
            return
        self.banner.hide()
        text = Secret.from_text(text_of(self.text))
        self.wanted.emit(Wanted(text, str(self.key.currentData()), notes))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.result.toPlainText())
        self.say("Copied. It is no secret any more: without this vault nobody reads it.")


def open_encrypt_text(host: KeyHost, keys: Sequence[Key], chosen: Key | None = None) -> EncryptTextForm:
    """Open the form, with these keys to choose from."""
    form = EncryptTextForm(host.theme, keys, chosen)

    def encrypt(wanted: Wanted) -> None:
        def work(session: Session) -> Sealed:
            return text_work.seal_text(session, wanted.text, wanted.key_id, wanted.notes)

        if host.run(work, partial(_if_open, host, form, form.show_result)) is None:
            wanted.text.wipe()

    def suggest() -> None:
        host.run(text_work.random_password, partial(_if_open, host, form, form.suggest), changes=False)

    def saved(path: str) -> None:
        _if_open(host, form, form.say, f"Saved in {path}.")

    def save(path: str) -> None:
        host.run(lambda session: text_work.save(session, path, form.ciphertext), saved, changes=False)

    def ask_where() -> None:
        choosing.ask_where_to_save(
            form,
            title="Save the encrypted text",
            folder=choosing.home(),
            name=f"text{ENDING}",
            kinds=f"Encrypted text (*{ENDING});;All files (*)",
            chosen=save,
        )

    form.wanted.connect(encrypt)
    form.random_wanted.connect(suggest)
    form.save_wanted.connect(ask_where)
    form.another_wanted.connect(lambda: open_encrypt_text(host, keys, chosen))
    host.open_form(TITLE, form, form.encrypt_button, focus=form.text)
    return form


def _if_open(host: KeyHost, form: KeyForm, show: object, answer: object) -> None:
    """Hand an answer to the form that asked, if it is still there; a secret that nobody waits for is wiped."""
    if host.form is form and callable(show):
        show(answer)
    elif isinstance(answer, Secret):
        answer.wipe()


def takes_text(row: KeyRow) -> bool:
    """Whether small secrets can be encrypted with a key."""
    return row.key.spec is KeySpec.SYMMETRIC_DEFAULT


def _open(host: KeyHost, rows: Rows) -> None:
    open_encrypt_text(host, (rows[0].key,), rows[0].key)


def _usable(row: KeyRow) -> bool:
    return row.usable


ENCRYPT_TEXT = KeyAction(
    "encrypt-text",
    "Encrypt text…",
    "A password or a few lines, which come out as text that only this vault opens.",
    _open,
    offered=takes_text,
    enabled=_usable,
    place=Place.USE,
    shortcut="Ctrl+T",
)
