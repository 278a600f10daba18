"""Choosing a key for a job: a searchable list of the keys that may do it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QItemSelectionModel, QSize, Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.pages.keys_model import TYPES
from signet.gui.theme import Theme
from signet.gui.widgets.search import SearchField
from signet.gui.widgets.text import label
from signet.keys.decide import decide
from signet.keys.model import Key
from signet.keys.spec import KeySpec, KeyUsage, Protection
from signet.keys.state import Operation
from signet.services import keys
from signet.services.presence import with_presence
from signet.services.session import Session

FIRST_KEYS = {Operation.ENCRYPT: "my-files", Operation.SIGN: "my-signature"}
"""What the key is called that is offered where none can be used."""
_SPECS = {Operation.ENCRYPT: KeySpec.SYMMETRIC_DEFAULT, Operation.SIGN: KeySpec.ECC_NIST_P256}
_USAGES = {Operation.ENCRYPT: KeyUsage.ENCRYPT_DECRYPT, Operation.SIGN: KeyUsage.SIGN_VERIFY}
_SEARCH_FROM = 8  # fewer keys are seen at a glance
_ROW_HEIGHT = 46
_ROWS = 6  # more are scrolled to


def fitting(found: Sequence[Key], operation: Operation) -> tuple[Key, ...]:
    """Those of ``found`` that may do this now, to files and documents: key pairs for other uses are not offered."""
    able = [key for key in found if (key.encrypts_files if operation is Operation.ENCRYPT else key.signs_documents)]
    return tuple(key for key in able if decide(key, operation).allowed)


def make_first_key(session: Session, operation: Operation) -> Key:
    """Make the key that is offered where there is none, with a number if its name is taken; blocking.

    Raises as `create_key`.
    """
    taken = {alias for key in keys.list_keys(session) for alias in key.aliases}
    first = FIRST_KEYS[operation]
    names = (first, *(f"{first}-{number}" for number in range(2, len(taken) + 3)))
    alias = next(name for name in names if name not in taken)
    return with_presence(session, lambda: keys.create_key(session, alias, spec=_SPECS[operation]))


class KeyChooser(QWidget):
    """A list of keys, the one in use marked; `chosen` carries the Key on Enter or double click."""

    chosen = Signal(object)
    turned_to = Signal()
    """Another key is marked."""

    def __init__(self, theme: Theme, found: Sequence[Key], current: str = "") -> None:
        super().__init__()
        self._keys = tuple(found)
        self.search = SearchField(theme, "Search name or tag…", name="Search keys by name or tag")
        self.search.setMaximumWidth(16777215)
        self.search.setVisible(len(self._keys) >= _SEARCH_FROM)
        self.list = QListWidget()
        self.list.setAccessibleName("Keys")
        self.list.setFixedHeight(min(_ROWS, max(1, len(self._keys))) * _ROW_HEIGHT)
        self._nothing = label("No key fits what you typed.", "muted", wrap=True)
        self._nothing.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.small)
        for widget in (self.search, self.list, self._nothing):
            column.addWidget(widget)
        for key in self._keys:
            item = QListWidgetItem(f"{key.alias}\n{kind_of(key)}")
            item.setData(Qt.ItemDataRole.UserRole, key.id)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{key.alias}, {kind_of(key)}")
            item.setSizeHint(QSize(0, _ROW_HEIGHT))
            self.list.addItem(item)
        marked = next((place for place, key in enumerate(self._keys) if key.id == current), 0)
        self.list.setCurrentRow(marked, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.search.textChanged.connect(self._filter)
        self.list.itemActivated.connect(self._activated)
        self.list.currentRowChanged.connect(self._turned)

    @property
    def current(self) -> Key | None:
        """The key that is marked."""
        item = self.list.currentItem()
        if item is None or item.isHidden():
            return None
        wanted = item.data(Qt.ItemDataRole.UserRole)
        return next((key for key in self._keys if key.id == wanted), None)

    def _filter(self, text: str) -> None:
        words = text.lower().split()
        first = -1
        for place, key in enumerate(self._keys):
            said = " ".join((*key.aliases, *(part for tag in key.tags for part in tag), key.description)).lower()
            fits = all(word in said for word in words)
            self.list.item(place).setHidden(not fits)
            if fits and first < 0:
                first = place
        if self.current is None:
            self.list.setCurrentRow(first)
        self._nothing.setVisible(first < 0)
        self.turned_to.emit()

    def _activated(self, _: QListWidgetItem) -> None:
        if self.current is not None:
            self.chosen.emit(self.current)

    def _turned(self, _: int) -> None:
        self.turned_to.emit()


def kind_of(key: Key) -> str:
    """What a key is, in a line: its kind, and that it is on a card or guarded."""
    kind = TYPES[key.spec]
    return kind + {Protection.TOKEN: " · on card", Protection.GUARDED: " · guarded"}.get(key.protection, "")
