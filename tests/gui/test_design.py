"""The design tokens, the style sheet made of them, and the icons."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from signet.gui.design import CONTRAST_FLOOR, DARK, LIGHT, TEXT_PAIRS, Colours, contrast
from signet.gui.places import PLACES
from signet.gui.stylesheet import style_sheet
from signet.gui.theme import Theme, palette, read_icon

ICONS = Path(__file__).parents[2] / "resources" / "icons"
SCHEMES = pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])


@SCHEMES
@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
def test_text_can_be_read_on_its_ground(colours: Colours, text: str, ground: str) -> None:
    assert contrast(getattr(colours, text), getattr(colours, ground)) >= CONTRAST_FLOOR


@SCHEMES
def test_an_empty_box_can_be_seen(colours: Colours) -> None:
    rule = re.search(
        r"QCheckBox::indicator, [^{]*\{[^}]*border: 1px solid (#\w+); background: (#\w+)",
        style_sheet(colours, arrow="x.svg"),
    )
    assert rule is not None
    assert contrast(rule[1], rule[2]) >= 3  # WCAG 2.2, success criterion 1.4.11


@SCHEMES
@pytest.mark.parametrize("text", ["text", "muted"])
def test_words_can_be_read_on_every_ground(colours: Colours, text: str) -> None:
    grounds = ["window", "sidebar", "surface", "hover", *(name for name in vars(colours) if name.endswith("_soft"))]
    assert len(grounds) >= 9
    hard = {name: contrast(getattr(colours, text), getattr(colours, name)) for name in grounds}
    assert {name: ratio for name, ratio in hard.items() if ratio < CONTRAST_FLOOR} == {}


def test_contrast_is_what_wcag_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)  # WebAIM's contrast checker
    assert contrast("#2f6f5e", "#2f6f5e") == 1


@SCHEMES
def test_every_colour_is_one(colours: Colours) -> None:
    for field in fields(colours):
        assert re.fullmatch(r"#[0-9a-f]{6}", getattr(colours, field.name)), field.name


@SCHEMES
def test_the_style_sheet_uses_no_colour_but_the_designs(colours: Colours) -> None:
    sheet = style_sheet(colours, arrow="chevron-down.svg")
    assert "$" not in sheet
    used = set(re.findall(r"#[0-9a-fA-F]{6}", sheet))
    assert used <= set(vars(colours).values())
    assert sheet.count("{") == sheet.count("}")


@pytest.mark.parametrize("path", sorted(ICONS.glob("*.svg")), ids=lambda path: path.stem)
def test_icons_are_drawings_alone(path: Path) -> None:
    root = ElementTree.fromstring(path.read_bytes())  # noqa: S314 - our own files
    names = {element.tag.split("}")[1] for element in root.iter()}
    assert names <= {"svg", "g", "path", "rect", "circle"}
    assert b"http" not in path.read_bytes().replace(b"http://www.w3.org/2000/svg", b"")


@SCHEMES
def test_icons_take_the_colour_of_the_theme(qapp: QApplication, qtbot: QtBot, colours: Colours) -> None:
    theme = Theme(qapp, "dark" if colours is DARK else "light")
    for place in PLACES:
        image = theme.pixmap(place.icon, tone="accent", size=24).toImage()
        inks = [
            image.pixelColor(x, y).name()
            for x in range(image.width())
            for y in range(image.height())
            if image.pixelColor(x, y).alpha() == 255
        ]
        assert set(inks) == {colours.accent}
        assert len(inks) > 20


def test_an_icon_that_there_is_not_is_an_error() -> None:
    with pytest.raises(KeyError):
        read_icon("no-such-icon")


def test_a_change_of_theme_dresses_what_is_there(qapp: QApplication, qtbot: QtBot) -> None:
    theme = Theme(qapp, "light")
    button, picture = QPushButton(), QLabel()
    qtbot.addWidget(button)
    qtbot.addWidget(picture)
    theme.dress(button, "key")
    theme.dress(picture, "key", size=32)
    before = picture.pixmap().toImage(), button.icon().pixmap(18).toImage()
    with qtbot.waitSignal(theme.changed):
        theme.set_mode("dark")
    assert theme.dark
    assert picture.pixmap().toImage() != before[0]
    assert button.icon().pixmap(18).toImage() != before[1]
    assert qapp.palette().color(QPalette.ColorRole.Window) == QColor(DARK.window)
    theme.dress(button, "")
    assert button.icon().isNull()


def test_unknown_modes_are_refused(qapp: QApplication) -> None:
    theme = Theme(qapp, "light")
    with pytest.raises(ValueError, match="pink"):
        theme.set_mode("pink")  # type: ignore[arg-type]
    assert theme.mode == "light"


@SCHEMES
def test_the_palette_agrees_with_the_tokens(qapp: QApplication, colours: Colours) -> None:
    made = palette(colours)
    assert made.color(QPalette.ColorRole.Text).name() == colours.text
    assert made.color(QPalette.ColorRole.Base).name() == colours.surface
    assert made.color(QPalette.ColorRole.HighlightedText).name() == colours.text
