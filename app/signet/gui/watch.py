"""When to lock: the card was pulled, nobody is there, the screen locks or the machine sleeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QWindow

from signet.errors import ModuleTimedOut, SignetError
from signet.formats.header import MethodKind
from signet.gui.desk import Desk
from signet.gui.tasks import Tasks
from signet.services.workplace import Workplace

POLL_MILLISECONDS = 1000
PULLED = "The card was taken out."
IDLE = "Nobody was here for a while."
SCREEN_LOCKED = "The screen was locked."
SLEEP = "The computer went to sleep."
_INPUT = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseMove,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.TabletPress,
        QEvent.Type.DragMove,
        QEvent.Type.Drop,
    }
)


@dataclass(frozen=True)
class Card:
    """The card that opened the vault: as the way in is named, and whether it is there."""

    label: str
    present: bool


class Watch(QObject):
    """Watches while a vault is unlocked; what to do about it is the window's business.

    Input is seen at the windows of this application, not at each widget: a filter on every event of every object
    would cost more than it is worth.
    """

    lock_wanted = Signal(str, bool)
    """Carries the reason as a sentence, and whether running jobs are to be stopped too."""
    card_changed = Signal()
    ticked = Signal()
    """Once a second while unlocked, for what counts down."""

    def __init__(
        self, desk: Desk, tasks: Tasks, *, clock: Callable[[], float] = monotonic, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._desk, self._tasks, self._clock = desk, tasks, clock
        self._card: Card | None = None
        self._token: tuple[str, str] | None = None
        self._missing_since: float | None = None
        self._looking = False
        self._last_input = clock()
        self._windows: set[QWindow] = set()
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.timeout.connect(self._tick)
        desk.unlocked.connect(self._begin)
        desk.locked.connect(self._end)

    @property
    def card(self) -> Card | None:
        """The card that opened the vault; None while locked or opened another way."""
        return self._card

    @property
    def idle_left(self) -> int | None:
        """Seconds until the vault locks because nobody is there; None if it never does."""
        minutes = self._desk.workplace.settings.lock_after_minutes
        if not minutes:
            return None
        return max(0, round(minutes * 60 - (self._clock() - self._last_input)))

    def watch_windows(self, application: QGuiApplication) -> None:
        """See the input of every window that gets the focus from now on."""
        application.focusWindowChanged.connect(self._watch_window)
        self._watch_window(application.focusWindow())

    def listen_to_desktop(self) -> None:
        """Hear of screen lock and sleep; loads QtDBus, so only after the first paint."""
        from signet.gui.bus import DesktopSignals

        desktop = DesktopSignals(self)
        desktop.screen_locked.connect(self.screen_locked)
        desktop.going_to_sleep.connect(self.going_to_sleep)

    def note_input(self) -> None:
        """Somebody is there."""
        self._last_input = self._clock()

    def screen_locked(self) -> None:
        """The screen was locked."""
        if self._desk.workplace.settings.lock_on_screen_lock:
            self._want_lock(SCREEN_LOCKED)

    def going_to_sleep(self) -> None:
        """The machine goes to sleep."""
        if self._desk.workplace.settings.lock_on_screen_lock:
            self._want_lock(SLEEP)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note input; never take it."""
        if event.type() in _INPUT:
            self.note_input()
        return False

    def _watch_window(self, window: QWindow | None) -> None:
        if window is not None and window not in self._windows:
            self._windows.add(window)
            window.destroyed.connect(lambda: self._windows.discard(window))
            window.installEventFilter(self)

    def _begin(self) -> None:
        session = self._desk.session
        if session is None:
            return
        self.note_input()
        self._missing_since, self._token = None, None
        by_card = session.method.kind is MethodKind.TOKEN
        self._card = Card(session.method.label, present=True) if by_card else None
        self._timer.start()
        self.card_changed.emit()
        if by_card:
            self._look()

    def _end(self, _: str) -> None:
        self._timer.stop()
        self._card = None
        self.card_changed.emit()

    def _tick(self) -> None:
        left = self.idle_left
        if left is not None and left <= 0:
            self._want_lock(IDLE)
            return
        if self._card is not None:
            self._look()
            self._check_grace()
        self.ticked.emit()

    def _look(self) -> None:
        """Look for the card in a task; the next look waits for the answer of this one."""
        session = self._desk.session
        if self._looking or session is None:
            return
        self._looking = True
        workplace, public_key, token = self._desk.workplace, session.method.public_key, self._token
        self._tasks.run(
            lambda _: find_card(workplace, public_key, token), done=self._seen, failed=self._not_seen, quiet=True
        )

    def _seen(self, token: tuple[str, str] | None) -> None:
        self._looking = False
        if token is not None:
            self._token = token
        self._note_presence(token is not None)

    def _not_seen(self, error: SignetError) -> None:
        self._looking = False
        if not isinstance(error, ModuleTimedOut):
            self._note_presence(False)

    def _note_presence(self, present: bool) -> None:
        card = self._card
        if card is None:
            return
        if present:
            self._missing_since = None
        elif self._missing_since is None:
            self._missing_since = self._clock()
        if card.present != present:
            self._card = Card(card.label, present)
            self.card_changed.emit()
        self._check_grace()

    def _check_grace(self) -> None:
        settings = self._desk.workplace.settings
        since = self._missing_since
        if since is None or not settings.lock_on_card_removal or self._desk.held:
            return
        if self._clock() - since >= settings.lock_on_card_removal_seconds:
            self._want_lock(PULLED, stop_jobs=not settings.finish_jobs_on_card_removal)

    def _want_lock(self, reason: str, *, stop_jobs: bool = False) -> None:
        if self._desk.session is not None:
            self.lock_wanted.emit(reason, stop_jobs)


def find_card(workplace: Workplace, public_key: bytes, known: tuple[str, str] | None) -> tuple[str, str] | None:
    """Module and serial of the card with that key, None if it is not there; blocking, without a login.

    A card that was found before is only looked for in the list of cards: reading all keys each second would keep the
    reader's light on. Raises TokenError; ModuleTimedOut says nothing about the card, which another program may be
    holding for itself.
    """
    hub = workplace.hub
    if known is not None:
        found = known if known in {(token.module, token.serial) for token in hub.tokens() if token.present} else None
    else:
        holder = hub.find_key(public_key)
        found = None if holder is None else (holder[0].module, holder[0].serial)
    late = next((problem for problem in hub.problems if isinstance(problem, ModuleTimedOut)), None)
    if found is None and late is not None:
        raise late
    return found
