"""The pages of a document on the screen: where they lie, how they are turned, what is drawn and what is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from gui.patience import PatientBot
from signet.gui.pages.documents_geometry import FULL, GAP, LONGEST, MARGIN, WIDEST, Geometry, next_zoom
from signet.gui.pages.documents_loader import PageLoader
from signet.gui.pages.documents_preview import PageView, PageWidget
from signet.gui.tasks import Tasks
from signet.gui.theme import Theme
from signet.services.previews import Pages, Preview
from support.pdf import drawn_pdf, tiny_pdf
from support.ticks import Ticks

A4 = (595.0, 842.0)
Show = Callable[[bytes], PageView]


@pytest.fixture
def show(qapp: QApplication, qtbot: PatientBot, tmp_path: Path) -> Iterator[Show]:
    previews: list[Preview] = []
    tasks, theme = Tasks(), Theme(qapp, "light")

    def of(data: bytes) -> PageView:
        path = tmp_path / "lease.pdf"
        path.write_bytes(data)
        previews.append(Preview(str(path)))
        view = PageView(theme)
        qtbot.addWidget(view)
        view.resize(500, 400)
        view.show()
        view.show_pages("lease.pdf", previews[-1].look(), PageLoader(tasks, previews[-1], view))
        return view

    yield of
    for preview in previews:
        preview.close()
    tasks.close()


def shown_pages(view: PageView) -> list[PageWidget]:
    pages = [page for page in view.viewport().findChildren(PageWidget) if not page.isHidden()]
    return sorted(pages, key=lambda page: page.y())


def colour(page: QWidget, across: float, down: float) -> str:
    image = page.grab().toImage()
    return QColor(image.pixel(round(across * image.width()), round(down * image.height()))).name()


def test_pages_lie_one_above_the_other_each_as_wide_as_there_is_room() -> None:
    geometry = Geometry([A4, (842.0, 595.0), (10.0, 10.0), (1.0, 900_000.0)], 600.0)
    places = [geometry.place(page) for page in range(4)]
    assert [place.width for place in places[:3]] == pytest.approx([600 - 2 * MARGIN] * 2 + [10 * WIDEST])
    assert places[1].top == pytest.approx(places[0].top + places[0].height + GAP)
    assert places[2].left == pytest.approx((600 - places[2].width) / 2)
    assert places[3].height == LONGEST
    assert geometry.height == pytest.approx(places[3].top + LONGEST + MARGIN)
    assert list(geometry.pages_between(0, MARGIN + 1)) == [0]
    assert list(geometry.pages_between(places[0].top + places[0].height + 1, places[1].top + 1)) == [1]
    assert [geometry.page_at(place.top + 1) for place in places] == [0, 1, 2, 3]


@pytest.mark.parametrize("zoom", [0.0, 1.0, 2.0])
def test_points_of_a_page_and_pixels_are_translated_both_ways(zoom: float) -> None:
    geometry = Geometry([A4, (842.0, 595.0)], 700.0, zoom)
    place = geometry.to_pixels(1, 100, 50, 200, 40)
    assert geometry.to_points(1, place.left, place.top + place.height) == pytest.approx((100, 50))
    assert geometry.to_points(1, place.left + place.width, place.top) == pytest.approx((300, 90))
    corner = geometry.place(1)
    assert geometry.to_points(1, corner.left, corner.top) == pytest.approx((0, 595))


def test_zoom_goes_in_steps_and_ends() -> None:
    assert [next_zoom(now, 1) for now in (0.1, 1.0, 1.1, 4.0)] == [0.25, 1.25, 1.25, 4.0]
    assert [next_zoom(now, -1) for now in (4.0, 1.0, 0.95, 0.25)] == [3.0, 0.9, 0.9, 0.25]


def test_what_is_seen_is_drawn_and_each_page_has_a_name(qtbot: PatientBot, show: Show) -> None:
    red, plain = b"1 0 0 rg 0 0 100 50 re f", "/MediaBox[0 0 200 100]"
    view = show(drawn_pdf((plain, red), (plain, b""), (plain, red)))
    assert [page.accessibleName() for page in shown_pages(view)][:2] == [
        "Page 1 of 3 of lease.pdf",
        "Page 2 of 3 of lease.pdf",
    ]
    first = shown_pages(view)[0]
    qtbot.waitUntil(lambda: colour(first, 0.2, 0.8) == "#ff0000")
    assert colour(first, 0.8, 0.2) == "#ffffff"


def test_places_on_a_page_follow_scrolling_and_zooming(qtbot: PatientBot, show: Show) -> None:
    view = show(tiny_pdf(30))
    qtbot.wait(1)
    moves: list[bool] = []
    view.moved.connect(lambda: moves.append(True))
    view.show_page(20)
    rect = view.to_pixels(20, 10, 20, 30, 40)
    assert view.viewport().rect().contains(rect.toRect())
    at = view.to_page(QPointF(rect.left() + 0.01, rect.bottom() - 0.01))
    assert at is not None
    assert at[0] == 20
    assert at[1:] == pytest.approx((10, 20), abs=0.1)
    assert view.to_page(QPointF(1, 1)) is None
    assert moves
    view.zoom_by(1)
    assert not view.fits_width
    assert view.current_page == 20
    assert view.to_pixels(20, 0, 0, 10, 10).width() == pytest.approx(10 * view.zoom * FULL)
    view.reveal(3, 0, 0, 10, 10)
    assert view.viewport().rect().contains(view.to_pixels(3, 0, 0, 10, 10).toRect())
    assert 0 < len(shown_pages(view)) < 5


def test_pages_are_turned_by_keyboard(qtbot: PatientBot, show: Show) -> None:
    view = show(tiny_pdf(30))
    view.setFocus(Qt.FocusReason.TabFocusReason)
    control = Qt.KeyboardModifier.ControlModifier
    seen: list[int] = []
    view.page_changed.connect(seen.append)
    for key, modifier in (
        (Qt.Key.Key_PageDown, control),
        (Qt.Key.Key_Right, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_End, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_PageUp, control),
        (Qt.Key.Key_Home, Qt.KeyboardModifier.NoModifier),
    ):
        QTest.keyClick(view, key, modifier)
    assert seen[0] == 1
    assert 29 in seen
    assert view.current_page == 0
    QTest.keyClick(view, Qt.Key.Key_Plus, control)
    larger = view.zoom
    QTest.keyClick(view, Qt.Key.Key_Minus, control)
    assert view.zoom < larger
    QTest.keyClick(view, Qt.Key.Key_0, control)
    assert view.fits_width
    QTest.keyClick(view, Qt.Key.Key_Space)
    assert view.verticalScrollBar().value() > 0


def test_paper_is_white_in_the_dark_too(qapp: QApplication, qtbot: PatientBot, show: Show) -> None:
    view = show(tiny_pdf(1))
    view._theme.set_mode("dark")
    assert colour(shown_pages(view)[0], 0.5, 0.1) == "#ffffff"
    view._theme.set_mode("light")


def test_a_page_that_takes_for_ever_is_given_up_for_another_and_the_window_stays_alive(
    qtbot: PatientBot, show: Show
) -> None:
    plain = "/MediaBox[0 0 200 400]"
    endless = b"0 0 m " + b"1 0 0 rg 0 0 200 400 re f " * 400_000
    view = show(drawn_pdf((plain, endless), *[(plain, b"1 0 0 rg 0 0 200 400 re f")] * 5))
    loader = view._loader
    assert loader is not None
    qtbot.waitUntil(lambda: loader.busy)
    ticks = Ticks()
    view.show_page(5)
    qtbot.waitUntil(lambda: loader.picture(5) is not None)
    assert colour(shown_pages(view)[-1], 0.5, 0.5) == "#ff0000"
    assert ticks.stop() < 0.1
    assert loader.refusal(0) == ""


def test_a_page_without_a_picture_says_why(qtbot: PatientBot, show: Show) -> None:
    view = show(drawn_pdf(("/MediaBox[0 0 1000000000 1000000000]", b"")))
    page = shown_pages(view)[0]
    qtbot.waitUntil(lambda: bool(page.words))
    assert page.words == "This page cannot be shown: this page has no sensible size."
    assert page.accessibleDescription() == page.words


def test_a_document_of_ten_thousand_pages_has_few_widgets(qapp: QApplication, qtbot: PatientBot) -> None:
    view = PageView(Theme(qapp, "light"))
    qtbot.addWidget(view)
    view.resize(500, 400)
    view.show()
    tasks = Tasks()
    preview = Preview("/nowhere/lease.pdf")
    ticks = Ticks()
    view.show_pages("lease.pdf", Pages(1_000_000, (A4,) * 10_000), PageLoader(tasks, preview, view))
    view.show_page(9_999)
    worst = ticks.stop()
    assert [page.accessibleName() for page in shown_pages(view)] == ["Page 10000 of 1000000 of lease.pdf"]
    assert worst < 0.1
    view.clear()
    assert shown_pages(view) == []
    preview.close()
    tasks.close()
