"""Where a signature shows in a PDF: nowhere, in a field that is there, or as a stamp that is put on a page.

Words and numbers say everything that the mouse can do on the page itself (`signet.gui.pages.stamp_overlay`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QSpinBox, QWidget

from signet.documents.wishes import Stamp
from signet.gui.design import SPACE
from signet.gui.pages import stamp_geometry as geometry
from signet.gui.pages.documents_sign_level import choose_data
from signet.gui.pages.stamp_geometry import Corner, Placement, Size
from signet.gui.widgets.forms import choice_box, column
from signet.gui.widgets.steady import Number
from signet.gui.widgets.text import label

_NUMBER = 84
"""Pixels of a field for a number: two of them fit beside each other into the panel, with their captions."""
INVISIBLE, STAMP = "invisible", "stamp"
_CORNERS = {
    Corner.BOTTOM_LEFT: "Bottom left",
    Corner.BOTTOM_RIGHT: "Bottom right",
    Corner.TOP_LEFT: "Top left",
    Corner.TOP_RIGHT: "Top right",
}
ELSEWHERE = "As drawn on the page"
DRAG = "Drag it on the page, or draw a new one there. Arrow keys move it, with Shift they resize it."
MANY = "To put a stamp on the page, sign one PDF at a time."
NOWHERE = "Nothing is added to the page; PDF readers list the signature beside it."
IN_FIELD = "The document has a place for it."


class StampChoice(QWidget):
    """`changed` when something else is chosen. Shows what `Placement` remembers, on the pages of one document."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._pages: tuple[Size, ...] = ()
        self._placement, self._wanted = Placement(), False
        self._no_stamp = ""
        self.where = choice_box("Where the signature shows")
        self.said = label("", "small", wrap=True)
        self.corner = choice_box("Place on the page")
        self.page = Number()
        self.page.setAccessibleName("Page of the stamp")
        self.numbers: dict[str, QSpinBox] = {}
        rows = column(self)
        for widget in (self.where, self.said):
            rows.addWidget(widget)
        self._place = QWidget()
        grid = QGridLayout(self._place)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE.small)
        grid.setVerticalSpacing(SPACE.small)
        grid.setColumnStretch(3, 1)
        self.page.setFixedWidth(_NUMBER)
        self.corner.setMinimumContentsLength(8)
        grid.addWidget(label("Page", "muted"), 0, 0)
        grid.addWidget(self.page, 0, 1)
        grid.addWidget(self.corner, 0, 2, 1, 2)
        captions = (("x", "Left", "from the left"), ("y", "Bottom", "from the bottom"))
        sizes = (("width", "Width", "wide"), ("height", "Height", "high"))
        for place, (name, short, spoken) in enumerate((*captions, *sizes)):
            box = Number()
            box.setRange(0, 14400)
            box.setSuffix(" pt")
            box.setFixedWidth(_NUMBER)
            box.setAccessibleName(f"Stamp, points {spoken}")
            box.valueChanged.connect(self._typed)
            self.numbers[name] = box
            grid.addWidget(label(short, "muted"), 1 + place // 2, 2 * (place % 2))
            grid.addWidget(box, 1 + place // 2, 1 + 2 * (place % 2))
        rows.addWidget(self._place)
        self.page.valueChanged.connect(self._page_turned)
        self.corner.activated.connect(self._corner_chosen)
        self.where.activated.connect(self._chosen)
        self._stamp: Stamp | None = None
        self.show_document((), (), may_add=True)

    @property
    def visible(self) -> bool:
        """Whether a stamp is put on a page."""
        return str(self.where.currentData()) == STAMP

    @property
    def field(self) -> str:
        """The name of the field that is signed, "" for a new one."""
        chosen = str(self.where.currentData())
        return "" if chosen in (INVISIBLE, STAMP) else chosen.removeprefix("field:")

    @property
    def stamp(self) -> Stamp | None:
        """The stamp on the document that is shown; None if there is to be none, or the pages are not known."""
        return self._stamp if self.visible else None

    @property
    def placement(self) -> Placement:
        """Where the stamp goes on any document."""
        return self._placement

    def remember(self, placement: Placement, *, visible: bool) -> None:
        """Begin with what was chosen last time."""
        self._placement, self._wanted = placement, visible
        self._choose_stamp()
        self._put()
        self._show()

    def show_document(
        self, pages: Sequence[Size], fields: Sequence[tuple[str, str]], *, may_add: bool, no_stamp: str = ""
    ) -> None:
        """Take over the pages of the document, none if there are several, and its empty fields.

        ``fields`` are names and what is shown of them; ``may_add`` says whether a new one may be added, ``no_stamp``
        (a clause) why not a visible one.
        """
        chosen = str(self.where.currentData() or INVISIBLE)
        self._pages, self._no_stamp = tuple(pages), no_stamp
        self.where.clear()
        for name, shown in fields:
            self.where.addItem(f"In its field “{shown}”", f"field:{name}")
        if may_add:
            self.where.addItem("Nowhere on the page", INVISIBLE)
        if may_add and pages and not no_stamp:
            self.where.addItem("As a stamp on the page", STAMP)
        choose_data(self.where, chosen if self.where.findData(chosen) >= 0 else INVISIBLE)
        if fields:
            self.where.setCurrentIndex(0)
        self._choose_stamp()
        self.page.blockSignals(True)
        self.page.setRange(1, max(len(self._pages), 1))
        self.page.setSuffix(f" of {len(self._pages)}" if self._pages else "")
        self.page.blockSignals(False)
        self._put()
        self._show()

    def take(self, stamp: Stamp) -> None:
        """Take over where the person has put the stamp on the page; it is wanted then."""
        if not self._pages:
            return
        if self.where.findData(STAMP) >= 0:
            choose_data(self.where, STAMP)
        self._keep(stamp)

    def _choose_stamp(self) -> None:
        """Have a stamp as the last time; a place that the document has for a signature goes first."""
        if self._wanted and not self.field and self.where.findData(STAMP) >= 0:
            choose_data(self.where, STAMP)

    def _put(self) -> None:
        self._stamp = self._placement.on(self._pages) if self._pages else None

    def _keep(self, stamp: Stamp) -> None:
        self._stamp = geometry.inside(stamp, self._pages[stamp.page])
        self._placement = geometry.placement_of(self._stamp, self._pages)
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        self._place.setVisible(self.visible and self._stamp is not None)
        known = DRAG if self.visible else IN_FIELD if self.field else NOWHERE
        self.said.setText(f"No stamp can be put on it: {self._no_stamp}." if self._no_stamp else known)
        if not self._pages:
            self.said.setText(MANY)
        stamp = self._stamp
        if stamp is None:
            return
        for box in (*self.numbers.values(), self.page):
            box.blockSignals(True)
        self.page.setValue(stamp.page + 1)
        for name, box in self.numbers.items():
            box.setValue(round(getattr(stamp, name)))
        for box in (*self.numbers.values(), self.page):
            box.blockSignals(False)
        corner = geometry.corner_of(stamp, self._pages[stamp.page])
        self.corner.clear()
        for each, words in _CORNERS.items():
            self.corner.addItem(words, each)
        if corner is None:
            self.corner.addItem(ELSEWHERE, None)
        choose_data(self.corner, corner)

    def _chosen(self) -> None:
        self._wanted = self.visible
        self._show()
        self.changed.emit()

    def _typed(self) -> None:
        stamp = self._stamp
        if stamp is not None:
            x, y, width, height = (float(self.numbers[name].value()) for name in ("x", "y", "width", "height"))
            self._keep(Stamp(stamp.page, x, y, width, height))

    def _page_turned(self, number: int) -> None:
        stamp = self._stamp
        if stamp is not None and self._pages:
            self._keep(replace(stamp, page=number - 1))

    def _corner_chosen(self) -> None:
        stamp, corner = self._stamp, self.corner.currentData()
        if stamp is not None and corner is not None:
            size = (stamp.width, stamp.height)
            self._keep(geometry.in_corner(Corner(corner), stamp.page, self._pages[stamp.page], size))
