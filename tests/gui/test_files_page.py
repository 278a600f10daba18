"""The page Files, with a real vault and real files behind it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import monotonic

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from signet.crypto.esdk_encrypt import encrypt
from signet.errors import DiskFull, FolderReadOnly
from signet.gui.pages import jobs_acts
from signet.gui.pages.files import FilesPage
from signet.gui.pages.files_asking import EnableQuestion, ExistsQuestion, KeyQuestion
from signet.gui.pages.files_folder import FolderQuestion
from signet.gui.pages.files_trash import TrashQuestion
from signet.gui.pages.files_who_question import UNTRUSTED
from signet.gui.pages.jobs_failures import RowAct
from signet.gui.pages.jobs_list import ROWS, Shown
from signet.gui.widgets.side_panel import PANEL_WIDTH
from signet.gui.widgets.text import ElidedLabel
from signet.keys.spec import KeySpec
from signet.keys.state import KeyState
from signet.secret import Secret
from signet.services import files_encrypt, keys
from signet.services.audit import list_entries
from signet.services.files import encrypt_files, inspect_file
from signet.services.job import Act, JobState
from signet.services.people import PersonKeyKind, PublicPart, add_person
from signet.services.prompt import SecretKind
from signet.store.settings import read_settings
from support.clock import SettableClock
from support.files import leftovers
from support.window import DeskInTest, nameless_controls, open_desk

AES = KeySpec.SYMMETRIC_DEFAULT
BIG = 256 << 20


@pytest.fixture
def opened(qapp: QApplication, qtbot: QtBot, tmp_path: Path, clock: SettableClock) -> Iterator[DeskInTest]:
    with open_desk(qapp, qtbot, tmp_path, clock) as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "letters"
    made.mkdir()
    return made


@pytest.fixture
def page(opened: DeskInTest) -> FilesPage:
    made = FilesPage(opened.desk, opened.tasks, opened.theme)
    opened.qtbot.addWidget(made)
    made.resize(988, 728)
    made.show()
    opened.qtbot.waitExposed(made)
    return made


def write(folder: Path, name: str, content: bytes = b"dear me") -> str:
    (folder / name).write_bytes(content)
    return str(folder / name)


def default(opened: DeskInTest, page: FilesPage, alias: str = "my-files") -> None:
    """A key to encrypt with, known to the page."""
    keys.create_key(opened.session, alias, spec=AES)
    opened.desk.note_change()
    opened.qtbot.waitUntil(lambda: page.drop_field.sentence.endswith(alias))


def unlock(opened: DeskInTest) -> None:
    """Open the vault again, as its recovery code does."""
    opened.qtbot.waitUntil(lambda: not opened.desk.closing, timeout=10000)
    code = Secret.from_text(opened.answers[SecretKind.RECOVERY_CODE])
    with opened.prompt.prepared({SecretKind.RECOVERY_CODE: code}):
        opened.desk.open(opened.vault.open())


def rest(opened: DeskInTest, page: FilesPage) -> tuple[Shown, ...]:
    """What is listed once nothing runs any more."""
    opened.qtbot.waitUntil(lambda: not opened.tasks.busy and not page.busy, timeout=20000)
    return page.list.shown


def done(opened: DeskInTest, page: FilesPage, act: str, *paths: str) -> Shown:
    """What the newest row says after this."""
    page.take(act, list(paths))
    return rest(opened, page)[0]


def begin(opened: DeskInTest, page: FilesPage, path: str) -> None:
    """Drop a file, and wait until its job is listed."""
    before = len(page.list.rows)
    page.take("", [path])
    opened.qtbot.waitUntil(lambda: len(page.list.rows) > before)


def press(shown: Shown, act: RowAct) -> None:
    """Press a row's button, by the keyboard, once it can be seen: a new button is laid out in the next turn."""

    def button() -> QPushButton | None:
        buttons = shown.row.findChildren(QPushButton)
        return next((each for each in buttons if each.text() == act.value and each.isVisible()), None)

    deadline = monotonic() + 5
    while (found := button()) is None:
        assert monotonic() < deadline, f"no button “{act.value}”"
        QTest.qWait(5)
    found.setFocus()
    QTest.keyClick(found, Qt.Key.Key_Space)


def choose(page: FilesPage, kind: str, paths: Sequence[str]) -> None:
    """Answer the file dialog that is open."""
    dialog = page.findChild(QFileDialog, kind)
    assert isinstance(dialog, QFileDialog)
    field = dialog.findChild(QLineEdit, "fileNameEdit")
    assert isinstance(field, QLineEdit)
    field.setText(paths[0] if len(paths) == 1 else " ".join(f'"{path}"' for path in paths))
    dialog.accept()


def names_in(shown: Shown) -> list[str]:
    return [part.whole_text for part in shown.row.findChildren(ElidedLabel)]


def words_in(page: FilesPage) -> str:
    return " ".join(part.text() for part in page.panel.findChildren(QLabel) if part.isVisible())


def test_a_file_is_encrypted_and_dropped_again_comes_back(opened: DeskInTest, page: FilesPage, folder: Path) -> None:
    default(opened, page)
    path = write(folder, "letter.txt")
    row = done(opened, page, "", path)
    assert (row.result.pill, row.row.state_text) == ("Encrypted", "Encrypted")
    assert "unprotected original is still here" in row.row.sentence
    os.rename(path, path + ".away")
    row = done(opened, page, "", path + ".esdk")
    assert row.result.pill == "Decrypted"
    assert Path(path).read_bytes() == b"dear me"
    assert [shown.result.pill for shown in page.list.shown] == ["Decrypted", "Encrypted"]


def test_an_original_goes_to_the_trash_only_when_asked_and_proven(
    opened: DeskInTest, page: FilesPage, folder: Path
) -> None:
    default(opened, page)
    QTest.keyClick(page.drop_field.read_back, Qt.Key.Key_Space)
    opened.qtbot.waitUntil(lambda: opened.desk.workplace.settings.read_back)
    good, changed = write(folder, "letter.txt"), write(folder, "other.txt")
    row = done(opened, page, "", good)
    assert row.result.sentence == "Encrypted with my-files, read back · The unprotected original is still here"
    press(row, RowAct.TRASH)
    question = page.panel.findChild(TrashQuestion)
    assert isinstance(question, TrashQuestion)
    assert question.leave_button.hasFocus()
    assert "no shredder" in words_in(page)
    QTest.keyClick(question.move_button, Qt.Key.Key_Space)
    row = rest(opened, page)[0]
    assert (row.result.pill, row.result.output) == ("In the trash", good + ".esdk")
    assert [path.name for path in folder.iterdir() if path.name.startswith("letter")] == ["letter.txt.esdk"]
    row = done(opened, page, "", changed)
    Path(changed).write_bytes(b"dear you")
    press(row, RowAct.TRASH)
    question = page.panel.findChildren(TrashQuestion)[-1]
    QTest.keyClick(question.move_button, Qt.Key.Key_Space)
    assert "byte for byte, and stays" in rest(opened, page)[0].result.sentence
    assert Path(changed).read_bytes() == b"dear you"


def test_a_note_and_a_person_go_with_what_is_dropped_while_they_are_asked_for(
    opened: DeskInTest, page: FilesPage, folder: Path
) -> None:
    default(opened, page)
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    spki = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    add_person(opened.session, "Bob", [PublicPart(PersonKeyKind.EC, spki)])
    letter = write(folder, "letter.txt")
    QTest.keyClick(page.drop_field.others_button, Qt.Key.Key_Space)
    opened.qtbot.waitUntil(lambda: page.who.question is not None)
    question = page.who.question
    assert question is not None
    bob = question.people.item(0)
    assert bob.text() == f"Bob\n{UNTRUSTED}"
    question.people.setCurrentItem(bob)
    QTest.keyClick(question.people, Qt.Key.Key_Space)
    QTest.keyClicks(question.note, "tax 2025, for the accountant")
    assert nameless_controls(page) == []
    row = done(opened, page, "", letter)
    assert "Bob can open it · The" in row.result.sentence
    assert row.result.sentence.endswith("The unprotected original is still here")
    assert page.who.question is None
    os.rename(letter, letter + ".away")
    row = done(opened, page, "", letter + ".esdk")
    assert row.result.sentence.startswith("You wrote: tax 2025, for the accountant · An unprotected copy")


def test_decrypted_copies_stay_listed_until_they_are_removed(
    opened: DeskInTest, page: FilesPage, folder: Path
) -> None:
    default(opened, page)
    paths = [write(folder, name) for name in ("a", "b")]
    encrypt_files(opened.session, paths, key="my-files")
    for path in paths:
        os.unlink(path)
    done(opened, page, "", *(path + ".esdk" for path in paths))
    opened.qtbot.waitUntil(lambda: len(page.copies.found) == 2)
    assert page.copies.strip.isVisible()
    QTest.keyClick(page.copies.show_button, Qt.Key.Key_Space)
    listed = page.copies.list
    assert listed is not None
    assert nameless_controls(page) == []
    forget = next(
        each for each in listed.findChildren(QPushButton) if each.accessibleName() == "Forget a, which stays"
    )
    QTest.keyClick(forget, Qt.Key.Key_Space)
    opened.qtbot.waitUntil(lambda: len(page.copies.found) == 1)
    assert os.path.exists(paths[0])
    listed = page.copies.list
    assert listed is not None
    QTest.keyClick(listed.all_button, Qt.Key.Key_Space)
    opened.qtbot.waitUntil(lambda: not page.copies.found)
    assert not os.path.exists(paths[1])
    assert page.copies.strip.isHidden()
    assert page.panel.isHidden()


def test_what_exists_is_kept_beside_or_skipped_for_all(opened: DeskInTest, page: FilesPage, folder: Path) -> None:
    default(opened, page)
    paths = [write(folder, name) for name in ("a.txt", "b.txt", os.fsdecode(b"\xff.txt"))]
    done(opened, page, "", *paths)
    page.list.clear()
    for act, there in (("skip_button", 3), ("both_button", 6)):
        row = done(opened, page, Act.ENCRYPT, *paths)
        press(row, RowAct.EXISTS)
        question = page.panel.findChildren(ExistsQuestion)[-1]
        QTest.keyClick(question.for_all, Qt.Key.Key_Space)
        QTest.keyClick(getattr(question, act), Qt.Key.Key_Space)
        rest(opened, page)
        assert sum(path.name.endswith(".esdk") for path in folder.iterdir()) == there
    assert (folder / "a (2).txt.esdk").exists()
    assert (folder / os.fsdecode(b"\xff (2).txt.esdk")).exists()
    assert "\ufffd.txt → \ufffd (2).txt.esdk" in {name for shown in page.list.shown for name in names_in(shown)}


def test_an_answer_is_for_the_row_that_was_asked_about(
    opened: DeskInTest, page: FilesPage, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_acts, "show_in_folder", lambda *_: None)
    default(opened, page)
    asked, other, gone = write(folder, "asked.txt"), write(folder, "other.txt"), write(folder, "gone.txt")
    done(opened, page, "", asked, other)
    os.rename(other, other + ".away")
    decrypted = done(opened, page, "", other + ".esdk")
    Path(other).write_bytes(b"edited since")
    os.unlink(gone)
    failed = done(opened, page, Act.ENCRYPT, gone)
    before = Path(asked + ".esdk").read_bytes()
    waiting = done(opened, page, Act.ENCRYPT, asked)
    press(waiting, RowAct.EXISTS)
    question = page.panel.findChildren(ExistsQuestion)[-1]
    press(decrypted, RowAct.SHOW)
    press(failed, RowAct.RETRY)
    rest(opened, page)
    QTest.keyClick(question.replace_button, Qt.Key.Key_Space)
    newest = rest(opened, page)[0].result
    assert (newest.paths, newest.pill) == ((asked,), "Encrypted")
    assert Path(asked + ".esdk").read_bytes() != before
    assert Path(other).read_bytes() == b"edited since"
    assert not page.panel.isVisible()


def test_a_mixed_drop_is_two_jobs_and_two_decisions(opened: DeskInTest, page: FilesPage, folder: Path) -> None:
    default(opened, page)
    plain, other = write(folder, "a.txt"), write(folder, "b.txt")
    encrypt_files(opened.session, [other], key="my-files")
    os.rename(other, other + ".away")
    os.rename(other + ".esdk", folder / "holiday.jpg")
    before = len(list_entries(opened.session))
    page.take("", [plain, str(folder / "holiday.jpg")])
    assert {shown.result.pill for shown in rest(opened, page)} == {"Encrypted", "Decrypted"}
    allowed = [entry for entry in list_entries(opened.session)[: -before or None] if entry.outcome == "allowed"]
    assert len(allowed) == 2
    assert (folder / "holiday.jpg.decrypted").read_bytes() == b"dear me"


def test_the_act_of_a_tile_holds_for_every_file(opened: DeskInTest, page: FilesPage, folder: Path) -> None:
    default(opened, page)
    path = write(folder, "a.txt")
    done(opened, page, "", path)
    twice = done(opened, page, Act.ENCRYPT, path + ".esdk")
    assert twice.result.pill == "Encrypted"
    assert inspect_file(path + ".esdk.esdk").size > inspect_file(path + ".esdk").size
    refused = done(opened, page, Act.DECRYPT, path)
    assert refused.result.pill == "Refused"
    assert "not an encrypted file" in refused.row.sentence


def asked(opened: DeskInTest, page: FilesPage, *paths: str) -> FolderQuestion:
    """The question about the folders among what is dropped."""
    page.take("", list(paths))
    opened.qtbot.waitUntil(lambda: page.folders.question is not None)
    question = page.folders.question
    assert question is not None
    return question


def test_a_folder_becomes_one_file_and_a_folder_again(opened: DeskInTest, page: FilesPage, folder: Path) -> None:
    default(opened, page)
    write(folder, "a.txt")
    question = asked(opened, page, str(folder))
    assert "1 file, 7 bytes" in " ".join(each.text() for each in question.findChildren(QLabel))
    QTest.keyClick(question.one_button, Qt.Key.Key_Space)
    row = rest(opened, page)[0]
    assert (row.result.pill, row.result.output) == ("Encrypted", f"{folder}.tar.esdk")
    os.rename(folder, f"{folder}.away")
    assert done(opened, page, "", f"{folder}.tar.esdk").result.pill == "Decrypted"
    assert (folder / "a.txt").read_bytes() == b"dear me"
    assert opened.desk.workplace.settings.folders == "ask"


def test_a_folder_file_by_file_is_remembered(opened: DeskInTest, page: FilesPage, folder: Path) -> None:
    default(opened, page)
    inside = [write(folder, "a.txt"), write(folder, "b.txt")]
    alone = str(folder.parent / "alone.txt")
    Path(alone).write_bytes(b"x")
    question = asked(opened, page, str(folder), alone)
    assert not os.path.exists(alone + ".esdk")
    question.remember.click()
    question.each_button.click()
    assert rest(opened, page)[0].result.pill == "Encrypted"
    assert all(os.path.exists(path + ".esdk") for path in (*inside, alone))
    assert read_settings(opened.desk.workplace.places.settings).folders == "each"
    # From now on nobody is asked; where a result is there already, that is a question of its own.
    later = write(folder, "c.txt")
    page.take("", [str(folder)])
    opened.qtbot.waitUntil(lambda: os.path.exists(later + ".esdk"))
    assert {shown.result.pill for shown in rest(opened, page)} == {"Encrypted", "Waiting"}
    assert page.folders.question is None


def test_the_lines_above_the_list_keep_their_room_beside_a_panel(
    opened: DeskInTest, page: FilesPage, folder: Path
) -> None:
    page.resize(687, 540)
    default(opened, page)
    before = page.drop_field.height()
    QTest.keyClick(page.drop_field.others_button, Qt.Key.Key_Space)
    opened.qtbot.waitUntil(lambda: page.who.question is not None)
    opened.qtbot.wait(50)
    assert page.panel.isVisible()
    assert page.drop_field.height() == before == page.drop_field.sizeHint().height()


def test_a_folder_that_is_given_up_stays_listed(opened: DeskInTest, page: FilesPage, folder: Path) -> None:
    default(opened, page)
    asked(opened, page, str(folder))
    QTest.keyClick(page.panel, Qt.Key.Key_Escape)
    row = rest(opened, page)[0]
    assert row.result.pill == "Cancelled"
    assert row.result.paths == (str(folder),)
    assert not os.path.exists(f"{folder}.tar.esdk")


def test_without_a_default_the_key_is_asked_for_and_remembered(
    opened: DeskInTest, page: FilesPage, folder: Path
) -> None:
    for alias in ("archive", "papers"):
        keys.create_key(opened.session, alias, spec=AES)
    path = write(folder, "a.txt")
    page.take("", [path])
    opened.qtbot.waitUntil(lambda: page.key.asking)
    question = page.panel.findChild(KeyQuestion)
    assert isinstance(question, KeyQuestion)
    assert question.chooser.list.hasFocus()
    QTest.keyClick(question.chooser.list, Qt.Key.Key_Down)
    with opened.qtbot.waitSignal(page.default_changed) as changed:
        QTest.keyClick(question.chooser.list, Qt.Key.Key_Return)
    assert changed.args == ["papers"]
    assert rest(opened, page)[0].result.sentence.startswith("Encrypted with papers")
    opened.qtbot.waitUntil(lambda: page.drop_field.sentence.endswith("papers"))
    assert read_settings(opened.vault.workplace.places.settings).default_key == "papers"


def test_a_key_for_once_changes_no_default(opened: DeskInTest, page: FilesPage, folder: Path) -> None:
    for alias in ("archive", "papers"):
        keys.create_key(opened.session, alias, spec=AES)
    page.take("", [write(folder, "a.txt")])
    opened.qtbot.waitUntil(lambda: page.key.asking)
    question = page.panel.findChild(KeyQuestion)
    assert isinstance(question, KeyQuestion)
    question.remember.setChecked(False)
    QTest.keyClick(question.use_button, Qt.Key.Key_Space)
    assert rest(opened, page)[0].result.sentence.startswith("Encrypted with archive")
    assert not os.path.exists(opened.vault.workplace.places.settings)


def test_files_whose_key_was_not_chosen_stay_listed(opened: DeskInTest, page: FilesPage, folder: Path) -> None:
    for alias in ("archive", "papers"):
        keys.create_key(opened.session, alias, spec=AES)
    path = write(folder, "a.txt")
    page.take("", [path])
    opened.qtbot.waitUntil(lambda: page.key.asking)
    QTest.keyClick(page.panel, Qt.Key.Key_Escape)
    (row,) = rest(opened, page)
    assert row.result.pill == "Cancelled"
    press(row, RowAct.RETRY)
    opened.qtbot.waitUntil(lambda: page.key.asking)
    assert page.list.shown == ()


def test_the_first_key_is_made_on_the_spot_even_if_its_name_is_taken(
    opened: DeskInTest, page: FilesPage, folder: Path
) -> None:
    keys.create_key(opened.session, "my-files", spec=AES)
    keys.disable_key(opened.session, "my-files")
    page.take("", [write(folder, "a.txt")])
    opened.qtbot.waitUntil(lambda: page.key.asking)
    question = page.panel.findChild(KeyQuestion)
    assert isinstance(question, KeyQuestion)
    QTest.keyClick(question.first_button, Qt.Key.Key_Space)
    opened.qtbot.waitUntil(lambda: bool(page.list.shown), timeout=10000)
    assert rest(opened, page)[0].result.sentence.startswith("Encrypted with my-files-2")


def test_a_drop_on_a_locked_vault_goes_on_after_unlocking(opened: DeskInTest, page: FilesPage, folder: Path) -> None:
    default(opened, page)
    path = write(folder, "a.txt")
    opened.desk.lock("")
    with opened.qtbot.waitSignal(page.unlock_wanted):
        page.take("", [path])
    assert page.banner.isVisible()
    opened.qtbot.waitUntil(lambda: not opened.desk.closing)
    unlock(opened)
    opened.qtbot.waitUntil(lambda: bool(page.list.shown), timeout=10000)
    assert rest(opened, page)[0].result.pill == "Encrypted"
    assert not page.banner.isVisible()


def test_an_existing_result_can_be_replaced_or_go_elsewhere(
    opened: DeskInTest, page: FilesPage, folder: Path, tmp_path: Path
) -> None:
    default(opened, page)
    path, there = write(folder, "a.txt"), write(folder, "a.txt.esdk", b"mine")
    row = done(opened, page, Act.ENCRYPT, path)
    assert row.result.pill == "Waiting"
    press(row, RowAct.EXISTS)
    question = page.panel.findChild(ExistsQuestion)
    assert isinstance(question, ExistsQuestion)
    assert "lost" in words_in(page)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    QTest.keyClick(question.folder_button, Qt.Key.Key_Space)
    choose(page, "folder-dialog", [str(elsewhere)])
    assert rest(opened, page)[0].result.output == str(elsewhere / "a.txt.esdk")
    assert Path(there).read_bytes() == b"mine"
    press(done(opened, page, Act.ENCRYPT, path), RowAct.EXISTS)
    question = page.panel.findChild(ExistsQuestion)
    assert isinstance(question, ExistsQuestion)
    QTest.keyClick(question.replace_button, Qt.Key.Key_Space)
    assert rest(opened, page)[0].result.pill == "Encrypted"
    assert inspect_file(there).recipients[0].key_id == keys.find_key(opened.session, "my-files").id


def test_a_disabled_key_is_enabled_and_the_job_goes_on(opened: DeskInTest, page: FilesPage, folder: Path) -> None:
    default(opened, page)
    path = write(folder, "a.txt")
    done(opened, page, "", path)
    os.rename(path, path + ".away")
    keys.disable_key(opened.session, "my-files")
    row = done(opened, page, "", path + ".esdk")
    assert row.row.sentence == "Needs key my-files, which is disabled."
    press(row, RowAct.ENABLE)
    question = page.panel.findChild(EnableQuestion)
    assert isinstance(question, EnableQuestion)
    QTest.keyClick(question.enable_button, Qt.Key.Key_Space)
    opened.qtbot.waitUntil(lambda: bool(page.list.shown) and page.list.shown[0].result.pill == "Decrypted")
    assert keys.find_key(opened.session, "my-files").state is KeyState.ENABLED
    assert Path(path).read_bytes() == b"dear me"


def test_a_damaged_file_is_refused_and_its_header_can_be_read(
    opened: DeskInTest, page: FilesPage, folder: Path
) -> None:
    default(opened, page)
    path = write(folder, "a.txt", b"x" * 5000)
    done(opened, page, "", path)
    os.rename(path, path + ".away")
    with open(path + ".esdk", "r+b") as file:
        file.seek(3000)
        file.write(b"??")
    row = done(opened, page, "", path + ".esdk")
    assert (row.result.pill, row.result.tone) == ("Refused", "bad")
    assert "damaged" in row.row.sentence
    assert not os.path.exists(path)
    press(row, RowAct.DETAILS)
    opened.qtbot.waitUntil(lambda: page.panel.isVisible())
    assert page.panel.title == "a.txt.esdk"
    assert "my-files, version 1" in words_in(page)


def test_a_file_of_which_nothing_can_be_shown_is_named(opened: DeskInTest, page: FilesPage, folder: Path) -> None:
    default(opened, page)
    path = write(folder, "a.txt")
    done(opened, page, "", path)
    content = Path(path + ".esdk").read_bytes()
    Path(path + ".esdk").write_bytes(content[:60])
    press(done(opened, page, Act.DECRYPT, path + ".esdk"), RowAct.DETAILS)
    opened.qtbot.waitUntil(lambda: page.banner.isVisible())
    assert page.banner.title == "Damaged or changed: a.txt.esdk"
    done(opened, page, "", write(folder, "b.txt"))
    assert page.banner.isHidden()  # what it said was of before


def test_a_file_of_another_vault_says_so(
    opened: DeskInTest, page: FilesPage, folder: Path, tmp_path: Path, clock: SettableClock
) -> None:
    path = write(folder, "a.txt")
    default(opened, page)
    made = keys.create_key(opened.session, "other", spec=AES)
    encrypt_files(opened.session, [path], key=made.id)
    content = Path(path + ".esdk").read_bytes()
    Path(path + ".esdk").write_bytes(content.replace(made.id.encode(), made.id[::-1].encode()))
    os.rename(path, path + ".away")
    row = done(opened, page, "", path + ".esdk")
    assert "Its key is not in this vault" in row.row.sentence


def test_inspecting_needs_no_vault(opened: DeskInTest, page: FilesPage, folder: Path) -> None:
    default(opened, page)
    path = write(folder, "a.txt")
    encrypt_files(opened.session, [path], key="my-files", context={"project": "taxes"})
    opened.desk.lock("")
    page.inspect(path + ".esdk")
    opened.qtbot.waitUntil(lambda: page.panel.isVisible())
    said = words_in(page)
    assert "taxes" in said
    assert "suite 0x0478" in said
    assert "Only decrypting proves it" in said
    page.inspect(path)
    opened.qtbot.waitUntil(lambda: page.banner.isVisible())


def test_a_folder_that_cannot_be_written_to_offers_another(
    opened: DeskInTest, page: FilesPage, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    default(opened, page)

    def refused(*_: object, **__: object) -> None:
        raise FolderReadOnly(path=str(folder))

    with monkeypatch.context() as patch:
        patch.setattr(files_encrypt, "encrypt", refused)
        row = done(opened, page, "", write(folder, "a.txt"))
    assert "“letters” cannot be written to" in row.row.sentence
    assert row.result.acts == (RowAct.FOLDER,)


def test_a_full_disk_leaves_nothing_and_can_be_tried_again(
    opened: DeskInTest, page: FilesPage, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    default(opened, page)
    path = write(folder, "a.txt")

    def full(*_: object, **__: object) -> None:
        raise DiskFull(path=path + ".esdk")

    with monkeypatch.context() as patch:
        patch.setattr(files_encrypt, "encrypt", full)
        row = done(opened, page, "", path)
    assert "disk is full" in row.row.sentence
    assert not leftovers(folder)
    press(row, RowAct.RETRY)
    assert rest(opened, page)[0].result.pill == "Encrypted"
    assert len(page.list.shown) == 1


def test_a_vanished_file_says_so(opened: DeskInTest, page: FilesPage, folder: Path) -> None:
    default(opened, page)
    row = done(opened, page, "", str(folder / "gone.txt"))
    assert "not there any more" in row.row.sentence
    write(folder, "gone.txt")
    press(row, RowAct.RETRY)
    opened.qtbot.waitUntil(lambda: bool(page.list.shown) and page.list.shown[0].result.pill == "Encrypted")


class Gate:
    """Lets a job's first report through only when it is told to; the job stands still meanwhile."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.open = threading.Event()
        real = encrypt

        def slow(source: int, *words: object, **more: object) -> object:
            if os.fstat(source).st_size:  # what is empty passes
                self.open.wait(60)
            return real(source, *words, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(files_encrypt, "encrypt", slow)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    made = Gate(monkeypatch)
    yield made
    made.open.set()


def test_a_running_job_can_be_cancelled_and_the_page_says_what_runs(
    opened: DeskInTest, page: FilesPage, folder: Path, gate: Gate
) -> None:
    default(opened, page)
    for name in ("a", "b", "c"):
        begin(opened, page, write(folder, name))
    opened.qtbot.waitUntil(lambda: page.list.strip.summary.startswith("2 running · 1 waiting"))
    assert page.busy
    for row in page.list.rows:
        QTest.keyClick(row.cancel_button, Qt.Key.Key_Space)
    stopping = [row for row in page.list.rows if row.state_text == "Cancelling"]
    assert len(stopping) == 2  # the third did not run, and is over
    assert all(row.pause_button.isHidden() for row in stopping)
    stopping[0].show_progress(1, 2)
    assert stopping[0].state_text == "Cancelling"
    gate.open.set()
    assert [shown.result.pill for shown in rest(opened, page)] == ["Cancelled"] * 3
    assert sorted(path.name for path in folder.iterdir()) == ["a", "b", "c"]
    assert not leftovers(folder)


def test_one_job_or_everything_can_be_paused_and_goes_on(
    opened: DeskInTest, page: FilesPage, folder: Path, gate: Gate
) -> None:
    default(opened, page)
    for name in ("a", "b"):
        begin(opened, page, write(folder, name))
    opened.qtbot.waitUntil(lambda: page.board.count(JobState.RUNNING) == 2)
    first, second = page.list.rows
    QTest.keyClick(first.pause_button, Qt.Key.Key_Space)
    assert (first.state_text, first.pause_button.text()) == ("Paused", "Continue")
    assert page.list.strip.summary.startswith("1 running · 1 paused")
    QTest.keyClick(page.list.strip.pause_button, Qt.Key.Key_Space)
    gate.open.set()
    assert second.state_text == "Paused"
    assert page.list.strip.pause_button.text() == "Continue all"
    QTest.qWait(300)
    assert not leftovers(folder)
    assert sorted(path.name for path in folder.iterdir()) == ["a", "b"]
    QTest.keyClick(page.list.strip.pause_button, Qt.Key.Key_Space)
    assert [shown.result.pill for shown in rest(opened, page)] == ["Encrypted"] * 2


def test_everything_is_cancelled_at_once_and_only_that_is_tried_again(
    opened: DeskInTest, page: FilesPage, folder: Path, gate: Gate
) -> None:
    default(opened, page)
    done(opened, page, "", write(folder, "empty", b""))
    for name in ("a", "b", "c"):
        begin(opened, page, write(folder, name))
    opened.qtbot.waitUntil(lambda: page.board.count(JobState.RUNNING) == 2)
    QTest.keyClick(page.list.strip.cancel_button, Qt.Key.Key_Space)
    gate.open.set()
    assert [shown.result.pill for shown in rest(opened, page)] == [*["Cancelled"] * 3, "Encrypted"]
    QTest.keyClick(page.list.strip.retry_button, Qt.Key.Key_Space)
    assert [shown.result.pill for shown in rest(opened, page)] == ["Encrypted"] * 4
    assert page.list.strip.retry_button.isHidden()


def test_a_page_is_busy_until_its_rows_say_what_became_of_the_job(
    opened: DeskInTest, page: FilesPage, folder: Path, gate: Gate
) -> None:
    default(opened, page)
    begin(opened, page, write(folder, "a"))
    opened.qtbot.waitUntil(lambda: page.board.count(JobState.RUNNING) == 1)
    threads = opened.tasks.threads
    gate.open.set()
    for thread in threads:
        thread.join(20)
    assert page.board.count(JobState.DONE) == 1
    assert page.list.shown == ()
    assert page.busy
    assert [shown.result.pill for shown in rest(opened, page)] == ["Encrypted"]


def test_the_line_above_the_list_cuts_no_words_off(
    opened: DeskInTest, page: FilesPage, folder: Path, gate: Gate
) -> None:
    default(opened, page)
    done(opened, page, "", write(folder, "empty", b""))
    for name in ("a", "b"):
        begin(opened, page, write(folder, name))
    opened.qtbot.waitUntil(lambda: page.board.count(JobState.RUNNING) == 2)
    strip = page.list.strip
    for width, beside, whole in ((988, False, True), (688, False, True), (688, True, False)):
        page.resize(width, 572)  # of a window of 1200 and of 900 pixels
        if beside:
            page.panel.open_with("Key for files", QLabel("Which key?"), take_focus=False)
        QTest.qWait(50)
        assert strip.width() <= width - (PANEL_WIDTH if beside else 0)
        texts = [part for part in strip.findChildren(QLabel) if part.isVisible()]
        assert all(part.width() >= part.sizeHint().width() for part in texts), width
        assert any("half-done" in part.text() for part in texts) == whole, width
    gate.open.set()
    rest(opened, page)


def test_locking_lets_started_jobs_end_and_starts_none(
    opened: DeskInTest, page: FilesPage, folder: Path, gate: Gate
) -> None:
    default(opened, page)
    for name in ("a", "b", "c"):
        begin(opened, page, write(folder, name))
    opened.desk.lock("")
    gate.open.set()
    opened.qtbot.waitUntil(lambda: not opened.desk.closing, timeout=10000)
    assert page.board.count(JobState.WAITING) == 1
    assert [shown.result.pill for shown in page.list.shown] == ["Encrypted", "Encrypted"]
    unlock(opened)
    assert [shown.result.pill for shown in rest(opened, page)] == ["Encrypted"] * 3


def test_stopping_everything_at_the_lock_cancels_the_jobs(
    opened: DeskInTest, page: FilesPage, folder: Path, gate: Gate
) -> None:
    default(opened, page)
    page.take("", [write(folder, "a")])
    opened.qtbot.waitUntil(lambda: page.board.count(JobState.RUNNING) == 1)
    opened.desk.lock("", cancel=True)
    gate.open.set()
    assert rest(opened, page)[0].result.pill == "Cancelled"
    assert not (folder / "a.esdk").exists()


def test_progress_of_a_large_file_is_shown(opened: DeskInTest, page: FilesPage, folder: Path) -> None:
    default(opened, page)
    with (folder / "film.mkv").open("wb") as file:
        file.truncate(BIG)
    seen: list[tuple[int, int]] = []
    page.board.changed.connect(lambda job: seen.append((job.done, job.total)))
    assert done(opened, page, "", str(folder / "film.mkv")).result.pill == "Encrypted"
    assert any(0 < reached < BIG for reached, _ in seen)
    assert {total for _, total in seen} <= {0, BIG}


def test_what_runs_stands_above_what_waits_and_results_below(
    opened: DeskInTest, page: FilesPage, folder: Path, gate: Gate
) -> None:
    default(opened, page)
    paths = [write(folder, name) for name in ("a", "b", "c", "d")]
    for path in paths:
        begin(opened, page, path)
    opened.qtbot.waitUntil(lambda: page.list.strip.summary.startswith("2 running · 2 waiting"))
    assert [row.accessibleName()[-1] for row in page.list.rows] == ["a", "b", "c", "d"]
    QTest.keyClick(page.list.rows[1].cancel_button, Qt.Key.Key_Space)  # it still runs until it is told
    QTest.keyClick(page.list.rows[2].cancel_button, Qt.Key.Key_Space)
    opened.qtbot.waitUntil(lambda: len(page.list.shown) == 1)
    assert [row.accessibleName().partition(":")[0][-1] for row in page.list.rows] == ["a", "b", "d", "c"]
    gate.open.set()
    rest(opened, page)


def test_the_focus_goes_from_cancel_to_what_comes_next(
    opened: DeskInTest, page: FilesPage, folder: Path, gate: Gate
) -> None:
    default(opened, page)
    page.take("", [write(folder, "a")])
    opened.qtbot.waitUntil(lambda: page.board.count(JobState.RUNNING) == 1)
    page.list.rows[0].cancel_button.setFocus()
    gate.open.set()
    (row,) = rest(opened, page)
    assert row.row.folder_button.hasFocus()


def test_files_are_chosen_by_the_keyboard(opened: DeskInTest, page: FilesPage, folder: Path) -> None:
    default(opened, page)
    QTest.keyClick(page.choose_button, Qt.Key.Key_Space)
    choose(page, "files-dialog", [write(folder, "a.txt"), write(folder, "b.txt")])
    opened.qtbot.waitUntil(lambda: bool(page.list.shown))
    assert len(rest(opened, page)) == 2


def test_files_for_one_key_are_encrypted_with_it(opened: DeskInTest, page: FilesPage, folder: Path) -> None:
    default(opened, page)
    other = keys.create_key(opened.session, "papers", spec=AES)
    page.encrypt_with(other.id)
    choose(page, "files-dialog", [write(folder, "a.txt")])
    opened.qtbot.waitUntil(lambda: bool(page.list.shown))
    assert "papers" in rest(opened, page)[0].result.sentence


def test_the_default_key_can_be_changed_in_place(opened: DeskInTest, page: FilesPage) -> None:
    default(opened, page)
    keys.create_key(opened.session, "papers", spec=AES)
    opened.desk.note_change()
    opened.qtbot.waitUntil(lambda: len(page.key.keys.keys) == 2)
    QTest.keyClick(page.drop_field.change_button, Qt.Key.Key_Space)
    question = page.panel.findChild(KeyQuestion)
    assert isinstance(question, KeyQuestion)
    question.chooser.list.setCurrentRow(1)
    QTest.keyClick(question.use_button, Qt.Key.Key_Space)
    opened.qtbot.waitUntil(lambda: page.drop_field.sentence.endswith("papers"))


def test_the_key_search_finds_by_name_and_tag(opened: DeskInTest, page: FilesPage) -> None:
    for number in range(9):
        keys.create_key(opened.session, f"key-{number}", spec=AES, tags=(("year", str(2010 + number)),))
    opened.desk.note_change()
    opened.qtbot.waitUntil(lambda: len(page.key.keys.keys) == 9)
    page.change_default()
    question = page.panel.findChild(KeyQuestion)
    assert isinstance(question, KeyQuestion)
    QTest.keyClicks(question.chooser.search, "2014")
    assert question.chooser.current is not None
    assert question.chooser.current.alias == "key-4"
    QTest.keyClicks(question.chooser.search, "x")
    assert question.chooser.current is None
    assert not question.use_button.isEnabled()


def test_results_are_shown_in_their_folder_and_cleared(
    opened: DeskInTest, page: FilesPage, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    default(opened, page)
    shown: list[str] = []
    monkeypatch.setattr(jobs_acts, "show_in_folder", lambda path, _: shown.append(path))
    press(done(opened, page, "", write(folder, "a.txt")), RowAct.SHOW)
    assert shown == [str(folder / "a.txt.esdk")]
    QTest.keyClick(page.list.strip.clear_button, Qt.Key.Key_Space)
    assert page.list.shown == ()
    assert page.board.jobs.all() == ()


def test_the_list_does_not_grow_for_ever(opened: DeskInTest, page: FilesPage, folder: Path) -> None:
    default(opened, page)
    for number in range(ROWS // 2 + 2):
        page.take("", [str(folder / f"{number}-a"), str(folder / f"{number}-b")])
    rest(opened, page)
    assert len(page.list.rows) == ROWS


def test_every_control_has_a_name(opened: DeskInTest, page: FilesPage, folder: Path) -> None:
    default(opened, page)
    path = write(folder, "a.txt")
    done(opened, page, "", path)
    press(done(opened, page, Act.ENCRYPT, path), RowAct.EXISTS)
    assert nameless_controls(page) == []
    page.change_default()
    assert nameless_controls(page) == []
    page.inspect(path + ".esdk")
    opened.qtbot.waitUntil(lambda: page.panel.title == "a.txt.esdk")
    assert nameless_controls(page) == []
