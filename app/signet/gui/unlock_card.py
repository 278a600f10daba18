"""The picture on the unlock screen: the card that is asked for, put in or missing; or what is typed instead."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from signet.formats.header import MethodKind
from signet.gui.design import RADIUS, TYPE
from signet.gui.theme import Theme
from signet.gui.unlock_look import WayLook

_SIZE = QSize(176, 112)
_CHIP = QRectF(21, 37, 36, 28)  # where a card's contacts are (ISO/IEC 7816-2), roughly
_ICON = 40
_ICONS = {
    MethodKind.PASSPHRASE: "passphrase",
    MethodKind.RECOVERY_CODE: "code",
    MethodKind.RECOVERY_SHARES: "code",
}


class CardPicture(QWidget):
    """A card with its label; dashed while it is not in the reader."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._way: WayLook | None = None
        self.setFixedSize(_SIZE)
        theme.changed.connect(self.update)

    def show_way(self, way: WayLook | None) -> None:
        """Draw this way in; none draws an empty reader."""
        self._way = way
        self.setAccessibleName(self._words())
        self.update()

    def _words(self) -> str:
        if self._way is None:
            return "No card"
        if self._way.kind is not MethodKind.TOKEN:
            return self._way.label
        return f"Card {self._way.label}, {'in the reader' if self._way.token else 'not in the reader'}"

    def paintEvent(self, _: QPaintEvent) -> None:
        """Draw outline, chip or icon, and label."""
        colours, way = self._theme.colours, self._way
        there = way is not None and way.ready
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        outline = QPen(QColor(colours.field_border), 2)
        if not there:
            outline.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(outline)
        painter.setBrush(QColor(colours.surface) if there else Qt.BrushStyle.NoBrush)
        frame = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.drawRoundedRect(frame, RADIUS.card, RADIUS.card)
        if way is not None and way.kind is MethodKind.TOKEN:
            self._draw_chip(painter, there=there)
        elif way is not None:
            icon = self._theme.pixmap(_ICONS[way.kind], tone="accent", size=_ICON)
            painter.drawPixmap(int(frame.center().x()) - _ICON // 2, 26, icon)
        if way is not None:
            self._draw_label(painter, way)
        painter.end()

    def _draw_chip(self, painter: QPainter, *, there: bool) -> None:
        colours = self._theme.colours
        painter.setPen(QPen(QColor(colours.accent if there else colours.field_border), 1.5))
        painter.setBrush(QColor(colours.accent_soft) if there else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(_CHIP, 4, 4)
        middle = _CHIP.center()
        painter.drawLine(int(_CHIP.left()), int(middle.y()), int(_CHIP.right()), int(middle.y()))
        painter.drawLine(int(middle.x()), int(_CHIP.top()), int(middle.x()), int(_CHIP.bottom()))

    def _draw_label(self, painter: QPainter, way: WayLook) -> None:
        font = self.font()
        font.setPixelSize(TYPE.caption)
        painter.setFont(font)
        painter.setPen(QColor(self._theme.colours.muted))
        place = QRectF(21, 82, self.width() - 32, 18)
        text = way.token.label if way.token else way.label
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(place.width()))
        typed = way.kind is not MethodKind.TOKEN
        side = Qt.AlignmentFlag.AlignHCenter if typed else Qt.AlignmentFlag.AlignLeft
        painter.drawText(QRectF(10, 82, self.width() - 20, 18) if typed else place, side, shown)
