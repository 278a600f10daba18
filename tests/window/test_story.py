"""The main job in the window, from the first start on: by mouse with real drops, and by keyboard alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from window.driver import Window, button, named, open_window
from window.drops import drop
from window.flows import (
    Keyboard,
    Mouse,
    choose_in_dialog,
    lock_and_unlock,
    make_signing_key,
    set_up_with_software_token,
)
from window.oracles import official_plaintext, ssh_keygen_finds_it_good
from window.screen import Screen

FOLDER = "Folders come with a later release; put it into an archive file first."
TEXT = b"Dear all, this is the letter.\n" * 5000

pytestmark = pytest.mark.slow


@pytest.fixture
def letter(person: Path) -> Path:
    folder = person / "papers"
    folder.mkdir()
    path = folder / "letter.txt"
    path.write_bytes(TEXT)
    return path


def test_the_main_job_by_mouse(screen: Screen, person: Path, letter: Path) -> None:
    encrypted, back = Path(f"{letter}.esdk"), person / "back"
    back.mkdir()
    with open_window(screen, person) as window:
        hand = Mouse(window)
        set_up_with_software_token(window, hand)
        make_signing_key(window, hand, "contracts")

        drop(window, named("Encrypt with my-files"), letter)
        window.wait_words("letter.txt → letter.txt.esdk", "Encrypted", "Encrypted with my-files")
        assert official_plaintext(person, encrypted) == TEXT

        drop(window, named("Decrypt 1 file"), encrypted)
        window.wait_words("letter.txt exists already and was not touched.")
        hand.choose(button("Choose for letter.txt.esdk"))
        hand.choose(button("Save in another folder"))
        choose_in_dialog(window, back)
        window.wait_words("letter.txt.esdk → letter.txt", "Decrypted")
        assert (back / "letter.txt").read_bytes() == TEXT

        drop(window, named("Sign 1 file"), letter)
        hand.choose(button("Sign letter.txt"))
        window.wait_words("Signed with contracts")
        signature = Path(f"{letter}.sig")
        assert ssh_keygen_finds_it_good(letter, signature)
        drop(window, named("Verify 1 signature"), letter)
        window.wait_words("Valid signature", "The signature fits this file and was made with your key “contracts”.")

        letter.write_bytes(TEXT + b"P.S.\n")
        drop(window, named("Verify 1 signature"), letter)
        window.wait_words("Not valid")

        hand.choose(named("Keys, 2"))
        lock_and_unlock(window, hand)
        window.find(named("contracts", "cell"))


def test_dropped_outside_the_tiles_the_stated_default_happens(screen: Screen, person: Path, letter: Path) -> None:
    encrypted = Path(f"{letter}.esdk")
    with open_window(screen, person) as window:
        hand = Mouse(window)
        set_up_with_software_token(window, hand)
        hand.choose(named("Files"))
        window.wait_words("Drop files or folders anywhere in this window")
        drop(window, named("Files", "NavButton"), letter, letter.parent)
        window.wait_words("“papers” is a folder: 1 file")
        hand.choose(button("Make one encrypted file"))
        window.wait_words("letter.txt → letter.txt.esdk", "papers → papers.tar.esdk", "Encrypted with my-files")
        assert official_plaintext(person, encrypted) == TEXT
        encrypted.unlink()
        assert [path.name for path in letter.parent.iterdir()] == ["letter.txt"]


def test_the_main_job_by_keyboard_alone(screen: Screen, person: Path, letter: Path) -> None:
    encrypted, back = Path(f"{letter}.esdk"), person / "back"
    back.mkdir()
    screen.hand("mousemove", "1", "1")
    with open_window(screen, person) as window:
        hand = Keyboard(window)
        set_up_with_software_token(window, hand)
        make_signing_key(window, hand, "contracts")

        screen.press("ctrl+2")
        hand.choose(button("Choose files"))
        choose_in_dialog(window, letter)
        window.wait_words("letter.txt → letter.txt.esdk", "Encrypted with my-files")
        assert official_plaintext(person, encrypted) == TEXT

        hand.choose(button("Choose files"))
        choose_in_dialog(window, encrypted)
        window.wait_words("letter.txt exists already and was not touched.")
        hand.choose(button("Choose for letter.txt.esdk"))
        hand.choose(button("Save in another folder"))
        choose_in_dialog(window, back)
        window.wait_words("letter.txt.esdk → letter.txt", "Decrypted")
        assert (back / "letter.txt").read_bytes() == TEXT

        screen.press("ctrl+3")
        hand.choose(button("Sign files"))
        choose_in_dialog(window, letter)
        window.wait_focus(named("contracts", "cell"))
        screen.press("Return")
        window.wait_words("Signed with contracts")
        assert ssh_keygen_finds_it_good(letter, Path(f"{letter}.sig"))
        hand.choose(button("Open a document, or check the signatures of files"))
        choose_in_dialog(window, letter)
        window.wait_words("Valid signature", "The signature fits this file and was made with your key “contracts”.")
        screen.press("Escape")
        window.find(button("Open a document, or check the signatures of files"))

        screen.press("ctrl+1")
        lock_and_unlock(window, hand)
        window.find(named("contracts", "cell"))
        _every_page_has_its_focus(window)
    assert screen.hand("getmouselocation").startswith("x:1 y:1 ")


def _every_page_has_its_focus(window: Window) -> None:
    for number, title in enumerate(
        ("Keys", "Files", "Documents", "People", "Cards & recovery", "Activity", "Settings"), 1
    ):
        window.screen.press(f"ctrl+{number}")
        window.find(named(title, "QLabel"))
