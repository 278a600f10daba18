"""A PDF prepared for a signature: field, signature dictionary, stamp, certification. In the document child.

ISO 32000-2, 12.8; ETSI EN 319 142-1 for ``ETSI.CAdES.detached``. Nothing is signed here: see
`signet.documents.pdf_writing`.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from signet.documents import pdf_look, pdf_stamp
from signet.documents.pdf_fields import (
    NO_STAMP,
    Field,
    Rules,
    new_name,
    obstacle_of,
    page_of,
    rules_of,
    signature_fields,
    subfilter_demanded,
)
from signet.documents.pdf_opening import Opened, Unfit, UnfitWish, WrongPassword, open_pdf, value_of
from signet.documents.pdf_pages import Page, Rectangle, pages_of
from signet.documents.pdf_writing import appended_with_place, writer_of

if TYPE_CHECKING:
    from pyhanko.pdf_utils.generic import DictionaryObject, IndirectObject
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign.signers.pdf_byterange import PdfSignedData

PADES = "/ETSI.CAdES.detached"
PKCS7 = "/adbe.pkcs7.detached"
SMALLEST_STAMP = 10.0
"""Points; what is smaller cannot be read."""
_ROUNDED = 0.5
"""Points by which a stamp may stand out, as places come from pictures."""
_PROGRAM = "Signet"
_MODULES = (
    "pyhanko.pdf_utils.incremental_writer",
    "pyhanko.sign.signers.cms_embedder",
    "pyhanko.sign.signers.constants",
    "pyhanko.sign.signers.pdf_byterange",
)


@dataclass(frozen=True)
class Wanted:
    """How the document is to be signed; ``size`` is how many bytes of CMS are to have room.

    ``field`` is the name of an empty field, "" for a new one. ``stamp`` is page (from 0), x, y, width and height as
    `signet.documents.wishes.Stamp` has them; ``lines`` what the stamp says.
    """

    size: int
    moment: datetime
    subfilter: str = PADES
    field: str = ""
    certify: int = 0
    reason: str = ""
    place: str = ""
    stamp: tuple[int, float, float, float, float] | None = None
    lines: Sequence[pdf_stamp.Line] = ()


def warm_up() -> None:
    """Import what is needed, before nothing can be read any more."""
    pdf_look.warm_up()
    for name in _MODULES:
        importlib.import_module(name)


def prepare_pdf(
    file: int,
    *,
    size: int,
    moment: str,
    subfilter: str = PADES,
    field: str = "",
    certify: int = 0,
    reason: str = "",
    place: str = "",
    stamp: Sequence[float] | None = None,
    lines: Sequence[Sequence[str]] = (),
    password: bytes | None = None,
) -> Mapping[str, object]:
    """Answer with what `appended_with_place` returns and ``in_full``: whether the stamp says all that it was to say.

    ``moment`` is RFC 3339; ``lines`` are pairs of a label and a text, the first text is bold. Or ``locked`` if the
    password is missing or wrong, ``unfit`` with why it cannot be signed so, ``refused`` with why not at all.
    """
    wanted = Wanted(
        size=size,
        moment=datetime.fromisoformat(moment),
        subfilter=subfilter,
        field=field,
        certify=certify,
        reason=reason,
        place=place,
        stamp=None if stamp is None else (int(stamp[0]), stamp[1], stamp[2], stamp[3], stamp[4]),
        lines=[pdf_stamp.Line(label, text, bold=not number) for number, (label, text) in enumerate(lines)],
    )
    try:
        return prepare(open_pdf(file, password), wanted)
    except WrongPassword:
        return {"locked": True}
    except UnfitWish as error:
        return {"unfit": error.reason}
    except Unfit as error:
        return {"refused": error.reason}


def prepare(opened: Opened, wanted: Wanted) -> Mapping[str, object]:
    """Do what `prepare_pdf` says; raises Unfit and what pyHanko raises for a damaged document."""
    fields = list(signature_fields(opened.reader))
    rules = rules_of(opened.reader, fields)
    reason = pdf_look.obstacle(opened, rules)
    if reason:
        raise Unfit(reason)
    if wanted.certify and (rules.signed or rules.certified):
        raise UnfitWish("only the first signature can certify it, and it is signed already")
    writer = writer_of(opened)
    spot = _existing(opened, writer, fields, rules, wanted) if wanted.field else _new(opened, writer, rules, wanted)
    if spot.box is not None:
        _draw(writer, spot, wanted)
    signature = _signature(writer, spot.field, wanted)
    answer = appended_with_place(writer, opened, signature)
    return {**answer, "in_full": spot.box is None or pdf_stamp.drawable(wanted.lines)}


@dataclass(frozen=True)
class _Spot:
    """Where is signed: the field; how and where on which page it is shown; no ``box`` if it cannot be seen."""

    field: IndirectObject
    annotation: DictionaryObject
    page: Page
    box: Rectangle | None


def _existing(
    opened: Opened, writer: IncrementalPdfFileWriter, fields: Sequence[Field], rules: Rules, wanted: Wanted
) -> _Spot:
    """Find the field that was named; raise Unfit if nothing can be signed in it."""
    found = next((field for field in fields if field.name == wanted.field), None)
    if found is None:
        raise UnfitWish(f"it has no signature field “{wanted.field}”")
    reason, annotation = obstacle_of(found, rules), found.annotation
    if reason or annotation is None:
        raise UnfitWish(f"its signature field “{wanted.field}” cannot be used: {reason}")
    demanded = subfilter_demanded(found)
    if demanded and wanted.subfilter not in demanded:
        raise UnfitWish(f"its signature field wants another kind of signature ({', '.join(demanded)})")
    if not opened.may_fill:
        raise UnfitWish(pdf_look.OWNER)
    pages = list(pages_of(writer))
    number = page_of(found, pages)
    writer.mark_update(found.reference)
    writer.update_container(annotation)
    shown = number >= 0
    return _Spot(found.reference, annotation, pages[max(number, 0)], found.rectangle if shown else None)


def _new(opened: Opened, writer: IncrementalPdfFileWriter, rules: Rules, wanted: Wanted) -> _Spot:
    """Make a field on the stamp's page, or on the first one without a stamp; raise Unfit if there is no such page."""
    number = wanted.stamp[0] if wanted.stamp else 0
    page = next(islice(pages_of(writer), number, None), None) if number >= 0 else None
    if page is None:
        if wanted.stamp is None:
            raise Unfit("it has no pages")
        raise UnfitWish(f"it has no page {number + 1}, where the stamp was to go")
    name, box = new_name(writer), _place(page, wanted)
    reason = pdf_look.no_new_field(opened, rules, name)
    if reason:
        raise UnfitWish(reason)
    if box is not None and rules.certified:
        raise UnfitWish(NO_STAMP)
    field = _new_field(writer, name, page, box)
    return _Spot(field, field.get_object(), page, box)  # type: ignore[no-untyped-call]


def _place(page: Page, wanted: Wanted) -> Rectangle | None:
    """Return where the stamp goes in user space, None without one; raise Unfit if it is not on the page."""
    if wanted.stamp is None:
        return None
    _, x, y, width, height = wanted.stamp
    page_width, page_height = page.size
    if width < SMALLEST_STAMP or height < SMALLEST_STAMP:
        raise UnfitWish(f"the stamp would be too small; {SMALLEST_STAMP:g} points are the least")
    if x < 0 or y < 0 or x + width > page_width + _ROUNDED or y + height > page_height + _ROUNDED:
        raise UnfitWish(f"the stamp would not be on the page, which is {page_width:.0f} by {page_height:.0f} points")
    return page.user_rectangle(x, y, width, height)


def _new_field(writer: IncrementalPdfFileWriter, name: str, page: Page, box: Rectangle | None) -> IndirectObject:
    """Add a signature field; without a box it cannot be seen."""
    from pyhanko.pdf_utils.generic import IndirectObject
    from pyhanko.sign.fields import prepare_sig_field

    where = page.reference
    reference = IndirectObject(where.idnum, where.generation, writer)  # type: ignore[no-untyped-call]
    _, made = prepare_sig_field(name, writer.root, update_writer=writer, box=box, include_on_page=reference)
    return made  # type: ignore[no-any-return]


def _draw(writer: IncrementalPdfFileWriter, spot: _Spot, wanted: Wanted) -> None:
    from pyhanko.pdf_utils import generic

    _, _, width, height = spot.page.shown_rectangle(spot.box or (0, 0, 0, 0))
    picture = pdf_stamp.appearance(wanted.lines, width, height, spot.page.rotation)
    made = {generic.pdf_name("/N"): writer.add_object(picture)}
    spot.annotation[generic.pdf_name("/AP")] = generic.DictionaryObject(made)  # type: ignore[no-untyped-call]
    spot.annotation.pop("/AS", None)


def _signature(writer: IncrementalPdfFileWriter, reference: IndirectObject, wanted: Wanted) -> PdfSignedData:
    """Put the signature dictionary into its field, and the certification into the catalogue."""
    from pyhanko.pdf_utils import generic
    from pyhanko.sign.fields import FieldMDPSpec, MDPPerm, SigSeedSubFilter, ensure_sig_flags
    from pyhanko.sign.signers.cms_embedder import SigMDPSetup
    from pyhanko.sign.signers.constants import ESIC_EXTENSION_1
    from pyhanko.sign.signers.pdf_byterange import BuildProps, SignatureObject

    ensure_sig_flags(writer=writer, lock_sig_flags=True)
    if wanted.subfilter == PADES:
        writer.register_extension(ESIC_EXTENSION_1)
    signature = SignatureObject(
        timestamp=wanted.moment,
        subfilter=SigSeedSubFilter(wanted.subfilter),
        location=wanted.place,
        reason=wanted.reason,
        app_build_props=BuildProps(name=_PROGRAM),
        bytes_reserved=2 * wanted.size,
    )
    made = writer.add_object(signature)
    field = reference.get_object()  # type: ignore[no-untyped-call]
    field[generic.pdf_name("/V")] = made
    lock = value_of(field, "/Lock")
    levels = [level for level in (wanted.certify, int(value_of(lock or {}, "/P", 0))) if level]
    SigMDPSetup(  # type: ignore[no-untyped-call]
        md_algorithm="",
        certify=bool(wanted.certify),
        docmdp_perms=MDPPerm(min(levels)) if levels else None,
        field_lock=None if lock is None else FieldMDPSpec.from_pdf_object(lock),
    ).apply(made, writer)
    return signature
