"""The left side of the window: which vault, the pages, the card's state, and Lock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.theme import Theme
from signet.gui.widgets.text import ElidedLabel, label, restyle

SIDEBAR_WIDTH = 212


@dataclass(frozen=True)
class Place:
    """An entry of the sidebar: the page's id, its words and its icon."""

    key: str
    text: str
    icon: str


class NavButton(QPushButton):
    """One entry: icon, words, and a count on the right. Checked while its page is shown."""

    def __init__(self, theme: Theme, text: str, icon: str, hint: str = "") -> None:
        super().__init__("  " + text.replace("&", "&&"))
        self._theme, self._icon, self._text = theme, icon, text
        self.setProperty("kind", "nav")
        self.setAccessibleName(text)
        self._count = label(hint)
        self._count.setProperty("kind", "nav-count")
        self._count.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, SPACE.small + 2, 0)
        row.addStretch(1)
        row.addWidget(self._count)
        self.toggled.connect(self._dress)
        self._dress(False)

    def set_count(self, count: int | None) -> None:
        """Show a number on the right; nothing for None and for 0."""
        self._count.setText(str(count) if count else "")
        self.setAccessibleName(f"{self._text}, {count}" if count else self._text)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Draw the ring for the keyboard only: a click, or a page that comes up, marks the entry well enough."""
        by_keys = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        restyle(self, ring="true" if by_keys else "false")
        super().focusInEvent(event)

    def _dress(self, on: bool) -> None:
        self._theme.dress(self, self._icon, tone="accent_strong" if on else "muted", size=16)


class CardBox(QFrame):
    """The card's state: a dot, the card's name, and a line on how the vault was opened and when it locks."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._dot = label()
        self._dot.setProperty("kind", "dot")
        self._name = ElidedLabel("", "strong", Qt.TextElideMode.ElideRight)
        self._state = label("", "small", wrap=True)
        head = QHBoxLayout()
        head.setSpacing(SPACE.small - 2)
        head.addWidget(self._dot)
        head.addWidget(self._name, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE.medium, SPACE.small + 1, SPACE.medium, SPACE.small + 1)
        column.setSpacing(SPACE.tiny)
        column.addLayout(head)
        column.addWidget(self._state)

    def show_card(self, name: str, state: str, *, on: bool) -> None:
        """Show a name and a state; ``on`` lights the dot, the words say the same."""
        if self._name.whole_text != name:
            self._name.set_text(name)
        self._state.setText(state)
        self.setAccessibleName(f"{name}: {state}".replace("\n", ", "))
        restyle(self._dot, on="true" if on else "false")


class Sidebar(QWidget):
    """Pages by id; `chosen` when the person goes to another, `lock_wanted` for Lock now. Arrow keys move within."""

    chosen = Signal(str)
    lock_wanted = Signal()

    def __init__(self, theme: Theme, places: Sequence[Place]) -> None:
        super().__init__()
        self.setProperty("kind", "sidebar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Pages")
        self.setFixedWidth(SIDEBAR_WIDTH)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, NavButton] = {}
        self._vault = ElidedLabel("", "small")
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE.small + 2, SPACE.large, SPACE.small + 2, SPACE.large)
        column.setSpacing(3)
        column.addLayout(self._head(theme))
        column.addSpacing(SPACE.medium)
        for place in places:
            button = NavButton(theme, place.text, place.icon)
            button.setObjectName(f"nav-{place.key}")
            button.setCheckable(True)
            self._group.addButton(button)
            self._buttons[place.key] = button
            column.addWidget(button)
        column.addStretch(1)
        self.card_box = CardBox()
        column.addWidget(self.card_box)
        column.addSpacing(SPACE.small)
        self.lock_button = NavButton(theme, "Lock now", "lock", "Ctrl L")
        self.lock_button.setObjectName("lock-now")
        column.addWidget(self.lock_button)
        self._group.buttonClicked.connect(self._clicked)
        self.lock_button.clicked.connect(self.lock_wanted)

    def _head(self, theme: Theme) -> QHBoxLayout:
        picture = label()
        theme.dress(picture, "signet-mark", tone="accent", size=20)
        head = QHBoxLayout()
        head.setContentsMargins(SPACE.small, 0, SPACE.small, 0)
        head.setSpacing(SPACE.small)
        head.addWidget(picture)
        head.addWidget(label("Signet", "title"))
        head.addWidget(self._vault, 1)
        return head

    def show_vault(self, name: str) -> None:
        """Name the vault beside Signet's own name."""
        self._vault.set_text(name)

    def show_page(self, key: str) -> None:
        """Mark a page as the one that is shown."""
        self._buttons[key].setChecked(True)

    def set_count(self, key: str, count: int | None) -> None:
        """Show a number beside a page."""
        self._buttons[key].set_count(count)

    def focus_current(self) -> None:
        """Put the focus on the page that is shown."""
        button = self._group.checkedButton()
        if button is not None:
            button.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and Down move between the entries, as in any list."""
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        step = steps.get(Qt.Key(event.key()))
        entries: list[NavButton] = [*self._buttons.values(), self.lock_button]
        now = next((place for place, entry in enumerate(entries) if entry.hasFocus()), None)
        if step is None or now is None:
            super().keyPressEvent(event)
            return
        entries[(now + step) % len(entries)].setFocus(Qt.FocusReason.TabFocusReason)

    def _clicked(self, button: QPushButton) -> None:
        self.chosen.emit(button.objectName().removeprefix("nav-"))
