"""Options of `signet sign` that concern PDFs alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from signet.errors import UsageError

if TYPE_CHECKING:
    from signet.documents.wishes import PdfWish

CERTIFY = ("nothing", "forms", "notes")
"""What may be changed afterwards, in the order of the levels of DocMDP from 1 on."""
_Command = TypeVar("_Command", bound=Callable[..., Any])


class _StampPlace(click.ParamType[tuple[int, float, float, float, float]]):
    """``PAGE,X,Y,W,H``: the page from 1, the rest in points."""

    name = "PAGE,X,Y,W,H"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, float, float, float, float]:
        page, *rest = str(value).split(",")
        try:
            x, y, width, height = map(float, rest)
            number = int(page)
        except ValueError:
            self.fail(f"{value!r} is not a page and four numbers, as in 1,72,72,200,64.", param, ctx)
        if number < 1 or not all(map(math.isfinite, (x, y, width, height))):
            self.fail("Pages count from 1; the numbers are points (1/72 inch).", param, ctx)
        return (number, x, y, width, height)


def pdf_options(command: _Command) -> _Command:
    """Give a command the options that make a `PdfWish`, gathered by `pdf_wish`."""
    for option in (
        click.option(
            "--most-readers",
            is_flag=True,
            help="PDF: in the older form that more programs know, Firefox among them; not PAdES.",
        ),
        click.option(
            "--stamp",
            type=_StampPlace(),
            help="PDF: a visible stamp: page from 1, lower left corner, width and height in points, as the page is "
            "shown.",
        ),
        click.option(
            "--certify",
            type=click.Choice(CERTIFY),
            help="PDF: certify it; what may be changed afterwards: nothing, forms and signatures, or notes too.",
        ),
        click.option("--field", metavar="NAME", help="PDF: sign in this empty signature field of the document."),
        click.option("--place", metavar="TEXT", help="PDF: where it is signed; everybody can read it."),
        click.option("--reason", metavar="TEXT", help="PDF: why it is signed; everybody can read it."),
    ):
        command = option(command)
    return command


def pdf_wish(
    *,
    reason: str | None,
    place: str | None,
    field: str | None,
    certify: str | None,
    stamp: tuple[int, float, float, float, float] | None,
    most_readers: bool,
) -> PdfWish:
    """Gather what `pdf_options` gave a command; raise UsageError for what does not go together."""
    from signet.documents.wishes import Certify, PdfWish, Stamp

    if field and stamp is not None:
        raise UsageError(reason="--field has its place in the document already: leave out --stamp.")
    return PdfWish(
        reason=reason or "",
        place=place or "",
        field=field or "",
        certify=Certify.NO if certify is None else Certify(CERTIFY.index(certify) + 1),
        most_readers=most_readers,
        stamp=None if stamp is None else Stamp(stamp[0] - 1, *stamp[1:]),
    )
