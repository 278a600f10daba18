"""The signing key of a job, wherever it lives: through the one door, and with the card logged in if it is on one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from signet.audit.canonical import Detail
from signet.audit.entry import Draft, Outcome
from signet.crypto.software import SoftwareSigningKey
from signet.errors import KeyProblem, KeyTokenNotFound, SignetError, TokenKeyNotFound, UsageError
from signet.keys.handle import SigningKey
from signet.keys.model import Key, KeyVersion
from signet.keys.spec import Protection
from signet.keys.state import Operation
from signet.services.checkpoints import before_login_ends
from signet.services.keys import token_name
from signet.services.raw_signing import refuse_attesting
from signet.services.session import Session
from signet.services.token_login import Login, logged_in, pin_kind
from signet.services.use import Grant, door_refusal, use_key
from signet.tokens.signing import TokenSigningKey


@contextmanager
def signing_key(
    session: Session, name: str, *, details: Mapping[str, Detail], uses: int = 1, free: bool = False
) -> Iterator[tuple[Grant, SigningKey]]:
    """Log in to the token first, if the key is on one, then go through the door to sign ``uses`` times.

    With ``free`` somebody else chooses every bit of what is signed: keys on cards that vouch for a way into the vault
    refuse that (DESIGN.md, section 3). Raises TokenError, PinError, SecretMissing, KeyUsageRefused, what `use_key`
    raises.
    """
    entry: dict[str, Detail] = dict(details)
    found = _on_token(session, name, uses)
    if found is None:
        with use_key(session, name, Operation.SIGN, details=entry) as grant:
            with grant.material() as material:
                software = SoftwareSigningKey(material, grant.key.spec)
            yield grant, software
        return
    key, version = found
    if free:
        with refusal_recorded(session, key):
            refuse_attesting(session, key, version.public_key or b"")
    session.let_go()  # the card may be the very one that opened the vault: it is logged in anew
    with _login(session, key, version) as login:
        entry["token"] = login.token.label
        signer = _key_on(login, key, version)
        with use_key(session, key.id, Operation.SIGN, details=entry, by_id=True) as grant:
            yield grant, signer


def _on_token(session: Session, name: str, uses: int) -> tuple[Key, KeyVersion] | None:
    """Return key and version if the key is on a token and may sign; the door says no to all else by itself."""
    with session.records.read() as reading:
        try:
            key = reading.keys.find(name)
            version = reading.keys.version(key.id, key.version)
        except (KeyProblem, UsageError):
            return None
    if key.protection is not Protection.TOKEN or door_refusal(session, key, Operation.SIGN, uses=uses) is not None:
        return None
    return key, version


@contextmanager
def _login(session: Session, key: Key, version: KeyVersion) -> Iterator[Login]:
    found = session.workplace.hub.find_key(version.public_key or b"")
    if found is None:
        with refusal_recorded(session, key):
            raise KeyTokenNotFound(key=key.alias, name=token_name(session, key) or "its own")
    token, _ = found
    with logged_in(session.workplace, token, kind=pin_kind(session, token)) as login:
        yield login
        before_login_ends(session, login)


@contextmanager
def refusal_recorded(session: Session, key: Key) -> Iterator[None]:
    """Record what stops a use before the door and before anybody is asked for a PIN."""
    try:
        yield
    except UsageError:  # the call was wrong; that says nothing of the key
        raise
    except SignetError as error:
        with session.records.change() as change:
            refusal = {"error": type(error).__name__}
            change.append(Draft(str(Operation.SIGN), Outcome.REFUSED, key=key.id, details=refusal))
        raise


def _key_on(login: Login, key: Key, version: KeyVersion) -> SigningKey:
    """Find the key again now that the token shows all: whether it wants its PIN every time, above all."""
    everything = login.session.keys()
    for held in everything:
        if held.public_key == version.public_key:
            return TokenSigningKey(login.session, held, pin=login.pin_for(held))
    raise TokenKeyNotFound(key=key.alias)
