"""Keys that come and go, in the window: imported from a file, waited for, exported, sent and received."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from gui.screens.outside import SECRET, ssh_key
from signet.crypto.keyreading import read_key
from signet.gui.pages.export_key import ExportForm
from signet.gui.pages.import_key import ImportForm, name_for, open_import
from signet.gui.pages.key_importing import DayForm, MaterialForm
from signet.gui.pages.key_transfer import HomeSection, ReceiveForm, SendForm, open_receive
from signet.gui.pages.keys import KeysPage
from signet.gui.pages.new_key import NewKeyForm
from signet.gui.pages.waiting_key import WaitingForm
from signet.keys.spec import KeySpec, Origin
from signet.keys.state import KeyState
from signet.secret import Secret
from signet.services import import_expiry, keys
from signet.services.audit import list_entries
from signet.services.receiving import receive_key, request_key
from signet.services.sending import send_key
from support.clock import SettableClock
from support.vaults import make_vault
from support.window import DeskInTest, choose_file, nameless_controls, open_desk

AES = KeySpec.SYMMETRIC_DEFAULT


@pytest.fixture
def opened(qapp: QApplication, qtbot: QtBot, tmp_path: Path, clock: SettableClock) -> Iterator[DeskInTest]:
    with open_desk(qapp, qtbot, tmp_path, clock) as made:
        yield made


def show(opened: DeskInTest) -> KeysPage:
    page = KeysPage(opened.desk, opened.tasks, opened.theme)
    opened.qtbot.addWidget(page)
    page.resize(988, 728)
    page.show()
    opened.qtbot.waitExposed(page)
    idle(opened)
    return page


def idle(opened: DeskInTest) -> None:
    opened.qtbot.waitUntil(lambda: not opened.tasks.busy)


def choose(opened: DeskInTest, page: KeysPage, alias: str) -> None:
    opened.desk.note_change()
    opened.qtbot.waitUntil(lambda: alias in [row.key.alias for row in page.model.snapshot.rows])
    page.select(keys.find_key(opened.session, alias).id)
    opened.qtbot.waitUntil(lambda: page.panel.title == alias)
    idle(opened)


def choose_next(opened: DeskInTest, page: KeysPage, before: str, path: Path) -> None:
    """Answer the file dialog that follows the one with the title ``before``."""

    def found() -> list[QFileDialog]:
        dialogs = page.findChildren(QFileDialog, "file-dialog")
        return [dialog for dialog in dialogs if dialog.isVisible() and dialog.windowTitle() != before]

    opened.qtbot.waitUntil(lambda: bool(found()))
    (dialog,) = found()
    field = dialog.findChild(QLineEdit, "fileNameEdit")
    assert isinstance(field, QLineEdit)
    field.setText(str(path))
    with opened.qtbot.waitSignal(dialog.fileSelected):
        dialog.accept()


def drop(form: ImportForm, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    nothing = Qt.KeyboardModifier.NoModifier
    form.dropEvent(QDropEvent(QPointF(1, 1), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, nothing))


def test_a_key_is_imported_from_a_file_that_was_chosen_or_dropped(opened: DeskInTest, tmp_path: Path) -> None:
    qtbot, session = opened.qtbot, opened.session
    (tmp_path / "id_ed25519").write_bytes(ssh_key())
    (tmp_path / "public").write_text("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHk mari\n")
    page = show(opened)
    page.panel.new_key()
    new = page.panel.form
    assert isinstance(new, NewKeyForm)
    new.bring.click()
    form = page.panel.form
    assert isinstance(form, ImportForm)
    assert not form.import_button.isEnabled()
    drop(form, tmp_path / "public")
    qtbot.waitUntil(form.banner.isVisible)
    assert form.file is None
    idle(opened)
    form.choose_button.click()
    choose_file(qtbot, page, tmp_path / "id_ed25519")
    qtbot.waitUntil(lambda: form.file is not None)
    assert form.name.text() == "id_ed25519"
    assert not form.purpose.isVisible() or form.purpose.count() > 1
    assert nameless_controls(page) == []
    idle(opened)
    form.name.clear()
    QTest.keyClicks(form.name, "my-ssh")
    form.last_day.box.click()
    form.never_export.click()
    QTest.keyClick(form.name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: [key.alias for key in keys.list_keys(session)] == ["my-ssh"])
    qtbot.waitUntil(lambda: not isinstance(page.panel.form, ImportForm))
    made = keys.find_key(session, "my-ssh")
    found = import_expiry.import_of(session, made)
    assert made.origin is Origin.EXTERNAL
    assert found is not None
    assert found.expires is not None
    idle(opened)
    # The same file a second time, and one that is closed again: nothing of the key stays behind.
    open_import(page.panel, str(tmp_path / "id_ed25519"))
    again = page.panel.form
    assert isinstance(again, ImportForm)
    qtbot.waitUntil(lambda: again.file is not None)
    idle(opened)
    again.import_button.click()
    qtbot.waitUntil(again.banner.isVisible)
    idle(opened)
    held = again.file
    assert held is not None
    page.panel.close_panel()
    qtbot.waitUntil(lambda: bytes(held.key.material.reveal()) == bytes(len(held.key.material)))


@pytest.mark.parametrize(("path", "name"), [("/a/id_rsa.pem", "id_rsa"), ("x/my key.p12", "my-key"), ("õ.jwk", "")])
def test_a_name_is_proposed_if_the_file_has_one_that_fits(path: str, name: str) -> None:
    assert name_for(path) == name


def test_a_key_that_waits_says_what_to_do_and_gets_its_material(
    opened: DeskInTest, tmp_path: Path, clock: SettableClock
) -> None:
    qtbot, session = opened.qtbot, opened.session
    (tmp_path / "raw").write_bytes(SECRET)
    page = show(opened)
    open_import(page.panel)
    form = page.panel.form
    assert isinstance(form, ImportForm)
    form.wrapped.click()
    waiting = page.panel.form
    assert isinstance(waiting, WaitingForm)
    waiting.name.setText("archive")
    waiting.spec.setCurrentIndex(waiting.spec.findData(AES))
    waiting.make_button.click()
    qtbot.waitUntil(lambda: page.panel.title == "archive")
    idle(opened)
    page.panel.menu.do("bring-material")
    material = page.panel.form
    assert isinstance(material, MaterialForm)
    idle(opened)
    assert nameless_controls(page) == []
    material.file_button.click()
    choose_file(qtbot, page, tmp_path / "raw")
    qtbot.waitUntil(lambda: keys.find_key(session, "archive").state is KeyState.ENABLED)
    qtbot.waitUntil(lambda: page.panel.form is None)
    idle(opened)
    # A day that is over is said, and another one can be given.
    import_expiry.set_expiry(session, "archive", clock.now() + timedelta(days=1))
    clock.set_wall(clock.now() + timedelta(days=2))
    import_expiry.expire_imports(session)
    choose(opened, page, "archive")
    qtbot.waitUntil(lambda: page.current is not None and page.current.key.state is KeyState.PENDING_IMPORT)
    page.panel.menu.do("bring-material")
    material = page.panel.form
    assert isinstance(material, MaterialForm)
    qtbot.waitUntil(material.day_button.isVisible)
    idle(opened)
    material.day_button.click()
    day = page.panel.form
    assert isinstance(day, DayForm)
    day.save_button.click()
    qtbot.waitUntil(lambda: keys.find_key(session, "archive").state is KeyState.ENABLED)
    idle(opened)
    choose(opened, page, "archive")
    qtbot.waitUntil(lambda: page.current is not None and page.current.key.state is KeyState.ENABLED)
    page.panel.menu.do("wipe-material")
    qtbot.waitUntil(lambda: keys.find_key(session, "archive").state is KeyState.PENDING_IMPORT)
    assert any("wiped from this vault" in question.sentence for question in opened.questions)
    idle(opened)


def test_an_export_takes_a_kind_of_file_and_a_reason(opened: DeskInTest, tmp_path: Path) -> None:
    keys.create_key(opened.session, "ssh", spec=KeySpec.ECC_NIST_EDWARDS25519)
    page = show(opened)
    choose(opened, page, "ssh")
    page.panel.menu.do("export")
    form = page.panel.form
    assert isinstance(form, ExportForm)
    form.plain.click()
    form.form.setCurrentIndex(form.form.findText("OpenSSH", Qt.MatchFlag.MatchStartsWith))
    assert form.name == "ssh"
    form.reason.setText("for git")
    form.save_button.click()
    choose_file(opened.qtbot, page, tmp_path / "ssh")
    opened.qtbot.waitUntil((tmp_path / "ssh").exists)
    idle(opened)
    assert read_key(Secret((tmp_path / "ssh").read_bytes())).what == "an OpenSSH private key"
    assert "for git" in [entry.details.get("reason") for entry in list_entries(opened.session)]


def test_a_key_is_sent_to_another_vault_and_one_is_received(
    opened: DeskInTest, tmp_path: Path, clock: SettableClock
) -> None:
    qtbot, session = opened.qtbot, opened.session
    keys.create_key(session, "papers", spec=AES)
    other = make_vault(tmp_path / "other", clock)
    with other.open() as theirs:
        request = request_key(theirs, str(tmp_path / "a.request"))
        page = show(opened)
        choose(opened, page, "papers")
        page.panel.menu.do("send")
        form = page.panel.form
        assert isinstance(form, SendForm)
        assert nameless_controls(page) == []
        form.choose_button.click()
        choose_file(qtbot, page, Path(request.path))
        choose_next(opened, page, "The request of the other vault", tmp_path / "papers.signet-key")
        qtbot.waitUntil((tmp_path / "papers.signet-key").exists)
        idle(opened)
        assert request.fingerprint in opened.questions[-1].sentence
        assert receive_key(theirs, str(tmp_path / "papers.signet-key")).key.home == session.vault_id
        # And the other way round.
        keys.create_key(theirs, "laptop", spec=AES)
        open_receive(page.panel)
        asking = page.panel.form
        assert isinstance(asking, ReceiveForm)
        asking.request_button.click()
        choose_file(qtbot, page, tmp_path / "b.request")
        qtbot.waitUntil(lambda: asking._fingerprint.isVisible())
        idle(opened)
        sent = send_key(theirs, "laptop", str(tmp_path / "b.request"), str(tmp_path / "b.parcel"))
        asking.take_button.click()
        choose_file(qtbot, page, Path(sent.path))
        qtbot.waitUntil(lambda: page.panel.title == "laptop")
        idle(opened)
        home = page.findChild(HomeSection)
        assert home is not None
        qtbot.waitUntil(home.isVisible)
        home.keep_button.click()
        qtbot.waitUntil(lambda: keys.find_key(session, "laptop").home == "")
        idle(opened)
    other.workplace.close()
