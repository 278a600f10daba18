"""The page Documents: one document with its signatures beside it, the list of several, what can be done."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from time import sleep

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from signet.documents.pdf_protection import protect
from signet.gui.pages import documents_work
from signet.gui.pages.documents import DocumentsPage
from signet.gui.pages.documents_report import report_as_pdf, report_of
from signet.gui.pages.documents_view_next import Next
from signet.gui.pages.documents_view_trust import TrustForm
from signet.gui.pages.documents_work import CheckedDocument
from signet.keys.spec import KeySpec
from signet.services import jobs, keys
from signet.services.issuers import list_issuers
from signet.services.job import Act
from signet.services.people import list_people
from signet.services.recognition import FileKind, recognise_all
from signet.services.signature_chain import chain_of
from signet.services.signature_report import basis_of
from signet.services.signing import sign_files
from signet.services.verdicts import SignatureView, Verification
from support import verdict_samples as samples
from support.clock import SettableClock
from support.pdf import drawn_pdf, lease_pdf
from support.ticks import Ticks
from support.window import DeskInTest, choose_file, nameless_controls, open_desk

PASSWORD = "open sesame"


@pytest.fixture
def opened(qapp: QApplication, qtbot: QtBot, tmp_path: Path, clock: SettableClock) -> Iterator[DeskInTest]:
    with open_desk(qapp, qtbot, tmp_path, clock) as made:
        yield made


@pytest.fixture
def page(opened: DeskInTest) -> Iterator[DocumentsPage]:
    made = DocumentsPage(opened.desk, opened.tasks, opened.theme)
    opened.qtbot.addWidget(made)
    made.resize(988, 728)
    made.show()
    yield made
    made.view.close_document(at_once=True)


@pytest.fixture
def lease(tmp_path: Path) -> str:
    path = tmp_path / "lease.pdf"
    path.write_bytes(lease_pdf(2))
    return str(path)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checking comes to "not signed" at once; the tests with the real one are few, for each starts a child."""

    def found(path: str, *_: object, **__: object) -> Verification:
        return replace(samples.verification(path), sentence="This document is not signed.")

    for module in (documents_work, jobs):
        monkeypatch.setattr(module, "verify_file", found)


def words(page: DocumentsPage) -> str:
    """Everything that the panel of signatures says."""
    return "\n".join(part.text() for part in page.view.panel.findChildren(QLabel))


def press(opened: DeskInTest, page: DocumentsPage, text: str) -> None:
    """Press a button once it is there."""

    def found() -> list[QPushButton]:
        return [part for part in page.findChildren(QPushButton) if part.text() == text and part.isVisible()]

    opened.qtbot.waitUntil(lambda: bool(found()))
    found()[0].click()


def rest(opened: DeskInTest, page: DocumentsPage) -> None:
    """Wait until nothing runs; what is added to a panel is shown with the next turn of the event loop."""
    opened.qtbot.waitUntil(lambda: not opened.tasks.busy and not page.busy)


def look_at(opened: DeskInTest, page: DocumentsPage, path: str, act: str = Act.VERIFY) -> None:
    page.take(act, [path])
    opened.qtbot.waitUntil(lambda: page.document == path)
    rest(opened, page)


def show(page: DocumentsPage, *views: SignatureView) -> None:
    """Have it be as if checking had come to this."""
    now = page.view.result
    assert now is not None
    found = samples.verification(page.document, *views)
    page.view.show_result(CheckedDocument(found, tuple(map(chain_of, views)), recorded=True, seen=now.seen))


def test_one_pdf_is_looked_at_and_leaves_a_row_in_the_list(
    opened: DeskInTest, page: DocumentsPage, lease: str
) -> None:
    look_at(opened, page, lease, act="")
    assert page.view.name.whole_text == "lease.pdf"
    assert page.view.pill.text() == "Not signed"
    assert "This document is not signed." in words(page)
    assert page.preview is not None
    assert page.preview.page_count == 2
    assert page.view.bar.page_words == "Page 1 of 2"
    assert nameless_controls(page) == []
    page.step_back()
    assert page.document == ""
    assert page.preview is None
    assert [row.result.pill for row in page.list.shown] == ["Not signed"]
    row = page.list.shown[0]
    look_at(opened, page, lease)
    assert [each.result.paths for each in page.list.shown] == [row.result.paths]


def test_a_file_without_pages_shows_a_plate_and_the_verdict(
    opened: DeskInTest, page: DocumentsPage, tmp_path: Path
) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("dear me")
    keys.create_key(opened.session, "pen", spec=KeySpec.ECC_NIST_P256)
    sign_files(opened.session, [str(letter)], key="pen")
    look_at(opened, page, str(letter))
    assert page.view.preview.plate_words == ("letter.txt", "File without a preview · 7 bytes")
    assert page.view.pill.text() == "Valid signature"
    assert "Your key pen" in words(page)
    assert page.view.bar.said == "Checked offline with the signature in letter.txt.sig"
    letter.write_text("dear you")
    page.view.look_again()
    opened.qtbot.waitUntil(lambda: page.view.pill.text() == "File changed")
    press(opened, page, "Check again")
    rest(opened, page)
    assert page.view.pill.text() == "Not valid"
    letter.unlink()
    page.view.check_again()
    rest(opened, page)
    assert page.view.pill.text() == "Could not be checked"


@pytest.mark.usefixtures("quick")
def test_several_files_are_a_list_and_a_row_opens_one(
    opened: DeskInTest, page: DocumentsPage, lease: str, tmp_path: Path
) -> None:
    other = tmp_path / "other.txt"
    other.write_text("other")
    page.take(Act.VERIFY, [lease, str(other)])
    opened.qtbot.waitUntil(lambda: len(page.list.shown) == 2)
    assert page.document == ""
    row = next(row for row in page.list.shown if row.result.paths == (lease,))
    page._show_details(row.job, row.result)
    opened.qtbot.waitUntil(lambda: page.document == lease)
    rest(opened, page)
    assert page.preview is not None


@pytest.mark.usefixtures("quick")
def test_a_password_is_asked_for_in_the_panel_each_try_once(
    opened: DeskInTest, page: DocumentsPage, tmp_path: Path
) -> None:
    path = tmp_path / "payslip.pdf"
    path.write_bytes(protect(lease_pdf(1), PASSWORD)[0])
    look_at(opened, page, str(path))
    field = page.view.panel.field
    assert field is not None
    QTest.keyClicks(field, "guess")
    QTest.keyClick(field, Qt.Key.Key_Return)
    opened.qtbot.waitUntil(lambda: page.view.panel.field not in (None, field))
    assert "That is not its password." in words(page)
    field = page.view.panel.field
    assert field is not None
    QTest.keyClicks(field, PASSWORD)
    press(opened, page, "Open")
    opened.qtbot.waitUntil(lambda: page.view.result is not None)
    assert page.view.pill.text() == "Not signed"
    assert page.preview is not None
    assert opened.questions == []
    held = page.view._password
    assert held is not None
    page.show_list()
    assert bytes(held.reveal()) == bytes(len(PASSWORD))


@pytest.mark.usefixtures("quick")
def test_checking_is_cancelled_and_begun_again(
    opened: DeskInTest, page: DocumentsPage, lease: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = vars(documents_work)["verify_file"]

    def waits(path: str, *_: object, cancelled: Callable[[], bool], **__: object) -> object:
        while not cancelled():
            sleep(0.01)
        return real(path)

    monkeypatch.setattr(documents_work, "verify_file", waits)
    page.take(Act.VERIFY, [lease])
    opened.qtbot.waitUntil(lambda: page.view._task is not None)
    press(opened, page, "Cancel")
    opened.qtbot.waitUntil(lambda: not page.busy)
    assert page.view.pill.text() == "Not checked"
    monkeypatch.setattr(documents_work, "verify_file", real)
    press(opened, page, "Check again")
    opened.qtbot.waitUntil(lambda: page.view.result is not None)
    assert page.view.pill.text() == "Not signed"


@pytest.mark.usefixtures("quick")
def test_the_window_stays_alive_whatever_a_document_is(
    opened: DeskInTest, page: DocumentsPage, tmp_path: Path
) -> None:
    path = tmp_path / "bomb.pdf"
    path.write_bytes(drawn_pdf(("/MediaBox[0 0 200 400]", b"1 0 0 rg 0 0 200 400 re f " * 200_000)))
    ticks = Ticks()
    look_at(opened, page, str(path))
    page.show_list()
    assert ticks.stop() < 0.25
    assert page.document == ""


@pytest.mark.usefixtures("quick")
def test_a_signer_and_an_issuer_are_trusted_once_they_were_compared(
    opened: DeskInTest, page: DocumentsPage, lease: str
) -> None:
    look_at(opened, page, lease)
    show(page, samples.stranger())
    page.view.panel.blocks[0].buttons[Next.TRUST_SIGNER].click()
    opened.qtbot.waitUntil(lambda: isinstance(page.panel.form, TrustForm))
    form = page.panel.form
    assert isinstance(form, TrustForm)
    assert not form.button.isEnabled()
    assert not page.view.panel.isVisible()
    form.compared.setChecked(True)
    form.button.click()
    opened.qtbot.waitUntil(lambda: page.panel.form is None)
    rest(opened, page)
    assert [person.name for person in list_people(opened.session)] == [samples.MARI]
    assert all(key.trusted for key in list_people(opened.session)[0].keys)
    show(page, samples.stranger())
    page.view.panel.blocks[0].buttons[Next.TRUST_ISSUER].click()
    opened.qtbot.waitUntil(lambda: isinstance(page.panel.form, TrustForm))
    form = page.panel.form
    assert isinstance(form, TrustForm)
    form.compared.setChecked(True)
    form.button.click()
    opened.qtbot.waitUntil(lambda: page.panel.form is None)
    assert len(list_issuers(opened.session)) == 1


@pytest.mark.usefixtures("quick")
def test_several_signatures_show_the_deciding_one_and_fold_the_others(
    opened: DeskInTest, page: DocumentsPage, lease: str
) -> None:
    look_at(opened, page, lease)
    show(page, samples.good(), samples.changed())
    assert page.view.pill.text() == "Changed after signing"
    first, second = page.view.panel.blocks
    assert not first.fold.isHidden()
    assert second.fold.isHidden()
    first.fold.click()
    assert first.fold.isHidden()
    assert "Look at what changed" in words(page)


@pytest.mark.usefixtures("quick")
def test_a_report_is_saved_as_pdf_and_as_json(
    opened: DeskInTest, page: DocumentsPage, lease: str, tmp_path: Path
) -> None:
    look_at(opened, page, lease)
    show(page, samples.good(), samples.changed())
    for path in (tmp_path / "report.pdf", tmp_path / "report.json"):
        page.view.report_button.click()
        choose_file(opened.qtbot, page, path)
        opened.qtbot.waitUntil(path.exists)
        rest(opened, page)
    text = subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "report.pdf"), "-"], capture_output=True, text=True, check=True
    ).stdout
    for part in ("lease.pdf", "Changed after signing", samples.MARI, "SHA-256", "Certificate chain"):
        assert part in text
    assert '"changed-after-signing"' in (tmp_path / "report.json").read_text()
    page.view.report_button.click()
    choose_file(opened.qtbot, page, tmp_path / "report.pdf")
    opened.qtbot.waitUntil(lambda: page.banner.title == "The result exists already")


def test_a_long_report_goes_on_over_several_pages(qapp: QApplication, lease: str, clock: SettableClock) -> None:
    views = [samples.good(f"Signer {number}", reason="for " * 30) for number in range(9)]
    found = samples.verification(lease, *views)
    result = CheckedDocument(found, tuple(map(chain_of, views)), recorded=False, seen=())
    pdf = report_as_pdf(report_of(result, basis_of(lease, lease, clock=clock)))
    text = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    assert text.count("\f") > 2
    for number in range(9):
        assert f"Signer {number}" in text


@pytest.mark.usefixtures("quick")
def test_while_locked_it_is_checked_and_said_that_nothing_is_recorded(
    opened: DeskInTest, page: DocumentsPage, lease: str
) -> None:
    opened.desk.lock("")
    look_at(opened, page, lease)
    assert "nothing was recorded" in words(page)
    show(page, samples.stranger())
    page.view.panel.blocks[0].buttons[Next.TRUST_SIGNER].click()
    assert page.banner.title == "Unlock first"


@pytest.mark.usefixtures("quick")
def test_the_signatures_can_be_put_away_for_more_room(opened: DeskInTest, page: DocumentsPage, lease: str) -> None:
    look_at(opened, page, lease)
    opened.qtbot.waitUntil(page.view.panel.isVisible)
    page.view.bar.panel.click()
    assert not page.view.panel.isVisible()
    page.view.bar.panel.click()
    assert page.view.panel.isVisible()


def test_signatures_of_every_name_are_recognised(tmp_path: Path) -> None:
    document = tmp_path / "a.txt"
    document.write_text("a")
    minisig = tmp_path / "a.txt.minisig"
    minisig.write_text("untrusted comment: signature from minisign secret key\n")
    found = documents_work.look("", [str(document)], None, cancelled=lambda: False)
    assert [each.path for each in found.to_verify] == [str(document)]
    found = documents_work.look("", [str(minisig), str(document)], None, cancelled=lambda: False)
    assert [(each.path, each.signature) for each in found.to_verify] == [(str(document), str(minisig))]
    assert FileKind.SIGNATURE in {each.kind for each in recognise_all([str(minisig)])}
