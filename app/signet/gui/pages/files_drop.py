"""The field that says what happens to what is dropped, and with which key."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout

from signet.gui.design import SPACE
from signet.gui.widgets.buttons import link_button
from signet.gui.widgets.text import label


class DropField(QFrame):
    """Only says it: the window takes drops, anywhere. `change_wanted` asks for another key."""

    change_wanted = Signal()
    others_wanted = Signal()
    """Something is to be encrypted for others too, or with a note."""
    outside_wanted = Signal()
    """A file is to be made for someone without Signet."""
    read_back_wanted = Signal(bool)
    """Carries whether results are to be read back from now on."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "drop-zone")
        # Where the window is low the list below gives way, never these lines.
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._what = label("", "muted")
        self._key = label("", "strong")
        self.change_button = link_button("change", name="Change the key for files")
        self.change_button.clicked.connect(self.change_wanted)
        self.read_back = QCheckBox("Read each result back before it counts as done")
        self.read_back.clicked.connect(self.read_back_wanted)
        self.others_button = link_button("Encrypt for others, or with a note…")
        self.others_button.clicked.connect(self.others_wanted)
        self.outside_button = link_button("For someone without Signet…")
        self.outside_button.clicked.connect(self.outside_wanted)
        title = label("Drop files or folders anywhere in this window", "title")
        row = QHBoxLayout()
        row.setSpacing(SPACE.tiny)
        row.addStretch(1)
        row.addWidget(self._what)
        row.addWidget(self._key)
        row.addSpacing(SPACE.tiny)
        row.addWidget(self.change_button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setSpacing(SPACE.tiny)
        column.addStretch(1)
        column.addWidget(title, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addLayout(row)
        more = QHBoxLayout()
        more.setSpacing(SPACE.wide)
        more.addStretch(1)
        more.addWidget(self.others_button)
        more.addWidget(self.outside_button)
        more.addStretch(1)
        column.addLayout(more)
        column.addWidget(self.read_back, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        self.show_key("")

    @property
    def sentence(self) -> str:
        """What happens, as it stands there."""
        return f"{self._what.text()} {self._key.text()}".strip()

    def show_key(self, alias: str) -> None:
        """Name the key that everything else is encrypted with; empty if none is set."""
        rest = "Everything else is encrypted with" if alias else "For everything else you choose a key."
        self._what.setText(f"Encrypted files are decrypted. {rest}")
        self._key.setText(alias)
        self._key.setVisible(bool(alias))
        self.change_button.setText("change" if alias else "choose it now")
        self.setAccessibleName(self.sentence)
