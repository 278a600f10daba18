"""Pictures of unlock screen, set-up assistant and Cards & recovery, to be looked at; no test.

python tests/look/ways.py FOLDER      light and dark, 1200x760 and 900x600, on a throw-away vault
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from signet.clock import SystemClock
from signet.formats.header import MethodKind
from signet.gui.desk import Desk
from signet.gui.pages.cards import CardsPage
from signet.gui.pages.cards_add import Kind
from signet.gui.prompt import WindowPrompt
from signet.gui.setup.assistant import SetupAssistant
from signet.gui.setup.plan import First, Second
from signet.gui.tasks import Tasks
from signet.gui.theme import MODES, Theme
from signet.gui.unlock import UnlockScreen
from signet.secret import Secret
from signet.services.opening import open_vault
from signet.services.prompt import SecretKind
from signet.services.workplace import Workplace
from support.locked import PIN, make_locked_vault, make_token, places_in

SIZES = ((1200, 760), (900, 600))
PAGE_SIZES = ((988, 728), (688, 568))
"""What the window's sidebar and foot leave to a page."""
PATIENCE = 20.0  # seconds


class Camera:
    """Takes every picture twice over: both schemes, both sizes."""

    def __init__(self, folder: Path, theme: Theme) -> None:
        self._folder, self._theme = folder, theme

    def take(self, widget: QWidget, name: str, sizes: tuple[tuple[int, int], ...] = SIZES) -> None:
        """Grab the widget in every look."""
        for mode in MODES[1:]:
            self._theme.set_mode(mode)
            for width, height in sizes:
                widget.resize(width, height)
                QTest.qWait(120)
                widget.grab().save(str(self._folder / f"{name}-{mode}-{width}.png"))


def until(condition: Callable[[], bool]) -> None:
    """Wait for something to show; raise TimeoutError."""
    ends = monotonic() + PATIENCE
    while not condition():
        if monotonic() > ends:
            raise TimeoutError
        QTest.qWait(20)


def unlock_screen(camera: Camera, desk: Desk, tasks: Tasks, theme: Theme) -> None:
    """A card in, a wrong PIN, the recovery code half typed, no card, a backup, a damaged header."""
    screen = UnlockScreen(desk, tasks, theme)
    screen.show()
    until(lambda: screen.form.way is not None and screen.form.way.token is not None)
    camera.take(screen, "unlock-card")
    QTest.keyClicks(screen.form.entry.secret, "999999")
    screen.form.unlock.click()
    until(lambda: "not the PIN" in screen.form.entry.note.text())
    camera.take(screen, "unlock-wrong-pin")
    code = next(way for way in screen._look.ways if way.kind is MethodKind.RECOVERY_CODE)
    screen.form.pick(code.id)
    QTest.keyClicks(screen.form.entry.code, "4F2A91C07E13ZZZZ")
    camera.take(screen, "unlock-code")
    screen.others.restore.click()
    camera.take(screen, "unlock-restore")
    screen.begin()
    screen.hide()
    tokens = Path(desk.workplace.places.data) / "software-tokens" / "tokens"
    desk.workplace.close()
    tokens.rename(tokens.with_name("away"))
    tokens.mkdir()
    screen.show()
    until(lambda: screen.form.way is not None and screen.form.way.token is None)
    camera.take(screen, "unlock-no-card")
    desk.workplace.close()
    tokens.rmdir()
    tokens.with_name("away").rename(tokens)
    headers = {name: Path(desk.vault_path, name).read_bytes() for name in ("header.json", "header.copy.json")}
    for name in headers:
        Path(desk.vault_path, name).write_bytes(b"{")
    until(screen.trouble.isVisible)
    camera.take(screen, "unlock-damaged")
    for name, content in headers.items():
        Path(desk.vault_path, name).write_bytes(content)
    screen.hide()


def assistant(camera: Camera, desk: Desk, tasks: Tasks, theme: Theme) -> None:
    """Every step, by a software token and a recovery code."""
    made = SetupAssistant(desk, tasks, theme)
    made.show()
    camera.take(made, "setup-1-first")
    made.go_on.click()
    until(lambda: made.card.picker.chosen is not None)
    camera.take(made, "setup-2-card")
    made.back.click()
    made.first.cards[First.SOFTWARE].click()
    made.go_on.click()
    for field in (made.software.fields.secret, made.software.fields.again):
        QTest.keyClicks(field, PIN)
    camera.take(made, "setup-2-software")
    made.go_on.click()
    camera.take(made, "setup-3-place")
    made.go_on.click()
    for second in (Second.CODE_FILE, Second.CARD, Second.CODE_BY_HAND):
        made.second.cards[second].click()
        QTest.qWait(400)
        camera.take(made, f"setup-4-{second}")
    made.go_on.click()
    view = made.making.code
    until(view.isVisible)
    camera.take(made, "setup-4-code")
    code = "".join(group.text() for group in view._groups)
    view.have_it.click()
    QTest.keyClicks(view.field, code)
    camera.take(made, "setup-4-typed")
    view.check.click()
    until(lambda: made.step is made.backup)
    camera.take(made, "setup-5-backup")
    made.abandon()
    made.hide()


def cards_page(camera: Camera, desk: Desk, tasks: Tasks, theme: Theme, prompt: WindowPrompt) -> None:
    """The page and each of its panels."""
    with prompt.prepared({SecretKind.PIN: Secret.from_text(PIN)}):
        desk.open(open_vault(desk.workplace, desk.vault_path))
    page = CardsPage(desk, tasks, theme)
    page.show()
    until(lambda: page._look is not None)
    camera.take(page, "cards", PAGE_SIZES)
    code = next(row.id for row in page._shown_rows if row.kind is MethodKind.RECOVERY_CODE)
    panels: dict[str, Callable[[], None]] = {
        "remove": lambda: page.open_remove(code),
        "lost": lambda: page.open_remove(lost=True),
        "test": lambda: page.open_test(code),
        "master": page.open_master,
        "backups": page.open_backups,
        **{f"add-{kind}": lambda kind=kind: page.open_add(kind) for kind in Kind},  # type: ignore[misc]
    }
    for name, show in panels.items():
        show()
        QTest.qWait(600)
        camera.take(page, f"cards-{name}", PAGE_SIZES)
    desk.lock("")


def main(folder: str) -> None:
    """Take all pictures into ``folder``."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ.pop("SOFTHSM2_CONF", None)
    os.makedirs(folder, exist_ok=True)
    application = QApplication([])
    theme, tasks, prompt = Theme(application, "light"), Tasks(), WindowPrompt()
    camera = Camera(Path(folder), theme)
    with tempfile.TemporaryDirectory() as place:
        places, clock = places_in(Path(place)), SystemClock()
        make_locked_vault(places, clock, Path(place) / "code", passphrase=True)
        make_token(places, clock, label="Spare card")
        workplace = Workplace(places=places, clock=clock, prompt=prompt, front_end="window")
        desk = Desk(workplace, tasks, str(Path(places.data) / "personal.signet"))
        unlock_screen(camera, desk, tasks, theme)
        assistant(camera, desk, tasks, theme)
        cards_page(camera, desk, tasks, theme, prompt)
        prompt.close()
        tasks.close()
        desk.close()


if __name__ == "__main__":
    main(sys.argv[1])
