"""The parts that pages are made of."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
import shiboken6
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QStyleOptionComboBox,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

import signet.gui
from signet.errors import OutputExists, PinIncorrect, ProofOfPresenceMissing, SignetError, TokenNotFound, every_error
from signet.gui.sentences import in_window_words, words
from signet.gui.theme import Theme
from signet.gui.widgets.banner import Banner
from signet.gui.widgets.buttons import danger_button, icon_button, link_button, plain_button, primary_button
from signet.gui.widgets.chips import Chips
from signet.gui.widgets.choice_card import ChoiceCard
from signet.gui.widgets.empty import EmptyState
from signet.gui.widgets.header import PageHeader
from signet.gui.widgets.job_row import JobRow
from signet.gui.widgets.key_values import KeyValues
from signet.gui.widgets.pace import Pace, duration_text, size_text
from signet.gui.widgets.search import SearchField
from signet.gui.widgets.secret_field import SecretField
from signet.gui.widgets.section import Section
from signet.gui.widgets.side_panel import SidePanel
from signet.gui.widgets.steady import Choice, Day, Number
from signet.gui.widgets.text import ElidedLabel, label
from signet.gui.widgets.use_picture import UsePicture, week_said
from signet.gui.widgets.way_row import WayRow
from signet.secret import Secret
from signet.services.use_over_time import UseOverTime
from support.window import nameless_controls


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    return Theme(qapp, "light")


class Stage:
    """A page for parts, kept alive as long as the test."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.page = QWidget()

    def __call__(self, *widgets: QWidget) -> QWidget:
        column = QVBoxLayout(self.page)
        for widget in widgets:
            column.addWidget(widget)
        self.page.resize(900, 600)
        self.page.show()
        self.qtbot.waitExposed(self.page)
        return self.page


@pytest.fixture
def shown(qtbot: QtBot) -> Stage:
    stage = Stage(qtbot)
    qtbot.addWidget(stage.page)
    return stage


def test_every_control_has_a_name(theme: Theme, shown: Stage) -> None:
    page = shown(
        primary_button("&New key…"),
        plain_button("Back"),
        danger_button("Remove"),
        link_button("Other vaults"),
        icon_button(theme, "close", "Close"),
        SearchField(theme, "Search name, tag, id…"),
        SecretField("PIN"),
        Chips([("all", "All"), ("sign", "Sign")]),
        ChoiceCard(theme, "card", "YubiKey", "Reader 1"),
        JobRow(theme, "film.mkv"),
        Banner(theme),
    )
    assert nameless_controls(page) == []
    assert primary_button("&New key…").accessibleName() == "New key"


def test_text_is_never_markup(theme: Theme, shown: Stage) -> None:
    made = label("<b>a file</b>")
    row = WayRow(theme, "card", "<img src=x>", "<i>y</i>")
    shown(made, row)
    for part in (made, *row.findChildren(QLabel)):
        if part.text():
            assert part.textFormat() is Qt.TextFormat.PlainText


def test_an_elided_label_keeps_its_whole_text(qtbot: QtBot, shown: Stage) -> None:
    made = ElidedLabel("a-very-long-name-" * 20)
    page = shown(made)
    page.resize(200, 100)
    qtbot.waitUntil(lambda: "…" in made.text())
    assert made.whole_text == made.accessibleName() == made.toolTip() == "a-very-long-name-" * 20
    made.set_text("short")
    assert (made.text(), made.toolTip()) == ("short", "")


def test_a_banner_tells_an_error_in_the_windows_words(qtbot: QtBot, theme: Theme, shown: Stage) -> None:
    banner = Banner(theme)
    shown(banner)
    assert banner.isHidden()
    banner.show_error(TokenNotFound(name="My token"))
    assert banner.isVisible()
    assert "My token" in banner.sentence
    assert "card" in banner.title + banner.sentence
    first = plain_button("First")
    banner.show_message("Other", action=first)
    banner.show_message("Third", action=plain_button("Second"), kind="ok")
    assert first.isHidden()
    with qtbot.waitSignal(banner.closed):
        banner.close_message()
    assert banner.isHidden()


def test_chips_turn_one_another_off(shown: Stage) -> None:
    chips = Chips([("all", "All"), ("sign", "Sign")])
    shown(chips)
    heard: list[str] = []
    chips.chosen.connect(heard.append)
    assert chips.current == "all"
    chips.choose("sign")
    assert (chips.current, heard) == ("sign", ["sign"])
    chips.set_count("all", 24)
    texts = [chip.text() for chip in chips._group.buttons()]
    assert texts == ["All 24", "Sign"]
    QTest.mouseClick(chips._group.buttons()[0], Qt.MouseButton.LeftButton)
    assert heard == ["sign", "all"]


def test_choice_cards_are_exclusive_and_take_the_space_bar(theme: Theme, shown: Stage) -> None:
    cards = [ChoiceCard(theme, "card", name, "Reader") for name in ("one", "two")]
    shown(*cards)
    cards[0].setChecked(True)
    QTest.keyClick(cards[1], Qt.Key.Key_Space)
    assert [card.isChecked() for card in cards] == [False, True]
    QTest.mouseClick(cards[0], Qt.MouseButton.LeftButton)
    assert [card.isChecked() for card in cards] == [True, False]
    assert cards[0].sizeHint().height() >= 60
    cards[0].show_detail("tested")
    assert cards[0].accessibleDescription() == "tested"


def test_a_job_row_tells_how_far_it_is_and_what_came_of_it(qtbot: QtBot, theme: Theme, shown: Stage) -> None:
    row = JobRow(theme, "film.mkv")
    shown(row)
    assert row.state_text == "Waiting"
    row.show_output("film.mkv.esdk")
    row.show_progress(11_400_000_000, 18_300_000_000)
    assert row._amount.text() == "11.4 GB of 18.3 GB"
    assert row._bar.value() == 622
    with qtbot.waitSignal(row.cancelled):
        row.cancel_button.click()
    row.show_counts(57, 318)
    assert row._amount.text() == "57 of 318 files"
    row.show_done("Encrypted", "with my-files", plain_button("More"))
    assert (row.state_text, row.sentence) == ("Encrypted", "with my-files")
    assert not row._bar.isVisible()
    with qtbot.waitSignal(row.shown_in_folder):
        row.folder_button.click()
    row.show_failed("Refused", "Changed since it was encrypted.")
    assert not row.folder_button.isVisible()
    with qtbot.waitSignal(row.retried):
        row.retry_button.click()
    row.show_progress(0, 0)
    assert row._bar.value() == 0


def test_the_figures_of_a_job_are_whole_where_there_is_little_room(theme: Theme, shown: Stage) -> None:
    row = JobRow(theme, "a-film-of-the-holidays-in-the-mountains.mkv")
    row.show_output("a-film-of-the-holidays-in-the-mountains.mkv.esdk")
    page = shown(row)
    page.resize(620, 200)
    row.show_paused(0, 1)
    row.show_counts(888_888_888, 999_999_999, "photographs")
    QTest.qWait(20)
    assert row._amount.width() >= row._amount.fontMetrics().horizontalAdvance(row._amount.text())
    room = row._amount.width()
    row.show_counts(1, 2)
    QTest.qWait(20)
    assert row._amount.width() == room  # the bar does not jump with every figure


def test_a_side_panel_takes_the_focus_and_gives_it_back(qtbot: QtBot, theme: Theme) -> None:
    page, field, panel = QWidget(), QLineEdit(), SidePanel(theme)
    row = QHBoxLayout(page)
    row.addWidget(field)
    row.addWidget(panel)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitExposed(page)
    field.setFocus()
    body = QWidget()
    inside = QLineEdit()
    QVBoxLayout(body).addWidget(inside)
    panel.open_with("New key", body, plain_button("Cancel"), primary_button("Create"))
    assert panel.title == panel.accessibleName() == "New key"
    assert page.focusWidget() is inside
    with qtbot.waitSignal(panel.closed):
        QTest.keyClick(inside, Qt.Key.Key_Escape)
    assert panel.isHidden()
    assert page.focusWidget() is field
    panel.open_with("Details", QWidget(), take_focus=False)
    assert page.focusWidget() is field
    panel.close_panel()
    panel.close_panel()


def test_a_side_panel_closes_when_what_opened_it_is_gone(qtbot: QtBot, theme: Theme) -> None:
    page, opener, panel = QWidget(), plain_button("Choose…"), SidePanel(theme)
    row = QHBoxLayout(page)
    row.addWidget(opener)
    row.addWidget(panel)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitExposed(page)
    opener.setFocus()
    button = plain_button("Skip it")
    panel.open_with("The result exists already", QWidget(), button, focus=button)
    shiboken6.delete(opener)
    with qtbot.waitSignal(panel.closed):
        QTest.keyClick(button, Qt.Key.Key_Escape)
    assert panel.isHidden()


def test_key_values_are_replaced(qtbot: QtBot, shown: Stage) -> None:
    values = KeyValues([("Created", "today")])
    shown(Section("Details", values))
    values.set_rows([("Tags", "finance"), ("Id", "c2b1")])
    qtbot.wait(10)
    texts = [part.text() for part in values.findChildren(QLabel) if part.isVisibleTo(values)]
    assert texts == ["Tags", "finance", "Id", "c2b1"]


def test_an_empty_state_can_say_something_else(theme: Theme, shown: Stage) -> None:
    empty = EmptyState(theme, "key", "No keys yet", "Make one.", primary_button("New key"))
    header = PageHeader("Keys", plain_button("Choose"))
    shown(header, empty)
    empty.show_words("Nothing found", "No key is called like this.")
    header.set_title("All keys")
    texts = {part.text() for part in (*empty.findChildren(QLabel), *header.findChildren(QLabel))}
    assert {"Nothing found", "No key is called like this.", "All keys"} <= texts


def test_a_search_field_is_found_and_emptied_by_keyboard(qtbot: QtBot, theme: Theme, shown: Stage) -> None:
    field, other = SearchField(theme, "Search…"), QLineEdit()
    page = shown(other, field)
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    other.setFocus()
    QTest.keyClick(other, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(field.hasFocus)
    QTest.keyClicks(field, "tax")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == ""


def test_a_secret_field_gives_what_was_typed_once(shown: Stage) -> None:
    field = SecretField("PIN", large=True)
    shown(field)
    QTest.keyClicks(field, "123456")
    field.mark_wrong()
    assert field.property("wrong") == "true"
    assert field.take() == Secret(b"123456")
    assert field.text() == ""
    QTest.keyClicks(field, "1")
    assert field.property("wrong") == "false"


def test_the_pace_is_that_of_the_last_seconds() -> None:
    pace = Pace()
    assert (pace.rate, pace.rate_text(), pace.left_text(5)) == (None, "", "")
    pace.note(0, 100.0)
    pace.note(500, 100.5)
    assert pace.rate is None
    for second in range(1, 21):
        pace.note(second * 1_000_000, 100.0 + second)
    assert pace.rate == pytest.approx(1_000_000)
    assert (pace.rate_text(), pace.left_text(4_000_000)) == ("1.0 MB/s", "4 s left")
    pace.note(0, 130.0)
    assert pace.rate is None


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (999_960, "1.0 MB"), (18_300_000_000, "18.3 GB")],
)
def test_sizes_in_words(size: int, text: str) -> None:
    assert size_text(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "1 s"), (3.2, "4 s"), (59, "59 s"), (61, "2 min"), (3600, "60 min"), (7200, "2 h")]
)
def test_times_in_words(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


@given(st.integers(0, 10**18))
def test_any_size_is_short(size: int) -> None:
    assert len(size_text(size)) <= 16


def test_the_windows_words() -> None:
    assert in_window_words("The token and its unlock methods") == "The card and its ways in"
    assert in_window_words("a software token") == "a software token"
    told = words(PinIncorrect(token="my token", attempts_left=None, final_try=False))
    assert "my token" in told.sentence


@pytest.mark.parametrize("kind", list(every_error()), ids=lambda kind: kind.__name__)
def test_no_error_tells_people_in_the_window_to_type_commands(kind: type[SignetError]) -> None:
    told = words(kind(**dict.fromkeys(kind.fields(), "x")))
    assert told.title
    assert told.sentence
    for text in (told.title, told.next_step):
        assert "--" not in text
        assert "`" not in text
    assert words(OutputExists(path="/x")).next_step
    assert words(ProofOfPresenceMissing()).next_step


@pytest.mark.parametrize(
    ("days", "said", "drawn"),
    [
        ((0,) * 91, "Not used in the last 91 days.", False),
        ((3, *(0,) * 90), "Not used in the last 30 days.", True),
        ((*(0,) * 90, 1), "1 use completed in the last 30 days, on 22 Nov.", True),
        (
            (*(0,) * 71, 5, *(0,) * 12, 7, *(0,) * 6),
            "12 uses completed in the last 30 days, most on 16 Nov (7).",
            True,
        ),
    ],
)
def test_the_picture_of_use_says_what_it_shows(
    qtbot: QtBot, theme: Theme, days: tuple[int, ...], said: str, drawn: bool
) -> None:
    picture = UsePicture(theme)
    qtbot.addWidget(picture)
    picture.show_uses(UseOverTime(date(2026, 11, 22), days))
    picture.show()
    assert picture.sentence.text() == picture.accessibleDescription() == said
    assert picture.bars.isVisible() == drawn
    assert picture.bars.week_at(QPointF(picture.bars.sizeHint().width() - 1, 5)) == week_said(
        date(2026, 11, 16), sum(days[-7:])
    )
    assert picture.bars.week_at(QPointF(9999, 5)) == ""
    picture.bars.grab()


@pytest.mark.parametrize("kind", [Choice, Number, Day])
def test_scrolling_past_a_field_leaves_its_value(qtbot: QtBot, kind: type[Choice | Number | Day]) -> None:
    field = kind()
    qtbot.addWidget(field)
    if isinstance(field, Choice):
        field.addItems(["one", "two", "three"])
    field.show()
    field.setFocus()

    def said() -> str:
        return field.currentText() if isinstance(field, Choice) else field.text()

    before, middle = said(), QPointF(field.rect().center())
    for way in (-120, 120):
        wheel = QWheelEvent(
            middle,
            field.mapToGlobal(middle),
            QPoint(),
            QPoint(0, way),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(field, wheel)
        assert said() == before
        assert not wheel.isAccepted()  # it goes on to what scrolls
    QTest.keyClick(field, Qt.Key.Key_Down if isinstance(field, Choice) else Qt.Key.Key_Up)
    assert said() != before


def test_no_field_of_the_window_follows_the_wheel() -> None:
    gui = Path(signet.gui.__file__).parent
    fields = "QComboBox|QSpinBox|QDoubleSpinBox|QDateEdit|QDateTimeEdit|QTimeEdit|QSlider"
    plain = re.compile(rf"\b({fields})\(\"?\w*\"?\)[^:]")
    found = [path.name for path in gui.rglob("*.py") if plain.search(path.read_text()) and path.name != "steady.py"]
    assert found == []


def test_a_long_choice_ends_in_dots(qtbot: QtBot) -> None:
    field = Choice()
    field.addItem("a very long name of somebody who signs, until the end of the next year")
    field.setFixedWidth(120)
    qtbot.addWidget(field)
    option = QStyleOptionComboBox()
    field.initStyleOption(option)
    assert option.currentText.endswith("…")
    assert field.currentText().endswith("year")
