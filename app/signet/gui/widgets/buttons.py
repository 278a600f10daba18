"""Buttons. Functions that make a QPushButton of a kind; the caller connects ``clicked``."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from signet.gui.theme import Theme


def primary_button(text: str, *, name: str = "") -> QPushButton:
    """The one button of a place that goes on; ``name`` is its accessible name if the text says too little."""
    return _button(text, "primary", name)


def plain_button(text: str, *, name: str = "") -> QPushButton:
    """Any other button."""
    return _button(text, "plain", name)


def danger_button(text: str, *, name: str = "") -> QPushButton:
    """A button that takes something away for good."""
    return _button(text, "danger", name)


def link_button(text: str, *, name: str = "") -> QPushButton:
    """A button within a sentence."""
    made = _button(text, "link", name)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    return made


def icon_button(theme: Theme, icon: str, name: str) -> QPushButton:
    """A small button with an icon only; ``name`` is what it does, its accessible name and tool tip."""
    made = _button("", "icon", name)
    made.setToolTip(name)
    theme.dress(made, icon)
    return made


def _button(text: str, kind: str, name: str) -> QPushButton:
    made = QPushButton(text)
    made.setProperty("kind", kind)
    made.setAccessibleName(name or text.replace("&", "").rstrip("…. "))
    # Enter presses the button that has the focus, as people expect of anything that looks like this.
    made.setAutoDefault(True)
    return made
