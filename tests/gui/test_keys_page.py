"""The page Keys, with a real vault behind it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QPushButton
from pytestqt.qtbot import QtBot

from signet.gui.pages.adopt_key import NO_CARD, AdoptForm
from signet.gui.pages.export_key import ExportForm
from signet.gui.pages.keys import KeysPage
from signet.gui.pages.keys_filter import Chip
from signet.gui.pages.keys_snapshot import Column
from signet.gui.pages.new_key import SECOND_KEY, NewKeyForm
from signet.keys.spec import KeySpec, Protection
from signet.keys.state import KeyState
from signet.services import files, keys, tokens
from signet.services.prompt import SecretKind
from signet.services.session import PRESENCE_SECONDS
from signet.store.settings import read_settings
from support.clock import SettableClock
from support.window import DeskInTest, choose_file, nameless_controls, open_desk

AES, P256, ED25519 = KeySpec.SYMMETRIC_DEFAULT, KeySpec.ECC_NIST_P256, KeySpec.ECC_NIST_EDWARDS25519


@pytest.fixture
def opened(qapp: QApplication, qtbot: QtBot, tmp_path: Path, clock: SettableClock) -> Iterator[DeskInTest]:
    with open_desk(qapp, qtbot, tmp_path, clock) as made:
        yield made


def show(opened: DeskInTest) -> KeysPage:
    """The page as it is once it has read the vault."""
    page = KeysPage(opened.desk, opened.tasks, opened.theme)
    opened.qtbot.addWidget(page)
    page.resize(988, 728)
    page.show()
    opened.qtbot.waitExposed(page)
    opened.qtbot.waitUntil(lambda: not page._reader.reading)
    wait_for(opened, page, *(key.alias for key in keys.list_keys(opened.session)))
    return page


def names(page: KeysPage) -> list[str]:
    return [page.model.index(row, Column.NAME).data() for row in range(page.model.rowCount())]


def wait_for(opened: DeskInTest, page: KeysPage, *aliases: str) -> None:
    opened.qtbot.waitUntil(lambda: names(page) == list(aliases))


def form_of(page: KeysPage) -> NewKeyForm | ExportForm:
    form = page.panel.findChild(NewKeyForm) or page.panel.findChild(ExportForm)
    assert isinstance(form, NewKeyForm | ExportForm)
    return form


def make_some(opened: DeskInTest) -> None:
    keys.create_key(opened.session, "papers", spec=AES, tags=(("finance", ""),), description="Tax and bank")
    keys.create_key(opened.session, "contracts", spec=P256)
    keys.create_key(opened.session, "archive", spec=AES)
    keys.disable_key(opened.session, "archive")


def test_keys_are_listed_with_what_is_known_of_them(opened: DeskInTest) -> None:
    make_some(opened)
    page = show(opened)
    assert names(page) == ["archive", "contracts", "papers"]
    assert [page.model.index(row, Column.STATE).data() for row in range(3)] == ["Disabled", "Enabled", "Enabled"]
    assert page.model.counts() == {
        Chip.ALL: 3,
        Chip.ENCRYPT: 2,
        Chip.SIGN: 1,
        Chip.CODES: 0,
        Chip.OFF: 1,
        Chip.ATTENTION: 0,
    }


def test_an_empty_vault_says_what_to_do(opened: DeskInTest) -> None:
    page = show(opened)
    assert page.none.isVisible()
    assert not page.panel.isVisible()
    page.panel.new_key()
    assert isinstance(form_of(page), NewKeyForm)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("pap", ["papers"]),
        ("FINANCE", ["papers"]),
        ("tax bank", ["papers"]),
        ("a", ["archive", "contracts", "papers"]),
    ],
)
def test_the_search_looks_at_name_tag_and_description(opened: DeskInTest, typed: str, found: list[str]) -> None:
    make_some(opened)
    page = show(opened)
    QTest.keyClick(page, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    opened.qtbot.waitUntil(page.search.hasFocus)
    QTest.keyClicks(page.search, typed)
    assert names(page) == found


def test_the_search_finds_a_key_by_the_beginning_of_its_id(opened: DeskInTest) -> None:
    make_some(opened)
    page = show(opened)
    page.search.setText(keys.find_key(opened.session, "contracts").id[:10])
    assert names(page) == ["contracts"]
    page.search.setText("no such thing")
    assert page.nothing.isVisible()
    QTest.keyClick(page.search, Qt.Key.Key_Escape)
    assert len(names(page)) == 3


def test_among_very_many_the_details_follow_once_nobody_types(
    opened: DeskInTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signet.gui.pages.keys._MANY", 2)
    make_some(opened)
    page = show(opened)
    assert page.panel.accessibleName() == "archive"
    page.search.setText("contracts")
    assert names(page) == ["contracts"]
    assert page.panel.accessibleName() == "archive"
    opened.qtbot.waitUntil(lambda: page.panel.accessibleName() == "contracts")


def test_chips_filter_and_hide_where_they_would_show_nothing(opened: DeskInTest) -> None:
    make_some(opened)
    page = show(opened)
    page.chips.choose(Chip.SIGN.name)
    assert names(page) == ["contracts"]
    page.chips.choose(Chip.OFF.name)
    assert names(page) == ["archive"]
    assert not page.chips.findChild(type(page.new_button), Chip.CODES.name).isVisible()  # type: ignore[union-attr]


def test_details_tell_what_protects_the_key_and_what_hangs_on_it(opened: DeskInTest, tmp_path: Path) -> None:
    make_some(opened)
    source = tmp_path / "letter.txt"
    source.write_bytes(b"Dear")
    files.encrypt_files(opened.session, [str(source)], key="papers")
    page = show(opened)
    page.select(keys.find_key(opened.session, "papers").id)
    details = page.panel.details
    assert details is not None
    assert page.panel.title == "papers"
    assert details.chain.words == (
        "One way in: Recovery code", "Vault master key", "papers, version 1", "1 file encrypted",
    )  # fmt: skip
    opened.qtbot.waitUntil(lambda: len(details.history.recent) == 2)
    assert [row.sentence for row in details.history.recent] == [
        "Encrypted letter.txt with “papers”", "Made the key “papers”",
    ]  # fmt: skip


def test_a_key_is_made_by_keyboard_alone(opened: DeskInTest) -> None:
    page = show(opened)
    QTest.keyClick(page, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    form = form_of(page)
    assert isinstance(form, NewKeyForm)
    opened.qtbot.waitUntil(form.name.hasFocus)
    QTest.keyClicks(form.name, "family-archive")
    QTest.keyClick(form.name, Qt.Key.Key_Return)
    wait_for(opened, page, "family-archive")
    assert keys.find_key(opened.session, "family-archive").spec is AES
    opened.qtbot.waitUntil(lambda: page.panel.title == "family-archive")
    assert page.banner.title == "“family-archive” is ready"


def test_a_key_for_signing_takes_kind_tags_and_description_from_more(opened: DeskInTest) -> None:
    page = show(opened)
    page.panel.new_key()
    form = form_of(page)
    assert isinstance(form, NewKeyForm)
    form.sign.click()
    form.more.click()
    form.spec.setCurrentIndex(form.spec.findData(ED25519))
    form.name.setText("releases")
    form.description.setText("for our releases")
    form.tags.setText("work, year=2026")
    form.create_button.click()
    wait_for(opened, page, "releases")
    made = keys.find_key(opened.session, "releases")
    assert (made.spec, made.description, dict(made.tags)) == (
        ED25519, "for our releases", {"work": "", "year": "2026"},
    )  # fmt: skip


def test_a_name_that_cannot_be_is_said_while_it_is_typed(opened: DeskInTest) -> None:
    page = show(opened)
    page.panel.new_key()
    form = form_of(page)
    assert isinstance(form, NewKeyForm)
    assert not form.create_button.isEnabled()
    form.name.setText("deadbeef")
    assert not form.create_button.isEnabled()
    assert "mistaken for a key's id" in form.name.hint.text()
    form.name.setText("dead-letters")
    assert form.create_button.isEnabled()


def test_a_name_that_is_taken_leaves_the_form_open(opened: DeskInTest) -> None:
    make_some(opened)
    page = show(opened)
    page.panel.new_key()
    form = form_of(page)
    assert isinstance(form, NewKeyForm)
    form.name.setText("papers")
    form.create_button.click()
    opened.qtbot.waitUntil(form.banner.isVisible)
    assert form.banner.title == "That name is taken"
    assert form.create_button.isEnabled()


def test_after_five_minutes_the_secret_is_asked_for_again(opened: DeskInTest, clock: SettableClock) -> None:
    page = show(opened)
    clock.advance(PRESENCE_SECONDS + 1)
    page.panel.new_key()
    form = form_of(page)
    assert isinstance(form, NewKeyForm)
    form.name.setText("papers")
    code = opened.answers.pop(SecretKind.RECOVERY_CODE)
    form.create_button.click()
    opened.qtbot.waitUntil(lambda: len(opened.questions) == 1 and form.create_button.isEnabled())
    assert not form.banner.isVisible()
    opened.answers[SecretKind.RECOVERY_CODE] = code
    form.create_button.click()
    wait_for(opened, page, "papers")


def test_a_key_is_switched_off_and_on(opened: DeskInTest) -> None:
    keys.create_key(opened.session, "papers", spec=AES)
    page = show(opened)
    assert page.panel.details is not None
    page.panel.details.second.click()
    opened.qtbot.waitUntil(lambda: page.model.index(0, Column.STATE).data() == "Disabled")
    assert not page.panel.details.first.isEnabled()
    assert page.panel.details.second.text() == "Enable"
    page.panel.details.second.click()
    opened.qtbot.waitUntil(lambda: page.model.index(0, Column.STATE).data() == "Enabled")
    assert keys.find_key(opened.session, "papers").state is KeyState.ENABLED


def test_files_and_documents_are_handed_to_their_pages(opened: DeskInTest) -> None:
    make_some(opened)
    page = show(opened)
    for alias, signal in (("papers", page.encrypt_with), ("contracts", page.sign_with)):
        key_id = keys.find_key(opened.session, alias).id
        page.select(key_id)
        assert page.panel.details is not None
        with opened.qtbot.waitSignal(signal) as caught:
            page.panel.details.first.click()
        assert caught.args == [key_id]


def test_a_key_for_authentication_codes_says_so_and_offers_no_work_here(opened: DeskInTest) -> None:
    key = keys.create_key(opened.session, "seal", spec=KeySpec.HMAC_256)
    page = show(opened)
    wait_for(opened, page, "seal")
    page.select(key.id)
    details = page.panel.details
    assert details is not None
    assert details.chain.words[-1] == "Authenticates files"
    assert not details.first.isVisible()
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    assert details.second.hasFocus()
    page._open_menu(page.table.visualRect(page.table.currentIndex()).center())
    menu = next(menu for menu in page.findChildren(QMenu) if menu.isVisible())
    said = [action.text() for action in menu.actions() if action.isVisible() and not action.isSeparator()]
    assert said == [
        "Disable", "Name and tags…", "Limits…", "Export…", "Send to another vault…", "Copy key id", "Make read only",
        "Delete…",
    ]  # fmt: skip
    menu.close()


def test_enter_leads_from_the_row_to_its_actions_and_delete_does_nothing(opened: DeskInTest) -> None:
    make_some(opened)
    page = show(opened)
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_Down)
    QTest.keyClick(page.table, Qt.Key.Key_Delete)
    assert names(page) == ["archive", "contracts", "papers"]
    assert page.panel.title == "contracts"
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    assert page.panel.details is not None
    assert page.panel.details.first.hasFocus()
    QTest.keyClick(page.panel.details.first, Qt.Key.Key_Escape)
    assert not page.panel.isVisible()


def test_the_context_menu_has_every_action(opened: DeskInTest) -> None:
    make_some(opened)
    page = show(opened)
    page.select(keys.find_key(opened.session, "contracts").id)
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
    menu = next(menu for menu in page.findChildren(QMenu) if menu.isVisible())
    said = [action.text() for action in menu.actions() if action.isVisible() and not action.isSeparator()]
    assert said == [
        "Sign documents", "Disable", "Name and tags…", "Make a certificate…", "Limits…", "Export…",
            "Send to another vault…",
        "Share public key…", "Copy public key (PEM)", "Copy public key (SSH)", "Copy key id",
        "Make read only", "Delete…",
    ]  # fmt: skip
    menu.close()


@pytest.mark.parametrize(
    ("action", "start"), [("pem", "-----BEGIN PUBLIC KEY-----"), ("ssh", "ecdsa-sha2-nistp256 ")]
)
def test_the_public_key_is_copied(opened: DeskInTest, action: str, start: str) -> None:
    keys.create_key(opened.session, "contracts", spec=P256)
    page = show(opened)
    page.panel.menu.do(action)
    opened.qtbot.waitUntil(lambda: page.banner.title == "The public key was copied")
    assert QGuiApplication.clipboard().text().startswith(start)


def test_a_key_is_exported_encrypted(opened: DeskInTest, tmp_path: Path) -> None:
    keys.create_key(opened.session, "contracts", spec=P256)
    page = show(opened)
    page.panel.menu.do("export")
    form = form_of(page)
    assert isinstance(form, ExportForm)
    form.passphrase.setText("correct horse")
    assert not form.save_button.isEnabled()
    form.again.setText("correct horse")
    form.save_button.click()
    choose_file(opened.qtbot, page, tmp_path / "contracts.pem")
    opened.qtbot.waitUntil(lambda: page.banner.title == "The key was exported")
    assert (tmp_path / "contracts.pem").read_text().startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert opened.questions == []


def test_a_plain_export_warns_and_never_overwrites(opened: DeskInTest, tmp_path: Path) -> None:
    made = keys.create_key(opened.session, "papers", spec=AES)
    page = show(opened)
    page.panel.menu.do("export")
    form = form_of(page)
    assert isinstance(form, ExportForm)
    form.plain.click()
    assert form._warning.isVisible()
    assert form.name == "papers.jwk"
    target = tmp_path / "papers.jwk"
    target.write_text("mine")
    form.save_button.click()
    choose_file(opened.qtbot, page, target)
    opened.qtbot.waitUntil(form.banner.isVisible)
    assert target.read_text() == "mine"
    target.unlink()
    form.save_button.click()
    choose_file(opened.qtbot, page, target)
    opened.qtbot.waitUntil(lambda: page.banner.title == "The key was exported")
    assert json.loads(target.read_text())["kid"] == f"{made.id}/1"


def test_locking_takes_everything_from_the_screen(opened: DeskInTest) -> None:
    make_some(opened)
    page = show(opened)
    page.search.setText("papers")
    page.panel.new_key()
    opened.desk.lock("Enough.")
    assert names(page) == []
    assert page.search.text() == ""
    assert not page.panel.isVisible()
    page.panel.new_key()
    assert not page.panel.isVisible()


def test_what_another_page_or_process_changed_is_read_anew(opened: DeskInTest) -> None:
    page = show(opened)
    keys.create_key(opened.session, "papers", spec=AES)
    opened.desk.note_change()
    wait_for(opened, page, "papers")


def test_a_narrow_page_keeps_name_and_state(opened: DeskInTest) -> None:
    make_some(opened)
    page = show(opened)
    page.resize(688, 568)
    opened.qtbot.waitUntil(lambda: page.table.isColumnHidden(Column.LAST_USE))
    assert page.table.isColumnHidden(Column.CREATED)
    assert not page.table.isColumnHidden(Column.NAME)
    assert not page.table.isColumnHidden(Column.STATE)
    page.panel.close_panel()
    opened.qtbot.waitUntil(lambda: not page.table.isColumnHidden(Column.LAST_USE))


def test_every_control_has_a_name(opened: DeskInTest) -> None:
    make_some(opened)
    page = show(opened)
    assert nameless_controls(page) == []
    page.panel.new_key()
    assert nameless_controls(page) == []
    page.panel.close_panel()
    page.panel.menu.do("export")
    assert nameless_controls(page) == []


def test_a_key_is_made_on_a_card_with_consent(opened: DeskInTest) -> None:
    opened.answers[SecretKind.PIN] = "123456"
    opened.answers[SecretKind.TOKEN_PIN] = "123456"
    made = list[object]()
    opened.tasks.run(lambda _: tokens.init_software(opened.vault.workplace), done=made.append, failed=made.append)
    opened.qtbot.waitUntil(lambda: len(made) == 1, timeout=20_000)
    page = show(opened)
    page.panel.new_key()
    form = form_of(page)
    assert isinstance(form, NewKeyForm)
    form.more.click()
    opened.qtbot.waitUntil(lambda: form.place.count() == 2, timeout=20_000)
    form.place.setCurrentIndex(1)
    assert form._place_hint.text().endswith(SECOND_KEY)
    assert "RSA-2048" in form.spec.currentText()
    form.sign.click()
    assert form._place_hint.isVisible()
    assert not form._place_hint.text().endswith(SECOND_KEY)
    form.name.setText("card-signing")
    form.create_button.click()
    opened.qtbot.waitUntil(lambda: names(page) == ["card-signing"], timeout=20_000)
    assert any("that card is lost" in question.sentence for question in opened.questions)
    assert keys.find_key(opened.session, "card-signing").protection is Protection.TOKEN
    details = page.panel.details
    assert details is not None
    opened.qtbot.waitUntil(lambda: "for trying out" in details.chain.words[0], timeout=20_000)

    # What is on the card already, and not in the vault, can be taken in.
    page.panel.new_key()
    assert isinstance(page.panel.form, NewKeyForm)
    page.panel.form.adopt.click()
    adopting = page.panel.form
    assert isinstance(adopting, AdoptForm)
    opened.qtbot.waitUntil(lambda: adopting.keys.count() > 0, timeout=20_000)
    offered = [adopting.keys.itemText(place) for place in range(adopting.keys.count())]
    place = next(place for place, said in enumerate(offered) if "sign · EC · P-256 · signs" in said)
    adopting.keys.setCurrentIndex(place)
    assert not adopting.use_button.isEnabled()
    adopting.name.setText("card-signing")
    adopting.use_button.click()
    opened.qtbot.waitUntil(adopting.banner.isVisible, timeout=20_000)  # the name is taken
    adopting.name.setText("found")
    assert nameless_controls(page) == []
    adopting.use_button.click()
    opened.qtbot.waitUntil(lambda: names(page) == ["card-signing", "found"], timeout=20_000)
    page.panel.adopt_key()
    empty = page.panel.form
    assert isinstance(empty, AdoptForm)
    opened.qtbot.waitUntil(lambda: empty.keys.count() == 1, timeout=20_000)  # the one that opens files
    empty.show_keys(())
    assert empty._state.text() == NO_CARD
    assert not empty._choice.isVisible()


def test_several_keys_are_changed_at_once_and_stay_selected(opened: DeskInTest) -> None:
    make_some(opened)
    page = show(opened)
    page.table.setFocus()
    page.table.selectAll()
    assert page.bar.words == "3 keys selected"
    assert not page.panel.isVisible()
    buttons = {button.text() for button in page.bar.findChildren(QPushButton) if button.isVisible()}
    assert {"Disable 2", "Enable 1", "Clear selection"} <= buttons
    page.panel.menu.do("disable")
    opened.qtbot.waitUntil(lambda: page.banner.title == "2 keys are disabled")
    states = (KeyState.DISABLED,) * 3
    opened.qtbot.waitUntil(lambda: tuple(row.key.state for row in page.model.snapshot.rows) == states)
    assert page.bar.words == "3 keys selected"
    page.bar.clear_button.click()
    assert not page.bar.isVisible()
    assert page.panel.isVisible()


def test_filters_and_columns_are_chosen_and_the_columns_remembered(opened: DeskInTest) -> None:
    make_some(opened)
    page = show(opened)
    disabled = next(each for each in page.filters.menu.actions() if each.text().startswith("Disabled"))
    disabled.setChecked(True)
    assert names(page) == ["archive"]
    assert page.filter_button.text() == "Filter · 1"
    page.search.setText("contracts")
    assert page.nothing.isVisible()
    page.all_button.click()
    assert len(names(page)) == 3
    assert page.filter_button.text() == "Filter"
    version = next(each for each in page.columns.menu.actions() if each.text() == "Version")
    version.setChecked(True)
    opened.qtbot.waitUntil(lambda: "version" in read_settings(opened.vault.workplace.places.settings).key_columns)
    # Symmetric keys are rotated once a year; when, is read once somebody wants to see it.
    planned = [page.model.index(row, Column.NEXT_ROTATION).data() for row in range(3)]
    assert planned == ["—", "—", "—"]
    next(each for each in page.columns.menu.actions() if each.text() == "Next rotation").setChecked(True)
    opened.qtbot.waitUntil(lambda: len(page.model.snapshot.rotations) == 2)
    dates = [page.model.index(row, Column.NEXT_ROTATION).data() for row in range(3)]
    assert (names(page), dates[1]) == (["archive", "contracts", "papers"], "—")
    assert dates[0] == dates[2] != "—"
    page.model.sort(Column.NEXT_ROTATION)
    assert names(page)[-1] == "contracts"
