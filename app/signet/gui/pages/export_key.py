"""A key in a file of its own: encrypted under a passphrase, or plain with a warning."""

from __future__ import annotations

import re
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QLineEdit, QRadioButton, QVBoxLayout, QWidget

from signet.crypto.keyfiles import KeyFileForm, forms_of, in_age_file
from signet.gui.administration import window_prompt
from signet.gui.design import SPACE
from signet.gui.pages import choosing
from signet.gui.pages.key_action import KeyAction, Place, Rows
from signet.gui.pages.key_host import KeyForm, KeyHost
from signet.gui.pages.keys_model import KeyRow
from signet.gui.theme import Theme
from signet.gui.widgets.banner import Banner
from signet.gui.widgets.buttons import primary_button
from signet.gui.widgets.secret_field import SecretField
from signet.gui.widgets.steady import Choice
from signet.gui.widgets.text import label
from signet.keys.model import Key
from signet.keys.spec import Protection
from signet.secret import Secret
from signet.services import exporting
from signet.services.enrolment import MIN_PASSPHRASE
from signet.services.exporting import MAX_REASON
from signet.services.presence import with_presence
from signet.services.prompt import SecretKind
from signet.services.session import Session

_UNSAFE = re.compile(r"[^a-zA-Z0-9_-]+")
FORMS = {
    KeyFileForm.PKCS8: "PEM, for most programs",
    KeyFileForm.OPENSSH: "OpenSSH, for ssh and git",
    KeyFileForm.JWK: "JSON Web Key",
    KeyFileForm.RAW: "The bytes alone",
}
PLAIN_WARNING = (
    "Whoever gets this file has the key: everything encrypted with it can be read, everything can be signed in your "
    "name. Keep it only where nobody else can look, and delete it when you are done."
)


@dataclass(frozen=True)
class Export:
    """What was asked for; ``passphrase`` is None for a plain file and belongs to whoever writes it."""

    key: Key
    version: int
    path: str
    passphrase: Secret | None
    form: KeyFileForm | None = None
    reason: str = ""


def write_export(session: Session, wanted: Export) -> str:
    """Write the file and return its path; blocking, for a task. Raises as `export_key`."""
    secrets = {} if wanted.passphrase is None else {SecretKind.NEW_PASSPHRASE: wanted.passphrase}
    with window_prompt(session.workplace).prepared(secrets):
        return with_presence(
            session,
            lambda: exporting.export_key(
                session,
                wanted.key.id,
                wanted.path,
                version=wanted.version,
                plain=wanted.passphrase is None,
                form=wanted.form,
                reason=wanted.reason,
            ),
        )


def file_stem(key: Key) -> str:
    """The name of a key as the beginning of a file's name."""
    return _UNSAFE.sub("-", key.alias)


def file_name(key: Key, form: KeyFileForm, *, plain: bool) -> str:
    """Propose a name for the file: what is in it, and how."""
    ending = {KeyFileForm.JWK: ".jwk", KeyFileForm.RAW: ".key", KeyFileForm.PKCS8: ".pem"}.get(form, "")
    return file_stem(key) + ending + (".age" if in_age_file(form) and not plain else "")


class ExportForm(KeyForm):
    """The body of the panel; `path_wanted` once everything is filled in, `take` when the path is known."""

    path_wanted = Signal()

    def __init__(self, theme: Theme, key: Key) -> None:
        super().__init__(theme)
        self.key = key
        self.encrypted = QRadioButton("Encrypted with a passphrase")
        self.plain = QRadioButton("Plain, readable by anyone")
        self.passphrase = SecretField("Passphrase for the file")
        self.again = SecretField("The passphrase once more")
        self.form = Choice()
        self.form.setAccessibleName("Kind of file")
        for each in forms_of(key.spec):
            self.form.addItem(FORMS[each], each)
        self.reason = QLineEdit()
        self.reason.setAccessibleName("Why")
        self.reason.setPlaceholderText("for example a copy for the safe")
        self.reason.setMaxLength(MAX_REASON)
        self.version = Choice()
        self.version.setAccessibleName("Which version")
        self.save_button = primary_button("Choose where…", name="Choose where to save the key")
        self._hint = label("", "small", wrap=True)
        self._secrets = QWidget()
        self._warning = Banner(theme, "warn", closable=False)
        self._version_box = QWidget()
        self._group = QButtonGroup(self)
        self._arrange()
        self.encrypted.setChecked(True)
        self.encrypted.toggled.connect(self._check)
        for field in (self.passphrase, self.again):
            field.textChanged.connect(self._check)
            field.returnPressed.connect(self.save_button.click)
        self.save_button.clicked.connect(self._ask)
        self._check()

    def _arrange(self) -> None:
        secrets = QVBoxLayout(self._secrets)
        versions = QVBoxLayout(self._version_box)
        column = QVBoxLayout(self)
        for layout in (secrets, versions, column):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(SPACE.small)
        for caption, field in (("Passphrase for the file", self.passphrase), ("Once more", self.again)):
            secrets.addWidget(label(caption, "strong"))
            secrets.addWidget(field)
        secrets.addWidget(self._hint)
        versions.addWidget(label("Version", "strong"))
        versions.addWidget(self.version)
        for number in range(self.key.version, 0, -1):
            newest = " (the current one)" if number == self.key.version else ""
            self.version.addItem(f"Version {number}{newest}", number)
        self._version_box.setVisible(self.key.version > 1)
        self._warning.show_message("Anyone can use a plain key", PLAIN_WARNING)
        what = "secret key" if self.key.spec.is_symmetric else "private key"
        said = f"A copy of the {what} in a file. The key stays in the vault as it is; that it was exported is logged."
        column.addWidget(self.banner)
        column.addWidget(label(said, "muted", wrap=True))
        for choice in (self.encrypted, self.plain):
            self._group.addButton(choice)
            column.addWidget(choice)
        for widget in (self._secrets, self._warning, self._version_box):
            column.addWidget(widget)
        more: tuple[tuple[str, QWidget], ...] = (("Kind of file", self.form), ("Why? It is logged", self.reason))
        for caption, widget in more:
            asked = label(caption, "strong")
            asked.setBuddy(widget)
            column.addWidget(asked)
            column.addWidget(widget)
        column.addStretch(1)

    @property
    def name(self) -> str:
        """The name that the file dialog proposes."""
        return file_name(self.key, self._chosen_form, plain=self.plain.isChecked())

    @property
    def _chosen_form(self) -> KeyFileForm:
        return KeyFileForm(self.form.currentData())

    @property
    def kinds(self) -> str:
        """The kinds of file that the dialog shows."""
        suffix = self.name.partition(".")[2]
        return f"{suffix.upper()} (*.{suffix});;All files (*)" if suffix else "All files (*)"

    def take(self, path: str) -> Export:
        """Return what is wanted; the passphrase leaves the fields."""
        passphrase = None if self.plain.isChecked() else self.passphrase.take()
        self.again.clear()
        number = self.version.currentData()
        chosen = number if isinstance(number, int) else self.key.version
        return Export(self.key, chosen, path, passphrase, self._chosen_form, self.reason.text().strip())

    def set_busy(self, busy: bool) -> None:
        """Stop a second click while the file is being written."""
        self.save_button.setEnabled(not busy and not self._what_is_missing())

    def _check(self) -> None:
        plain = self.plain.isChecked()
        self._secrets.setVisible(not plain)
        self._warning.setVisible(plain)
        hint = self._what_is_missing()
        self._hint.setText(hint)
        self.save_button.setEnabled(not hint)

    def _what_is_missing(self) -> str:
        if self.plain.isChecked():
            return ""
        if len(self.passphrase.text()) < MIN_PASSPHRASE:
            return (
                f"At least {MIN_PASSPHRASE} characters; several words are best. Without it the file cannot be read."
            )
        if self.again.text() != self.passphrase.text():
            return "Type the same once more."
        return ""

    def _ask(self) -> None:
        self.banner.hide()
        self.path_wanted.emit()


def open_export(host: KeyHost, rows: Rows) -> None:
    """Open the form for exporting a key; the dialog for the place follows it."""
    key = rows[0].key
    form = ExportForm(host.theme, key)

    def exported(path: str) -> None:
        if host.form is form:
            host.close_form()
        host.told.emit("The key was exported", f"It is in {path}, readable by you alone.")

    def export(path: str) -> None:
        wanted = form.take(path)
        if host.run(lambda session: write_export(session, wanted), exported) is None and wanted.passphrase:
            wanted.passphrase.wipe()

    def ask() -> None:
        choosing.ask_where_to_save(
            form,
            title=f"Export “{key.alias}”",
            folder=choosing.home(),
            name=form.name,
            kinds=form.kinds,
            chosen=export,
        )

    form.path_wanted.connect(ask)
    host.open_form(f"Export “{key.alias}”", form, form.save_button, focus=form.passphrase)


def _leaves_the_vault(row: KeyRow) -> bool:
    return row.key.protection is not Protection.TOKEN


EXPORT = KeyAction(
    "export",
    "Export…",
    "Put a copy of the secret half into a file.",
    open_export,
    offered=_leaves_the_vault,
    place=Place.COPY,
    shortcut="Ctrl+E",
)
