"""The view of the unlock screen in which a card that blocked itself is unblocked."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.desk import Desk
from signet.gui.pin_desk import PinDesk, RefusedPuks
from signet.gui.pin_form import PinTask
from signet.gui.tasks import Tasks
from signet.gui.unlock_look import WayLook
from signet.gui.widgets.buttons import link_button
from signet.gui.widgets.text import label


class UnblockView(QWidget):
    """Shows `PinDesk` for the card of one way in; `given_up` is Back, `unblocked` carries the id of the way in."""

    given_up = Signal()
    unblocked = Signal(str)
    fitted = Signal()

    def __init__(self, desk: Desk, tasks: Tasks) -> None:
        super().__init__()
        self._way_id = ""
        self.title = label("", "display", wrap=True)
        self.title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.pins = PinDesk(desk, tasks, RefusedPuks())
        self.pins.go.setMinimumHeight(40)
        self.back = link_button("Back")
        self.back.setObjectName("unblock-back")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.medium)
        column.addWidget(self.title)
        column.addWidget(self.pins)
        column.addWidget(self.pins.go)
        column.addWidget(self.back, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        self.pins.other.clicked.connect(self.fitted)
        self.pins.fitted.connect(self.fitted)
        self.pins.done.connect(self._done)
        self.back.clicked.connect(self.given_up)

    @property
    def way_id(self) -> str:
        """The way in whose card is unblocked."""
        return self._way_id

    @property
    def running(self) -> bool:
        """Whether the card is being asked."""
        return self.pins.running

    def begin(self, way: WayLook) -> None:
        """Start anew for this way in."""
        self._way_id = way.id
        self.title.setText(f"Unblock “{way.label}”")
        self.pins.reset()
        self.pins.show_token(way.token, PinTask.UNBLOCK)

    def follow(self, way: WayLook | None) -> None:
        """Follow the card."""
        self.pins.show_token(way.token if way is not None else None)

    def _done(self, _title: str, _sentence: str) -> None:
        self.unblocked.emit(self._way_id)
