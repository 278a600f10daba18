"""Guarded keys in the window: made, asked for with the job named, given other guards."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from signet.gui.pages.key_guards import EXPLAINED, ONE_LEFT
from signet.gui.pages.keys import KeysPage
from signet.gui.pages.new_key import NewKeyForm
from signet.gui.prompt import Asked
from signet.gui.tasks import TaskContext
from signet.keys.spec import Protection
from signet.services import files, guards, keys
from signet.services.enrolment import NewRecoveryCode
from signet.services.prompt import SecretKind
from support.clock import SettableClock
from support.window import DeskInTest, nameless_controls, open_desk


def show(opened: DeskInTest) -> KeysPage:
    page = KeysPage(opened.desk, opened.tasks, opened.theme)
    opened.qtbot.addWidget(page)
    page.resize(988, 728)
    page.show()
    opened.qtbot.waitExposed(page)
    opened.qtbot.waitUntil(lambda: not page._reader.reading)
    return page


def form_of(page: KeysPage) -> NewKeyForm:
    page.panel.new_key()
    assert isinstance(page.panel.form, NewKeyForm)
    return page.panel.form


def test_a_guarded_key_lives_in_the_window(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, clock: SettableClock
) -> None:
    second = tmp_path / "second.code"
    with open_desk(qapp, qtbot, tmp_path, clock, more=(NewRecoveryCode(str(second)),)) as opened:
        page = show(opened)
        form = form_of(page)
        form.name.setText("secret")
        form.guarded.click()
        form.create_button.click()
        qtbot.waitUntil(lambda: bool(page.model.shown) and page.panel.details is not None)
        (key,) = keys.list_keys(opened.session)
        assert (key.protection, opened.questions) == (Protection.GUARDED, [])
        details = page.panel.details
        assert details is not None
        assert "for each job" in details.chain.words[2]
        assert details.guards._hint.text() == EXPLAINED
        assert nameless_controls(page) == []

        # A job asks, and says what for; who gives up has nothing more than before.
        letter = tmp_path / "letter.txt"
        letter.write_text("dear")
        opened.answers.clear()

        def encrypt(_: TaskContext) -> object:
            return files.encrypt_files(opened.session, [str(letter)], key="secret")

        failures: list[object] = []
        opened.tasks.run(encrypt, done=failures.append, failed=failures.append)
        qtbot.waitUntil(lambda: bool(failures))
        (asked,) = opened.questions
        assert asked.request is not None
        assert asked.request.purpose == "To encrypt a file with “secret”."
        assert not (tmp_path / "letter.txt.esdk").exists()

        # One guard goes, after a question; it comes back by the one that is left.
        opened.answers[SecretKind.OTHER_SECRET] = second.read_text()
        opener, other = opened.session.header.methods
        remove = next(
            button
            for button in details.guards.findChildren(QPushButton)
            if button.accessibleName().startswith(f"Let “{opener.label}” no longer")
        )
        remove.click()
        qtbot.waitUntil(lambda: details.guards._hint.text() == ONE_LEFT)
        assert opened.questions[-1].asked is Asked.CONFIRM
        assert [guard.id for guard in guards.guards_of(opened.session, key)] == [other.id]
        details.guards.menu.actions()[0].trigger()
        qtbot.waitUntil(lambda: details.guards._hint.text() == EXPLAINED)
        asked = opened.questions[-1]
        assert asked.request is not None
        assert asked.request.purpose == f"To let “{opener.label}” guard “secret”."


def test_with_one_guard_to_be_the_form_says_what_is_missing(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, clock: SettableClock
) -> None:
    with open_desk(qapp, qtbot, tmp_path, clock) as opened:
        page = show(opened)
        form = form_of(page)
        assert not form.guarded.isEnabled()
        assert "two cards" in form._guarded_hint.text()
