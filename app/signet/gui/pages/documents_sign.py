"""Signing, in a panel: with which key, and where the signature goes."""

from __future__ import annotations

import os
from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.pages.jobs_keys import FIRST_KEYS, KeyChooser
from signet.gui.pages.jobs_words import name_of
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import link_button, primary_button
from signet.gui.widgets.section import Section
from signet.gui.widgets.text import label
from signet.keys.model import Key
from signet.keys.state import Operation
from signet.services.verifying import SUFFIX

MEANING = "A signature shows that a file comes from you and was not changed since. It does not hide what is in it."
NO_KEY = "There is no key that signs and is enabled. Make one, it takes a moment; or enable one on the page Keys."


class SignForm(QWidget):
    """`sign_wanted` when the person has decided; ``output`` is the signature's path, None for beside the file."""

    sign_wanted = Signal()
    place_wanted = Signal()
    first_wanted = Signal()

    def __init__(self, theme: Theme, paths: Sequence[str], found: Sequence[Key], current: str = "") -> None:
        super().__init__()
        self.paths = tuple(paths)
        self.output: str | None = None
        self.chooser = KeyChooser(theme, found, current)
        self._place = label("", "body", wrap=True)
        self.place_button = link_button("another place…", name="Choose another place for the signature")
        self.place_button.setVisible(len(self.paths) == 1)
        self.sign_button = primary_button("Sign", name=f"Sign {name_of(self.paths)}")
        self.first_button = primary_button("Make a key", name=f"Make the key {FIRST_KEYS[Operation.SIGN]}")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.large)
        column.addWidget(label(MEANING, "muted", wrap=True))
        if found:
            column.addWidget(Section("With the key", self.chooser))
            column.addWidget(Section("Where the signature goes", self._place, self.place_button))
        else:
            column.addWidget(label(NO_KEY, "body", wrap=True))
        column.addStretch(1)
        self.button = self.sign_button if found else self.first_button
        self.focus_at: QWidget = self.chooser.list if found else self.first_button
        self.sign_button.clicked.connect(self.sign_wanted)
        self.first_button.clicked.connect(self.first_wanted)
        self.place_button.clicked.connect(self.place_wanted)
        self.chooser.chosen.connect(self._chosen)
        self.chooser.turned_to.connect(self._turned)
        self.show_place(None)

    @property
    def place(self) -> str:
        """Where the signature goes, as it stands there."""
        return self._place.text()

    def show_place(self, output: str | None) -> None:
        """Take another place for the signature; None for beside the file."""
        self.output = output
        if output is not None:
            self._place.setText(output)
        elif len(self.paths) == 1:
            self._place.setText(f"Beside the file, as {os.path.basename(self.paths[0])}{SUFFIX}")
        else:
            self._place.setText(f"Beside each of the {len(self.paths)} files, as NAME{SUFFIX}")

    def _chosen(self, _: Key) -> None:
        self.sign_wanted.emit()

    def _turned(self) -> None:
        self.sign_button.setEnabled(self.chooser.current is not None)
