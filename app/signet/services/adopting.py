"""Keys that are on a card already, taken into the vault's keeping: found, tried, noted."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from signet.clock import timestamp
from signet.errors import KeyAlreadyHere, TokenKeyUnusable
from signet.keys.model import Key
from signet.keys.spec import KeySpec, Origin, Protection
from signet.keys.state import KeyState
from signet.services.key_rules import check_alias, check_usage
from signet.services.keys import ADOPT, insert_key, refuse_taken, token_key_consent
from signet.services.session import Session
from signet.services.token_login import logged_in, pin_kind
from signet.tokens.hub import fingerprint
from signet.tokens.model import TokenKey
from signet.tokens.trial import prove_signing


@dataclass(frozen=True)
class CardKey:
    """A key on a card that is here, ``card`` as people call it; ``fingerprint`` is the SHA-256 of its public half."""

    card: str
    key: TokenKey

    @property
    def fingerprint(self) -> str:
        """What the key is recognised by."""
        return fingerprint(self.key.public_key)


def adoptable_keys(session: Session) -> tuple[CardKey, ...]:
    """Keys of the cards that are here which could be taken into the vault: they sign, and are not in it yet.

    As far as it can be seen without a PIN. Keys that open vaults are left out where they do nothing else.
    """
    hub = session.workplace.hub
    with session.records.read() as reading:
        known = {version.public_key for version in reading.keys.all_versions()}
    able = {spec.value for spec in KeySpec}
    found = []
    for token in hub.tokens():
        for key in hub.keys(token):
            if key.can_sign and key.spec in able and key.public_key not in known:
                found.append(CardKey(token.label, key))
    return tuple(found)


def adopt(session: Session, token_name: str, key_id: str, alias: str) -> Key:
    """Take a key that is on a token already into the vault's keeping: its public half, and where it is.

    ``key_id`` is CKA_ID in hexadecimal, or the beginning of the public key's SHA-256. The key has to sign, which is
    tried. Raises ProofOfPresenceMissing, AliasTaken, KeyAlreadyHere, ConfirmationMissing, TokenKeyNotFound,
    TokenKeyUnusable, PinError.
    """
    session.require_presence()
    refuse_taken(session, check_alias(alias))
    token = session.workplace.hub.find(token_name)
    with logged_in(session.workplace, token, kind=pin_kind(session, token)) as login:
        found = login.find_key(key_id)
        _refuse_present(session, found)
        spec = _spec_of(found)
        if not found.can_sign or not prove_signing(login.session, found, pin=login.pin_for(found)):
            raise TokenKeyUnusable(reason="it does not sign")
    token_key_consent(session, alias, token)
    key = Key(
        id=str(uuid.uuid4()),
        aliases=(alias,),
        spec=spec,
        usage=check_usage(spec, None, Protection.TOKEN),
        state=KeyState.ENABLED,
        origin=Origin.TOKEN,
        protection=Protection.TOKEN,
        version=1,
        created=timestamp(session.workplace.clock.now()),
    )
    insert_key(session, key, material=None, public_key=found.public_key, operation=ADOPT, token=token)
    return key


def _spec_of(key: TokenKey) -> KeySpec:
    try:
        return KeySpec(key.spec)
    except ValueError as error:
        raise TokenKeyUnusable(reason=f"keys of the kind {key.spec} are not kept") from error


def _refuse_present(session: Session, found: TokenKey) -> None:
    with session.records.read() as reading:
        holders = [
            version.key_id for version in reading.keys.all_versions() if version.public_key == found.public_key
        ]
        if holders:
            raise KeyAlreadyHere(key=reading.keys.get(holders[0]).alias)
