"""The table of actions as the desktop wants it: one QAction each, for shortcuts, menus and buttons alike."""

from __future__ import annotations

from collections.abc import Container
from functools import partial

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from signet.gui.pages.key_action import KeyAction, Place, Rows
from signet.gui.pages.key_actions import ACTIONS
from signet.gui.pages.key_host import KeyHost


class KeyMenu(QObject):
    """Knows the keys that are selected; what fits none of them is hidden, what cannot be done now is grey."""

    def __init__(self, host: KeyHost) -> None:
        super().__init__(host)
        self._host = host
        self.rows: Rows = ()
        self._sample: Rows = ()
        self._actions: dict[str, QAction] = {}
        for each in ACTIONS:
            action = QAction(each.words, self)
            action.setToolTip(each.sentence)
            action.setStatusTip(each.sentence)
            action.setShortcut(QKeySequence(each.shortcut))
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            action.triggered.connect(partial(self._triggered, each))
            self._actions[each.name] = action
        self.show_rows(())

    def serve(self, widget: QWidget) -> None:
        """Let the shortcuts work while the focus is in this widget."""
        widget.addActions(list(self._actions.values()))

    def show_rows(self, rows: Rows, sample: Rows | None = None) -> None:
        """Offer what can be done with these keys; of very many, ``sample`` has one of each kind and is looked at."""
        self.rows = rows
        self._sample = rows if sample is None else sample
        for each in ACTIONS:
            action = self._actions[each.name]
            action.setVisible(self._offers(each))
            action.setEnabled(
                each.takes(len(rows)) and any(each.offered(row) and each.enabled(row) for row in self._sample)
            )

    def _offers(self, each: KeyAction) -> bool:
        return each.takes(len(self.rows)) and any(each.offered(row) for row in self._sample)

    def action(self, name: str) -> QAction:
        """The action of that name; raise KeyError if there is none."""
        return self._actions[name]

    def do(self, name: str) -> None:
        """Do it, if it is offered and can be done."""
        self._actions[name].trigger()

    def fitting(self, name: str) -> int:
        """With how many of the keys it would be done."""
        return next(len(each.fit(self.rows)) for each in ACTIONS if each.name == name)

    def placed(self, place: Place) -> KeyAction | None:
        """The first action of that place that is offered."""
        return next((each for each in ACTIONS if each.place is place and self._offers(each)), None)

    def fill(self, menu: QMenu, *, without: Container[str] = ()) -> None:
        """Put every action into a menu, but those that stand beside it as buttons."""
        menu.clear()
        menu.setToolTipsVisible(True)
        before: Place | None = None
        for each in sorted(ACTIONS, key=lambda action: action.place):
            if each.name in without:
                continue
            if before is not None and each.place is not before and each.place > Place.BUTTON:
                menu.addSeparator()
            before = each.place
            menu.addAction(self._actions[each.name])

    def _triggered(self, each: KeyAction, _: bool = False) -> None:
        rows = each.fit(self.rows)
        if rows:
            each.do(self._host, rows)
