"""The table that pages share: whole rows, quiet lines, a pill where a cell says a state."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFont,
    QFontMetrics,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from signet.gui.design import RADIUS, SPACE, TYPE, Colours
from signet.gui.theme import Theme

PILL_ROLE = Qt.ItemDataRole.UserRole + 1
"""The kind of pill in which a cell's words stand: ok, warn, bad, neutral or accent."""
MUTED_ROLE = Qt.ItemDataRole.UserRole + 2
"""Whether a cell's words step back."""
ICON_ROLE = Qt.ItemDataRole.UserRole + 3
"""The name of the icon before a cell's words."""
ROW_HEIGHT = 40
_PILL_HEIGHT = 21
_ICON = 18
_LEAST_WIDTH = 90

Index = QModelIndex | QPersistentModelIndex


def pill_colours(colours: Colours, kind: str) -> tuple[QColor, QColor]:
    """Return ground and text of a pill of that kind."""
    pairs = {
        "ok": (colours.ok_soft, colours.ok),
        "warn": (colours.warn_soft, colours.warn),
        "bad": (colours.bad_soft, colours.bad),
        "accent": (colours.accent_soft, colours.accent_strong),
    }
    ground, text = pairs.get(kind, (colours.neutral_soft, colours.neutral))
    return QColor(ground), QColor(text)


class CellDelegate(QStyledItemDelegate):
    """Paints cells from the design tokens: the ground of the whole row, an icon, words or a pill."""

    def __init__(self, theme: Theme, table: PageTable) -> None:
        super().__init__(table)
        self._theme = theme
        self._table = table

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one cell."""
        cell = QStyleOptionViewItem(option)
        self.initStyleOption(cell, index)
        colours = self._theme.colours
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if cell.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(cell.rect, QColor(colours.accent_soft))
        elif index.row() == self._table.hovered:
            painter.fillRect(cell.rect, QColor(colours.hover))
        painter.fillRect(cell.rect.adjusted(0, cell.rect.height() - 1, 0, 0), QColor(colours.border))
        inside = QRectF(cell.rect.adjusted(SPACE.medium, 0, -SPACE.small, -1))
        icon = index.data(ICON_ROLE)
        if isinstance(icon, str):
            place = QRectF(inside.left(), inside.center().y() - _ICON / 2, _ICON, _ICON)
            self._theme.icon(icon).paint(painter, place.toRect())
            inside.setLeft(place.right() + SPACE.medium)
        kind = index.data(PILL_ROLE)
        if isinstance(kind, str):
            _paint_pill(painter, inside, cell, pill_colours(colours, kind))
        else:
            muted = bool(index.data(MUTED_ROLE))
            _paint_words(painter, inside, cell, QColor(colours.muted if muted else colours.text))
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Leave room around the words, and for a pill or an icon."""
        size = super().sizeHint(option, index)
        more = SPACE.wide + (SPACE.small if index.data(PILL_ROLE) else 0) + (_ICON if index.data(ICON_ROLE) else 0)
        return QSize(size.width() + more, ROW_HEIGHT)


def _paint_words(painter: QPainter, inside: QRectF, cell: QStyleOptionViewItem, colour: QColor) -> None:
    painter.setFont(cell.font)
    painter.setPen(colour)
    text = QFontMetricsF(cell.font).elidedText(cell.text, Qt.TextElideMode.ElideRight, inside.width())
    painter.drawText(inside, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), text)


def _paint_pill(painter: QPainter, inside: QRectF, cell: QStyleOptionViewItem, pair: tuple[QColor, QColor]) -> None:
    ground, text = pair
    font = QFont(cell.font)
    font.setPixelSize(TYPE.small)
    font.setWeight(QFont.Weight.Medium)
    metrics = QFontMetricsF(font)
    words = metrics.elidedText(cell.text, Qt.TextElideMode.ElideRight, inside.width() - SPACE.wide)
    width = metrics.horizontalAdvance(words) + 2 * SPACE.small + 2
    pill = QRectF(inside.left(), inside.center().y() - _PILL_HEIGHT / 2, width, _PILL_HEIGHT)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(pill, RADIUS.pill, RADIUS.pill)
    painter.setFont(font)
    painter.setPen(text)
    painter.drawText(pill, int(Qt.AlignmentFlag.AlignCenter), words)


class PageTable(QTableView):
    """Whole rows, one at a time; arrows move, Enter is `chosen`, nothing is edited."""

    chosen = Signal(int)
    """Enter or a double click on a row."""
    menu_wanted = Signal(QPoint)
    """A menu for what is selected, by mouse, by the Menu key or Shift+F10; carries the place on the screen."""
    resized = Signal(int)
    """The new width, for pages that leave out columns where it is narrow."""

    def __init__(self, theme: Theme, *, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.hovered = -1
        self.setAccessibleName(name)
        self.setItemDelegate(CellDelegate(theme, self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setCornerButtonEnabled(False)
        corner = self.findChild(QAbstractButton)
        if corner is not None:  # Qt makes it and never shows it here; a screen reader may find it all the same
            corner.setAccessibleName("Corner of the table")
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.doubleClicked.connect(self._choose)
        theme.changed.connect(self.viewport().update)

    def width_of(self, texts: Iterable[str], *, strong: bool = False, extra: int = 0) -> int:
        """Return how wide a column must be for these words; ``extra`` for a pill. Quick, also for many rows."""
        font = QFont(self.font())
        if strong:
            font.setWeight(QFont.Weight.DemiBold)
        metrics = QFontMetrics(font)
        widest = max((metrics.horizontalAdvance(text) for text in set(texts)), default=0)
        return max(widest + extra + SPACE.medium + SPACE.wide, _LEAST_WIDTH)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter chooses; everything else is the view's own."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self._choose(self.currentIndex())
            return
        shifted = event.modifiers() == Qt.KeyboardModifier.ShiftModifier
        if event.key() == Qt.Key.Key_Menu or (event.key() == Qt.Key.Key_F10 and shifted):
            self._want_menu()
            return
        super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for a menu: at the mouse, or below the current row if a key was pressed."""
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            self._want_menu()
        elif self.indexAt(event.pos()).isValid():
            self.menu_wanted.emit(event.globalPos())

    def _want_menu(self) -> None:
        index = self.currentIndex()
        if index.isValid():
            self.menu_wanted.emit(self.viewport().mapToGlobal(self.visualRect(index).center()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light up the row under the mouse."""
        self._hover(self.rowAt(int(event.position().y())))
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """No row is under the mouse any more."""
        self._hover(-1)
        super().leaveEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell the page how wide the table is now."""
        super().resizeEvent(event)
        self.resized.emit(self.width())

    def _hover(self, row: int) -> None:
        if row != self.hovered:
            self.hovered = row
            self.viewport().update()

    def _choose(self, index: QModelIndex) -> None:
        self.chosen.emit(index.row())
