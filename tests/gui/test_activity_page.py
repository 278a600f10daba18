"""The page Activity, with a real log behind it; its sentences as a table."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from signet import services
from signet.audit.canonical import Detail
from signet.audit.entry import Actor, Draft, Entry, Outcome
from signet.errors import Cancelled, KeyUsageRefused
from signet.gui.pages import activity_model, log_acts
from signet.gui.pages.activity import ActivityPage
from signet.gui.pages.activity_details import EntryDetails
from signet.gui.pages.activity_filters import When
from signet.gui.pages.activity_model import BLOCK, OUTCOME, SENTENCE, TIME, ActivityModel
from signet.gui.pages.activity_search import PAGE_ROWS, LogFilter, Place, read_block, read_page
from signet.gui.pages.activity_words import OPERATIONS, Group, readable, told
from signet.keys.spec import KeySpec
from signet.keys.state import deeds
from signet.services import audit, files, keys, signing
from support.clock import SettableClock
from support.window import DeskInTest, choose_file, nameless_controls, open_desk

OPERATION = re.compile(r"[A-Z][a-z]+(?:[A-Z][a-z]+)*")
AES = KeySpec.SYMMETRIC_DEFAULT
KEY = "0b0e7f9c-1111-4222-8333-444455556666"


@pytest.fixture
def opened(qapp: QApplication, qtbot: QtBot, tmp_path: Path, clock: SettableClock) -> Iterator[DeskInTest]:
    with open_desk(qapp, qtbot, tmp_path, clock) as made:
        yield made


@pytest.fixture
def filled(opened: DeskInTest, clock: SettableClock) -> DeskInTest:
    """A log with something of everything: words beyond ASCII, quotes, every outcome, operations nobody knows."""
    session = opened.session
    made = keys.create_key(session, "papers", spec=AES, description="für die Steuer")
    other = keys.create_key(session, "groesse", spec=AES)
    drafts = [
        Draft("Encrypt", Outcome.ALLOWED, key=made.id, details={"files": 3, "version": 1}),
        Draft("Encrypt", Outcome.DONE, key=made.id, of=6, details={"source": "/h/Tax.pdf"}),
        Draft("Encrypt", Outcome.DONE, key=other.id, details={"source": "/h/Größe.txt"}),
        Draft("Sign", Outcome.REFUSED, key=made.id, details={"files": 1, "error": "WrapBudgetSpent"}),
        Draft("Decrypt", Outcome.FAILED, details={"source": '/h/quo"te back\\slash', "error": "KeyNotHere"}),
        Draft("Decrypt", Outcome.CANCELLED, details={"content": "secret"}),
        Draft("ArchiveTheDaysWork", Outcome.DONE, details={"who": "day's"}),
        Draft("VerifyVault", Outcome.DONE, details={"problems": 2}),
        Draft("Backup", Outcome.DONE, details={"reason": "daily", "path": "/b/1.tar"}),
    ]
    for day in (1, -2, 1):
        clock.set_wall(clock.now() + timedelta(days=day))
        with session.records.change() as change:
            for draft in drafts:
                change.append(draft)
    return opened


def entry(operation: str, outcome: Outcome = Outcome.DONE, *, key: str | None = None, **details: Detail) -> Entry:
    named: Mapping[str, Detail] = {name.replace("_", "-"): value for name, value in details.items()}
    return Entry(
        sequence=7, epoch=1, time="2026-11-22T12:00:00Z", actor=Actor("m", "u", "window"), operation=operation,
        key=key, outcome=outcome, of=None, details=named, changes=(), previous=bytes(32), hash=bytes(32),
        mac=bytes(32),
    )  # fmt: skip


def show(opened: DeskInTest) -> ActivityPage:
    page = ActivityPage(opened.desk, opened.tasks, opened.theme)
    opened.qtbot.addWidget(page)
    page.resize(988, 728)
    page.show()
    opened.qtbot.waitUntil(lambda: page.model.rowCount() > 0)
    return page


def sentences(page: ActivityPage) -> list[str]:
    return [page.model.index(row, SENTENCE).data() for row in range(page.model.rowCount())]


def wait_for(opened: DeskInTest, page: ActivityPage, *expected: str) -> None:
    opened.qtbot.waitUntil(lambda: sentences(page) == list(expected))


def note(opened: DeskInTest, count: int) -> None:
    with opened.session.records.change() as change:
        for number in range(count):
            change.append(Draft("Backup", Outcome.DONE, details={"path": f"/b/{number}.tar"}))


@pytest.mark.parametrize(
    ("told_of", "sentence", "group", "pill"),
    [
        (entry("Encrypt", key=KEY, source="/h/Tax.pdf"), "Encrypted Tax.pdf with “papers”", Group.FILES, "Done"),
        (
            entry("Encrypt", Outcome.ALLOWED, key=KEY, files=3),
            "Began to encrypt 3 files with “papers”", Group.FILES, "Begun",
        ),
        (
            entry("Sign", Outcome.REFUSED, key=KEY, files=1, error="KeyUsageRefused"),
            "Refused to sign 1 file with “papers”: the key is not for this", Group.DOCUMENTS, "Refused",
        ),
        (
            entry("Decrypt", Outcome.FAILED, source="/h/a.esdk", error="CiphertextInvalid"),
            "Could not decrypt a.esdk: damaged or changed", Group.FILES, "Failed",
        ),
        (entry("Encrypt", Outcome.CANCELLED, key=KEY, files=2), "Cancelled: encrypt 2 files with “papers”",
         Group.FILES, "Cancelled"),
        (entry("Sign", Outcome.REFUSED, name="nobody", files=1), "Refused to sign 1 file with “nobody”",
         Group.DOCUMENTS, "Refused"),
        (entry("UnlockVault", method="My card"), "Opened the vault with “My card”", Group.VAULT, "Done"),
        (entry("Backup", reason="daily", path="/b/x.tar"), "Wrote the daily backup", Group.VAULT, "Done"),
        (entry("VerifyAuditLog", problems=2), "Checked this log: 2 problems", Group.VAULT, "Problems"),
        (entry("Decrypt", key=KEY, source="/h/a.esdk", new_key=KEY),
         "Opened a.esdk with “papers”, to encrypt it anew", Group.FILES, "Done"),
        (entry("Encrypt", key=KEY, content="secret"), "Encrypted a small secret with “papers”", Group.FILES, "Done"),
        (entry("Decrypt", Outcome.REFUSED, content="data-key", error="KeyNotHere"),
         "Refused to decrypt a data key: the key is not in this vault", Group.FILES, "Refused"),
        (entry("PolishKey", key=KEY), "Polish key (“papers”)", Group.KEYS, "Done"),
        (entry("{0.__class__}"), "0 class", Group.VAULT, "Done"),
        (entry("CreateKey", key="gone", alias="{old}"), "Made the key “{old}”", Group.KEYS, "Done"),
    ],
)  # fmt: skip
def test_each_entry_is_told_in_a_sentence(told_of: Entry, sentence: str, group: Group, pill: str) -> None:
    row = told(told_of, {KEY: "papers"})
    assert (row.sentence, row.group, row.pill[0]) == (sentence, group, pill)


def logged_operations() -> set[str]:
    """Every name that a service gives an entry: by a literal, a constant, or what can be done with keys."""
    found = {str(deed) for deed in deeds()}
    for path in Path(services.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            given: list[ast.expr] = []
            if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id.isupper() for t in node.targets):
                given = [node.value]
            elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Draft", "recorded"):
                given = node.args
            elif isinstance(node, ast.keyword) and node.arg == "operation":
                given = [node.value]
            found |= {each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str)}
    return {name for name in found if OPERATION.fullmatch(name)} - {"Signet"}


def test_every_operation_that_is_logged_has_a_sentence_of_its_own() -> None:
    logged = logged_operations()
    assert {"UnlockVault", "SignCheckpoint", "Encrypt", "VerifyAuditLog"} <= logged
    assert logged - set(OPERATIONS) == set()


def test_names_that_would_turn_the_line_round_are_made_readable() -> None:
    assert readable("Tax\u202efdp.exe\n\udcff") == "Tax?fdp.exe??"


def test_rows_come_newest_first_without_the_beginnings_that_ended(opened: DeskInTest, tmp_path: Path) -> None:
    source = tmp_path / "letter.txt"
    source.write_bytes(b"Dear")
    keys.create_key(opened.session, "papers", spec=AES)
    files.encrypt_files(opened.session, [str(source)], key="papers")
    page = show(opened)
    assert sentences(page)[:2] == ["Encrypted letter.txt with “papers”", "Made the key “papers”"]
    page.filters.beginnings.click()
    opened.qtbot.waitUntil(lambda: "Began to encrypt 1 file with “papers”" in sentences(page))


def test_a_beginning_without_an_end_stays_in_sight(opened: DeskInTest) -> None:
    with opened.session.records.change() as change:
        change.append(Draft("Encrypt", Outcome.ALLOWED, details={"files": 2}))
    assert sentences(show(opened))[0] == "Began to encrypt 2 files"


def test_a_long_log_is_read_page_by_page(opened: DeskInTest) -> None:
    note(opened, 3 * PAGE_ROWS)
    page = show(opened)
    assert page.model.rowCount() == PAGE_ROWS
    page.table.scrollToBottom()
    opened.qtbot.waitUntil(lambda: page.model.rowCount() == 2 * PAGE_ROWS)
    whole = [page.model.sequence_at(row) for row in range(page.model.rowCount())]
    assert whole == sorted(whole, reverse=True)
    assert len(set(whole)) == 2 * PAGE_ROWS


def test_pages_meet_without_gap_or_double_also_where_few_rows_fit(opened: DeskInTest) -> None:
    note(opened, 1200)
    keys.create_key(opened.session, "papers", spec=AES)
    chosen = LogFilter(group=Group.VAULT, words="7")
    found, place = list[int](), Place()
    while not place.over:
        read = read_page(opened.session, chosen, place, rows=50, cancelled=lambda: False)
        found += [row.entry.sequence for row in read.rows]
        place = read.place
    expected = [
        row.entry.sequence
        for each in audit.list_entries(opened.session)
        if (row := told(each, {})).group is Group.VAULT and row.fits("7")
    ]
    assert found == expected


def test_the_database_leaves_out_nothing_that_the_words_are_in(filled: DeskInTest) -> None:
    names = {key.id: key.alias for key in keys.list_keys(filled.session)}
    everything = [told(each, names) for each in audit.list_entries(filled.session)]
    for words in (
        "refused", "SIGN", "papers", "too often", "tax.pdf", "Größe", "nothing", "“papers”", "1 file", "vault:",
        "day's", "archive", 'quo"te', "back\\slash", "error", "3", "began to", "small secret", "daily 22", ":",
    ):  # fmt: skip
        expected = [row.entry.sequence for row in everything if row.fits(words)]
        chosen = LogFilter(words=words, beginnings=True)
        read = read_page(filled.session, chosen, Place(), rows=500, cancelled=lambda: False)
        assert [row.entry.sequence for row in read.rows] == expected, words
        assert bool(expected) != (words == "nothing"), words


def test_filters_of_the_database_are_those_of_the_rows(filled: DeskInTest) -> None:
    names = {key.id: key.alias for key in keys.list_keys(filled.session)}
    everything = [told(each, names) for each in audit.list_entries(filled.session)]
    key = next(iter(names))
    last = "2026-11-22T12:00:00Z"
    for chosen in (
        *(LogFilter(group=group, beginnings=True) for group in Group),
        *(LogFilter(outcome=outcome, beginnings=True) for outcome in Outcome),
        LogFilter(troubles=True, beginnings=True),
        LogFilter(key=key, beginnings=True),
        LogFilter(span=(last, None), beginnings=True),
        LogFilter(span=(None, last), beginnings=True),
        LogFilter(span=("2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"), outcome=Outcome.DONE, beginnings=True),
    ):
        first, end = chosen.span
        expected = [
            row.entry.sequence
            for row in everything
            if chosen.shows(row)
            and chosen.key in (None, row.entry.key)
            and (first is None or row.entry.time >= first)
            and (end is None or row.entry.time < end)
        ]
        read = read_page(filled.session, chosen, Place(), rows=500, cancelled=lambda: False)
        assert [row.entry.sequence for row in read.rows] == expected, chosen


def test_of_many_rows_most_are_let_go_and_read_again_where_somebody_looks(
    opened: DeskInTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activity_model, "KEPT_BLOCKS", 2)
    note(opened, BLOCK * 5)
    model, asked = ActivityModel(), list[int]()
    model.block_wanted.connect(asked.append)
    now = datetime.now().astimezone()
    place, names = Place(), None
    while not place.over:
        page = read_page(
            opened.session, LogFilter(), place, rows=model.next_rows, names=names, cancelled=lambda: False
        )
        model.add(page, now) if place.before else model.start(page, now)
        place, names = page.place, page.names
    assert model.rowCount() > BLOCK * 5
    assert model.index(0, SENTENCE).data() == "…"
    assert model.index(1, TIME).data() is None
    assert asked == [0]
    newest = model.sequence_at(0)
    first, last = model.bounds_of(0) or (0, 0)
    assert (first, first - last) == (newest, BLOCK - 1)
    model.give_back(0, read_block(opened.session, LogFilter(), model.names, first=first, last=last))
    assert model.index(0, SENTENCE).data() == "Wrote a backup"
    assert model.place_of(newest) == 0
    assert asked == [0]


def test_the_key_the_time_and_the_outcome_narrow_what_is_shown(filled: DeskInTest) -> None:
    page = show(filled)
    rows = page.model.rowCount()
    page.show_key("papers")
    filled.qtbot.waitUntil(lambda: 0 < page.model.rowCount() < rows)
    assert {page.model.row_at(row).entry.key for row in range(page.model.rowCount())} == {  # type: ignore[union-attr]
        keys.find_key(filled.session, "papers").id
    }
    assert page.filters.clear_button.isVisible()
    page.filters.key.setText("no such key")
    page.filters.key.editingFinished.emit()
    page.filters.when.setCurrentText(When.BETWEEN)
    assert page.filters.first.isVisible()
    page.filters.clear_button.click()
    filled.qtbot.waitUntil(lambda: page.model.rowCount() == rows)
    assert not page.filters.clear_button.isVisible()
    assert nameless_controls(page) == []


def test_the_strip_tells_use_and_what_cards_signed(filled: DeskInTest) -> None:
    page = show(filled)
    filled.qtbot.waitUntil(lambda: "No card has signed" in page.summary.signed.text())
    assert "No card among the ways in can sign it." in page.summary.signed.text()
    assert page.summary.sign_button.isHidden()
    assert "uses completed in the last 30 days" in page.summary.uses.sentence.text()


def test_a_long_check_shows_how_far_it_is_and_can_be_cancelled(
    opened: DeskInTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_acts, "LONG", 1)
    monkeypatch.setattr(audit, "AT_A_TIME", 5)
    note(opened, 600)
    page = show(opened)
    page.verify_button.click()
    opened.qtbot.waitUntil(lambda: page.banner.title == "Checking the log")
    assert " of " in page.banner.sentence
    next(button for button in page.banner.findChildren(QPushButton) if button.text() == "Cancel").click()
    opened.qtbot.waitUntil(page.verify_button.isEnabled)
    outcome = audit.list_entries(opened.session, 1)[0].outcome
    assert outcome is Outcome.CANCELLED or page.banner.title.startswith("The log is whole")


def test_reading_stops_when_it_is_given_up(opened: DeskInTest) -> None:
    with pytest.raises(Cancelled):
        read_page(opened.session, LogFilter(), Place(), cancelled=lambda: True)


def test_filters_leave_a_group_or_the_troubles(opened: DeskInTest, tmp_path: Path) -> None:
    source = tmp_path / "letter.txt"
    source.write_bytes(b"Dear")
    keys.create_key(opened.session, "papers", spec=AES)
    with pytest.raises(KeyUsageRefused):
        signing.sign_files(opened.session, [str(source)], key="papers")
    page = show(opened)
    page.filters.chips.choose(Group.KEYS.name)
    wait_for(opened, page, "Made the key “papers”")
    page.filters.outcome.setCurrentIndex(1)
    opened.qtbot.waitUntil(page.nothing.isVisible)
    page.filters.chips.choose("ALL")
    wait_for(opened, page, "Refused to sign 1 file with “papers”: the key is not for this")
    assert page.model.index(0, OUTCOME).data() == "Refused"


def test_the_search_waits_for_a_pause_and_looks_at_the_sentence(opened: DeskInTest) -> None:
    keys.create_key(opened.session, "papers", spec=AES)
    keys.create_key(opened.session, "photos", spec=AES)
    page = show(opened)
    QTest.keyClick(page, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    opened.qtbot.waitUntil(page.search.hasFocus)
    QTest.keyClicks(page.search, "made photos")
    wait_for(opened, page, "Made the key “photos”")


def test_what_happens_meanwhile_appears_and_the_selection_stays(opened: DeskInTest) -> None:
    keys.create_key(opened.session, "papers", spec=AES)
    page = show(opened)
    page.table.setCurrentIndex(page.model.index(0, SENTENCE))
    keys.disable_key(opened.session, "papers")
    opened.desk.note_change()
    opened.qtbot.waitUntil(lambda: sentences(page)[0] == "Disabled the key “papers”")
    assert page.table.currentIndex().row() == 1


def test_details_tell_every_field_with_the_hash(opened: DeskInTest) -> None:
    keys.create_key(opened.session, "papers", spec=AES)
    page = show(opened)
    page.table.setCurrentIndex(page.model.index(0, SENTENCE))
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    details = page.panel.findChild(EntryDetails)
    assert isinstance(details, EntryDetails)
    said = "\n".join(each.text() for each in details.findChildren(QLabel))
    newest = audit.list_entries(opened.session, 1)[0]
    assert newest.hash.hex() in said.replace(" ", "")
    for expected in ("CreateKey", "Recovery code", "SYMMETRIC_DEFAULT", f"keys/{newest.key}", "22 Nov 2026"):
        assert expected in said
    assert nameless_controls(page) == []
    with opened.qtbot.waitSignal(page.key_wanted) as caught:
        next(button for button in details.findChildren(type(page.verify_button)) if button.text()).click()
    assert caught.args == [newest.key]


def test_an_untouched_log_is_found_whole(opened: DeskInTest) -> None:
    page = show(opened)
    page.verify_button.click()
    assert not page.verify_button.isEnabled()
    opened.qtbot.waitUntil(page.banner.isVisible)
    assert page.banner.title.startswith("The log is whole")
    opened.qtbot.waitUntil(lambda: sentences(page)[0] == "Checked this log: all is well")
    assert page.verify_button.isEnabled()


def test_a_changed_entry_is_named(opened: DeskInTest) -> None:
    page = show(opened)
    with opened.session.database.transaction() as cursor:
        cursor.execute("UPDATE audit SET user = 'someone' WHERE sequence = 1")
    page.verify_button.click()
    opened.qtbot.waitUntil(page.banner.isVisible)
    assert page.banner.title == "The log is not as it was written"
    assert "audit entry 1" in page.banner.sentence


@pytest.mark.parametrize(("name", "choice"), [("log.jsonl", 0), ("log.csv", 1)])
def test_the_log_is_exported(opened: DeskInTest, tmp_path: Path, name: str, choice: int) -> None:
    page = show(opened)
    page.export_button.menu().actions()[choice].trigger()
    choose_file(opened.qtbot, page, tmp_path / name)
    opened.qtbot.waitUntil(lambda: page.banner.title == "The log was exported")
    first = (tmp_path / name).read_text().splitlines()[0]
    assert json.loads(first)["eventName"] == "CreateVault" if choice == 0 else first.startswith('"sequence"')


def test_locking_takes_everything_from_the_screen(opened: DeskInTest) -> None:
    page = show(opened)
    page.table.setCurrentIndex(page.model.index(0, SENTENCE))
    page._open_details()
    opened.desk.lock("Enough.")
    assert page.model.rowCount() == 0
    assert not page.panel.isVisible()


def test_a_hidden_page_reads_nothing_until_it_is_seen(opened: DeskInTest) -> None:
    page = show(opened)
    rows = page.model.rowCount()
    page.hide()
    keys.create_key(opened.session, "papers", spec=AES)
    opened.desk.note_change()
    assert not page._first.reading
    assert page.model.rowCount() == rows
    page.show()
    opened.qtbot.waitUntil(lambda: page.model.rowCount() == rows + 1)


def test_times_are_told_and_whole_on_hover(opened: DeskInTest) -> None:
    page = show(opened)
    index = page.model.index(0, TIME)
    assert "2026" in index.data(Qt.ItemDataRole.ToolTipRole)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole).startswith("When: ")
