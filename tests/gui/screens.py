"""Pictures of the window's states, light and dark, 1200x760 and 900x600, to be looked at.

    PYTHONPATH=app:tests python tests/gui/screens.py FOLDER [NAME...]

Needs no screen. Every picture is made of the real window over a real vault; NAMEs choose among STATES.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from signet.errors import Cancelled, ConfirmationMissing
from signet.gui.conduct import Conductor
from signet.gui.desk import Desk
from signet.gui.instance import Request
from signet.gui.prompt import WindowPrompt
from signet.gui.tasks import Tasks
from signet.gui.theme import Mode, Theme
from signet.gui.watch import Watch
from signet.gui.window import MainWindow
from signet.keys.spec import KeySpec
from signet.secret import Secret
from signet.services import keys
from signet.services.prompt import SecretKind, SecretRequest
from support.clock import SettableClock
from support.vaults import VaultInTest, make_vault

SIZES = ((1200, 760), (900, 600))
MODES: tuple[Mode, ...] = ("light", "dark")
SETTLE = 250  # milliseconds for tasks to come back and layouts to rest


@dataclass
class Stage:
    """The window with everything behind it; a state is made by acting on it."""

    window: MainWindow
    conductor: Conductor
    desk: Desk
    prompt: WindowPrompt
    vault: VaultInTest
    folder: Path

    def settle(self, milliseconds: int = SETTLE) -> None:
        """Let the event loop run."""
        QTest.qWait(milliseconds)

    def unlock(self) -> None:
        """Open the vault, as its recovery code does."""
        code = Secret.from_text(self.vault.prompt.answers[SecretKind.RECOVERY_CODE])
        with self.prompt.prepared({SecretKind.RECOVERY_CODE: code}):
            self.desk.open(self.vault.open())
        self.settle()

    def page(self, name: str) -> QWidget:
        """Unlock and show a page."""
        self.unlock()
        self.conductor.go_to(name)
        self.settle()
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


def _ask(kind: SecretKind, what: str, warning: str = "") -> Callable[[Stage], None]:
    def state(stage: Stage) -> None:
        stage.page("keys")
        stage.in_background(lambda: stage.prompt.secret(SecretRequest(kind=kind, what=what, warning=warning)))

    return state


def _show(name: str) -> Callable[[Stage], None]:
    def state(stage: Stage) -> None:
        stage.page(name)

    return state


def _start(stage: Stage) -> None:
    stage.window.set_state("start")


def _setup(stage: Stage) -> None:
    stage.conductor.show_setup()


def _drop(stage: Stage) -> None:
    stage.page("keys")
    letter = stage.folder / "lease-2026.pdf"
    letter.write_bytes(b"%PDF")
    stage.window.drop_overlay.show_offers([str(letter)])


def _drop_encrypted(stage: Stage) -> None:
    stage.page("files")
    stage.window.drop_overlay.show_offers(["/home/ann/letter.txt.esdk", "/home/ann/notes.txt", "/home/ann/x.pdf.sig"])


def _banner(stage: Stage) -> None:
    stage.page("keys")
    stage.prompt.note("This vault was last opened on another computer; its fingerprint is the one you know.")


def _stop(stage: Stage) -> None:
    stage.page("keys")
    stage.window.stop_jobs.ask_to_lock(2)


def _close(stage: Stage) -> None:
    stage.page("keys")
    stage.window.stop_jobs.ask_to_close(1)


def _locked(stage: Stage) -> None:
    stage.page("keys")
    stage.desk.lock("The card was taken out.")


def _confirm(stage: Stage) -> None:
    stage.page("keys")
    stage.in_background(lambda: stage.prompt.confirm("Remove the only second way in?"))


def _fingerprint(stage: Stage) -> None:
    stage.page("keys")
    sentence = "This computer has not seen this vault before. Type its fingerprint from your recovery sheet."
    stage.in_background(lambda: stage.prompt.typed_fingerprint("4F2A 91C0 7E13", sentence))


def _code(stage: Stage) -> None:
    stage.page("keys")
    code = Secret.from_text("8K2QF-7M9XW-3TPR6-VN4HC-0JD5Z-YB1GE-A6")
    stage.in_background(lambda: stage.prompt.recovery_code(code))


STATES: dict[str, Callable[[Stage], object]] = {
    "start": _start,
    "unlock": lambda _: None,
    "setup": _setup,
    "keys": _show("keys"),
    "files": _show("files"),
    "documents": _show("documents"),
    "cards": _show("cards"),
    "activity": _show("activity"),
    "settings": _show("settings"),
    "drop": _drop,
    "drop-encrypted": _drop_encrypted,
    "note": _banner,
    "stop-jobs": _stop,
    "close-asks": _close,
    "locked-with-reason": _locked,
    "prompt-pin": _ask(SecretKind.PIN, "PIN of “YubiKey 5C NFC”", "The PIN was wrong before: this is the last try."),
    "prompt-new-pin": _ask(SecretKind.NEW_PIN, "new PIN of the software token"),
    "prompt-confirm": _confirm,
    "prompt-fingerprint": _fingerprint,
    "prompt-code": _code,
}


@contextmanager
def staged(application: QApplication, theme: Theme, folder: Path) -> Iterator[Stage]:
    """A window over a new vault with a few keys, locked."""
    clock = SettableClock(datetime(2026, 11, 22, 12, 0, tzinfo=UTC))
    vault = make_vault(folder, clock)
    with vault.open() as session:
        made = {"my-files": "SYMMETRIC_DEFAULT", "contracts": "ECC_NIST_P256", "old-laptop": "RSA_3072"}
        for alias, spec in made.items():
            keys.create_key(session, alias, spec=KeySpec(spec))
        keys.disable_key(session, "old-laptop")
    prompt, tasks = WindowPrompt(), Tasks(application)
    vault.workplace.prompt = prompt
    window = MainWindow(theme, tasks)
    desk = Desk(vault.workplace, tasks, parent=window)
    watch = Watch(desk, tasks, parent=window)
    conductor = Conductor(window, desk=desk, prompt=prompt, tasks=tasks, theme=theme, watch=watch)
    window.show()
    conductor.start(Request(vault=str(vault.path)))
    QTest.qWait(SETTLE)
    try:
        yield Stage(window, conductor, desk, prompt, vault, folder)
    finally:
        prompt.close()
        tasks.cancel_all()
        window.closing.emit()
        window.deleteLater()
        QTest.qWait(1)


def main(target: Path, names: list[str]) -> None:
    """Make the pictures."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    target.mkdir(parents=True, exist_ok=True)
    application = QApplication(sys.argv[:1])
    theme = Theme(application)
    for name in names or STATES:
        with tempfile.TemporaryDirectory() as folder, staged(application, theme, Path(folder)) as stage:
            STATES[name](stage)
            for mode in MODES:
                theme.set_mode(mode)
                for width, height in SIZES:
                    stage.window.resize(width, height)
                    stage.settle()
                    stage.window.grab().save(str(target / f"{name}-{mode}-{width}x{height}.png"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
