"""What a stamp says and how it fits."""

from __future__ import annotations

import re

import pytest

from signet.documents.helvetica import encoded, width_of
from signet.documents.pdf_stamp import INSET, LEADING, SIZES, Line, appearance, drawable, drawing

LINES = [Line("Signed by ", "Mari Maasikas", bold=True), Line("", "2026-11-20 14:02 UTC"), Line("Reason: ", "tenant")]


def shown(stream: bytes) -> tuple[float, list[str]]:
    """How large, and the text, line by line."""
    size = float(re.findall(rb"/[FB] ([\d.]+) Tf", stream)[0])
    rows = re.split(rb"\n0 -[\d.]+ Td", stream)
    return size, ["".join(bytes.fromhex(each.decode()).decode("cp1252") for each in _texts(row)) for row in rows]


def _texts(row: bytes) -> list[bytes]:
    return re.findall(rb"<([0-9a-f]*)> Tj", row)


def test_widths_are_those_of_helvetica() -> None:
    # Adobe's Helvetica.afm and Helvetica-Bold.afm: A, space, Euro.
    assert width_of(b"A \x80", bold=False) == pytest.approx(0.667 + 0.278 + 0.556)
    assert width_of(b"A \x80", bold=True) == pytest.approx(0.722 + 0.278 + 0.556)


def test_every_line_is_drawn_as_it_is() -> None:
    size, rows = shown(drawing(LINES, 200, 64))
    assert rows == ["Signed by Mari Maasikas", "2026-11-20 14:02 UTC", "Reason: tenant"]
    assert size == SIZES[0]


@pytest.mark.parametrize(("width", "height"), [(120, 40), (200, 30), (90, 60), (60, 90)])
def test_letters_get_smaller_and_lines_break_until_everything_fits(width: float, height: float) -> None:
    lines = [*LINES, Line("Place: ", "Tartu, at the desk of the housing association")]
    size, rows = shown(drawing(lines, width, height))
    assert size < SIZES[0]
    assert " ".join("".join(rows).split()) == " ".join("".join(line.label + line.text for line in lines).split())
    assert (len(rows) * LEADING + INSET) * size <= height
    for row in rows:
        assert width_of(row.rstrip().encode("cp1252"), bold=False) * size <= width - 2 * INSET * size


def test_what_never_fits_is_cut_with_an_ellipsis() -> None:
    size, rows = shown(drawing([Line("Signed by ", "M" * 200, bold=True), *LINES[1:]], 60, 12))
    assert size == SIZES[-1]
    assert rows[0].endswith("M…")
    assert len(rows) < 3


def test_other_letters_are_replaced_by_words() -> None:
    lines = [Line("Signed by ", "Марі Маасікас", bold=True), Line("Reason: ", "põhjus žš €")]
    assert not drawable(lines)
    assert drawable(lines[1:])
    assert shown(drawing(lines, 250, 50))[1] == ["Signed by (see the signature)", "Reason: põhjus žš €"]
    assert encoded("a\nb") is None
    assert encoded("a\x7fb") is None


@pytest.mark.parametrize(
    ("rotation", "matrix"),
    [
        (0, [1, 0, 0, 1, 0, 0]),
        (90, [0, 1, -1, 0, 50, 0]),
        (180, [-1, 0, 0, -1, 200, 50]),
        (270, [0, -1, 1, 0, 0, 200]),
    ],
)
def test_the_picture_stands_upright_on_a_turned_page(rotation: int, matrix: list[int]) -> None:
    picture = appearance(LINES, 200, 50, rotation)
    assert [float(each) for each in picture["/Matrix"]] == matrix
    assert [float(each) for each in picture["/BBox"]] == [0, 0, 200, 50]
