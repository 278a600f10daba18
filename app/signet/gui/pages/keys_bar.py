"""What can be done with several keys at once, and how far it has come."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu

from signet.gui.design import SPACE
from signet.gui.pages.key_actions import ACTIONS
from signet.gui.pages.key_menu import KeyMenu
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import icon_button, link_button, plain_button
from signet.gui.widgets.text import label

_BUTTONS = 3  # as many as a narrow window has room for; everything else is in the menu
MOST_AT_ONCE = 5000
"""Keys that one act takes; each is a transaction of its own."""
COUNTED = 500
"""Keys up to which it is said with how many of them something would be done."""


class KeysBar(QFrame):
    """Hidden while fewer than two keys are selected and nothing runs."""

    cleared = Signal()
    """One key is enough again."""
    cancelled = Signal()

    def __init__(self, theme: Theme, menu: KeyMenu) -> None:
        super().__init__()
        self.setProperty("kind", "banner")
        self.setProperty("tone", "accent")
        self.setAccessibleName("Several keys")
        self._menu = menu
        self._words = label("", "strong")
        self._buttons = {each.name: plain_button(each.words) for each in ACTIONS if each.many}
        self.more = icon_button(theme, "more", "More for these keys")
        self.more.setMenu(QMenu(self))
        self.clear_button = link_button("Clear selection")
        self.cancel_button = plain_button("Cancel", name="Stop after this key")
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE.large, SPACE.small, SPACE.small, SPACE.small)
        row.setSpacing(SPACE.small)
        row.addWidget(self._words)
        row.addStretch(1)
        for name, button in self._buttons.items():
            button.clicked.connect(partial(self._do, name))
            row.addWidget(button)
        row.addWidget(self.more)
        row.addWidget(self.clear_button)
        row.addWidget(self.cancel_button)
        self.clear_button.clicked.connect(self.cleared)
        self.cancel_button.clicked.connect(self.cancelled)
        self._selected = 0
        self._running = False
        self.hide()

    @property
    def words(self) -> str:
        """What it says."""
        return self._words.text()

    def button(self, name: str) -> object:
        """The button of an action."""
        return self._buttons[name]

    def show_selection(self, count: int) -> None:
        """Offer what the menu offers for so many keys."""
        self._selected = count
        if not self._running:
            self._show()

    def show_progress(self, doing: str, done: int, total: int) -> None:
        """Say how far an act on several keys has come; an empty ``doing`` at its end."""
        self._running = bool(doing)
        if self._running:
            self._words.setText(f"{doing} {done + 1} of {total} keys…")
        self._show()

    def _show(self) -> None:
        several = self._selected > 1
        if not self._running:
            self._words.setText(f"{self._selected} keys selected")
            if self._selected > MOST_AT_ONCE:
                self._words.setText(f"{self._selected} keys selected; at most {MOST_AT_ONCE} can be changed at once")
        room = _BUTTONS
        for each in ACTIONS:
            if each.many:
                self._show_button(each.name, each.words, room=room > 0)
                room -= self._buttons[each.name].isVisibleTo(self)
        self.more.setVisible(several and not self._running and self._selected <= MOST_AT_ONCE and room <= 0)
        if self.more.isVisibleTo(self):
            self._menu.fill(self.more.menu())
        self.clear_button.setVisible(several and not self._running)
        self.cancel_button.setVisible(self._running)
        self.setVisible(several or self._running)

    def _show_button(self, name: str, words: str, *, room: bool) -> None:
        button, action = self._buttons[name], self._menu.action(name)
        free = not self._running and 1 < self._selected <= MOST_AT_ONCE
        button.setVisible(room and free and action.isVisible() and action.isEnabled())
        fitting = self._menu.fitting(name) if button.isVisibleTo(self) and self._selected <= COUNTED else 0
        button.setText(f"{words} {fitting}" if 0 < fitting < self._selected else words)
        button.setAccessibleName(f"{words} {fitting or self._selected} keys")

    def _do(self, name: str, _: bool = False) -> None:
        self._menu.do(name)
