"""People for the table: what is read of them, the words for their keys, and the rows that a search leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont

from signet.gui.pages import times
from signet.gui.pages.table import MUTED_ROLE, PILL_ROLE
from signet.gui.widgets.pill import PillKind
from signet.services import people
from signet.services.people import KeyView, Person, PersonKeyKind
from signet.services.session import Session

Index = QModelIndex | QPersistentModelIndex
NO_INDEX = QModelIndex()

KINDS = {
    PersonKeyKind.RSA: "RSA",
    PersonKeyKind.EC: "Elliptic curve",
    PersonKeyKind.X25519: "age",
    PersonKeyKind.SSH_RSA: "SSH (RSA)",
    PersonKeyKind.SSH_ED25519: "SSH (Ed25519)",
    PersonKeyKind.AGE_PLUGIN: "age, with a plugin",
    PersonKeyKind.SIGNING_ONLY: "For signatures",
}
PURPOSES = {
    PersonKeyKind.RSA: "Files that you encrypt for them, and their signatures",
    PersonKeyKind.EC: "Files that you encrypt for them, and their signatures",
    PersonKeyKind.X25519: "Age files that you encrypt for them",
    PersonKeyKind.SSH_RSA: "Files that you encrypt for them, of age too, and their signatures",
    PersonKeyKind.SSH_ED25519: "Age files that you encrypt for them, and their signatures",
    PersonKeyKind.AGE_PLUGIN: "Age files that you encrypt for them, with the same plugin here",
    PersonKeyKind.SIGNING_ONLY: "Their signatures; no files can be encrypted to it",
}


class Column(IntEnum):
    """The columns of the table."""

    NAME = 0
    KEYS = 1
    COMPARED = 2
    ADDED = 3


HEADERS = {Column.NAME: "Name", Column.KEYS: "Keys", Column.COMPARED: "Fingerprint", Column.ADDED: "Added"}


@dataclass(frozen=True)
class PeopleSnapshot:
    """Everybody, by name; ``views`` are of their keys, by fingerprint."""

    people: tuple[Person, ...] = ()
    views: Mapping[str, KeyView] = field(default_factory=dict)

    def person(self, person_id: str) -> Person | None:
        """Return the person with that id, None if nobody has it."""
        return next((each for each in self.people if each.id == person_id), None)


def read_people(session: Session) -> PeopleSnapshot:
    """Read everybody; blocks."""
    found = people.list_people(session)
    views = {key.fingerprint: people.view_of(session, key) for each in found for key in each.keys}
    return PeopleSnapshot(tuple(found), views)


def compared(person: Person) -> tuple[str, PillKind]:
    """Say in a pill whether the fingerprints were compared."""
    if person.trusted:
        return "Compared", "ok"
    return ("Partly compared", "warn") if any(key.trusted for key in person.keys) else ("Not compared", "neutral")


def kinds(person: Person) -> str:
    """Say what kinds of keys somebody has."""
    return ", ".join(dict.fromkeys(KINDS[key.kind] for key in person.keys))


class PeopleModel(QAbstractTableModel):
    """The people whom a search leaves, in the order of their names."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.snapshot = PeopleSnapshot()
        self.shown: list[Person] = []
        self._words = ""
        self._now = datetime.now().astimezone()

    def show_snapshot(self, snapshot: PeopleSnapshot, now: datetime) -> None:
        """Show what was read at ``now``."""
        self.snapshot, self._now = snapshot, now
        self._filter()

    def search(self, words: str) -> None:
        """Show only whom these words fit."""
        self._words = words
        self._filter()

    def place_of(self, person_id: str) -> int:
        """Return the row of a person, -1 if they are not shown."""
        return next((place for place, each in enumerate(self.shown) if each.id == person_id), -1)

    def _filter(self) -> None:
        self.beginResetModel()
        self.shown = [each for each in self.snapshot.people if people.fits(each, self._words)]
        self.endResetModel()

    def rowCount(self, parent: Index = NO_INDEX) -> int:
        """Return how many people are shown."""
        return 0 if parent.isValid() else len(self.shown)

    def columnCount(self, parent: Index = NO_INDEX) -> int:
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(HEADERS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Name the columns."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return HEADERS[Column(section)]
        return None

    def text(self, person: Person, column: int) -> str:
        """Return what a cell says."""
        if column == Column.NAME:
            return person.name
        if column == Column.KEYS:
            return kinds(person)
        return compared(person)[0] if column == Column.COMPARED else times.ago(person.created, self._now)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return one cell: its words, its pill, or what is read aloud."""
        if not index.isValid():
            return None
        column, person = index.column(), self.shown[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(person, column)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{HEADERS[Column(column)]}: {self.text(person, column)}"
        if role == PILL_ROLE:
            return compared(person)[1] if column == Column.COMPARED else None
        if role == MUTED_ROLE:
            return column == Column.ADDED
        if role == Qt.ItemDataRole.FontRole and column == Column.NAME:
            font = QFont()
            font.setWeight(QFont.Weight.DemiBold)
            return font
        return None
