"""Where a visible stamp lies on a page: drawing, moving, resizing, corners, what is remembered. Pure, without Qt.

Everything is in points (1/72 inch) from the lower left corner of the page as it is shown, as
`signet.documents.wishes.Stamp` says; sizes of pages are ``(width, height)`` in the same way. A stamp never leaves its
page, and never becomes smaller than what can be read.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from signet.documents.wishes import Stamp

Size = tuple[float, float]
USUAL: Size = (200.0, 64.0)
"""Of a stamp that nobody drew: three lines of text at a size that is read on paper."""
SMALLEST: Size = (72.0, 24.0)
"""Of any stamp; smaller ones would be a smudge on paper."""
MARGIN = 36.0
"""Half an inch between a corner of the page and a stamp that is put there: most printers reach it."""
SNAP = 6.0
"""How near an edge of a stamp comes to a margin of the page before it lies on it."""
STEP, LEAP = 4.0, 24.0
"""How far one press of an arrow key moves or resizes; with Ctrl it leaps."""
LAST = "last"
"""The page that contracts are signed on, however many there are."""
_NUMBER = re.compile(r"[1-9][0-9]{0,5}")  # of a page; no document has a million
_FARTHEST = 14400.0  # points: the largest page that PDF readers take (ISO 32000-1, annex C)


class Corner(StrEnum):
    """Where on the page, in words; also what a remembered distance is measured from."""

    BOTTOM_LEFT = "bottom-left"
    BOTTOM_RIGHT = "bottom-right"
    TOP_LEFT = "top-left"
    TOP_RIGHT = "top-right"

    @property
    def right(self) -> bool:
        """Whether it is on the right."""
        return self in (Corner.BOTTOM_RIGHT, Corner.TOP_RIGHT)

    @property
    def top(self) -> bool:
        """Whether it is at the top."""
        return self in (Corner.TOP_LEFT, Corner.TOP_RIGHT)


class Handle(StrEnum):
    """What of a stamp is dragged: one of its corners or edges, or all of it."""

    TOP_LEFT = "tl"
    TOP = "t"
    TOP_RIGHT = "tr"
    RIGHT = "r"
    BOTTOM_RIGHT = "br"
    BOTTOM = "b"
    BOTTOM_LEFT = "bl"
    LEFT = "l"
    WHOLE = "whole"


def inside(stamp: Stamp, page: Size) -> Stamp:
    """Return the stamp shrunk and shifted so that all of it lies on a page of that size."""
    width = min(max(stamp.width, SMALLEST[0]), page[0])
    height = min(max(stamp.height, SMALLEST[1]), page[1])
    x = min(max(stamp.x, 0.0), page[0] - width)
    y = min(max(stamp.y, 0.0), page[1] - height)
    return replace(stamp, x=x, y=y, width=width, height=height)


def in_corner(corner: Corner, page_number: int, page: Size, size: Size = USUAL) -> Stamp:
    """Return a stamp in a corner of a page, a margin away from both edges."""
    x = page[0] - MARGIN - size[0] if corner.right else MARGIN
    y = page[1] - MARGIN - size[1] if corner.top else MARGIN
    return inside(Stamp(page_number, x, y, *size), page)


def nearest_corner(stamp: Stamp, page: Size) -> Corner:
    """Return the corner of the page that the stamp's middle is nearest to."""
    right = stamp.x + stamp.width / 2 > page[0] / 2
    if stamp.y + stamp.height / 2 > page[1] / 2:
        return Corner.TOP_RIGHT if right else Corner.TOP_LEFT
    return Corner.BOTTOM_RIGHT if right else Corner.BOTTOM_LEFT


def corner_of(stamp: Stamp, page: Size) -> Corner | None:
    """Return the corner that the stamp was put into by `in_corner`, None if it lies elsewhere."""
    corner = nearest_corner(stamp, page)
    there = in_corner(corner, stamp.page, page, (stamp.width, stamp.height))
    return (
        corner
        if math.isclose(there.x, stamp.x, abs_tol=0.5) and math.isclose(there.y, stamp.y, abs_tol=0.5)
        else None
    )


def drawn(page_number: int, begin: tuple[float, float], end: tuple[float, float], page: Size) -> Stamp:
    """Return the stamp between two points; if they are as near as a click, one of the usual size around the first."""
    width, height = abs(end[0] - begin[0]), abs(end[1] - begin[1])
    if width < SMALLEST[0] / 2 and height < SMALLEST[1] / 2:
        return inside(
            Stamp(page_number, begin[0] - USUAL[0] / 2, begin[1] - USUAL[1] / 2, *USUAL), page
        )  # fmt: skip
    return inside(Stamp(page_number, min(begin[0], end[0]), min(begin[1], end[1]), width, height), page)


def moved(stamp: Stamp, dx: float, dy: float, page: Size, *, snap: bool = False) -> Stamp:
    """Return the stamp shifted; with ``snap`` it lies on a margin of the page that it comes near to."""
    there = inside(replace(stamp, x=stamp.x + dx, y=stamp.y + dy), page)
    if not snap:
        return there
    x = _snapped(there.x, page[0] - there.width)
    return inside(replace(there, x=x, y=_snapped(there.y, page[1] - there.height)), page)


def _snapped(place: float, room: float) -> float:
    for line in (MARGIN, room - MARGIN):
        if 0 <= line <= room and abs(place - line) <= SNAP:
            return line
    return place


def resized(stamp: Stamp, handle: Handle, dx: float, dy: float, page: Size) -> Stamp:
    """Return the stamp with one corner or edge shifted; the opposite one stays where it is."""
    if handle is Handle.WHOLE:
        return moved(stamp, dx, dy, page)
    left, bottom = stamp.x, stamp.y
    right, top = stamp.x + stamp.width, stamp.y + stamp.height
    if "l" in handle:
        left = min(max(left + dx, 0.0), right - SMALLEST[0])
    if "r" in handle:
        right = max(min(right + dx, page[0]), left + SMALLEST[0])
    if "b" in handle:
        bottom = min(max(bottom + dy, 0.0), top - SMALLEST[1])
    if "t" in handle:
        top = max(min(top + dy, page[1]), bottom + SMALLEST[1])
    return inside(replace(stamp, x=left, y=bottom, width=right - left, height=top - bottom), page)


@dataclass(frozen=True)
class Placement:
    """Where a stamp goes on any document: ``page`` is LAST or a number from 1, the distances are from ``corner``."""

    page: str = LAST
    corner: Corner = Corner.BOTTOM_LEFT
    dx: float = MARGIN
    dy: float = MARGIN
    width: float = USUAL[0]
    height: float = USUAL[1]

    def on(self, pages: Sequence[Size]) -> Stamp:
        """Return the stamp on a document with pages of these sizes, at least one; on the last if it has too few."""
        number = len(pages) - 1 if self.page == LAST else min(int(self.page), len(pages)) - 1
        page = pages[number]
        x = page[0] - self.dx - self.width if self.corner.right else self.dx
        y = page[1] - self.dy - self.height if self.corner.top else self.dy
        return inside(Stamp(number, x, y, self.width, self.height), page)

    def as_table(self) -> Mapping[str, object]:
        """As it is written into the settings."""
        numbers = {name: round(getattr(self, name), 1) for name in ("dx", "dy", "width", "height")}
        return {"page": self.page, "corner": str(self.corner), **numbers}


def placement_of(stamp: Stamp, pages: Sequence[Size]) -> Placement:
    """Return what is remembered of a stamp: the last page as the last, distances from the corner that it is near."""
    page = pages[stamp.page]
    corner = nearest_corner(stamp, page)
    dx = page[0] - stamp.x - stamp.width if corner.right else stamp.x
    dy = page[1] - stamp.y - stamp.height if corner.top else stamp.y
    number = LAST if stamp.page == len(pages) - 1 else str(stamp.page + 1)
    return Placement(number, corner, dx, dy, stamp.width, stamp.height)


def placement_from(table: object) -> Placement:
    """Read what `Placement.as_table` wrote; the usual place for whatever does not fit, since a person may edit it."""
    if not isinstance(table, Mapping):
        return Placement()
    page, corner = str(table.get("page")), str(table.get("corner"))
    distances = [table.get(name) for name in ("dx", "dy", "width", "height")]
    numbers = [float(each) for each in distances if isinstance(each, int | float) and 0 <= each < _FARTHEST]
    if not (page == LAST or _NUMBER.fullmatch(page)) or corner not in set(Corner) or len(numbers) < len(distances):
        return Placement()
    return Placement(page, Corner(corner), *numbers)
