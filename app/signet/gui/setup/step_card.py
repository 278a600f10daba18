"""Which card opens the vault: found, and tried for real."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.desk import Desk
from signet.gui.setup.cards import CardPicker
from signet.gui.setup.plan import First, Plan
from signet.gui.setup.step import Step
from signet.gui.tasks import Tasks
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import link_button
from signet.gui.widgets.text import label


class StepCard(Step):
    """The second step for a card."""

    name = "Your card"
    turned_to = Signal(str)
    """Another first way in was chosen here."""

    def __init__(self, desk: Desk, tasks: Tasks, theme: Theme, plan: Plan) -> None:
        super().__init__(
            "Which card opens this vault?",
            "The card's key opens the vault and never leaves the card. You can add more cards later.",
            plan,
        )
        self.picker = CardPicker(desk, tasks, theme)
        self.body.addWidget(self.picker)
        self.software = link_button("Try with a software token")
        self.passphrase = link_button("Use a passphrase")
        row = QHBoxLayout()
        row.setSpacing(SPACE.small)
        row.addWidget(label("No card at hand?", "muted"))
        row.addWidget(self.software)
        row.addWidget(label("·", "muted"))
        row.addWidget(self.passphrase)
        row.addStretch(1)
        self.body.addLayout(row)
        self.software.clicked.connect(self._software)
        self.passphrase.clicked.connect(self._passphrase)
        self.picker.changed.connect(self.changed)
        self.picker.tried.connect(self._tried)

    @property
    def ready(self) -> bool:
        """Whether a card is chosen and its PIN typed, or the card was tried already."""
        return self.picker.ready or self._known

    @property
    def busy(self) -> bool:
        """Whether the card is being tried."""
        return self.picker.busy

    def enter(self) -> None:
        """Look for cards."""
        self.picker.start()
        self.focus(self.picker.pin if self.picker.pin.isVisibleTo(self) else self._first())

    def leave(self) -> None:
        """Look no further."""
        self.picker.stop()

    def advance(self) -> None:
        """Try the card, unless it is the one that was tried."""
        if self._known:
            self.passed.emit()
        else:
            self.picker.try_card()

    @property
    def _known(self) -> bool:
        chosen, token = self.picker.chosen, self.plan.token
        same = chosen is not None and token is not None and chosen.place == (token.module, token.serial)
        return same and self.plan.secret is not None and not self.picker.pin.text()

    def _software(self) -> None:
        self.turned_to.emit(First.SOFTWARE)

    def _passphrase(self) -> None:
        self.turned_to.emit(First.PASSPHRASE)

    def _first(self) -> QWidget:
        return self.picker.not_listed

    def _tried(self) -> None:
        self.plan.wipe()
        self.plan.token, self.plan.secret = self.picker.token, self.picker.secret
        self.picker.secret = None
        self.passed.emit()
