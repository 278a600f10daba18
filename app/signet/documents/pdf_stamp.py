"""The visible part of a signature: a thin frame and a few lines, upright on the page as it is shown.

Drawn in Helvetica, which every reader has, so with the characters of Windows-1252. What has other letters is replaced
by a word that refers to the signature itself, which holds everything in full.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from signet.documents.helvetica import encoded, width_of

if TYPE_CHECKING:
    from pyhanko.pdf_utils.generic import StreamObject

GREEN = "0.184 0.435 0.369"
"""The accent of the window (`signet.gui.design`), as red, green and blue."""
FRAME = 0.75
ROUND = 3.5
SIZES = tuple(size / 2 for size in range(20, 5, -1))
"""How high letters may be, largest first (points)."""
LEADING = 1.38
INSET = 0.75
"""Between frame and text, as a part of the letters' height."""
ELSEWHERE = "(see the signature)"
"""Stands for what cannot be drawn."""
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
_ARC = 0.5523  # a quarter of a circle as a Bézier curve


@dataclass(frozen=True)
class Line:
    """One line: a word before it, and what it says, which may be bold."""

    label: str
    text: str
    bold: bool = False


@dataclass(frozen=True)
class _Word:
    codes: bytes
    bold: bool

    def width(self, size: float) -> float:
        return width_of(self.codes, bold=self.bold) * size


@dataclass(frozen=True)
class Piece:
    """Text that stands in one go: where it begins, on the line that letters stand on, and how wide it is; in points
    from the lower left corner of the stamp."""

    text: str
    bold: bool
    left: float
    base: float
    width: float


def laid_out(lines: Sequence[Line], width: float, height: float) -> tuple[float, tuple[Piece, ...]]:
    """Return how high the letters of a stamp of that size are, and where everything stands: as `drawing` draws it."""
    size, rows = _fitted([_words(line) for line in lines], width, height)
    pieces = []
    for number, row in enumerate(rows):
        left, base = INSET * size, _first_base(rows, size, height) - number * LEADING * size
        for word in row:
            wide = word.width(size)
            pieces.append(Piece(word.codes.decode("cp1252"), word.bold, left, base, wide))
            left += wide
    return size, tuple(pieces)


def drawable(lines: Sequence[Line]) -> bool:
    """Whether everything can be drawn as it is."""
    return all(encoded(line.label + line.text) is not None for line in lines)


def appearance(lines: Sequence[Line], width: float, height: float, rotation: int) -> StreamObject:
    """Return the picture of a stamp of that size as shown (points), for a page turned clockwise by ``rotation``."""
    from pyhanko.pdf_utils import generic

    name = generic.pdf_name
    fonts = generic.DictionaryObject(  # type: ignore[no-untyped-call]
        {name("/F"): _font("/Helvetica"), name("/B"): _font("/Helvetica-Bold")},
    )
    stream = generic.StreamObject(
        dict_data={
            name("/Type"): name("/XObject"),
            name("/Subtype"): name("/Form"),
            name("/BBox"): generic.ArrayObject(map(generic.FloatObject, (0, 0, round(width, 3), round(height, 3)))),
            name("/Matrix"): generic.ArrayObject(map(generic.FloatObject, _upright(width, height, rotation))),
            name("/Resources"): generic.DictionaryObject({name("/Font"): fonts}),  # type: ignore[no-untyped-call]
        },
        stream_data=drawing(lines, width, height),
    )
    stream.compress()  # type: ignore[no-untyped-call]
    return stream


def drawing(lines: Sequence[Line], width: float, height: float) -> bytes:
    """Return the content stream: frame and text."""
    size, rows = _fitted([_words(line) for line in lines], width, height)
    first = _first_base(rows, size, height)
    parts = [
        _frame(width, height).encode("ascii"),
        f"{GREEN} rg BT {INSET * size:.3f} {first:.3f} Td".encode("ascii"),
    ]
    for number, row in enumerate(rows):
        if number:
            parts.append(f"0 {-LEADING * size:.3f} Td".encode("ascii"))
        for word in row:
            font = "B" if word.bold else "F"
            parts.append(f"/{font} {size} Tf <{word.codes.hex()}> Tj".encode("ascii"))
    return b"q " + b"\n".join(parts) + b" ET Q"


def _first_base(rows: Sequence[Sequence[_Word]], size: float, height: float) -> float:
    """Where the letters of the first row stand, so that all rows are in the middle."""
    return height - (height - len(rows) * LEADING * size) / 2 - size


def _words(line: Line) -> list[_Word]:
    """Split a line where it may be broken; the spaces stay with the words before them."""
    words = []
    for text, bold in ((line.label, False), (line.text, line.bold)):
        codes = encoded(text)
        codes = encoded(ELSEWHERE) if codes is None else codes
        pieces = (codes or b"").split(b" ")
        words += [_Word(piece + b" ", bold) for piece in pieces[:-1]] + (
            [_Word(pieces[-1], bold)] if pieces[-1] else []
        )
    return words


def _fitted(lines: Sequence[Sequence[_Word]], width: float, height: float) -> tuple[float, list[list[_Word]]]:
    """Choose the largest letters with which everything fits; what does not fit with the smallest is cut off."""
    for size in SIZES:
        rows = [row for line in lines for row in _wrapped(line, size, width - 2 * INSET * size)]
        fits = all(sum(word.width(size) for word in row) <= width - 2 * INSET * size for row in rows)
        if fits and (len(rows) * LEADING + INSET) * size <= height:
            return size, rows
    size = SIZES[-1]
    room = max(1, int((height / size - INSET) / LEADING))
    return size, [_cut(line, size, width - 2 * INSET * size) for line in lines][:room]


def _wrapped(line: Sequence[_Word], size: float, room: float) -> Iterator[list[_Word]]:
    row: list[_Word] = []
    for word in line:
        if row and sum(each.width(size) for each in row) + _bare(word).width(size) > room:
            yield row
            row = []
        row.append(word)
    yield row


def _bare(word: _Word) -> _Word:
    return _Word(word.codes.rstrip(b" "), word.bold)


def _cut(line: Sequence[_Word], size: float, room: float) -> list[_Word]:
    """Shorten a line to what fits, with an ellipsis."""
    row: list[_Word] = []
    used = 0.0
    for word in line:
        if used + word.width(size) <= room:
            row.append(word)
            used += word.width(size)
            continue
        codes = word.codes
        while codes and used + _Word(codes + _ELLIPSIS.encode("cp1252"), word.bold).width(size) > room:
            codes = codes[:-1]
        row.append(_Word(codes + _ELLIPSIS.encode("cp1252"), word.bold))
        break
    return row


def _frame(width: float, height: float) -> str:
    """A rectangle with round corners, within the stamp by half of its line."""
    low, right, high = FRAME / 2, width - FRAME / 2, height - FRAME / 2
    turn = min(ROUND, width / 4, height / 4)
    pull = turn * (1 - _ARC)
    near, far, top = low + turn, right - turn, high - turn
    return (
        f"{GREEN} RG {FRAME} w {near:.3f} {low:.3f} m {far:.3f} {low:.3f} l "
        f"{right - pull:.3f} {low:.3f} {right:.3f} {low + pull:.3f} {right:.3f} {near:.3f} c "
        f"{right:.3f} {top:.3f} l {right:.3f} {high - pull:.3f} {right - pull:.3f} {high:.3f} {far:.3f} {high:.3f} c "
        f"{near:.3f} {high:.3f} l {low + pull:.3f} {high:.3f} {low:.3f} {high - pull:.3f} {low:.3f} {top:.3f} c "
        f"{low:.3f} {near:.3f} l {low:.3f} {low + pull:.3f} {low + pull:.3f} {low:.3f} {near:.3f} {low:.3f} c s"
    )


def _font(name: str) -> object:
    from pyhanko.pdf_utils import generic

    return generic.DictionaryObject(  # type: ignore[no-untyped-call]
        {
            generic.pdf_name("/Type"): generic.pdf_name("/Font"),
            generic.pdf_name("/Subtype"): generic.pdf_name("/Type1"),
            generic.pdf_name("/BaseFont"): generic.pdf_name(name),
            generic.pdf_name("/Encoding"): generic.pdf_name("/WinAnsiEncoding"),
        }
    )


def _upright(width: float, height: float, rotation: int) -> tuple[float, ...]:
    """Turn against the page (ISO 32000-1, 12.5.5: the box, transformed, is then laid into the rectangle)."""
    return {
        0: (1, 0, 0, 1, 0, 0),
        90: (0, 1, -1, 0, round(height, 3), 0),
        180: (-1, 0, 0, -1, round(width, 3), round(height, 3)),
        270: (0, -1, 1, 0, 0, round(width, 3)),
    }[rotation]
