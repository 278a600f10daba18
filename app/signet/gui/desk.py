"""What lies open in the window: the workplace, the vault's path, and the session while it is unlocked."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from signet.errors import SignetError
from signet.gui.clipboard import SecretClipboard
from signet.gui.tasks import TaskContext, Tasks
from signet.services.session import Session
from signet.services.workplace import Workplace

POLL_MILLISECONDS = 2000
"""How often another process's changes to the vault are looked for."""
_JOBS_MILLISECONDS = 200  # how often a vault that was locked meanwhile asks whether its last job has ended


class Desk(QObject):
    """The open state of the window. Lives in the GUI thread; pages read it and never keep the session.

    Locking takes the session away at once, so that nothing new starts; the vault itself is closed in a thread, after
    the jobs that still use it have ended.
    """

    unlocked = Signal()
    locked = Signal(str)
    """Carries the reason as a sentence."""
    changed = Signal()
    """Something in the vault changed, here or in another process."""
    vault_chosen = Signal(str)
    restore_wanted = Signal()
    """The vault was locked in order to restore a backup."""

    def __init__(
        self, workplace: Workplace, tasks: Tasks, vault_path: str = "", parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.workplace = workplace
        self.tasks = tasks
        self.clipboard = SecretClipboard(self)
        self._vault_path = vault_path
        self._session: Session | None = None
        self._closing: list[Session] = []
        self._version: int | None = None
        self._polling = False
        self._holds = 0
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MILLISECONDS)
        self._poll.timeout.connect(self._look)
        self._settle = QTimer(self)
        self._settle.setInterval(_JOBS_MILLISECONDS)
        self._settle.timeout.connect(self._close_if_idle)

    @property
    def session(self) -> Session | None:
        """The unlocked vault, None while it is locked."""
        return self._session

    @property
    def vault_path(self) -> str:
        """The vault that the window is about; empty if none was chosen yet."""
        return self._vault_path

    @property
    def closing(self) -> bool:
        """Whether a vault that was locked still waits for its last jobs, or is being closed."""
        return bool(self._closing)

    @property
    def held(self) -> bool:
        """Whether an assistant asks for another card just now, so that pulling this one must not lock."""
        return self._holds > 0

    def hold(self) -> None:
        """Keep the vault unlocked when the card is pulled; an assistant that asks for another card does so."""
        self._holds += 1

    def release(self) -> None:
        """Undo one `hold`."""
        self._holds = max(0, self._holds - 1)

    def choose_vault(self, path: str) -> None:
        """Turn to another vault; what is open is locked before."""
        if self._session is not None:
            self.lock("Another vault was chosen.")
        self._vault_path = path
        self.vault_chosen.emit(path)

    def open(self, session: Session) -> None:
        """Take over a session that was just opened."""
        if self._session is not None:
            self.lock("")
        self._session = session
        self._vault_path = session.folder.path
        self._version = None
        self._poll.start()
        self.unlocked.emit()

    def exchange(self, session: Session) -> Session | None:
        """Go on with another session of the same vault, without locking; return the one before, for closing."""
        before, self._session = self._session, session
        self._version = None
        return before

    def lock(self, reason: str, *, cancel: bool = False) -> None:
        """Lock for ``reason``, a sentence; ``cancel`` stops running jobs instead of letting them finish."""
        if self._session is None:
            return
        self._closing.append(self._session)
        self._session = None
        self._holds = 0
        self._poll.stop()
        self.clipboard.clear()
        if cancel:
            self.tasks.cancel_all()
        self._settle.start()
        self.locked.emit(reason)
        self._close_if_idle()

    def lock_to_restore(self) -> None:
        """Lock, and have the unlock screen ask for a backup at once."""
        self.lock("")
        self.restore_wanted.emit()

    def note_change(self) -> None:
        """Say that something in the vault was changed; every page reads anew."""
        if self._session is not None:
            self.changed.emit()

    def close(self) -> None:
        """Lock without waiting for anything, and end the token children; the last act of the window."""
        self._poll.stop()
        self._settle.stop()
        self.clipboard.clear()
        if self._session is not None:
            self._closing.append(self._session)
            self._session = None
        for session in self._closing:
            session.close()
        self._closing.clear()
        self.workplace.close()

    def _close_if_idle(self) -> None:
        if self.tasks.busy or not self._closing:
            return
        self._settle.stop()
        sessions, self._closing = self._closing, []

        def work(_: TaskContext) -> None:
            for session in sessions:
                session.close()

        self.tasks.run(work, done=self._ignore, failed=self._ignore, quiet=True)

    def _look(self) -> None:
        session = self._session
        if session is None or self._polling:
            return
        self._polling = True
        self.tasks.run(
            lambda _: session.database.data_version(), done=self._looked, failed=self._not_looked, quiet=True
        )

    def _looked(self, version: int) -> None:
        self._polling = False
        known, self._version = self._version, version
        if known is not None and known != version:
            self.note_change()

    def _not_looked(self, error: SignetError) -> None:
        """Whoever works with the vault next is told; a poll has nobody to tell."""
        self._polling = False

    def _ignore(self, _: object) -> None:
        """Nobody waits for the end of closing."""
