"""Letters as outlines; broken fonts draw nothing. What Qt makes of the same fonts is in tests/gui."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from signet.documents.fonts import fonts_for
from signet.documents.outlines import Font, FontUnfit, stands_alone

DEJAVU = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
TEXT = "Aõ Žß ё Ђ Ω ქ Ỗ İ ǆ % & @ ї"


def _box(path: str) -> tuple[float, float, float, float]:
    """The box around the points that an outline goes through; its curves do not leave it in these letters."""
    ends = re.findall(r"(-?[\d.]+) (-?[\d.]+) [mlc]", path)
    xs, ys = [float(x) for x, _ in ends], [float(y) for _, y in ends]
    return min(xs), min(ys), max(xs), max(ys)


def test_letters_are_placed_side_by_side() -> None:
    font = Font(DEJAVU.read_bytes())
    assert font.covers("AV")
    one, both = font.path("A", 10, 20, 10), font.path("AA", 10, 20, 10)
    assert both.startswith(one)
    assert _box(both)[2] == pytest.approx(_box(one)[2] + font.width("A") * 10, abs=0.02)
    assert font.path(" ", 0, 0, 10) == ""


def test_scripts_that_want_shaping_are_not_drawn() -> None:
    assert all(map(stands_alone, "Aß Ж漢한か"))
    assert not any(map(stands_alone, "\u0645\u092e\u05de\u0301\u202e\u200d\n"))
    assert fonts_for("Марі") is not None
    assert fonts_for("ماري") is None


@pytest.mark.parametrize("cut", [0, 4, 11, 12, 60, 400, 5000, 100_000, 300_000])
def test_a_damaged_font_is_none(cut: int) -> None:
    font = Font(DEJAVU.read_bytes()[:cut])
    with pytest.raises(FontUnfit):
        font.path(TEXT, 0, 0, 10)


def test_a_font_without_such_outlines_is_none() -> None:
    with pytest.raises(FontUnfit):
        Font(Path("/usr/share/fonts/opentype/inter/Inter-Regular.otf").read_bytes()).path("A", 0, 0, 10)
