"""Moving originals to the trash, once they were compared with their encrypted files: the question before it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.pages.jobs_words import name_of
from signet.gui.widgets.buttons import plain_button, primary_button
from signet.gui.widgets.text import label

COMPARE = (
    "The encrypted file is opened once more and compared with the original, byte for byte. Only if both say the "
    "same, and nobody changed them meanwhile, the original goes to the trash."
)
NO_SHREDDER = (
    "A trash is no shredder. Until you empty it, the original can be put back; and after that its content may still "
    "lie on the disk: SSDs keep old blocks, and snapshots, backups and synchronised folders keep copies. What no one "
    "may ever find should not be on an unencrypted disk."
)


class TrashQuestion(QWidget):
    """Move these originals to the trash? What is done before, and what it does not do, said first."""

    agreed = Signal()
    refused = Signal()

    def __init__(self, paths: Sequence[str]) -> None:
        super().__init__()
        many, name = len(paths) > 1, name_of(paths)
        said = f"{name} {'are' if many else 'is'} encrypted, and still here without protection too."
        self.move_button = primary_button("Compare and move", name="Compare, then move to the trash")
        self.leave_button = plain_button("Leave them here" if many else "Leave it here")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.medium)
        column.addWidget(label(said, "body", wrap=True))
        column.addWidget(label(COMPARE, "body", wrap=True))
        column.addWidget(label(NO_SHREDDER, "muted", wrap=True))
        column.addStretch(1)
        self.move_button.clicked.connect(self.agreed)
        self.leave_button.clicked.connect(self.refused)
