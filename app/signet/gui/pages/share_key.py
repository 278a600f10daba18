"""One's own public key for others: a QR picture, text to copy, a file, and the fingerprint to read out."""

from __future__ import annotations

from functools import partial

import shiboken6
from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QWidget

from signet.gui.design import SPACE
from signet.gui.pages import choosing
from signet.gui.pages.jobs_words import in_lines
from signet.gui.pages.key_action import KeyAction, Place, Rows
from signet.gui.pages.key_host import KeyForm, KeyHost
from signet.gui.pages.keys_model import KeyRow
from signet.gui.pages.people_details import fingerprint_label
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import plain_button, primary_button
from signet.gui.widgets.forms import caption, choice_box, column
from signet.gui.widgets.qr import QrPicture
from signet.gui.widgets.section import Section
from signet.gui.widgets.text import label
from signet.keys.model import Key
from signet.keys.spec import KeySpec, KeyUsage
from signet.services.sharing import Shared, is_shareable, share_key, shareable_keys, write_shared

PUBLIC = "It is no secret: send it as you like."
FOR_AGE = "With it others encrypt age files that only you can open."
FOR_FILES = "With it others encrypt files that only you can open."
FOR_SIGNATURES = "With it others see that a signature is yours."
FOR_SECRETS = "With it others agree on a shared secret with you."
READ_OUT = "When they ask whether it is really yours, read this out to them:"
AGREEING = frozenset({KeySpec.ECC_NIST_P256, KeySpec.ECC_NIST_P384, KeySpec.ECC_NIST_P521})
"""Curves on which files are received (Raw ECDH keyring)."""
NONE = (
    "There is no key to give away yet. Make one on the page Keys: an RSA key for files receives files, one that "
    "signs documents lets others check your signatures, and one of the kind X25519 receives age files."
)


class ShareForm(KeyForm):
    """The body of the panel; `turned_to` carries the key that was chosen, `copied` and `file_wanted` what to do."""

    turned_to = Signal(object)
    copied = Signal()
    file_wanted = Signal()

    def __init__(self, theme: Theme, choice: list[Key]) -> None:
        super().__init__(theme)
        self.shared: Shared | None = None
        self.choice = choice_box("Which of your keys")
        for key in choice:
            self.choice.addItem(key.alias, key)
        self.copy_button = plain_button("Copy", name="Copy the public key")
        self.save_button = primary_button("Save as file…", name="Save the public key as a file")
        self._body = QWidget()
        self._column = column(self._body, SPACE.large)
        whole = column(self, SPACE.large)
        whole.addWidget(self.banner)
        if len(choice) > 1:
            whole.addWidget(caption("Which key?", self.choice))
            whole.addWidget(self.choice)
        if not choice:
            whole.addWidget(label(NONE, "body", wrap=True))
        whole.addWidget(self._body)
        whole.addStretch(1)
        self.choice.currentIndexChanged.connect(self._turned)
        self.copy_button.clicked.connect(self.copied)
        self.save_button.clicked.connect(self.file_wanted)
        self.set_busy(True)

    def set_busy(self, busy: bool) -> None:
        """Nothing can be given away before it was read."""
        for button in (self.copy_button, self.save_button):
            button.setEnabled(not busy and self.shared is not None)

    def show_key(self, shared: Shared) -> None:
        """Show a key's public half."""
        self.shared = shared
        while (item := self._column.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._column.addWidget(label(f"{_purpose(shared)} {PUBLIC}", "muted", wrap=True))
        picture = QrPicture(shared.text.strip(), name=f"QR code of the public key “{shared.key.alias}”")
        self._column.addWidget(picture)
        section = Section("Fingerprint", label(READ_OUT, "small", wrap=True), fingerprint_label(shared.fingerprint))
        if shared.ssh_fingerprint:
            section.add(label("As SSH says it:", "small"))
            section.add(_long_word(shared.ssh_fingerprint))
        self._column.addWidget(section)
        if shared.is_recipient:
            self._column.addWidget(Section("As text", _long_word(shared.text.strip())))
        self.set_busy(False)

    def _turned(self) -> None:
        key = self.choice.currentData()
        if isinstance(key, Key):
            self.turned_to.emit(key)


def open_share(host: KeyHost, choice: list[Key]) -> None:
    """Open the form for the first of these keys; the others can be turned to."""
    form = ShareForm(host.theme, choice)
    form.turned_to.connect(partial(_read, host, form))
    form.copied.connect(partial(_copy, host, form))
    form.file_wanted.connect(partial(_ask, host, form))
    title = f"Share “{choice[0].alias}”" if len(choice) == 1 else "Give others your key"
    buttons = (form.copy_button, form.save_button) if choice else ()
    focus = form.choice if len(choice) > 1 else form.copy_button
    host.open_form(title, form, *buttons, focus=focus if choice else None)
    if choice:
        _read(host, form, choice[0])


def open_share_any(host: KeyHost) -> None:
    """Open the form with every key that can be given away."""
    host.run(shareable_keys, partial(open_share, host), changes=False)


def _share(host: KeyHost, rows: Rows) -> None:
    open_share(host, [rows[0].key])


def _read(host: KeyHost, form: ShareForm, key: Key) -> None:
    def read(shared: Shared) -> None:
        if shiboken6.isValid(form) and host.form is form:
            form.show_key(shared)

    host.run(lambda session: share_key(session, key.id), read, changes=False)


def _copy(host: KeyHost, form: ShareForm) -> None:
    if form.shared is not None:
        QGuiApplication.clipboard().setText(form.shared.text)
        host.told.emit("The public key was copied", "Paste it wherever it is wanted; it is no secret.")


def _ask(host: KeyHost, form: ShareForm) -> None:
    if form.shared is None:
        return
    choosing.ask_where_to_save(
        form,
        title="Save the public key",
        folder=choosing.home(),
        name=form.shared.file_name,
        kinds="All files (*)",
        chosen=partial(_write, host, form),
    )


def _write(host: KeyHost, form: ShareForm, path: str) -> None:
    shared = form.shared
    if shared is not None:
        host.run(
            lambda session: write_shared(session, shared, path),
            lambda written: host.told.emit("The public key was saved", f"It is in {written}. {PUBLIC}"),
        )


def _long_word(text: str) -> QLabel:
    made = label(in_lines(text), "mono", selectable=True)
    made.setAccessibleName(text)
    return made


def _purpose(shared: Shared) -> str:
    if shared.is_recipient:
        return FOR_AGE
    key = shared.key
    if key.usage is KeyUsage.SIGN_VERIFY:
        return FOR_SIGNATURES
    receives = key.usage is KeyUsage.ENCRYPT_DECRYPT or key.spec in AGREEING
    return FOR_FILES if receives else FOR_SECRETS


def _can_share(row: KeyRow) -> bool:
    return is_shareable(row.key)


SHARE = KeyAction(
    "share",
    "Share public key…",
    "The public half for others: as a picture, text or file, with its fingerprint.",
    _share,
    offered=_can_share,
    place=Place.COPY,
)
