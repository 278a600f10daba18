"""The filter menu of the page Keys: states, kinds, protections and origins that there are, ticked one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QPushButton

from signet.gui.pages.keys_filter import Kind
from signet.gui.pages.keys_model import ORIGINS, PROTECTIONS, PURPOSES, STATES, TYPES
from signet.gui.widgets.text import restyle

_SETS: tuple[tuple[str, str, int, Mapping[str, str]], ...] = (
    ("states", "State", 2, {state.value: words for state, (words, _) in STATES.items()}),
    ("specs", "Type", 0, {spec.value: words for spec, words in TYPES.items()}),
    ("usages", "Purpose", 1, {usage.value: words for usage, words in PURPOSES.items()}),
    ("protections", "Protection", 4, {protection.value: words for protection, words in PROTECTIONS.items()}),
    ("origins", "Where from", 3, {origin.value: words for origin, words in ORIGINS.items()}),
)
"""Field of `KeyFilter`, caption, place in a `Kind`, and words for the values."""
CLEAR = "Clear all filters"


class KeyFilters(QObject):
    """Fills the button's menu with what there is; `changed` whenever something is ticked."""

    changed = Signal()

    def __init__(self, button: QPushButton) -> None:
        super().__init__(button)
        self._button = button
        self._ticked: dict[str, frozenset[str]] = {field: frozenset() for field, *_ in _SETS}
        self._shown: tuple[object, ...] = ()
        self._clear: QAction | None = None
        self.menu = QMenu(button)
        button.setMenu(self.menu)

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of `KeyFilter` that are chosen here."""
        return dict(self._ticked)

    def show_kinds(self, kinds: Counter[Kind]) -> None:
        """Offer the values that there are, with how many keys have each; nothing moves while these are the same."""
        offered = []
        for field, caption, place, words in _SETS:
            counts: Counter[str] = Counter()
            for kind, count in kinds.items():
                counts[kind[place]] += count
            there = [value for value in words if counts[value] or value in self._ticked[field]]
            if len(there) > 1 or self._ticked[field]:
                offered.append((field, caption, tuple((value, words[value], counts[value]) for value in there)))
        if self._shown == tuple(offered):
            return
        self._shown = tuple(offered)
        self.menu.clear()
        for field, caption, values in offered:
            # Not addSection: the style sheet leaves such words out.
            self.menu.addSeparator()
            self.menu.addAction(caption).setEnabled(False)
            for value, words_of_value, count in values:
                action = self.menu.addAction(f"{words_of_value}   {count}")
                action.setCheckable(True)
                action.setChecked(value in self._ticked[field])
                action.toggled.connect(partial(self._toggled, field, value))
        self.menu.addSeparator()
        self._clear = self.menu.addAction(CLEAR)
        self._clear.triggered.connect(self.clear)
        self._button.setVisible(bool(offered))
        self._show_count()

    def clear(self) -> None:
        """Untick everything."""
        had = any(self._ticked.values())
        self._ticked = {field: frozenset() for field in self._ticked}
        for action in self.menu.actions():
            if action.isCheckable():
                action.blockSignals(True)
                action.setChecked(False)
                action.blockSignals(False)
        self._show_count()
        if had:
            self.changed.emit()

    def _toggled(self, field: str, value: str, on: bool) -> None:
        ticked = self._ticked[field]
        self._ticked[field] = ticked | {value} if on else ticked - {value}
        self._show_count()
        self.changed.emit()

    def _show_count(self) -> None:
        count = sum(map(len, self._ticked.values()))
        self._button.setText(f"Filter · {count}" if count else "Filter")
        self._button.setAccessibleName(f"Filter, {count} chosen" if count else "Filter by state, type and more")
        restyle(self._button, on="yes" if count else "no")
        if self._clear is not None:
            self._clear.setEnabled(count > 0)
