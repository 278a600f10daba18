"""A strip above the pages while a card waits for a person: what to do, how long it waits, Cancel."""

from __future__ import annotations

import math

from PySide6.QtCore import Signal

from signet.gui.theme import Theme
from signet.gui.widgets.banner import Banner
from signet.gui.widgets.buttons import plain_button
from signet.tokens.waiting import Wait, WaitFor

_TITLES = {
    WaitFor.TOUCH: "Touch “{card}” if it blinks",
    WaitFor.PIN_PAD: "Type on the reader of “{card}”",
}
_SENTENCES = {
    WaitFor.TOUCH: "The card is still working, or waits to be touched: {left} s left.",
    WaitFor.PIN_PAD: "The PIN is typed on the reader's own keys: {left} s left.",
}


class WaitBanner(Banner):
    """Not modal and without the focus: what is shown below goes on. `given_up` is Cancel."""

    given_up = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "accent", closable=False)
        self.setObjectName("wait-banner")
        self._told: tuple[str, WaitFor] | None = None
        self.cancel = plain_button("Cancel", name="Cancel waiting for the card")
        self.cancel.setObjectName("wait-cancel")
        self.cancel.clicked.connect(self.given_up)

    def show_wait(self, wait: Wait | None) -> None:
        """Show a wait, count it down, or hide."""
        if wait is None:
            self._told = None
            self.hide()
            return
        sentence = _SENTENCES[wait.wait_for].format(left=math.ceil(wait.seconds_left))
        if self._told == (wait.token, wait.wait_for):
            self.count_down(sentence)
            return
        # The name that is read aloud is set here and no more, lest every second be read aloud.
        self._told = (wait.token, wait.wait_for)
        self.cancel.setEnabled(True)
        self.show_message(_TITLES[wait.wait_for].format(card=wait.token), sentence, self.cancel)
