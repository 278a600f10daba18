"""Recovery sheets, read by other people's programs: poppler for the text, zbar for the QR code."""

from __future__ import annotations

import errno
import os
import re
import stat
import subprocess
from pathlib import Path

import pytest
from PySide6.QtGui import QPageSize
from PySide6.QtPrintSupport import QPrintDialog, QPrinterInfo
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from signet.crypto.shares import split_secret
from signet.errors import DiskFull, OutputExists
from signet.formats.recovery import write_code
from signet.gui.sheet import Sheet
from signet.gui.sheet_output import print_sheets, save_sheet, sheets_as_pdf
from signet.secret import Secret
from signet.services.prompt import NamedVault

NAMED = NamedVault("0b6e5a7e-3c53-4f6c-9d0f-53ad1f1f1a01", "F539 8B7D B7DE 8E9F 8073")
CODE = write_code(Secret(bytes(range(20))))
LONG_NAME = "the-papers-of-the-whole-family-and-the-house"
SIZES = {QPageSize.PageSizeId.A4: "595 x 842", QPageSize.PageSizeId.Letter: "612 x 792"}


def code_sheet() -> Sheet:
    return Sheet("personal", NAMED, "22 Nov 2026", Secret.from_text(CODE))


def share_sheets() -> list[Sheet]:
    shares = split_secret(Secret(bytes(range(32))), threshold=2, shares=3)
    return [Sheet(LONG_NAME, NAMED, "22 Nov 2026", share.words, share.index + 1, 3, 2) for share in shares]


def ran(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def qr_texts(pdf: Path) -> list[str]:
    """What a scanner reads from the pages as a coarse printer would bring them to paper, 150 dots an inch."""
    ran("pdftoppm", "-r", "150", "-gray", "-png", str(pdf), str(pdf.with_suffix("")))
    pages = sorted(pdf.parent.glob(f"{pdf.stem}-*.png"))
    return [ran("zbarimg", "--quiet", "--raw", str(page)).strip() for page in pages]


@pytest.mark.parametrize("size", SIZES)
def test_the_sheet_of_a_code_is_one_page_that_others_read(
    qapp: QApplication, tmp_path: Path, size: QPageSize.PageSizeId
) -> None:
    pdf = tmp_path / "sheet.pdf"
    pdf.write_bytes(sheets_as_pdf([code_sheet()], size=size).reveal())
    facts = ran("pdfinfo", str(pdf))
    assert re.search(r"Pages:\s+1\n", facts)
    assert SIZES[size] in re.sub(r"\.\d+", "", facts)
    text = ran("pdftotext", "-layout", str(pdf), "-")
    assert re.findall(r"\b[0-9A-Z]{4}\b(?=\s{3,}|\n)", text.split("Vault id")[0]) == CODE.split("-")
    for fact in (
        "personal",
        NAMED.vault_id,
        NAMED.fingerprint,
        "22 Nov 2026",
        "does not replace the vault",
        "(Apache-2.0)",
        "(SQLCipher 4)",
    ):
        assert fact in text
    assert qr_texts(pdf) == [CODE]


def test_the_sheets_of_shares_have_every_word_in_its_place(qapp: QApplication, tmp_path: Path) -> None:
    sheets, pdf = share_sheets(), tmp_path / "shares.pdf"
    pdf.write_bytes(sheets_as_pdf(sheets).reveal())
    pages = ran("pdftotext", "-layout", str(pdf), "-").split("\f")[:-1]
    assert len(pages) == 3
    for sheet, page in zip(sheets, pages, strict=True):
        assert f"Recovery share {sheet.number} of 3" in page
        assert LONG_NAME in page
        assert "does not replace the vault" in page
        assert "AWS Encryption SDK" in page  # the last line is on it: nothing fell off the page
        words = {
            int(number): word
            for number, word in re.findall(r"\b(\d{1,2})\s+([a-z]{4,8})\b", page.split("Vault id")[0])
        }
        assert [words[number] for number in range(1, 34)] == sheet.text.text().split()
    assert qr_texts(pdf) == [sheet.text.text() for sheet in sheets]


def test_a_sheet_is_private_and_overwrites_nothing(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    path = tmp_path / "sheet.pdf"
    save_sheet(code_sheet(), str(path))
    assert path.read_bytes().startswith(b"%PDF-")
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert list((tmp_path / "tmp").iterdir()) == []
    with pytest.raises(OutputExists):
        save_sheet(code_sheet(), str(path))


def test_a_sheet_that_did_not_fit_on_the_disk_is_gone(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull):
        save_sheet(code_sheet(), str(tmp_path / "sheet.pdf"))
    assert not (tmp_path / "sheet.pdf").exists()


def test_the_print_dialog_makes_no_file_that_everyone_reads(
    qapp: QApplication, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    offered: list[bool] = []

    def give_up(dialog: QPrintDialog) -> int:
        offered.append(dialog.testOption(QPrintDialog.PrintDialogOption.PrintToFile))
        return 0

    monkeypatch.setattr(QPrintDialog, "exec", give_up)
    assert "no printer" in print_sheets(parent, [code_sheet()])
    monkeypatch.setattr(QPrinterInfo, "availablePrinterNames", lambda: ["Laser"])
    assert print_sheets(parent, [code_sheet()]) == ""
    assert offered == [False]
