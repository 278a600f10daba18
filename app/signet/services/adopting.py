"""Keys that are on a card already, taken into the vault's keeping: found, tried, noted."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from signet.clock import timestamp
from signet.errors import KeyAlreadyHere, TokenKeyUnusable
from signet.keys.model import Key
from signet.keys.spec import CURVES, KeySpec, KeyUsage, Origin, Protection
from signet.keys.state import KeyState
from signet.services.key_rows import ADOPT, insert_key, refuse_taken, token_key_consent
from signet.services.key_rules import check_alias, check_usage
from signet.services.session import Session
from signet.services.token_login import Login, logged_in, pin_kind
from signet.tokens.hub import fingerprint
from signet.tokens.model import TokenKey
from signet.tokens.trial import opens_files, prove_signing, try_schemes


@dataclass(frozen=True)
class CardKey:
    """A key on a card that is here, ``card`` as people call it, and what it could be for.

    ``fingerprint`` is the SHA-256 of its public half.
    """

    card: str
    key: TokenKey
    usage: KeyUsage

    @property
    def fingerprint(self) -> str:
        """What the key is recognised by."""
        return fingerprint(self.key.public_key)


def adoptable_keys(session: Session) -> tuple[CardKey, ...]:
    """Keys of the cards that are here which could be taken into the vault, for each use that they may have.

    They sign, or decrypt (RSA), or agree (NIST curves), as far as it can be seen without a PIN, and are not in the
    vault yet.
    """
    hub = session.workplace.hub
    with session.records.read() as reading:
        known = {version.public_key for version in reading.keys.all_versions()}
    able = {spec.value for spec in KeySpec}
    found = []
    for token in hub.tokens():
        for key in hub.keys(token):
            if key.spec in able and key.public_key not in known:
                found += [CardKey(token.label, key, usage) for usage in _usages(key)]
    return tuple(found)


def _usages(key: TokenKey) -> list[KeyUsage]:
    signs = [KeyUsage.SIGN_VERIFY] if key.can_sign else []
    opens = key.can_decrypt if key.is_rsa else key.can_derive and key.spec in CURVES
    return signs + ([KeyUsage.ENCRYPT_DECRYPT] if opens else [])


def adopt(session: Session, token_name: str, key_id: str, alias: str, *, usage: KeyUsage | None = None) -> Key:
    """Take a key that is on a token already into the vault's keeping: its public half, and where it is.

    ``key_id`` is CKA_ID in hexadecimal, or the beginning of the public key's SHA-256. ``usage`` is signing (the
    default where it signs) or opening files; that it does it is tried. Raises ProofOfPresenceMissing,
    AliasTaken, KeyAlreadyHere, ConfirmationMissing, TokenKeyNotFound, TokenKeyUnusable, PinError.
    """
    session.require_presence()
    refuse_taken(session, check_alias(alias))
    token = session.workplace.hub.find(token_name)
    with logged_in(session.workplace, token, kind=pin_kind(session, token)) as login:
        found = login.find_key(key_id)
        _refuse_present(session, found)
        spec = _spec_of(found)
        wanted = check_usage(spec, usage or next(iter(_usages(found)), None), Protection.TOKEN)
        _try(login, found, wanted)
    token_key_consent(session, alias, token)
    key = Key(
        id=str(uuid.uuid4()),
        aliases=(alias,),
        spec=spec,
        usage=wanted,
        state=KeyState.ENABLED,
        origin=Origin.TOKEN,
        protection=Protection.TOKEN,
        version=1,
        created=timestamp(session.workplace.clock.now()),
    )
    insert_key(session, key, material=None, public_key=found.public_key, operation=ADOPT, token=token)
    return key


def _try(login: Login, key: TokenKey, usage: KeyUsage) -> None:
    """Try on the card what the key is to be for; raise TokenKeyUnusable."""
    if usage is KeyUsage.ENCRYPT_DECRYPT:
        if not opens_files(try_schemes(login.session, key)):
            raise TokenKeyUnusable(reason="it does not open what was encrypted to it")
    elif not key.can_sign or not prove_signing(login.session, key, pin=login.pin_for(key)):
        raise TokenKeyUnusable(reason="it does not sign")


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
