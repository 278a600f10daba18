"""For someone without Signet: a PDF under a password, or an age file with a page that says how to open it.

The passphrase is typed twice or made here; it is shown once, while the panel is open, and kept nowhere.
"""

from __future__ import annotations

import os

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QRadioButton, QWidget

from signet.errors import SignetError
from signet.gui.administration import window_prompt
from signet.gui.design import SPACE
from signet.gui.pages.choosing import ask_for_a_file, home
from signet.gui.pages.jobs_folder import show_in_folder
from signet.gui.pages.key_host import KeyForm, KeyHost
from signet.gui.tasks import Task, TaskContext
from signet.gui.widgets.buttons import link_button, plain_button, primary_button
from signet.gui.widgets.forms import column
from signet.gui.widgets.secret_field import SecretField
from signet.gui.widgets.text import label
from signet.secret import Secret
from signet.services.enrolment import MIN_PASSPHRASE
from signet.services.outside import Kind, MadeForOutside, is_pdf, made_up_passphrase, make_for_outside
from signet.services.prompt import SecretKind
from signet.services.session import Session

TITLE = "For someone without Signet"
EXPLAINED = {
    Kind.PDF: "Every newer PDF reader opens it, and asks for the password. The copy is made beside this file.",
    Kind.AGE: "Takes any file. A page comes with it that says which free program opens it, on which system.",
}
TELL = "Tell the passphrase on the telephone or in person, never in the same mail. It is not kept: copy it now."


class OutsideForm(KeyForm):
    """Asks which of the two and for the passphrase; then says what was made, and offers the passphrase once more."""

    def __init__(self, host: KeyHost, path: str, *, pdf: bool) -> None:
        super().__init__(host.theme)
        self.path, self._host = path, host
        self._kept: Secret | None = None
        self._task: Task | None = None
        self.pdf = QRadioButton("A PDF with a password")
        self.age = QRadioButton("An encrypted file (age)")
        self.passphrase = SecretField("Passphrase for the file")
        self.again = SecretField("The passphrase once more")
        self.make_up = link_button("Make one for me", name="Make a passphrase for me")
        self.shown = label("", "code", wrap=True)
        self.hint = label("", "small", wrap=True)
        self.copy_button = plain_button("Copy", name="Copy the passphrase")
        self.folder_button = plain_button("Show in folder")
        self.cancel_button = plain_button("Cancel")
        self.make_button = primary_button("Make it", name="Make a file for someone without Signet")
        self._result = ""
        self._choice, self._secrets, self._explained = QWidget(), QWidget(), label("", "muted", wrap=True)
        self._group = QButtonGroup(self)
        self._arrange(pdf)
        self._connect()
        (self.pdf if pdf else self.age).setChecked(True)
        self._check()

    @property
    def kind(self) -> Kind:
        """Which of the two is chosen."""
        return Kind.PDF if self.pdf.isChecked() else Kind.AGE

    def _arrange(self, pdf: bool) -> None:
        whole = column(self, SPACE.medium)
        whole.addWidget(self.banner)
        whole.addWidget(label(os.path.basename(self.path), "strong", wrap=True))
        choice = column(self._choice, SPACE.tiny)
        for button in (self.pdf, self.age):
            self._group.addButton(button)
            choice.addWidget(button)
        choice.addWidget(self._explained)
        self.pdf.setVisible(pdf)
        whole.addWidget(self._choice)
        secrets = column(self._secrets, SPACE.small)
        secrets.addWidget(label("Passphrase", "strong"))
        secrets.addWidget(self.passphrase)
        secrets.addWidget(self.again)
        self.again.setPlaceholderText("The same again")
        secrets.addWidget(self.make_up, 0, Qt.AlignmentFlag.AlignLeft)
        whole.addWidget(self._secrets)
        whole.addWidget(self.shown)
        row = QHBoxLayout()
        row.setSpacing(SPACE.small)
        for part in (self.copy_button, self.folder_button):
            row.addWidget(part)
            part.hide()
        row.addStretch(1)
        whole.addLayout(row)
        whole.addWidget(self.hint)
        whole.addStretch(1)
        self.shown.setAccessibleName("The passphrase")
        self.shown.hide()
        self.cancel_button.hide()

    def _connect(self) -> None:
        for field in (self.passphrase, self.again):
            field.textChanged.connect(self._check)
            field.returnPressed.connect(self.make_button.click)
        self._group.buttonToggled.connect(self._check)
        self.make_up.clicked.connect(self._make_up)
        self.copy_button.clicked.connect(self._copy)
        self.folder_button.clicked.connect(lambda: show_in_folder(self._result, self._host))
        self.make_button.clicked.connect(self._make)
        self.cancel_button.clicked.connect(self._give_up)
        self._host.desk.clipboard.ticked.connect(self._count_down)

    def _check(self) -> None:
        self._explained.setText(EXPLAINED[self.kind])
        typed, again = self.passphrase.text(), self.again.text()
        same = typed == again
        self.make_button.setEnabled(len(typed) >= MIN_PASSPHRASE and same and self._task is None)
        if self._kept is not None and typed != self._kept.text():
            self._forget()
        if len(typed) < MIN_PASSPHRASE:
            self.hint.setText(f"At least {MIN_PASSPHRASE} characters; several words are best.")
        else:
            self.hint.setText("" if same else "The two are not the same yet.")

    def _make_up(self) -> None:
        made = made_up_passphrase()
        self.passphrase.setText(made.text())
        self.again.setText(made.text())
        self._keep(made)
        self.hint.setText(TELL)
        self.make_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _keep(self, secret: Secret) -> None:
        """Have the passphrase at hand while the panel is open; it is wiped when the form goes."""
        self._kept = secret
        self.destroyed.connect(lambda *_: secret.wipe())
        self.shown.setText(secret.text())
        self.shown.show()
        self.copy_button.show()

    def _forget(self) -> None:
        if self._kept is not None:
            self._kept.wipe()
        self._kept = None
        self.shown.clear()
        self.shown.hide()
        self.copy_button.hide()

    def _copy(self) -> None:
        if self._kept is not None:
            desk = self._host.desk
            desk.clipboard.copy(self._kept, desk.workplace.settings.clipboard_seconds)

    def _count_down(self, left: int) -> None:
        if self._kept is not None:
            gone = "The passphrase is no longer on the clipboard."
            self.hint.setText(f"Copied. It leaves the clipboard in {left} s." if left else gone)

    def _make(self) -> None:
        session = self._host.desk.session
        if session is None or not self.make_button.isEnabled():
            return
        kind, path, prompt = self.kind, self.path, window_prompt(session.workplace)
        secret = Secret.from_text(self.passphrase.text())

        def work(context: TaskContext) -> MadeForOutside:
            with prompt.prepared({SecretKind.NEW_FILE_PASSPHRASE: secret}):
                return _made(session, path, kind, context)

        self.banner.hide()
        self._task = self._host.tasks.run(work, done=self._done, failed=self._failed, progress=self._progress)
        self._busy(True)

    def _busy(self, busy: bool) -> None:
        for part in (self._choice, self._secrets):
            part.setEnabled(not busy)
        self.make_button.setVisible(not busy)
        self.cancel_button.setVisible(busy)
        if busy:
            self.hint.setText("Working… a passphrase is made slow to guess, so this takes a moment.")
            self.cancel_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _progress(self, done: int, total: int) -> None:
        if shiboken6.isValid(self) and total and self._task is not None:
            self.hint.setText(f"{100 * done // total} % done")

    def _give_up(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _failed(self, error: SignetError) -> None:
        self._task = None
        if shiboken6.isValid(self):
            self._busy(False)
            self._check()
            self._host.show_failure(error, self)
        else:
            self._host.show_failure(error)

    def _done(self, made: MadeForOutside) -> None:
        self._task = None
        self._host.desk.note_change()
        if not shiboken6.isValid(self):
            return
        self._result = made.output
        if self._kept is None:
            self._keep(Secret.from_text(self.passphrase.text()))
        self.passphrase.blockSignals(True)
        self.again.blockSignals(True)
        self.passphrase.clear()
        self.again.clear()
        self._choice.hide()
        self._secrets.hide()
        self.cancel_button.hide()
        self.folder_button.show()
        names = " and ".join(f"“{os.path.basename(each)}”" for each in (made.output, made.guide) if each)
        verb = "are" if made.guide else "is"
        self.banner.show_message(
            "Ready to send", f"{names} {verb} beside the original, which stays as it is.", kind="ok"
        )
        self.hint.setText(TELL)
        self.copy_button.setFocus(Qt.FocusReason.OtherFocusReason)


class OutsideAsking(QObject):
    """Asks for a file, then opens the form in the page's panel."""

    unlock_wanted = Signal()

    def __init__(self, host: KeyHost, parent: QWidget) -> None:
        super().__init__(parent)
        self._host, self._window = host, parent

    def choose(self) -> None:
        """Ask which file; `unlock_wanted` while the vault is locked."""
        if self._host.desk.session is None:
            self.unlock_wanted.emit()
            return
        ask_for_a_file(
            self._window,
            title="File to hand over",
            folder=home(),
            kinds="All files (*)",
            chosen=self.open,
        )

    def open(self, path: str) -> None:
        """Open the form for a file, once it is known whether it is a PDF."""
        self._host.tasks.run(
            lambda _: is_pdf(path), done=lambda pdf: self._opened(path, pdf), failed=self._host.show_failure
        )

    def _opened(self, path: str, pdf: bool) -> None:
        form = OutsideForm(self._host, path, pdf=pdf)
        self._host.open_form(TITLE, form, form.cancel_button, form.make_button, focus=form.passphrase)
        form.cancel_button.hide()


def _made(session: Session, path: str, kind: Kind, context: TaskContext) -> MadeForOutside:
    return make_for_outside(session, path, kind=kind, progress=context.progress, cancelled=context.cancelled)
