"""The real window with somebody looking on: ``python -m window.host SOCKET HASTE [ARGUMENTS OF SIGNET...]``.

Signet itself has no back door. Here its entry point runs unchanged in a process that also answers, on a socket,
what is on the screen: one JSON object a line, one connection a question. It never acts: mouse and keyboard do. With
HASTE above 1 the watch's clock runs so much faster, so that nobody has to be away for a whole minute.

    {"ask": "parts"}                what is shown: kind, name, words, place on the screen
    {"ask": "ticks"}                start a tick in the GUI thread, or return its longest gap so far, and start anew
    {"ask": "picture", "to": PATH}  save a picture of the whole screen
"""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import socket
import sys
import traceback
from time import monotonic
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QPoint, QRect, QSocketNotifier, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QWidget,
)

from signet.gui import app
from support.ticks import Ticks

if TYPE_CHECKING:
    from signet.gui.desk import Desk
    from signet.gui.tasks import Tasks


class Answering(QObject):
    """Answers questions while the event loop runs.

    A plain socket and a notifier, like `signet.gui.instance`: a question is small and comes at once.
    """

    def __init__(self, path: str, application: QApplication) -> None:
        super().__init__(application)
        self._ticks: Ticks | None = None
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # Whoever waits for the name must find somebody listening.
        self._listening.bind(f"{path}.new")
        self._listening.listen()
        os.rename(f"{path}.new", path)
        self._notifier = QSocketNotifier(self._listening.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._answer)

    def _answer(self) -> None:
        asking, _ = self._listening.accept()
        with asking, asking.makefile("rw") as lines:
            question = json.loads(lines.readline())
            try:
                said = {"parts": _parts, "ticks": self._tick, "picture": _picture}[question["ask"]](question)
            except Exception:
                traceback.print_exc()
                raise
            lines.write(json.dumps(said) + "\n")

    def _tick(self, _: dict[str, Any]) -> dict[str, float]:
        before = self._ticks
        said = {"worst": before.stop(), "count": before.count} if before is not None else {"worst": 0.0, "count": 0}
        self._ticks = Ticks(self)
        return said


def _parts(_: dict[str, Any]) -> list[dict[str, Any]]:
    """Everything that is shown, from the top window down."""
    modal = QApplication.activeModalWidget() or QApplication.activePopupWidget()
    focus = QApplication.focusWidget()
    found = []
    for window in QApplication.topLevelWidgets():
        if window.isVisible():
            for part in (window, *window.findChildren(QWidget)):
                if part.isVisible() and part.window() is window:
                    found += _tell(part, focus, reachable=modal is None or part.window() is modal)
    return found


def _tell(part: QWidget, focus: QWidget | None, *, reachable: bool) -> list[dict[str, Any]]:
    shown = part.visibleRegion().boundingRect()
    tabbed = bool(part.focusPolicy() & Qt.FocusPolicy.TabFocus)
    told = {
        "kind": type(part).__name__,
        "kinds": [kind.__name__ for kind in type(part).__mro__],
        "object": part.objectName(),
        "name": part.accessibleName(),
        "words": _words(part),
        "enabled": part.isEnabled() and reachable,
        "checked": isinstance(part, QAbstractButton) and part.isChecked(),
        "default": isinstance(part, QPushButton) and part.isDefault(),
        "focus": part is focus,
        "tabbed": tabbed,
        "place": _on_screen(part, shown),
    }
    return [told, *_items(part, reachable)]


def _words(part: QWidget) -> str:
    if isinstance(part, QAbstractButton | QLabel | QLineEdit):
        return part.text()
    if isinstance(part, QComboBox):
        return part.currentText()
    return part.windowTitle() if part.isWindow() else ""


def _items(part: QWidget, reachable: bool) -> list[dict[str, Any]]:
    """The cells of a list or table; they are no widgets."""
    if not isinstance(part, QAbstractItemView) or part.model() is None:
        return []
    model, view = part.model(), part.viewport()
    columns = [part.modelColumn()] if isinstance(part, QListView) else range(model.columnCount(part.rootIndex()))
    found = []
    for row in range(min(model.rowCount(part.rootIndex()), 200)):
        for column in columns:
            index = model.index(row, column, part.rootIndex())
            shown = part.visualRect(index) & view.rect()
            words = index.data(Qt.ItemDataRole.DisplayRole)
            if not shown.isEmpty() and words:
                found.append(
                    {
                        "kind": "cell",
                        "kinds": ["cell"],
                        "object": "",
                        "name": "",
                        "words": str(words),
                        "enabled": reachable,
                        "checked": part.selectionModel().isSelected(index),
                        "default": False,
                        "focus": part.hasFocus() and part.currentIndex() == index,
                        "tabbed": False,
                        "place": _on_screen(view, shown),
                    }
                )
    return found


def _on_screen(part: QWidget, shown: QRect) -> list[int] | None:
    """Middle of what can be seen of it, then width and height; None if it is scrolled away or covered."""
    if shown.isEmpty():
        return None
    middle = part.mapToGlobal(QPoint(0, 0)) + shown.center()
    return [middle.x(), middle.y(), shown.width(), shown.height()]


def _picture(question: dict[str, Any]) -> bool:
    screen = QGuiApplication.primaryScreen()
    return screen.grabWindow(0).save(question["to"])


def _hasten(times: float) -> None:
    """Give the watch, which has its clock for tests to choose, a fast one."""
    from signet.gui import watch

    class Hasty(watch.Watch):
        def __init__(self, desk: Desk, tasks: Tasks, *, parent: QObject | None = None) -> None:
            super().__init__(desk, tasks, clock=lambda: monotonic() * times, parent=parent)

    watch.Watch = Hasty  # type: ignore[assignment,misc]  # `signet.gui.app` imports it when it needs it


def main(path: str, haste: float, arguments: list[str]) -> int:
    """Run Signet's window; ask and answer from the moment when its services are about to be loaded."""

    class Watched(app.Start):
        """The second half of starting, with somebody looking on."""

        def load(self) -> None:
            application = QApplication.instance()
            assert isinstance(application, QApplication)
            Answering(path, application)
            if haste > 1:
                _hasten(haste)
            super().load()

    # Where every thread is, on standard error: after an abort, and for whoever waits in vain.
    faulthandler.enable()
    faulthandler.register(signal.SIGUSR1)
    app.Start = Watched  # type: ignore[misc]  # this is the one place where the two meet
    return app.main(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], float(sys.argv[2]), sys.argv[3:]))
