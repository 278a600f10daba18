"""Drawing a recovery sheet: one page of A4 or Letter, on a printer or into a PDF.

Everything is measured in points (1/72 inch) from the upper left corner of what can be printed on; black on white, so
that any printer does, and the QR code (ISO/IEC 18004) with its quiet zone of four modules.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPagedPaintDevice, QPainter, QPen

from signet.gui.sheet import CODE_COLUMNS, SHARE_COLUMNS, Sheet
from signet.gui.widgets.qr import draw_qr
from signet.secret import Secret

_POINTS = 72.0  # an inch
_QR = 150.0
_SHARE_QR = 186.0
_INK, _GREY, _LINE = QColor("#000000"), QColor("#444444"), QColor("#999999")
_MONO = "DejaVu Sans Mono"


def draw_sheets(device: QPagedPaintDevice, sheets: Sequence[Sheet]) -> None:
    """Draw sheets, each on a page of its own."""
    painter = QPainter(device)
    for place, sheet in enumerate(sheets):
        if place:
            device.newPage()
        _Page(painter, device).draw(sheet)
    painter.end()


class _Page:
    """One page with a cursor that goes down."""

    def __init__(self, painter: QPainter, device: QPagedPaintDevice) -> None:
        self._painter = painter
        dots = device.logicalDpiY() / _POINTS
        painter.resetTransform()
        painter.scale(dots, dots)
        self.width = device.width() / dots
        self._top = 0.0

    def draw(self, sheet: Sheet) -> None:
        """Draw everything, from the top."""
        self._write("Signet", points=11, bold=True, colour=_GREY)
        self._write(sheet.title, points=28, bold=True)
        self._top += 2
        self._write(sheet.sentence, points=12)
        self._top += 14
        self._secret(sheet)
        self._top += 14
        self._facts(sheet.facts)
        self._heading("How to use it")
        for number, step in enumerate(sheet.steps, 1):
            self._item(f"{number}.", step)
        self._heading("Mind")
        for sentence in sheet.keeping:
            self._item("•", sentence)
        self._top += 8
        self._write(sheet.without_signet, points=9, colour=_GREY)

    def _secret(self, sheet: Sheet) -> None:
        """The frame: the groups or words on the left, the QR code of the same text on the right."""
        side = _SHARE_QR if sheet.is_share else _QR
        pad = 12.0
        high = side + 2 * pad
        frame = QRectF(0, self._top, self.width, high)
        self._painter.setPen(QPen(_LINE, 0.8))
        self._painter.drawRoundedRect(frame, 6, 6)
        inner = frame.adjusted(pad + 4, pad, -pad, -pad)
        place = QRectF(inner.right() - side, inner.top(), side, side)
        inner.setRight(place.left() - pad)
        if sheet.is_share:
            self._words(inner, sheet.parts)
        else:
            self._groups(inner, sheet.parts)
        self._qr(place, sheet.text)
        self._top = frame.bottom()

    def _groups(self, inner: QRectF, groups: Sequence[str]) -> None:
        self._font(_MONO, 27, bold=True)
        rows = -(-len(groups) // CODE_COLUMNS)
        wide, high = inner.width() / CODE_COLUMNS, inner.height() / rows
        for place, group in enumerate(groups):
            row, column = divmod(place, CODE_COLUMNS)
            box = QRectF(inner.left() + column * wide, inner.top() + row * high, wide, high)
            self._painter.drawText(box, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), group)

    def _words(self, inner: QRectF, words: Sequence[str]) -> None:
        """Columns that are read downwards, each word with its number."""
        rows = -(-len(words) // SHARE_COLUMNS)
        wide, high = inner.width() / SHARE_COLUMNS, inner.height() / rows
        for place, word in enumerate(words):
            column, row = divmod(place, rows)
            left, top = inner.left() + column * wide, inner.top() + row * high
            middle = int(Qt.AlignmentFlag.AlignVCenter)
            self._font(_MONO, 8, colour=_GREY)
            number = QRectF(left, top, 14, high)
            self._painter.drawText(number, int(Qt.AlignmentFlag.AlignRight) | middle, str(place + 1))
            self._font(_MONO, 11, bold=True)
            box = QRectF(left + 20, top, wide - 20, high)
            self._painter.drawText(box, int(Qt.AlignmentFlag.AlignLeft) | middle, word)

    def _qr(self, place: QRectF, text: Secret) -> None:
        draw_qr(self._painter, place, text.text())

    def _facts(self, facts: Sequence[tuple[str, str]]) -> None:
        for name, value in facts:
            top = self._top
            self._write(name, points=10, colour=_GREY)
            self._top = top
            self._write(value, points=10, left=84, family=_MONO if name in ("Vault id", "Fingerprint") else "")

    def _heading(self, words: str) -> None:
        self._top += 16
        self._write(words, points=14, bold=True)
        self._top += 2

    def _item(self, mark: str, sentence: str) -> None:
        top = self._top
        self._write(mark, points=11)
        self._top = top
        self._write(sentence, points=11, left=18)
        self._top += 3.5

    def _write(
        self,
        words: str,
        *,
        points: int,
        bold: bool = False,
        colour: QColor = _INK,
        left: float = 0.0,
        family: str = "",
    ) -> None:
        """Write a paragraph at the cursor, and go below it."""
        self._font(family, points, bold=bold, colour=colour)
        place = QRectF(left, self._top, self.width - left, 400)
        flags = int(Qt.TextFlag.TextWordWrap)
        ends = self._painter.boundingRect(place, flags, words)
        self._painter.drawText(place, flags, words)
        self._top = float(ends.bottom()) + 1

    def _font(self, family: str, points: int, *, bold: bool = False, colour: QColor = _INK) -> None:
        font = QFont([family] if family else ["Inter", "DejaVu Sans"])
        if family:
            font.setStyleHint(QFont.StyleHint.Monospace)
        font.setBold(bold)
        font.setPixelSize(points)
        # Inter draws brackets and hyphens beside capitals with glyphs that no text is behind; here text counts.
        font.setFeature(QFont.Tag("calt"), 0)
        self._painter.setFont(font)
        self._painter.setPen(colour)
