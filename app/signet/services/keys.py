"""The keys of a vault: made, listed, found, enabled and disabled. Using them goes through `signet.services.use`."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace

from signet.clock import timestamp
from signet.crypto.software import generate
from signet.errors import ModuleError, UsageError
from signet.formats.header import MethodKind
from signet.keys.model import GuardCopy, Key, KeyVersion
from signet.keys.policy import FREE, Policy
from signet.keys.spec import KeySpec, KeyUsage, Origin, Protection
from signet.keys.state import Act, KeyState
from signet.services.guards import choose_guards, guard_version, guards_of_all
from signet.services.import_expiry import as_of_now, as_of_this_use
from signet.services.key_rows import ADOPT, CREATE, insert_key, refuse_taken
from signet.services.key_rules import check_alias, check_description, check_tags, check_usage
from signet.services.key_states import move_key
from signet.services.loss import Card
from signet.services.policies import checked_policy
from signet.services.session import Session
from signet.services.token_keys import create_on_token, token_for
from signet.tokens.hub import fingerprint

FIRST_VERSION = 1
_NEED_A_TOKEN = (KeyState.ENABLED, KeyState.ARCHIVED)
"""States in which a key on a token, or guarded by tokens, works only while one of these is here."""
_NONE_HERE = frozenset({""})
"""The fingerprint of no key: what needs it is not here."""


def create_key(
    session: Session,
    alias: str,
    *,
    spec: KeySpec,
    usage: KeyUsage | None = None,
    description: str = "",
    tags: Iterable[tuple[str, str]] = (),
    protection: Protection = Protection.VAULT,
    token: str | None = None,
    guards: Sequence[str] = (),
    policy: Policy = FREE,
    origin: Origin = Origin.VAULT,
) -> Key:
    """Make a key called ``alias``; with protection ``token``, on that token (default: the one that opened the vault).

    With protection ``guarded``, ``guards`` are ways in by id (default: all that can be); none has to be presented. A
    key that would die with one card is asked about first. ``policy`` limits the key from the first moment. With the
    origin EXTERNAL it waits for its material (`signet.services.importing`), and for its guards. Raises
    ProofOfPresenceMissing, UsageError, AliasTaken, ConfirmationMissing, TokenError, and what `choose_guards` raises.
    """
    session.require_presence()
    key = Key(
        id=str(uuid.uuid4()),
        aliases=(check_alias(alias),),
        spec=spec,
        usage=check_usage(spec, usage, protection),
        state=KeyState.PENDING_IMPORT if origin is Origin.EXTERNAL else KeyState.ENABLED,
        origin=Origin.TOKEN if protection is Protection.TOKEN else origin,
        protection=protection,
        version=FIRST_VERSION,
        created=timestamp(session.workplace.clock.now()),
        description=check_description(description),
        tags=check_tags(tags),
    )
    if token is not None and protection is not Protection.TOKEN:
        raise UsageError(reason="A card is named only for a key that is to live on it, with --protection token.")
    if guards and protection is not Protection.GUARDED:
        raise UsageError(reason="Guards are named only for a guarded key, with --protection guarded.")
    if origin is Origin.EXTERNAL and (protection is Protection.TOKEN or guards):
        raise UsageError(reason="Imported material lives in the vault, and gets its guards when it comes.")
    policy = checked_policy(policy, key.usage, session.header, now=session.workplace.clock.now())
    refuse_taken(session, alias)
    if origin is Origin.EXTERNAL:
        insert_key(
            session,
            key,
            material=None,
            public_key=None,
            operation=CREATE,
            policy=policy,
            more={"origin": origin.value},
        )
        return key
    if protection is Protection.TOKEN:
        return create_on_token(session, key, token_for(session, token), policy)
    chosen = choose_guards(session, guards) if protection is Protection.GUARDED else ()
    made = generate(spec)
    with ExitStack() as stack:
        material = stack.enter_context(made.material)
        copies: list[GuardCopy] = []
        if protection is Protection.GUARDED:
            guarded, copies = guard_version(session, key, FIRST_VERSION, material, chosen)
            material = stack.enter_context(guarded)
        insert_key(
            session,
            key,
            material=material,
            public_key=made.public_key,
            operation=CREATE,
            guards=chosen,
            copies=copies,
            policy=policy,
        )
    return key


def list_keys(session: Session) -> tuple[Key, ...]:
    """Return every key, by name."""
    with session.records.read() as reading:
        return tuple(as_of_now(session, reading, reading.keys.all()))


def with_presence_of_tokens(session: Session, keys: Iterable[Key]) -> tuple[Key, ...]:
    """Return the keys, those with the state Unavailable of whose tokens none is present (DESIGN.md, section 6).

    That is the token that holds the key, or the tokens that guard it; a guarded key with no token among its guards is
    always there, and one that has lost its last guard never. Derived, never stored: only what would work if the token
    were here becomes it. Modules are asked only if there is such a key; one that does not work shows no token.
    """
    found = tuple(keys)
    asked = [key for key in found if key.protection is not Protection.VAULT and key.state in _NEED_A_TOKEN]
    needed = _tokens_needed(session, asked) if asked else {}
    if not any(needed.values()):
        return found
    try:
        present = session.workplace.hub.present_keys()
    except ModuleError:
        present = frozenset()
    away = {key_id for key_id, prints in needed.items() if prints and not prints & present}
    return tuple(replace(key, state=KeyState.UNAVAILABLE) if key.id in away else key for key in found)


def _tokens_needed(session: Session, keys: Iterable[Key]) -> dict[str, frozenset[str]]:
    """Fingerprints of keys on tokens, one of which has to be present for each key; empty if none has to be."""
    needed: dict[str, frozenset[str]] = {}
    guarded = guards_of_all(session)
    with session.records.read() as reading:
        for key in keys:
            if key.protection is Protection.GUARDED:
                guards = guarded.get(key.id, ())
                tokens = (method for method in guards if method.kind is MethodKind.TOKEN)
                prints = frozenset(fingerprint(method.public_key) for method in tokens)
                needed[key.id] = prints if guards else _NONE_HERE
            else:
                public = reading.keys.version(key.id, key.version).public_key
                needed[key.id] = frozenset({fingerprint(public or b"")})
    return needed


def token_name(session: Session, key: Key) -> str | None:
    """Return what the token that holds a key was called when the key came into the vault; None if nothing says."""
    holder = holder_of(session, key)
    return None if holder is None else holder.label


def holder_of(session: Session, key: Key) -> Card | None:
    """Return the card that a key came into the vault on, as the log has it; None if nothing says."""
    with session.records.read() as reading:
        for entry in reading.audit.list(key=key.id, newest_first=False):
            label = entry.details.get("token")
            if entry.operation in (CREATE, ADOPT) and isinstance(label, str):
                return Card(str(entry.details.get("serial", "")), label)
    return None


def find_key(session: Session, name: str) -> Key:
    """Return the key that ``name`` means: an alias, else an id, else a unique beginning of one (8 or more).

    Raises KeyNotFound, NameAmbiguous.
    """
    with session.records.read() as reading:
        return as_of_this_use(session, reading, reading.keys.find(name))


def versions(session: Session, key: Key) -> tuple[KeyVersion, ...]:
    """Return the versions of a key, the first one first."""
    with session.records.read() as reading:
        return tuple(reading.keys.versions(key.id))


def public_key(session: Session, name: str) -> bytes:
    """Return the public key of the current version, DER SubjectPublicKeyInfo; raise UsageError if there is none."""
    with session.records.read() as reading:
        key = reading.keys.find(name)
        found = reading.keys.version(key.id, key.version).public_key
    if found is None:
        raise UsageError(reason=f"“{key.alias}” is a symmetric key; it has no public half.")
    return found


def enable_key(session: Session, name: str) -> Key:
    """Let a key be used again; raise ProofOfPresenceMissing, KeyStateRefused if its state does not lead there."""
    return move_key(session, name, Act.ENABLE)


def disable_key(session: Session, name: str) -> Key:
    """Stop every use of a key until it is enabled; raise KeyStateRefused if its state does not lead there."""
    return move_key(session, name, Act.DISABLE)


def archive_key(session: Session, name: str) -> Key:
    """Let a key open what it made and make nothing new; raise KeyStateRefused if its state does not lead there."""
    return move_key(session, name, Act.ARCHIVE)
