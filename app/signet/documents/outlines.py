"""Letters as outlines of a TrueType font, for names that Helvetica's characters do not write.

Read are the tables that outlines need (OpenType 1.9: cmap formats 4 and 12, glyf, loca, hmtx). Only scripts whose
letters stand one beside the other are drawn: others want shaping, and a name drawn wrong is worse than none.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

Point: TypeAlias = tuple[float, float, bool]
"""x, y, and whether the outline goes through it."""

#: First and last code points of letters that stand alone: Latin, Greek, Cyrillic, Armenian, Georgian, punctuation,
#: kana, the ideographs and syllables of East Asia.
PLAIN = (
    (0x20, 0x2FF),
    (0x370, 0x58F),
    (0x10A0, 0x10FF),
    (0x1C90, 0x1CBF),
    (0x1E00, 0x1FFF),
    (0x2010, 0x2027),
    (0x2030, 0x205E),
    (0x20A0, 0x20BF),
    (0x2116, 0x2116),
    (0x3001, 0x3029),
    (0x3041, 0x3096),
    (0x30A0, 0x30FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xAC00, 0xD7A3),
)
_DEEPEST = 6
_WORDS, _OFFSETS, _SCALE, _MORE, _TWO_SCALES, _MATRIX = 0x01, 0x02, 0x08, 0x20, 0x40, 0x80


class FontUnfit(ValueError):
    """What is no TrueType font with outlines, or is damaged."""


def stands_alone(character: str) -> bool:
    """Whether a letter is of a script that needs no shaping."""
    return any(first <= ord(character) <= last for first, last in PLAIN) and character.isprintable()


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except (struct.error, IndexError, ValueError, RecursionError) as error:
        raise FontUnfit("a damaged font") from error


@dataclass(frozen=True)
class Font:
    """One TrueType font; everything it is asked for raises FontUnfit if it is damaged."""

    data: bytes

    def covers(self, text: str) -> bool:
        """Whether every letter of the text can be drawn."""
        return all(stands_alone(each) and self._glyph(ord(each)) for each in text)

    def width(self, text: str) -> float:
        """Return how wide a text is at size 1."""
        with _reading():
            return sum(self._advance(self._glyph(ord(each))) for each in text) / self._units

    def path(self, text: str, left: float, base: float, size: float) -> str:
        """Return the operators of a PDF that draw a text as outlines, to be filled."""
        parts = []
        with _reading():
            scale = size / self._units
            for each in text:
                glyph = self._glyph(ord(each))
                for contour in self._contours(glyph, 0):
                    placed = [(left + x * scale, base + y * scale, on) for x, y, on in contour]
                    parts.append(_operators(placed))
                left += self._advance(glyph) * scale
        return "\n".join(parts)

    @cached_property
    def _tables(self) -> dict[bytes, int]:
        begin = struct.unpack_from(">I", self.data, 12)[0] if self.data[:4] == b"ttcf" else 0
        (count,) = struct.unpack_from(">H", self.data, begin + 4)
        records = [struct.unpack_from(">4sIII", self.data, begin + 12 + 16 * number) for number in range(count)]
        return {name: offset for name, _, offset, _ in records}

    def _at(self, table: bytes) -> int:
        if table not in self._tables:
            raise FontUnfit("no outlines of TrueType")
        return self._tables[table]

    @cached_property
    def _units(self) -> int:
        return int(struct.unpack_from(">H", self.data, self._at(b"head") + 18)[0]) or 1000

    def _advance(self, glyph: int) -> int:
        (count,) = struct.unpack_from(">H", self.data, self._at(b"hhea") + 34)
        place = self._at(b"hmtx") + 4 * min(glyph, count - 1)
        return int(struct.unpack_from(">H", self.data, place)[0])

    @cached_property
    def _map(self) -> tuple[int, int]:
        """The best table from characters to glyphs: its format and place."""
        begin = self._at(b"cmap")
        (count,) = struct.unpack_from(">H", self.data, begin + 2)
        found = {}
        for number in range(count):
            _, _, offset = struct.unpack_from(">HHI", self.data, begin + 4 + 8 * number)
            (kind,) = struct.unpack_from(">H", self.data, begin + offset)
            found[kind] = begin + offset
        for kind in (12, 4):
            if kind in found:
                return kind, found[kind]
        raise FontUnfit("no table of characters")

    def _glyph(self, code: int) -> int:
        with _reading():
            kind, begin = self._map
            return self._in_groups(begin, code) if kind == 12 else self._in_segments(begin, code)

    def _in_groups(self, begin: int, code: int) -> int:
        (count,) = struct.unpack_from(">I", self.data, begin + 12)
        for first, last, glyph in struct.iter_unpack(">III", self.data[begin + 16 : begin + 16 + 12 * count]):
            if first <= code <= last:
                return int(glyph + code - first)
        return 0

    def _in_segments(self, begin: int, code: int) -> int:
        (double,) = struct.unpack_from(">H", self.data, begin + 6)
        ends, starts = begin + 14, begin + 16 + double
        deltas, ranges = starts + double, starts + 2 * double
        for place in range(0, double, 2):
            (end,) = struct.unpack_from(">H", self.data, ends + place)
            if code > end:
                continue
            (start,) = struct.unpack_from(">H", self.data, starts + place)
            (delta,) = struct.unpack_from(">H", self.data, deltas + place)
            (away,) = struct.unpack_from(">H", self.data, ranges + place)
            if code < start:
                return 0
            if not away:
                return int(code + delta) & 0xFFFF
            (glyph,) = struct.unpack_from(">H", self.data, ranges + place + away + 2 * (code - start))
            return int(glyph + delta) & 0xFFFF if glyph else 0
        return 0

    def _contours(self, glyph: int, depth: int) -> list[list[Point]]:
        (long_places,) = struct.unpack_from(">H", self.data, self._at(b"head") + 50)
        places = self._at(b"loca")
        if long_places:
            begin, end = struct.unpack_from(">II", self.data, places + 4 * glyph)
        else:
            begin, end = (2 * each for each in struct.unpack_from(">HH", self.data, places + 2 * glyph))
        if begin == end:
            return []
        begin += self._at(b"glyf")
        (count,) = struct.unpack_from(">h", self.data, begin)
        return self._simple(begin + 10, count) if count >= 0 else self._composed(begin + 10, depth)

    def _simple(self, begin: int, count: int) -> list[list[Point]]:
        if not count:
            return []
        ends = struct.unpack_from(f">{count}H", self.data, begin)
        (instructions,) = struct.unpack_from(">H", self.data, begin + 2 * count)
        at, flags = begin + 2 * count + 2 + instructions, bytearray()
        while len(flags) <= ends[-1]:
            flag = self.data[at]
            repeats = self.data[at + 1] if flag & 8 else 0
            flags += bytes([flag]) * (repeats + 1)
            at += 2 if flag & 8 else 1
        columns, at = self._numbers(flags, at, short=2, same=16)
        rows, _ = self._numbers(flags, at, short=4, same=32)
        points = [(float(x), float(y), bool(flag & 1)) for x, y, flag in zip(columns, rows, flags, strict=False)]
        firsts = (0, *(end + 1 for end in ends[:-1]))
        return [points[first : end + 1] for first, end in zip(firsts, ends, strict=True)]

    def _numbers(self, flags: Sequence[int], at: int, *, short: int, same: int) -> tuple[list[int], int]:
        """Read one coordinate of every point; each is told as its distance from the one before."""
        found, value = [], 0
        for flag in flags:
            if flag & short:
                value += self.data[at] if flag & same else -self.data[at]
                at += 1
            elif not flag & same:
                value += struct.unpack_from(">h", self.data, at)[0]
                at += 2
            found.append(value)
        return found, at

    def _composed(self, at: int, depth: int) -> list[list[Point]]:
        if depth > _DEEPEST:
            raise FontUnfit("a letter made of itself")
        found, flags = [], _MORE
        while flags & _MORE:
            flags, part = struct.unpack_from(">HH", self.data, at)
            at += 4
            dx, dy = struct.unpack_from(">hh" if flags & _WORDS else ">bb", self.data, at)
            at += 4 if flags & _WORDS else 2
            a, b, c, d = 1.0, 0.0, 0.0, 1.0
            if flags & _SCALE:
                a = d = self._fraction(at)
                at += 2
            elif flags & _TWO_SCALES:
                a, d = self._fraction(at), self._fraction(at + 2)
                at += 4
            elif flags & _MATRIX:
                a, b, c, d = (self._fraction(at + place) for place in (0, 2, 4, 6))
                at += 8
            if not flags & _OFFSETS:
                dx = dy = 0
            for contour in self._contours(part, depth + 1):
                found.append([(a * x + c * y + dx, b * x + d * y + dy, on) for x, y, on in contour])
        return found

    def _fraction(self, at: int) -> float:
        return float(struct.unpack_from(">h", self.data, at)[0]) / 0x4000


def _operators(points: Sequence[Point]) -> str:
    """Write one closed outline; its quadratic curves become cubic ones, which PDF has (ISO 32000-1, 8.5.2.2)."""
    ring = _with_middles(points)
    if not ring:
        return ""
    x, y, _ = ring[0]
    parts = [f"{x:.2f} {y:.2f} m"]
    place = 1
    while place <= len(ring):
        to = ring[place % len(ring)]
        if to[2]:
            parts.append(f"{to[0]:.2f} {to[1]:.2f} l")
            place += 1
        else:
            end = ring[(place + 1) % len(ring)]
            one = (x + 2 * (to[0] - x) / 3, y + 2 * (to[1] - y) / 3)
            two = (end[0] + 2 * (to[0] - end[0]) / 3, end[1] + 2 * (to[1] - end[1]) / 3)
            parts.append(f"{one[0]:.2f} {one[1]:.2f} {two[0]:.2f} {two[1]:.2f} {end[0]:.2f} {end[1]:.2f} c")
            to = end
            place += 2
        x, y = to[0], to[1]
    return " ".join([*parts, "h"])


def _with_middles(points: Sequence[Point]) -> list[Point]:
    """Between two points off the outline is one on it; begin with one that is on it."""
    ring: list[Point] = []
    for number, point in enumerate(points):
        before = points[number - 1]
        if not point[2] and not before[2]:
            ring.append(((point[0] + before[0]) / 2, (point[1] + before[1]) / 2, True))
        ring.append(point)
    first = next((number for number, point in enumerate(ring) if point[2]), None)
    return [] if first is None else ring[first:] + ring[:first]
