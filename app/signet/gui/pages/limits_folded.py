"""The limits of a key that is being made: a line that says whether there are any, and the fields below it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.pages.limit_fields import LimitFields
from signet.gui.widgets.buttons import link_button
from signet.keys.policy import Limits, Policy
from signet.keys.spec import KeyUsage

NONE, SOME = "Limits: none", "Limits: as below"


class FoldedLimits(QWidget):
    """Closed at first; ``opened`` carries the widget that what was opened begins with."""

    opened = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.link = link_button(NONE)
        self.fields = LimitFields()
        self.fields.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.small)
        column.addWidget(self.link)
        column.addWidget(self.fields)
        self.link.clicked.connect(self._fold)
        self.fields.changed.connect(self._say)

    def show_ways(self, *, has_card: bool) -> None:
        """Say whether a card could be asked for each time."""
        self.fields.show_limits(Limits(""), self.fields.usage, has_card=has_card)

    def set_usage(self, usage: KeyUsage) -> None:
        """Show what a key of that usage offers."""
        self.fields.set_usage(usage)
        self._say()

    def policy(self) -> Policy:
        """Return what was entered; raise UsageError."""
        return self.fields.policy()

    def _fold(self) -> None:
        self.fields.setVisible(self.fields.isHidden())
        if not self.fields.isHidden():
            self.opened.emit(self.link)

    def _say(self) -> None:
        self.link.setText(NONE if self.fields.is_free else SOME)
        self.link.setAccessibleName(self.link.text())
