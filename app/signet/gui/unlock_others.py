"""The foot of the unlock screen: other vaults, a new one, a backup."""

from __future__ import annotations

import os

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QWidget

from signet.gui.design import SPACE
from signet.gui.desk import Desk
from signet.gui.unlock_look import vault_name
from signet.gui.widgets.buttons import link_button
from signet.gui.widgets.forms import column
from signet.gui.widgets.text import label


class OtherVaults(QWidget):
    """Links: a menu with the vaults of this computer, the set-up assistant, a backup."""

    new_vault_wanted = Signal()
    restore_wanted = Signal()
    document_wanted = Signal()
    """A document is to be checked, for which no vault is needed."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.others = link_button("Other vaults")
        self.others.setObjectName("other-vaults")
        self.new = link_button("New vault…")
        self.new.setObjectName("new-vault")
        self.restore = link_button("Restore a backup…")
        self.restore.setObjectName("restore-a-backup")
        self.document = link_button("Check a document…", name="Check a document, without the vault")
        self.document.setObjectName("check-a-document")
        whole = column(self, SPACE.tiny)
        row = QHBoxLayout()
        row.setSpacing(SPACE.small)
        row.addWidget(self.others)
        row.addWidget(label("·", "muted"))
        row.addWidget(self.new)
        row.addWidget(label("·", "muted"))
        row.addWidget(self.restore)
        whole.addLayout(row)
        whole.addWidget(self.document, 0, Qt.AlignmentFlag.AlignHCenter)
        self._menu = QMenu(self)
        self.others.setMenu(self._menu)
        self._menu.aboutToShow.connect(self._fill)
        self._menu.triggered.connect(self._take)
        self.new.clicked.connect(self.new_vault_wanted)
        self.restore.clicked.connect(self.restore_wanted)
        self.document.clicked.connect(self.document_wanted)

    def _fill(self) -> None:
        self._menu.clear()
        for path in self._desk.workplace.places.vaults():
            if path != self._desk.vault_path:
                self._menu.addAction(vault_name(path)).setData(path)
        if not self._menu.isEmpty():
            self._menu.addSeparator()
        self._menu.addAction("Open a vault's folder…").setData("")

    def _take(self, action: QAction) -> None:
        path = str(action.data())
        if path:
            self._desk.choose_vault(path)
        else:
            self.ask_for_folder()

    def ask_for_folder(self) -> None:
        """Open the desktop's dialog for the folder of a vault."""
        dialog = QFileDialog(self, "Open a vault", os.path.dirname(self._desk.vault_path))
        dialog.setObjectName("file-dialog")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self._desk.choose_vault)
        dialog.open()
