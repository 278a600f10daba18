"""Dropping files: what is offered, and what comes of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from signet.gui.drop import Act, DropOverlay, Tile, local_paths, offers
from signet.gui.theme import Theme

COPY, LEFT, PLAIN = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.mark.parametrize(
    ("names", "acts"),
    [
        (["letter.txt"], [Act.ENCRYPT, Act.SIGN, Act.VERIFY]),
        (["letter.txt.esdk"], [Act.DECRYPT, Act.SIGN, Act.VERIFY]),
        (["LETTER.AGE"], [Act.DECRYPT, Act.SIGN, Act.VERIFY]),
        (["letter.txt", "other.txt.esdk"], [Act.DECRYPT, Act.ENCRYPT, Act.SIGN, Act.VERIFY]),
        (["letter.txt.sig"], [Act.VERIFY]),
        (["letter.txt", "letter.txt.p7s"], [Act.VERIFY, Act.ENCRYPT]),
        (["signed.txt"], [Act.VERIFY, Act.ENCRYPT, Act.SIGN]),
        (["folder"], [Act.ENCRYPT]),
        (["folder", "letter.txt"], [Act.ENCRYPT]),
    ],
)
def test_the_tiles_offer_what_fits(tmp_path: Path, names: list[str], acts: list[Act]) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "signed.txt").touch()
    (tmp_path / "signed.txt.sig").touch()
    assert [offer.act for offer in offers([str(tmp_path / name) for name in names])] == acts


def test_the_key_that_encrypts_is_named() -> None:
    assert offers(["/x"], "my-files")[0].sentence == "with my-files"
    assert offers(["/a.esdk", "/b.esdk"])[0].sentence == "2 files"


@pytest.fixture
def overlay(qapp: QApplication, qtbot: QtBot) -> DropOverlay:
    ground = QWidget()
    qtbot.addWidget(ground)
    ground.resize(900, 600)
    ground.show()
    return DropOverlay(Theme(qapp, "light"), ground)


def below(overlay: DropOverlay) -> QWidget:
    parent = overlay.parentWidget()
    assert parent is not None
    return parent


def urls(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def enter(overlay: DropOverlay, data: QMimeData) -> bool:
    event = QDragEnterEvent(QPoint(5, 5), COPY, data, LEFT, PLAIN)
    event.setAccepted(False)
    QApplication.sendEvent(below(overlay), event)
    return event.isAccepted()


def drop(overlay: DropOverlay, data: QMimeData, where: QPoint) -> bool:
    move = QDragMoveEvent(where, COPY, data, LEFT, PLAIN)
    QApplication.sendEvent(below(overlay), move)
    event = QDropEvent(QPointF(where), COPY, data, LEFT, PLAIN)
    event.setAccepted(False)
    QApplication.sendEvent(below(overlay), event)
    return event.isAccepted()


def middle(overlay: DropOverlay, tile: Tile) -> QPoint:
    return tile.mapTo(below(overlay), tile.rect().center())


def test_a_drop_on_a_tile_says_which(overlay: DropOverlay, qtbot: QtBot, tmp_path: Path) -> None:
    paths = tmp_path / "a b ü.txt", tmp_path / "second.txt"
    data = urls(*paths)
    assert enter(overlay, data)
    assert overlay.isVisible()
    qtbot.wait(20)
    tile = next(tile for tile in overlay.tiles if tile.act is Act.SIGN)
    with qtbot.waitSignal(overlay.dropped) as said:
        assert drop(overlay, data, middle(overlay, tile))
    assert said.args == ["sign", [str(path) for path in paths]]
    assert overlay.isHidden()


def test_the_tile_under_the_hand_is_lit(overlay: DropOverlay, qtbot: QtBot, tmp_path: Path) -> None:
    data = urls(tmp_path / "x.txt")
    enter(overlay, data)
    qtbot.wait(20)
    QApplication.sendEvent(below(overlay), QDragMoveEvent(middle(overlay, overlay.tiles[0]), COPY, data, LEFT, PLAIN))
    assert [tile.property("under") for tile in overlay.tiles] == ["true", "false", "false"]


def test_a_drop_beside_the_tiles_leaves_the_choice_to_the_page(
    overlay: DropOverlay, qtbot: QtBot, tmp_path: Path
) -> None:
    data = urls(tmp_path)
    enter(overlay, data)
    with qtbot.waitSignal(overlay.dropped) as said:
        drop(overlay, data, QPoint(3, 3))
    assert said.args == ["", [str(tmp_path)]]


def test_leaving_takes_the_tiles_away(overlay: DropOverlay, tmp_path: Path) -> None:
    enter(overlay, urls(tmp_path))
    QApplication.sendEvent(below(overlay), QDragLeaveEvent())
    assert overlay.isHidden()


def test_what_is_no_file_is_not_taken(overlay: DropOverlay, qtbot: QtBot) -> None:
    text = QMimeData()
    text.setText("hello")
    assert not enter(overlay, text)
    far = QMimeData()
    far.setUrls([QUrl("https://example.org/x")])
    assert not enter(overlay, far)
    assert overlay.isHidden()
    with qtbot.assertNotEmitted(overlay.dropped):
        assert not drop(overlay, far, QPoint(3, 3))


def test_paths_are_absolute_and_without_a_slash_at_the_end(tmp_path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl(f"file://{tmp_path}/"), QUrl("https://example.org"), QUrl("file:///")])
    assert local_paths(data) == (str(tmp_path), "/")
