"""The ways in as rows, each with the buttons of what can be done with it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from signet.formats.header import MethodKind
from signet.gui.pages.cards_state import Row
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import plain_button
from signet.gui.widgets.way_row import WayRow

TEST, PIN, REMOVE = "test", "pin", "remove"
_ACTS = ((TEST, "Test", "Test"), (PIN, "PIN", "Change the PIN of"), (REMOVE, "Remove", "Remove"))
"""The buttons of a row: what `WayRows.wanted` carries, the word on the button, how its full name begins."""


class WayRows(QWidget):
    """Shows the rows that it is given; `wanted` carries what is to be done and with which way in."""

    wanted = Signal(str, str)
    """One of the acts, and the id of the way in."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._rows: dict[str, WayRow] = {}
        self._shown: tuple[Row, ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    @property
    def shown(self) -> tuple[Row, ...]:
        """What is shown."""
        return self._shown

    def show_rows(self, rows: tuple[Row, ...]) -> None:
        """Replace the rows if they changed; the focus goes back to the same button of the same row."""
        if rows == self._shown:
            return
        focused = self.focusWidget()
        name = focused.objectName() if focused is not None and focused.hasFocus() else ""
        for old in self._rows.values():
            self._column.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._rows, self._shown = {row.id: self._made(row, among=len(rows)) for row in rows}, rows
        again = self.findChild(QPushButton, name) if name else None
        if again is not None:
            again.setFocus(Qt.FocusReason.OtherFocusReason)

    def _made(self, row: Row, *, among: int) -> WayRow:
        buttons = [
            self._button(row, act, word, name=f"{name} {row.label}", enabled=act != REMOVE or among > 1)
            for act, word, name in _ACTS
            if act != PIN or row.kind is MethodKind.TOKEN
        ]
        made = WayRow(self._theme, row.icon, row.label, row.caption, *buttons, wrap=True)
        made.setObjectName(f"way-{row.id}")
        made.show_state(row.pill, row.pill_kind)
        self._column.addWidget(made)
        return made

    def _button(self, row: Row, act: str, word: str, *, name: str, enabled: bool) -> QPushButton:
        button = plain_button(f"{word}…", name=name)
        button.setObjectName(f"{act}-{row.id}")
        button.setEnabled(enabled)
        button.clicked.connect(partial(self._clicked, act, row.id))
        return button

    def _clicked(self, act: str, way_id: str, _: bool = False) -> None:
        self.wanted.emit(act, way_id)
