"""The window: its states (locked, being set up, open), the pages, and what crosses from one to another.

It can be shown before anything else is loaded; `attach` then brings the desk and with it the life.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from signet.gui.asking import StopJobs
from signet.gui.drop import DropOverlay
from signet.gui.places import PLACES
from signet.gui.sidebar import Sidebar
from signet.gui.tasks import BUG_TITLE, Tasks
from signet.gui.theme import Theme
from signet.gui.widgets.banner import Banner
from signet.gui.widgets.text import label
from signet.gui.widgets.wait_banner import WaitBanner

SIZE = (1200, 760)
SMALLEST = (820, 560)
_SETTLED_MILLISECONDS = 200
"""After a job has ended the next one may begin; only after this is it said that nothing runs."""


class MainWindow(QMainWindow):
    """Frame and states. `signet.gui.conduct` fills it and carries requests between pages."""

    lock_asked = Signal()
    page_asked = Signal(str)
    dropped = Signal(str, list)
    back_wanted = Signal()
    """Escape was pressed, and nothing that has the focus had a use for it."""
    background_wanted = Signal()
    """The window is to go, and what runs to go on without it."""
    closing = Signal()
    """The window goes: everything is to be let go now."""

    def __init__(self, theme: Theme, tasks: Tasks) -> None:
        super().__init__()
        self._theme, self._tasks = theme, tasks
        self.setWindowTitle("Signet")
        self.setObjectName("main-window")
        self.resize(*SIZE)
        self.setMinimumSize(*SMALLEST)
        self.sidebar = Sidebar(theme, PLACES)
        self.pages = QStackedWidget()
        self.states = QStackedWidget()
        self.banner = Banner(theme)
        self.banner.setObjectName("window-banner")
        self.wait_banner = WaitBanner(theme)
        self._status = label("", "small")
        self._named: dict[str, QWidget] = {}
        self._main = QWidget()
        self._states: dict[str, QWidget] = {}
        self._build()
        self.drop_overlay = DropOverlay(theme, self)
        self.drop_overlay.dropped.connect(self.dropped)
        self.stop_jobs = StopJobs(theme, self)
        self.stop_jobs.close_confirmed.connect(self.end)
        self.stop_jobs.background_wanted.connect(self.background_wanted)
        tasks.busy_changed.connect(self._busy_changed)
        self.sidebar.chosen.connect(self.page_asked)
        self.sidebar.lock_wanted.connect(self.lock_asked)
        tasks.broken.connect(self._tell_bug)
        self._shortcut("Ctrl+L").activated.connect(self.lock_asked)
        self._shortcut("Ctrl+Q").activated.connect(self.close)
        for number, place in enumerate(PLACES, start=1):
            shortcut = self._shortcut(f"Ctrl+{number}")
            shortcut.setObjectName(place.key)
            shortcut.activated.connect(self._page_by_shortcut)
        self._closed = False
        self.background_possible: Callable[[], bool] = _never
        """Whether what runs could go on without a window; set by `signet.gui.conduct`."""

    @property
    def state(self) -> str:
        """Which state is shown: ``start``, ``unlock``, ``setup``, ``outside`` (documents, no vault) or ``open``."""
        shown = self.states.currentWidget()
        return next(name for name, content in self._states.items() if content is shown)

    @property
    def page(self) -> str:
        """The id of the page that is shown, also behind a locked window."""
        shown = self.pages.currentWidget()
        return next((key for key, page in self._named.items() if page is shown), "")

    def add_page(self, key: str, page: QWidget) -> None:
        """Put a page into its place; it is shown by `show_page`."""
        self._named[key] = page
        self.pages.addWidget(page)

    def set_state(self, name: str, content: QWidget | None = None) -> None:
        """Show a state; ``content`` takes the place of what it showed before, which is deleted.

        Raises KeyError for a state that was never given a content.
        """
        if content is None:
            self.states.setCurrentWidget(self._states[name])
            return
        before = self._states.get(name)
        self._states[name] = content
        self.states.addWidget(content)
        self.states.setCurrentWidget(content)
        if before is not None:
            self.states.removeWidget(before)
            before.deleteLater()

    def show_page(self, key: str) -> None:
        """Show a page; raise KeyError for one that there is not."""
        now = self.focusWidget()
        beside = now is None or self.sidebar.isAncestorOf(now) or self.pages.isAncestorOf(now)
        self.pages.setCurrentWidget(self._named[key])
        self.sidebar.show_page(key)
        if beside:
            self.sidebar.focus_current()

    def show_status(self, *parts: str) -> None:
        """Show some facts at the foot of the window."""
        self._status.setText("     ".join(part for part in parts if part))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape, where nothing else takes it, gives up waiting for a card, else leads a step back."""
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self.wait_banner.isVisible():
            self.wait_banner.given_up.emit()
        else:
            self.back_wanted.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask before jobs are stopped; else let everything go. Nobody can be asked while the window is away."""
        if self._tasks.busy and not self._closed and self.isVisible():
            self.stop_jobs.ask_to_close(self._tasks.count, background=self.background_possible())
            event.ignore()
            return
        self._closed = True
        self.closing.emit()
        event.accept()

    def _busy_changed(self, _: bool) -> None:
        QTimer.singleShot(_SETTLED_MILLISECONDS, self, self._look_at_question)

    def _look_at_question(self) -> None:
        if not self._tasks.busy:
            self.stop_jobs.say_over()

    def end(self) -> None:
        """Close without asking."""
        self._closed = True
        self.close()

    def _build(self) -> None:
        status = QFrame()
        status.setProperty("kind", "status")
        status.setFixedHeight(32)
        row = QHBoxLayout(status)
        row.setContentsMargins(22, 0, 22, 0)
        row.addWidget(self._status)
        edge = QFrame()
        edge.setProperty("kind", "upright")
        edge.setFixedWidth(1)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self.pages, 1)
        right.addWidget(status)
        row = QHBoxLayout(self._main)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.sidebar)
        row.addWidget(edge)
        row.addLayout(right, 1)
        frame = QWidget()
        frame.setProperty("kind", "page")
        column = QVBoxLayout(frame)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.wait_banner)
        column.addWidget(self.banner)
        column.addWidget(self.states, 1)
        self.setCentralWidget(frame)
        self.set_state("open", self._main)
        self.set_state("start", _cover(self._theme))

    def _shortcut(self, keys: str) -> QShortcut:
        shortcut = QShortcut(QKeySequence(keys), self)
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        return shortcut

    def _page_by_shortcut(self) -> None:
        sender = self.sender()
        if sender is not None and self.state == "open":
            self.page_asked.emit(sender.objectName())

    def _tell_bug(self, place: str) -> None:
        self.banner.show_message(BUG_TITLE, f"Please report it with these words: {place}.", kind="bad")


def _never() -> bool:
    return False


def _cover(theme: Theme) -> QWidget:
    """What is seen until the rest is loaded: the mark, and nothing to wait for."""
    cover = QWidget()
    cover.setProperty("kind", "page")
    cover.setAccessibleName("Signet is starting")
    picture = label()
    theme.dress(picture, "signet-mark", tone="accent", size=32)
    column = QVBoxLayout(cover)
    column.addWidget(picture, 0, Qt.AlignmentFlag.AlignCenter)
    return cover
