"""The visible part of a signature: a thin frame and a few lines, upright on the page as it is shown.

Drawn in Helvetica, which every reader has, with the characters of Windows-1252. With other letters it is drawn as
outlines of a font of this computer (`signet.documents.fonts`); where none has them, words refer to the signature
itself, which holds everything in full.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from signet.documents.fonts import fonts_for
from signet.documents.helvetica import encoded, width_of
from signet.documents.outlines import Font

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


class Face(Protocol):
    """What letters are drawn with."""

    def width(self, text: str, *, bold: bool) -> float:
        """How wide a text is at size 1."""

    def show(self, text: str, *, bold: bool, left: float, base: float, size: float) -> str:
        """Return the operators that draw a text."""


class _Helvetica:
    """The font that every reader has."""

    def width(self, text: str, *, bold: bool) -> float:
        return width_of(encoded(text) or b"", bold=bold)

    def show(self, text: str, *, bold: bool, left: float, base: float, size: float) -> str:
        codes = encoded(text) or b""
        font = "B" if bold else "F"
        return f"BT /{font} {size} Tf {left:.3f} {base:.3f} Td <{codes.hex()}> Tj ET"


@dataclass(frozen=True)
class _Outlined:
    """A font of this computer, whose letters are drawn as shapes; /ActualText says what they read."""

    regular: Font
    bold: Font

    def width(self, text: str, *, bold: bool) -> float:
        return (self.bold if bold else self.regular).width(text)

    def show(self, text: str, *, bold: bool, left: float, base: float, size: float) -> str:
        path = (self.bold if bold else self.regular).path(text, left, base, size)
        said = text.encode("utf-16-be").hex().upper()
        return f"/Span <</ActualText <FEFF{said}>>> BDC\n{path} f\nEMC"


HELVETICA = _Helvetica()


def faced(lines: Sequence[Line]) -> tuple[Face, Sequence[Line], bool]:
    """Choose what draws the lines; return it with the lines as they can be drawn, and whether that is in full."""
    texts = [unicodedata.normalize("NFC", line.label + line.text) for line in lines]
    if all(encoded(text) is not None for text in texts):
        return HELVETICA, lines, True
    fonts = fonts_for("".join(texts) + _ELLIPSIS)
    if fonts is not None:
        composed = [replace(line, text=unicodedata.normalize("NFC", line.text)) for line in lines]
        return _Outlined(*fonts), composed, True
    return HELVETICA, [replace(line, text=line.text if encoded(line.text) else ELSEWHERE) for line in lines], False


@dataclass(frozen=True)
class _Word:
    text: str
    bold: bool
    face: Face

    def width(self, size: float) -> float:
        return self.face.width(self.text, bold=self.bold) * size

    def but(self, text: str) -> _Word:
        return replace(self, text=text)


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
    size, placed = _placed(*faced(lines)[:2], width, height)
    return size, tuple(Piece(word.text, word.bold, left, base, word.width(size)) for word, left, base in placed)


def drawable(lines: Sequence[Line]) -> bool:
    """Whether everything can be drawn as it is."""
    return faced(lines)[2]


def _placed(
    face: Face, lines: Sequence[Line], width: float, height: float
) -> tuple[float, list[tuple[_Word, float, float]]]:
    """Return how high the letters are, and each word with where it begins."""
    size, rows = _fitted([_words(line, face) for line in lines], width, height)
    placed = []
    for number, row in enumerate(rows):
        left, base = INSET * size, _first_base(rows, size, height) - number * LEADING * size
        for word in row:
            placed.append((word, left, base))
            left += word.width(size)
    return size, placed


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
    face, shown, _ = faced(lines)
    size, placed = _placed(face, shown, width, height)
    parts = [f"q {_frame(width, height)}", f"{GREEN} rg"]
    parts += [face.show(word.text, bold=word.bold, left=left, base=base, size=size) for word, left, base in placed]
    return "\n".join([*parts, "Q"]).encode("ascii")


def _first_base(rows: Sequence[Sequence[_Word]], size: float, height: float) -> float:
    """Where the letters of the first row stand, so that all rows are in the middle."""
    return height - (height - len(rows) * LEADING * size) / 2 - size


def _words(line: Line, face: Face) -> list[_Word]:
    """Split a line where it may be broken; the spaces stay with the words before them."""
    words = []
    for text, bold in ((line.label, False), (line.text, line.bold)):
        pieces = text.split(" ")
        words += [_Word(piece + " ", bold, face) for piece in pieces[:-1]]
        words += [_Word(pieces[-1], bold, face)] if pieces[-1] else []
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
    return word.but(word.text.rstrip(" "))


def _cut(line: Sequence[_Word], size: float, room: float) -> list[_Word]:
    """Shorten a line to what fits, with an ellipsis."""
    row: list[_Word] = []
    used = 0.0
    for word in line:
        if used + word.width(size) <= room:
            row.append(word)
            used += word.width(size)
            continue
        text = word.text
        while text and used + word.but(text + _ELLIPSIS).width(size) > room:
            text = text[:-1]
        row.append(word.but(text + _ELLIPSIS))
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
