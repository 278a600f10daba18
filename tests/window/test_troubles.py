"""What can go wrong while a person works: the window says what happened and what to do, and nothing is lost."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from signet.store.lock import FileLock, Hold
from window.driver import Window, button, named, open_window
from window.drops import drop
from window.flows import PIN, Mouse, choose_in_dialog
from window.screen import Screen, wait_until
from window.vaults import CARD, PIN_FIELD, Safe, make_safe, unlock

pytestmark = pytest.mark.slow


@pytest.fixture
def safe(person: Path) -> Safe:
    return make_safe(person)


def try_pin(window: Window, pin: str) -> None:
    """Type a PIN on the unlock screen and press Enter."""
    window.wait_focus(PIN_FIELD)
    window.screen.type(pin)
    window.screen.press("Return")


def test_a_pulled_card_locks_and_one_pin_opens_again(screen: Screen, person: Path, safe: Safe) -> None:
    with open_window(screen, person) as window:
        unlock(window)
        safe.pull_card(window)
        window.wait_words("Taken out, locks at once")
        window.wait_words(
            "The vault is locked", "The card was taken out.", f"Put in “{CARD}”, or use another way in."
        )
        window.wait_gone("my-files")
        safe.put_card_in(window)
        unlock(window)
        window.wait_gone("The card was taken out.")


def test_a_card_module_that_crashes_costs_nothing(screen: Screen, person: Path, safe: Safe) -> None:
    with open_window(screen, person) as window:
        unlock(window)
        before = window.children()
        window.end_children()
        wait_until("another process of the module", lambda: bool(set(window.children()) - set(before)))
        window.wait_words("Card in the reader", "my-files")


def test_nobody_there_locks(screen: Screen, person: Path, safe: Safe) -> None:
    with open_window(screen, person, haste=30) as window:
        unlock(window)
        window.wait_words("locks in ")
        window.wait_words("The vault is locked", "Nobody was here for a while.", "Enter the PIN of the card")
        unlock(window)


def test_three_wrong_pins_are_told_each_and_the_right_one_still_opens(
    screen: Screen, person: Path, safe: Safe
) -> None:
    with open_window(screen, person) as window:
        window.wait_words("Enter the PIN of the card in the reader.")
        for wrong in ("000000", "111111", "222222"):
            try_pin(window, wrong)
            said = window.wait_words(f"That is not the PIN of “{CARD}”.")
            assert "left" not in said  # this card does not count for us to see
            window.wait_words("Unlock mine", "The recovery code")
        try_pin(window, "111111")
        window.wait_words("The card has refused that PIN already, so it was not sent again.")
        try_pin(window, PIN)
        window.wait_words("Lock now", "my-files")


def test_a_vault_that_another_signet_has_alone(screen: Screen, person: Path, safe: Safe) -> None:
    with open_window(screen, person) as window:
        window.wait_words("Enter the PIN of the card in the reader.")
        with FileLock(str(safe.path / "lock"), Hold.ALONE):
            try_pin(window, PIN)
            window.wait_words("The vault is busy", "Another Signet is changing this vault at the moment.")
            window.find(button("Try again"))
        unlock(window)


def test_a_change_that_needs_the_vault_alone_while_another_signet_has_it_open(
    screen: Screen, person: Path, safe: Safe
) -> None:
    before = (safe.path / "header.json").read_bytes()
    with open_window(screen, person) as window:
        hand = Mouse(window)
        unlock(window)
        screen.press("ctrl+5")
        hand.choose(button("Someone may have a copy: start"))
        hand.fill(PIN_FIELD, PIN)
        with FileLock(str(safe.path / "lock"), Hold.SHARED):
            hand.choose(button("Make a new master key"))
            window.wait_words(
                "Another Signet has this vault open",
                "Close the other Signet that has this vault open, or lock it there, and try again.",
            )
        assert (safe.path / "header.json").read_bytes() == before
        hand.fill(PIN_FIELD, PIN)
        hand.choose(button("Make a new master key"))
        window.wait_words("The vault has a new master key")
        assert (safe.path / "header.json").read_bytes() != before


@pytest.fixture
def small_disk(person: Path) -> Iterator[Path]:
    """A disk of its own with little room; without the right to mount one this test fails, it does not skip."""
    folder = person / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m,mode=0700", "tmpfs", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_leaves_nothing_behind(screen: Screen, person: Path, safe: Safe, small_disk: Path) -> None:
    content = os.urandom(2 << 20)
    film, roomy = small_disk / "film.bin", person / "roomy"
    film.write_bytes(content)
    roomy.mkdir()
    with open_window(screen, person) as window:
        hand = Mouse(window)
        unlock(window)
        room = os.statvfs(small_disk).f_bavail
        drop(window, named("Encrypt with my-files"), film)
        window.wait_words("The disk is full; nothing was left behind. Make room, or choose another folder.")
        assert [path.name for path in small_disk.iterdir()] == ["film.bin"]
        wait_until("the room to come back", lambda: os.statvfs(small_disk).f_bavail == room)
        assert film.read_bytes() == content
        hand.choose(button("Other folder for film.bin"))
        choose_in_dialog(window, roomy)
        window.wait_words("film.bin → film.bin.esdk", "Encrypted with my-files")
        assert [path.name for path in roomy.iterdir()] == ["film.bin.esdk"]
