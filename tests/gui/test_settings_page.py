"""The page Settings: what is chosen takes effect and is on the disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel
from pytestqt.qtbot import QtBot

from signet import __version__
from signet.gui.pages import settings as settings_page
from signet.gui.pages.settings import SettingsPage
from signet.gui.pages.settings_desktop import THERE
from signet.keys.spec import KeySpec
from signet.services import keys
from signet.store.settings import Settings, read_settings
from signet.tokens.modules import find_modules
from support.clock import SettableClock
from support.window import DeskInTest, nameless_controls, open_desk


@pytest.fixture
def opened(qapp: QApplication, qtbot: QtBot, tmp_path: Path, clock: SettableClock) -> Iterator[DeskInTest]:
    with open_desk(qapp, qtbot, tmp_path, clock) as made:
        yield made


def show(opened: DeskInTest) -> SettingsPage:
    page = SettingsPage(opened.desk, opened.tasks, opened.theme)
    opened.qtbot.addWidget(page)
    page.resize(988, 728)
    page.show()
    opened.qtbot.waitUntil(lambda: bool(page.modules.rows) and not page._reader.reading)
    return page


def stored(opened: DeskInTest) -> Settings:
    return read_settings(opened.vault.workplace.places.settings)


def choose(combo: QComboBox, value: object) -> None:
    """Choose as a person does: the signal comes too."""
    place = combo.findData(value)
    assert place >= 0
    combo.setCurrentIndex(place)
    combo.activated.emit(place)


def softhsm() -> str:
    return next(path for path in find_modules(chosen=None, configured=()) if "softhsm" in path)


def test_the_look_changes_at_once_and_is_kept(opened: DeskInTest) -> None:
    page = show(opened)
    with opened.qtbot.waitSignal(page._saver.saved):
        choose(page.theme_choice, "dark")
    assert opened.theme.dark
    assert stored(opened).theme == "dark"


def test_lock_times_are_kept_and_hold_at_once(opened: DeskInTest) -> None:
    page = show(opened)
    with opened.qtbot.waitSignal(page._saver.saved):
        choose(page.idle_choice, 0)
        page.removal_seconds.setValue(10)
        choose(page.jobs_choice, True)
        page.screen_lock.click()
    expected = Settings(
        lock_after_minutes=0,
        lock_on_card_removal_seconds=10,
        finish_jobs_on_card_removal=True,
        lock_on_screen_lock=False,
    )
    assert stored(opened) == expected
    assert opened.vault.workplace.settings == expected
    with opened.qtbot.waitSignal(page._saver.saved):
        page.removal.click()
    assert not stored(opened).lock_on_card_removal
    assert not page.removal_seconds.isEnabled()
    assert not page.jobs_choice.isEnabled()


def test_signet_is_added_to_the_file_manager_and_removed(opened: DeskInTest, home: Path) -> None:
    entry = home / ".local" / "share" / "applications" / "signet.desktop"
    page = show(opened)
    row = page.file_manager
    row.add_button.click()
    opened.qtbot.waitUntil(row.remove_button.isVisible)
    assert entry.exists()
    assert row.add_button.isHidden()
    assert row.said.text() == THERE
    row.remove_button.click()
    opened.qtbot.waitUntil(row.add_button.isVisible)
    assert not entry.exists()
    entry.parent.mkdir(exist_ok=True)
    entry.write_text("somebody else's")
    row.add_button.click()
    opened.qtbot.waitUntil(page.banner.isVisible)
    assert entry.read_text() == "somebody else's"


def test_a_time_that_is_not_among_the_usual_ones_is_shown(opened: DeskInTest) -> None:
    opened.vault.workplace.settings = Settings(lock_after_minutes=7)
    page = show(opened)
    assert page.idle_choice.currentText() == "After 7 minutes"


def test_the_default_key_is_one_that_encrypts(opened: DeskInTest) -> None:
    keys.create_key(opened.session, "my-files", spec=KeySpec.SYMMETRIC_DEFAULT)
    keys.create_key(opened.session, "contracts", spec=KeySpec.ECC_NIST_P256)
    page = show(opened)
    offered = [page.key_choice.itemText(place) for place in range(page.key_choice.count())]
    assert offered == ["Ask each time", "my-files"]
    with opened.qtbot.waitSignals([page.default_key_changed, page._saver.saved]):
        choose(page.key_choice, "my-files")
    assert stored(opened).default_key == "my-files"
    keys.disable_key(opened.session, "my-files")
    opened.desk.note_change()
    opened.qtbot.waitUntil(lambda: page.key_choice.currentText() == "my-files (not usable now)")


def test_settings_that_cannot_be_written_say_so(opened: DeskInTest) -> None:
    page = show(opened)
    config = Path(opened.vault.workplace.places.config)
    config.parent.mkdir(exist_ok=True)
    config.write_text("a file where a folder should be")
    choose(page.theme_choice, "light")
    opened.qtbot.waitUntil(page.banner.isVisible)
    assert page.banner.title


def test_card_software_is_listed_and_tested(opened: DeskInTest) -> None:
    page = show(opened)
    row = next(row for row in page.modules.rows if row.detail.whole_text == softhsm())
    assert not row.remove_button.isVisible()
    row.test_button.click()
    opened.qtbot.waitUntil(lambda: row.pill.text() == "Works · no card now", timeout=20_000)


def test_card_software_is_added_and_removed(opened: DeskInTest, tmp_path: Path) -> None:
    link = tmp_path / "libmycard.so"
    link.symlink_to(softhsm())
    page = show(opened)
    page.modules.add(str(link))
    opened.qtbot.waitUntil(lambda: page.modules.rows[0].detail.whole_text == str(link), timeout=20_000)
    assert page.modules.banner.title == "The card software works"
    assert stored(opened).modules == (str(link),)
    page.modules.rows[0].remove_button.click()
    opened.qtbot.waitUntil(lambda: stored(opened).modules == (), timeout=20_000)
    opened.qtbot.waitUntil(lambda: page.modules.rows[0].detail.whole_text != str(link))


def test_what_is_no_card_software_is_not_added(opened: DeskInTest, tmp_path: Path) -> None:
    wrong = tmp_path / "letter.so"
    wrong.write_bytes(b"Dear")
    page = show(opened)
    page.modules.add(str(wrong))
    opened.qtbot.waitUntil(page.modules.banner.isVisible, timeout=20_000)
    assert opened.vault.workplace.settings.modules == ()
    assert page.modules.add_button.isEnabled()


def test_folders_open_in_the_file_manager(opened: DeskInTest, monkeypatch: pytest.MonkeyPatch) -> None:
    page = show(opened)
    opened_paths: list[str] = []

    class Desktop:
        @staticmethod
        def openUrl(url: object) -> bool:
            opened_paths.append(str(url.toLocalFile()))  # type: ignore[attr-defined]
            return len(opened_paths) == 1

    monkeypatch.setattr(settings_page, "QDesktopServices", Desktop)
    page._open_folder("data")
    assert opened_paths == [opened.vault.workplace.places.data]
    assert not page.banner.isVisible()
    page._open_folder("vault")
    assert opened_paths[1] == str(opened.vault.path.parent)
    assert page.banner.title == "The folder could not be opened"


def test_about_names_version_and_licences(opened: DeskInTest) -> None:
    page = show(opened)
    said = "\n".join(label.text() for label in page.findChildren(QLabel))
    for expected in (f"Signet {__version__}", "Apache License 2.0", "PySide6-Essentials", "LGPL 3"):
        assert expected in said


def test_every_control_has_a_name(opened: DeskInTest) -> None:
    assert nameless_controls(show(opened)) == []
