"""What a stamp says and looks like: the picture on the page is the one that is signed.

Paper is white in both colour schemes, so these colours are not the window's.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen


@dataclass(frozen=True)
class StampText:
    """The lines of a stamp, as they are written."""

    lines: tuple[str, ...] = ()


def paint_stamp(painter: QPainter, place: QRectF, size: tuple[float, float], text: StampText) -> None:
    """Draw a stamp of that ``size`` in points into a rectangle of pixels."""
    scale = place.width() / size[0]
    painter.save()
    painter.setPen(QPen(QColor("#1d6a38"), max(scale, 1.0)))
    painter.setBrush(QColor(255, 255, 255, 235))
    painter.drawRect(place)
    painter.setClipRect(place)
    letters = min(9.0, (place.height() / scale - 8) / max(len(text.lines), 1) / 1.3)
    font = QFont()
    font.setPixelSize(max(1, round(letters * scale)))
    painter.setFont(font)
    inner = place.adjusted(5 * scale, 4 * scale, -5 * scale, -4 * scale)
    painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, "\n".join(text.lines))
    painter.restore()
