"""What a PDF is like before it is signed, as plain values: what the document child answers.

All of it may come from a hostile document: names are for showing after `signet.services.files_inspect.shown`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import TypeVar


@dataclass(frozen=True)
class PageFacts:
    """A page as it is shown: its size in points (1/72 inch), and by how many degrees it is turned clockwise."""

    width: float
    height: float
    rotation: int


@dataclass(frozen=True)
class FieldFacts:
    """A signature field. ``page`` is from 0, -1 if it is on none; the rectangle in points from the lower left corner
    of the page as it is shown, without extent for one that cannot be seen. ``obstacle`` is the clause that says why
    nothing can be signed in it, "" if it can be."""

    name: str
    filled: bool
    page: int
    x: float
    y: float
    width: float
    height: float
    obstacle: str = ""


@dataclass(frozen=True)
class PdfFacts:
    """A PDF. ``pages`` is empty if only their number, ``page_count``, was asked for.

    ``certified`` is the level at which it is certified (`signet.documents.wishes.Certify`), 0 if it is not.
    ``obstacle`` is the clause that says why it cannot be signed at all, ``no_new_field`` why only in a field that is
    there, ``no_new_stamp`` why in a new field only without a stamp; "" if it can be. ``may_certify``: nobody has
    signed yet.
    """

    encrypted: bool
    page_count: int
    pages: tuple[PageFacts, ...]
    fields: tuple[FieldFacts, ...]
    certified: int
    may_certify: bool
    obstacle: str
    no_new_field: str
    no_new_stamp: str

    def packed(self) -> Mapping[str, object]:
        """As a child's answer."""
        return asdict(self)


def unpacked_pdf(answer: Mapping[str, object]) -> PdfFacts:
    """Read what a child answered, trusting none of its types; raise ValueError if it is no `PdfFacts`."""
    found = dict(answer)
    pages, places = found.get("pages"), found.get("fields")
    if not isinstance(pages, list) or not isinstance(places, list):
        raise ValueError("not the facts of a PDF")
    found["pages"] = tuple(_checked(PageFacts, each) for each in pages)
    found["fields"] = tuple(_checked(FieldFacts, each) for each in places)
    return _checked(PdfFacts, found)


_Facts = TypeVar("_Facts", PageFacts, FieldFacts, PdfFacts)
_KINDS: Mapping[str, tuple[type, ...]] = {"float": (float, int), "int": (int,), "str": (str,), "bool": (bool,)}


def _checked(kind: type[_Facts], found: object) -> _Facts:
    if not isinstance(found, Mapping) or set(found) != {field.name for field in fields(kind)}:
        raise ValueError("not the facts of a PDF")
    for field in fields(kind):
        kinds = _KINDS.get(str(field.type), (tuple,))
        if type(found[field.name]) not in kinds:
            raise ValueError(f"not a {field.type}")
    return kind(**found)
