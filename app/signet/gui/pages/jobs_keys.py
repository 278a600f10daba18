"""Choosing a key for a job: a searchable list of the keys that may do it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from weakref import ReferenceType, ref

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
from signet.services import key_list, keys
from signet.services.key_list import KeyList
from signet.services.presence import with_presence
from signet.services.session import Session

FIRST_KEYS = {Operation.ENCRYPT: "my-files", Operation.SIGN: "my-signature"}
"""What the key is called that is offered where none can be used."""
_SPECS = {Operation.ENCRYPT: KeySpec.SYMMETRIC_DEFAULT, Operation.SIGN: KeySpec.ECC_NIST_P256}
_USAGES = {Operation.ENCRYPT: KeyUsage.ENCRYPT_DECRYPT, Operation.SIGN: KeyUsage.SIGN_VERIFY}
IsCancelled = Callable[[], bool]
SHOWN = 200
"""Keys that the list shows at most; of more, those that fit what is typed."""
_SEARCH_FROM = 8  # fewer keys are seen at a glance
NOTHING_FITS = "No key fits what you typed."
_ROW_HEIGHT = 46
_ROWS = 6  # more are scrolled to


def _never() -> bool:
    return False


def fitting(found: Sequence[Key], operation: Operation) -> tuple[Key, ...]:
    """Those of ``found`` that may do this now, to files and documents: key pairs for other uses are not offered."""
    able = [key for key in found if (key.encrypts_files if operation is Operation.ENCRYPT else key.signs_documents)]
    return tuple(key for key in able if decide(key, operation).allowed)


class AbleKeys:
    """The keys that may do one thing, by name; from one reading to the next only what changed is read anew.

    For tasks: safe to use from any thread, one reading at a time.
    """

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self._lock = threading.Lock()
        self._session: ReferenceType[Session] | None = None
        self._listed = KeyList()
        self._made: dict[str, Key | None] = {}
        self._able: tuple[Key, ...] = ()

    def read(self, session: Session, cancelled: IsCancelled = _never) -> tuple[Key, ...]:
        """Return them as they are now; raises as `signet.services.key_list.read_all`."""
        with self._lock:
            known = self._session is not None and self._session() is session and bool(self._listed.entry)
            before = self._listed if known else KeyList()
            now = key_list.read_news(session, before, cancelled) if known else key_list.read_all(session, cancelled)
            if not known or now.rows is not before.rows or now.aliases is not before.aliases:
                same = before.aliases
                made = {
                    key_id: self._made[key_id]
                    if before.rows.get(key_id) is row and same.get(key_id) is now.aliases.get(key_id)
                    else next(iter(fitting((now.key(key_id),), self._operation)), None)
                    for key_id, row in now.rows.items()
                }
                able = (key for key in made.values() if key is not None)
                self._made, self._able = made, tuple(sorted(able, key=lambda key: (key.alias.casefold(), key.id)))
            self._session, self._listed = ref(session), now
            return self._able


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
        self._texts: list[str] = []
        self._by_id = {key.id: key for key in self._keys}
        self._said = label("", "small", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.small)
        for widget in (self.search, self.list, self._said):
            column.addWidget(widget)
        self._fill(self._keys, current)
        self.search.textChanged.connect(self._filter)
        self.list.itemActivated.connect(self._activated)
        self.list.currentRowChanged.connect(self._turned)

    @property
    def current(self) -> Key | None:
        """The key that is marked."""
        item = self.list.currentItem()
        return None if item is None else self._by_id[item.data(Qt.ItemDataRole.UserRole)]

    def _fill(self, found: Sequence[Key], current: str) -> None:
        """Show the first of these keys; the one in use is among them, wherever its name stands."""
        shown = list(found[:SHOWN])
        marked = next((place for place, key in enumerate(found) if key.id == current), 0)
        if marked >= SHOWN:
            shown[0], marked = found[marked], 0
        self.list.blockSignals(True)
        self.list.clear()
        for key in shown:
            item = QListWidgetItem(f"{key.alias}\n{kind_of(key)}")
            item.setData(Qt.ItemDataRole.UserRole, key.id)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{key.alias}, {kind_of(key)}")
            item.setSizeHint(QSize(0, _ROW_HEIGHT))
            self.list.addItem(item)
        if shown:
            self.list.setCurrentRow(marked, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.list.blockSignals(False)
        more = len(found) - len(shown)
        self._said.setText(f"{more} more: type to find them." if more else "" if found else NOTHING_FITS)
        self._said.setVisible(bool(more) or not found)

    def _filter(self, text: str) -> None:
        if not self._texts:
            self._texts = [_text_of(key) for key in self._keys]
        words = text.casefold().split()
        current = self.current
        fits = [key for key, said in zip(self._keys, self._texts, strict=True) if all(each in said for each in words)]
        self._fill(fits, current.id if current is not None else "")
        self.turned_to.emit()

    def _activated(self, _: QListWidgetItem) -> None:
        if self.current is not None:
            self.chosen.emit(self.current)

    def _turned(self, _: int) -> None:
        self.turned_to.emit()


def _text_of(key: Key) -> str:
    return " ".join((*key.aliases, *(part for tag in key.tags for part in tag), key.description)).casefold()


def kind_of(key: Key) -> str:
    """What a key is, in a line: its kind, and that it is on a card or guarded."""
    kind = TYPES[key.spec]
    return kind + {Protection.TOKEN: " · on card", Protection.GUARDED: " · guarded"}.get(key.protection, "")
