"""Looking at a PDF before it is signed: pages, signature fields, what stands in the way. In the document child."""

from __future__ import annotations

import importlib
from collections.abc import Mapping

from signet.documents import pdf_opening
from signet.documents.pdf_facts import FieldFacts, PageFacts, PdfFacts
from signet.documents.pdf_fields import (
    LOCKED,
    NO_CHANGES,
    NO_STAMP,
    Field,
    Rules,
    new_name,
    obstacle_of,
    page_of,
    rules_of,
    signature_fields,
)
from signet.documents.pdf_opening import Opened, Unfit, WrongPassword, open_pdf, value_of
from signet.documents.pdf_pages import Page, pages_of

XFA = "its form is made with XFA, whose contents no signature of this kind protects"
HYBRID = "it describes its contents twice, for old and for new programs, which may then show different things"
MAC = "it has an authentication code of ISO 32004, which a signature would break"
OWNER = "its owner does not allow it; the owner's password would"


def warm_up() -> None:
    """Import what is needed, before nothing can be read any more."""
    pdf_opening.warm_up()
    importlib.import_module("pyhanko.sign.fields")


def look_pdf(file: int, password: bytes | None = None, pages: bool = True) -> Mapping[str, object]:
    """Answer with a packed `PdfFacts`, with ``locked`` if the password is missing or wrong, or with ``refused``.

    Without ``pages`` nothing is said of each page, nor where fields are shown: a book has thousands of pages.
    """
    try:
        return look(open_pdf(file, password), with_pages=pages).packed()
    except WrongPassword:
        return {"locked": True}
    except Unfit as error:
        return {"refused": error.reason}


def look(opened: Opened, *, with_pages: bool = True) -> PdfFacts:
    """Say what a document is like; raises Unfit and what pyHanko raises for a damaged one."""
    pages = list(pages_of(opened.reader)) if with_pages else []
    fields = list(signature_fields(opened.reader))
    rules = rules_of(opened.reader, fields)
    return PdfFacts(
        encrypted=opened.encrypted,
        page_count=int(value_of(opened.reader.root["/Pages"], "/Count", 0)),
        pages=tuple(PageFacts(*page.size, page.rotation) for page in pages),
        fields=tuple(_facts(field, pages, rules) for field in fields),
        certified=rules.certified,
        may_certify=not rules.signed and not rules.certified,
        obstacle=obstacle(opened, rules),
        no_new_field=no_new_field(opened, rules, new_name(opened.reader)),
        no_new_stamp=NO_STAMP if rules.certified else "",
    )


def obstacle(opened: Opened, rules: Rules) -> str:
    """Say why the document cannot be signed at all, a clause; "" if it can be."""
    form = value_of(opened.reader.root, "/AcroForm", {})
    handler = opened.reader.security_handler
    if "/XFA" in form:
        return XFA
    if opened.reader.xrefs.hybrid_xrefs_present:
        return HYBRID
    if handler is not None and handler.pdf_mac_enabled:
        return MAC
    if not opened.may_fill and not opened.may_create:
        return OWNER
    return NO_CHANGES if rules.nothing else ""


def no_new_field(opened: Opened, rules: Rules, name: str) -> str:
    """Say why no field of that name can be added, a clause; "" if it can be."""
    if not opened.may_create:
        return OWNER
    return LOCKED if rules.locked(name) else ""


def _facts(field: Field, pages: list[Page], rules: Rules) -> FieldFacts:
    number = page_of(field, pages)
    shown = (0.0, 0.0, 0.0, 0.0)
    if number >= 0 and field.rectangle is not None:
        shown = pages[number].shown_rectangle(field.rectangle)
    return FieldFacts(field.name, field.value is not None, number, *shown, obstacle=obstacle_of(field, rules))
