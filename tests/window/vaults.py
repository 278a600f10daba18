"""A vault that is there already when the window opens, so that not every test goes through the set-up."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from signet.clock import SystemClock
from signet.keys.spec import KeySpec
from signet.services import keys
from signet.services.creation import create_vault
from signet.services.enrolment import NewRecoveryCode, NewToken
from signet.services.opening import open_vault
from signet.services.places import Places
from signet.services.presenting import Selection
from signet.services.prompt import SecretKind
from signet.services.tokens import init_software
from signet.services.workplace import Workplace
from support.prompt import ScriptedPrompt
from window.driver import Window, field
from window.flows import PIN

NAME = "mine"
CARD = "Signet (for trying out)"
PIN_FIELD = field(f"PIN of “{CARD}”, which opens the vault")


@dataclass(frozen=True)
class Safe:
    """A vault with the key my-files, opened by a software token or by its recovery code."""

    path: Path
    code: str
    tokens: Path

    def pull_card(self, window: Window) -> None:
        """Take the card out: SoftHSM cannot, so its files go and its module starts anew, as a reader's would see."""
        shutil.move(self.tokens, self.tokens.with_name("away"))
        self.tokens.mkdir()
        window.end_children()

    def put_card_in(self, window: Window) -> None:
        """Put it back."""
        shutil.rmtree(self.tokens)
        shutil.move(self.tokens.with_name("away"), self.tokens)
        window.end_children()


def make_safe(folder: Path, name: str = NAME) -> Safe:
    """Make it in the places of whoever lives below ``folder``."""
    places = Places.of_platform()
    code_file = folder / f"{name}.code"
    prompt = ScriptedPrompt({SecretKind.PIN: PIN, SecretKind.NEW_PIN: PIN})
    path = Path(places.data) / f"{name}.signet"
    with Workplace(places=places, clock=SystemClock(), prompt=prompt, front_end="test") as workplace:
        token = init_software(workplace)
        create_vault(workplace, str(path), [NewToken(token.label), NewRecoveryCode(str(code_file))])
        with open_vault(workplace, str(path), selection=Selection()) as session:
            keys.create_key(session, "my-files", spec=KeySpec.SYMMETRIC_DEFAULT)
    code = code_file.read_text()
    code_file.unlink()
    return Safe(path, code, Path(places.data) / "software-tokens" / "tokens")


def unlock(window: Window, *, name: str = NAME) -> None:
    """Type the PIN on the unlock screen, and wait for the pages."""
    window.wait_words(f"Unlock {name}", "Enter the PIN of the card in the reader.")
    window.wait_focus(PIN_FIELD)
    window.screen.type(PIN)
    window.screen.press("Return")
    window.wait_words("Lock now", "my-files")
