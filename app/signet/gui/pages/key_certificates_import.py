"""A certificate brought to its key: from a file, or pasted, as issuers send them."""

from __future__ import annotations

import os
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QPlainTextEdit

from signet.gui.pages import choosing
from signet.gui.pages.key_host import KeyForm, KeyHost
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import plain_button, primary_button
from signet.gui.widgets.forms import column
from signet.gui.widgets.text import label
from signet.keys.model import Key
from signet.services.certificates_import import Imported, import_certificate, notes_on, read_certificate_file

CERTIFICATES = "Certificates (*.pem *.crt *.cer *.der *.p7b *.p7c);;All files (*)"
EXPLAINED = (
    "The answer to a request, or a certificate that you had before. It has to be for this key. Those of its issuers "
    "may be in the same file."
)
_PASTE_HEIGHT = 110


class ImportForm(KeyForm):
    """The body of the panel; `chosen` carries a path, `pasted` text. Files can be dropped on it."""

    file_wanted = Signal()
    chosen = Signal(str)
    pasted = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.setAcceptDrops(True)
        self.choose_button = plain_button("Choose a file…", name="Choose the file of the certificate")
        self.paste = QPlainTextEdit()
        self.paste.setAccessibleName("Certificate, pasted as text")
        self.paste.setPlaceholderText("-----BEGIN CERTIFICATE-----")
        self.paste.setFixedHeight(_PASTE_HEIGHT)
        self.paste.setTabChangesFocus(True)
        self.paste.setAcceptDrops(False)
        self.import_button = primary_button("Import", name="Import the certificate that was pasted")
        whole = column(self)
        whole.addWidget(self.banner)
        whole.addWidget(label(EXPLAINED, "muted", wrap=True))
        whole.addWidget(self.choose_button, 0, Qt.AlignmentFlag.AlignLeft)
        whole.addWidget(label("Or drop it here, or paste its text:", "small", wrap=True))
        whole.addWidget(self.paste)
        whole.addStretch(1)
        self.choose_button.clicked.connect(self.file_wanted)
        self.import_button.clicked.connect(self._pasted)
        self.paste.textChanged.connect(self._check)
        self._check()

    def set_busy(self, busy: bool) -> None:
        """Stop a second click."""
        self.choose_button.setEnabled(not busy)
        self.import_button.setEnabled(not busy and bool(self.paste.toPlainText().strip()))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take one file of this computer."""
        if len(event.mimeData().urls()) == 1 and event.mimeData().urls()[0].isLocalFile():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Read it."""
        event.acceptProposedAction()
        self.chosen.emit(event.mimeData().urls()[0].toLocalFile())

    def _pasted(self) -> None:
        self.pasted.emit(self.paste.toPlainText())

    def _check(self) -> None:
        self.set_busy(False)


def open_import(host: KeyHost, key: Key) -> None:
    """Open the form for bringing a certificate."""
    form = ImportForm(host.theme)
    form.file_wanted.connect(partial(_ask, form))
    form.chosen.connect(partial(_read, host, key, form))
    form.pasted.connect(partial(_take, host, key, form))
    host.open_form(f"A certificate for “{key.alias}”", form, form.import_button, focus=form.choose_button)


def _ask(form: ImportForm) -> None:
    choosing.ask_for_a_file(
        form,
        title="Import a certificate",
        folder=choosing.home(),
        kinds=CERTIFICATES,
        chosen=form.chosen.emit,
    )


def _read(host: KeyHost, key: Key, form: ImportForm, path: str) -> None:
    form.banner.hide()
    place = os.path.abspath(path)
    host.run(
        lambda session: import_certificate(session, key.id, read_certificate_file(place)),
        partial(_imported, host, key, form),
    )


def _take(host: KeyHost, key: Key, form: ImportForm, text: str) -> None:
    form.banner.hide()
    data = text.encode("utf-8", "replace")
    host.run(lambda session: import_certificate(session, key.id, data), partial(_imported, host, key, form))


def _imported(host: KeyHost, key: Key, form: ImportForm, came: Imported) -> None:
    if host.form is form:
        host.close_form()
    said = " ".join(notes_on(came)) or f"Issued by {came.newest.issuer_name}. This key signs with it from now on."
    host.told.emit(f"“{key.alias}” has the certificate of “{came.newest.common_name}”", said)
