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

_ACTS = {
    Concern.NO_BACKUP_ELSEWHERE: ("Back up…", "Back up to a second place"),
    Concern.OLD_BACKUP_ELSEWHERE: ("Back up…", "Back up to a second place"),
    Concern.NOT_PROVEN: ("Test…", "Test {} now"),
    Concern.RENEWAL: ("Go on…", "Go on with the new card"),
    Concern.EXPOSED_KEYS: ("Renew…", "Renew keys and files"),
    Concern.CHECKPOINT_DUE: ("Sign now…", "Have a card sign the log now"),
    Concern.PROOF_ENDS: ("Extend…", "Extend the signed document"),
    Concern.OLD_COPIES: ("Delete…", "Delete older copies"),
}
"""The word on a concern's button, and the button's name for those who hear it."""
_SHOW_KEY = ("Show key", "Show the key {}")
"""The same for whatever is about one key, which the page Keys has."""


class ConcernList(QWidget):
    """Hidden while nothing needs attention beyond what the verdict says."""

    wanted = Signal(object)
    """Carries the `Attention` that is to be seen to."""

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
        """The button of a concern; None where nothing on this page mends it."""
        word, name = _SHOW_KEY if attention.key_id else _ACTS.get(attention.concern, ("", ""))
        if not word:
            return None
        action = plain_button(word, name=name.format(attention.way.label if attention.way else attention.key))
        action.clicked.connect(partial(self._clicked, attention))
        return action

    def _clicked(self, attention: Attention, _: bool = False) -> None:
        self.wanted.emit(attention)
