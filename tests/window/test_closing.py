"""Closing the window while it works: it asks; what is stopped leaves nothing half-done."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from window.driver import button, named, open_window
from window.drops import drop
from window.flows import Mouse
from window.screen import Screen
from window.vaults import make_safe, unlock

SMALLEST, LARGEST = 8_000_000_000, 64_000_000_000
"""Bytes, sparse: more than a machine encrypts while a person reads a question, and less than there is room for."""

pytestmark = pytest.mark.slow


def test_closing_during_a_job_asks(screen: Screen, person: Path) -> None:
    make_safe(person)
    folder = person / "films"
    folder.mkdir()
    film = folder / "film.bin"
    size = min(LARGEST, shutil.disk_usage(folder).free * 3 // 4) // 100_000_000 * 100_000_000
    assert size >= SMALLEST, f"{folder} needs room for a job that takes a while"
    shown = f"of {size / 1e9:.1f} GB"
    with film.open("wb") as made:
        made.truncate(size)
    with open_window(screen, person) as window:
        hand = Mouse(window)
        unlock(window)
        drop(window, named("Encrypt with my-files"), film)
        window.wait_words("film.bin → film.bin.esdk", shown)
        screen.press("ctrl+q")
        window.wait_words("A job is still running", "What is stopped leaves nothing half-done behind")
        hand.choose(button("Keep working"))
        window.wait_gone("A job is still running")
        hand.choose(button("Cancel film.bin"))
        window.wait_words("Cancelled; nothing was left behind.")
        assert [path.name for path in folder.iterdir()] == ["film.bin"]

        hand.choose(button("Try film.bin again"))
        window.wait_words(shown)
        screen.press("ctrl+q")
        hand.choose(button("Stop and close"))
        window.wait_end()
    assert [path.name for path in folder.iterdir()] == ["film.bin"]
