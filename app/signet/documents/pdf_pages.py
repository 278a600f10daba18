"""The pages of a PDF as people see them: after their rotation, within their crop box (ISO 32000-1, 7.7.3.3, 14.11.2).

Shown coordinates are points from the lower left corner of the page as it is shown; a page's ``/UserUnit`` is left
out, as page pictures leave it out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from signet.documents.pdf_opening import Unfit, list_of, value_of

if TYPE_CHECKING:
    from pyhanko.pdf_utils.generic import DictionaryObject, Reference
    from pyhanko.pdf_utils.rw_common import PdfHandler

#: Pages of a document that are looked at.
MAX_PAGES = 20_000
#: US Letter: what pages without a box have in most programs, page pictures among them.
_LETTER = (0.0, 0.0, 612.0, 792.0)
Rectangle: TypeAlias = tuple[float, float, float, float]
"""Lower left x and y, upper right x and y."""


@dataclass(frozen=True)
class Page:
    """One page: where it is in the file, what of user space is shown, and how far it is turned clockwise."""

    reference: Reference
    box: Rectangle
    rotation: int

    @property
    def size(self) -> tuple[float, float]:
        """Width and height as shown."""
        width, height = self.box[2] - self.box[0], self.box[3] - self.box[1]
        return (width, height) if self.rotation in (0, 180) else (height, width)

    def to_user(self, x: float, y: float) -> tuple[float, float]:
        """Turn a shown point into one of user space."""
        left, low, right, high = self.box
        return {
            0: (left + x, low + y),
            90: (right - y, low + x),
            180: (right - x, high - y),
            270: (left + y, high - x),
        }[self.rotation]

    def to_shown(self, x: float, y: float) -> tuple[float, float]:
        """Turn a point of user space into a shown one."""
        left, low, right, high = self.box
        return {
            0: (x - left, y - low),
            90: (y - low, right - x),
            180: (right - x, high - y),
            270: (high - y, x - left),
        }[self.rotation]

    def user_rectangle(self, x: float, y: float, width: float, height: float) -> Rectangle:
        """Turn a shown rectangle (its lower left corner and size) into one of user space."""
        return _ordered(*self.to_user(x, y), *self.to_user(x + width, y + height))

    def shown_rectangle(self, rectangle: Rectangle) -> Rectangle:
        """Turn a rectangle of user space into a shown one: lower left x and y, width, height."""
        left, low, right, high = _ordered(
            *self.to_shown(rectangle[0], rectangle[1]), *self.to_shown(rectangle[2], rectangle[3])
        )
        return (left, low, right - left, high - low)


def pages_of(handler: PdfHandler) -> Iterator[Page]:
    """Yield the pages in their order; raise Unfit for a tree that is none or has too many."""
    from pyhanko.pdf_utils import generic

    seen: set[object] = set()
    waiting = [(handler.root.raw_get("/Pages"), _Inherited())]
    while waiting:
        entry, inherited = waiting.pop()
        if not isinstance(entry, generic.IndirectObject) or entry.reference in seen:
            raise Unfit("its pages do not form a tree")
        if len(seen) > MAX_PAGES:
            raise Unfit(f"it has more than {MAX_PAGES} pages")
        seen.add(entry.reference)
        node = entry.get_object()  # type: ignore[no-untyped-call]
        if not isinstance(node, generic.DictionaryObject):
            raise Unfit("its pages do not form a tree")
        own = inherited.within(node)
        if "/Kids" in node:
            kids = node["/Kids"]
            waiting.extend((kids.raw_get(place), own) for place in reversed(range(len(kids))))
        else:
            yield Page(entry.reference, own.box, own.rotation)


@dataclass(frozen=True)
class _Inherited:
    """What a node of the page tree passes on (ISO 32000-1, 7.7.3.4)."""

    media: Rectangle | None = None
    crop: Rectangle | None = None
    rotation: int = 0

    def within(self, node: DictionaryObject) -> _Inherited:
        turned = value_of(node, "/Rotate", self.rotation)
        return _Inherited(
            media=rectangle_of(node, "/MediaBox") or self.media,
            crop=rectangle_of(node, "/CropBox") or self.crop,
            rotation=int(turned) % 360 // 90 * 90,
        )

    @property
    def box(self) -> Rectangle:
        """The crop box as far as it lies within the media box."""
        media = self.media or _LETTER
        if self.crop is None:
            return media
        left, low = max(media[0], self.crop[0]), max(media[1], self.crop[1])
        right, high = min(media[2], self.crop[2]), min(media[3], self.crop[3])
        return (left, low, right, high) if left < right and low < high else media


def rectangle_of(node: DictionaryObject, key: str) -> Rectangle | None:
    """Read a rectangle, ordered; None if there is none or it is empty."""
    numbers = [float(number) for number in list_of(node, key)]
    if len(numbers) != 4:
        return None
    left, low, right, high = _ordered(*numbers)
    return (left, low, right, high) if left < right and low < high else None


def _ordered(x1: float, y1: float, x2: float, y2: float) -> Rectangle:
    return (min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))
