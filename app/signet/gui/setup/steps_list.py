"""The list of steps on the left of the assistant: which are done, which one it is, which come."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from signet.gui.design import RADIUS, SPACE, TYPE
from signet.gui.theme import Theme

_WIDTH, _ROW, _MARK = 260, 40, 22


class StepsList(QWidget):
    """Painted, not clicked: Back and Continue lead through the steps."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._names: tuple[str, ...] = ()
        self._current = 0
        self.setFixedWidth(_WIDTH)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)

    def show_steps(self, names: Sequence[str], current: int) -> None:
        """Show these steps, the one at place ``current`` under way."""
        self._names, self._current = tuple(names), current
        self.setAccessibleName(f"Step {current + 1} of {len(names)}: {names[current]}")
        self.update()

    def sizeHint(self) -> QSize:
        """Room for every step."""
        return QSize(_WIDTH, 64 + len(self._names) * _ROW)

    def paintEvent(self, _: QPaintEvent) -> None:
        """Draw the ground, the title and the steps."""
        colours = self._theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(colours.sidebar))
        painter.fillRect(self.width() - 1, 0, 1, self.height(), QColor(colours.border))
        painter.setPen(QColor(colours.text))
        painter.setFont(_font(self, TYPE.title, strong=True))
        painter.drawText(QRectF(26, 24, self.width() - 40, 30), Qt.AlignmentFlag.AlignVCenter, "New vault")
        for place, name in enumerate(self._names):
            self._draw_step(painter, place, name)
        painter.end()

    def _draw_step(self, painter: QPainter, place: int, name: str) -> None:
        colours = self._theme.colours
        row = QRectF(16, 64 + place * _ROW, self.width() - 33, _ROW)
        now, done = place == self._current, place < self._current
        painter.setPen(Qt.PenStyle.NoPen)
        if now:
            painter.setBrush(QColor(colours.accent_soft))
            painter.drawRoundedRect(row, RADIUS.field, RADIUS.field)
        mark = QRectF(row.left() + SPACE.medium, row.center().y() - _MARK / 2, _MARK, _MARK)
        painter.setBrush(QColor(colours.accent if now or done else colours.neutral_soft))
        painter.drawEllipse(mark)
        painter.setPen(QColor(colours.on_accent if now or done else colours.neutral))
        if done:
            self._draw_tick(painter, mark)
        else:
            painter.setFont(_font(self, TYPE.small, strong=False))
            painter.drawText(mark, Qt.AlignmentFlag.AlignCenter, str(place + 1))
        painter.setPen(QColor(colours.text))
        painter.setFont(_font(self, TYPE.body, strong=now))
        words = QRectF(mark.right() + SPACE.medium - 2, row.top(), row.right() - mark.right() - SPACE.medium, _ROW)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, name)

    def _draw_tick(self, painter: QPainter, mark: QRectF) -> None:
        pen = QPen(QColor(self._theme.colours.on_accent), 1.8)
        painter.setPen(pen)
        middle = mark.center()
        painter.drawLine(middle + QPointF(-4, 0.5), middle + QPointF(-1, 3.5))
        painter.drawLine(middle + QPointF(-1, 3.5), middle + QPointF(4.5, -3))


def _font(widget: QWidget, size: int, *, strong: bool) -> QFont:
    font = QFont(widget.font())
    font.setPixelSize(size)
    font.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
    return font
