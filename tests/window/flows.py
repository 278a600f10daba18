"""Parts of the story that several tests go through: by mouse or by keyboard, set up a vault, fill a dialog."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from signet.formats.recovery import ALPHABET, GROUP
from signet.gui.unlock_fields import CODE_LENGTH
from window.driver import Part, Wanted, Window, button, field, named
from window.screen import wait_until

PIN = "135246"
GROUPS = CODE_LENGTH // GROUP


class Hand(Protocol):
    """How a person chooses something: the one thing in which the two stories differ."""

    def choose(self, wanted: Wanted) -> None:
        """Press a button, choose a card, turn to a page."""

    def fill(self, wanted: Wanted, text: str) -> None:
        """Write into a field, in place of what is in it."""


class Mouse:
    """Points and clicks; types only into fields."""

    def __init__(self, window: Window) -> None:
        self._window = window

    def choose(self, wanted: Wanted) -> None:
        self._window.click(wanted)

    def fill(self, wanted: Wanted, text: str) -> None:
        self._window.click(wanted)
        self._window.wait_focus(wanted)
        self._window.screen.press("ctrl+a")
        self._window.screen.type(text)


class Keyboard:
    """Goes by Tab and chooses by the space bar; no mouse at all."""

    def __init__(self, window: Window) -> None:
        self._window = window

    def choose(self, wanted: Wanted) -> None:
        self._window.turn_to(wanted)
        self._window.screen.press("space")

    def fill(self, wanted: Wanted, text: str) -> None:
        self._window.turn_to(wanted)
        self._window.screen.press("ctrl+a")
        self._window.screen.type(text)


def set_up_with_software_token(window: Window, hand: Hand) -> None:
    """A new vault with a software token and a recovery code that is typed back, up to the page Keys."""
    window.wait_words("How do you want to unlock your vault?")
    hand.choose(button("With a software token"))
    hand.choose(button("Continue"))
    window.wait_words("Choose a PIN for the software token")
    hand.fill(field("New PIN"), PIN)
    hand.fill(field("New PIN once more"), PIN)
    hand.choose(button("Continue"))
    window.wait_words("What is your vault called?")
    hand.fill(field("Name of the vault"), "mine")
    hand.choose(button("Continue"))
    window.wait_words("A second way in")
    hand.choose(button("Make the vault"))
    window.wait_words("Your recovery code")
    code = shown_code(window)
    hand.choose(button("I have it on paper"))
    window.wait_words("Now type it from your paper")
    window.wait_gone(code[0], code[-1])
    window.wait_focus(field("Recovery code, typed back"))
    window.screen.type("".join(code))
    hand.choose(button("Check it"))
    window.wait_words("The vault “mine” is ready.")
    hand.choose(button("Later"))
    window.find(button("New key"))


def shown_code(window: Window) -> list[str]:
    """The groups of the recovery code, read from the screen in their order."""

    def groups() -> list[Part]:
        return [
            part
            for part in window.parts()
            if part.place and part.kind == "QLabel" and len(part.words) == GROUP and set(part.words) <= set(ALPHABET)
        ]

    found = wait_until("the recovery code", lambda: groups() if len(groups()) == GROUPS else None)
    return [part.words for part in sorted(found, key=lambda part: (part.place or (0, 0))[1::-1])]


def choose_in_dialog(window: Window, path: Path) -> None:
    """Type a path into the open file dialog and press Enter; the keyboard is the quickest way for the mouse, too."""
    window.wait_focus(named("", "QLineEdit"))
    window.screen.press("ctrl+a")
    window.screen.type(str(path))
    window.screen.press("Return")


def make_signing_key(window: Window, hand: Hand, name: str) -> None:
    """A new key for documents, on the page Keys."""
    hand.choose(button("New key"))
    window.wait_words("What is it for?")
    hand.choose(button("Sign documents"))
    hand.fill(field("Name of the key"), name)
    hand.choose(button("Create key"))
    window.find(named(name, "cell"))
    window.wait_gone("What is it for?")


def lock_and_unlock(window: Window, hand: Hand) -> None:
    """Ctrl+L, a wrong PIN, the right one."""
    window.screen.press("ctrl+l")
    window.wait_words("Unlock mine")
    pin = field("PIN of “Signet (for trying out)”, which opens the vault")
    window.wait_focus(pin)
    window.screen.type("000000")
    window.screen.press("Return")
    window.wait_words("That is not the PIN")
    window.wait_focus(pin)
    window.screen.type(PIN)
    hand.choose(button("Unlock"))
    window.wait_gone("Unlock mine")
