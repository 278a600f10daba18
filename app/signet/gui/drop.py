"""Dropping files anywhere: tiles over the window that offer what fits what is being dragged."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote_to_bytes

from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QColor, QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.theme import Theme
from signet.gui.widgets.text import label, restyle

ENCRYPTED = (".esdk", ".age")
SIGNATURES = (".sig", ".p7s", ".p7m", ".minisig", ".asice", ".asics", ".sce")
PUBLIC_KEYS = (".pem", ".pub", ".crt", ".cer", ".der", ".jwk")
_URLS = "text/uri-list"  # RFC 2483, 5
_LOOKED_AT = 100
"""Files that are looked at while they hang at the pointer: each look takes time, on a network perhaps much."""
_TILE = 196
_TILE_HEIGHT = 176
_SCRIM = 0.72


class Act(StrEnum):
    """What can be done with what is dropped."""

    ENCRYPT = "encrypt"
    DECRYPT = "decrypt"
    SIGN = "sign"
    VERIFY = "verify"
    ADD_PERSON = "add-person"


EDIT = "edit"
"""What a start can ask for besides (`signet.gui.instance.Request`): no tile, for nothing is dropped to be edited."""


@dataclass(frozen=True)
class Offer:
    """A tile: what it does, and a line that says with what."""

    act: Act
    sentence: str


_TITLES = {
    Act.ENCRYPT: "Encrypt",
    Act.DECRYPT: "Decrypt",
    Act.SIGN: "Sign",
    Act.VERIFY: "Verify",
    Act.ADD_PERSON: "Add a person",
}
_ICONS = {
    Act.ENCRYPT: "lock",
    Act.DECRYPT: "unlock",
    Act.SIGN: "document",
    Act.VERIFY: "check",
    Act.ADD_PERSON: "people",
}


def offers(paths: Sequence[str], default_key: str = "") -> tuple[Offer, ...]:
    """What fits these paths, the likeliest first. Judged by their names: what they really are is found out later."""
    lower = [path.lower() for path in paths]
    encrypted = [path for path in lower if path.endswith(ENCRYPTED)]
    signatures = [path for path in lower if path.endswith(SIGNATURES)]
    signed = [path for path in paths[:_LOOKED_AT] if any(os.path.exists(path + ending) for ending in SIGNATURES)]
    folders = any(os.path.isdir(path) for path in paths[:_LOOKED_AT])
    made: list[Offer] = []
    if lower and not folders and all(path.endswith(PUBLIC_KEYS) for path in lower):
        made.append(Offer(Act.ADD_PERSON, "whose public key this is"))
    if signatures or (signed and not folders):
        made.append(Offer(Act.VERIFY, _counted(len(signatures or signed), "signature")))
    if encrypted:
        made.append(Offer(Act.DECRYPT, _counted(len(encrypted), "file")))
    if len(encrypted) + len(signatures) < len(paths):
        made.append(Offer(Act.ENCRYPT, f"with {default_key}" if default_key else "for you"))
    if not folders and not signatures:
        made.append(Offer(Act.SIGN, _counted(len(paths), "file")))
    if not folders and not any(offer.act is Act.VERIFY for offer in made):
        made.append(Offer(Act.VERIFY, "and see who signed"))
    return tuple(made)


def local_paths(data: QMimeData) -> tuple[str, ...]:
    """The files and folders that are being dragged, as absolute paths; what is not local is left out."""
    given = bytes(data.data(_URLS).data()).split(b"\r\n")
    paths = (_path_of(url) for url in given)
    return tuple(path.rstrip("/") or "/" for path in paths if path)


def _path_of(url: bytes) -> str:
    """The path of a local file in its bytes, for Qt's own text of it loses those that are no UTF-8; "" for others."""
    for begin in (b"file:///", b"file://localhost/"):
        if url.startswith(begin):
            path = url[len(begin) - 1 :].partition(b"?")[0].partition(b"#")[0]
            return os.fsdecode(unquote_to_bytes(path) if b"%" in path else path)
    return ""


class Tile(QFrame):
    """One thing to drop on."""

    def __init__(self, theme: Theme, offer: Offer) -> None:
        super().__init__()
        self.act = offer.act
        self.setProperty("kind", "tile")
        self.setFixedSize(_TILE, _TILE_HEIGHT)
        self.setAccessibleName(f"{_TITLES[offer.act]} {offer.sentence}")
        column = QVBoxLayout(self)
        column.setSpacing(SPACE.small)
        picture = label()
        theme.dress(picture, _ICONS[offer.act], tone="accent", size=32)
        column.addStretch(1)
        for widget in (picture, label(_TITLES[offer.act], "title"), label(offer.sentence, "small")):
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)


class DropOverlay(QWidget):
    """Lies over ``parent`` (which must accept drops) while something is dragged over it.

    ``dropped`` carries the act and the paths; outside every tile the act is empty: the shown page decides then.
    """

    dropped = Signal(str, list)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._below = parent
        self.default_key = ""
        self.tiles: list[Tile] = []
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._column = QVBoxLayout(self)
        self._column.addStretch(1)
        self._holder = QWidget()
        self._rows = QGridLayout(self._holder)
        self._rows.setSpacing(SPACE.wide)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(self._holder)
        middle.addStretch(1)
        self._column.addLayout(middle)
        self._column.addStretch(1)
        parent.setAcceptDrops(True)
        parent.installEventFilter(self)
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the drag events of the window below."""
        if isinstance(event, QDragEnterEvent):
            return self._enter(event)
        if isinstance(event, QDropEvent) and event.type() == QEvent.Type.Drop:
            return self._drop(event)
        if isinstance(event, QDragMoveEvent):
            return self._move(event)
        if isinstance(event, QDragLeaveEvent):
            self.hide()
            return True
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self._below.rect())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Dim what lies below."""
        scrim = QColor(self._theme.colours.window)
        scrim.setAlphaF(_SCRIM)
        painter = QPainter(self)
        painter.fillRect(event.rect(), scrim)
        painter.end()

    def show_offers(self, paths: Sequence[str]) -> None:
        """Show the tiles that fit these paths."""
        for tile in self.tiles:
            tile.hide()
            tile.deleteLater()
        self.tiles = [Tile(self._theme, offer) for offer in offers(paths, self.default_key)]
        for place, tile in enumerate(self.tiles):
            self._rows.addWidget(tile, 0, place)
        self.setGeometry(self._below.rect())
        self.show()
        self.raise_()

    def _enter(self, event: QDragEnterEvent) -> bool:
        paths = local_paths(event.mimeData())
        if not paths:
            return False
        self.show_offers(paths)
        event.acceptProposedAction()
        return True

    def _move(self, event: QDragMoveEvent) -> bool:
        if self.isHidden():
            return False
        under = self._tile_at(event.position().toPoint())
        for tile in self.tiles:
            restyle(tile, under="true" if tile is under else "false")
        event.acceptProposedAction()
        return True

    def _drop(self, event: QDropEvent) -> bool:
        paths = local_paths(event.mimeData())
        under = self._tile_at(event.position().toPoint())
        self.hide()
        if not paths:
            return False
        event.acceptProposedAction()
        self.dropped.emit(under.act.value if under is not None else "", list(paths))
        return True

    def _tile_at(self, position: QPoint) -> Tile | None:
        for tile in self.tiles:
            if tile.rect().contains(tile.mapFrom(self._below, position)):
                return tile
        return None


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
