"""Certificates of keys in the window: made, asked for, imported, looked at, preferred, saved, removed."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from gui.test_guarded_keys import show
from signet.gui.pages.key_certificates import CertificatesSection
from signet.gui.pages.key_certificates_import import ImportForm
from signet.gui.pages.key_certificates_making import MakeForm, RequestForm
from signet.gui.pages.key_certificates_show import CertificateForm
from signet.gui.pages.keys import KeysPage
from signet.gui.widgets.text import ElidedLabel
from signet.keys.spec import KeySpec
from signet.services import keys
from signet.services.certificates import certificates_of
from signet.services.certificates_import import import_certificate
from signet.services.certificates_making import CertificateWish, make_self_signed
from support import pki
from support.clock import SettableClock
from support.key_certificates import certificate_over
from support.window import DeskInTest, choose_file, nameless_controls, open_desk

KEY = "contracts"


def section_of(opened: DeskInTest, page: KeysPage, count: int, alias: str = KEY) -> CertificatesSection:
    """The section of a key, once it shows so many certificates."""
    page.select(keys.find_key(opened.session, alias).id)
    found: list[CertificatesSection] = []

    def shown() -> bool:
        details = page.panel.details
        if details is None:
            return False
        found[:] = [each for each in details._sections if isinstance(each, CertificatesSection)]
        return found[0].isVisibleTo(page) and found[0]._rows.count() == count

    opened.qtbot.waitUntil(shown)
    return found[0]


def names(section: CertificatesSection) -> list[str]:
    return [row.findChildren(ElidedLabel)[0].whole_text for row in rows(section)]


def rows(section: CertificatesSection) -> list[QWidget]:
    items = [section._rows.itemAt(place) for place in range(section._rows.count())]
    return [row for item in items if item is not None and (row := item.widget()) is not None]


def open_one(page: KeysPage, section: CertificatesSection, which: int = 0) -> CertificateForm:
    next(each for each in rows(section)[which].findChildren(QPushButton) if each.text() == "Show…").click()
    form = page.panel.form
    assert isinstance(form, CertificateForm)
    return form


def test_certificates_live_in_the_window(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, clock: SettableClock
) -> None:
    with open_desk(qapp, qtbot, tmp_path, clock) as opened:
        opened.session.proven()
        keys.create_key(opened.session, KEY, spec=KeySpec.ECC_NIST_P256)
        keys.create_key(opened.session, "files", spec=KeySpec.SYMMETRIC_DEFAULT)
        told: list[tuple[str, str]] = []
        page = show(opened)
        page.panel.told.connect(lambda title, sentence: told.append((title, sentence)))
        section = section_of(opened, page, 0)
        assert section.empty.isVisibleTo(page)

        # One that the key signs itself; what is wrong is said in its place.
        section.make.trigger()
        form = page.panel.form
        assert isinstance(form, MakeForm)
        assert not form.make_button.isEnabled()
        form.name.setText("Mari Maasikas")
        form.country.setText("E")
        form.make_button.click()
        assert "two letters" in form.banner.sentence
        form.country.setText("ee")
        assert nameless_controls(page) == []
        form.make_button.click()
        qtbot.waitUntil(lambda: page.panel.form is None)
        (own,) = certificates_of(opened.session, KEY)
        assert own.subject == "CN=Mari Maasikas,C=EE"
        assert told[-1][0] == "“contracts” has a certificate for “Mari Maasikas”"
        section = section_of(opened, page, 1)
        assert names(section) == ["Mari Maasikas"]
        assert not section.empty.isVisibleTo(page)

        # A request: shown, copied, saved.
        section.request.trigger()
        form = page.panel.form
        assert isinstance(form, MakeForm)
        form.name.setText("Mari")
        form.organisation.setText("Acme, Inc")
        form.make_button.click()
        qtbot.waitUntil(lambda: isinstance(page.panel.form, RequestForm))
        made = page.panel.form
        assert isinstance(made, RequestForm)
        assert made.request.subject == r"CN=Mari,O=Acme\, Inc"
        made.copy_button.click()
        assert QGuiApplication.clipboard().text() == made.request.pem
        made.save_button.click()
        choose_file(qtbot, page, tmp_path / "mari.csr")
        qtbot.waitUntil((tmp_path / "mari.csr").exists)
        assert (tmp_path / "mari.csr").read_text() == made.request.pem
        qtbot.waitUntil(lambda: told[-1][0] == "The request was saved")
        page.panel.close_panel()

        # The answer: another key's is refused in its place, the right one comes with its chain.
        section = section_of(opened, page, 1)
        section.bring.trigger()
        bring = page.panel.form
        assert isinstance(bring, ImportForm)
        assert not bring.import_button.isEnabled()
        bring.paste.setPlainText(pki.signer().pem.decode())
        bring.import_button.click()
        qtbot.waitUntil(lambda: "is not for the key “contracts”" in bring.banner.sentence)
        assert nameless_controls(page) == []
        answer = tmp_path / "answer.pem"
        answer.write_bytes(certificate_over(opened.session, KEY, "Mari of Acme"))
        bring.choose_button.click()
        choose_file(qtbot, page, answer)
        qtbot.waitUntil(lambda: page.panel.form is None)
        assert "“contracts” has the certificate of “Mari of Acme”" in told[-1][0]
        assert "issuer's certificate did not come along" in told[-1][1]
        section = section_of(opened, page, 2)

        # The same dropped with what stands above it.
        section.bring.trigger()
        again = page.panel.form
        assert isinstance(again, ImportForm)
        answer.write_bytes(pki.issuing().pem + pki.root().pem)
        drop(again, tmp_path / "answer.pem")
        qtbot.waitUntil(lambda: bool(again.banner.sentence))
        assert "Example Issuing CA" in again.banner.sentence
        page.panel.close_panel()


def test_a_certificate_is_looked_at_preferred_saved_and_removed(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, clock: SettableClock
) -> None:
    with open_desk(qapp, qtbot, tmp_path, clock) as opened:
        opened.session.proven()
        keys.create_key(opened.session, KEY, spec=KeySpec.ECC_NIST_P256)
        make_self_signed(opened.session, KEY, CertificateWish("Mari"))
        issued = certificate_over(opened.session, KEY, "Mari of Acme")
        import_certificate(opened.session, KEY, issued, chain=[pki.issuing().der, pki.root().der])
        page = show(opened)
        section = section_of(opened, page, 2)
        assert names(section) == ["Mari", "Mari of Acme"]
        form = open_one(page, section)
        assert form.chain.words == ("Mari, self-signed",)
        assert not form.prefer_button.isVisibleTo(form)
        page.panel.close_panel()
        section = section_of(opened, page, 2)
        form = open_one(page, section, 1)
        assert form.chain.words == (
            "Mari of Acme",
            "Example Issuing CA, until 1 Jan 2046",
            "Example Root, until 1 Jan 2046",
        )
        form.save_button.click()
        choose_file(qtbot, page, tmp_path / "mari.pem")
        qtbot.waitUntil((tmp_path / "mari.pem").exists)
        assert (tmp_path / "mari.pem").read_text().count("BEGIN CERTIFICATE") == 3
        qtbot.waitUntil(lambda: form.save_button.isEnabled())
        form.prefer_button.click()
        qtbot.waitUntil(lambda: page.panel.form is None)
        assert certificates_of(opened.session, KEY)[0].common_name == "Mari of Acme"

        qtbot.waitUntil(lambda: names(section_of(opened, page, 2)) == ["Mari of Acme", "Mari"])
        form = open_one(page, section_of(opened, page, 2), 1)
        form.remove_button.click()
        assert page.window().focusWidget() is form.really_button
        assert len(certificates_of(opened.session, KEY)) == 2
        form.really_button.click()
        qtbot.waitUntil(lambda: page.panel.form is None)
        assert [each.common_name for each in certificates_of(opened.session, KEY)] == ["Mari of Acme"]


def test_keys_that_cannot_have_one_show_none(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, clock: SettableClock
) -> None:
    with open_desk(qapp, qtbot, tmp_path, clock) as opened:
        opened.session.proven()
        keys.create_key(opened.session, "files", spec=KeySpec.SYMMETRIC_DEFAULT)
        keys.create_key(opened.session, KEY, spec=KeySpec.ECC_NIST_P256)
        keys.disable_key(opened.session, KEY)
        page = show(opened)
        section = section_of(opened, page, 0)
        assert not section.make.isEnabled()
        assert section.bring.isEnabled()
        page.select(keys.find_key(opened.session, "files").id)
        qtbot.waitUntil(lambda: not section.isVisible())
        assert not page.panel.menu.action("certificate").isVisible()


def drop(form: ImportForm, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entered = QDragEnterEvent(form.rect().center(), copy, data, left, none)
    form.dragEnterEvent(entered)
    assert entered.isAccepted()
    form.dropEvent(QDropEvent(QPointF(1, 1), copy, data, left, none))
