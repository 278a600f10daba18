"""The panel for backups: one in a second place, what there is already, and putting one back."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from signet.errors import SignetError
from signet.gui.design import SPACE
from signet.gui.pages import times
from signet.gui.pages.cards_look import CardsLook
from signet.gui.pages.cards_panel import Bench, PanelBody
from signet.gui.setup.step_backup import backup_name
from signet.gui.tasks import TaskContext
from signet.gui.unlock_look import vault_name
from signet.gui.widgets.banner import Banner
from signet.gui.widgets.buttons import plain_button, primary_button
from signet.gui.widgets.key_values import KeyValues
from signet.gui.widgets.section import Section
from signet.gui.widgets.text import label
from signet.services.backup import write_backup

_REASONS = {
    "daily": "daily",
    "new-master-key": "before a new master key",
    "ways-in-changed": "after a way in was removed",
    "restore": "before a restore",
}


class BackupPanel(PanelBody):
    """The body of the side panel; ``go`` belongs at its foot."""

    restore_wanted = Signal()

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self._bench = bench
        self._running = False
        self.banner = Banner(bench.theme, "bad")
        self.folder = QLineEdit()
        self.folder.setAccessibleName("Folder for the backup")
        self.folder.setPlaceholderText("A stick, a network folder…")
        self.choose = plain_button("Choose…", name="Choose the folder for the backup")
        self.go = primary_button("Back up now")
        self.go.setObjectName("cards-backup-go")
        self.restore = plain_button("Lock and restore a backup…")
        self.restore.setObjectName("cards-restore")
        self._list = KeyValues()
        self._last = label("", "muted", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.large)
        column.addWidget(self.banner)
        column.addWidget(
            label("One encrypted file that opens with the ways in as they are now. Keep it away from this disk.",
                  "muted", wrap=True)
        )  # fmt: skip
        column.addWidget(label("In which folder?", "strong"))
        column.addLayout(_row(self.folder, self.choose))
        column.addWidget(self._last)
        column.addWidget(Section("Made automatically", self._list))
        damaged = QWidget()
        damaged.setLayout(_row(None, self.restore))
        column.addWidget(Section("If the vault is damaged", damaged))
        column.addStretch(1)
        self.folder.textChanged.connect(self._enable)
        self.folder.returnPressed.connect(self.begin)
        self.go.clicked.connect(self.begin)
        self.choose.clicked.connect(self._ask_for_folder)
        self.restore.clicked.connect(self.restore_wanted)
        self._enable()

    @property
    def buttons(self) -> tuple[QPushButton, ...]:
        """What stands at the foot of the panel."""
        return (self.go,)

    def show_look(self, look: CardsLook) -> None:
        """Follow what backups there are."""
        if look.last_elsewhere is None:
            self._last.setText("There is no backup in a second place yet.")
        else:
            self._last.setText(f"The last one in a second place was made {times.ago(look.last_elsewhere, look.now)}.")
        self._list.set_rows(told_backup(path, look.now) for path in look.backups)

    def begin(self) -> None:
        """Write the backup into the folder."""
        session = self._bench.desk.session
        folder = os.path.abspath(os.path.expanduser(self.folder.text().strip()))
        if session is None or self._running or not self.folder.text().strip():
            return
        if not os.path.isdir(folder):
            self.banner.show_message("No such folder", f"There is no folder {folder}. Choose another one.")
            return
        path = backup_name(folder, vault_name(session.folder.path))

        def work(_: TaskContext) -> str:
            return write_backup(session, path)

        self._set_running(True)
        self._bench.tasks.run(work, done=self._written, failed=self._failed)

    def _written(self, path: str) -> None:
        self._set_running(False)
        self._bench.desk.note_change()
        self.finished.emit("The backup was made and read back.", path)

    def _failed(self, error: SignetError) -> None:
        self._set_running(False)
        self.banner.show_error(error)

    def _set_running(self, running: bool) -> None:
        self._running = running
        self.go.setText("Writing…" if running else "Back up now")
        self._enable()

    def _enable(self) -> None:
        self.go.setEnabled(bool(self.folder.text().strip()) and not self._running)

    def _ask_for_folder(self) -> None:
        dialog = QFileDialog(self, "Choose a folder for the backup", self.folder.text() or os.path.expanduser("~"))
        dialog.setObjectName("file-dialog")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.folder.setText)
        dialog.open()


def _row(field: QLineEdit | None, button: QPushButton) -> QHBoxLayout:
    """A button after its field, or alone on the left."""
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(SPACE.small)
    if field is not None:
        row.addWidget(field, 1)
    row.addWidget(button)
    if field is None:
        row.addStretch(1)
    return row


def told_backup(path: str, now: datetime) -> tuple[str, str]:
    """When an automatic backup was made, and what for; from its name, which `automatic_backup` gives."""
    stamp, _, reason = os.path.basename(path).removesuffix(".tar").partition("-")
    when = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    word = next((words for key, words in _REASONS.items() if reason.startswith(key)), reason)
    return times.ago(when.isoformat(), now), word
