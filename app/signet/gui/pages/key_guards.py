"""The guards of a key in its details: who they are, another one added, one taken away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from signet.formats.header import MethodKind, UnlockMethod
from signet.gui.design import SPACE
from signet.gui.pages.key_action import KeyAction, Rows
from signet.gui.pages.key_host import KeyHost
from signet.gui.pages.keys_model import KeyRow
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import icon_button, plain_button
from signet.gui.widgets.section import Section
from signet.gui.widgets.text import ElidedLabel, label
from signet.gui.widgets.way_row import badge
from signet.keys.model import Key
from signet.services import guards
from signet.services.presence import with_presence
from signet.services.session import Session

EXPLAINED = "Each job with this key asks for one of them."
ONE_LEFT = "Only one is left: if it is lost, this key is gone for good. Add another."
NONE_LEFT = "The last one is gone, and this key with it. What it encrypted stays closed. It can be deleted."
TITLE = "Guards"
_BADGE = 26


class GuardsSection(Section):
    """Shows guards; what is wanted goes out with the way in's id."""

    add_wanted = Signal(str)
    remove_wanted = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__(TITLE)
        self._theme = theme
        self._hint = label("", "small", wrap=True)
        self._rows = QVBoxLayout()
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(SPACE.tiny)
        self._shown: tuple[tuple[str, ...], tuple[str, ...]] | None = None
        self.menu = QMenu(self)
        self.add_button = plain_button("Add a guard…")
        self.add_button.setMenu(self.menu)
        self.add(self._hint)
        self.body.addLayout(self._rows)
        self.add(self.add_button)

    def show_guards(self, alias: str, guards: Sequence[UnlockMethod], others: Sequence[UnlockMethod]) -> None:
        """Show who guards the key, and who else could; nothing moves if it is the same as before."""
        shown = (alias, *(guard.id for guard in guards)), tuple(other.id for other in others)
        if shown == self._shown:
            return
        self._shown = shown
        focus = self.window().focusWidget()
        had_focus = focus is not None and self.isAncestorOf(focus)
        self._hint.setText(EXPLAINED if len(guards) > 1 else ONE_LEFT if guards else NONE_LEFT)
        while (item := self._rows.takeAt(0)) is not None:
            row = item.widget()
            if row is not None:
                row.hide()
                row.deleteLater()
        for guard in guards:
            self._rows.addWidget(self._row(guard, removable=len(guards) > 1))
        self.menu.clear()
        for other in others:
            self.menu.addAction(other.label).triggered.connect(partial(self._add, other.id))
        self.add_button.setVisible(bool(others) and bool(guards))
        if had_focus and others:
            self.add_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _row(self, guard: UnlockMethod, *, removable: bool) -> QWidget:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(SPACE.medium)
        line.addWidget(badge(self._theme, "card" if guard.kind is MethodKind.TOKEN else "code", _BADGE))
        line.addWidget(ElidedLabel(guard.label, "body"), 1)
        if removable:
            remove = icon_button(self._theme, "close", f"Let “{guard.label}” no longer guard this key")
            remove.clicked.connect(partial(self._remove, guard.id))
            line.addWidget(remove)
        return row

    def _add(self, method_id: str, _: bool = False) -> None:
        self.add_wanted.emit(method_id)

    def _remove(self, method_id: str, _: bool = False) -> None:
        self.remove_wanted.emit(method_id)


def change_guards(
    host: KeyHost, key: Key, method_id: str, change: Callable[[Session, str, str], Key] = guards.add_guard
) -> None:
    """Let one more way in guard a key, or with ``remove_guard`` one less; a guard that there is is asked for."""

    def done(changed: Key) -> None:
        host.told.emit(f"“{changed.alias}” has other guards now", "Each job with it asks for one of them.")

    host.run(lambda session: with_presence(session, lambda: change(session, key.id, method_id)), done)


def _could_have_more(row: KeyRow) -> bool:
    return bool(row.others)


def _go_to_guards(host: KeyHost, _: Rows) -> None:
    host.section_wanted.emit(TITLE)


ADD_GUARD = KeyAction(
    "guard",
    "Add a guard…",
    "Let one more way in answer for each job with this key.",
    _go_to_guards,
    offered=_could_have_more,
)
