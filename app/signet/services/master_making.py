"""The new database and header of a vault that gets a new master key, made beside the old ones and proven.

Nothing points to them until `signet.services.master` writes the header; until then they go again on any failure.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace

from signet.audit.canonical import Detail
from signet.audit.entry import Draft, Outcome
from signet.crypto import sealing
from signet.crypto.derive import database_key, material_key
from signet.crypto.identity import check_header, fingerprint, public_identity, sign_header
from signet.errors import DatabaseDamaged, SignetError
from signet.formats.header import UnlockMethod, VaultHeader
from signet.formats.header_parser import parse_header
from signet.secret import Secret
from signet.services import header_change
from signet.services.creation import MAC_KEY_BYTES, MASTER_BYTES
from signet.services.guards import drop_guards
from signet.services.import_digest import DIGEST_KEY
from signet.services.import_keys import token_name
from signet.services.opening import AUDIT_EPOCH, AUDIT_KEY
from signet.services.saved_codes import note_saved
from signet.services.session import Session
from signet.store.database import Database
from signet.store.records import Change, Records

OPERATION = "RotateMasterKey"


@dataclass(frozen=True)
class Following:
    """How the new header follows from the one before.

    ``methods`` makes the ways in under the new master key for a header that has none yet, and proves what can be
    presented. ``identity`` is a new identity's private key, None where the identity stays. ``files`` are where a new
    recovery code goes, ``proven`` the ids of the ways in that ``methods`` opens. ``in_place`` is called once the new
    header stands, ``operation`` is what the log calls it. ``lose`` are the ids of keys whose last guard goes.
    """

    methods: Callable[[Secret, VaultHeader], tuple[UnlockMethod, ...]]
    operation: str = OPERATION
    identity: Secret | None = None
    files: tuple[str, ...] = ()
    proven: tuple[str, ...] = ()
    in_place: Callable[[], None] = lambda: None
    lose: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Target:
    """The vault as it is to be: its master key, its signed header, and the entry that announced it."""

    master: Secret
    header: VaultHeader
    records: Records
    begun: int


def new_vault(session: Session, following: Following, stack: ExitStack) -> Target:
    """Make and prove the new database; ``stack`` takes it away again unless it is taken over."""
    name = session.folder.new_database_name()
    path = session.folder.database_path(name)
    stack.callback(_remove_unless_named, session, name)
    master = Secret(os.urandom(MASTER_BYTES))
    stack.callback(master.wipe)
    with _identity_of(session, following) as identity:
        header = _candidate(session, following, master, name, identity)
        with database_key(master, header.salt) as key:
            session.database.checkpoint()
            session.database.copy_to(path, key)
            database = Database.open(path, key)
        stack.callback(database.close)
        records, begun = _rewrap(session, following, database, master, header, identity)
    stack.callback(records.mac_key.wipe)
    _verify(database, records, master, header)
    database.checkpoint()
    return Target(master, header, records, begun)


def _identity_of(session: Session, following: Following) -> Secret:
    """The identity's private key in the new vault; the caller wipes it."""
    if following.identity is not None:
        return following.identity.copy()
    return header_change.open_identity(session)


def _candidate(session: Session, following: Following, master: Secret, name: str, identity: Secret) -> VaultHeader:
    """Sign the header that follows, and read it back."""
    skeleton = replace(session.header.with_methods((), database=name), identity=public_identity(identity))
    candidate = sign_header(replace(skeleton, methods=following.methods(master, skeleton)), identity)
    check_header(parse_header(candidate.encoded()))
    return candidate


def _rewrap(
    session: Session,
    following: Following,
    database: Database,
    master: Secret,
    header: VaultHeader,
    identity: Secret,
) -> tuple[Records, int]:
    """Start a new epoch in the new database and wrap everything in it under the new material key.

    What a guarded key has inside, and the copies of its guard keys, need no guard for it and stay as they are; those
    of ways in that are left out are dropped.
    """
    gone = {method.id for method in session.header.methods} - {method.id for method in header.methods}
    old_mac_key = session.records.mac_key.copy()
    records = Records(
        database,
        mac_key=old_mac_key,
        epoch=session.records.epoch,
        actor=session.records.actor,
        clock=session.workplace.clock,
    )
    mac_key = Secret(os.urandom(MAC_KEY_BYTES))
    with old_mac_key, material_key(master, header.salt) as new_key, records.change() as change:
        change.begin_epoch(mac_key, Draft("BeginEpoch", Outcome.DONE))
        _rewrap_own(session, change, new_key, mac_key, identity)
        keys = {key.id: key for key in change.keys.all()}
        for version in change.keys.all_versions():
            if version.material is None:
                continue
            key = keys[version.key_id]
            with session.open_material(key, version) as material:
                sealed = sealing.seal_material(
                    new_key, material, key_id=key.id, version=version.number, spec=key.spec
                )
            change.keys.replace_material(key.id, version.number, sealed)
        change.meta.put(header_change.INTENT, header_change.HeaderMark.of(header).encoded())
        drop_guards(change, session.header, frozenset(gone), lose=following.lose)
        note_saved(change, following.files)
        details: dict[str, Detail] = {"generation": header.generation}
        if following.identity is not None:
            details["identity"] = fingerprint(header.identity)
        begun = change.append(Draft(following.operation, Outcome.ALLOWED, details=details))
    return records, begun


def _rewrap_own(session: Session, change: Change, new_key: Secret, mac_key: Secret, identity: Secret) -> None:
    for name, secret in ((header_change.IDENTITY, identity), (AUDIT_KEY, mac_key)):
        change.meta.put(name, sealing.seal_own(new_key, secret, name=name, vault_id=session.vault_id))
    own = session.material_key, session.vault_id
    digest_key = change.meta.get(DIGEST_KEY)
    if digest_key is not None:
        change.meta.put(DIGEST_KEY, _anew(own, new_key, digest_key, DIGEST_KEY))
    for token in change.imports.tokens():
        change.imports.put_token(replace(token, material=_anew(own, new_key, token.material, token_name(token.id))))
    change.meta.put(AUDIT_EPOCH, str(session.records.epoch + 1).encode())


def _anew(own: tuple[Secret, str], new_key: Secret, sealed: bytes, name: str) -> bytes:
    """Wrap what the vault keeps for itself under the new material key; ``own`` are the old one and the vault's id."""
    old_key, vault_id = own
    with sealing.open_own(old_key, sealed, name=name, vault_id=vault_id) as secret:
        return sealing.seal_own(new_key, secret, name=name, vault_id=vault_id)


def _verify(database: Database, records: Records, master: Secret, header: VaultHeader) -> None:
    """Prove the new database before anything points to it."""
    problems = database.page_problems()
    with material_key(master, header.salt) as key, records.read() as reading:
        problems += [f"{problem.place}: {problem.what}" for problem in reading.audit.verify()]
        specs = {known.id: known.spec for known in reading.keys.all()}
        for version in reading.keys.all_versions():
            if version.material is not None:
                sealing.open_material(
                    key,
                    version.material,
                    key_id=version.key_id,
                    version=version.number,
                    spec=specs[version.key_id],
                ).wipe()
    if problems:
        raise DatabaseDamaged(reason=problems[0])


def _remove_unless_named(session: Session, name: str) -> None:
    """Remove the files of a new database, unless the header on disk names it already."""
    with suppress(SignetError):  # what cannot be removed now, the next opening removes
        named = parse_header(session.folder.read_header()).database
        if named != name:
            session.folder.delete_unnamed_databases(named)
