"""What the page Settings is made of: cards with rows, saving, what Signet consists of."""

from __future__ import annotations

import importlib.metadata
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from signet.errors import SignetError
from signet.gui.design import SPACE
from signet.gui.tasks import Tasks
from signet.gui.widgets.text import label, line, set_shown
from signet.services.workplace import Workplace
from signet.store.settings import write_settings

_PARTS = (
    ("PySide6-Essentials", "Qt, the window", "LGPL 3"),
    ("cryptography", "all cryptography, with OpenSSL", "Apache 2.0 or BSD"),
    ("sqlcipher3", "the encrypted database, SQLCipher", "zlib, BSD"),
    ("python-pkcs11", "talking to cards", "MIT"),
    ("platformdirs", "where files belong", "MIT"),
)


class Saver(QObject):
    """Settings take effect at once and are written in a task; the last one to be chosen is the one on the disk."""

    failed = Signal(object)
    saved = Signal()

    def __init__(self, workplace: Workplace, tasks: Tasks, parent: QObject) -> None:
        super().__init__(parent)
        self._workplace = workplace
        self._tasks = tasks
        self._writing = False
        self._again = False

    def set(self, **changes: Any) -> None:
        """Choose settings, by the names of the fields of `Settings`."""
        self._workplace.settings = replace(self._workplace.settings, **changes)
        if self._writing:
            self._again = True
            return
        self._writing = True
        workplace = self._workplace
        self._tasks.run(
            lambda _: write_settings(workplace.places.settings, workplace.settings),
            done=self._written,
            failed=self._not_written,
        )

    def _written(self, _: None) -> None:
        self._writing = False
        again, self._again = self._again, False
        if again:
            self.set()
        else:
            self.saved.emit()

    def _not_written(self, error: SignetError) -> None:
        self._writing = self._again = False
        self.failed.emit(error)


class Card(QFrame):
    """A rounded card of rows, with thin lines between them."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(SPACE.large, SPACE.small, SPACE.large, SPACE.small)
        self._column.setSpacing(0)

    def add_row(self, title: str, sentence: str, *controls: QWidget) -> QLabel:
        """Put title and sentence on the left, controls on the right; return the sentence's label."""
        said = label(sentence, "small", wrap=True)
        text = QVBoxLayout()
        text.setSpacing(2)
        caption = label(title, "body")
        text.addWidget(caption)
        text.addWidget(said)
        set_shown(said, bool(sentence))
        row = QHBoxLayout()
        row.setContentsMargins(0, SPACE.medium, 0, SPACE.medium)
        row.setSpacing(SPACE.medium)
        row.addLayout(text, 1)
        for control in controls:
            if not control.accessibleName():
                control.setAccessibleName(title)
            if not control.accessibleDescription():
                control.setAccessibleDescription(sentence)
            row.addWidget(control)
        if controls:
            caption.setBuddy(controls[0])
        if self._column.count():
            self._column.addWidget(line())
        self._column.addLayout(row)
        return said

    def add_widget(self, widget: QWidget) -> None:
        """Put something that is no row."""
        if self._column.count():
            self._column.addWidget(line())
        self._column.addWidget(widget)


def components() -> list[tuple[str, str]]:
    """What Signet is built on: name with version, what for and under which licence."""
    found = []
    for name, what, licence in _PARTS:
        try:
            version = " " + importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:  # a frozen program carries no such lists
            version = ""
        found.append((f"{name}{version}", f"{what}; {licence}"))
    return found
