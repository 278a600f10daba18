"""Restoring a vault from a backup: which file, where to, and a way in of that time."""

from __future__ import annotations

import os
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from signet.crypto.identity import check_header
from signet.errors import Cancelled, ConfirmationMissing, NotUnlocked, SignetError
from signet.gui.administration import window_prompt
from signet.gui.design import SPACE
from signet.gui.desk import Desk
from signet.gui.pages.choosing import ask_for_a_file, home
from signet.gui.sentences import words
from signet.gui.tasks import TaskContext, Tasks
from signet.gui.theme import Theme
from signet.gui.unlock_look import WayLook, with_cards
from signet.gui.unlock_proof import ProofForm
from signet.gui.widgets.banner import Banner
from signet.gui.widgets.buttons import plain_button, primary_button
from signet.gui.widgets.text import label
from signet.services.backup import read_backup
from signet.services.presenting import Selection
from signet.services.restore import Restored, restore_backup


@dataclass(frozen=True)
class Found:
    """A backup file that was looked at: its ways in, with their cards."""

    path: str
    ways: tuple[WayLook, ...]


class RestoreView(QWidget):
    """A form; `restored` carries the path of the vault, which is still locked then."""

    restored = Signal(str)
    given_up = Signal()

    def __init__(self, desk: Desk, tasks: Tasks, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("restore-view")
        self._desk, self._tasks = desk, tasks
        self._found: Found | None = None
        self._busy = False
        self.banner = Banner(theme, "bad", closable=False)
        self.file = QLineEdit()
        self.file.setAccessibleName("Backup file")
        self.file.setPlaceholderText("The backup file (.tar)")
        self.choose = plain_button("Choose…", name="Choose the backup file")
        self.target = QLineEdit()
        self.target.setAccessibleName("Where the vault goes")
        self.proof = ProofForm("A way in of that time")
        self.proof.hide()
        self.cancel = plain_button("Cancel")
        self.restore = primary_button("Restore")
        self.restore.setObjectName("restore")
        self._build()
        self.choose.clicked.connect(self._ask_for_file)
        self.file.editingFinished.connect(self._look)
        self.file.textChanged.connect(self._enable)
        self.proof.changed.connect(self._enable)
        self.proof.submitted.connect(self._begin)
        self.restore.clicked.connect(self._begin)
        self.cancel.clicked.connect(self.given_up)

    def begin(self, target: str) -> None:
        """Start with an empty form; ``target`` is the folder of the vault that is made or replaced."""
        self._found = None
        self.banner.hide()
        self.file.clear()
        self.target.setText(target)
        self.proof.hide()
        self.proof.entry.reset()
        self._enable()
        self.file.setFocus(Qt.FocusReason.OtherFocusReason)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.medium)
        column.addWidget(label("Restore a backup", "display"))
        column.addWidget(
            label("The vault becomes what it was when the backup was made. What stands there now is kept.", "muted",
                  wrap=True)
        )  # fmt: skip
        column.addWidget(self.banner)
        row = QHBoxLayout()
        row.setSpacing(SPACE.small)
        row.addWidget(self.file, 1)
        row.addWidget(self.choose)
        column.addWidget(label("Backup", "strong"))
        column.addLayout(row)
        column.addWidget(label("Vault", "strong"))
        column.addWidget(self.target)
        column.addWidget(self.proof)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE.medium)
        buttons.addWidget(self.cancel, 1)
        buttons.addWidget(self.restore, 1)
        column.addLayout(buttons)
        column.addStretch(1)

    def _ask_for_file(self) -> None:
        backups = os.path.join(self.target.text(), "backups")
        ask_for_a_file(
            self,
            title="Choose a backup",
            folder=backups if os.path.isdir(backups) else home(),
            kinds="Backups (*.tar);;All files (*)",
            chosen=self.take_file,
        )

    def take_file(self, path: str) -> None:
        """Go on with this backup file."""
        self.file.setText(path)
        self._look()

    def _look(self) -> None:
        path, workplace = os.path.abspath(self.file.text()), self._desk.workplace
        if not self.file.text() or (self._found is not None and self._found.path == path):
            return

        def work(_: TaskContext) -> Found:
            contents = read_backup(path)
            check_header(contents.parsed)
            return Found(path, with_cards(workplace, contents.parsed.methods)[0])

        self._tasks.run(work, done=self._seen, failed=self._failed)

    def _seen(self, found: Found) -> None:
        self._found = found
        self.banner.hide()
        self.proof.show_ways(found.ways)
        self.proof.show()
        self.proof.entry.setFocus(Qt.FocusReason.OtherFocusReason)
        self._enable()

    def _begin(self) -> None:
        found, way = self._found, self.proof.way
        if self._busy or found is None or way is None or not self.proof.complete:
            return
        proof = self.proof.take()
        if proof is None:
            return
        workplace, target = self._desk.workplace, workplace_path(self._desk, self.target.text())
        prompt = window_prompt(workplace)

        def work(_: TaskContext) -> Restored:
            with prompt.prepared(proof.secrets):
                return restore_backup(workplace, found.path, target, selection=Selection(method_id=proof.method_id))

        self._set_busy(True)
        self._tasks.run(work, done=self._done, failed=self._failed)

    def _done(self, made: Restored) -> None:
        self._set_busy(False)
        self.restored.emit(made.path)

    def _failed(self, error: SignetError) -> None:
        self._set_busy(False)
        if isinstance(error, NotUnlocked) and self._found is not None:
            self.proof.refuse(error)
        elif not isinstance(error, Cancelled | ConfirmationMissing):
            told = words(error)
            self.banner.show_message(told.title, told.text)

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        self.restore.setText("Restoring…" if busy else "Restore")
        self.setEnabled(not busy)
        self._enable()

    def _enable(self) -> None:
        self.restore.setEnabled(not self._busy and self._found is not None and self.proof.complete)


def workplace_path(desk: Desk, given: str) -> str:
    """The folder of a vault that a person named, below the data folder if it is a bare name."""
    bare = given.strip()
    if os.sep not in bare:
        bare = os.path.join(desk.workplace.places.data, bare or "personal")
    return desk.workplace.places.resolve(bare)
