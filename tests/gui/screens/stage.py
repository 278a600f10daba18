"""The real window over a real vault, on no screen: what every state of the pictures is made on."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from signet.errors import Cancelled, ConfirmationMissing
from signet.gui.conduct import Conductor
from signet.gui.desk import Desk
from signet.gui.instance import Request
from signet.gui.prompt import WindowPrompt
from signet.gui.tasks import Tasks
from signet.gui.theme import Theme
from signet.gui.watch import Watch
from signet.gui.window import MainWindow
from signet.keys.spec import KeySpec, Protection
from signet.secret import Secret
from signet.services import keys
from signet.services.backup import write_backup
from signet.services.files import encrypt_files
from signet.services.opening import open_vault
from signet.services.places import Places
from signet.services.prompt import SecretKind
from signet.services.session import Session
from signet.services.signing import sign_files
from signet.services.workplace import Workplace
from support.clock import SettableClock
from support.locked import PIN, make_locked_vault, make_token, places_in
from support.prompt import ScriptedPrompt

SETTLE = 250  # milliseconds for tasks to come back and layouts to rest
PATIENCE = 30.0  # seconds
DAY = 24 * 3600.0
KEYS = (
    ("family-archive", KeySpec.SYMMETRIC_DEFAULT, "Photographs and letters", ("scope=home",)),
    ("tax-and-bank", KeySpec.SYMMETRIC_DEFAULT, "Papers for the tax office", ("finance=", "year=2026")),
    ("my-files", KeySpec.SYMMETRIC_DEFAULT, "", ()),
    ("contracts", KeySpec.ECC_NIST_P256, "Leases and orders", ()),
    ("release-signing", KeySpec.ECC_NIST_EDWARDS25519, "", ()),
    ("old-laptop", KeySpec.RSA_3072, "", ()),
)
ON_CARD = "letters"
"""The key that lives on the card."""
GUARDED = "passports"
"""The key that asks for a card, or the recovery code, each time."""


@dataclass
class Stage:
    """The window with everything behind it; a state is made by acting on it."""

    clock: SettableClock
    window: MainWindow
    conductor: Conductor
    desk: Desk
    tasks: Tasks
    theme: Theme
    prompt: WindowPrompt
    folder: Path
    code: str

    @property
    def session(self) -> Session:
        """The open vault."""
        session = self.desk.session
        assert session is not None
        return session

    def settle(self, milliseconds: int = SETTLE) -> None:
        """Let the event loop run."""
        QTest.qWait(milliseconds)

    def until(self, condition: Callable[[], bool]) -> None:
        """Let it run until something shows; raise TimeoutError."""
        ends = monotonic() + PATIENCE
        while not condition():
            if monotonic() > ends:
                raise TimeoutError
            QTest.qWait(20)

    def idle(self) -> None:
        """Let it run until no task does."""
        self.settle()
        self.until(lambda: not self.tasks.busy)

    def unlock(self) -> None:
        """Open the vault with the card's PIN."""
        with self.prompt.prepared({SecretKind.PIN: Secret.from_text(PIN)}):
            self.desk.open(open_vault(self.desk.workplace, self.desk.vault_path))
        self.settle(2 * SETTLE)

    def page(self, name: str) -> QWidget:
        """Unlock, unless it is, and show a page."""
        if self.desk.session is None:
            self.unlock()
        return self.go_to(name)

    def go_to(self, name: str) -> QWidget:
        """Show a page of the open vault."""
        self.conductor.go_to(name)
        self.settle(2 * SETTLE)
        shown = self.window.pages.currentWidget()
        assert shown is not None
        return shown

    def in_background(self, work: Callable[[], object]) -> None:
        """Ask something as a worker does; whatever the answer is, it is not needed."""

        def run() -> None:
            try:
                work()
            except (Cancelled, ConfirmationMissing):
                return

        threading.Thread(target=run, daemon=True).start()
        self.settle()

    def write(self, name: str, content: bytes = b"dear me\n" * 4000) -> str:
        """Write a file of the person's and return its path."""
        path = self.folder / "Letters" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        return str(path)


class Theatre:
    """Sets the same stage again and again: a vault made once, copied to the same place before every state."""

    def __init__(self, application: QApplication, theme: Theme, folder: Path) -> None:
        self._application, self._theme = application, theme
        self._live, self._kept = folder / "ann", folder / "kept"
        self._clock = SettableClock(datetime.now(UTC) - timedelta(days=60))
        self._code = self._make_vault()
        shutil.move(self._live, self._kept)

    @contextmanager
    def staged(self, *, vault: bool = True) -> Iterator[Stage]:
        """A window over the locked vault, or over none."""
        self._clock.set_wall(datetime.now(UTC))
        if vault:
            shutil.copytree(self._kept, self._live, symlinks=True)
        else:
            self._live.mkdir()
        prompt, tasks = WindowPrompt(), Tasks(self._application)
        places = places_in(self._live)
        workplace = Workplace(places=places, clock=self._clock, prompt=prompt, front_end="window")
        window = MainWindow(self._theme, tasks)
        desk = Desk(workplace, tasks, parent=window)
        watch = Watch(desk, tasks, parent=window)
        conductor = Conductor(window, desk=desk, prompt=prompt, tasks=tasks, theme=self._theme, watch=watch)
        window.show()
        conductor.start(Request())
        stage = Stage(self._clock, window, conductor, desk, tasks, self._theme, prompt, self._live, self._code)
        stage.settle()
        try:
            yield stage
        finally:
            prompt.close()
            tasks.cancel_all()
            window.closing.emit()
            window.deleteLater()
            QTest.qWait(1)
            workplace.close()
            shutil.rmtree(self._live)

    def _make_vault(self) -> str:
        """Make the vault with three ways in and keys of every kind; return its recovery code."""
        places = places_in(self._live)
        code = self._live / "code"
        make_locked_vault(places, self._clock, code, passphrase=True)
        words = code.read_text().strip()
        code.unlink()
        prompt = ScriptedPrompt({SecretKind.PIN: PIN, SecretKind.TOKEN_PIN: PIN})
        with Workplace(places=places, clock=self._clock, prompt=prompt, front_end="window") as workplace:
            for alias, spec, description, tags in KEYS:
                self._clock.advance(5 * DAY)
                pairs = [(name, value) for name, _, value in (tag.partition("=") for tag in tags)]
                with open_vault(workplace, vault_in(places)) as session:
                    keys.create_key(session, alias, spec=spec, description=description, tags=pairs)
            with open_vault(workplace, vault_in(places)) as session:
                self._fill(session)
        return words

    def _fill(self, session: Session) -> None:
        keys.create_key(session, ON_CARD, spec=KeySpec.ECC_NIST_P256, protection=Protection.TOKEN)
        keys.create_key(session, GUARDED, spec=KeySpec.SYMMETRIC_DEFAULT, protection=Protection.GUARDED)
        keys.disable_key(session, "old-laptop")
        letters = [str(self._live / name) for name in ("letter.txt", "diary.txt", "will.txt")]
        for letter in letters:
            Path(letter).write_bytes(b"dear me\n" * 100)
        encrypt_files(session, letters, key="family-archive")
        sign_files(session, letters[:1], key="contracts")
        stick = self._live / "stick"
        stick.mkdir()
        write_backup(session, str(stick / "personal.tar"))


def vault_in(places: Places) -> str:
    """Where the vault of the pictures lies."""
    return str(Path(places.data) / "personal.signet")


def spare_card(stage: Stage, label: str) -> None:
    """Put in another card, which is no way in yet."""
    make_token(stage.desk.workplace.places, stage.desk.workplace.clock, label=label)
    stage.desk.workplace.refresh_tokens()
