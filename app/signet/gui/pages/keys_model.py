"""The keys of the vault as a table: an immutable snapshot read in a task, filtered and sorted in memory."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont

from signet.formats.header import MethodKind, UnlockMethod
from signet.gui.pages import times
from signet.gui.pages.table import MUTED_ROLE, PILL_ROLE
from signet.gui.widgets.pill import PillKind
from signet.keys.model import Key
from signet.keys.spec import KeySpec, KeyUsage, Protection
from signet.keys.state import KeyState
from signet.services import catalogue, keys, methods
from signet.services.guards import able_to_guard, guards_of_all
from signet.services.key_uses import key_uses
from signet.services.methods import MethodView
from signet.services.session import Session

Index = QModelIndex | QPersistentModelIndex
NO_INDEX = QModelIndex()

NAME, TYPE, PROTECTION, STATE, LAST_USE, CREATED = range(6)
HEADERS = ("Name", "Type", "Protection", "State", "Last use", "Created")

TYPES = {
    KeySpec.SYMMETRIC_DEFAULT: "Symmetric · AES-256",
    KeySpec.HMAC_224: "HMAC-SHA-224",
    KeySpec.HMAC_256: "HMAC-SHA-256",
    KeySpec.HMAC_384: "HMAC-SHA-384",
    KeySpec.HMAC_512: "HMAC-SHA-512",
    KeySpec.RSA_2048: "RSA-2048",
    KeySpec.RSA_3072: "RSA-3072",
    KeySpec.RSA_4096: "RSA-4096",
    KeySpec.ECC_NIST_P256: "EC · P-256",
    KeySpec.ECC_NIST_P384: "EC · P-384",
    KeySpec.ECC_NIST_P521: "EC · P-521",
    KeySpec.ECC_NIST_EDWARDS25519: "Ed25519",
}
PROTECTIONS = {Protection.VAULT: "Vault", Protection.GUARDED: "Guarded", Protection.TOKEN: "On a card"}
STATES: dict[KeyState, tuple[str, PillKind]] = {
    KeyState.ENABLED: ("Enabled", "ok"),
    KeyState.DISABLED: ("Disabled", "neutral"),
    KeyState.ARCHIVED: ("Read only", "neutral"),
    KeyState.PENDING_DELETION: ("To be deleted", "bad"),
    KeyState.PENDING_IMPORT: ("Waits for import", "warn"),
    KeyState.UNAVAILABLE: ("Card not here", "warn"),
}
"""What people read for a state, and the kind of its pill."""


class Chip(StrEnum):
    """The filters above the table; the value is what is written on them."""

    ALL = "All"
    ENCRYPT = "Encrypt"
    SIGN = "Sign"
    CARD = "On a card"
    GUARDED = "Guarded"
    OFF = "Not enabled"

    def shows(self, row: KeyRow) -> bool:
        """Whether a key passes this filter."""
        key = row.key
        return {
            Chip.ALL: True,
            Chip.ENCRYPT: key.usage is KeyUsage.ENCRYPT_DECRYPT,
            Chip.SIGN: key.usage is KeyUsage.SIGN_VERIFY,
            Chip.CARD: key.protection is Protection.TOKEN,
            Chip.GUARDED: key.protection is Protection.GUARDED,
            Chip.OFF: key.state is not KeyState.ENABLED,
        }[self]


@dataclass(frozen=True)
class KeyRow:
    """One key with what the vault knows of its use: ``last_used`` RFC 3339 or None, ``files`` known to hang on it.

    ``guards`` are the ways in that guard it, ``others`` those that could; both empty unless it is guarded.
    """

    key: Key
    last_used: str | None
    files: int
    guards: tuple[UnlockMethod, ...] = ()
    others: tuple[UnlockMethod, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether it can be used now: also while its cards are away, if a recovery code guards it too."""
        by_code = any(guard.kind is MethodKind.RECOVERY_CODE for guard in self.guards)
        return self.key.state is KeyState.ENABLED or (self.key.state is KeyState.UNAVAILABLE and by_code)

    def fits(self, words: str) -> bool:
        """Whether every word typed is in the names, tags, description or id, or begins the id."""
        tags = (f"{name}={value}" for name, value in self.key.tags)
        text = " ".join((*self.key.aliases, *tags, self.key.description, self.key.id)).casefold()
        return all(word in text for word in words.casefold().split())


@dataclass(frozen=True)
class KeysSnapshot:
    """All that the page shows, as of one moment; ``opened_by`` and ``opened_with``: name and id of the way in."""

    rows: tuple[KeyRow, ...] = ()
    ways: tuple[MethodView, ...] = ()
    opened_by: str = ""
    opened_with: str = ""

    def row(self, key_id: str | None) -> KeyRow | None:
        """Return the row of a key, None if it is not in the vault."""
        return next((row for row in self.rows if row.key.id == key_id), None)


def read_keys(session: Session) -> KeysSnapshot:
    """Read the snapshot; blocking, for a task."""
    used = {key_id: uses.last_used for key_id, uses in key_uses(session).items()}
    files = catalogue.count_files(session)
    found = keys.with_presence_of_tokens(session, keys.list_keys(session))
    guarded = guards_of_all(session)
    able = able_to_guard(session.header)

    def row(key: Key) -> KeyRow:
        guards = guarded.get(key.id, ())
        others = tuple(method for method in able if method not in guards) if key.id in guarded else ()
        return KeyRow(key, used.get(key.id), files.get(key.id, 0), guards, others)

    rows = (row(key) for key in found)
    return KeysSnapshot(tuple(rows), methods.list_methods(session), session.method.label, session.method.id)


class KeysModel(QAbstractTableModel):
    """The rows that the search and the chip leave, in the order of the column clicked."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.snapshot = KeysSnapshot()
        self.shown: tuple[KeyRow, ...] = ()
        self._now = datetime.now().astimezone()
        self._words = ""
        self._chip = Chip.ALL
        self._column = NAME
        self._order = Qt.SortOrder.AscendingOrder

    def show_snapshot(self, snapshot: KeysSnapshot, now: datetime) -> None:
        """Show what was read at ``now``."""
        self.snapshot, self._now = snapshot, now
        self._arrange()

    def set_filter(self, *, words: str, chip: Chip) -> None:
        """Show only what fits the words typed and the chip chosen."""
        self._words, self._chip = words, chip
        self._arrange()

    def counts(self) -> dict[Chip, int]:
        """Return how many keys each chip would show."""
        return {chip: sum(chip.shows(row) for row in self.snapshot.rows) for chip in Chip}

    def place_of(self, key_id: str | None) -> int:
        """Return the row in which a key is shown, -1 if it is not."""
        return next((place for place, row in enumerate(self.shown) if row.key.id == key_id), -1)

    def _arrange(self) -> None:
        self.beginResetModel()
        shown = [row for row in self.snapshot.rows if self._chip.shows(row) and row.fits(self._words)]
        shown.sort(key=self._rank, reverse=self._order is Qt.SortOrder.DescendingOrder)
        self.shown = tuple(shown)
        self.endResetModel()

    def _rank(self, row: KeyRow) -> tuple[str, str]:
        if self._column == CREATED:
            return row.key.created, row.key.id
        if self._column == LAST_USE:
            return row.last_used or "", row.key.id
        return self.text(row, self._column).casefold(), row.key.id

    def text(self, row: KeyRow, column: int) -> str:
        """Return what a cell says."""
        key = row.key
        if column == NAME:
            return key.alias
        if column == TYPE:
            return TYPES[key.spec]
        if column == PROTECTION:
            return PROTECTIONS[key.protection]
        if column == STATE:
            return STATES[key.state][0]
        return times.ago(row.last_used if column == LAST_USE else key.created, self._now)

    def rowCount(self, parent: Index = NO_INDEX) -> int:
        """Return how many keys are shown."""
        return 0 if parent.isValid() else len(self.shown)

    def columnCount(self, parent: Index = NO_INDEX) -> int:
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(HEADERS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Name the columns."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return HEADERS[section]
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Order by a column."""
        if 0 <= column < len(HEADERS):
            self._column, self._order = column, order
            self._arrange()

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return one cell: its words, its pill, or what is read aloud."""
        if not index.isValid():
            return None
        row, column = self.shown[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(row, column)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{HEADERS[column]}: {self.text(row, column)}"
        if role == PILL_ROLE and column == STATE:
            return STATES[row.key.state][1]
        if role == MUTED_ROLE:
            return column in (LAST_USE, CREATED)
        if role == Qt.ItemDataRole.FontRole and column == NAME:
            font = QFont()
            font.setWeight(QFont.Weight.DemiBold)
            return font
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tip(row, column)
        return None


def _tip(row: KeyRow, column: int) -> str | None:
    if column == NAME:
        return row.key.description or row.key.id
    if column == CREATED:
        return times.full(row.key.created)
    if column == LAST_USE and row.last_used is not None:
        return times.full(row.last_used)
    return None
