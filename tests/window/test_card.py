"""A smartcard in a reader, in front of the real window: wrong PIN, signing with 9C, pulled during a job, put back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from signet.clock import SystemClock
from signet.keys.spec import KeySpec
from signet.services import adopting
from signet.services import keys as key_services
from signet.services.creation import create_vault
from signet.services.enrolment import NewRecoveryCode, NewToken
from signet.services.files import decrypt_files
from signet.services.opening import open_vault
from signet.services.places import Places
from signet.services.presenting import Selection
from signet.services.prompt import SecretKind
from signet.services.session import Session
from signet.services.workplace import Workplace
from signet.store.settings import Settings, write_settings
from support.card.fixtures import Keys
from support.card.modules import OPENSC, YKCS11, module_path
from support.card.piv import PIN, PivApplication
from support.card.rival import rival
from support.card.vpcd import Reader
from support.card.yubikey import YubiKeyApplication
from support.prompt import ScriptedPrompt
from window.driver import Window, button, named, open_window
from window.drops import drop
from window.flows import Mouse
from window.oracles import ssh_keygen_finds_it_good
from window.screen import Screen, wait_until

SIGNATURE_ID = "02"
SIZE = 2 << 30  # bytes, sparse; a job of some seconds

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class CardVault:
    """A vault that the card in the reader opens, with a key for files and the card's own key for signing."""

    path: Path
    module: str
    label: str
    prompt: ScriptedPrompt

    @contextmanager
    def opened(self, selection: Selection) -> Iterator[Session]:
        """Open it beside the window, for what the test has to know."""
        places = Places.of_platform()
        with (
            Workplace(
                places=places, clock=SystemClock(), prompt=self.prompt, front_end="test", module=self.module
            ) as workplace,
            open_vault(workplace, str(self.path), selection=selection) as session,
        ):
            yield session

    def type_pin(self, window: Window, pin: str) -> None:
        """Type into the field of the unlock screen."""
        window.wait_words("Unlock mine", "of the card in the reader.")
        window.wait_focus(named(f"PIN of “{self.label}”, which opens the vault"))
        window.screen.type(pin)
        window.screen.press("Return")


def make_vault(person: Path, module: str) -> CardVault:
    """Make it with whatever card is in the reader."""
    places, code = Places.of_platform(), person / "code"
    path = Path(places.data) / "mine.signet"
    prompt = ScriptedPrompt({SecretKind.PIN: PIN, SecretKind.NEW_PIN: PIN, SecretKind.TOKEN_PIN: PIN})
    with Workplace(places=places, clock=SystemClock(), prompt=prompt, front_end="test", module=module) as workplace:
        (token,) = workplace.hub.tokens()
        create_vault(workplace, str(path), [NewToken(token.label), NewRecoveryCode(str(code))])
        with open_vault(workplace, str(path), selection=Selection()) as session:
            key_services.create_key(session, "my-files", spec=KeySpec.SYMMETRIC_DEFAULT)
            adopting.adopt(session, token.label, SIGNATURE_ID, "contracts")
    prompt.answers[SecretKind.RECOVERY_CODE] = code.read_text()
    code.unlink()
    return CardVault(path, module, token.label, prompt)


def sign(window: Window, hand: Mouse, letter: Path) -> None:
    """Sign with the card's own key, which wants its PIN for that in a panel; OpenSSH is to like what comes of it."""
    signature = Path(f"{letter}.sig")
    assert not signature.exists()
    drop(window, named("Sign 1 file"), letter)
    hand.choose(button("Sign letter.txt"))
    asked = window.find(lambda part: "QLineEdit" in part.kinds and part.label.startswith("PIN of"))
    window.wait_focus(named(asked.label))
    window.screen.type(PIN)
    window.screen.press("Return")
    wait_until("the signature", signature.exists)
    window.wait_words("Signed with contracts")
    assert ssh_keygen_finds_it_good(letter, signature)


@pytest.mark.parametrize(
    ("module", "kind", "finish"), [(OPENSC, PivApplication, False), (YKCS11, YubiKeyApplication, True)]
)
def test_a_day_with_a_card(
    screen: Screen, person: Path, reader: Reader, keys: Keys, module: str, kind: type[PivApplication], finish: bool
) -> None:
    card = kind(name="Mari", guid=bytes(16), keys=keys.with_rsa)
    reader.insert(card)
    vault = make_vault(person, module_path(module))
    write_settings(
        Places.of_platform().settings,
        replace(Settings(), lock_on_card_removal_seconds=0, finish_jobs_on_card_removal=finish),
    )
    folder = person / "papers"
    folder.mkdir()
    letter, film, encrypted = folder / "letter.txt", folder / "film.bin", folder / "film.bin.esdk"
    letter.write_text("Dear Mari")
    with open_window(screen, person, "--module", vault.module) as window:
        hand = Mouse(window)
        vault.type_pin(window, "999999")
        window.wait_words(f"That is not the PIN of “{vault.label}”.")
        assert card.pin.left == 2
        vault.type_pin(window, PIN)
        window.wait_words("Lock now", "my-files", "contracts")
        assert card.pin.left == 3

        sign(window, hand, letter)

        # Another program that takes the card for a while, and resets it, is no removal.
        with rival() as other:
            other.begin()
            other.end()
            other.reset()
        with film.open("wb") as made:
            made.truncate(SIZE)
        drop(window, named("Encrypt with my-files"), film)
        window.wait_words("film.bin → film.bin.esdk", "of 2.1 GB")
        reader.remove()
        window.wait_words("The vault is locked", "The card was taken out.", f"Put in “{vault.label}”")
        reader.insert(card)
        vault.type_pin(window, PIN)
        window.wait_words("Lock now", "Encrypted with my-files" if finish else "Try again")
        assert encrypted.exists() is finish
        Path(f"{letter}.sig").unlink()
        sign(window, hand, letter)
    left = {"letter.txt", "letter.txt.sig", "film.bin"}
    assert {path.name for path in folder.iterdir()} == (left | {encrypted.name} if finish else left)
    if finish:
        with vault.opened(Selection(recovery=True)) as session:
            (item,) = decrypt_files(session, [str(encrypted)], output=str(person / "back"))
            assert item.status == "done"
        assert (person / "back" / film.name).stat().st_size == SIZE
