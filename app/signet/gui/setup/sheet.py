"""The recovery sheet: one page with the code, printed, or saved as PDF by those who print elsewhere."""

from __future__ import annotations

import os
from dataclasses import dataclass

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRectF, Qt
from PySide6.QtGui import QFont, QPagedPaintDevice, QPageLayout, QPageSize, QPainter, QPdfWriter

from signet.errors import OutputExists
from signet.secret import Secret
from signet.store.foreign import translated

_DPI = 300
_MARGIN = 22.0  # millimetres
_COLUMNS = 3  # groups of the code side by side
_WORDS = (
    "This code opens the vault without card or passphrase. Whoever has it and the vault can open it: keep the sheet "
    "where you keep what is worth most to you, and not beside the computer.",
    "To use it: start Signet, choose “The recovery code” on the unlock screen, and type the code group by group. "
    "Capitals and hyphens do not matter; O, I and L are read as 0, 1 and 1.",
    "The sheet does not replace the vault. Keep a backup of the vault in a second place.",
)


@dataclass(frozen=True)
class Sheet:
    """What stands on it."""

    vault: str
    made: str
    code: Secret


def save_sheet(sheet: Sheet, path: str) -> None:
    """Write the sheet as PDF to a new private file (0600); raise OutputExists, DiskFull, FolderReadOnly."""
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(_DPI)
    writer.setTitle("Signet recovery sheet")
    writer.setPageLayout(_layout())
    draw_sheet(writer, sheet)
    buffer.close()
    with translated(path):
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except FileExistsError as error:
            raise OutputExists(path=path) from error
        with os.fdopen(descriptor, "wb") as file:
            file.write(content.data())
            file.flush()
            os.fsync(file.fileno())
    content.fill(0)


def draw_sheet(device: QPagedPaintDevice, sheet: Sheet) -> None:
    """Draw the sheet on a printer or into a PDF."""
    painter = QPainter(device)
    dots = device.logicalDpiY() / 72  # device pixels for each point
    page = QRectF(0, 0, device.width(), device.height())
    top = _text(painter, page, 0, "Signet recovery sheet", points=22, dots=dots, bold=True)
    top = _text(painter, page, top + 6 * dots, f"Vault “{sheet.vault}”, made {sheet.made}", points=12, dots=dots)
    top = _code(painter, page, top + 30 * dots, sheet.code, dots=dots)
    top += 30 * dots
    for words in _WORDS:
        top = _text(painter, page, top, words, points=11, dots=dots) + 10 * dots
    painter.end()


def _layout() -> QPageLayout:
    margins = QMarginsF(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
    size = QPageSize(QPageSize.PageSizeId.A4)
    return QPageLayout(size, QPageLayout.Orientation.Portrait, margins, QPageLayout.Unit.Millimeter)


def _text(
    painter: QPainter, page: QRectF, top: float, words: str, *, points: int, dots: float, bold: bool = False
) -> float:
    """Draw a paragraph and return where it ends."""
    font = QFont(painter.font())
    font.setBold(bold)
    font.setPixelSize(round(points * dots))
    painter.setFont(font)
    place = QRectF(page.left(), top, page.width(), page.height() - top)
    flags = int(Qt.TextFlag.TextWordWrap)
    ends = painter.boundingRect(place, flags, words)
    painter.drawText(place, flags, words)
    return float(ends.bottom())


def _code(painter: QPainter, page: QRectF, top: float, code: Secret, *, dots: float) -> float:
    """Draw the groups large, three in a row, each with its number; return where they end."""
    font = QFont("DejaVu Sans Mono")
    font.setStyleHint(QFont.StyleHint.Monospace)
    font.setPixelSize(round(26 * dots))
    painter.setFont(font)
    wide, high = page.width() / _COLUMNS, 44 * dots
    groups = code.text().split("-")
    for place, group in enumerate(groups):
        row, column = divmod(place, _COLUMNS)
        box = QRectF(page.left() + column * wide, top + row * high, wide, high)
        painter.drawText(box, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), group)
    return top + -(-len(groups) // _COLUMNS) * high
