"""Tests of the window as a person uses it: a real screen, a real mouse, a real keyboard, a process of its own."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from window.screen import Screen, new_screen

# What runs in this process needs no screen; the window's own process gets the real one.
os.environ["QT_QPA_PLATFORM"] = "offscreen"

NEEDED = ("Xvfb", "openbox", "xdotool")


@pytest.fixture(scope="session")
def screen() -> Iterator[Screen]:
    missing = [program for program in NEEDED if shutil.which(program) is None]
    assert not missing, f"these programs are missing: {', '.join(missing)}; ./test installs them on Debian"
    with new_screen() as made:
        yield made


@pytest.fixture
def person(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home with a short path: sockets lie below it, and their names are short by law (108 bytes, unix(7))."""
    with tempfile.TemporaryDirectory(prefix="signet-", dir="/tmp") as folder:
        short = Path(folder)
        places = {
            "HOME": short,
            "XDG_DATA_HOME": short / "data",
            "XDG_STATE_HOME": short / "state",
            "XDG_CONFIG_HOME": short / "config",
            "XDG_CACHE_HOME": short / "cache",
            "XDG_RUNTIME_DIR": short / "run",
        }
        for name, place in places.items():
            place.mkdir(mode=0o700, exist_ok=True)
            monkeypatch.setenv(name, str(place))
        yield short
