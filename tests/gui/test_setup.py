"""The set-up assistant, by keyboard, with a real SoftHSM: vaults made whole, and nothing left on Cancel."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from signet.formats.header import MethodKind
from signet.gui.setup.assistant import SetupAssistant
from signet.gui.setup.plan import FIRST_KEY, First, Second
from signet.gui.setup.step import Step
from signet.services.attention import Concern, needs_attention
from signet.services.keys import list_keys
from signet.services.session import Session
from signet.store.settings import read_settings
from support.clock import SettableClock
from support.locked import PASSPHRASE, PIN, Counter, counter, make_token, places_in
from support.window import nameless_controls

SHORT, LONG = 5_000, 30_000


@pytest.fixture
def at(qapp: QApplication, qtbot: QtBot, tmp_path: Path, clock: SettableClock) -> Iterator[Counter]:
    with counter(qapp, qtbot, places_in(tmp_path), clock, vault=False) as made:
        yield made


def assistant_of(at: Counter) -> SetupAssistant:
    assistant = SetupAssistant(at.desk, at.tasks, at.theme)
    at.qtbot.addWidget(assistant)
    assistant.resize(1200, 760)
    assistant.show()
    at.qtbot.waitExposed(assistant)
    return assistant


def enter(assistant: SetupAssistant) -> None:
    """Press Enter wherever the focus is."""
    QTest.keyClick(QApplication.focusWidget() or assistant, Qt.Key.Key_Return)


def type_in(widget: QWidget, text: str) -> None:
    QTest.keyClicks(widget, text)


def wait_step(at: Counter, assistant: SetupAssistant, step: Step) -> None:
    at.qtbot.waitUntil(lambda: assistant.step is step, timeout=LONG)


def up_to_second(at: Counter, assistant: SetupAssistant, first: First) -> None:
    """Choose the first way in and the name, by keyboard."""
    card = assistant.first.cards[first]
    card.setFocus()
    QTest.keyClick(card, Qt.Key.Key_Space)
    enter(assistant)
    step = assistant.software if first is First.SOFTWARE else assistant.passphrase
    wait_step(at, assistant, step)
    secret = PIN if first is First.SOFTWARE else PASSPHRASE
    at.qtbot.waitUntil(lambda: QApplication.focusWidget() is step.fields.secret, timeout=SHORT)
    type_in(step.fields.secret, secret)
    enter(assistant)
    type_in(step.fields.again, secret)
    enter(assistant)
    wait_step(at, assistant, assistant.place)
    enter(assistant)
    wait_step(at, assistant, assistant.second)


def shown_code(at: Counter, assistant: SetupAssistant) -> str:
    view = assistant.making.code
    at.qtbot.waitUntil(view.isVisible, timeout=LONG)
    return "".join(group.text() for group in view._groups)


def wait_open(at: Counter) -> Session:
    at.qtbot.waitUntil(lambda: at.desk.session is not None, timeout=LONG)
    session = at.desk.session
    assert session is not None
    return session


def left_behind(at: Counter) -> list[str]:
    """What lies in the data folder: vaults, hidden folders, software tokens."""
    data = Path(at.places.data)
    tokens = [path.name for path in at.tokens.iterdir()] if at.tokens.is_dir() else []
    others = [path.name for path in data.iterdir() if path.name != "software-tokens"] if data.is_dir() else []
    return others + tokens


def test_a_vault_with_a_software_token_is_made_by_keyboard_alone(at: Counter) -> None:
    assistant = assistant_of(at)
    up_to_second(at, assistant, First.SOFTWARE)
    enter(assistant)
    code = shown_code(at, assistant)
    view = assistant.making.code
    at.qtbot.waitUntil(lambda: QApplication.focusWidget() is view.have_it, timeout=SHORT)
    enter(assistant)
    assert [group.text() for group in view._groups] == [""] * 9
    at.qtbot.waitUntil(lambda: QApplication.focusWidget() is view.field, timeout=SHORT)
    type_in(view.field, code)
    enter(assistant)
    wait_step(at, assistant, assistant.backup)
    assert "ready" in assistant.backup.banner.title
    with at.qtbot.waitSignal(assistant.finished):
        assistant.backup.skip.setFocus()
        enter(assistant)
    session = wait_open(at)
    assert [method.kind for method in session.header.methods] == [MethodKind.TOKEN, MethodKind.RECOVERY_CODE]
    assert [key.alias for key in list_keys(session)] == [FIRST_KEY]
    assert read_settings(at.places.settings).default_key == FIRST_KEY
    assert at.desk.workplace.settings.default_key == FIRST_KEY
    assert {attention.concern for attention in needs_attention(session)} == {Concern.NO_BACKUP_ELSEWHERE}


def test_giving_up_at_the_recovery_code_leaves_nothing_behind(at: Counter) -> None:
    assistant = assistant_of(at)
    up_to_second(at, assistant, First.SOFTWARE)
    enter(assistant)
    shown_code(at, assistant)
    QTest.keyClick(assistant, Qt.Key.Key_Escape)
    wait_step(at, assistant, assistant.second)
    at.qtbot.waitUntil(lambda: not at.tasks.busy, timeout=LONG)
    assert left_behind(at) == []
    assert at.desk.session is None
    assert all(group.text() == "" for group in assistant.making.code._groups)
    with at.qtbot.waitSignal(assistant.cancelled):
        assistant.cancel.click()
    assert assistant.plan.secret is None


def test_cancelling_while_the_vault_is_made_leaves_nothing_behind(at: Counter) -> None:
    assistant = assistant_of(at)
    up_to_second(at, assistant, First.SOFTWARE)
    enter(assistant)
    with at.qtbot.waitSignal(assistant.cancelled, timeout=LONG):
        assistant.cancel.click()
    assert assistant.step is assistant.first
    assert left_behind(at) == []
    assert not assistant.making.code.isVisible()


def test_passphrase_code_file_and_backup_elsewhere(at: Counter, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    assistant = assistant_of(at)
    up_to_second(at, assistant, First.PASSPHRASE)
    assistant.second.cards[Second.CODE_FILE].click()
    file = tmp_path / "code.txt"
    assistant.second.file.setText(str(file))
    enter(assistant)
    wait_step(at, assistant, assistant.backup)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assistant.backup.folder.setText(str(tmp_path / "nowhere"))
    assistant.go_on.click()
    assert assistant.backup.note.text() == "There is no such folder."
    assistant.backup.folder.setText(str(stick))
    assistant.go_on.click()
    session = wait_open(at)
    assert len(list(stick.iterdir())) == 1
    assert {attention.concern for attention in needs_attention(session)} == {Concern.SAVED_CODE}
    file.unlink()
    assert needs_attention(session) == ()


def test_a_recovery_code_is_typed_not_pasted(at: Counter, tmp_path: Path) -> None:
    assistant = assistant_of(at)
    up_to_second(at, assistant, First.PASSPHRASE)
    enter(assistant)
    code = shown_code(at, assistant)
    view = assistant.making.code
    view.save_to(str(tmp_path / "sheet.pdf"))
    view.have_it.click()
    QGuiApplication.clipboard().setText(code)
    view.field.paste()
    assert view.field.text() == ""
    assert "Pasting would prove nothing" in view.note.text()
    wrong = "0" if code[0] != "0" else "1"
    type_in(view.field, wrong + code[1:])
    assert "typing mistake" in view.note.text()
    assert not view.check.isEnabled()
    view.show_again.click()
    assert "".join(group.text() for group in view._groups) == code
    view.have_it.click()
    type_in(view.field, code)
    enter(assistant)
    wait_step(at, assistant, assistant.backup)
    assistant.backup.skip.click()
    saved = [attention.path for attention in needs_attention(wait_open(at)) if attention.path]
    assert saved == [str(tmp_path / "sheet.pdf")]


def test_what_will_not_do_is_told_beside_the_field(at: Counter, tmp_path: Path) -> None:
    assistant = assistant_of(at)
    assistant.first.cards[First.PASSPHRASE].click()
    assistant.go_on.click()
    fields = assistant.passphrase.fields
    type_in(fields.secret, "short")
    type_in(fields.again, "short")
    assistant.go_on.click()
    assert fields.note.text() == "It needs at least 8 characters."
    type_in(fields.secret, " but longer")
    type_in(fields.again, " but other")
    assistant.go_on.click()
    assert "not the same" in fields.note.text()
    type_in(fields.again, "short but longer")
    assistant.go_on.click()
    place = assistant.place
    for name, folder, why in (
        ("a/b", str(tmp_path), "has no “/”"),
        ("mine", "relative", "whole path"),
        ("taken", str(tmp_path), "already"),
    ):
        (tmp_path / "taken.signet").mkdir(exist_ok=True)
        place.vault_name.setText(name)
        place.folder.setText(folder)
        assistant.go_on.click()
        assert why in place.note.text()
        assert assistant.step is place
    place.vault_name.setText("free")
    place.folder.setText(str(tmp_path))
    assistant.go_on.click()
    assistant.second.cards[Second.CODE_FILE].click()
    assistant.second.file.setText(str(tmp_path / "taken.signet"))
    assistant.go_on.click()
    assert "already" in assistant.second.note.text()
    QTest.keyClick(assistant, Qt.Key.Key_Escape)
    assert assistant.step is place


def test_two_cards_are_tried_for_real_and_make_a_vault(at: Counter, clock: SettableClock) -> None:
    first = make_token(at.places, clock, label="One")
    second = make_token(at.places, clock, label="Two")
    assistant = assistant_of(at)
    assistant.go_on.click()
    picker = assistant.card.picker
    at.qtbot.waitUntil(lambda: len(picker._cards) == 2, timeout=LONG)
    picker._cards[first.module, first.serial].click()
    type_in(picker.pin, "000000")
    assistant.go_on.click()
    at.qtbot.waitUntil(lambda: "That is not the PIN" in picker.note.text(), timeout=LONG)
    type_in(picker.pin, "000000")
    assistant.go_on.click()
    assert "not sent again" in picker.note.text()
    picker.pin.clear()
    type_in(picker.pin, PIN)
    enter(assistant)
    wait_step(at, assistant, assistant.place)
    assert picker._cards[first.module, first.serial].accessibleDescription() == "Tested: can unlock, can sign"
    assistant.go_on.click()
    assistant.second.cards[Second.CARD].click()
    other = assistant.second.picker
    at.qtbot.waitUntil(lambda: [place[1] for place in other._cards] == [second.serial], timeout=LONG)
    type_in(other.pin, PIN)
    assistant.go_on.click()
    wait_step(at, assistant, assistant.backup)
    assistant.backup.skip.click()
    assert [method.label for method in wait_open(at).header.methods] == [first.label, second.label]


def test_card_software_that_is_not_found_can_be_named(at: Counter) -> None:
    assistant = assistant_of(at)
    assistant.go_on.click()
    picker = assistant.card.picker
    at.qtbot.waitUntil(lambda: "No card is there" in picker.none.text(), timeout=LONG)
    picker.not_listed.click()
    picker.module.setText("/no/such/module.so")
    picker.use_module.click()
    at.qtbot.waitUntil(lambda: "no PKCS#11 module at /no/such/module.so" in picker.note.text(), timeout=LONG)
    assert at.desk.workplace.settings.modules == ()
    assistant.card.passphrase.click()
    assert assistant.step is assistant.passphrase


def test_every_control_of_every_step_has_a_name(at: Counter) -> None:
    assert nameless_controls(assistant_of(at)) == []
