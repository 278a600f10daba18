"""The last step: the vault is there; a backup in a second place is offered."""

from __future__ import annotations

import os
from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit

from signet.errors import SignetError
from signet.gui.design import SPACE
from signet.gui.sentences import words
from signet.gui.setup.making import Made
from signet.gui.setup.plan import FIRST_KEY, Plan
from signet.gui.setup.step import Step
from signet.gui.tasks import TaskContext, Tasks
from signet.gui.theme import Theme
from signet.gui.unlock_look import vault_name
from signet.gui.widgets.banner import Banner
from signet.gui.widgets.buttons import link_button, plain_button
from signet.gui.widgets.text import label, restyle, set_role
from signet.services.backup import write_backup
from signet.services.session import Session

_WIDTH = 560


class StepBackup(Step):
    """The fifth step; "Later" stays under "needs attention"."""

    name = "A backup elsewhere"
    later = Signal()

    def __init__(self, tasks: Tasks, theme: Theme, plan: Plan) -> None:
        super().__init__(
            "Keep a backup in a second place",
            "The vault lies on this disk only. A stick, a network folder, or a folder that is synchronised will do: "
            "the backup is encrypted and opens with the same ways in.",
            plan,
        )
        self._tasks = tasks
        self._session: Session | None = None
        self._running = False
        self.banner = Banner(theme, "ok", closable=False)
        self.body.insertWidget(0, self.banner)
        self.folder = QLineEdit()
        self.folder.setAccessibleName("Folder for the backup")
        self.folder.setPlaceholderText("For instance a stick")
        self.folder.setMaximumWidth(_WIDTH)
        self.choose = plain_button("Choose…", name="Choose the folder for the backup")
        self.skip = link_button("Later")
        self.skip.setObjectName("backup-later")
        self.note = label("", "muted", wrap=True)
        row = QHBoxLayout()
        row.setSpacing(SPACE.small)
        row.addWidget(self.folder, 1)
        row.addWidget(self.choose)
        row.addStretch(0)
        after = QHBoxLayout()
        after.addWidget(label("No second place at hand?", "muted"))
        after.addWidget(self.skip)
        after.addStretch(1)
        self.body.addLayout(row)
        self.body.addWidget(self.note)
        self.body.addLayout(after)
        self.folder.textChanged.connect(self._edited)
        self.choose.clicked.connect(self._ask_for_folder)
        self.skip.clicked.connect(self.later)

    @property
    def ready(self) -> bool:
        """Whether a folder is given."""
        return bool(self.folder.text().strip()) and not self._running

    @property
    def busy(self) -> bool:
        """Whether the backup is being written."""
        return self._running

    def show_made(self, made: Made) -> None:
        """Say that the vault is there."""
        self._session = made.session
        name = vault_name(made.created.path)
        self.banner.show_message(
            f"The vault “{name}” is ready.",
            f"It has two ways in and a first key, “{FIRST_KEY}”. Its identity is {made.created.fingerprint}: note "
            "it, if you want to open the vault on other computers.",
        )

    def enter(self) -> None:
        """Begin at the folder."""
        self.focus(self.folder)

    def advance(self) -> None:
        """Write the backup, then go on."""
        session = self._session
        folder = os.path.abspath(os.path.expanduser(self.folder.text().strip()))
        if session is None or self._running:
            return
        if not os.path.isdir(folder):
            self._refuse("There is no such folder.")
            return
        if os.path.join(folder, "").startswith(os.path.join(session.folder.path, "")):
            self._refuse("That folder is inside the vault. Choose one elsewhere.")
            return
        path = backup_name(folder, vault_name(session.folder.path))

        def work(_: TaskContext) -> str:
            return write_backup(session, path)

        self._running = True
        self.note.setText("Writing the backup and reading it back…")
        self.changed.emit()
        self._tasks.run(work, done=self._written, failed=self._not_written)

    def _written(self, _: str) -> None:
        self._running = False
        self.passed.emit()

    def _not_written(self, error: SignetError) -> None:
        self._running = False
        self._refuse(words(error).text)
        self.changed.emit()

    def _refuse(self, why: str) -> None:
        self.note.setText(why)
        set_role(self.note, "bad")
        restyle(self.folder, wrong="true")
        self.focus(self.folder)

    def _edited(self) -> None:
        restyle(self.folder, wrong="false")
        set_role(self.note, "muted")
        self.note.clear()
        self.changed.emit()

    def _ask_for_folder(self) -> None:
        dialog = QFileDialog(self, "Choose a folder for the backup", self.folder.text() or os.path.expanduser("~"))
        dialog.setObjectName("file-dialog")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.folder.setText)
        dialog.open()


def backup_name(folder: str, vault: str) -> str:
    """A free name for a backup of that vault, made today."""
    stem = f"{vault}-backup-{datetime.now().astimezone():%Y-%m-%d}"
    path, number = os.path.join(folder, f"{stem}.tar"), 1
    while os.path.lexists(path):
        number += 1
        path = os.path.join(folder, f"{stem}-{number}.tar")
    return path
