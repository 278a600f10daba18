"""The cards that are there, and what can be said of each before its PIN was given."""

from __future__ import annotations

from dataclasses import dataclass, replace

from signet.errors import TokenError
from signet.services.tokens import list_tokens
from signet.services.workplace import Workplace
from signet.store.settings import write_settings
from signet.tokens.hub import TokenHub
from signet.tokens.model import PinState, Token
from signet.tokens.modules import find_modules


@dataclass(frozen=True)
class SeenCard:
    """A card that is there; ``readable`` is how many of its public keys can be read without a PIN."""

    token: Token
    readable: int

    @property
    def place(self) -> tuple[str, str]:
        """What it is recognised by while it stays in."""
        return self.token.module, self.token.serial

    @property
    def usable(self) -> bool:
        """Whether it is worth asking for its PIN."""
        return self.token.initialised and self.readable > 0 and self.token.pin_state is not PinState.LOCKED

    @property
    def keyless(self) -> bool:
        """Whether it shows no key at all, but could be given one."""
        return self.token.initialised and self.readable == 0 and self.token.pin_state is not PinState.LOCKED

    def words(self) -> str:
        """What can be said before it was tried."""
        about = " · ".join(part for part in (self.token.model, self.token.serial) if part)
        if not self.token.initialised:
            return f"{about} · empty: set it up with its maker's program first"
        if self.token.pin_state is PinState.LOCKED:
            return f"{about} · blocked after too many wrong PINs; unblock it with its PUK first"
        if not self.readable:
            return f"{about} · shows no key before the PIN, so it could not be recognised"
        return f"{about} · give its PIN, and it is tried for real"


def look_for_cards(workplace: Workplace) -> tuple[SeenCard, ...]:
    """Every card that is there; raises ModuleError if the only card software fails."""
    seen = []
    for token in list_tokens(workplace):
        try:
            readable = len(workplace.hub.keys(token)) if token.initialised else 0
        except TokenError:
            continue  # it was just taken out; the next look tells
        if token.initialised or token.label:
            seen.append(SeenCard(token, readable))
    return tuple(seen)


def use_module(workplace: Workplace, path: str) -> tuple[SeenCard, ...]:
    """Remember a PKCS#11 module in the settings, before all others; start the card software anew and look.

    It is started once by itself before. Raises ModuleError, and nothing is remembered then; DiskFull, FolderReadOnly.
    """
    (real,) = find_modules(chosen=path, configured=())
    with TokenHub([real], environment=workplace.software_tokens.environment()) as hub:
        hub.tokens()
    modules = (path, *(known for known in workplace.settings.modules if known != path))
    settings = replace(workplace.settings, modules=modules)
    write_settings(workplace.places.settings, settings)
    workplace.settings = settings
    workplace.refresh_tokens()
    return look_for_cards(workplace)
