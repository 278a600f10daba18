"""Keys made read only, deleted, kept, destroyed, named and tagged in the panel of the page Keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from signet.errors import KeyNotFound
from signet.gui.book import Book
from signet.gui.pages.cards import CardsPage
from signet.gui.pages.cards_verdict import DELETIONS, concern_words
from signet.gui.pages.key_deletion import DestroyForm, ScheduleForm
from signet.gui.pages.key_deletion_section import DeletionSection
from signet.gui.pages.key_labels import LabelsForm
from signet.gui.pages.keys import KeysPage
from signet.keys.spec import KeySpec
from signet.keys.state import KeyState
from signet.services import files, keys
from signet.services.attention import Attention
from signet.services.deletion import pending_deletion, schedule_deletion
from signet.services.key_names import tag_key
from signet.services.session import PRESENCE_SECONDS
from support.clock import SettableClock
from support.window import DeskInTest, nameless_controls, open_desk

AES = KeySpec.SYMMETRIC_DEFAULT
DAY = 24 * 3600.0


@pytest.fixture
def opened(qapp: QApplication, qtbot: QtBot, tmp_path: Path, clock: SettableClock) -> Iterator[DeskInTest]:
    with open_desk(qapp, qtbot, tmp_path, clock) as made:
        yield made


def show(opened: DeskInTest, alias: str) -> KeysPage:
    """The page with one key selected and its details read."""
    page = KeysPage(opened.desk, opened.tasks, opened.theme)
    opened.qtbot.addWidget(page)
    page.resize(988, 728)
    page.show()
    opened.qtbot.waitExposed(page)
    key = keys.find_key(opened.session, alias)
    opened.qtbot.waitUntil(lambda: page.model.place_of(key.id) >= 0)
    page.select(key.id)
    opened.qtbot.waitUntil(lambda: page.panel.details is not None)
    return page


def state_of(opened: DeskInTest, alias: str) -> KeyState:
    return keys.find_key(opened.session, alias).state


def section(page: KeysPage) -> DeletionSection:
    found = page.panel.findChild(DeletionSection)
    assert isinstance(found, DeletionSection)
    return found


def test_a_key_is_made_read_only_and_used_again(opened: DeskInTest) -> None:
    keys.create_key(opened.session, "papers", spec=AES)
    page = show(opened, "papers")
    page.panel.menu.do("archive")
    opened.qtbot.waitUntil(lambda: state_of(opened, "papers") is KeyState.ARCHIVED)
    opened.qtbot.waitUntil(lambda: page.panel.details is not None and page.panel.details.second.text() == "Enable")
    assert page.banner.title == "“papers” is read only"
    assert page.panel.details is not None
    page.panel.details.second.click()
    opened.qtbot.waitUntil(lambda: state_of(opened, "papers") is KeyState.ENABLED)


def test_a_key_with_files_is_deleted_by_keyboard_kept_and_after_its_date_destroyed_by_its_name(
    opened: DeskInTest, clock: SettableClock, tmp_path: Path
) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("dear")
    key = keys.create_key(opened.session, "papers", spec=AES)
    files.encrypt_files(opened.session, [str(letter)], key="papers")
    clock.advance(PRESENCE_SECONDS + 1)
    page = show(opened, "papers")
    details = page.panel.details
    assert details is not None
    page.panel.focus_actions()
    QTest.keyClick(details, Qt.Key.Key_Delete, Qt.KeyboardModifier.ControlModifier)
    form = page.panel.form
    assert isinstance(form, ScheduleForm)
    opened.qtbot.waitUntil(form.go.isEnabled)
    assert form.stake.sentences[0] == "One known file is encrypted with it, and cannot be opened without it:"
    assert nameless_controls(page) == []
    form.days.setValue(7)
    QTest.keyClick(form.go, Qt.Key.Key_Space)
    opened.qtbot.waitUntil(lambda: state_of(opened, "papers") is KeyState.PENDING_DELETION)
    assert opened.questions[-1].request is not None  # the recovery code was asked for, and nothing else
    assert len(opened.questions) == 1
    opened.qtbot.waitUntil(lambda: section(page).isVisible() and "From 29 Nov 2026 on" in section(page).when.text())
    assert page.banner.title == "“papers” is to be deleted"
    assert not section(page).destroy_button.isVisible()
    files.decrypt_files(opened.session, [f"{letter}.esdk"], overwrite=True)
    clock.advance(3000 * DAY)  # a clock that jumps ahead destroys nothing
    opened.desk.note_change()
    opened.qtbot.waitUntil(section(page).destroy_button.isVisible)
    assert section(page).attempts.text().startswith("1 attempt to use it since")
    assert state_of(opened, "papers") is KeyState.PENDING_DELETION
    section(page).destroy_button.click()
    destroy = page.panel.form
    assert isinstance(destroy, DestroyForm)
    opened.qtbot.waitUntil(destroy.name.isVisible)
    destroy.name.setText("paper")
    assert not destroy.go.isEnabled()
    destroy.name.setText("papers")
    QTest.keyClick(destroy.name, Qt.Key.Key_Return)
    opened.qtbot.waitUntil(lambda: page.banner.title == "“papers” is destroyed")
    assert f"Cannot be opened any more: {letter}.esdk." in page.banner.sentence
    with pytest.raises(KeyNotFound):
        keys.find_key(opened.session, key.id)


def test_a_deletion_is_cancelled_and_one_that_is_not_due_says_when(opened: DeskInTest) -> None:
    keys.create_key(opened.session, "papers", spec=AES)
    opened.vault.workplace.prompt = opened.vault.prompt
    schedule_deletion(opened.session, "papers", days=10)
    opened.vault.workplace.prompt = opened.prompt
    page = show(opened, "papers")
    page.panel.menu.do("destroy")
    form = page.panel.form
    assert isinstance(form, DestroyForm)
    opened.qtbot.waitUntil(form.early.isVisible)
    assert form.early.text() == "It can be destroyed from 2 Dec 2026 on, not before."
    assert not form.name.isVisible()
    assert not form.go.isEnabled()
    QTest.keyClick(page.panel, Qt.Key.Key_Escape)
    opened.qtbot.waitUntil(lambda: page.panel.form is None)
    page.panel.menu.do("keep")
    opened.qtbot.waitUntil(lambda: state_of(opened, "papers") is KeyState.DISABLED)
    opened.qtbot.waitUntil(lambda: not section(page).isVisible())
    assert pending_deletion(opened.session, "papers") is None


def test_names_description_and_tags_are_changed_and_a_name_is_taken_from_another_key(opened: DeskInTest) -> None:
    for name in ("papers", "letters"):
        keys.create_key(opened.session, name, spec=AES, description="Line one\nline two")
    tag_key(opened.session, "letters", [("note", "a, b")])
    page = show(opened, "papers")
    page.panel.menu.do("labels")
    form = page.panel.form
    assert isinstance(form, LabelsForm)
    for wrong in ("", "with space"):
        form.names.setText(wrong)
        form.save.click()
        assert form.banner.title == "Please check this"
    form.names.setText("taxes, papers, letters")
    form.tags.setText("year=2026, home")
    form.save.click()
    opened.qtbot.waitUntil(lambda: form.banner.title == "That name is taken")
    assert keys.find_key(opened.session, "papers").aliases == ("papers",)
    take = next(each for each in form.banner.findChildren(QPushButton) if each.text() == "Take it")
    take.click()
    opened.qtbot.waitUntil(lambda: page.banner.title == "“taxes” is saved")
    changed = keys.find_key(opened.session, "letters")
    assert changed.aliases[0] == "taxes"
    assert set(changed.aliases) == {"taxes", "papers", "letters"}
    assert (changed.description, dict(changed.tags)) == ("Line one\nline two", {"home": "", "year": "2026"})
    other = next(key for key in keys.list_keys(opened.session) if key.id != changed.id)
    page.select(other.id)
    page.panel.menu.do("labels")
    second = page.panel.form
    assert isinstance(second, LabelsForm)
    assert second.tags.isReadOnly()  # a comma in a value would become two tags
    second.names.setText("letters-old")
    second.save.click()
    opened.qtbot.waitUntil(lambda: page.banner.title == "“letters-old” is saved")
    assert keys.find_key(opened.session, "letters-old").tags == (("note", "a, b"),)


def test_what_needs_attention_leads_to_the_key(opened: DeskInTest) -> None:
    key = keys.create_key(opened.session, "papers", spec=AES)
    told = Attention(DELETIONS[0], key="papers", key_id=key.id, when="2026-12-01T12:00:00Z", count=2)
    for concern in DELETIONS:
        title, sentence = concern_words(replace(told, concern=concern), opened.vault.workplace.clock.now())
        assert "papers" in title
        assert "2 attempts to use it" in sentence
        assert "1 Dec 2026" in sentence
    book = Book(opened.desk, opened.tasks, opened.theme)
    cards = book.page("cards")
    assert isinstance(cards, CardsPage)
    opened.qtbot.addWidget(cards)
    opened.qtbot.waitUntil(lambda: cards.look is not None)
    assert cards.look is not None
    cards.concerns.show_look(replace(cards.look, attention=(told,)))
    button = next(each for each in cards.concerns.findChildren(QPushButton) if each.text() == "Show key")
    with opened.qtbot.waitSignal(book.wanted):
        button.click()
    keys_page = book.page("keys")
    assert isinstance(keys_page, KeysPage)
    opened.qtbot.addWidget(keys_page)
    assert keys_page.choice.current == key.id
