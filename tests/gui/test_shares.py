"""Recovery shares in the window: made on Cards & recovery, tested there, asked for where a service wants one."""

from __future__ import annotations

import re
import subprocess
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from signet.errors import ShareMalformed
from signet.formats.header import MethodKind
from signet.gui.pages.cards import CardsPage
from signet.gui.pages.cards_add import AddPanel, Kind
from signet.gui.pages.cards_shares import SharesForm
from signet.gui.pages.cards_test import TestPanel
from signet.gui.prompt import Asked, Question, WindowPrompt
from signet.secret import Secret
from signet.services.opening import open_vault
from signet.services.presenting import Selection
from signet.services.prompt import SecretKind, SecretRequest
from support.locked import PIN, Counter
from support.window import nameless_controls

LONG = 30_000


@pytest.fixture
def at(locked: Counter) -> Counter:
    with locked.prompt.prepared({SecretKind.PIN: Secret.from_text(PIN)}):
        locked.desk.open(open_vault(locked.desk.workplace, str(locked.path), selection=Selection()))
    return locked


def page_of(at: Counter) -> CardsPage:
    page = CardsPage(at.desk, at.tasks, at.theme)
    at.qtbot.addWidget(page)
    page.resize(1000, 728)
    page.show()
    at.qtbot.waitUntil(lambda: page._look is not None, timeout=LONG)
    return page


def panel_of(page: CardsPage) -> AddPanel:
    page.open_add(Kind.SHARES)
    assert isinstance(page.body, AddPanel)
    return page.body


def add(at: Counter, page: CardsPage, folder: Path) -> list[str]:
    """Add 2 of 3 shares in the window; return the sheets."""
    panel = panel_of(page)
    panel.shares.folder.setText(str(folder))
    QTest.keyClicks(panel.proof.entry.secret, PIN)
    QTest.keyClick(panel.proof.entry.secret, Qt.Key.Key_Return)
    at.qtbot.waitUntil(lambda: panel.made.isVisible() or panel.banner.isVisible(), timeout=LONG)
    return [read_sheet(file) for file in sorted(folder.glob("recovery-share-*.pdf"))]


def read_sheet(file: Path) -> str:
    """The words of a share as somebody reads them from its sheet, by their numbers."""
    if not file.read_bytes().startswith(b"%PDF-"):
        return file.read_text()
    text = subprocess.run(["pdftotext", "-layout", str(file), "-"], check=True, capture_output=True, text=True).stdout
    words = {
        int(number): word for number, word in re.findall(r"\b(\d{1,2})\s+([a-z]{4,8})\b", text.split("Vault id")[0])
    }
    return " ".join(words[number] for number in range(1, 34))


def test_shares_are_added_and_open_the_vault(at: Counter, tmp_path: Path) -> None:
    page = page_of(at)
    sheets = add(at, page, tmp_path / "sheets")
    panel = page.body
    assert isinstance(panel, AddPanel)
    assert panel.sentence.text() == "“Recovery shares (2 of 3)” opens the vault now."
    assert nameless_controls(page) == []
    held = panel._sheets
    assert held is not None
    assert [sheet.text.text() for sheet in held.sheets] == sheets
    panel.made.done.click()
    assert page.result.title == "“Recovery shares (2 of 3)” opens the vault now."
    assert held.sheets == []
    assert len(sheets) == 3
    at.qtbot.waitUntil(lambda: "Recovery shares (2 of 3)" in [row.label for row in page.rows.shown], timeout=LONG)
    assert nameless_controls(page) == []
    way = next(row.id for row in page.rows.shown if row.kind is MethodKind.RECOVERY_SHARES)
    at.desk.lock("")
    with at.prompt.prepared({SecretKind.RECOVERY_SHARE: Secret.from_text("\n".join(sheets[1:]))}):
        with open_vault(at.desk.workplace, str(at.path), selection=Selection(method_id=way)) as session:
            assert session.method.id == way


def test_sheets_are_never_written_over_others(at: Counter, tmp_path: Path) -> None:
    page = page_of(at)
    (tmp_path / "sheets").mkdir()
    (tmp_path / "sheets" / "recovery-share-2-of-3.pdf").write_text("older")
    assert add(at, page, tmp_path / "sheets") == ["older"]
    assert page.body is not None
    assert not page.result.isVisible()
    assert at.desk.session is not None
    assert len(at.desk.session.header.methods) == 2


def test_the_sheets_are_tested_on_the_page(at: Counter, tmp_path: Path) -> None:
    page = page_of(at)
    sheets = add(at, page, tmp_path / "sheets")
    at.qtbot.waitUntil(lambda: len(page.rows.shown) == 3, timeout=LONG)
    page.open_test(next(row.id for row in page.rows.shown if row.kind is MethodKind.RECOVERY_SHARES))
    panel = page.body
    assert isinstance(panel, TestPanel)
    field = panel.proof.entry.share
    at.qtbot.waitUntil(field.isVisible, timeout=LONG)
    assert nameless_controls(page) == []
    for sheet in (sheets[2], sheets[0]):
        assert not panel.go.isEnabled()
        QTest.keyClicks(field, sheet)
    at.qtbot.waitUntil(panel.go.isEnabled, timeout=LONG)
    panel.go.click()
    at.qtbot.waitUntil(lambda: page.result.isVisible() and "opens the vault." in page.result.title, timeout=LONG)


def test_the_numbers_follow_each_other(qtbot: QtBot) -> None:
    form = SharesForm("personal")
    qtbot.addWidget(form)
    assert (form.needed.value(), form.sheets.value(), form.ready) == (2, 3, True)
    form.needed.setValue(5)
    assert (form.needed.value(), form.sheets.value()) == (5, 5)
    form.sheets.setValue(4)
    assert (form.needed.value(), form.sheets.value()) == (4, 4)
    form.take_folder(" ")
    assert not form.ready
    form.take_folder("~/sheets")
    made, sheets = form.chosen()
    assert sheets.sheets == []
    assert (made.threshold, made.shares, made.folder) == (4, 4, str(Path.home() / "sheets"))
    assert nameless_controls(form) == []


def test_what_cannot_be_right_is_asked_for_again_with_the_reason(qtbot: QtBot) -> None:
    """A service that wants a share, where no page has prepared one."""
    prompt = WindowPrompt()
    asked: list[Question] = []
    prompt.asked.connect(asked.append)
    answers: list[Secret] = []

    def check(text: Secret) -> None:
        if text.text() != "right":
            raise ShareMalformed(reason="it has 1 words, and a share has 33")

    request = SecretRequest(SecretKind.RECOVERY_SHARE, "recovery share (1 of 2)", long=True, check=check)
    worker = threading.Thread(target=lambda: answers.append(prompt.secret(request)), daemon=True)
    worker.start()
    qtbot.waitUntil(lambda: len(asked) == 1, timeout=LONG)
    wrong = Secret.from_text("wrong")
    asked[0].answer(wrong)
    qtbot.waitUntil(lambda: len(asked) == 2, timeout=LONG)
    assert asked[1].asked is Asked.SECRET
    assert asked[1].request is not None
    assert "it has 1 words" in asked[1].request.warning
    assert set(wrong.reveal()) == {0}
    asked[1].answer(Secret.from_text("right"))
    worker.join(LONG)
    assert answers == [Secret.from_text("right")]
    prompt.close()
