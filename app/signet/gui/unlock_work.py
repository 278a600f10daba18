"""What the unlock screen has done in a task: opening, and accepting a vault before opening it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from signet.gui.prompt import WindowPrompt
from signet.gui.tasks import TaskContext
from signet.gui.unlock_look import SECRETS, WayLook
from signet.secret import Secret
from signet.services.opening import open_vault
from signet.services.presenting import Selection
from signet.services.prompt import SecretKind
from signet.services.session import Session
from signet.services.trust import accept_vault
from signet.services.workplace import Workplace
from signet.tokens.model import PinState


def opening(
    workplace: Workplace, prompt: WindowPrompt, path: str, way: WayLook, secret: Secret
) -> Callable[[TaskContext], Session]:
    """Open the vault by this way in; the secret is used once, then wiped."""

    def work(_: TaskContext) -> Session:
        # That this is the last try stood on the screen when Unlock was pressed: nobody is asked again.
        told = way.token is not None and way.token.pin_state is PinState.FINAL
        with prompt.prepared(_for(way, secret), confirmed=told):
            return open_vault(workplace, path, selection=Selection(method_id=way.id))

    return work


def accepting(
    workplace: Workplace, prompt: WindowPrompt, path: str, way: WayLook, secret: Secret
) -> Callable[[TaskContext], Session]:
    """Take the vault as it is for the one that is known, once the differences were confirmed; then open it."""

    def work(_: TaskContext) -> Session:
        again = secret.copy()
        selection = Selection(method_id=way.id)
        with again:
            with prompt.prepared(_for(way, secret)):
                accept_vault(workplace, path, selection=selection)
            # The secret has just opened the vault, so it is no second try of a wrong one.
            with prompt.prepared(_for(way, again.copy())):
                return open_vault(workplace, path, selection=selection)

    return work


def _for(way: WayLook, secret: Secret) -> Mapping[SecretKind, Secret]:
    return {SECRETS[way.kind]: secret}
