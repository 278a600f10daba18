"""What has to be chosen for recovery shares: how many sheets, how many of them open the vault, and where they go."""

from __future__ import annotations

import os

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from signet.crypto.shares import MAX_SHARES, MIN_THRESHOLD
from signet.gui.design import SPACE
from signet.gui.pages.cards_sheets import ShareSheets
from signet.gui.pages.choosing import ask_where_to_save, home
from signet.gui.widgets.buttons import plain_button
from signet.gui.widgets.steady import Number
from signet.gui.widgets.text import label
from signet.services.enrolment import NewRecoveryShares

_USUAL = (2, 3)
_SENTENCE = (
    "Sheets of 33 words each, for different places or people. Fewer than needed tell nothing; as many as needed open "
    "the vault like a recovery code."
)


class SharesForm(QWidget):
    """Two numbers and a folder; `changed` at every change."""

    changed = Signal()

    def __init__(self, vault: str) -> None:
        super().__init__()
        self._vault = vault
        self.needed = _number("How many sheets open the vault", _USUAL[0])
        self.sheets = _number("How many sheets there are", _USUAL[1])
        self.folder = QLineEdit(os.path.join(home(), f"{vault}-recovery-sheets"))
        self.folder.setAccessibleName("Folder for the sheets")
        self.choose = plain_button("Choose…", name="Choose the folder for the sheets")
        numbers = QHBoxLayout()
        numbers.setSpacing(SPACE.small)
        for part in (label("Any"), self.needed, label("of"), self.sheets, label("sheets open the vault")):
            numbers.addWidget(part)
        numbers.addStretch(1)
        place = QHBoxLayout()
        place.setSpacing(SPACE.small)
        place.addWidget(self.folder, 1)
        place.addWidget(self.choose)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.small)
        column.addWidget(label(_SENTENCE, "muted", wrap=True))
        column.addLayout(numbers)
        column.addWidget(label("Each sheet becomes a PDF in this folder, to be printed", "small"))
        column.addLayout(place)
        self.needed.valueChanged.connect(self._more_sheets)
        self.sheets.valueChanged.connect(self._fewer_needed)
        self.folder.textChanged.connect(self.changed)
        self.choose.clicked.connect(self._ask)

    @property
    def ready(self) -> bool:
        """Whether everything is chosen."""
        return bool(self.folder.text().strip())

    def chosen(self) -> tuple[NewRecoveryShares, ShareSheets]:
        """What is chosen, and what will draw and keep its sheets."""
        folder = os.path.abspath(os.path.expanduser(self.folder.text().strip()))
        threshold, shares = self.needed.value(), self.sheets.value()
        sheets = ShareSheets(self._vault, threshold=threshold, shares=shares)
        return NewRecoveryShares(threshold, shares, folder, suffix="pdf", draw=sheets.draw), sheets

    def take_folder(self, path: str) -> None:
        """Put the sheets there."""
        self.folder.setText(path)

    def _ask(self) -> None:
        ask_where_to_save(
            self,
            title="A new folder for the sheets",
            folder=home(),
            name=os.path.basename(self.folder.text()),
            kinds="All files (*)",
            chosen=self.take_folder,
        )

    def _more_sheets(self, needed: int) -> None:
        self.sheets.setValue(max(needed, self.sheets.value()))
        self.changed.emit()

    def _fewer_needed(self, sheets: int) -> None:
        self.needed.setValue(min(sheets, self.needed.value()))
        self.changed.emit()


def _number(name: str, value: int) -> QSpinBox:
    box = Number()
    box.setAccessibleName(name)
    box.setRange(MIN_THRESHOLD, MAX_SHARES)
    box.setValue(value)
    return box
