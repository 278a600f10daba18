"""Closing the window while it works: it asks; what is stopped leaves nothing half-done."""

from __future__ import annotations

from pathlib import Path

import pytest

from window.driver import button, named, open_window
from window.drops import drop
from window.flows import Mouse
from window.screen import Screen
from window.vaults import make_safe, unlock

LARGE = 64 << 30  # bytes, sparse: more than any machine encrypts before a person has read a question

pytestmark = pytest.mark.slow


def test_closing_during_a_job_asks(screen: Screen, person: Path) -> None:
    make_safe(person)
    folder = person / "films"
    folder.mkdir()
    film = folder / "film.bin"
    with film.open("wb") as made:
        made.truncate(LARGE)
    with open_window(screen, person) as window:
        hand = Mouse(window)
        unlock(window)
        drop(window, named("Encrypt with my-files"), film)
        window.wait_words("film.bin → film.bin.esdk", "of 68.7 GB")
        screen.press("ctrl+q")
        window.wait_words("A job is still running", "What is stopped leaves nothing half-done behind")
        hand.choose(button("Keep working"))
        window.wait_gone("A job is still running")
        hand.choose(button("Cancel film.bin"))
        window.wait_words("Cancelled; nothing was left behind.")
        assert [path.name for path in folder.iterdir()] == ["film.bin"]

        hand.choose(button("Try film.bin again"))
        window.wait_words("of 68.7 GB")
        screen.press("ctrl+q")
        hand.choose(button("Stop and close"))
        window.wait_end()
    assert [path.name for path in folder.iterdir()] == ["film.bin"]
