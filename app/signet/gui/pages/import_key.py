"""A key from elsewhere: its file chosen or dropped, looked at, and taken in under a name."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from functools import partial

import shiboken6
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QCheckBox, QWidget

from signet.errors import UsageError
from signet.gui.drop import local_paths
from signet.gui.pages import choosing
from signet.gui.pages.key_host import KeyForm, KeyHost
from signet.gui.pages.keys_model import TYPES
from signet.gui.pages.name_field import NameField
from signet.gui.pages.waiting_key import open_waiting
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import link_button, plain_button, primary_button
from signet.gui.widgets.forms import caption, choice_box, column
from signet.gui.widgets.last_day import LastDay
from signet.gui.widgets.text import ElidedLabel, label
from signet.keys.model import Key
from signet.keys.spec import KeyUsage, Protection
from signet.services import importing
from signet.services.importing import Choice, KeyFile, Wanted
from signet.services.key_rules import check_alias
from signet.services.presence import with_presence
from signet.services.session import Session

EXPLAINED = (
    "A key that another program made: a private key (PEM, OpenSSH, PKCS#12), a JSON Web Key, or the bytes of a "
    "secret key. Choose its file, or drop it here."
)
USES = {
    KeyUsage.ENCRYPT_DECRYPT: "Protect files",
    KeyUsage.SIGN_VERIFY: "Sign documents",
    KeyUsage.GENERATE_VERIFY_MAC: "Authenticate files",
    KeyUsage.KEY_AGREEMENT: "Agree on secrets",
    KeyUsage.ENCAPSULATE_DECAPSULATE: "Receive secrets",
}
IN_THE_VAULT = "It is part of this vault, and of every backup made from now on."
_UNSAFE = re.compile(r"[^a-zA-Z0-9:/_-]+")


def name_for(path: str) -> str:
    """Propose a name for the key of a file: that of the file, without its ending and what names do not have."""
    stem = os.path.basename(path).split(".", 1)[0]
    proposed = _UNSAFE.sub("-", stem).strip("-")
    try:
        return check_alias(proposed)
    except UsageError:
        return ""


class Held:
    """The key that was read, as long as the form is there; wiped when that goes, however it goes."""

    def __init__(self) -> None:
        self.file: KeyFile | None = None

    def forget(self) -> None:
        """Wipe it."""
        file, self.file = self.file, None
        if file is not None:
            file.key.material.wipe()


class ImportForm(KeyForm):
    """The body of the panel; `file_wanted` asks for the dialog, `dropped` brings a path, `wanted` a `Wanted`.

    The key that was read stays here until the form goes: `forget`.
    """

    file_wanted = Signal()
    dropped = Signal(str)
    wanted = Signal(object)
    wrapped_wanted = Signal()
    """The key will come wrapped, and cannot be chosen here."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._held = Held()
        self.destroyed.connect(self._held.forget)
        self.choose_button = plain_button("Choose the file…", name="Choose the file of the key")
        self.wrapped = link_button("It will come wrapped, as for a cloud service…")
        self.name = NameField()
        self.purpose = choice_box("What the key is for")
        self.last_day = LastDay("Stop using it after a day")
        self.never_export = QCheckBox("Never let it leave this vault")
        self.import_button = primary_button("Import key")
        self._found = ElidedLabel("", "strong")
        self._what = label("", "muted", wrap=True)
        self._still_there = label("", "warn", wrap=True)
        self._never_hint = label(
            "Neither into a file nor to another vault; it stays so for ever.", "small", wrap=True
        )
        self._choice = QWidget()
        self._purpose_label = caption("What is it for?", self.purpose)
        self.setAcceptDrops(True)
        self._arrange()
        self._connect()
        self._choice.hide()
        self._check()

    def _arrange(self) -> None:
        choice, whole = column(self._choice), column(self)
        for widget in (
            self._found,
            self._what,
            self._still_there,
            caption("Name", self.name),
            self.name,
            self.name.hint,
            self._purpose_label,
            self.purpose,
            self.last_day,
            self.never_export,
            self._never_hint,
        ):
            choice.addWidget(widget)
        whole.addWidget(self.banner)
        whole.addWidget(label(EXPLAINED, "muted", wrap=True))
        whole.addWidget(self.choose_button, 0, Qt.AlignmentFlag.AlignLeft)
        whole.addWidget(self._choice)
        whole.addWidget(self.wrapped, 0, Qt.AlignmentFlag.AlignLeft)
        whole.addStretch(1)

    def _connect(self) -> None:
        self.choose_button.clicked.connect(self.file_wanted)
        self.wrapped.clicked.connect(self.wrapped_wanted)
        self.name.textChanged.connect(self._check)
        self.name.returnPressed.connect(self.import_button.click)
        self.last_day.changed.connect(self._check)
        self.never_export.toggled.connect(self._never_hint.setVisible)
        self.import_button.clicked.connect(self._import)
        self._never_hint.hide()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take one file that is dragged over the form."""
        if len(local_paths(event.mimeData())) == 1:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Have a look at the file that was dropped."""
        event.acceptProposedAction()
        self.dropped.emit(local_paths(event.mimeData())[0])

    def show_file(self, file: KeyFile) -> None:
        """Show what a file held; the form has the key from now on."""
        self.forget()
        self._held.file = file
        self._found.set_text(os.path.basename(file.path))
        found = file.key
        self._what.setText(f"{found.what[0].upper()}{found.what[1:]}.{_certificates(len(found.certificates))}")
        under = "under its passphrase" if file.encrypted else "readable by whoever gets it"
        self._still_there.setText(f"The file still holds the key, {under}: put it away safely, or delete it.")
        self.purpose.clear()
        for each in importing.choices(found):
            self.purpose.addItem(f"{USES[each.usage]} · {TYPES[each.spec]}", each)
        several = self.purpose.count() > 1
        for widget in (self._purpose_label, self.purpose):
            widget.setVisible(several)
        self.name.setText(self.name.text() or name_for(file.path))
        self.choose_button.setText("Choose another file…")
        self._choice.show()
        self.wrapped.hide()
        self.banner.hide()
        self.name.setFocus(Qt.FocusReason.OtherFocusReason)
        self._check()

    def forget(self) -> None:
        """Wipe the key that was read."""
        self._held.forget()

    @property
    def file(self) -> KeyFile | None:
        """What was read, None if nothing was."""
        return self._held.file

    def set_busy(self, busy: bool) -> None:
        """Stop a second click while the file is read or the key is taken in."""
        self.choose_button.setEnabled(not busy)
        self.import_button.setEnabled(not busy and self._is_complete())

    def _is_complete(self) -> bool:
        return self.file is not None and self.name.is_usable and bool(self.purpose.count())

    def _check(self) -> None:
        self.import_button.setEnabled(self._is_complete())

    def _import(self) -> None:
        chosen = self.purpose.currentData()
        if not self.import_button.isEnabled() or not isinstance(chosen, Choice):
            return
        self.banner.hide()
        self.wanted.emit(
            Wanted(
                alias=self.name.alias,
                spec=chosen.spec,
                usage=chosen.usage,
                protection=Protection.VAULT,
                expires=self.last_day.moment,
                never_export=self.never_export.isChecked(),
            )
        )


def open_import(host: KeyHost, path: str = "") -> None:
    """Open the form; with ``path``, look at that file at once."""
    if host.desk.session is None:
        return
    form = ImportForm(host.theme)
    form.file_wanted.connect(partial(_ask, form))
    form.dropped.connect(partial(look_at, host, form))
    form.wanted.connect(partial(_import, host, form))
    form.wrapped_wanted.connect(partial(open_waiting, host))
    host.open_form("Import a key", form, form.import_button, focus=form.choose_button)
    host.desk.locked.connect(form.forget)
    if path:
        look_at(host, form, path)


def look_at(host: KeyHost, form: ImportForm, path: str) -> None:
    """Read a file in a task, which may ask for its passphrase; what it held goes into the form, if that is there."""

    def found(file: KeyFile) -> None:
        if shiboken6.isValid(form) and host.form is form:
            form.show_file(file)
        else:
            file.key.material.wipe()

    host.run(lambda session: importing.read_key_file(session.workplace, path), found, changes=False)


def _ask(form: ImportForm) -> None:
    choosing.ask_for_a_file(
        form, title="The file of the key", folder=choosing.home(), kinds="All files (*)", chosen=form.dropped.emit
    )


def _import(host: KeyHost, form: ImportForm, wanted: Wanted) -> None:
    file = form.file
    if file is None:
        return
    # The form may go, and wipe its key, while the person is asked for a PIN.
    material = file.key.material.copy()
    own = replace(file, key=replace(file.key, material=material))

    def work(session: Session) -> Key:
        with material:
            return with_presence(session, lambda: importing.import_key(session, own, wanted))

    def done(key: Key) -> None:
        host.made.emit(key)
        host.told.emit(f"“{key.alias}” is ready", IN_THE_VAULT)

    if host.run(work, done) is None:
        material.wipe()


def _certificates(count: int) -> str:
    if not count:
        return ""
    stand = "is a certificate" if count == 1 else f"are {count} certificates"
    return f" Beside it {stand}; what is for this key is kept with it."
