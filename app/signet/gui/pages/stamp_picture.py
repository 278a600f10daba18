"""What a stamp looks like on the page before it is signed: laid out by the very rules by which it is written.

Paper is white in both colour schemes, so these colours are not the window's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from signet.documents.pdf_stamp import FRAME, GREEN, ROUND, Line, Piece, laid_out
from signet.services.pdf_signing import stamp_lines

_FAMILIES = ("Helvetica", "Nimbus Sans", "Liberation Sans", "Arial")
"""Fonts of Helvetica's widths; in another one each word is stretched to them."""
_INK = QColor.fromRgbF(*(float(part) for part in GREEN.split()))
_PAPER = QColor(255, 255, 255, 225)  # what is under the stamp shows through, as it will when it is written


@dataclass(frozen=True)
class StampText:
    """The lines of a stamp: a word and what follows it."""

    lines: tuple[tuple[str, str], ...] = ()


def text_of(name: str, moment: datetime, *, reason: str, place: str) -> StampText:
    """What the stamp of somebody's signature says."""
    lines = stamp_lines(name, moment, reason=reason, place=place)
    return StampText(tuple((before, said) for before, said in lines))


def paint_stamp(painter: QPainter, place: QRectF, size: tuple[float, float], text: StampText) -> None:
    """Draw a stamp of that ``size`` in points into a rectangle of pixels."""
    scale = place.width() / size[0]
    lines = [Line(before, said, bold=not number) for number, (before, said) in enumerate(text.lines)]
    painter.save()
    painter.setPen(QPen(_INK, FRAME * scale))
    painter.setBrush(_PAPER)
    painter.drawRoundedRect(place, ROUND * scale, ROUND * scale)
    letters, pieces = laid_out(lines, *size)
    _write(painter, place, scale, letters, pieces)
    painter.restore()


def _write(painter: QPainter, place: QRectF, scale: float, letters: float, pieces: Sequence[Piece]) -> None:
    font = QFont(list(_FAMILIES))
    font.setPixelSize(max(1, round(letters * scale)))
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    painter.setClipRect(place)
    painter.setPen(QPen(_INK, 1, Qt.PenStyle.SolidLine))
    for piece in pieces:
        font.setWeight(QFont.Weight.Bold if piece.bold else QFont.Weight.Normal)
        painter.setFont(font)
        advance = QFontMetricsF(font).horizontalAdvance(piece.text)
        painter.save()
        painter.translate(place.left() + piece.left * scale, place.bottom() - piece.base * scale)
        if advance > 0:
            painter.scale(piece.width * scale / advance, 1.0)
        painter.drawText(QPointF(0, 0), piece.text)
        painter.restore()
