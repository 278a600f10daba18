"""Where pages lie on the screen: points of a page and pixels of the view, one above the other. No Qt.

Points are 1/72 inch from the lower left corner of a page as it is shown (`signet.documents.wishes.Stamp`); pixels are
device-independent, from the upper left corner of all pages together.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

MARGIN = 18
"""Pixels around the pages."""
GAP = 14
"""Pixels between two pages."""
FULL = 96 / 72
"""Pixels a point at 100 %."""
WIDEST = 1.5 * FULL
"""Pixels a point that a page gets at most when it is fitted into the width."""
ZOOMS = (0.25, 0.33, 0.5, 0.67, 0.75, 0.9, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0)
"""Steps; 1.0 is the size on paper."""
LONGEST = 20_000
"""Pixels of a side of a page: more nobody scrolls through."""


@dataclass(frozen=True)
class Place:
    """A rectangle in pixels."""

    left: float
    top: float
    width: float
    height: float


class Geometry:
    """Pages of ``sizes`` points in a view ``across`` pixels wide; ``zoom`` 0 fits each page into the width."""

    def __init__(self, sizes: Sequence[tuple[float, float]], across: float, zoom: float = 0.0) -> None:
        self.sizes = tuple(sizes)
        room = max(1.0, across - 2 * MARGIN)
        self._places: list[Place] = []
        self.scales: list[float] = []
        top = float(MARGIN)
        widest = 0.0
        for width, height in self.sizes:
            scale = zoom * FULL if zoom else min(room / width, WIDEST)
            scale = min(scale, LONGEST / max(width, height))
            place = Place(0.0, top, max(1.0, width * scale), max(1.0, height * scale))
            self.scales.append(scale)
            self._places.append(place)
            widest = max(widest, place.width)
            top += place.height + GAP
        self.width = max(across, widest + 2 * MARGIN)
        self.height = top - GAP + MARGIN if self.sizes else 0.0
        self._tops = [place.top for place in self._places]

    def place(self, page: int) -> Place:
        """Where a page lies, in the middle."""
        found = self._places[page]
        return Place((self.width - found.width) / 2, found.top, found.width, found.height)

    def pages_between(self, top: float, bottom: float) -> range:
        """Return the pages of which something lies there."""
        first = max(0, bisect_right(self._tops, top) - 1)
        if self.sizes and self._places[first].top + self._places[first].height < top:
            first += 1
        return range(first, bisect_right(self._tops, bottom))

    def page_at(self, height: float) -> int:
        """Return the page there, or the one above; 0 above all."""
        return max(0, bisect_right(self._tops, height) - 1)

    def to_points(self, page: int, left: float, top: float) -> tuple[float, float]:
        """Return the points of a page for pixels, which may lie beside it."""
        place, scale = self.place(page), self.scales[page]
        return (left - place.left) / scale, self.sizes[page][1] - (top - place.top) / scale

    def to_pixels(self, page: int, left: float, bottom: float, width: float, height: float) -> Place:
        """Return where a rectangle of a page lies."""
        place, scale = self.place(page), self.scales[page]
        top = place.top + (self.sizes[page][1] - bottom - height) * scale
        return Place(place.left + left * scale, top, width * scale, height * scale)


def next_zoom(now: float, step: int) -> float:
    """Return the next zoom above (``step`` 1) or below (-1) the one that is shown."""
    if step > 0:
        return next((zoom for zoom in ZOOMS if zoom > now * 1.01), ZOOMS[-1])
    return next((zoom for zoom in reversed(ZOOMS) if zoom < now * 0.99), ZOOMS[0])
