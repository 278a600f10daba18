"""For someone without Signet, in the window: a passphrase typed or made up, shown once, wiped; asked for later."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from signet.crypto.age_recipients import PassphraseRecipient
from signet.gui.pages.files import FilesPage
from signet.gui.pages.files_inspect import AgeBody
from signet.gui.pages.files_outside import OutsideForm
from signet.services.job import JobState
from support.clock import SettableClock
from support.pdf import tiny_pdf
from support.window import DeskInTest, nameless_controls, open_desk


@pytest.fixture
def opened(qapp: QApplication, qtbot: QtBot, tmp_path: Path, clock: SettableClock) -> Iterator[DeskInTest]:
    with open_desk(qapp, qtbot, tmp_path, clock) as made:
        yield made


def test_a_file_for_someone_without_signet_is_made_and_opens_again(
    opened: DeskInTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PassphraseRecipient.__init__, "__kwdefaults__", {"work_factor": 10})
    page = FilesPage(opened.desk, opened.tasks, opened.theme)
    opened.qtbot.addWidget(page)
    page.show()
    pdf, letter = tmp_path / "a.pdf", tmp_path / "letter"
    pdf.write_bytes(tiny_pdf(1))
    letter.write_bytes(b"dear")

    page.outside.open(str(pdf))
    opened.qtbot.waitUntil(lambda: page.panel.form is not None, timeout=20_000)
    form = page.panel.form
    assert isinstance(form, OutsideForm)
    assert form.pdf.isChecked()
    assert nameless_controls(form) == []
    page.outside.open(str(letter))
    opened.qtbot.waitUntil(lambda: page.panel.form not in (None, form), timeout=20_000)
    form = page.panel.form
    assert isinstance(form, OutsideForm)
    assert not form.pdf.isVisible()
    form.passphrase.setText("correct horse")
    form.again.setText("correct hors")
    assert not form.make_button.isEnabled()
    form.make_up.click()
    secret = form.passphrase.text()
    assert form.shown.text() == secret
    form.copy_button.click()
    assert QApplication.clipboard().text() == secret
    opened.desk.clipboard.clear()
    form.make_button.click()
    opened.qtbot.waitUntil(form.folder_button.isVisible, timeout=30_000)
    assert (tmp_path / "how-to-open-letter.age.html").exists()
    assert form.passphrase.text() == ""
    kept = form._kept
    assert kept is not None
    page.outside.open(str(letter))
    opened.qtbot.waitUntil(lambda: page.panel.form not in (None, form), timeout=20_000)
    opened.qtbot.waitUntil(lambda: not any(kept.reveal()), timeout=20_000)

    again = page.panel.form
    assert isinstance(again, OutsideForm)
    again.passphrase.setText(secret)
    again.again.setText(secret)
    again.make_button.click()
    opened.qtbot.waitUntil(again.banner.isVisible, timeout=30_000)
    assert "letter.age" in again.banner.sentence

    page.inspect(str(tmp_path / "letter.age"))
    opened.qtbot.waitUntil(lambda: bool(page.panel.findChildren(AgeBody)), timeout=20_000)
    shown = [each.text() for each in page.panel.findChildren(QLabel)]
    assert "A passphrase" in shown

    letter.unlink()
    asked: list[str] = []

    def answer(question: object) -> bool:
        from signet.gui.prompt import Question
        from signet.secret import Secret

        assert isinstance(question, Question)
        assert question.request is not None
        asked.append(question.request.warning)
        question.answer(Secret.from_text(secret if len(asked) > 1 else "wrong one"))
        return True

    opened.prompt.take_over(answer)
    page.take("", [str(tmp_path / "letter.age")])
    opened.qtbot.waitUntil(letter.exists, timeout=30_000)
    assert letter.read_bytes() == b"dear"
    assert asked[0] == ""
    assert "does not open this file" in asked[1]
    opened.qtbot.waitUntil(lambda: page.board.jobs.all()[-1].state is JobState.DONE, timeout=20_000)
