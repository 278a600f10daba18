"""The signature fields of a PDF, and what earlier signatures allow (ISO 32000-2, 12.7.5.5, 12.8.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from signet.documents.pdf_opening import list_of, value_of
from signet.documents.pdf_pages import Page, Rectangle, rectangle_of

if TYPE_CHECKING:
    from pyhanko.pdf_utils.generic import DictionaryObject, IndirectObject
    from pyhanko.pdf_utils.rw_common import PdfHandler

#: Signature fields that are looked at.
MAX_FIELDS = 1000
#: What a seed value dictionary may demand that is met: filter, subfilter, version (ISO 32000-2, table 237).
_MET_DEMANDS = 0b111
NO_CHANGES = "it was signed so that nothing may be changed any more"
LOCKED = "an earlier signature locked its form, so that no field can be added"
NO_STAMP = "it was certified, so that a signature can only be added without a stamp, or in a field that is there"


@dataclass(frozen=True)
class Field:
    """A signature field as it is in the file; ``value`` is its signature dictionary, None if it is empty."""

    name: str
    reference: IndirectObject
    value: DictionaryObject | None

    @property
    def dictionary(self) -> DictionaryObject:
        """The field's own dictionary."""
        return self.reference.get_object()  # type: ignore[no-any-return, no-untyped-call]

    @property
    def annotation(self) -> DictionaryObject | None:
        """How it is shown; None if it is shown in several places or in none."""
        if "/Kids" not in self.dictionary:
            return self.dictionary
        kids = list_of(self.dictionary, "/Kids")
        return kids[0] if len(kids) == 1 else None

    @property
    def rectangle(self) -> Rectangle | None:
        """Where it is shown, in user space; None if it cannot be seen."""
        annotation = self.annotation
        return None if annotation is None else rectangle_of(annotation, "/Rect")


def signature_fields(handler: PdfHandler) -> Iterator[Field]:
    """Yield the signature fields, as many as are looked at."""
    from pyhanko.sign.fields import enumerate_sig_fields

    for number, (name, value, reference) in enumerate(enumerate_sig_fields(handler)):
        if number >= MAX_FIELDS:
            return
        held = value.get_object() if hasattr(value, "get_object") else value
        yield Field(str(name), reference, held if isinstance(held, Mapping) else None)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Rules:
    """What the signatures that are there allow.

    ``certified`` is the level of the certification, 0 without one; ``nothing`` whether some signature forbids every
    change; ``locks`` the form fields that signatures locked.
    """

    signed: bool
    certified: int
    nothing: bool
    locks: Sequence[Any]

    def locked(self, name: str) -> bool:
        """Whether a field of that name must stay as it is."""
        return any(lock.is_locked(name) for lock in self.locks)


def new_name(handler: PdfHandler) -> str:
    """Return a name for a new signature field that no field of the form has."""
    form = value_of(handler.root, "/AcroForm", {})
    taken = {str(value_of(each, "/T", "")) for each in list_of(form, "/Fields")}
    return next(name for number in count(1) if (name := f"Signature{number}") not in taken)


def rules_of(handler: PdfHandler, fields: Sequence[Field]) -> Rules:
    """Read what the signatures that are there allow."""
    from pyhanko.sign.fields import FieldMDPSpec

    locks, levels = [], []
    for field in fields:
        for each in list_of(field.value or {}, "/Reference"):
            parameters = value_of(each, "/TransformParams", {})
            method = value_of(each, "/TransformMethod")
            if method == "/FieldMDP":
                locks.append(FieldMDPSpec.from_pdf_object(parameters))
                if "/P" in parameters:
                    levels.append(int(parameters["/P"]))
            elif method == "/DocMDP":
                levels.append(int(value_of(parameters, "/P", 2)))
    certified = _certified(handler)
    nothing = certified == 1 or 1 in levels
    return Rules(any(field.value is not None for field in fields), certified, nothing, locks)


def _certified(handler: PdfHandler) -> int:
    """The level of the certification that the catalogue names (ISO 32000-2, 12.8.6)."""
    signature = value_of(value_of(handler.root, "/Perms", {}), "/DocMDP")
    if signature is None:
        return 0
    for each in list_of(signature, "/Reference"):
        if value_of(each, "/TransformMethod") == "/DocMDP":
            level = int(value_of(value_of(each, "/TransformParams", {}), "/P", 2))
            return level if level in (1, 2, 3) else 1
    return 1  # it certifies in a way that is not known: nothing is allowed then


def obstacle_of(field: Field, rules: Rules) -> str:
    """Say why nothing can be signed in a field, a clause; "" if it can be."""
    if field.value is not None or value_of(field.dictionary, "/V") is not None:
        return "it is signed already"
    if rules.locked(field.name):
        return "an earlier signature locked it"
    if field.annotation is None:
        return "it is shown in several places at once"
    demands = value_of(field.dictionary, "/SV")
    if demands is not None and int(value_of(demands, "/Ff", 0)) & ~_MET_DEMANDS:
        return "it makes demands on its signature that Signet cannot meet"
    return ""


def subfilter_demanded(field: Field) -> Sequence[str]:
    """Return the kinds of signature of which the field demands one; empty if any will do."""
    demands = value_of(field.dictionary, "/SV")
    if demands is None or not int(value_of(demands, "/Ff", 0)) & 0b10:
        return ()
    return [str(each) for each in list_of(demands, "/SubFilter")]


def page_of(field: Field, pages: Sequence[Page]) -> int:
    """Return the number of the page that shows a field, from 0; -1 if none does."""
    annotation = field.annotation
    if annotation is None:
        return -1
    named = annotation.raw_get("/P") if "/P" in annotation else None
    reference = getattr(named, "reference", None)
    for number, page in enumerate(pages):
        if reference is not None and page.reference == reference:
            return number
    own = getattr(annotation, "container_ref", None)
    for number, page in enumerate(pages):
        shown = value_of(page.reference.get_object(), "/Annots", ())
        if own is not None and any(getattr(each, "reference", None) == own for each in shown):
            return number
    return -1
