"""Keys of cards that are here, to be signed with while no vault is open."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from signet.gui.pages.documents_sign_work import CardSigner
from signet.gui.widgets.forms import column

NO_VAULT = (
    "No vault is open: this signs with a card that is here, and no log records it. Unlock to sign with your keys."
)
NO_CARD = "The vault is locked, and no card with a key that signs is here. Put one in and try again, or unlock."
_ROW_HEIGHT = 46
_ROWS = 4  # more are scrolled to


class CardChooser(QWidget):
    """Works as `signet.gui.pages.jobs_keys.KeyChooser`; `chosen` carries a CardSigner."""

    chosen = Signal(object)
    turned_to = Signal()

    def __init__(self, found: Sequence[CardSigner], current: str = "") -> None:
        super().__init__()
        self._found = tuple(found)
        self.list = QListWidget()
        self.list.setAccessibleName("Keys on cards")
        self.list.setFixedHeight(min(_ROWS, max(1, len(self._found))) * _ROW_HEIGHT)
        for each in self._found:
            item = QListWidgetItem(f"{each.alias}\non “{each.token.label}”")
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{each.alias}, on the card {each.token.label}")
            item.setSizeHint(QSize(0, _ROW_HEIGHT))
            self.list.addItem(item)
        places = [place for place, each in enumerate(self._found) if each.id == current]
        self.list.setCurrentRow(places[0] if places else 0)
        column(self).addWidget(self.list)
        self.list.itemActivated.connect(self._activated)
        self.list.currentRowChanged.connect(self._turned)

    @property
    def current(self) -> CardSigner | None:
        """The key that is marked."""
        row = self.list.currentRow()
        return self._found[row] if 0 <= row < len(self._found) else None

    def _activated(self, _: QListWidgetItem) -> None:
        self.chosen.emit(self.current)

    def _turned(self, _: int) -> None:
        self.turned_to.emit()
