"""Cards & recovery on real vaults with real software tokens: ways in added, tested, removed; backups; the verdict."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from signet.errors import SignetError, StorageError
from signet.formats.header import MethodKind, UnlockMethod
from signet.gui.pages import cards, cards_software
from signet.gui.pages.cards import CardsPage
from signet.gui.pages.cards_add import AddPanel, Kind
from signet.gui.pages.cards_backup import BackupPanel
from signet.gui.pages.cards_change import ProofPanel
from signet.gui.pages.cards_drill import DrillPanel
from signet.gui.pages.cards_look import CardsLook, look_at_ways
from signet.gui.pages.cards_remove import MasterPanel
from signet.gui.pages.cards_state import row_of
from signet.gui.pages.cards_test import TestPanel
from signet.gui.pages.cards_verdict import concern_words, shown_concerns, verdict
from signet.gui.prompt import Question
from signet.gui.tasks import TaskContext
from signet.keys.spec import KeySpec, Protection
from signet.secret import Secret
from signet.services.attention import Attention, Concern
from signet.services.enrolment import NewMethod
from signet.services.keys import create_key
from signet.services.loss import Card, Proof, Stake, losses
from signet.services.methods import MethodView, add_method
from signet.services.opening import open_vault
from signet.services.presenting import Selection
from signet.services.prompt import SecretKind
from signet.services.session import Session
from signet.store.tables.catalogue import FileRecord
from support.clock import SettableClock
from support.locked import PASSPHRASE, PIN, Counter, make_token
from support.window import nameless_controls

SHORT, LONG = 5_000, 30_000
NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


@pytest.fixture
def at(locked: Counter) -> Counter:
    open_with(locked, {SecretKind.PIN: Secret.from_text(PIN)}, Selection())
    return locked


def open_with(at: Counter, secrets: dict[SecretKind, Secret], selection: Selection) -> None:
    with at.prompt.prepared(secrets):
        at.desk.open(open_vault(at.desk.workplace, str(at.path), selection=selection))


def page_of(at: Counter) -> CardsPage:
    page = CardsPage(at.desk, at.tasks, at.theme)
    at.qtbot.addWidget(page)
    page.resize(1000, 728)
    page.show()
    at.qtbot.waitUntil(lambda: page._look is not None, timeout=LONG)
    return page


def labels(page: CardsPage) -> list[str]:
    return [row.label for row in page.rows.shown]


def way_id(page: CardsPage, kind: MethodKind) -> str:
    return next(row.id for row in page.rows.shown if row.kind is kind)


def body(page: CardsPage) -> ProofPanel:
    assert isinstance(page.body, ProofPanel)
    return page.body


def prove(page: CardsPage, pin: str = PIN) -> None:
    """Type the PIN into the proof and press Enter."""
    QTest.keyClicks(body(page).proof.entry.secret, pin)
    QTest.keyClick(body(page).proof.entry.secret, Qt.Key.Key_Return)


def wait_result(at: Counter, page: CardsPage, words: str) -> None:
    at.qtbot.waitUntil(lambda: page.result.isVisible() and words in page.result.title, timeout=LONG)
    assert not page._bench.administration.running


def test_a_look_at_a_session_that_was_closed_for_another_says_nothing(
    at: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = page_of(at)
    begun, late = threading.Event(), threading.Event()

    def look(session: Session) -> CardsLook:
        begun.set()
        assert late.wait(60)
        return look_at_ways(session)

    at.qtbot.waitUntil(lambda: not page._looking)
    monkeypatch.setattr(cards, "look_at_ways", look)
    page.refresh()
    at.qtbot.waitUntil(begun.is_set)
    with at.prompt.prepared({SecretKind.PIN: Secret.from_text(PIN)}):
        before = at.desk.exchange(open_vault(at.desk.workplace, str(at.path)))
    assert before is not None
    before.close()
    late.set()
    at.qtbot.waitUntil(lambda: not at.tasks.busy and not page._looking)
    assert not page.result.isVisible()
    assert labels(page) == ["Signet (for trying out)", "Recovery code"]


def test_the_page_shows_every_way_in_and_an_honest_verdict(at: Counter) -> None:
    page = page_of(at)
    assert labels(page) == ["Signet (for trying out)", "Recovery code"]
    assert [row.pill for row in page.rows.shown] == ["Inserted", "Proven"]
    assert page.verdict.title == "If you lost your card today, you would still get in."
    assert nameless_controls(page) == []


def test_the_row_follows_a_card_that_is_pulled(at: Counter) -> None:
    page = page_of(at)
    at.take_cards_out()
    at.qtbot.waitUntil(lambda: [row.pill for row in page.rows.shown] == ["Away", "Proven"], timeout=LONG)
    at.put_cards_in()


def test_a_passphrase_is_added_and_opens_the_vault(at: Counter) -> None:
    page = page_of(at)
    locked: list[str] = []
    at.desk.locked.connect(locked.append)
    page.add.click()
    panel = body(page)
    assert isinstance(panel, AddPanel)
    panel.kind.setCurrentIndex(panel.kind.findData(Kind.PASSPHRASE))
    assert nameless_controls(page) == []
    QTest.keyClicks(panel.passphrase.secret, PASSPHRASE)
    QTest.keyClicks(panel.passphrase.again, PASSPHRASE)
    prove(page)
    wait_result(at, page, "“Passphrase” opens the vault now.")
    at.qtbot.waitUntil(lambda: "Passphrase" in labels(page), timeout=SHORT)
    assert locked == []
    assert at.desk.session is not None
    assert at.desk.session.presenter is None
    at.desk.lock("")
    open_with(
        at,
        {SecretKind.PASSPHRASE: Secret.from_text(PASSPHRASE)},
        Selection(method_id=way_id(page, MethodKind.PASSPHRASE)),
    )


def test_a_second_recovery_code_is_typed_back_in_the_panel(at: Counter) -> None:
    page = page_of(at)
    page.open_add(Kind.CODE)
    panel = body(page)
    assert isinstance(panel, AddPanel)
    prove(page)
    at.qtbot.waitUntil(panel.code.isVisible, timeout=LONG)
    code = "".join(group.text() for group in panel.code._groups)
    panel.code.have_it.click()
    QTest.keyClicks(panel.code.field, code)
    QTest.keyClick(panel.code.field, Qt.Key.Key_Return)
    wait_result(at, page, "“Recovery code” opens the vault now.")
    at.qtbot.waitUntil(lambda: labels(page).count("Recovery code") == 2, timeout=SHORT)


def test_closing_the_panel_at_the_code_changes_nothing(at: Counter) -> None:
    page = page_of(at)
    page.open_add(Kind.CODE)
    panel = body(page)
    assert isinstance(panel, AddPanel)
    prove(page)
    at.qtbot.waitUntil(panel.code.isVisible, timeout=LONG)
    QTest.keyClick(page.panel, Qt.Key.Key_Escape)
    at.qtbot.waitUntil(lambda: not page._bench.administration.running, timeout=LONG)
    assert at.desk.session is not None
    assert len(at.desk.session.header.methods) == 2


def test_another_card_is_tried_and_added(at: Counter, clock: SettableClock) -> None:
    other = make_token(at.places, clock, label="Spare")
    at.desk.workplace.close()
    page = page_of(at)
    page.add.click()
    panel = body(page)
    assert isinstance(panel, AddPanel)
    at.qtbot.waitUntil(lambda: [place[1] for place in panel.picker._cards] == [other.serial], timeout=LONG)
    QTest.keyClicks(panel.picker.pin, PIN)
    prove(page)
    wait_result(at, page, "“Spare (for trying out)” opens the vault now.")


def test_a_software_token_is_made_and_taken_back_if_the_proof_is_wrong(at: Counter) -> None:
    page = page_of(at)
    page.open_add(Kind.SOFTWARE)
    panel = body(page)
    assert isinstance(panel, AddPanel)
    before = len(list(at.tokens.iterdir()))
    for pin, tokens in (("000000", before), (PIN, before + 1)):
        QTest.keyClicks(panel.pin.secret, "4321")
        QTest.keyClicks(panel.pin.again, "4321")
        prove(page, pin)
        at.qtbot.waitUntil(lambda: not panel.running, timeout=LONG) if pin != PIN else wait_result(at, page, "opens")
        at.qtbot.waitUntil(lambda tokens=tokens: len(list(at.tokens.iterdir())) == tokens, timeout=LONG)  # type: ignore[misc]
    assert at.desk.session is not None
    assert [method.label for method in at.desk.session.header.methods][-1] == "Signet 2 (for trying out)"


def begin_software(page: CardsPage, pin: str = PIN) -> None:
    page.open_add(Kind.SOFTWARE)
    panel = body(page)
    assert isinstance(panel, AddPanel)
    QTest.keyClicks(panel.pin.secret, "4321")
    QTest.keyClicks(panel.pin.again, "4321")
    prove(page, pin)


def test_a_software_token_is_taken_back_though_the_panel_was_closed_meanwhile(at: Counter) -> None:
    page = page_of(at)
    before = len(list(at.tokens.iterdir()))
    begin_software(page, "000000")
    at.qtbot.waitUntil(lambda: len(list(at.tokens.iterdir())) > before, timeout=LONG)
    QTest.keyClick(page.panel, Qt.Key.Key_Escape)
    at.qtbot.waitUntil(lambda: not page._bench.administration.running, timeout=LONG)
    assert len(list(at.tokens.iterdir())) == before


def test_a_software_token_that_the_vault_needs_stays_whatever_fails_afterwards(
    at: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def added_and_failed(session: Session, new: NewMethod) -> UnlockMethod:
        add_method(session, new)
        raise StorageError(path="vault")

    monkeypatch.setattr(cards_software, "add_method", added_and_failed)
    page = page_of(at)
    before = len(list(at.tokens.iterdir()))
    begin_software(page)
    at.qtbot.waitUntil(lambda: body(page).banner.isVisible(), timeout=LONG)
    assert at.desk.session is not None
    assert len(at.desk.session.header.methods) == 3
    assert len(list(at.tokens.iterdir())) == before + 1


def test_no_software_token_is_made_while_other_work_runs(at: Counter) -> None:
    page = page_of(at)
    before = len(list(at.tokens.iterdir()))
    go_on = threading.Event()
    at.tasks.run(lambda _: go_on.wait(LONG / 1000), done=lambda _: None, failed=lambda _: None)
    begin_software(page)
    at.qtbot.waitUntil(lambda: body(page).banner.isVisible(), timeout=LONG)
    go_on.set()
    assert len(list(at.tokens.iterdir())) == before


def test_a_wrong_pin_changes_nothing_and_keeps_the_vault_open(at: Counter) -> None:
    page = page_of(at)
    session = at.desk.session
    page.open_master()
    assert isinstance(body(page), MasterPanel)
    prove(page, "000000")
    at.qtbot.waitUntil(lambda: "That is not the PIN" in body(page).proof.entry.note.text(), timeout=LONG)
    assert at.desk.session is session
    assert not page._bench.administration.running


def test_testing_opens_the_vault_once_more_and_keeps_the_session(
    at: Counter, tmp_path: Path, clock: SettableClock
) -> None:
    page = page_of(at)
    session = at.desk.session
    clock.advance(400 * 24 * 3600)
    page.refresh()
    at.qtbot.waitUntil(lambda: page.rows.shown[1].pill == "Not proven", timeout=LONG)
    assert page.verdict.title == "If you lost your card today, it is not certain that you would get in."
    page.open_test(way_id(page, MethodKind.RECOVERY_CODE))
    assert isinstance(body(page), TestPanel)
    field = body(page).proof.entry.code
    QTest.keyClicks(field, (tmp_path / "code").read_text().strip().replace("-", ""))
    QTest.keyClick(field, Qt.Key.Key_Return)
    wait_result(at, page, "“Recovery code” opens the vault.")
    at.qtbot.waitUntil(lambda: page.rows.shown[1].pill == "Proven", timeout=LONG)
    assert at.desk.session is session


def drill_panel(page: CardsPage) -> DrillPanel:
    page.drill.click()
    panel = page.body
    assert isinstance(panel, DrillPanel)
    return panel


def pills(panel: DrillPanel) -> list[str]:
    return [turn.pill.text() for turn in panel._turns]


def proofs(at: Counter) -> list[str]:
    assert at.desk.session is not None
    with at.desk.session.records.read() as reading:
        entries = reading.audit.list(operation="ProveUnlockMethod", newest_first=False)
    return [entry.outcome.value for entry in entries]


def test_the_drill_goes_from_way_to_way_by_keyboard_alone(at: Counter, tmp_path: Path, clock: SettableClock) -> None:
    page = page_of(at)
    clock.advance(400 * 24 * 3600)
    page.refresh()
    at.qtbot.waitUntil(lambda: page.verdict.title.endswith("it is not certain that you would get in."), timeout=LONG)
    panel = drill_panel(page)
    assert nameless_controls(page) == []
    assert pills(panel) == ["Now", ""]  # what opened the vault comes last
    assert panel.proof.caption.text() == "Open the copy with “Recovery code”"
    field = panel.proof.entry.code
    assert field.hasFocus()
    QTest.keyClicks(field, (tmp_path / "code").read_text().strip().replace("-", ""))
    QTest.keyClick(field, Qt.Key.Key_Return)
    at.qtbot.waitUntil(lambda: pills(panel) == ["Opens the vault", "Now"], timeout=LONG)
    pin = panel.proof.entry.secret
    assert pin.hasFocus()
    QTest.keyClicks(pin, "999999")
    QTest.keyClick(pin, Qt.Key.Key_Return)
    at.qtbot.waitUntil(lambda: pills(panel)[1] == "Failed", timeout=LONG)
    assert "not the PIN" in panel.proof.entry.note.text()
    assert pin.text() == ""
    clock.advance(60)
    QTest.keyClicks(pin, PIN)
    QTest.keyClick(pin, Qt.Key.Key_Return)
    at.qtbot.waitUntil(lambda: pills(panel) == ["Opens the vault", "Opens the vault"], timeout=LONG)
    assert panel.close_button.hasFocus()
    assert panel.proof.isHidden()
    assert not panel.skip.isVisible()
    title = "If you lost your card today, you would still get in."
    at.qtbot.waitUntil(lambda: panel.verdict.title == title, timeout=LONG)
    assert panel.what_goes.isHidden()
    assert proofs(at) == ["done", "failed", "done"]
    QTest.keyClick(panel.close_button, Qt.Key.Key_Return)
    assert page.panel.isHidden()
    assert at.desk.session is not None
    assert not at.desk.held
    at.qtbot.waitUntil(lambda: page.verdict.title == title, timeout=LONG)
    assert [path.name for path in at.path.parent.iterdir() if path.name.startswith(".signet")] == []


def test_what_is_left_out_of_the_drill_stays_as_it_was(at: Counter) -> None:
    page = page_of(at)
    panel = drill_panel(page)
    panel.skip.click()
    assert pills(panel) == ["Left out", "Now"]
    at.take_cards_out()
    at.qtbot.waitUntil(lambda: not panel.proof.entry.isEnabled(), timeout=LONG)
    assert not panel.go.isEnabled()
    QTest.keyClick(panel.skip, Qt.Key.Key_Return)
    at.put_cards_in()
    assert pills(panel) == ["Left out", "Left out"]
    assert proofs(at) == []
    assert at.desk.held  # the card was put away because the drill asks for it
    panel.close_button.click()
    assert page.panel.isHidden()
    assert not at.desk.held


def test_the_drill_says_what_would_go_with_the_card(at: Counter) -> None:
    session = at.desk.session
    assert session is not None
    with at.prompt.prepared({SecretKind.PIN: Secret.from_text(PIN)}, confirmed=True):
        key = create_key(session, "letters", spec=KeySpec.ECC_NIST_P256, protection=Protection.TOKEN)
    with session.records.change() as change:
        for number in range(10):
            at_time = "2026-11-22T12:00:00Z"
            change.catalogue.record(
                FileRecord(bytes([number]) * 32, key.id, 1, "file", f"/{number}.esdk", 1, at_time, at_time)
            )
    page = page_of(at)
    assert "The key “letters” is only on “Signet (for trying out)”" in page.verdict.sentence
    panel = drill_panel(page)
    for _ in range(2):
        panel.skip.click()
    assert panel.what_goes.isVisible()
    assert "with 10 known files that nothing else opens" in panel.gone.text()
    assert "• and 2 more" in panel.gone.text()


def test_closing_the_drill_lets_the_desk_go_whatever_runs(at: Counter) -> None:
    page = page_of(at)
    panel = drill_panel(page)
    panel.skip.click()
    prove(page)
    assert at.desk.held
    assert not panel.skip.isEnabled()
    QTest.keyClick(page.panel, Qt.Key.Key_Escape)
    assert page.panel.isHidden()
    at.qtbot.waitUntil(lambda: not at.desk.held, timeout=LONG)
    assert proofs(at) == ["done"]


def test_on_another_page_a_pulled_card_locks_as_ever(at: Counter) -> None:
    page = page_of(at)
    drill_panel(page)
    assert at.desk.held
    page.hide()
    assert not at.desk.held
    page.show()
    assert at.desk.held
    QTest.keyClick(page.panel, Qt.Key.Key_Escape)
    assert not at.desk.held


def test_locking_ends_the_drill(at: Counter) -> None:
    page = page_of(at)
    panel = drill_panel(page)
    panel.skip.click()
    prove(page)
    at.desk.lock("")
    assert page.panel.isHidden()
    at.qtbot.waitUntil(lambda: not at.desk.closing, timeout=LONG)
    assert not at.desk.held


def mending(page: CardsPage, word: str) -> QPushButton:
    """The button of the reminder that is shown."""
    buttons = page.concerns.findChildren(QPushButton)
    return next(each for each in buttons if each.text() == word and not each.isHidden())


def test_what_a_reminder_is_about_is_done_from_its_button(at: Counter) -> None:
    page = page_of(at)
    look = page._look
    assert look is not None
    old = replace(look.losses[0].left[0], proof=Proof.OLD)
    page.concerns.show_look(replace(look, attention=(Attention(Concern.NOT_PROVEN, way=old),)))
    assert nameless_controls(page) == []
    mending(page, "Test…").click()
    assert isinstance(page.body, TestPanel)
    assert page.body._way.id == old.id
    page.host.close_panel()
    # A log that waits for a signature is signed from its own.
    page.concerns.show_look(replace(look, attention=(Attention(Concern.CHECKPOINT_DUE),)))
    assert nameless_controls(page) == []

    def type_the_pin(question: Question) -> None:
        assert question.request is not None
        assert question.request.purpose == "To sign the log."
        question.answer(Secret.from_text(PIN))

    at.prompt.asked.disconnect(at.agree)
    at.prompt.asked.connect(type_the_pin)
    mending(page, "Sign now…").click()
    wait_result(at, page, "The log is signed")


def test_a_new_master_key_keeps_every_way_in(at: Counter) -> None:
    page = page_of(at)
    assert at.desk.session is not None
    generation, master = at.desk.session.header.generation, at.desk.session.master.copy()
    page.events.buttons["copied"].click()
    prove(page)
    wait_result(at, page, "The vault has a new master key.")
    assert "still open as before" in page.result.sentence
    assert at.desk.session.header.generation == generation + 1
    assert at.desk.session.master != master
    assert len(at.desk.session.header.methods) == 2


def test_nothing_is_administered_while_a_job_runs(at: Counter) -> None:
    page = page_of(at)
    stop: list[bool] = []

    def job(context: TaskContext) -> None:
        while not context.cancelled():
            pass

    running = at.tasks.run(job, done=lambda _: stop.append(True), failed=lambda _: stop.append(False))
    page.open_master()
    prove(page)
    at.qtbot.waitUntil(lambda: body(page).banner.title == "Signet is still at work", timeout=SHORT)
    running.cancel()
    at.qtbot.waitUntil(lambda: stop == [True], timeout=SHORT)


def test_a_backup_elsewhere_ends_the_reminder(at: Counter, tmp_path: Path) -> None:
    page = page_of(at)
    assert page.concerns.count == 1
    page.back_up.click()
    panel = page.body
    assert isinstance(panel, BackupPanel)
    (tmp_path / "stick").mkdir()
    panel.folder.setText(str(tmp_path / "none"))
    panel.go.click()
    assert panel.banner.title == "No such folder"
    panel.folder.setText(str(tmp_path / "stick"))
    QTest.keyClick(panel.folder, Qt.Key.Key_Return)
    wait_result(at, page, "The backup was made and read back.")
    assert os.path.isfile(page.result.sentence)
    at.qtbot.waitUntil(lambda: page.concerns.count == 0, timeout=LONG)


def test_locking_closes_the_panel(at: Counter) -> None:
    page = page_of(at)
    page.open_backups()
    panel = page.body
    assert isinstance(panel, BackupPanel)
    wanted: list[bool] = []
    at.desk.restore_wanted.connect(lambda: wanted.append(at.desk.session is None))
    panel.restore.click()
    assert at.desk.session is None
    assert page.panel.isHidden()
    assert wanted == [True]


def test_a_narrow_page_shows_the_panel_alone(at: Counter) -> None:
    page = page_of(at)
    page.resize(690, 600)
    page.open_master()
    assert page.host._left.isHidden()
    assert page.panel.width() == page.width()
    page.panel.close_panel()
    assert page.host._left.isVisible()


def view(
    kind: MethodKind,
    label: str,
    proven_at: str | None = "2026-11-10T12:00:00Z",
    *,
    failed_at: str | None = None,
) -> MethodView:
    scheme = "ecdh-x" if kind is MethodKind.TOKEN else "x25519"
    return MethodView(
        id=label, kind=kind, label=label, created="2026-01-12T12:00:00Z", proven_at=proven_at,
        scheme=scheme, attested=True, holder="", place="",
        failed_at=failed_at, card=Card(label, label) if kind is MethodKind.TOKEN else None,
    )  # fmt: skip


CARD, SPARE = view(MethodKind.TOKEN, "Card"), view(MethodKind.TOKEN, "Spare")
CODE, WORDS = view(MethodKind.RECOVERY_CODE, "Recovery code"), view(MethodKind.PASSPHRASE, "Passphrase")
OLD_CODE = view(MethodKind.RECOVERY_CODE, "Recovery code", "2025-01-01T12:00:00Z")
NEVER = view(MethodKind.TOKEN, "Spare", None)


@pytest.mark.parametrize(
    ("views", "kind", "begins"),
    [
        ((CARD,), "bad", "There is only one way in."),
        ((CODE,), "bad", "There is only one way in."),
        ((CARD, CODE), "ok", "If you lost your card today, you would still get in."),
        ((CARD, SPARE), "ok", "If you lost a card today, you would still get in."),
        ((CARD, OLD_CODE), "warn", "If you lost your card today, it is not certain"),
        ((CARD, NEVER), "warn", "If you lost a card today, it is not certain"),
        ((CODE, WORDS), "ok", "If you forgot one way in today, another would still work."),
        ((OLD_CODE, WORDS), "warn", "It is not certain that a second way in works."),
    ],
)
def test_the_verdict_is_that_of_the_worst_loss(views: tuple[MethodView, ...], kind: str, begins: str) -> None:
    told = verdict(losses([each.way(NOW) for each in views]), NOW)
    assert told.kind == kind
    assert told.title.startswith(begins)


def test_the_verdict_names_the_keys_that_would_go() -> None:
    stake = Stake("id", "letters", (Card("Card", "Card"),))
    told = verdict(losses([each.way(NOW) for each in (CARD, CODE)], [stake]), NOW)
    assert told.kind == "ok"
    assert told.sentence == "Recovery code tested 10 Nov 2026."
    assert told.keys == "The key “letters” is only on “Card” and would be gone for good."


@pytest.mark.parametrize(
    ("views", "shown"),
    [
        ((CARD,), set()),
        ((CARD, CODE, OLD_CODE), {Concern.NOT_PROVEN}),
        ((CARD, OLD_CODE), set()),
    ],
)
def test_what_the_verdict_says_is_not_said_twice(views: tuple[MethodView, ...], shown: set[Concern]) -> None:
    ways = [each.way(NOW) for each in views]
    found = [Attention(Concern.NOT_PROVEN, way=way) for way in ways if way.proof is not Proof.PROVEN]
    if len(ways) == 1:
        found.append(Attention(Concern.ONE_WAY_IN))
    left = shown_concerns(found, verdict(losses(ways), NOW).kind)
    assert {each.concern for each in left} == shown
    assert all(all(concern_words(each, NOW)) for each in left)


def test_a_row_says_that_a_test_failed() -> None:
    failed = view(MethodKind.RECOVERY_CODE, "Recovery code", failed_at="2026-11-21T12:00:00Z")
    row = row_of(failed, inserted=False, opened_this=False, now=NOW)
    assert (row.pill, row.pill_kind) == ("Failed", "bad")
    assert row.caption.endswith("failed a test yesterday")


def test_a_row_says_how_and_when_it_was_proven() -> None:
    row = row_of(CARD, inserted=False, opened_this=False, now=NOW)
    assert (row.pill, row.caption) == ("Away", "elliptic curve key on the card · tested 10 Nov 2026")
    assert row_of(NEVER, inserted=True, opened_this=False, now=NOW).pill == "Not proven"
    assert "opened the vault this time" in row_of(CARD, inserted=True, opened_this=True, now=NOW).caption
    assert row_of(CODE, inserted=False, opened_this=False, now=NOW).caption.startswith("made 12 Jan 2026")


def test_an_error_of_reading_is_shown(at: Counter) -> None:
    page = page_of(at)
    assert at.desk.session is not None
    page._not_looked(at.desk.session, SignetError())
    assert page.result.title == "Something went wrong"
