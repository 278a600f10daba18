"""The sheets of new recovery shares: drawn into their files as they are made, and printed while the panel is open."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.pages.times import date_of
from signet.gui.sheet import Sheet
from signet.gui.sheet_output import print_sheets, sheets_as_pdf
from signet.gui.widgets.buttons import plain_button, primary_button
from signet.gui.widgets.text import label
from signet.secret import Secret
from signet.services.prompt import NamedVault


class ShareSheets:
    """The sheets of one set; `draw` is called in the worker's thread, the rest in the GUI's after that."""

    def __init__(self, vault: str, *, threshold: int, shares: int) -> None:
        self._vault, self._threshold, self._shares = vault, threshold, shares
        self.sheets: list[Sheet] = []

    def draw(self, number: int, words: Secret, vault: NamedVault) -> Secret:
        """Return a share's sheet as PDF, and keep it for printing."""
        made = date_of(datetime.now().astimezone())
        sheet = Sheet(self._vault, vault, made, words.copy(), number, self._shares, self._threshold)
        self.sheets.append(sheet)
        return sheets_as_pdf([sheet])

    def wipe(self) -> None:
        """Wipe the words."""
        for sheet in self.sheets:
            sheet.text.wipe()
        self.sheets.clear()


class SheetsMade(QWidget):
    """Says where the sheets are, and prints them; `left` when the person is done with them."""

    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._sheets: ShareSheets | None = None
        self.told = label("", "body", wrap=True, selectable=True)
        self.note = label("", "muted", wrap=True)
        self.print = plain_button("Print…", name="Print the recovery sheets")
        self.done = primary_button("I have the sheets")
        self.done.setObjectName("cards-sheets-done")
        row = QHBoxLayout()
        row.setSpacing(SPACE.small)
        row.addWidget(self.print)
        row.addStretch(1)
        row.addWidget(self.done)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.medium)
        column.addWidget(self.told)
        column.addLayout(row)
        column.addWidget(self.note)
        self.print.clicked.connect(self._print)
        self.done.clicked.connect(self.left)
        self.hide()

    def begin(self, sheets: ShareSheets, folder: str) -> None:
        """Show what was made."""
        self._sheets = sheets
        self.told.setText(
            f"{len(sheets.sheets)} sheets are in {folder}, one page each. Print them, bring them to different places "
            "or people, and delete the files: together they open the vault."
        )
        self.note.setText("")
        self.show()
        self.print.setFocus(Qt.FocusReason.OtherFocusReason)

    def _print(self) -> None:
        told = "" if self._sheets is None else print_sheets(self, self._sheets.sheets)
        if told:
            self.note.setText(told)
