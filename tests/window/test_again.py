"""A second start while the window is open: it hands over what it was given, and ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from window.driver import Window, named, open_window
from window.flows import PIN
from window.screen import Screen
from window.vaults import PIN_FIELD, make_safe, unlock

pytestmark = pytest.mark.slow


def start_again(window: Window, *arguments: object) -> None:
    """Start Signet as a desktop does, beside the window that is open."""
    done = subprocess.run(
        [sys.executable, "-m", "signet", *map(str, arguments)],
        env=window.screen.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_second_start_hands_over_files_and_vaults(screen: Screen, person: Path) -> None:
    make_safe(person)
    letter, encrypted = person / "letter.txt", person / "letter.txt.esdk"
    letter.write_text("Dear all\n")
    with open_window(screen, person) as window:
        unlock(window)
        start_again(window, letter)
        window.wait_words("letter.txt → letter.txt.esdk", "Encrypted with my-files")
        letter.unlink()

        screen.press("ctrl+1")
        window.find(named("my-files", "cell"))
        start_again(window, encrypted)
        window.wait_words("letter.txt.esdk → letter.txt", "Decrypted")
        assert letter.read_text() == "Dear all\n"

        make_safe(person, "other")
        start_again(window, "--vault", "other")
        window.wait_words("Unlock other")


def test_a_file_given_while_locked_waits(screen: Screen, person: Path) -> None:
    make_safe(person)
    letter = person / "letter.txt"
    letter.write_text("Dear all\n")
    with open_window(screen, person, str(letter)) as window:
        window.wait_words("Enter the PIN of the card in the reader.")
        window.wait_focus(PIN_FIELD)
        screen.type(PIN)
        screen.press("Return")
        window.wait_words("letter.txt → letter.txt.esdk", "Encrypted with my-files")
        assert (person / "letter.txt.esdk").exists()
