"""Keys of the vault that are made on a token and stay there."""

from __future__ import annotations

from signet.audit.canonical import Detail
from signet.audit.entry import Draft, Outcome
from signet.errors import SignetError, TokenKeyUnusable, UsageError
from signet.keys.model import Key
from signet.keys.policy import FREE, Policy
from signet.keys.spec import KeyUsage
from signet.services.key_rows import CREATE, insert_key, token_key_consent
from signet.services.session import Session
from signet.services.token_login import pin_kind, unlocking_token
from signet.services.token_making import Order, Purpose, make_key
from signet.tokens.model import Token
from signet.tokens.trial import opens_files


def token_for(session: Session, name: str | None) -> Token:
    """The token of that name, else the one that opened the vault; raise UsageError if that was none."""
    if name is not None:
        return session.workplace.hub.find(name)
    token = unlocking_token(session)
    if token is None:
        raise UsageError(reason="Say with --token on which card the key is to live.")
    return token


def create_on_token(session: Session, key: Key, token: Token, policy: Policy = FREE) -> Key:
    """Make the key pair on the token, logged before it is there: a pair without a row can be adopted later.

    Raises ConfirmationMissing, AliasTaken, TokenKeyUnusable if it does not do what it is for, and what
    `signet.services.token_making.make_key` raises.
    """
    token_key_consent(session, key.alias, token)
    details: dict[str, Detail] = {"alias": key.alias, "token": token.label, "serial": token.serial}
    begun: list[int] = []

    def begin() -> None:
        with session.records.change() as change:
            begun.append(change.append(Draft(CREATE, Outcome.ALLOWED, key=key.id, details=details)))

    signs = key.usage is KeyUsage.SIGN_VERIFY
    order = Order(Purpose.SIGN if signs else Purpose.UNLOCK, spec=key.spec, label=key.alias)
    try:
        made = make_key(session.workplace, token, order, kind=pin_kind(session, token), begin=begin)
        if not signs and not opens_files(made.report.trials):
            raise TokenKeyUnusable(reason="it was made, and does not open what was encrypted to it")
        insert_key(
            session,
            key,
            material=None,
            public_key=made.key.public_key,
            operation=CREATE,
            token=token,
            of=begun[0],
            policy=policy,
        )
    except SignetError as error:
        if begun:
            details["error"] = type(error).__name__
            with session.records.change() as change:
                change.append(Draft(CREATE, Outcome.FAILED, key=key.id, of=begun[0], details=details))
        raise
    return key
