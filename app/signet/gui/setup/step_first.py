"""How the vault is unlocked: a card, a software token for trying out, a passphrase; or a vault that exists."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout

from signet.gui.design import SPACE
from signet.gui.setup.plan import First, Plan
from signet.gui.setup.step import Step
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import link_button
from signet.gui.widgets.choice_card import ChoiceCard
from signet.gui.widgets.text import label


class StepFirst(Step):
    """The first step."""

    name = "How you unlock it"
    open_wanted = Signal()
    restore_wanted = Signal()

    def __init__(self, theme: Theme, plan: Plan) -> None:
        super().__init__(
            "How do you want to unlock your vault?",
            "Everything you keep in Signet hangs on this. You can add further ways in later.",
            plan,
        )
        self.cards = {
            First.CARD: ChoiceCard(
                theme, "card", "With a card", "YubiKey, Nitrokey or smartcard: its key never leaves it."
            ),
            First.PASSPHRASE: ChoiceCard(
                theme, "passphrase", "With a passphrase", "Several words that only you know. No card is needed."
            ),
            First.SOFTWARE: ChoiceCard(
                theme, "puzzle", "With a software token", "Behaves like a card, but lies on this computer's disk."
            ),
        }
        self.cards[First.CARD].show_state("Recommended", "ok")
        self.cards[First.SOFTWARE].show_state("For trying out", "neutral")
        for first, card in self.cards.items():
            card.setObjectName(f"first-{first}")
            self.body.addWidget(card)
        self.cards[First.CARD].setChecked(True)
        self.open_vault = link_button("Open a vault that exists…")
        self.open_vault.setObjectName("open-existing")
        self.restore = link_button("Restore a backup…")
        self.restore.setObjectName("restore-backup")
        row = QHBoxLayout()
        row.setSpacing(SPACE.small)
        row.addWidget(label("You have a vault already?", "muted"))
        row.addWidget(self.open_vault)
        row.addWidget(label("·", "muted"))
        row.addWidget(self.restore)
        row.addStretch(1)
        self.body.addSpacing(SPACE.small)
        self.body.addLayout(row)
        self.open_vault.clicked.connect(self.open_wanted)
        self.restore.clicked.connect(self.restore_wanted)

    def enter(self) -> None:
        """Begin at what is chosen."""
        self.focus(next(card for card in self.cards.values() if card.isChecked()))

    def advance(self) -> None:
        """Take what is chosen; a secret of another way in is wiped."""
        chosen = next(first for first, card in self.cards.items() if card.isChecked())
        if chosen is not self.plan.first:
            self.plan.wipe()
            self.plan.token = None
        self.plan.first = chosen
        self.passed.emit()
