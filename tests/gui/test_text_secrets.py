"""Small secrets in the window: encrypted, opened, on the clipboard for a while only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from signet.errors import CiphertextInvalid, FormatUnrecognised, KeyNotHere, SignetError, UsageError
from signet.formats.ciphertext import MAX_PLAINTEXT
from signet.gui.clipboard import MANAGER_HINT, SecretClipboard
from signet.gui.pages import text_work
from signet.gui.pages.decrypt_text import HIDDEN, DecryptTextForm
from signet.gui.pages.encrypt_text import EncryptTextForm
from signet.gui.pages.files import FilesPage
from signet.gui.pages.keys import KeysPage
from signet.gui.pages.text_parts import text_field, text_of
from signet.keys.spec import KeySpec
from signet.secret import Secret
from signet.services import keys
from support.clock import SettableClock
from support.window import DeskInTest, choose_file, nameless_controls, open_desk

WORD = "Tür 4711"


@pytest.fixture
def clipboard(qapp: QApplication) -> Iterator[SecretClipboard]:
    made = SecretClipboard(qapp)
    yield made
    made.clear()
    QGuiApplication.clipboard().clear()
    made.deleteLater()


def test_a_secret_is_marked_for_clipboard_managers_and_taken_away_after_its_seconds(
    clipboard: SecretClipboard,
) -> None:
    left: list[int] = []
    clipboard.ticked.connect(left.append)
    clipboard.copy(Secret.from_text(WORD), 3)
    held = QGuiApplication.clipboard()
    assert held.text() == WORD
    assert held.mimeData().data(MANAGER_HINT).data() == b"secret"
    for _ in range(3):
        clipboard._tick()
    assert left == [3, 2, 1, 0]
    assert held.text() == ""


@pytest.mark.parametrize("soon", [True, False])
def test_what_was_copied_meanwhile_stays(clipboard: SecretClipboard, soon: bool) -> None:
    clipboard.copy(Secret.from_text(WORD), 3)
    QGuiApplication.clipboard().setText("a shopping list")
    if soon:
        clipboard._tick()
    clipboard.clear()
    assert QGuiApplication.clipboard().text() == "a shopping list"
    assert clipboard.left == 0


def test_text_of_a_ciphertext_survives_what_mail_does_to_it() -> None:
    made = bytes(range(200))
    text = text_work.as_text(made)
    assert max(map(len, text.splitlines())) == text_work.LINE
    assert text_work.from_text(f"  {text}\r\n\r\n") == made
    assert text_work.from_file(text.encode()) == text_work.from_file(made) == made
    for wrong in ("", "Ünicode", "not base64!", "A" * 8000):
        with pytest.raises(FormatUnrecognised):
            text_work.from_text(wrong)


def test_what_is_typed_is_encrypted_to_the_letter(qapp: QApplication) -> None:
    field = text_field("Text")
    field.setPlainText("no\u00a0break\nsecond\tline")
    assert text_of(field) == "no\u00a0break\nsecond\tline"


def test_notes_are_read_as_people_type_them() -> None:
    assert text_work.read_notes(" for=bank, year = 2026 ,, empty=") == {"for": "bank", "year": "2026", "empty": ""}
    assert text_work.read_notes("") == {}
    for wrong in ("For=bank", "a=1, a=2", "=x"):
        with pytest.raises(UsageError):
            text_work.read_notes(wrong)


def test_what_does_not_fit_is_said_while_it_is_typed() -> None:
    assert text_work.counted("") == ("", False)
    assert text_work.counted("ö") == (f"2 of {MAX_PLAINTEXT} bytes", True)
    words, fits = text_work.counted("x" * (MAX_PLAINTEXT + 5))
    assert words.startswith("5 bytes too long")
    assert not fits


@pytest.mark.parametrize(
    ("error", "title"),
    [
        (KeyNotHere(wanted="KEY/1 of the vault OTHER"), "Encrypted in another vault"),
        (KeyNotHere(wanted="KEY/1 of the vault MINE"), "The key is not in this vault"),
        (CiphertextInvalid(), "It does not open"),
        (FormatUnrecognised(what=text_work.WHAT, legacy=None), "Not a format that Signet knows"),
    ],
)
def test_each_reason_why_a_text_does_not_open_has_its_words(error: SignetError, title: str) -> None:
    said = text_work.why_not(error, "MINE")
    assert said[0] == title
    assert said[1].endswith(".")


@pytest.fixture
def opened(qapp: QApplication, qtbot: QtBot, tmp_path: Path, clock: SettableClock) -> Iterator[DeskInTest]:
    with open_desk(qapp, qtbot, tmp_path, clock) as made:
        keys.create_key(made.session, "papers", spec=KeySpec.SYMMETRIC_DEFAULT)
        yield made


def test_a_secret_is_encrypted_on_one_page_and_opened_on_another(opened: DeskInTest, tmp_path: Path) -> None:
    page = KeysPage(opened.desk, opened.tasks, opened.theme)
    opened.qtbot.addWidget(page)
    page.show()
    opened.qtbot.waitUntil(lambda: page.panel.details is not None)
    page.panel.menu.do("encrypt-text")
    form = page.panel.form
    assert isinstance(form, EncryptTextForm)
    assert not form.encrypt_button.isEnabled()
    form.random.click()
    opened.qtbot.waitUntil(lambda: len(form.text.toPlainText()) == 24)
    form.text.setPlainText(WORD)
    form.notes.open()
    form.notes.field.setText("for=door")
    assert nameless_controls(page) == []
    form.encrypt_button.click()
    opened.qtbot.waitUntil(form.copy_button.isVisible)
    assert form.text.toPlainText() == ""
    assert "the same notes" in form.said.text()
    form.save_button.click()
    choose_file(opened.qtbot, page, tmp_path / "door.secret")
    opened.qtbot.waitUntil(lambda: form.copied.text().startswith("Saved"))
    form.copy_button.click()
    ciphertext = QGuiApplication.clipboard().text()
    assert (tmp_path / "door.secret").read_text() == ciphertext + "\n"

    files = FilesPage(opened.desk, opened.tasks, opened.theme)
    opened.qtbot.addWidget(files)
    files.show()
    files.decrypt_text()
    reading = files.panel.form
    assert isinstance(reading, DecryptTextForm)
    reading.text.setPlainText(ciphertext)
    reading.decrypt_button.click()  # without the note
    opened.qtbot.waitUntil(reading.banner.isVisible)
    assert reading.banner.title == "It does not open"
    reading.notes.open()
    reading.notes.field.setText("for=door")
    reading.decrypt_button.click()
    opened.qtbot.waitUntil(reading.copy_button.isVisible)
    assert nameless_controls(files) == []
    assert reading.secret.text() == HIDDEN
    reading.show_button.click()
    assert reading.secret.text() == WORD
    reading.show_button.click()
    assert reading.secret.text() == HIDDEN
    reading.copy_button.click()
    assert QGuiApplication.clipboard().text() == WORD
    assert "30 s" in reading.copied.text()
    plaintext = reading._opened.plaintext if reading._opened is not None else Secret(b"x")
    opened.desk.lock("Enough.")
    assert QGuiApplication.clipboard().text() == ""
    opened.qtbot.waitUntil(lambda: not any(plaintext.reveal()))
    assert not files.panel.isVisible()


def test_a_file_that_is_no_encrypted_text_is_said_to_be_none(opened: DeskInTest, tmp_path: Path) -> None:
    files = FilesPage(opened.desk, opened.tasks, opened.theme)
    opened.qtbot.addWidget(files)
    files.show()
    opened.qtbot.waitUntil(lambda: bool(files.key.keys.keys))
    files.encrypt_text()
    assert isinstance(files.panel.form, EncryptTextForm)
    files.decrypt_text()
    reading = files.panel.form
    assert isinstance(reading, DecryptTextForm)
    (tmp_path / "letter.txt").write_bytes(b"\xff\xfe dear")
    reading.file.click()
    choose_file(opened.qtbot, files, tmp_path / "letter.txt")
    opened.qtbot.waitUntil(reading.decrypt_button.isEnabled)
    reading.decrypt_button.click()
    opened.qtbot.waitUntil(reading.banner.isVisible)
    assert reading.banner.title == "Not a format that Signet knows"
    files.panel.close_panel()
    assert files.panel.form is None
