"""A pill: one or two words about a state. Never colour alone: the words say it."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy

from signet.gui.widgets.text import restyle, set_shown

PillKind = Literal["ok", "warn", "bad", "neutral", "accent"]


class Pill(QLabel):
    """A small rounded label."""

    def __init__(self, text: str = "", kind: PillKind = "neutral") -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("pill", "true")
        self.setProperty("kind", kind)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        if not text:
            self.hide()

    def show_state(self, text: str, kind: PillKind) -> None:
        """Show another state; an empty text hides the pill."""
        self.setText(text)
        set_shown(self, bool(text))
        restyle(self, kind=kind)
