"""A software token that is made to become a way in of the open vault, and goes again if it does not."""

from __future__ import annotations

from signet.formats.header import UnlockMethod
from signet.gui.administration import window_prompt
from signet.gui.setup.making import name_of
from signet.secret import Secret
from signet.services.enrolment import NewToken
from signet.services.methods import add_method
from signet.services.prompt import SecretKind
from signet.services.session import Session
from signet.services.tokens import discard_unused_software, init_software
from signet.services.workplace import Workplace
from signet.tokens.model import Token


class SoftwareWay:
    """Its three steps, each called in the worker's thread; ``pin`` is wiped by them."""

    def __init__(self, workplace: Workplace, vault_path: str, pin: Secret) -> None:
        self._workplace = workplace
        self._vault_path = vault_path
        self._pin = pin
        self._token: Token | None = None

    def make(self) -> None:
        """Make the token; raises as `init_software`."""
        with window_prompt(self._workplace).prepared({SecretKind.PIN: self._pin.copy()}):
            self._token = init_software(self._workplace)

    def add(self, session: Session) -> UnlockMethod:
        """Make it a way in; raises as `add_method`."""
        if self._token is None:
            raise ValueError("the token is not made yet")
        with self._pin, window_prompt(self._workplace).prepared({SecretKind.NEW_PIN: self._pin.copy()}):
            return add_method(session, NewToken(name_of(self._token)))

    def take_back(self) -> None:
        """Remove the token unless the vault's header names it; raises as `discard_unused_software`."""
        self._pin.wipe()
        token, self._token = self._token, None
        if token is not None:
            discard_unused_software(self._workplace, token, self._vault_path)
