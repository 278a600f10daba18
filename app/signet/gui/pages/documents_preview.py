"""The pages of a document, one above the other: scrolled, zoomed, drawn as they come into view.

Others lay something over the pages with a widget of their own on `PageView.viewport`. `PageView.to_pixels` and
`PageView.to_page` translate between the points of a page (`signet.documents.wishes.Stamp`) and pixels of the
viewport, `PageView.moved` says when to look again. Page widgets always stay below such widgets.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFocusEvent, QImage, QKeyEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from signet.gui.design import SPACE
from signet.gui.pages.documents_geometry import FULL, MARGIN, Geometry, next_zoom
from signet.gui.pages.documents_loader import PageLoader
from signet.gui.theme import Theme
from signet.gui.widgets.text import restyle
from signet.services.previews import Pages

_QUIET_MILLISECONDS = 40
"""Pages are asked for once scrolling and resizing have rested so long."""
_STEP = 48
"""Pixels that an arrow key scrolls."""
_PAPER = QColor("#ffffff")
_INK = QColor("#5b6672")


class PageView(QAbstractScrollArea):
    """Shows what `show_pages` gives it. ``name`` is what the document is called."""

    moved = Signal()
    """Pages lie elsewhere, or in another size, than before."""
    page_changed = Signal(int)
    """Carries the page that is in the middle now, from 0."""
    zoomed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._name = ""
        self._loader: PageLoader | None = None
        self._zoom = 0.0
        self._geometry = Geometry((), 1.0)
        self._pages: dict[int, PageWidget] = {}
        self._current = 0
        self._count = 0
        self.setProperty("kind", "pages")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        # One that comes and goes would change the width that pages are fitted into, and with it whether it is needed.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.setInterval(_QUIET_MILLISECONDS)
        self._quiet.timeout.connect(self._ask)
        self.setAccessibleName("Pages")

    def show_pages(self, name: str, pages: Pages, loader: PageLoader) -> None:
        """Show a document from its first page."""
        self.clear()
        self._name, self._loader, self._count = name, loader, pages.count
        self._geometry = Geometry(pages.sizes, self.viewport().width(), self._zoom)
        self.setAccessibleName(f"Pages of {name}")
        loader.drawn.connect(self._drawn)
        self._lay_out(0.0)

    def clear(self) -> None:
        """Show nothing."""
        if self._loader is not None:
            self._loader.drawn.disconnect(self._drawn)
        self._loader = None
        for page in self._pages.values():
            page.hide()
            page.deleteLater()
        self._pages = {}
        self._current = 0
        self._geometry = Geometry((), self.viewport().width(), self._zoom)
        self._lay_out(0.0)

    @property
    def page_count(self) -> int:
        """How many pages are shown."""
        return len(self._geometry.sizes)

    @property
    def drawing(self) -> bool:
        """Whether something that is wanted is not drawn yet."""
        return self._quiet.isActive() or (self._loader is not None and self._loader.busy)

    @property
    def current_page(self) -> int:
        """The page in the middle of what is seen, from 0."""
        return self._current

    @property
    def zoom(self) -> float:
        """1.0 is the size on paper; of the page in the middle if pages are fitted into the width."""
        return self.scale(self._current) / FULL if self.page_count else 1.0

    @property
    def fits_width(self) -> bool:
        """Whether each page is as wide as there is room."""
        return self._zoom == 0.0

    def page_size(self, page: int) -> tuple[float, float]:
        """Width and height in points, as shown."""
        return self._geometry.sizes[page]

    def scale(self, page: int) -> float:
        """Pixels a point of that page."""
        return self._geometry.scales[page]

    def page_rect(self, page: int) -> QRectF:
        """Where a page lies in the viewport, seen or not."""
        place = self._geometry.place(page)
        return QRectF(place.left, place.top, place.width, place.height).translated(-self._offset())

    def to_pixels(self, page: int, left: float, bottom: float, width: float, height: float) -> QRectF:
        """Where a rectangle of a page, in its points from the lower left, lies in the viewport."""
        place = self._geometry.to_pixels(page, left, bottom, width, height)
        return QRectF(place.left, place.top, place.width, place.height).translated(-self._offset())

    def to_page(self, position: QPointF) -> tuple[int, float, float] | None:
        """The page at a place of the viewport and the points there from its lower left; None beside all pages."""
        if not self.page_count:
            return None
        at = position + self._offset()
        page = self._geometry.page_at(at.y())
        if not self.page_rect(page).contains(position):
            return None
        return (page, *self._geometry.to_points(page, at.x(), at.y()))

    def show_page(self, page: int) -> None:
        """Scroll to the beginning of a page."""
        if 0 <= page < self.page_count:
            self.verticalScrollBar().setValue(round(self._geometry.place(page).top) - MARGIN // 2)

    def reveal(self, page: int, left: float, bottom: float, width: float, height: float) -> None:
        """Scroll only as far as needed for a rectangle of a page to be seen."""
        wanted = self.to_pixels(page, left, bottom, width, height).adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)
        seen = self.viewport().rect()
        for bar, before, behind in (
            (self.horizontalScrollBar(), wanted.left(), wanted.right() - seen.width()),
            (self.verticalScrollBar(), wanted.top(), wanted.bottom() - seen.height()),
        ):
            if before < 0 or behind > 0:
                bar.setValue(bar.value() + round(before if before < 0 or behind > before else behind))

    def fit_width(self) -> None:
        """Make each page as wide as there is room."""
        self._set_zoom(0.0)

    def zoom_by(self, step: int) -> None:
        """Larger (1) or smaller (-1)."""
        self._set_zoom(next_zoom(self.zoom, step))

    def _set_zoom(self, zoom: float) -> None:
        self._zoom = zoom
        self._again()
        self.zoomed.emit()

    def _again(self) -> None:
        """Lay out anew, with the same place of the same page at the top."""
        page, within = self._current, 0.0
        if self.page_count:
            place = self._geometry.place(page)
            within = (self.verticalScrollBar().value() - place.top) / place.height
        self._geometry = Geometry(self._geometry.sizes, self.viewport().width(), self._zoom)
        top = 0.0
        if self.page_count:
            place = self._geometry.place(page)
            top = place.top + within * place.height
        self._lay_out(top)

    def _lay_out(self, top: float) -> None:
        seen = self.viewport().size()
        down, across = self.verticalScrollBar(), self.horizontalScrollBar()
        down.setRange(0, max(0, round(self._geometry.height) - seen.height()))
        down.setPageStep(max(1, seen.height() - _STEP))
        down.setSingleStep(_STEP)
        across.setRange(0, max(0, round(self._geometry.width) - seen.width()))
        across.setPageStep(seen.width())
        across.setSingleStep(_STEP)
        down.setValue(round(top))
        self._place_pages()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Move the pages."""
        self._place_pages()

    def _offset(self) -> QPointF:
        return QPointF(self.horizontalScrollBar().value(), self.verticalScrollBar().value())

    def _place_pages(self) -> None:
        """Have a widget for each page that is seen, and for no other; a document may have thousands."""
        offset, seen = self._offset(), self.viewport().rect()
        shown = self._geometry.pages_between(offset.y(), offset.y() + seen.height())
        for page in set(self._pages) - set(shown):
            gone = self._pages.pop(page)
            gone.hide()
            gone.deleteLater()
        for page in shown:
            if page not in self._pages:
                name = f"Page {page + 1} of {self._count} of {self._name}"
                self._pages[page] = PageWidget(self._theme, name, self.viewport())
                self._fill(page)
                self._pages[page].lower()
            rect = self.page_rect(page)
            self._pages[page].setGeometry(rect.toAlignedRect())
            self._pages[page].show()
        self._follow(self._geometry.page_at(offset.y() + seen.height() / 2) if self.page_count else 0)
        self._quiet.start()
        self.moved.emit()

    def _follow(self, page: int) -> None:
        if page != self._current:
            self._current = page
            self.page_changed.emit(page)

    def _ask(self) -> None:
        if self._loader is None:
            return
        dense = self.devicePixelRatioF()
        near = sorted(self._pages, key=lambda page: abs(page - self._current))
        after = (self._current + 1, self._current - 1)
        pages = near + [page for page in after if 0 <= page < self.page_count and page not in self._pages]
        self._loader.want([(page, max(1, round(self._geometry.place(page).width * dense))) for page in pages])

    def _drawn(self, page: int) -> None:
        if page in self._pages:
            self._fill(page)

    def _fill(self, page: int) -> None:
        if self._loader is not None:
            self._pages[page].show_picture(self._loader.picture(page), self._loader.refusal(page))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the pages into the new width."""
        super().resizeEvent(event)
        self._again()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show a ring only to who came by keyboard."""
        by_mouse = event.reason() is Qt.FocusReason.MouseFocusReason
        restyle(self, ring="false" if by_mouse else "true")
        super().focusInEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom with Ctrl, else scroll."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            if event.angleDelta().y():
                self.zoom_by(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
            return
        super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Scroll, turn pages, zoom."""
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        key, keys = event.key(), Qt.Key
        bar = self.verticalScrollBar()
        sideways = self.horizontalScrollBar().maximum() > 0
        if key in (keys.Key_Plus, keys.Key_Equal) and control:
            self.zoom_by(1)
        elif key == keys.Key_Minus and control:
            self.zoom_by(-1)
        elif key == keys.Key_0 and control:
            self.fit_width()
        elif key == keys.Key_Home:
            bar.setValue(0)
        elif key == keys.Key_End:
            bar.setValue(bar.maximum())
        elif key == keys.Key_Space:
            back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            bar.setValue(bar.value() + (-bar.pageStep() if back else bar.pageStep()))
        elif (key == keys.Key_PageDown and control) or (key == keys.Key_Right and not sideways):
            self.show_page(self._current + 1)
        elif (key == keys.Key_PageUp and control) or (key == keys.Key_Left and not sideways):
            self.show_page(max(0, self._current - 1))
        else:
            super().keyPressEvent(event)
            return
        event.accept()


class PageWidget(QWidget):
    """One page: white paper, in the dark too, with a quiet frame; words where there is no picture."""

    def __init__(self, theme: Theme, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._picture: QImage | None = None
        self._words = ""
        self.setAccessibleName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    @property
    def words(self) -> str:
        """What stands there in place of a picture."""
        return self._words

    def show_picture(self, picture: QImage | None, refusal: str) -> None:
        """Show a picture, or why there is none."""
        self._picture = picture
        self._words = f"This page cannot be shown: {refusal}." if refusal else ""
        self.setAccessibleDescription(self._words)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint paper, picture and frame."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), _PAPER)
        if self._picture is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(self.rect(), self._picture)
        if self._words:
            painter.setPen(_INK)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            inner = self.rect().adjusted(SPACE.large, SPACE.large, -SPACE.large, -SPACE.large)
            painter.drawText(inner, flags, self._words)
        painter.setPen(QColor(self._theme.colours.border))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()
