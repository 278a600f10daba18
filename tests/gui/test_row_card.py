"""A framed box that holds nothing but rows."""

from __future__ import annotations

import shiboken6
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from signet.gui.theme import Theme
from signet.gui.widgets.row_card import RowCard
from signet.gui.widgets.way_row import WayRow


def test_rows_follow_one_another_without_a_line_under_the_last_and_make_room_for_others(
    qapp: QApplication, qtbot: QtBot
) -> None:
    theme = Theme(qapp, "light")
    page = QWidget()
    qtbot.addWidget(page)
    card = RowCard()
    QVBoxLayout(page).addWidget(card)
    page.resize(600, 400)
    page.show()
    qtbot.waitExposed(page)
    assert card.isVisible(), "until it is known what there is"
    first = [WayRow(theme, "card", f"Card {number}") for number in range(3)]
    card.show_rows(first)
    qtbot.waitUntil(lambda: all(row.isVisible() for row in first))
    assert sorted(first, key=lambda row: row.y()) == first
    assert [row.property("kind") for row in first] == ["row", "row", "surface"]
    second = [WayRow(theme, "card", "Another card")]
    card.show_rows(second)
    assert not any(row.isVisible() for row in first)
    qtbot.waitUntil(lambda: not any(shiboken6.isValid(row) for row in first))
    qtbot.waitUntil(second[0].isVisible)
    assert second[0].property("kind") == "surface"
    card.show_rows(())
    assert card.isHidden()
    qtbot.waitUntil(lambda: not shiboken6.isValid(second[0]))
    card.show_rows([WayRow(theme, "card", "The first again")])
    assert card.isVisible()
