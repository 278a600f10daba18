"""A screen with a window manager, and a hand on mouse and keyboard: Xvfb, openbox, xdotool."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import signet

WIDTH, HEIGHT = 1900, 1000
PATIENCE = 60.0  # seconds that a condition may take; two processors busy with the other tests
_LOOK = 0.02
_STEPS = 24  # of a drag
_KEY_DELAY = "4"  # milliseconds between keys: a fast typist, and Xvfb loses none

_SOURCES = (Path(signet.__file__).parents[1], Path(__file__).parents[1])

T = TypeVar("T")


def wait_until(what: str, look: Callable[[], T | None], *, patience: float = PATIENCE) -> T:
    """Look until there is something true to return; raise AssertionError naming ``what`` if it never comes."""
    until = time.monotonic() + patience
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > until:
            raise AssertionError(f"waited {patience:.0f} s in vain: {what}")
        time.sleep(_LOOK)


class Screen:
    """Mouse and keyboard of one X display."""

    def __init__(self, display: str) -> None:
        self.display = display

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a program on this screen, and on no other and no desktop."""
        left_out = ("WAYLAND_DISPLAY", "SOFTHSM2_CONF", "SIGNET_VAULT", "DBUS_SESSION_BUS_ADDRESS")
        kept = {name: value for name, value in os.environ.items() if name not in left_out}
        paths = os.pathsep.join(str(folder) for folder in _SOURCES)
        return {**kept, "DISPLAY": self.display, "QT_QPA_PLATFORM": "xcb", "PYTHONPATH": paths}

    def hand(self, *acts: str) -> str:
        """Do something by xdotool(1)."""
        done = subprocess.run(
            ["xdotool", *acts], env=self.environment, capture_output=True, text=True, check=True, timeout=PATIENCE
        )
        return done.stdout.strip()

    def click(self, x: int, y: int) -> None:
        """Go there with the mouse and click."""
        self.hand("mousemove", str(x), str(y), "click", "1")

    def press(self, *keys: str) -> None:
        """Press keys, one after the other, by their X names: ``Tab``, ``ctrl+l``."""
        self.hand("key", "--delay", _KEY_DELAY, *keys)

    def type(self, text: str) -> None:
        """Type what is on a keyboard."""
        self.hand("type", "--delay", _KEY_DELAY, "--", text)

    def lift(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Press the button at one place and go to another with it, in small steps as a hand does."""
        self.hand("mousemove", str(start[0]), str(start[1]), "mousedown", "1")
        acts: list[str] = []
        for step in range(1, _STEPS + 1):
            x = start[0] + (end[0] - start[0]) * step // _STEPS
            y = start[1] + (end[1] - start[1]) * step // _STEPS
            acts += ["mousemove", str(x), str(y), "sleep", "0.01"]
        self.hand(*acts)

    def let_go(self, place: tuple[int, int]) -> None:
        """Go a little further to a place and let the button go."""
        x, y = place
        acts: list[str] = []
        for step in (6, 4, 2, 0):
            acts += ["mousemove", str(x + step), str(y), "sleep", "0.02"]
        self.hand(*acts, "mouseup", "1")


@contextmanager
def new_screen() -> Iterator[Screen]:
    """A screen of its own, on whatever display number is free."""
    reading, writing = os.pipe()
    size = f"{WIDTH}x{HEIGHT}x24"
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", size, "-nolisten", "tcp", "-noreset"],
        pass_fds=[writing],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    with os.fdopen(reading) as numbers:
        display = f":{numbers.readline().strip()}"
    screen = Screen(display)
    manager = subprocess.Popen(
        ["openbox", "--sm-disable"], env=screen.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        # The manager owns this property as soon as it manages windows.
        wait_until("the window manager", lambda: _managed(screen))
        yield screen
    finally:
        for process in (manager, server):
            process.terminate()
            process.wait(timeout=PATIENCE)


def _managed(screen: Screen) -> bool:
    asked = subprocess.run(
        ["xdotool", "get_num_desktops"], env=screen.environment, capture_output=True, check=False, timeout=PATIENCE
    )
    return asked.returncode == 0
