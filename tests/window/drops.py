"""Dragging files from another program into the window."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from window.drag_source import SIZE
from window.driver import Wanted, Window
from window.screen import wait_until

AT = (20, 40)
"""Where the other program's window stands: beside Signet's."""


def drop(window: Window, wanted: Wanted, *paths: Path) -> None:
    """Drag files from another process and let them go over ``wanted``, which may come up only meanwhile."""
    arguments = [str(number) for number in AT] + [str(path) for path in paths]
    other = subprocess.Popen(
        [sys.executable, "-m", "window.drag_source", *arguments],
        env=window.screen.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == "ready"
        frame = next(part for part in window.parts() if part.object == "main-window")
        assert frame.place is not None
        start = (AT[0] + SIZE // 2, AT[1] + SIZE // 2)
        window.screen.lift(start, frame.place[:2])
        target = window.find(wanted)
        assert target.place is not None
        window.screen.let_go(target.place[:2])
        assert other.stdout.readline().strip() == "CopyAction"
        wait_until("the tiles to go", lambda: not any(part.kind == "Tile" for part in window.parts()))
    finally:
        other.kill()
        other.communicate()
