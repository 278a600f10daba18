"""A QR code (ISO/IEC 18004) with its quiet zone, on paper and on the screen."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

QUIET = 4
"""Modules of white around a QR code (ISO/IEC 18004, 5.3.8)."""
_INK, _PAPER = QColor("#000000"), QColor("#ffffff")
_ROUND = 6
_LONG = 300
"""Characters; a PEM file is longer, and has to stay coarse enough for a camera."""


def draw_qr(painter: QPainter, place: QRectF, text: str) -> None:
    """Draw ``text`` into a square, black on whatever is there; what is long gets less correction of errors."""
    import segno  # loaded only when one is drawn: starting has to be quick

    rows = [bytes(row) for row in segno.make_qr(text, error="m" if len(text) < _LONG else "l").matrix]
    module = place.width() / (len(rows) + 2 * QUIET)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_INK)
    for down, row in enumerate(rows):
        start = None
        # Dark modules side by side are one rectangle: two would show a hair of white between them.
        for along, dark in enumerate((*row, 0)):
            if dark and start is None:
                start = along
            elif not dark and start is not None:
                corner = QPointF(place.left() + (QUIET + start) * module, place.top() + (QUIET + down) * module)
                painter.drawRect(QRectF(corner.x(), corner.y(), (along - start) * module, module * 1.02))
                start = None
    painter.setBrush(Qt.BrushStyle.NoBrush)


class QrPicture(QWidget):
    """A QR code on white, whatever the colours of the window: cameras want it so. As wide as there is room."""

    def __init__(self, text: str, *, name: str) -> None:
        super().__init__()
        self._text = text
        self.setAccessibleName(name)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def hasHeightForWidth(self) -> bool:
        """It is a square."""
        return True

    def heightForWidth(self, width: int) -> int:
        """It is a square."""
        return width

    def sizeHint(self) -> QSize:
        """A size that a telephone reads from a screen."""
        return QSize(280, 280)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it in the middle."""
        side = min(self.width(), self.height())
        place = QRectF((self.width() - side) / 2, 0, side, side)
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_PAPER)
        painter.drawRoundedRect(place, _ROUND, _ROUND)
        draw_qr(painter, place, self._text)
        painter.end()
