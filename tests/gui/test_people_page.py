"""The page People over a real vault: somebody added, compared, renamed, removed; one's own key given away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from signet.gui.drop import Act, offers
from signet.gui.pages.people import PeoplePage
from signet.gui.pages.people_add import AddForm
from signet.gui.pages.people_changes import NameForm, SureForm
from signet.gui.pages.people_model import Column
from signet.gui.pages.share_key import ShareForm
from signet.keys.spec import KeySpec
from signet.services import keys, people
from signet.services.people_reading import keys_in_files
from signet.services.prompt import SecretKind
from support.clock import SettableClock
from support.person_keys import AGE, EC_CERTIFICATE, EC_PEM
from support.window import DeskInTest, choose_file, nameless_controls, open_desk


@pytest.fixture
def desk(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[DeskInTest]:
    clock = SettableClock(datetime(2026, 5, 3, 12, tzinfo=UTC))
    with open_desk(qapp, qtbot, tmp_path, clock) as made:
        yield made


@pytest.fixture
def page(desk: DeskInTest) -> Iterator[PeoplePage]:
    made = PeoplePage(desk.desk, desk.tasks, desk.theme)
    desk.qtbot.addWidget(made)
    made.resize(900, 600)
    made.show()
    yield made
    desk.qtbot.waitUntil(lambda: not desk.tasks.busy)


def button(page: PeoplePage, name: str) -> QPushButton:
    return next(each for each in page.findChildren(QPushButton) if each.accessibleName().startswith(name))


def test_a_whole_acquaintance(desk: DeskInTest, page: PeoplePage, tmp_path: Path) -> None:
    """Added by a dropped file and by pasting, compared, renamed, removed; presence is asked for when it is due."""
    qtbot = desk.qtbot
    card = tmp_path / "anything"
    card.write_text(EC_CERTIFICATE)
    assert page.nobody.isVisible()
    page.take([str(card)])
    first = page.panel.form
    assert isinstance(first, AddForm)
    qtbot.waitUntil(lambda: first.name.text() == "Anna Tamm")
    first.paste.setPlainText("-----BEGIN PRIVATE KEY-----")
    qtbot.waitUntil(lambda: first.banner.title == "That is a private key")
    assert first.paste.toPlainText() == ""
    assert not first.add_button.isEnabled()
    page.take([str(card)])
    form = page.panel.form
    assert isinstance(form, AddForm)
    qtbot.waitUntil(form.add_button.isEnabled)
    assert nameless_controls(page) == []
    desk.vault.workplace.clock.advance(3600)  # type: ignore[attr-defined]
    QTest.keyClick(form.name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(page.model.shown) == 1 and page.panel.details is not None)
    assert [each.request.kind for each in desk.questions if each.request] == [SecretKind.RECOVERY_CODE]
    assert page.model.index(0, Column.COMPARED).data() == "Not compared"
    (anna,) = people.list_people(desk.session)
    assert anna.name == "Anna Tamm"

    QTest.keyClick(page.table, Qt.Key.Key_Return)
    QTest.mouseClick(button(page, "The fingerprint is the same"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.model.index(0, Column.COMPARED).data() == "Compared")
    details = page.panel.details
    assert details is not None
    said = " ".join(each.text() for each in details.findChildren(type(page.banner._title)))
    assert "You compared the fingerprint on 3 May 2026." in said
    assert page.panel.take_back.isVisible()

    page.panel.add_key.trigger()
    more = page.panel.form
    assert isinstance(more, AddForm)
    more.paste.setPlainText(AGE)
    qtbot.waitUntil(more.add_button.isEnabled)
    more.add_button.click()
    qtbot.waitUntil(lambda: page.model.index(0, Column.COMPARED).data() == "Partly compared")

    page.panel.rename.trigger()
    name = page.panel.form
    assert isinstance(name, NameForm)
    name.name.setText("Anna Kask")
    name.note.setPlainText("from the choir")
    name.save.click()
    qtbot.waitUntil(lambda: page.model.shown[0].name == "Anna Kask" and page.model.shown[0].note != "")
    page.search.setText("choir")
    assert len(page.model.shown) == 1
    page.search.setText("orchestra")
    assert page.nothing.isVisible()
    page.search.clear()

    page.panel.take_back.trigger()
    qtbot.waitUntil(lambda: page.model.index(0, Column.COMPARED).data() == "Not compared")
    button(page, "Remove the key").click()
    sure = page.panel.form
    assert isinstance(sure, SureForm)
    sure.button.click()
    qtbot.waitUntil(lambda: len(page.model.shown[0].keys) == 1)
    page.panel.remove.trigger()
    qtbot.waitUntil(lambda: isinstance(page.panel.form, SureForm))
    sure = page.panel.form
    assert isinstance(sure, SureForm)
    QTest.keyClick(sure, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: page.panel.details is not None)
    page.panel.remove.trigger()
    qtbot.waitUntil(lambda: isinstance(page.panel.form, SureForm))
    sure = page.panel.form
    assert isinstance(sure, SureForm)
    sure.button.click()
    qtbot.waitUntil(page.nobody.isVisible)
    assert page.panel.isHidden()


def test_ones_own_key_is_given_away_and_is_the_same_in_another_vault(
    desk: DeskInTest, page: PeoplePage, tmp_path: Path
) -> None:
    qtbot = desk.qtbot
    page.share_button.click()
    qtbot.waitUntil(lambda: isinstance(page.panel.form, ShareForm))
    assert [each.text() for each in page.panel.findChildren(QPushButton) if each.text()] == []
    page.panel.close_panel()
    for name, spec in (("signing", KeySpec.ECC_NIST_EDWARDS25519), ("letters", KeySpec.X25519)):
        keys.create_key(desk.session, name, spec=spec)
    page.share_button.click()
    qtbot.waitUntil(lambda: isinstance(page.panel.form, ShareForm) and page.panel.form.shared is not None)
    form = page.panel.form
    assert isinstance(form, ShareForm)
    assert [form.choice.itemText(place) for place in range(2)] == ["letters", "signing"]
    form.copy_button.click()
    copied = QGuiApplication.clipboard().text()
    assert copied.startswith("age1")
    form.choice.setCurrentIndex(1)
    qtbot.waitUntil(lambda: form.shared is not None and form.shared.key.alias == "signing")
    form.save_button.click()
    choose_file(qtbot, form, tmp_path / "mine")
    qtbot.waitUntil((tmp_path / "mine").exists)
    (part,) = keys_in_files([str(tmp_path / "mine")])
    assert form.shared is not None
    assert people.grouped(part.fingerprint) == form.shared.fingerprint
    qtbot.waitUntil(lambda: "was saved" in page.banner.title)


def test_locking_takes_everybody_from_the_screen(desk: DeskInTest, page: PeoplePage, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(EC_PEM)
    people.add_person(desk.session, "Anna", keys_in_files([str(tmp_path / "key")]))
    page.reload()
    desk.qtbot.waitUntil(lambda: len(page.model.shown) == 1)
    desk.desk.lock("")
    assert page.model.shown == []
    assert page.panel.isHidden()


def test_files_that_look_like_keys_are_offered_to_people() -> None:
    assert offers(["/a/anna.pem", "/a/ANNA.CRT"])[0].act is Act.ADD_PERSON
    assert Act.ADD_PERSON not in [offer.act for offer in offers(["/a/anna.pem", "/a/letter.txt"])]
