"""What the pages Files and Documents ask, in a panel: which key, where to instead, whether to enable a key."""

from __future__ import annotations

import os
from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QPushButton, QVBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.pages.jobs_keys import FIRST_KEYS, KeyChooser
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import danger_button, plain_button, primary_button
from signet.gui.widgets.text import label
from signet.keys.model import Key
from signet.keys.state import Operation
from signet.services.files_inspect import shown

NO_KEY = "There is no key for files that is enabled. Make one, it takes a moment; or enable one on the page Keys."


class KeyQuestion(QWidget):
    """Which key? With a first key offered where there is none."""

    chosen = Signal(object)
    """Carries the Key."""
    first_wanted = Signal()
    """The key that is offered is to be made."""

    def __init__(
        self, theme: Theme, sentence: str, found: Sequence[Key], *, operation: Operation, current: str = ""
    ) -> None:
        super().__init__()
        self.chooser = KeyChooser(theme, found, current)
        self.remember = QCheckBox("Use it from now on")
        self.remember.setChecked(True)
        self.use_button = primary_button("Use this key")
        self.first_button = primary_button("Make a key", name=f"Make the key {FIRST_KEYS[operation]}")
        column = _column(self)
        if found:
            column.addWidget(label(sentence, "muted", wrap=True))
            column.addWidget(self.chooser)
            column.addWidget(self.remember)
        else:
            column.addWidget(label(NO_KEY, "muted", wrap=True))
        column.addStretch(1)
        self.use_button.clicked.connect(self._use)
        self.first_button.clicked.connect(self.first_wanted)
        self.chooser.chosen.connect(self.chosen)
        self.chooser.turned_to.connect(self._turned)
        self.button = self.use_button if found else self.first_button
        self.focus_at: QWidget = self.chooser.list if found else self.first_button

    def _use(self) -> None:
        if self.chooser.current is not None:
            self.chosen.emit(self.chooser.current)

    def _turned(self) -> None:
        self.use_button.setEnabled(self.chooser.current is not None)


class ExistsQuestion(QWidget):
    """The result exists already: where to instead?"""

    folder_wanted = Signal()
    both_wanted = Signal()
    skip_wanted = Signal()
    replace_wanted = Signal()

    def __init__(self, path: str, count: int, *, others: int = 0, may_keep_both: bool = True) -> None:
        """``others`` counts further rows of the same job in the same case, which the answer may be for too."""
        super().__init__()
        name, folder = shown(os.path.basename(path)), shown(os.path.dirname(path))
        one = count == 1
        said = f"“{name}” is in {folder} already." if one else f"{count} results are there already, as {name}."
        lost = "the file that is there now is lost" if one else "the files that are there now are lost"
        self.folder_button = primary_button("Save in another folder…")
        self.both_button = plain_button("Keep both", name="Keep both: the new one gets a number")
        self.both_button.setVisible(may_keep_both)
        self.skip_button = plain_button("Skip it" if one else "Skip them")
        self.for_all = QCheckBox(f"The same for the other {others}" if others > 1 else "The same for the other one")
        self.for_all.setVisible(others > 0)
        self.replace_button = danger_button("Replace it" if one else "Replace them")
        column = _column(self)
        column.addWidget(label(said, "body", wrap=True))
        for widget in (self.folder_button, self.both_button, self.skip_button, self.for_all):
            column.addWidget(widget)
        column.addSpacing(SPACE.medium)
        column.addWidget(label(f"Or replace: {lost}.", "muted", wrap=True))
        column.addWidget(self.replace_button)
        column.addStretch(1)
        self.folder_button.clicked.connect(self.folder_wanted)
        self.both_button.clicked.connect(self.both_wanted)
        self.skip_button.clicked.connect(self.skip_wanted)
        self.replace_button.clicked.connect(self.replace_wanted)


class EnableQuestion(QWidget):
    """A key that cannot be used: enable it and go on?"""

    agreed = Signal()
    refused = Signal()

    def __init__(self, key: str, *, read_only: bool) -> None:
        super().__init__()
        now = "is read only" if read_only else "is disabled"
        said = f"The key “{key}” {now}. Once it is enabled it can be used for everything again, also for other files."
        self.enable_button: QPushButton = primary_button("Enable and continue", name=f"Enable {key} and continue")
        self.leave_button = plain_button("Leave it")
        column = _column(self)
        column.addWidget(label(said, "body", wrap=True))
        column.addStretch(1)
        self.enable_button.clicked.connect(self.agreed)
        self.leave_button.clicked.connect(self.refused)


def _column(widget: QWidget) -> QVBoxLayout:
    column = QVBoxLayout(widget)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(SPACE.medium)
    return column
