"""The options of `signet sign` for PDFs: what they come to, and what is no place for a stamp."""

from __future__ import annotations

from typing import Any

import click
import pytest
from click.testing import CliRunner

from signet.cli.sign_pdf import pdf_options, pdf_wish
from signet.documents.wishes import Certify, PdfWish, Stamp
from signet.errors import UsageError


def wish(*words: str) -> PdfWish:
    """What a command makes of its options; click's own refusals are raised as UsageError."""
    found: list[PdfWish] = []

    @click.command()
    @pdf_options
    def command(**given: Any) -> None:
        found.append(pdf_wish(**given))

    result = CliRunner().invoke(command, words)
    if isinstance(result.exception, SystemExit):
        raise UsageError(reason=result.output)
    if result.exception is not None:
        raise result.exception
    return found[0]


def test_options_become_a_wish() -> None:
    assert wish() == PdfWish()
    assert wish("--reason", "tenant", "--place", "Tartu", "--stamp", "3,72,72.5,200,64", "--most-readers") == PdfWish(
        reason="tenant", place="Tartu", stamp=Stamp(2, 72, 72.5, 200, 64), most_readers=True
    )
    assert wish("--field", "buyer", "--certify", "forms") == PdfWish(field="buyer", certify=Certify.FORMS)
    assert [wish("--certify", level).certify for level in ("nothing", "forms", "notes")] == [1, 2, 3]


@pytest.mark.parametrize("place", ["", "1", "1,2,3,4", "1,2,3,4,5,6", "0,1,1,50,50", "x,1,1,50,50", "1,nan,1,50,50"])
def test_what_is_no_place_for_a_stamp_is_wrong_usage(place: str) -> None:
    with pytest.raises(UsageError, match=r"PAGE,X,Y,W,H|--stamp"):
        wish("--stamp", place)


def test_a_field_has_its_own_place() -> None:
    with pytest.raises(UsageError, match="leave out --stamp"):
        wish("--field", "buyer", "--stamp", "1,10,10,100,50")
