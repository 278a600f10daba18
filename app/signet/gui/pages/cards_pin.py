"""The panel for a card's PIN: changed, or set anew with the PUK."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QVBoxLayout

from signet.gui.design import SPACE
from signet.gui.pages.cards_look import CardsLook
from signet.gui.pages.cards_panel import Bench, PanelBody
from signet.gui.pin_desk import PinDesk, RefusedPuks


class PinPanel(PanelBody):
    """About one way in that is a card; ``refused`` lives as long as the page."""

    def __init__(self, bench: Bench, way_id: str, refused: RefusedPuks) -> None:
        super().__init__()
        self._way_id = way_id
        self.pins = PinDesk(bench.desk, bench.tasks, refused)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.large)
        column.addWidget(self.pins)
        column.addStretch(1)
        self.pins.done.connect(self.finished)

    @property
    def buttons(self) -> tuple[QPushButton, ...]:
        """What stands at the foot of the panel."""
        return (self.pins.go,)

    def show_look(self, look: CardsLook) -> None:
        """Follow the card."""
        way = look.way_of(self._way_id)
        self.pins.show_token(way.token if way is not None else None)
