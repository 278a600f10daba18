"""What a stamp says and how it fits."""

from __future__ import annotations

import re

import pytest

from signet.documents.helvetica import encoded, width_of
from signet.documents.pdf_stamp import INSET, LEADING, SIZES, Line, appearance, drawable, drawing, laid_out

LINES = [Line("Signed by ", "Mari Maasikas", bold=True), Line("", "2026-11-20 14:02 UTC"), Line("Reason: ", "tenant")]


def shown(stream: bytes) -> tuple[float, list[str]]:
    """How large, and the text, line by line."""
    rows: dict[bytes, str] = {}
    found = re.findall(rb"/[FB] ([\d.]+) Tf [\d.]+ ([\d.]+) Td <([0-9a-f]*)> Tj", stream)
    for _, base, codes in found:
        rows[base] = rows.get(base, "") + bytes.fromhex(codes.decode()).decode("cp1252")
    return float(found[0][0]), list(rows.values())


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


def test_other_letters_are_drawn_as_outlines_that_say_what_they_read() -> None:
    lines = [Line("Signed by ", "Марі Маасікас", bold=True), Line("Reason: ", "põhjus")]
    assert drawable(lines)
    stream = drawing(lines, 250, 50)
    said = re.findall(rb"/ActualText <FEFF([0-9A-F]*)>", stream)
    assert "".join(bytes.fromhex(each.decode()).decode("utf-16-be") for each in said) == (
        "Signed by Марі МаасікасReason: põhjus"
    )
    assert b" Tj" not in stream
    size, pieces = laid_out(lines, 250, 50)
    assert [piece.text for piece in pieces] == ["Signed ", "by ", "Марі ", "Маасікас", "Reason: ", "põhjus"]
    assert all(piece.left + piece.width <= 250 - INSET * size for piece in pieces)


@pytest.mark.parametrize("name", ["ماري", "मारी", "מרי", "Мари", "Ma\u0332ri"])
def test_what_no_font_draws_is_replaced_by_words(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if name == "Мари":  # a computer without fonts
        monkeypatch.setattr("signet.documents.fonts._FAMILIES", (("/nowhere/a.ttf", "/nowhere/b.ttf"),))
    lines = [Line("Signed by ", name, bold=True), Line("Reason: ", "põhjus žš €")]
    assert not drawable(lines)
    assert shown(drawing(lines, 250, 50))[1] == ["Signed by (see the signature)", "Reason: põhjus žš €"]


def test_control_characters_are_not_drawn() -> None:
    assert encoded("a\nb") is None
    assert encoded("a\x7fb") is None
    assert not drawable([Line("", "a\nb")])


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
