"""Signing on the page Documents: with the keyboard alone, and what becomes of the form when it does not work."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from signet.documents.wishes import Certify, Form, Level
from signet.errors import PinIncorrect, ServiceUnreachable
from signet.gui.pages.documents import DocumentsPage
from signet.gui.pages.documents_extend import DONE
from signet.gui.pages.documents_sign import SignForm
from signet.gui.pages.documents_sign_stamp import STAMP
from signet.gui.prompt import Question
from signet.keys.spec import KeySpec, Protection
from signet.secret import Secret
from signet.services import keys
from signet.services.certificates_import import import_certificate
from signet.services.job import Act
from signet.services.opening import open_vault
from signet.services.pdf_documents import look_at_pdf
from signet.services.prompt import SecretKind
from signet.services.signing import sign_files
from support import pki
from support.clock import SettableClock
from support.key_certificates import certificate_over
from support.locked import PIN, Counter
from support.pdf import tiny_pdf
from support.pdf_signing import a_pdf, pdfsig, run, trusting_database
from support.prompt import ScriptedPrompt
from support.tsa import time_stamps
from support.window import DeskInTest, nameless_controls, open_desk

KEY = "contracts"


@pytest.fixture
def opened(qapp: QApplication, qtbot: QtBot, tmp_path: Path, clock: SettableClock) -> Iterator[DeskInTest]:
    with open_desk(qapp, qtbot, tmp_path, clock) as made:
        yield made


@pytest.fixture
def page(opened: DeskInTest) -> DocumentsPage:
    made = DocumentsPage(opened.desk, opened.tasks, opened.theme)
    opened.qtbot.addWidget(made)
    made.resize(988, 728)
    made.show()
    made.activateWindow()
    return made


def certified_key(opened: DeskInTest, **more: object) -> None:
    keys.create_key(opened.session, KEY, spec=KeySpec.ECC_NIST_P256)
    certificate = certificate_over(opened.session, KEY, **more)  # type: ignore[arg-type]
    import_certificate(opened.session, KEY, certificate, chain=[pki.issuing().der, pki.root().der])


def lease(folder: Path) -> Path:
    """A PDF of two pages of the size of letters."""
    return a_pdf(folder, tiny_pdf(2).replace(b"[0 0 200 200]", b"[0 0 595 842]"))


def form_for(opened: DeskInTest, page: DocumentsPage, *paths: Path) -> SignForm:
    page.take(Act.SIGN, [str(path) for path in paths])
    opened.qtbot.waitUntil(lambda: page.form is not None)
    form = page.form
    assert form is not None
    return form


def signed(opened: DeskInTest, page: DocumentsPage) -> None:
    """Wait until it is signed: the form is gone, and nothing runs."""
    opened.qtbot.waitUntil(lambda: page.form is None and not page.busy)


def tab_to(page: QWidget, wanted: QWidget) -> None:
    """Press Tab until the focus is there, as somebody without a mouse does."""
    for _ in range(60):
        focus = page.window().focusWidget()
        if focus is wanted:
            return
        QTest.keyClick(focus or page, Qt.Key.Key_Tab)
    raise AssertionError(f"Tab does not come to {wanted.accessibleName()}")


def choose_by_key(box: QComboBox, value: object) -> None:
    """Press Down in a choice until the value is chosen; entries that cannot be are passed over."""
    for _ in range(box.count()):
        if box.currentData() == value:
            return
        QTest.keyClick(box, Qt.Key.Key_Down)
    assert box.currentData() == value


def test_a_pdf_is_signed_with_a_stamp_by_keyboard_alone(
    opened: DeskInTest, page: DocumentsPage, tmp_path: Path
) -> None:
    certified_key(opened)
    source = lease(tmp_path)
    form = form_for(opened, page, source)
    assert nameless_controls(page) == []
    assert page.window().focusWidget() is form.chooser.list
    assert form.form is Form.PDF
    tab_to(page, form.pdf.stamp.where)
    choose_by_key(form.pdf.stamp.where, STAMP)
    overlay = page.signing.overlay
    assert overlay is not None
    opened.qtbot.waitUntil(lambda: overlay.rectangle() is not None)
    assert overlay.stamp is not None
    assert overlay.stamp.page == 1
    before = overlay.stamp
    overlay.setFocus(Qt.FocusReason.TabFocusReason)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Up):
        QTest.keyClick(overlay, key)
    QTest.keyClick(overlay, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    stamp = form.wish.pdf.stamp
    assert stamp is not None
    assert (stamp.x, stamp.y, stamp.width) == (before.x + 8, before.y + 4, before.width + 4)
    form.chooser.list.setFocus(Qt.FocusReason.TabFocusReason)
    tab_to(page, form.pdf.reason)
    QTest.keyClicks(form.pdf.reason, "I agree")
    tab_to(page, form.sign_button)
    QTest.keyClick(form.sign_button, Qt.Key.Key_Return)
    signed(opened, page)
    output = tmp_path / "lease-signed.pdf"
    told = pdfsig(trusting_database(tmp_path), output)
    assert "Signature is Valid" in told
    assert "Certificate is Trusted" in told
    facts = look_at_pdf(str(output))
    assert facts is not None
    (field,) = facts.fields
    assert field.filled
    assert (field.page, round(field.x), round(field.width)) == (1, round(stamp.x), round(stamp.width))
    again = form_for(opened, page, source)
    assert again.pdf.stamp.stamp == stamp
    assert again.pdf.reason.text() == "I agree"


def test_the_mouse_draws_moves_and_resizes_the_stamp(opened: DeskInTest, page: DocumentsPage, tmp_path: Path) -> None:
    certified_key(opened)
    form = form_for(opened, page, lease(tmp_path))
    overlay = page.signing.overlay
    assert overlay is not None
    view = page.view.preview.pages
    opened.qtbot.waitUntil(lambda: view.page_count == 2)

    def at(x: float, y: float) -> QPoint:
        place = view.to_pixels(0, x, y, 0, 0)
        return QPoint(round(place.x()), round(place.y()))

    def drag(begin: QPoint, end: QPoint) -> None:
        QTest.mousePress(overlay, Qt.MouseButton.LeftButton, pos=begin)
        QTest.mouseMove(overlay, (begin + end) / 2)
        QTest.mouseMove(overlay, end)
        QTest.mouseRelease(overlay, Qt.MouseButton.LeftButton, pos=end)

    assert form.wish.pdf.stamp is None
    drag(at(100, 700), at(300, 620))
    drawn = form.wish.pdf.stamp
    assert drawn is not None
    assert [drawn.page, *(round(each, -1) for each in (drawn.x, drawn.y, drawn.width, drawn.height))] == [
        0, 100, 620, 200, 80,
    ]  # fmt: skip
    drag(at(200, 660), at(250, 560))
    moved = form.wish.pdf.stamp
    assert moved is not None
    assert (round(moved.x, -1), round(moved.y, -1), moved.width, moved.height) == (
        150,
        520,
        drawn.width,
        drawn.height,
    )
    right = moved.x + moved.width
    drag(at(right, moved.y + moved.height), at(right + 60, moved.y + moved.height + 20))
    grown = form.wish.pdf.stamp
    assert grown is not None
    assert (round(grown.width, -1), round(grown.height, -1)) == (260, 100)
    assert form.pdf.stamp.numbers["width"].value() == round(grown.width)
    form.pdf.stamp.numbers["x"].setValue(40)
    assert overlay.stamp is not None
    assert overlay.stamp.x == 40
    form.pdf.stamp.page.setValue(2)
    assert overlay.stamp.page == 1
    form.close()


def test_without_a_certificate_it_is_said_and_an_ssh_signature_is_made(
    opened: DeskInTest, page: DocumentsPage, tmp_path: Path
) -> None:
    keys.create_key(opened.session, KEY, spec=KeySpec.ECC_NIST_P256)
    source = lease(tmp_path)
    form = form_for(opened, page, source)
    assert form.form is Form.SSH
    assert "no certificate" in form.sign_as.choice.hint.text()
    assert form.pdf.isHidden()
    assert "lease.pdf.sig" in form.place
    with opened.qtbot.waitSignal(page.certificate_wanted) as wanted:
        form.sign_as.choice.make_button.click()
    assert wanted.args == [form.chooser.current.id]  # type: ignore[union-attr]
    form.forms.setCurrentIndex(0)
    form.forms.activated.emit(0)
    assert not form.sign_button.isEnabled()
    form.forms.setCurrentIndex(form.forms.findData(Form.SSH))
    form.forms.activated.emit(form.forms.currentIndex())
    form.sign_button.click()
    signed(opened, page)
    assert (tmp_path / "lease.pdf.sig").exists()


def test_a_certificate_that_ended_signs_nothing_but_ssh(
    opened: DeskInTest, page: DocumentsPage, tmp_path: Path, clock: SettableClock
) -> None:
    certified_key(opened, end=clock.now() + timedelta(days=30))
    clock.advance(31 * 86400)
    form = form_for(opened, page, lease(tmp_path))
    assert form.form is Form.SSH
    assert "ended on" in form.sign_as.choice.hint.text()


def test_a_service_that_does_not_answer_costs_nobody_the_form(
    opened: DeskInTest, page: DocumentsPage, tmp_path: Path, clock: SettableClock
) -> None:
    certified_key(opened)
    source = lease(tmp_path)
    form = form_for(opened, page, source)
    assert form.wish.level == Level.B
    assert "1 January 2028" in form.levels.said.text()
    form.levels.name_link.click()
    form.levels.address.setText("ftp://stamps.example")
    form.levels.add_button.click()
    opened.qtbot.waitUntil(form.banner.isVisible)
    assert "cannot be used" in form.banner.title
    form.levels.address.setText("http://127.0.0.1:1/")
    QTest.keyClick(form.levels.address, Qt.Key.Key_Return)
    opened.qtbot.waitUntil(lambda: form.levels.service == "http://127.0.0.1:1/")
    assert form.wish.timestamp == form.levels.service
    form.pdf.reason.setText("I agree")
    choose_by_key(form.pdf.certify, Certify.FORMS)
    form.sign_button.click()
    opened.qtbot.waitUntil(lambda: form.banner.isVisible() and not page.busy)
    assert form.banner.title == ServiceUnreachable.title
    assert page.form is form
    assert Act.SIGN not in [each.job.order.act for each in page.list.shown]
    assert form.sign_button.isEnabled()
    assert [path.name for path in tmp_path.glob("lease*")] == ["lease.pdf"]
    with time_stamps(clock.now()) as service:
        form.levels.name_link.click()
        form.levels.address.setText(service.url)
        form.levels.add_button.click()
        opened.qtbot.waitUntil(lambda: form.levels.service == service.url)
        form.sign_button.click()
        signed(opened, page)
    facts = look_at_pdf(str(tmp_path / "lease-signed.pdf"))
    assert facts is not None
    assert facts.certified == Certify.FORMS
    again = form_for(opened, page, tmp_path / "lease-signed.pdf")
    assert "certified" in again.pdf.stamp.said.text()  # by which a new stamp would be a change
    assert again.pdf.stamp.where.findData(STAMP) < 0
    assert (again.levels.level, again.levels.service) == (Level.T, service.url)
    assert not again.pdf.certify.isEnabled()
    assert again.wish.pdf.certify is Certify.NO


def test_several_files_go_each_its_way(opened: DeskInTest, page: DocumentsPage, tmp_path: Path) -> None:
    certified_key(opened)
    note = tmp_path / "note.txt"
    note.write_text("we agree")
    form = form_for(opened, page, lease(tmp_path), note)
    assert form.form is Form.AUTO
    assert page.signing.overlay is None
    assert form.pdf.stamp.where.findData(STAMP) < 0
    form.sign_button.click()
    signed(opened, page)
    assert (tmp_path / "lease-signed.pdf").exists()
    assert (tmp_path / "note.txt.p7s").exists()


def test_esc_leaves_everything_as_it_was(opened: DeskInTest, page: DocumentsPage, tmp_path: Path) -> None:
    form = form_for(opened, page, lease(tmp_path))
    assert form.button is form.first_button
    assert page.window().focusWidget() is form.first_button
    QTest.keyClick(form.first_button, Qt.Key.Key_Escape)
    assert page.form is None
    assert page.signing.overlay is None
    assert [path.name for path in tmp_path.glob("lease*")] == ["lease.pdf"]


def test_a_wrong_pin_is_sent_once_and_the_form_stays(locked: Counter, qtbot: QtBot, tmp_path: Path) -> None:
    workplace = locked.desk.workplace
    workplace.prompt = ScriptedPrompt(dict.fromkeys((SecretKind.PIN, SecretKind.TOKEN_PIN), PIN))
    session = open_vault(workplace, locked.desk.vault_path)
    keys.create_key(session, KEY, spec=KeySpec.ECC_NIST_P256, protection=Protection.TOKEN)
    import_certificate(session, KEY, certificate_over(session, KEY), chain=[pki.issuing().der])
    workplace.prompt = locked.prompt
    locked.desk.open(session)
    page = DocumentsPage(locked.desk, locked.tasks, locked.theme)
    qtbot.addWidget(page)
    page.show()
    typed: list[str] = ["000000", "", PIN]

    def answer(question: Question) -> bool:
        pin = typed.pop(0)
        if pin:
            question.answer(Secret.from_text(pin))
        else:
            question.cancel()
        return True

    locked.prompt.take_over(answer)
    page.take(Act.SIGN, [str(lease(tmp_path))])
    qtbot.waitUntil(lambda: page.form is not None)
    form = page.form
    assert form is not None
    form.sign_button.click()
    qtbot.waitUntil(lambda: form.banner.isVisible() and not page.busy)
    assert form.banner.title == PinIncorrect.title
    assert len(typed) == 2  # asked once, and never sent again
    form.sign_button.click()
    qtbot.waitUntil(lambda: len(typed) == 1 and not page.busy)
    assert form.banner.isHidden()  # who gives up knows it
    assert [path.name for path in tmp_path.glob("lease*")] == ["lease.pdf"]
    form.sign_button.click()
    qtbot.waitUntil(lambda: page.form is None and not page.busy)
    assert (tmp_path / "lease-signed.pdf").exists()


def test_a_card_signs_without_a_vault_and_that_nothing_is_recorded_is_said(
    locked: Counter, qtbot: QtBot, tmp_path: Path
) -> None:
    page = DocumentsPage(locked.desk, locked.tasks, locked.theme)
    qtbot.addWidget(page)
    page.show()
    page.take(Act.SIGN, [str(lease(tmp_path))])
    assert page.banner.isVisible()
    by_card = next(each for each in page.banner.findChildren(QPushButton) if each.text() == "Sign with a card")

    def answer(question: Question) -> bool:
        question.answer(Secret.from_text(PIN))
        return True

    locked.prompt.take_over(answer)
    by_card.click()
    qtbot.waitUntil(lambda: page.form is not None)
    form = page.form
    assert form is not None
    assert form.chooser.current is not None
    assert form.form is Form.SSH
    form.sign_button.click()
    qtbot.waitUntil(lambda: page.form is None and not page.busy)
    assert (tmp_path / "lease.pdf.sig").exists()


def test_a_signed_document_is_extended_where_it_is_shown(
    opened: DeskInTest, page: DocumentsPage, tmp_path: Path, clock: SettableClock
) -> None:
    certified_key(opened)
    sign_files(opened.session, [str(lease(tmp_path))], key=KEY)
    signed_copy = tmp_path / "lease-signed.pdf"
    page.extend(str(signed_copy))
    form = page.extending.form
    assert form is not None
    assert not form.extend_button.isEnabled()  # no service is named yet
    with time_stamps(clock.now()) as service:
        form.levels.name_link.click()
        form.levels.address.setText(service.url)
        form.levels.add_button.click()
        opened.qtbot.waitUntil(lambda: form.levels.service == service.url)
        assert form.wish.level is Level.T
        form.extend_button.click()
        opened.qtbot.waitUntil(lambda: page.extending.form is None and not opened.tasks.busy)
    assert (tmp_path / "lease-signed-extended.pdf").exists()
    assert page.document == str(tmp_path / "lease-signed-extended.pdf")
    assert page.banner.title == DONE
    page.extend(str(signed_copy))
    again = page.extending.form
    assert again is not None
    again.extend_button.click()  # the service is gone
    opened.qtbot.waitUntil(lambda: again.banner.isVisible() and not opened.tasks.busy)
    assert page.extending.form is again
    assert again.extend_button.isEnabled()


def test_a_pdf_with_a_password_is_opened_once_and_then_signed(
    opened: DeskInTest, page: DocumentsPage, tmp_path: Path
) -> None:
    certified_key(opened)
    source = tmp_path / "secret.pdf"
    run("qpdf", "--encrypt", "user", "owner", "256", "--", str(lease(tmp_path)), str(source))
    form = form_for(opened, page, source)
    assert form.locked.isVisible()
    assert form.pdf.stamp.where.findData(STAMP) < 0  # nobody knows its pages yet
    form.locked.field.setText("wrong")
    form.locked.open_button.click()
    opened.qtbot.waitUntil(lambda: form.locked.field.property("wrong") == "true")
    form.locked.field.setText("owner")
    QTest.keyClick(form.locked.field, Qt.Key.Key_Return)
    opened.qtbot.waitUntil(lambda: form.locked.isHidden())
    choose_by_key(form.pdf.stamp.where, STAMP)
    form.sign_button.click()
    signed(opened, page)
    assert (tmp_path / "secret-signed.pdf").exists()
    assert opened.questions == []
