"""What the vault is called, and in which folder it lies."""

from __future__ import annotations

import os

from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit

from signet.gui.design import SPACE
from signet.gui.desk import Desk
from signet.gui.setup.plan import Plan
from signet.gui.setup.step import Step
from signet.gui.widgets.buttons import plain_button
from signet.gui.widgets.text import label, restyle, set_role
from signet.services.places import DEFAULT_VAULT, VAULT_SUFFIX

MAX_NAME = 100
"""Characters; with the ending it fits into the 255 bytes of a file's name on the usual file systems."""
_WIDTH = 560


class StepPlace(Step):
    """The third step."""

    name = "Name and folder"

    def __init__(self, desk: Desk, plan: Plan) -> None:
        super().__init__(
            "What is your vault called?",
            "It is a folder of its own. The name stands on the recovery sheet and on the unlock screen.",
            plan,
        )
        self._places = desk.workplace.places
        self.vault_name = QLineEdit(self._free_name())
        self.vault_name.setAccessibleName("Name of the vault")
        self.vault_name.setMaxLength(MAX_NAME)
        self.vault_name.setMaximumWidth(_WIDTH)
        self.folder = QLineEdit(self._places.data)
        self.folder.setAccessibleName("Folder")
        self.choose = plain_button("Choose…", name="Choose the folder")
        self.note = label("", "muted", wrap=True)
        row = QHBoxLayout()
        row.setSpacing(SPACE.small)
        self.folder.setMaximumWidth(_WIDTH)
        row.addWidget(self.folder, 1)
        row.addWidget(self.choose)
        row.addStretch(0)
        self.body.addWidget(label("Name", "strong"))
        self.body.addWidget(self.vault_name)
        self.body.addWidget(label("Folder", "strong"))
        self.body.addLayout(row)
        self.body.addWidget(self.note)
        self.vault_name.textChanged.connect(self._edited)
        self.folder.textChanged.connect(self._edited)
        self.choose.clicked.connect(self._ask_for_folder)
        self._edited()

    @property
    def ready(self) -> bool:
        """Whether there is a name and a folder."""
        return bool(self.vault_name.text().strip() and self.folder.text().strip())

    def enter(self) -> None:
        """Begin at the name."""
        self.vault_name.selectAll()
        self.focus(self.vault_name)

    def advance(self) -> None:
        """Take the place if nothing stands there."""
        name, folder = self.vault_name.text().strip(), os.path.expanduser(self.folder.text().strip())
        if os.sep in name or name in (".", "..") or "\0" in name:
            self._refuse("A name has no “/” in it.", self.vault_name)
            return
        if not os.path.isabs(folder):
            self._refuse("Give the whole path of the folder, from “/” on.", self.folder)
            return
        path = os.path.join(folder, name.removesuffix(VAULT_SUFFIX) + VAULT_SUFFIX)
        if os.path.lexists(path):
            self._refuse("There is a vault of that name already. Choose another name.", self.vault_name)
            return
        if os.path.isdir(folder) and not os.access(folder, os.W_OK):
            self._refuse("That folder cannot be written. Choose another one.", self.folder)
            return
        self.plan.path = path
        self.passed.emit()

    def suggested_path(self) -> str:
        """Where a vault would go if nothing were changed here."""
        return os.path.join(self._places.data, self._free_name() + VAULT_SUFFIX)

    def _refuse(self, why: str, field: QLineEdit) -> None:
        self.note.setText(why)
        set_role(self.note, "bad")
        restyle(field, wrong="true")
        self.focus(field)

    def _edited(self) -> None:
        for field in (self.vault_name, self.folder):
            restyle(field, wrong="false")
        name = self.vault_name.text().strip()
        shown = os.path.join(self.folder.text().strip(), name + VAULT_SUFFIX) if name else ""
        self.note.setText(f"It will lie in {shown}" if shown else "")
        set_role(self.note, "small")
        self.changed.emit()

    def _ask_for_folder(self) -> None:
        dialog = QFileDialog(self, "Choose a folder for the vault", self.folder.text())
        dialog.setObjectName("file-dialog")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.folder.setText)
        dialog.open()

    def _free_name(self) -> str:
        name, number = DEFAULT_VAULT, 1
        while os.path.lexists(os.path.join(self._places.data, name + VAULT_SUFFIX)):
            number += 1
            name = f"{DEFAULT_VAULT}-{number}"
        return name
