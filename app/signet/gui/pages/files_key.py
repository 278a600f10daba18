"""The key that the page Files encrypts with: known, asked for in the page's panel, remembered."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from signet.errors import SignetError
from signet.gui.desk import Desk
from signet.gui.pages import files_work
from signet.gui.pages.files_asking import KeyQuestion
from signet.gui.pages.files_work import FileKeys
from signet.gui.pages.jobs_keys import AbleKeys, make_first_key
from signet.gui.pages.reading import Reader
from signet.gui.tasks import Tasks
from signet.gui.theme import Theme
from signet.gui.widgets.side_panel import SidePanel
from signet.keys.model import Key
from signet.keys.state import Operation


class FileKey(QObject):
    """Knows the default key and asks for one. A question that is closed unanswered is `given_up`."""

    known = Signal(object)
    """Carries FileKeys, whenever they were read."""
    chosen = Signal(object)
    """Carries the Key that a question was answered with."""
    given_up = Signal()
    remembered = Signal(str)
    """Carries the name of the key that files are encrypted with from now on."""
    failed = Signal(object)

    def __init__(self, desk: Desk, tasks: Tasks, theme: Theme, panel: SidePanel, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._tasks, self._theme, self._panel = desk, tasks, theme, panel
        self.keys = FileKeys()
        self.able = AbleKeys(Operation.ENCRYPT)
        self._question: KeyQuestion | None = None
        self._reader = Reader(desk, tasks, self)
        self._reader.arrived.connect(self.learn)
        panel.closed.connect(self.give_up)
        desk.unlocked.connect(self.read)
        desk.changed.connect(self.read)
        desk.locked.connect(self._locked)

    @property
    def asking(self) -> bool:
        """Whether a question is on the screen."""
        return self._question is not None

    def read(self) -> None:
        """Read the keys anew."""
        self._reader.read(lambda session, _: files_work.file_keys(session, self.able))

    def learn(self, found: object) -> None:
        """Take over keys that were read."""
        if isinstance(found, FileKeys):
            self.keys = found
            self.known.emit(found)

    def ask(self, sentence: str, *, may_forget: bool) -> None:
        """Ask which key; with ``may_forget`` the person decides whether it is for this time only."""
        current = self.keys.default.id if self.keys.default else ""
        question = KeyQuestion(self._theme, sentence, self.keys.keys, operation=Operation.ENCRYPT, current=current)
        question.remember.setVisible(may_forget and bool(self.keys.keys))
        question.chosen.connect(self._chosen)
        question.first_wanted.connect(self._make_first)
        self._question = question
        self._panel.open_with("Key for files", question, question.button, focus=question.focus_at)

    def give_up(self) -> None:
        """Leave the question unanswered, if there is one: its place in the panel is needed, or the panel closed."""
        if self._question is not None:
            self._question = None
            self.given_up.emit()

    def _chosen(self, key: Key) -> None:
        question, self._question = self._question, None
        self._panel.close_panel()
        if question is None or question.remember.isChecked():
            self._remember(key.alias)
        self.chosen.emit(key)

    def _make_first(self) -> None:
        session = self._desk.session
        if session is not None:
            self._tasks.run(
                lambda _: make_first_key(session, Operation.ENCRYPT), done=self._made_first, failed=self._fail
            )

    def _made_first(self, key: Key) -> None:
        self._chosen(key)
        self._desk.note_change()

    def _remember(self, alias: str) -> None:
        workplace = self._desk.workplace
        self._tasks.run(
            lambda _: files_work.remember_default(workplace, alias), done=self._kept, failed=self._fail, quiet=True
        )

    def _kept(self, alias: str) -> None:
        self.remembered.emit(alias)
        self.read()

    def _fail(self, error: SignetError) -> None:
        self.failed.emit(error)

    def _locked(self, _: str) -> None:
        self.learn(FileKeys())
