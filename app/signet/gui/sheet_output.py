"""Recovery sheets on their way out: as PDF in memory, into private files, or to a printer."""

from __future__ import annotations

import os
from collections.abc import Sequence

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QLocale, QMarginsF
from PySide6.QtGui import QPageLayout, QPageSize, QPdfWriter
from PySide6.QtWidgets import QWidget

from signet.errors import OutputExists
from signet.gui.sheet import Sheet
from signet.gui.sheet_drawing import draw_sheets
from signet.secret import Secret
from signet.store.foreign import translated

_DPI = 1200
_MARGIN = 18.0  # millimetres


def sheets_as_pdf(sheets: Sequence[Sheet], *, size: QPageSize.PageSizeId | None = None) -> Secret:
    """Return the sheets as one PDF, a page each; A4, or Letter where inches are used. Touches no file."""
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(_DPI)
    writer.setTitle("Signet recovery sheet")
    writer.setCreator("Signet")
    writer.setPageLayout(_layout(size or _usual_size()))
    draw_sheets(writer, sheets)
    buffer.close()
    made = Secret(content.data())
    content.fill(0)
    return made


def save_sheet(sheet: Sheet, path: str) -> None:
    """Write the sheet as PDF to a new private file (0600); raise OutputExists, DiskFull, FolderReadOnly."""
    with sheets_as_pdf([sheet]) as content, translated(path):
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except FileExistsError as error:
            raise OutputExists(path=path) from error
        with os.fdopen(descriptor, "wb") as file:
            file.write(content.reveal())
            file.flush()
            os.fsync(file.fileno())


def print_sheets(parent: QWidget, sheets: Sequence[Sheet]) -> bool:
    """Ask for a printer and send the sheets there; False if the person gave up."""
    from PySide6.QtPrintSupport import QPrintDialog, QPrinter  # a large library that few starts need

    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setPageLayout(_layout(_usual_size()))
    dialog = QPrintDialog(printer, parent)
    dialog.setWindowTitle("Print the recovery sheet" if len(sheets) == 1 else "Print the recovery sheets")
    if not dialog.exec():
        return False
    draw_sheets(printer, sheets)
    return True


def _usual_size() -> QPageSize.PageSizeId:
    """A4, but Letter where the system measures in inches."""
    system = QLocale.system().measurementSystem()
    letter = system is QLocale.MeasurementSystem.ImperialUSSystem
    return QPageSize.PageSizeId.Letter if letter else QPageSize.PageSizeId.A4


def _layout(size: QPageSize.PageSizeId) -> QPageLayout:
    margins = QMarginsF(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
    return QPageLayout(QPageSize(size), QPageLayout.Orientation.Portrait, margins, QPageLayout.Unit.Millimeter)
