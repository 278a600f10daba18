"""A key from another vault of the same person: asked for with a one-time key, taken in, and kept up with that vault.

The key keeps its id and its versions, so that files of one vault open in the other. It is rotated in one of them
only, the one that it came from: two versions of one number would open each other's files no more.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta

from signet.audit.canonical import Detail
from signet.audit.entry import Draft, Outcome
from signet.clock import timestamp
from signet.crypto.identity import fingerprint
from signet.crypto.transfer import SUITE, new_transfer_key, open_parcel, sign_request
from signet.errors import KeyAlreadyHere, KeyNotFound, SignetError, TransferRefused, UsageError
from signet.formats.header import UnlockMethod
from signet.formats.key_transfer import MAX_PARCEL, Parcel, Request, SentKey, SentVersion
from signet.keys.model import GuardCopy, Key, KeyVersion
from signet.keys.spec import Origin, Protection
from signet.secret import Secret
from signet.services.guards import choose_guards, guard_version, guards_in, insert_copies
from signet.services.header_change import open_identity
from signet.services.import_digest import note_import
from signet.services.import_keys import VALID_HOURS, open_token, seal_token
from signet.services.importing import use_up
from signet.services.parcels import checked_parcel, checked_version, key_of, policy_of
from signet.services.publishing import published, write_all
from signet.services.session import Session
from signet.store.files import read_small
from signet.store.records import Change, Reading
from signet.store.tables.imports import ImportToken

REQUEST = "RequestKey"
RECEIVE = "ReceiveKey"
KEEP = "KeepKey"
_SPEC = "X25519"


@dataclass(frozen=True)
class Requested:
    """A request that was written: where, what people compare, and until when it is good (RFC 3339)."""

    path: str
    fingerprint: str
    expires: str


@dataclass(frozen=True)
class Received:
    """What was taken in: the key as it is now, and how many versions of it are new here."""

    key: Key
    added: int


def request_key(session: Session, out_path: str) -> Requested:
    """Make a one-time key and write a request with it to a new file; raise ProofOfPresenceMissing, OutputExists."""
    session.require_presence()
    path = os.path.abspath(out_path)
    now = session.workplace.clock.now()
    private, public = new_transfer_key()
    with private, open_identity(session) as identity, published(session, path) as output:
        request = Request(
            id=str(uuid.uuid4()),
            vault_id=session.vault_id,
            identity=session.header.identity,
            public_key=public,
            created=timestamp(now),
            expires=timestamp(now + timedelta(hours=VALID_HOURS)),
        )
        data = sign_request(request, identity).encoded()
        write_all(output, data)
        row = ImportToken(
            id=request.id,
            key_id=None,
            spec=_SPEC,
            algorithm=SUITE,
            created=request.created,
            expires=request.expires,
            public_key=public,
            material=seal_token(session, private, request.id),
        )
        with session.records.change() as change:
            change.imports.put_token(row)
            details: dict[str, Detail] = {"path": path, "request": fingerprint(data), "expires": request.expires}
            change.append(Draft(REQUEST, Outcome.DONE, details=details))
    return Requested(path, fingerprint(data), request.expires)


def receive_key(
    session: Session,
    path: str,
    *,
    protection: Protection = Protection.VAULT,
    guards: Sequence[str] = (),
    never_export: bool = False,
) -> Received:
    """Take in the key that a file holds, or its new versions if the key came from the same vault before.

    The person confirms from which vault it is. The request is used up in the transaction that takes the key in.
    ``protection`` and ``guards`` are for a key that is new here. Raises ProofOfPresenceMissing, TransferRefused,
    KeyAlreadyHere, ConfirmationMissing, and what `choose_guards` raises; nothing has changed then.
    """
    session.require_presence()
    if protection is Protection.TOKEN or (guards and protection is not Protection.GUARDED):
        raise UsageError(reason="A key from another vault is kept in this one, with --protection vault or guarded.")
    place = os.path.abspath(path)
    data = read_small(place, limit=MAX_PARCEL)
    parcel, row = checked_parcel(session, data)
    with open_token(session, row) as private:
        sent = open_parcel(parcel, private)
    key = key_of(parcel, sent, protection)
    policy = policy_of(session, key, sent, never_export=never_export)
    versions = [checked_version(version, key.spec) for version in sent.versions]
    with ExitStack() as stack:
        for _, material in versions:
            stack.enter_context(material)
        with session.records.read() as reading:
            here = _here(reading, key, parcel)
        _confirm(session, key, sent, parcel, fingerprint(data), here)
        chosen = choose_guards(session, guards) if here is None and protection is Protection.GUARDED else ()
        details: dict[str, Detail] = {"path": place, "from": parcel.sender, "parcel": fingerprint(data)}
        with session.records.change() as change:
            use_up(change, row.id)
            # While the person compared, another Signet may have taken it in, rotated it or destroyed it.
            if _here(change, key, parcel) != here:
                raise KeyAlreadyHere(key=key.alias)
            if here is None:
                key = _named(change, key)
                added = _insert(session, change, key, versions, chosen)
                limits = change.policies.put(key.id, policy)
                if policy.most_uses is not None:
                    change.policies.count(limits, sent.policy_uses)
                if key.origin is Origin.EXTERNAL:
                    # Imported material stays imported: it keeps its date, and only the same can come back.
                    newest, material = versions[-1]
                    note_import(session, change, key, material, newest.public_key, sent.expires)
            else:
                key = here
                added = _append(session, change, key, versions)
            for version, _ in versions[-added:]:
                change.uses.count(key.id, version.number, time="", uses=0, wraps=version.wraps)
            details |= {"alias": key.alias, "versions": added, "protection": key.protection.value}
            change.append(Draft(RECEIVE, Outcome.DONE, key=key.id, details=details))
            return Received(change.keys.get(key.id), added)


def keep_key(session: Session, name: str) -> Key:
    """Let this vault rotate a key that came from another from now on; what that one adds is not taken in any more.

    Raises ProofOfPresenceMissing, UsageError for a key that was made here, ConfirmationMissing.
    """
    session.require_presence()
    with session.records.read() as reading:
        key = reading.keys.find(name)
    if not key.home:
        raise UsageError(reason=f"“{key.alias}” is rotated in this vault already.")
    session.workplace.prompt.confirm(
        f"From now on “{key.alias}” would be rotated in this vault. If the vault that it came from rotates it too, "
        "files of one will no longer open in the other. Do you want that?"
    )
    with session.records.change() as change:
        change.keys.set_home(key.id, "")
        change.append(Draft(KEEP, Outcome.DONE, key=key.id, details={"from": key.home}))
        return change.keys.get(key.id)


def _here(reading: Reading, key: Key, parcel: Parcel) -> Key | None:
    """Return the key as it came from the same vault before, None if it is new; raise KeyAlreadyHere."""
    try:
        here = reading.keys.get(key.id)
    except KeyNotFound:
        return None
    if here.home != parcel.sender or here.version >= key.version or here.spec is not key.spec:
        raise KeyAlreadyHere(key=here.alias)
    return here


def _confirm(session: Session, key: Key, sent: SentKey, parcel: Parcel, shown: str, here: Key | None) -> None:
    prompt = session.workplace.prompt
    count = len(sent.versions)
    about = [
        f"It is from the vault with the identity {fingerprint(parcel.identity)}.",
        f"“{key.alias}”: {key.spec}, for {key.usage}, {count} version{'' if count == 1 else 's'}.",
    ]
    if here is not None:
        about.append(f"It is in this vault already, as “{here.alias}”; {count - here.version} would be added.")
    prompt.confirm(
        f"Is {shown} what the other vault showed when it sent the key? Take it only if it is.", about=about
    )
    if here is None and sent.protection == Protection.GUARDED and key.protection is Protection.VAULT:
        prompt.confirm(
            f"There “{key.alias}” asks for a guard before each job. Here it would not: whenever this vault is open, "
            "it could be used. Do you want that?"
        )


def _named(change: Change, key: Key) -> Key:
    """Leave out names that other keys have here; if none is left, number the first one."""
    free = [alias for alias in key.aliases if not _taken(change, alias)]
    if key.aliases and not free:
        numbered = (f"{key.aliases[0][:240]}-{number}" for number in range(2, 10_000))
        free = [next(alias for alias in numbered if not _taken(change, alias))]
    return replace(key, aliases=tuple(free))


def _taken(change: Change, alias: str) -> bool:
    try:
        return alias in change.keys.find(alias).aliases
    except SignetError:
        return False


def _insert(
    session: Session,
    change: Change,
    key: Key,
    versions: Sequence[tuple[SentVersion, Secret]],
    guards: Sequence[UnlockMethod],
) -> int:
    rows = []
    copies: list[GuardCopy] = []
    for version, material in versions:
        row, more = _sealed(session, key, version, material, guards)
        rows.append(row)
        copies += more
    change.keys.insert(key, rows[-1], *rows[:-1])
    insert_copies(session, change, copies)
    return len(rows)


def _append(session: Session, change: Change, key: Key, versions: Sequence[tuple[SentVersion, Secret]]) -> int:
    newer = versions[key.version :]
    known = [version.created for version in change.keys.versions(key.id)]
    if known != [version.created for version, _ in versions[: key.version]]:
        # The other vault was put back to an older state and rotated since: its numbers mean other versions now.
        raise TransferRefused(reason=f"its versions are not those that “{key.alias}” has here")
    guards = guards_in(change, session.header, key)
    for version, material in newer:
        row, copies = _sealed(session, key, version, material, guards)
        change.keys.add_version(row)
        insert_copies(session, change, copies)
    return len(newer)


def _sealed(
    session: Session, key: Key, version: SentVersion, material: Secret, guards: Sequence[UnlockMethod]
) -> tuple[KeyVersion, list[GuardCopy]]:
    """Wrap one version for this vault, of a guarded key under a guard key first."""
    with ExitStack() as stack:
        inner, copies = material, list[GuardCopy]()
        if key.protection is Protection.GUARDED:
            inner, copies = guard_version(session, key, version.number, material, guards)
            stack.enter_context(inner)
        sealed = session.seal_material(key, version.number, inner)
    return KeyVersion(key.id, version.number, version.created, sealed, version.public_key), copies
