"""A banner above a page: something that happened and, if there is something, what to do about it."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from signet.errors import SignetError
from signet.gui.design import SPACE
from signet.gui.sentences import words
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import icon_button
from signet.gui.widgets.text import label, restyle, set_shown

BannerKind = Literal["ok", "warn", "bad", "neutral", "accent"]
_ICONS = {"ok": "check", "warn": "warn", "bad": "bad", "neutral": "info", "accent": "info"}


class Banner(QFrame):
    """Hidden until it has something to say; hides again when it is closed."""

    closed = Signal()

    def __init__(self, theme: Theme, kind: BannerKind = "neutral", *, closable: bool = True) -> None:
        super().__init__()
        self._theme = theme
        self.setProperty("kind", "banner")
        self._icon = QLabel()
        self._title = label("", "strong", wrap=True)
        self._sentence = label("", "body", wrap=True, selectable=True)
        self._action: QPushButton | None = None
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(SPACE.large, SPACE.medium, SPACE.small, SPACE.medium)
        self._row.setSpacing(SPACE.medium)
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addWidget(self._title)
        column.addWidget(self._sentence)
        self._row.addWidget(self._icon)
        self._row.addLayout(column, 1)
        self._close = icon_button(theme, "close", "Close this message")
        self._close.clicked.connect(self.close_message)
        self._row.addWidget(self._close)
        self._close.setVisible(closable)
        self._kind: BannerKind = kind
        self._set_kind(kind)
        self.hide()

    @property
    def title(self) -> str:
        """The title that is shown."""
        return self._title.text()

    @property
    def sentence(self) -> str:
        """The sentence that is shown."""
        return self._sentence.text()

    def show_message(
        self, title: str, sentence: str = "", action: QPushButton | None = None, *, kind: BannerKind | None = None
    ) -> None:
        """Show a message with at most one button, instead of what stood there."""
        if kind is not None:
            self._set_kind(kind)
        self._title.setText(title)
        self._title.setVisible(bool(title))
        self._sentence.setText(sentence)
        self._sentence.setVisible(bool(sentence))
        self.setAccessibleName(f"{title} {sentence}".strip())
        self._set_action(action)
        set_shown(self, True)

    def count_down(self, sentence: str) -> None:
        """Show another sentence below the same title; the accessible name stays."""
        self._sentence.setText(sentence)

    def show_error(self, error: SignetError, action: QPushButton | None = None, *, about: str = "") -> None:
        """Show what went wrong and what to do next; ``about`` names the file that it happened to."""
        told = words(error)
        title = f"{told.title}: {about}" if about else told.title
        self.show_message(title, told.text, action, kind="bad")

    def close_message(self) -> None:
        """Hide the banner."""
        self.hide()
        self.closed.emit()

    def _set_kind(self, kind: BannerKind) -> None:
        self._kind = kind
        restyle(self, tone=kind)
        self._theme.dress(self._icon, _ICONS[kind], tone="accent_strong" if kind == "accent" else kind)

    def _set_action(self, action: QPushButton | None) -> None:
        if self._action is not None and self._action is not action:
            self._action.hide()
            self._action.deleteLater()
        self._action = action
        if action is not None:
            self._row.insertWidget(2, action)
            action.show()


class BannerPlace(QWidget):
    """Room around a banner, which is there only while the banner is."""

    def __init__(self, banner: Banner) -> None:
        super().__init__()
        self._banner = banner
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE.wide, SPACE.medium, SPACE.wide, SPACE.medium)
        column.addWidget(banner)
        self.setVisible(not banner.isHidden())
        banner.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Come and go with the banner."""
        if event.type() in (QEvent.Type.ShowToParent, QEvent.Type.HideToParent):
            self.setVisible(event.type() == QEvent.Type.ShowToParent)
        return super().eventFilter(watched, event)
