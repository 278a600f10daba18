"""Carrying out the plan of the set-up assistant: vault, first key, settings. Blocking; runs in a task."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from signet.gui.prompt import WindowPrompt
from signet.gui.setup.plan import FIRST_KEY, First, Plan, Second
from signet.keys.spec import KeySpec
from signet.secret import Secret
from signet.services.creation import Created, create_vault
from signet.services.enrolment import NewMethod, NewPassphrase, NewRecoveryCode, NewToken
from signet.services.keys import create_key
from signet.services.opening import open_vault
from signet.services.presenting import Selection
from signet.services.prompt import SecretKind
from signet.services.saved_codes import note_saved_code
from signet.services.session import Session
from signet.services.tokens import software_token_for
from signet.services.workplace import Workplace
from signet.store.settings import write_settings
from signet.tokens.model import Token

Say = Callable[[str], None]
"""Told what is being done, for people; called in the worker's thread."""


@dataclass(frozen=True)
class Made:
    """The new vault, open."""

    created: Created
    session: Session


def make(workplace: Workplace, prompt: WindowPrompt, plan: Plan, say: Say) -> Made:
    """Make the vault, open it by its first way in, and give it its first key.

    Raises what `create_vault` raises; nothing is left behind then, not even a software token.
    """
    if plan.secret is None:
        raise ValueError("the plan has no secret for the first way in")
    token = plan.token
    with ExitStack() as stack:
        if plan.first is First.SOFTWARE:
            say("Making the software token…")
            with prompt.prepared({SecretKind.PIN: plan.secret.copy()}):
                token = stack.enter_context(software_token_for(workplace, plan.path))
        say("Making the vault and trying every way in…")
        with prompt.prepared(_secrets(plan)):
            created = create_vault(workplace, plan.path, _ways(plan, token))
    say("Unlocking it for the first time…")
    session = _open(workplace, prompt, plan, created)
    try:
        _settle(session, plan)
    except BaseException:
        session.close()
        raise
    return Made(created, session)


def name_of(token: Token) -> str:
    """The name by which services find a token again."""
    return token.serial or token.label


def _ways(plan: Plan, token: Token | None) -> Sequence[NewMethod]:
    first: NewMethod = NewPassphrase()
    if token is not None and plan.first is not First.PASSPHRASE:
        first = NewToken(name_of(token))
    second: NewMethod = NewRecoveryCode(plan.code_path if plan.second is Second.CODE_FILE else None)
    if plan.second is Second.CARD and plan.second_token is not None:
        second = NewToken(name_of(plan.second_token), pin_kind=SecretKind.TOKEN_PIN)
    return first, second


def _secrets(plan: Plan) -> dict[SecretKind, Secret]:
    """What creating the vault asks for; copies, because the prompt wipes what it was given."""
    kind = SecretKind.NEW_PASSPHRASE if plan.first is First.PASSPHRASE else SecretKind.NEW_PIN
    found = {} if plan.secret is None else {kind: plan.secret.copy()}
    if plan.second is Second.CARD and plan.second_secret is not None:
        found[SecretKind.TOKEN_PIN] = plan.second_secret.copy()
    return found


def _open(workplace: Workplace, prompt: WindowPrompt, plan: Plan, created: Created) -> Session:
    kind = SecretKind.PASSPHRASE if plan.first is First.PASSPHRASE else SecretKind.PIN
    secrets = {} if plan.secret is None else {kind: plan.secret.copy()}
    with prompt.prepared(secrets):
        return open_vault(workplace, created.path, selection=Selection(method_id=created.methods[0].id))


def _settle(session: Session, plan: Plan) -> None:
    create_key(session, FIRST_KEY, spec=KeySpec.SYMMETRIC_DEFAULT, description="For your files")
    for sheet in plan.saved_sheets:
        note_saved_code(session, sheet)
    workplace = session.workplace
    workplace.settings = replace(workplace.settings, default_key=FIRST_KEY)
    write_settings(workplace.places.settings, workplace.settings)
