"""What stands between a key and the world, link by link: icon tiles joined by a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from signet.gui.design import RADIUS, SPACE
from signet.gui.theme import Theme
from signet.gui.widgets.text import label

_TILE = 26
_ICON = 16
_HEIGHT = 38


@dataclass(frozen=True)
class Link:
    """One link: the name of its icon, its words."""

    icon: str
    words: str


class Chain(QWidget):
    """The links from the outermost to the data; read aloud in that order."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: list[_LinkRow] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.setAccessibleName("Protected by")

    def show_links(self, links: Sequence[Link]) -> None:
        """Show these links in place of what was there."""
        while len(self._rows) > len(links):
            self._rows.pop().deleteLater()
        while len(self._rows) < len(links):
            row = _LinkRow(self._theme, self)
            self._rows.append(row)
            self._column.addWidget(row)
        for place, (row, link) in enumerate(zip(self._rows, links, strict=True)):
            row.show_link(link, first=place == 0, last=place == len(links) - 1)
        self.setAccessibleDescription("; ".join(link.words for link in links))

    @property
    def words(self) -> tuple[str, ...]:
        """What the links say."""
        return tuple(row.label.text() for row in self._rows)


class _LinkRow(QWidget):
    """A tile with an icon, the line to its neighbours, and the words beside it."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon = "key"
        self._first = self._last = True
        self.label = label("", wrap=True)
        self.setMinimumHeight(_HEIGHT)
        row = QHBoxLayout(self)
        row.setContentsMargins(_TILE + SPACE.medium, 0, 0, 0)
        row.addWidget(self.label)
        theme.changed.connect(self.update)

    def show_link(self, link: Link, *, first: bool, last: bool) -> None:
        self._icon, self._first, self._last = link.icon, first, last
        self.label.setText(link.words)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the line and the tile."""
        super().paintEvent(event)
        colours = self._theme.colours
        icon = self._theme.pixmap(self._icon, tone="accent_strong", size=_ICON)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() / 2
        line = QColor(colours.field_border)
        if not self._first:
            painter.fillRect(QRectF(_TILE / 2 - 0.5, 0, 1, middle), line)
        if not self._last:
            painter.fillRect(QRectF(_TILE / 2 - 0.5, middle, 1, middle), line)
        tile = QRectF(0, middle - _TILE / 2, _TILE, _TILE)
        painter.setPen(QColor(0, 0, 0, 0))
        painter.setBrush(QColor(colours.accent_soft))
        painter.drawRoundedRect(tile, RADIUS.small, RADIUS.small)
        corner = (_TILE - _ICON) / 2
        painter.drawPixmap(QRectF(corner, tile.top() + corner, _ICON, _ICON).toRect(), icon)
        painter.end()
