"""The tiles under "When something happens": what people look for when they are in trouble."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.widgets.buttons import link_button
from signet.gui.widgets.text import label

_TILES = (
    ("lost", "I lost a card", "Take it out of the vault, make a new master key, and go on with another way in."),
    ("new", "I have a new card", "Enrol it, prove it, then take the old one out, and move what it guards."),
    (
        "copied",
        "Someone may have a copy",
        "Make a new master key, so that an old copy tells nothing about what comes.",
    ),
)


class EventTiles(QWidget):
    """Three tiles; `started` carries ``lost``, ``new`` or ``copied``."""

    started = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.buttons: dict[str, QPushButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE.medium)
        for key, title, sentence in _TILES:
            row.addWidget(self._tile(key, title, sentence), 1)

    def _tile(self, key: str, title: str, sentence: str) -> QFrame:
        tile = QFrame()
        tile.setProperty("kind", "card")
        start = link_button("Start →", name=f"{title}: start")
        start.setObjectName(f"event-{key}")
        start.clicked.connect(self._clicked)
        self.buttons[key] = start
        column = QVBoxLayout(tile)
        column.setContentsMargins(SPACE.large, SPACE.large, SPACE.large, SPACE.medium)
        column.setSpacing(SPACE.small)
        heading = label(title, "strong", wrap=True)
        heading.setMinimumWidth(1)  # all three are of one width, whatever their titles are
        column.addWidget(heading)
        told = label(sentence, "small", wrap=True)
        told.setAlignment(Qt.AlignmentFlag.AlignTop)
        column.addWidget(told, 1)
        foot = QHBoxLayout()
        foot.addWidget(start)
        foot.addStretch(1)
        column.addLayout(foot)
        return tile

    def _clicked(self) -> None:
        sender = self.sender()
        self.started.emit(next(key for key, button in self.buttons.items() if button is sender))
