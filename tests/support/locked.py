"""A locked vault with a real software token in front of the window, for tests of unlocking, set-up and ways in."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from signet.clock import Clock
from signet.gui.desk import Desk
from signet.gui.prompt import Question, WindowPrompt
from signet.gui.tasks import Tasks
from signet.gui.theme import Theme
from signet.services.creation import create_vault
from signet.services.enrolment import NewMethod, NewPassphrase, NewRecoveryCode, NewToken
from signet.services.places import Places
from signet.services.prompt import SecretKind
from signet.services.tokens import init_software
from signet.services.workplace import Workplace
from signet.tokens.model import Token
from support.prompt import ScriptedPrompt

PIN = "123456"
PASSPHRASE = "correct horse battery"


@dataclass
class Counter:
    """A desk in front of a locked vault, or of none; ``questions`` are those that no page took over."""

    places: Places
    desk: Desk
    tasks: Tasks
    theme: Theme
    prompt: WindowPrompt
    qtbot: QtBot
    questions: list[Question] = field(default_factory=list)

    @property
    def path(self) -> Path:
        return Path(self.places.data) / "personal.signet"

    @property
    def tokens(self) -> Path:
        """Where the software tokens lie."""
        return Path(self.places.data) / "software-tokens" / "tokens"

    def agree(self, question: Question) -> None:
        self.questions.append(question)
        question.answer(True)

    def take_cards_out(self) -> None:
        """Pull every card: its files go, and the card software starts anew, as after a card was pulled."""
        self.desk.workplace.close()
        shutil.move(self.tokens, self.tokens.with_name("away"))
        self.tokens.mkdir()

    def put_cards_in(self) -> None:
        self.desk.workplace.close()
        shutil.rmtree(self.tokens)
        shutil.move(self.tokens.with_name("away"), self.tokens)


_TEMPLATES = tempfile.TemporaryDirectory(prefix="signet-made-", dir="/tmp")
atexit.register(_TEMPLATES.cleanup)
_MADE: dict[tuple[datetime, bool], tuple[Path, Token]] = {}


def places_in(folder: Path) -> Places:
    return Places(*(str(folder / name) for name in ("data", "state", "config")))


def make_token(places: Places, clock: Clock, *, label: str | None = None) -> Token:
    """A software token of that name with the PIN."""
    prompt = ScriptedPrompt({SecretKind.PIN: PIN})
    with Workplace(places=places, clock=clock, prompt=prompt, front_end="test") as workplace:
        return init_software(workplace, label)


def make_locked_vault(places: Places, clock: Clock, code_file: Path, *, passphrase: bool = False) -> Token:
    """A vault that a software token, a recovery code and perhaps a passphrase open; a copy of one made before.

    Keys on a software token take seconds to make, and only its configuration says where the folder lies.
    """
    wanted = (clock.now(), passphrase)
    if wanted not in _MADE:
        folder = Path(_TEMPLATES.name) / str(len(_MADE))
        token = _make_locked_vault(places_in(folder), clock, folder / "code", passphrase=passphrase)
        shutil.move(folder / "code", folder / "code on paper")  # where it was saved, it no longer lies
        _MADE[wanted] = folder, token
    folder, token = _MADE[wanted]
    for made, place in zip((folder / "data", folder / "state", folder / "config"), places_of(places), strict=True):
        if made.exists():
            shutil.copytree(made, place, symlinks=True, dirs_exist_ok=True)
    configuration = Path(places.data) / "software-tokens" / "softhsm2.conf"
    configuration.write_text(configuration.read_text().replace(str(folder / "data"), places.data))
    code_file.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(folder / "code on paper", code_file)
    return token


def places_of(places: Places) -> tuple[str, str, str]:
    """The folders in the order of `places_in`."""
    return places.data, places.state, places.config


def _make_locked_vault(places: Places, clock: Clock, code_file: Path, *, passphrase: bool) -> Token:
    token = make_token(places, clock)
    prompt = ScriptedPrompt({SecretKind.NEW_PIN: PIN, SecretKind.NEW_PASSPHRASE: PASSPHRASE})
    ways: list[NewMethod] = [NewToken(token.label), NewRecoveryCode(str(code_file))]
    if passphrase:
        ways.append(NewPassphrase())
    with Workplace(places=places, clock=clock, prompt=prompt, front_end="test") as workplace:
        create_vault(workplace, str(Path(places.data) / "personal.signet"), ways)
    return token


@contextmanager
def counter(
    qapp: QApplication, qtbot: QtBot, places: Places, clock: Clock, *, vault: bool = True
) -> Iterator[Counter]:
    """A desk that nothing is open on; everything is closed at the end, and no task may have met a bug."""
    prompt = WindowPrompt()
    workplace = Workplace(places=places, clock=clock, prompt=prompt, front_end="window")
    tasks = Tasks()
    path = str(Path(places.data) / "personal.signet") if vault else ""
    made = Counter(places, Desk(workplace, tasks, path), tasks, Theme(qapp, "light"), prompt, qtbot)
    prompt.asked.connect(made.agree)
    broken: list[str] = []
    tasks.broken.connect(broken.append)
    try:
        yield made
    finally:
        prompt.close()
        tasks.close()
        made.desk.close()
        made.theme.deleteLater()
    assert broken == []
