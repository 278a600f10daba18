"""The stamp on the pages, to be drawn, moved and resized: with the mouse, and just as well with the arrow keys."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from signet.documents.wishes import Stamp
from signet.gui.pages import stamp_geometry as geometry
from signet.gui.pages.documents_preview import PageView
from signet.gui.pages.stamp_geometry import LEAP, STEP, Handle
from signet.gui.pages.stamp_picture import StampText, paint_stamp
from signet.gui.theme import Theme

GRIP = 8
"""Pixels of a handle's side; the mouse takes hold of it within as many around its middle."""
HOW = "Drag the stamp, or use the arrow keys; with Shift they make it larger or smaller, with Ctrl in larger steps."
_ARROWS = {
    Qt.Key.Key_Left: (-1.0, 0.0),
    Qt.Key.Key_Right: (1.0, 0.0),
    Qt.Key.Key_Up: (0.0, 1.0),
    Qt.Key.Key_Down: (0.0, -1.0),
}
_CURSORS = {
    Handle.WHOLE: Qt.CursorShape.SizeAllCursor,
    Handle.LEFT: Qt.CursorShape.SizeHorCursor,
    Handle.RIGHT: Qt.CursorShape.SizeHorCursor,
    Handle.TOP: Qt.CursorShape.SizeVerCursor,
    Handle.BOTTOM: Qt.CursorShape.SizeVerCursor,
    Handle.TOP_LEFT: Qt.CursorShape.SizeFDiagCursor,
    Handle.BOTTOM_RIGHT: Qt.CursorShape.SizeFDiagCursor,
    Handle.TOP_RIGHT: Qt.CursorShape.SizeBDiagCursor,
    Handle.BOTTOM_LEFT: Qt.CursorShape.SizeBDiagCursor,
}


class StampOverlay(QWidget):
    """Lies over all that is seen of the pages; a drag beside the stamp draws a new one, on whichever page it is."""

    placed = Signal(object)
    """Carries the Stamp as the person has put it."""

    def __init__(self, theme: Theme, view: PageView) -> None:
        super().__init__(view.viewport())
        self._theme, self._view = theme, view
        self._stamp: Stamp | None = None
        self._text = StampText()
        self._handle: Handle | None = None
        self._before: Stamp | None = None
        self._began = QPointF()
        self._grip: tuple[float, float] = (0.0, 0.0)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleDescription(HOW)
        view.moved.connect(self.follow)
        self._name()
        self.follow()

    @property
    def stamp(self) -> Stamp | None:
        """Where it is; None if there is none."""
        return self._stamp

    def follow(self) -> None:
        """Lie over what is seen now."""
        self.setGeometry(self._view.viewport().rect())
        self.raise_()
        self.update()

    def show_stamp(self, stamp: Stamp | None, text: StampText) -> None:
        """Show the stamp there, saying that; one that was not put there on the page itself is scrolled to."""
        elsewhere = stamp is not None and stamp != self._stamp
        self._stamp, self._text = stamp, text
        self._name()
        self.update()
        if elsewhere:
            self._reveal()

    def rectangle(self) -> QRectF | None:
        """Where the stamp is, in pixels of this widget; None without one."""
        stamp = self._stamp
        if stamp is None or stamp.page >= self._view.page_count:
            return None
        return self._view.to_pixels(stamp.page, stamp.x, stamp.y, stamp.width, stamp.height)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the stamp as it will be, a frame and what it is held by."""
        place, stamp = self.rectangle(), self._stamp
        if place is None or stamp is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_stamp(painter, place, (stamp.width, stamp.height), self._text)
        accent = QColor(self._theme.colours.accent)
        painter.setPen(QPen(accent, 2 if self.hasFocus() else 1, Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(place)
        painter.setPen(QPen(QColor("#ffffff"), 1))
        painter.setBrush(accent)
        for middle in _grips(place).values():
            painter.drawRect(QRectF(middle.x() - GRIP / 2, middle.y() - GRIP / 2, GRIP, GRIP))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the stamp, or begin a new one."""
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        position = event.position()
        self._handle, self._before, self._began = self._handle_at(position), None, position
        hit = self._view.to_page(position)
        if self._handle is not None and self._stamp is not None:
            self._before = self._stamp
            if hit is not None:
                self._grip = (hit[1] - self._stamp.x, hit[2] - self._stamp.y)
        elif hit is not None:
            self._draw(position, position)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go along with the mouse; without a button only the pointer says what could be done here."""
        position = event.position()
        if not event.buttons() & Qt.MouseButton.LeftButton:
            self._point_at(position)
        elif self._before is None or self._handle is None:
            self._draw(self._began, position)
        elif self._handle is Handle.WHOLE:
            self._move(self._before, position)
        else:
            dx, dy = self._shift(self._before.page, position)
            self._put(geometry.resized(self._before, self._handle, dx, dy, self._view.page_size(self._before.page)))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        if event.button() is Qt.MouseButton.LeftButton:
            self._handle = self._before = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move or resize by the arrows; everything else is for the pages."""
        arrow = next((by for key, by in _ARROWS.items() if event.key() == key), None)
        stamp = self._stamp
        if arrow is None or stamp is None:
            super().keyPressEvent(event)
            return
        step = LEAP if event.modifiers() & Qt.KeyboardModifier.ControlModifier else STEP
        dx, dy, page = arrow[0] * step, arrow[1] * step, self._view.page_size(stamp.page)
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._put(geometry.resized(stamp, Handle.BOTTOM_RIGHT, dx, dy, page))
        else:
            self._put(geometry.moved(stamp, dx, dy, page))
        self._reveal()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show that the arrows go here, and what they move."""
        self.update()
        if event.reason() is not Qt.FocusReason.MouseFocusReason:
            self._reveal()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show that they go elsewhere."""
        self.update()

    def _draw(self, begin: QPointF, end: QPointF) -> None:
        """Make a stamp between two places; both count for the page that the first is on."""
        hit = self._view.to_page(begin)
        if hit is not None:
            dx, dy = self._shift(hit[0], end)
            self._put(
                geometry.drawn(hit[0], hit[1:], (hit[1] + dx, hit[2] + dy), self._view.page_size(hit[0]))
            )  # fmt: skip

    def _move(self, before: Stamp, position: QPointF) -> None:
        """Have the stamp where the mouse is, on whichever page that is."""
        hit = self._view.to_page(position)
        if hit is None:
            dx, dy = self._shift(before.page, position)
            self._put(geometry.moved(before, dx, dy, self._view.page_size(before.page), snap=True))
            return
        there = replace(before, page=hit[0], x=hit[1] - self._grip[0], y=hit[2] - self._grip[1])
        self._put(geometry.moved(there, 0, 0, self._view.page_size(hit[0]), snap=True))

    def _shift(self, page: int, position: QPointF) -> tuple[float, float]:
        """How far it is from where the drag began, in points of a page."""
        way, scale = position - self._began, self._view.scale(page)
        return way.x() / scale, -way.y() / scale

    def _point_at(self, position: QPointF) -> None:
        handle = self._handle_at(position)
        if handle is not None:
            self.setCursor(_CURSORS[handle])
        else:
            beside = self._view.to_page(position) is None
            self.setCursor(Qt.CursorShape.ArrowCursor if beside else Qt.CursorShape.CrossCursor)

    def _handle_at(self, position: QPointF) -> Handle | None:
        place = self.rectangle()
        if place is None:
            return None
        for handle, middle in _grips(place).items():
            if abs(position.x() - middle.x()) <= GRIP and abs(position.y() - middle.y()) <= GRIP:
                return handle
        return Handle.WHOLE if place.contains(position) else None

    def _put(self, stamp: Stamp) -> None:
        if stamp != self._stamp:
            self._stamp = stamp
            self._name()
            self.update()
            self.placed.emit(stamp)

    def _reveal(self) -> None:
        stamp = self._stamp
        if stamp is not None and stamp.page < self._view.page_count:
            self._view.reveal(stamp.page, stamp.x, stamp.y, stamp.width, stamp.height)

    def _name(self) -> None:
        stamp = self._stamp
        if stamp is None:
            self.setAccessibleName("Pages; no stamp is on them")
            return
        self.setAccessibleName(
            f"Stamp on page {stamp.page + 1}, {stamp.x:.0f} points from the left, {stamp.y:.0f} from the bottom, "
            f"{stamp.width:.0f} wide, {stamp.height:.0f} high"
        )


def _grips(place: QRectF) -> dict[Handle, QPointF]:
    """The middles of the handles, corners first: where they lie on each other, a corner is taken."""
    middle = place.center()
    return {
        Handle.TOP_LEFT: place.topLeft(),
        Handle.TOP_RIGHT: place.topRight(),
        Handle.BOTTOM_LEFT: place.bottomLeft(),
        Handle.BOTTOM_RIGHT: place.bottomRight(),
        Handle.TOP: QPointF(middle.x(), place.top()),
        Handle.BOTTOM: QPointF(middle.x(), place.bottom()),
        Handle.LEFT: QPointF(place.left(), middle.y()),
        Handle.RIGHT: QPointF(place.right(), middle.y()),
    }
