"""Makes pictures of the window's states, light and dark, 1200x760 and 900x600, to be looked at.

    PYTHONPATH=app:tests python -m gui.screens FOLDER [NAME...]

Needs no screen. NAMEs choose among the states; a name that ends in ``*`` stands for all that begin so. Every picture
is of the real window over a real vault, with SoftHSM as the card.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from fnmatch import fnmatch
from pathlib import Path

from PySide6.QtCore import QPoint
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gui.screens import (
    cards,
    certificates,
    documents,
    files,
    keys,
    limits,
    outside,
    people,
    setup,
    signing,
    texts,
    unlock,
    versions,
    window,
)
from gui.screens.stage import Stage, Theatre
from signet.gui.theme import Mode, Theme

SIZES = ((1200, 760), (900, 600))
MODES: tuple[Mode, ...] = ("light", "dark")
REST = 60  # milliseconds after a change of size or colours
PARTS = (
    setup,
    unlock,
    keys,
    limits,
    outside,
    versions,
    certificates,
    texts,
    files,
    documents,
    signing,
    people,
    cards,
    window,
)
GROUPS = tuple(part.STATES for part in PARTS)
STATES: Mapping[str, Callable[[Stage], object]] = {name: make for group in GROUPS for name, make in group.items()}


def photograph(stage: Stage) -> QPixmap:
    """The window with a menu that is open over it."""
    QApplication.processEvents()  # what was said last may still wait for its layout
    picture = stage.window.grab()
    popup = QApplication.activePopupWidget()
    if popup is not None:
        painter = QPainter(picture)
        painter.drawPixmap(popup.pos() - stage.window.mapToGlobal(QPoint()), popup.grab())
        painter.end()
    return picture


def take(stage: Stage, target: Path, name: str) -> None:
    """Take a state in both schemes and sizes."""
    for mode in MODES:
        stage.theme.set_mode(mode)
        for width, height in SIZES:
            stage.window.resize(width, height)
            stage.settle(REST)
            photograph(stage).save(str(target / f"{name}-{mode}-{width}x{height}.png"))


def main(target: Path, wanted: list[str]) -> int:
    """Make the pictures, each group in a process of its own; return how many states or groups could not be made."""
    target.mkdir(parents=True, exist_ok=True)
    chosen = [[name for name in group if _is_wanted(name, wanted)] for group in GROUPS]
    groups = [names for names in chosen if names]
    if len(groups) == 1:
        return make(target, groups[0])
    command = [sys.executable, "-m", "gui.screens", str(target)]
    return sum(subprocess.run([*command, *names], check=False).returncode != 0 for names in groups)


def _is_wanted(name: str, wanted: list[str]) -> bool:
    return not wanted or any(fnmatch(name, pattern) for pattern in wanted)


def make(target: Path, names: list[str]) -> int:
    """Make the pictures of these states; return how many could not be made."""
    application = QApplication(sys.argv[:1])
    theme = Theme(application)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="signet-") as folder:
        theatre = Theatre(application, theme, Path(folder))
        for name in names:
            with theatre.staged(vault=name not in setup.STATES) as stage:
                broken: list[str] = []
                stage.tasks.broken.connect(broken.append)
                try:
                    STATES[name](stage)
                except TimeoutError:
                    broken.append("it did not come about")
                take(stage, target, name)
                if broken and name not in window.BUGS:
                    failed += 1
                    print(f"{name}: {'; '.join(broken)}", file=sys.stderr)
            QTest.qWait(1)
    print(f"{len(names)} states in {target}")
    return failed


if __name__ == "__main__":
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ.pop("SOFTHSM2_CONF", None)
    sys.exit(min(main(Path(sys.argv[1]), sys.argv[2:]), 1))
