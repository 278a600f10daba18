"""The report about a document's signatures, as a page of A4 or several: what a person would otherwise photograph.

The same words as on the screen, with the digests by which the file can be told. Measured in points from the upper
left corner of what can be printed on; black on white.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPageLayout, QPageSize, QPainter, QPdfWriter, QPen

from signet.gui.pages.documents_view_next import what_next
from signet.gui.pages.documents_view_panel import said_sentence
from signet.gui.pages.documents_view_words import (
    chain_lines,
    changes,
    footer,
    headline,
    lines,
    name_of_signer,
    notes,
    said,
)
from signet.gui.pages.documents_work import CheckedDocument
from signet.gui.pages.times import full
from signet.gui.widgets.pace import size_text
from signet.services.files_inspect import shown
from signet.services.signature_report import ReportBasis

_DPI = 1200
_MARGIN = 18.0  # millimetres
_POINTS = 72.0  # an inch
_NAMES = 110.0
_INK, _GREY, _LINE = QColor("#000000"), QColor("#444444"), QColor("#999999")
_MONO = "DejaVu Sans Mono"
PROVES = (
    "This report says what Signet found on this computer, with the people and issuers that are trusted there. It is "
    "no proof in itself: whoever needs one checks the document."
)


@dataclass(frozen=True)
class Part:
    """A heading, sentences below it, names with values, and points."""

    heading: str
    sentences: tuple[str, ...] = ()
    rows: tuple[tuple[str, str], ...] = ()
    points: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """Everything that stands in a report."""

    title: str
    verdict: str
    sentence: str
    parts: tuple[Part, ...]
    foot: str


def report_of(result: CheckedDocument, basis: ReportBasis) -> Report:
    """Put the words together."""
    verification = result.verification
    files = tuple(
        row
        for file in basis.files
        for row in (
            ("File", said(os.path.basename(file.path))),
            ("Size", f"{file.size} bytes ({size_text(file.size)})"),
            ("SHA-256", file.sha256),
        )
    )
    checked = (
        ("Checked", full(verification.checked or basis.moment)),
        ("With", basis.program),
        ("Evidence", footer(verification)),
        ("Vault", "open: own keys, people and trusted issuers were known" if result.recorded else "locked or none"),
    )
    parts = [Part("What was checked", rows=files + checked)]
    for number, (view, chain) in enumerate(zip(verification.signatures, result.chains, strict=True), 1):
        shown_lines = [*lines(view), *chain_lines(chain)]
        rows = tuple((line.name, line.value) for line in shown_lines)
        rows += (("Fingerprint", view.fingerprint),) if view.fingerprint else ()
        links = tuple(
            f"{link.name}{' (trusted)' if link.trusted else ''}, SHA-256 {link.fingerprint}" for link in chain
        )
        heading = f"{number}. {name_of_signer(view)}"
        parts.append(Part(heading, (said_sentence(view.sentence, [view]), *notes(view)), rows))
        if after := changes(view):
            parts.append(Part("Changed after signing", points=after))
        if links:
            parts.append(Part("Certificate chain", points=links))
    said_notes = tuple(said(note) for note in verification.notes)
    parts.append(Part("What to do", (what_next(verification), *said_notes)))
    return Report(
        title=shown(os.path.basename(verification.path)),
        verdict=headline(verification)[0],
        sentence=said_sentence(verification.sentence, verification.signatures),
        parts=tuple(parts),
        foot=PROVES,
    )


def report_as_pdf(report: Report) -> bytes:
    """Draw it; touches no file."""
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(_DPI)
    writer.setTitle(f"Signatures of {report.title}")
    writer.setCreator("Signet")
    margins = QMarginsF(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
    portrait = QPageLayout.Orientation.Portrait
    size = QPageSize(QPageSize.PageSizeId.A4)
    writer.setPageLayout(QPageLayout(size, portrait, margins, QPageLayout.Unit.Millimeter))
    painter = QPainter(writer)
    _Drawing(painter, writer).draw(report)
    painter.end()
    buffer.close()
    return bytes(content.data())


class _Drawing:
    """Pages with a cursor that goes down, and on to the next one."""

    def __init__(self, painter: QPainter, writer: QPdfWriter) -> None:
        self._painter, self._writer = painter, writer
        dots = writer.logicalDpiY() / _POINTS
        painter.scale(dots, dots)
        self._width, self._height = writer.width() / dots, writer.height() / dots
        self._top = 0.0

    def draw(self, report: Report) -> None:
        """Draw everything, from the top."""
        self._write("Signet · report about signatures", points=10, colour=_GREY)
        self._top += 4
        self._write(report.title, points=20, bold=True)
        self._top += 2
        self._write(report.verdict, points=14, bold=True)
        self._write(report.sentence, points=11)
        for part in report.parts:
            self._part(part)
        self._top += 16
        self._painter.setPen(QPen(_LINE, 0.6))
        self._painter.drawLine(0, round(self._top), round(self._width), round(self._top))
        self._top += 6
        self._write(report.foot, points=9, colour=_GREY)

    def _part(self, part: Part) -> None:
        self._top += 14
        self._room(60)
        self._write(part.heading, points=12, bold=True)
        self._top += 2
        for sentence in part.sentences:
            self._write(sentence, points=10)
            self._top += 2
        for name, value in part.rows:
            self._row(name, value)
        for point in part.points:
            self._row("•", point, left=12)

    def _row(self, name: str, value: str, *, left: float = _NAMES) -> None:
        family = _MONO if name in ("SHA-256", "Fingerprint") else ""
        points = 8 if family else 10
        self._room(self._high(value, points, left, family))
        top = self._top
        self._write(name, points=10, colour=_GREY)
        self._top = top
        self._write(value, points=points, left=left, family=family)
        self._top += 2

    def _high(self, words: str, points: int, left: float, family: str) -> float:
        self._font(family, points)
        return self._bounds(words, left).height()

    def _room(self, wanted: float) -> None:
        """Go on to the next page if so much does not fit on this one."""
        if self._top + wanted > self._height:
            self._writer.newPage()
            self._top = 0.0

    def _write(
        self,
        words: str,
        *,
        points: int,
        bold: bool = False,
        colour: QColor = _INK,
        left: float = 0.0,
        family: str = "",
    ) -> None:
        """Write a paragraph at the cursor, and go below it."""
        self._font(family, points, bold=bold, colour=colour)
        ends = self._bounds(words, left)
        self._room(ends.height())
        place = QRectF(left, self._top, self._width - left, self._height)
        self._painter.drawText(place, _FLAGS, words)
        self._top += ends.height() + 1

    def _bounds(self, words: str, left: float) -> QRectF:
        place = QRectF(left, 0, self._width - left, 10 * self._height)
        return QRectF(self._painter.boundingRect(place, _FLAGS, words))

    def _font(self, family: str, points: int, *, bold: bool = False, colour: QColor = _INK) -> None:
        font = QFont([family] if family else ["Inter", "DejaVu Sans"])
        font.setBold(bold)
        font.setPixelSize(points)
        # Inter draws some signs with glyphs that no text is behind; here text counts.
        font.setFeature(QFont.Tag("calt"), 0)
        self._painter.setFont(font)
        self._painter.setPen(colour)


_FLAGS = int(Qt.TextFlag.TextWordWrap | Qt.TextFlag.TextWrapAnywhere)


def suggested_name(path: str) -> str:
    """What a report is called: ``lease-signatures.pdf``."""
    return f"{os.path.splitext(os.path.basename(path))[0]}-signatures.pdf"


def kinds() -> Sequence[str]:
    """The kinds of file that a report can be."""
    return ("PDF (*.pdf)", "JSON (*.json)")
