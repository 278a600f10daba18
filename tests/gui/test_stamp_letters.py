"""The letters of stamps as Qt reads them from the same fonts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtGui import QRawFont

from signet.documents.outlines import Font

DEJAVU = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
TEXT = "AõŽßёЂΩქỖİǆ%&@ї"
SIZE = 1000.0


@pytest.mark.parametrize("path", [DEJAVU, DEJAVU.with_name("DejaVuSans-Bold.ttf")])
@pytest.mark.usefixtures("qapp")
def test_width_and_shape_are_those_that_qt_finds(path: Path) -> None:
    font, theirs = Font(path.read_bytes()), QRawFont(str(path), SIZE)
    for letter in TEXT:
        (index,) = theirs.glyphIndexesForString(letter)
        (advance,) = theirs.advancesForGlyphIndexes([index])
        assert font.width(letter) * SIZE == pytest.approx(advance.x(), abs=1.5), letter
        shape = theirs.pathForGlyph(index).boundingRect()
        left, low, right, high = _box(font.path(letter, 0, 0, SIZE))
        # Qt's y runs downwards.
        wanted = (shape.left(), -shape.bottom(), shape.right(), -shape.top())
        assert (left, low, right, high) == pytest.approx(wanted, abs=2), letter


def _box(path: str) -> tuple[float, float, float, float]:
    """The box around the points that an outline goes through; its curves do not leave it in these letters."""
    ends = re.findall(r"(-?[\d.]+) (-?[\d.]+) [mlc]", path)
    xs, ys = [float(x) for x, _ in ends], [float(y) for _, y in ends]
    return min(xs), min(ys), max(xs), max(ys)
