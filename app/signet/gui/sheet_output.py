"""Recovery sheets on their way out: as PDF in memory, into private files, or to a printer."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QLocale, QMarginsF
from PySide6.QtGui import QPageLayout, QPageSize, QPdfWriter
from PySide6.QtWidgets import QWidget

from signet.gui.sheet import Sheet
from signet.gui.sheet_drawing import draw_sheets
from signet.secret import Secret
from signet.services.recovery_code import write_private

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
    """Write the sheet as PDF to a new private file (0600); raise as `write_private` does."""
    with sheets_as_pdf([sheet]) as content:
        write_private(path, content)


def print_sheets(parent: QWidget, sheets: Sequence[Sheet]) -> str:
    """Ask for a printer and send the sheets there; return what to tell the person, nothing if they gave up."""
    from PySide6.QtPrintSupport import QPrintDialog, QPrinter, QPrinterInfo  # a large library that few starts need

    one = len(sheets) == 1
    if not QPrinterInfo.availablePrinterNames():
        return f"This computer has no printer. Print the PDF {'file' if one else 'files'} elsewhere."
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setPageLayout(_layout(_usual_size()))
    dialog = QPrintDialog(printer, parent)
    dialog.setWindowTitle("Print the recovery sheet" if one else "Print the recovery sheets")
    # A file that the dialog made could be read by everyone, and nothing would remind of it.
    dialog.setOption(QPrintDialog.PrintDialogOption.PrintToFile, False)
    if not dialog.exec() or printer.outputFileName():
        return ""
    draw_sheets(printer, sheets)
    return (
        f"The {'sheet was' if one else 'sheets were'} sent to the printer. "
        f"Take {'it' if one else 'them'} out before you go on."
    )


def _usual_size() -> QPageSize.PageSizeId:
    """A4, but Letter where the system measures in inches."""
    system = QLocale.system().measurementSystem()
    letter = system is QLocale.MeasurementSystem.ImperialUSSystem
    return QPageSize.PageSizeId.Letter if letter else QPageSize.PageSizeId.A4


def _layout(size: QPageSize.PageSizeId) -> QPageLayout:
    margins = QMarginsF(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
    return QPageLayout(QPageSize(size), QPageLayout.Orientation.Portrait, margins, QPageLayout.Unit.Millimeter)
