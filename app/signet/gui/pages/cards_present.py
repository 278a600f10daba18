"""The cards that are in a reader now, ways in or not: each can be tested, and can be given a key."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from signet.errors import SignetError
from signet.gui.sentences import words
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import plain_button
from signet.gui.widgets.row_card import RowCard
from signet.gui.widgets.text import label
from signet.gui.widgets.way_row import WayRow
from signet.tokens.model import PinState, Token

_NONE = "No card is there. One that you put in shows here by itself."


@dataclass(frozen=True)
class PresentCard:
    """A card that is there; ``opens`` is the label of the way in that it is, empty for a stranger."""

    token: Token
    opens: str

    @property
    def caption(self) -> str:
        """What is said below its name."""
        about = " · ".join(part for part in (self.token.model, self.token.serial) if part)
        return f"{about} · " + ("opens this vault" if self.opens else "is no way into this vault")


class PresentCards(QWidget):
    """Shows the cards that it is given; `wanted` carries the one that is to be tested."""

    wanted = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._shown: tuple[PresentCard, ...] | None = None
        self._card = RowCard()
        self.none = label(_NONE, "muted", wrap=True)
        self.trouble = label("", "bad", wrap=True, selectable=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._card)
        column.addWidget(self.none)
        column.addWidget(self.trouble)
        self.trouble.hide()
        self.show_cards(())

    @property
    def shown(self) -> tuple[PresentCard, ...]:
        """What is shown."""
        return self._shown or ()

    def show_cards(self, cards: tuple[PresentCard, ...]) -> None:
        """Replace the rows if they changed."""
        if cards == self._shown:
            return
        self._shown = cards
        self._card.show_rows([self._made(card) for card in cards])
        self.none.setVisible(not cards)

    def show_trouble(self, error: SignetError | None) -> None:
        """Say why some cards may be missing."""
        self.trouble.setText("" if error is None else words(error).text)
        self.trouble.setVisible(error is not None)

    def _made(self, card: PresentCard) -> WayRow:
        name = card.token.label or card.token.model or "Card"
        test = plain_button("Test this card…", name=f"Test what {name} can do")
        test.setObjectName(f"health-{card.token.serial}")
        test.clicked.connect(partial(self._clicked, card))
        row = WayRow(self._theme, "card", name, card.caption, test, wrap=True)
        if card.token.pin_state is PinState.LOCKED:
            row.show_state("Blocked", "bad")
        return row

    def _clicked(self, card: PresentCard, _: bool = False) -> None:
        self.wanted.emit(card)
