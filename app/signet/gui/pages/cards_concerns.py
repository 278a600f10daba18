"""What needs attention, as banners below the verdict, each with the button that mends it if one does."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.pages.cards_look import CardsLook
from signet.gui.pages.cards_verdict import concern_words, shown_concerns
from signet.gui.theme import Theme
from signet.gui.widgets.banner import Banner
from signet.gui.widgets.buttons import plain_button
from signet.services.attention import Attention, Concern


class ConcernList(QWidget):
    """Hidden while nothing needs attention beyond what the verdict says."""

    backup_wanted = Signal()
    test_wanted = Signal(str)
    """Carries the id of the way in."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE.small)
        self.hide()

    @property
    def count(self) -> int:
        """How many are shown."""
        return self._column.count()

    def show_look(self, look: CardsLook) -> None:
        """Replace what is shown."""
        while (item := self._column.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for attention in shown_concerns(look.attention, look.verdict.kind):
            title, sentence = concern_words(attention, look.now)
            banner = Banner(self._theme, "warn", closable=False)
            banner.show_message(title, sentence, self._mending(attention))
            self._column.addWidget(banner)
        self.setVisible(self.count > 0)

    def _mending(self, attention: Attention) -> QPushButton | None:
        """The button of a concern."""
        if attention.concern is Concern.NO_BACKUP_ELSEWHERE:
            action = plain_button("Back up…")
            action.clicked.connect(self.backup_wanted)
            return action
        if attention.way is not None:
            action = plain_button("Test…", name=f"Test {attention.way.label} now")
            action.clicked.connect(partial(self._test, attention.way.id))
            return action
        return None

    def _test(self, way_id: str, _: bool = False) -> None:
        self.test_wanted.emit(way_id)
