"""A card to choose among: large, with an icon, a title, a sentence and a pill; works like a radio button."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.theme import Theme
from signet.gui.widgets.pill import Pill, PillKind
from signet.gui.widgets.text import label
from signet.gui.widgets.way_row import badge

_HEIGHT = 76


class ChoiceCard(QPushButton):
    """Checkable; cards with one parent are exclusive. ``action`` may hold a button of the card's own."""

    def __init__(
        self, theme: Theme, icon: str, title: str, detail: str = "", action: QPushButton | None = None
    ) -> None:
        super().__init__()
        self.setProperty("kind", "choice")
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setAccessibleName(title)
        self.setAccessibleDescription(detail)
        self.pill = Pill()
        self._detail = label(detail, "small", wrap=True)
        self._detail.setMinimumWidth(1)  # it wraps rather than push the card out of a narrow panel
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE.large + 2, SPACE.medium, SPACE.large + 2, SPACE.medium)
        row.setSpacing(SPACE.medium + 2)
        column = QVBoxLayout()
        column.setSpacing(3)
        column.addStretch()
        column.addWidget(label(title, "strong"))
        column.addWidget(self._detail)
        column.addStretch()
        row.addWidget(badge(theme, icon, 38))
        row.addLayout(column, 1)
        row.addWidget(self.pill)
        for widget in self.findChildren(QWidget):
            widget.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        if action is not None:
            row.addWidget(action)
        self.setMinimumHeight(_HEIGHT)

    def show_state(self, text: str, kind: PillKind) -> None:
        """Show a state in the pill; an empty text hides it."""
        self.pill.show_state(text, kind)

    def show_detail(self, text: str) -> None:
        """Show another sentence under the title."""
        self._detail.setText(text)
        self.setAccessibleDescription(text)

    def sizeHint(self) -> QSize:
        """As large as what is inside; a button alone only counts its text."""
        layout = self.layout()
        wanted = layout.sizeHint() if layout is not None else super().sizeHint()
        return wanted.expandedTo(QSize(0, _HEIGHT))

    def minimumSizeHint(self) -> QSize:
        """As small as what is inside."""
        layout = self.layout()
        return layout.minimumSize() if layout is not None else super().minimumSizeHint()
