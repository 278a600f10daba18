"""A small secret opened in the window: hidden until it is to be seen, copied for a while only."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal

from signet.errors import SignetError, UsageError
from signet.gui.desk import Desk
from signet.gui.pages import choosing, text_work
from signet.gui.pages.encrypt_text import ENDING, takes_text
from signet.gui.pages.key_action import KeyAction, Place, Rows
from signet.gui.pages.key_host import KeyHost
from signet.gui.pages.text_parts import TextForm, text_field
from signet.gui.widgets.buttons import link_button, plain_button
from signet.gui.widgets.text import label
from signet.services.small_secrets import Opened

TITLE = "Decrypt text"
EXPLAINED = "Paste the encrypted text, all of it. The key is found by itself."
HIDDEN = "•" * 12
NO_TEXT = "It is no text; this is base64 of its bytes."


class DecryptTextForm(TextForm):
    """First the ciphertext, then in its place what was inside, as dots; `wanted` carries bytes and notes."""

    wanted = Signal(bytes, object)
    file_wanted = Signal()

    def __init__(self, desk: Desk, host: KeyHost) -> None:
        super().__init__(host.theme, work="Decrypt", again="Decrypt another text")
        self.decrypt_button = self.work_button
        self._desk = desk
        self._opened: Opened | None = None
        self.text = text_field("Encrypted text", "c2lnbmV0…", height=130)
        self.file = link_button("Open a file…", name="Open a file with an encrypted text")
        self.secret = label(HIDDEN, "code", wrap=True)
        self.show_button = plain_button("Show")
        self._kind = label(NO_TEXT, "small", wrap=True)
        self.asked.addWidget(label(EXPLAINED, "muted", wrap=True))
        self.asked.addWidget(self.text)
        self.asked.addWidget(self.file, 0, Qt.AlignmentFlag.AlignLeft)
        self.put_together(self.secret, self._kind, beside_copy=self.show_button)
        self.text.textChanged.connect(self._check)
        self.file.clicked.connect(self.file_wanted)
        self.decrypt_button.clicked.connect(self._decrypt)
        self.show_button.clicked.connect(self._reveal)
        self.copy_button.clicked.connect(self._copy)
        desk.clipboard.ticked.connect(self._count_down)
        self._check()

    def set_busy(self, busy: bool) -> None:
        """Stop a second click while it is being decrypted."""
        self.decrypt_button.setEnabled(not busy and bool(self.text.toPlainText().strip()))

    def show_opened(self, opened: Opened) -> None:
        """Say that it opened; what was inside stays hidden. It is wiped when the form goes."""
        self._opened = opened
        wipe = opened.plaintext.wipe
        self.destroyed.connect(lambda: wipe())
        _, is_text = text_work.shown_text(opened.plaintext)
        self.text.clear()
        self._kind.setVisible(not is_text)
        self.copy_button.setVisible(is_text)
        focus = self.copy_button if is_text else self.show_button
        self.show_answer(f"Opened with the key “{opened.key.alias}”. What was inside:", focus=focus)

    def show_why_not(self, title: str, sentence: str) -> None:
        """Say why it did not open."""
        self.banner.show_message(title, sentence, kind="bad")

    def take_file(self, ciphertext: bytes) -> None:
        """Put what a file holds into the field."""
        self.text.setPlainText(text_work.as_text(ciphertext))

    def _check(self) -> None:
        self.decrypt_button.setEnabled(bool(self.text.toPlainText().strip()))

    def _decrypt(self) -> None:
        try:
            notes = text_work.read_notes(self.notes.field.text())
            ciphertext = text_work.from_text(self.text.toPlainText())
        except UsageError as error:
            self.notes.open()
            self.show_why_not("Please check the notes", error.message)
            return
        except SignetError as error:
            self.banner.show_error(error)
            return
        self.banner.hide()
        self.wanted.emit(ciphertext, notes)

    def _reveal(self) -> None:
        if self._opened is None:
            return
        hidden = self.show_button.text() == "Show"
        self.secret.setText(text_work.shown_text(self._opened.plaintext)[0] if hidden else HIDDEN)
        self.show_button.setText("Hide" if hidden else "Show")
        self.show_button.setAccessibleName(self.show_button.text())

    def _copy(self) -> None:
        if self._opened is not None:
            self._desk.clipboard.copy(self._opened.plaintext, self._desk.workplace.settings.clipboard_seconds)

    def _count_down(self, left: int) -> None:
        if self._opened is not None:
            going = f"Copied. It leaves the clipboard in {left} s, and when the vault is locked."
            self.copied.setText(going if left else "It is no longer on the clipboard.")


def open_decrypt_text(host: KeyHost) -> DecryptTextForm:
    """Open the form; no key is asked for, since the text names its own."""
    form = DecryptTextForm(host.desk, host)

    def decrypt(ciphertext: bytes, notes: dict[str, str]) -> None:
        session = host.desk.session
        vault_id = session.vault_id if session is not None else ""

        def opened(answer: Opened) -> None:
            if host.form is form:
                form.show_opened(answer)
            else:
                answer.plaintext.wipe()

        def failed(error: SignetError) -> None:
            if host.form is form:
                form.show_why_not(*text_work.why_not(error, vault_id))

        host.run(lambda session: text_work.open_text(session, ciphertext, notes), opened, failed=failed)

    def read(path: str) -> None:
        host.run(lambda _: text_work.read_file(path), taken, changes=False)

    def taken(content: bytes) -> None:
        if host.form is form:
            form.take_file(content)

    def ask_which() -> None:
        kinds = f"Encrypted text (*{ENDING});;All files (*)"
        choosing.ask_for_a_file(form, title="Encrypted text", folder=choosing.home(), kinds=kinds, chosen=read)

    form.wanted.connect(decrypt)
    form.file_wanted.connect(ask_which)
    form.another_wanted.connect(lambda: open_decrypt_text(host))
    host.open_form(TITLE, form, form.decrypt_button, focus=form.text)
    return form


def _open(host: KeyHost, _: Rows) -> None:
    open_decrypt_text(host)


DECRYPT_TEXT = KeyAction(
    "decrypt-text",
    "Decrypt text…",
    "See what is in a text that was encrypted with a key of this vault.",
    _open,
    offered=takes_text,
    place=Place.USE,
    shortcut="Ctrl+Shift+T",
)
