"""The keys that a lost card takes along: each name is typed before nothing opens the key any more."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.widgets.text import label

_GONE = "“{name}” has no guard besides this card. Nothing will open it again, nor what it encrypted."
_TYPE = "Type {name} to give it up"


class GivenUpKeys(QWidget):
    """A field a key; `complete` once each holds the key's very name."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, QLineEdit] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE.small)
        self.hide()

    @property
    def names(self) -> tuple[str, ...]:
        """What was typed."""
        return tuple(field.text().strip() for field in self.fields.values())

    @property
    def complete(self) -> bool:
        """Whether every name is typed; true if no key dies."""
        return all(field.text().strip() == name for name, field in self.fields.items())

    def show_keys(self, names: Sequence[str]) -> None:
        """Ask for these; what was typed stays where a key is still among them."""
        if list(self.fields) == list(names):
            return
        typed = {name: field.text() for name, field in self.fields.items()}
        while (item := self._column.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        self.fields = {}
        for name in names:
            field = QLineEdit(typed.get(name, ""))
            field.setAccessibleName(_TYPE.format(name=name))
            field.setPlaceholderText(_TYPE.format(name=name))
            field.textChanged.connect(self.changed)
            self._column.addWidget(label(_GONE.format(name=name), "warn", wrap=True))
            self._column.addWidget(field)
            self.fields[name] = field
        self.setVisible(bool(names))
        self.changed.emit()

    def demand(self, name: str) -> None:
        """Ask for one more."""
        if name not in self.fields:
            self.show_keys([*self.fields, name])
