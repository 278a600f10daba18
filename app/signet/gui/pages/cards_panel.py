"""What the panels of Cards & recovery have in common, and the one place beside the page where they open."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from signet.gui.administration import Administration
from signet.gui.desk import Desk
from signet.gui.pages.cards_look import CardsLook
from signet.gui.tasks import Tasks
from signet.gui.theme import Theme
from signet.gui.widgets.side_panel import SidePanel

PANEL_WIDTH = 430
_LEAST_WIDTH = 470
"""What the rows need; a page with less beside the panel shows the panel alone."""


@dataclass(frozen=True)
class Bench:
    """What every panel of the page works with."""

    desk: Desk
    tasks: Tasks
    theme: Theme
    administration: Administration


class CardHold:
    """Keeps the vault open while an assistant asks for another card, although the card is pulled."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._holding = False

    def set(self, wanted: bool) -> None:
        """Hold, or let go; let go while the card is away, and the vault locks."""
        if wanted == self._holding:
            return
        self._holding = wanted
        if wanted:
            self._desk.hold()
        else:
            self._desk.release()


class PanelBody(QWidget):
    """The body of a side panel. `finished` closes it and says on the page what was done."""

    finished = Signal(str, str)
    """Title and sentence."""

    @property
    def buttons(self) -> tuple[QPushButton, ...]:
        """What stands at the foot of the panel, the primary one last."""
        return ()

    def show_look(self, look: CardsLook) -> None:
        """Follow what is there."""

    def leave(self) -> None:
        """The panel goes: take back what was begun, if anything was."""


class PanelHost(QWidget):
    """A page's own part on the left and, while one is open, a panel on the right; one at a time.

    Where there is no room for both, the panel takes the whole page.
    """

    finished = Signal(str, str)
    """A panel has done its work and is closed."""

    def __init__(self, bench: Bench, left: QWidget) -> None:
        super().__init__()
        self._bench = bench
        self._left = left
        self._body: PanelBody | None = None
        self.panel = SidePanel(bench.theme, width=PANEL_WIDTH, name="Ways in")
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(left, 1)
        whole.addWidget(self.panel)
        self.panel.closed.connect(self._closed)

    @property
    def body(self) -> PanelBody | None:
        """What is open; None if nothing is."""
        return self._body

    def open(self, title: str, body: PanelBody, look: CardsLook | None) -> bool:
        """Open a panel instead of the one before; False, and ``body`` is gone, while a change is under way."""
        if self._bench.administration.running:
            body.deleteLater()
            return False
        self._leave()
        self._body = body
        body.finished.connect(self._finished)
        self._share(panel=True)
        self.panel.open_with(title, body, *body.buttons)
        if look is not None:
            body.show_look(look)
        return True

    def close_panel(self) -> None:
        """Close what is open."""
        self.panel.close_panel()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the panel take the whole page where there is no room for both."""
        super().resizeEvent(event)
        self._share(panel=not self.panel.isHidden())

    def _share(self, *, panel: bool) -> None:
        """Share the width; before the panel opens, lest the window grow for both."""
        narrow = self.width() < PANEL_WIDTH + _LEAST_WIDTH
        self.panel.setFixedWidth(self.width() if narrow else PANEL_WIDTH)
        self._left.setVisible(not (narrow and panel))

    def _finished(self, title: str, sentence: str) -> None:
        self.close_panel()
        self.finished.emit(title, sentence)

    def _leave(self) -> None:
        body, self._body = self._body, None
        if body is not None:
            body.leave()

    def _closed(self) -> None:
        self._leave()
        self._share(panel=False)
