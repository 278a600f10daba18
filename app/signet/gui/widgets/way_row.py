"""A row with an icon in a soft square, a title and a line of details: a way in, a step of a key's protection."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from signet.gui.design import SPACE
from signet.gui.theme import Theme
from signet.gui.widgets.pill import Pill, PillKind
from signet.gui.widgets.text import ElidedLabel, label

BADGE = 34


def badge(theme: Theme, icon: str, size: int = BADGE) -> QLabel:
    """An icon in a soft square."""
    made = QLabel()
    made.setProperty("kind", "badge")
    made.setFixedSize(size, size)
    made.setAlignment(Qt.AlignmentFlag.AlignCenter)
    theme.dress(made, icon, tone="accent", size=18 if size >= BADGE else 16)
    return made


class WayRow(QFrame):
    """One way in: icon, title, details, a pill for its state, and buttons.

    Details that do not fit are shortened, or go on in a second line if ``wrap`` is set.
    """

    def __init__(
        self, theme: Theme, icon: str, title: str, detail: str = "", *actions: QPushButton, wrap: bool = False
    ) -> None:
        super().__init__()
        self.setProperty("kind", "row")
        self.setAccessibleName(f"{title}, {detail}" if detail else title)
        self.title = ElidedLabel(title, "body", Qt.TextElideMode.ElideRight)
        self.detail = ElidedLabel(detail, "small", Qt.TextElideMode.ElideRight)
        lines = label(detail, "small", wrap=True) if wrap else self.detail
        lines.setMinimumWidth(1)
        if not detail:
            lines.hide()
        self.pill = Pill()
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE.wide, SPACE.medium, SPACE.wide, SPACE.medium)
        row.setSpacing(SPACE.medium)
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addStretch()
        column.addWidget(self.title)
        column.addWidget(lines)
        column.addStretch()
        row.addWidget(badge(theme, icon))
        row.addLayout(column, 1)
        row.addWidget(self.pill)
        for action in actions:
            row.addWidget(action)
        self.setMinimumHeight(60)

    def show_state(self, text: str, kind: PillKind) -> None:
        """Show a state in the pill; an empty text hides it."""
        self.pill.show_state(text, kind)
