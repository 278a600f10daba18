"""Keys that were made elsewhere: read from a file, taken into the vault, or put (back) into a key that waits.

The file is read first, without the vault: who gives the wrong file learns it before any PIN is typed.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime

from signet.audit.canonical import Detail
from signet.audit.entry import Draft, Outcome
from signet.clock import timestamp
from signet.crypto.keyreading import MAX_FILE, Encoding, ImportedKey, read_key
from signet.errors import (
    FileSecretMissing,
    ImportTokenRefused,
    KeyAlreadyHere,
    KeyMaterialInvalid,
    MaterialDiffers,
    UsageError,
)
from signet.keys.model import GuardCopy, Key
from signet.keys.policy import Policy
from signet.keys.spec import KeySpec, KeyUsage, Origin, Protection
from signet.keys.state import Act, KeyState
from signet.secret import Secret
from signet.services.certificates_import import beside, came_along, put_certificates
from signet.services.guards import choose_guards, guard_version, insert_copies
from signet.services.import_digest import digest_in, holder_of, note_import
from signet.services.import_expiry import as_of_this_use, check_expiry
from signet.services.key_rows import insert_key, refuse_taken
from signet.services.key_rules import check_alias, check_description, check_tags, check_usage
from signet.services.key_states import refuse_by_state, refuse_recorded
from signet.services.prompt import SecretKind, SecretRequest
from signet.services.session import Session
from signet.services.workplace import Workplace
from signet.store.files import read_small
from signet.store.records import Change, Reading

IMPORT = "ImportKey"
MATERIAL = "ImportKeyMaterial"


@dataclass(frozen=True)
class KeyFile:
    """A key file that was read: where it is, what it held (to be wiped), and whether a passphrase protects it."""

    path: str
    key: ImportedKey = field(repr=False)
    encrypted: bool = False

    @property
    def still_there(self) -> str:
        """The sentence that the file holds the key all the same."""
        under = "under its passphrase" if self.encrypted else "readable by whoever gets it"
        return f"The file “{self.path}” still holds the key, {under}. Put it away safely, or delete it."


@dataclass(frozen=True)
class Choice:
    """What an imported key could become: its spec and its usage."""

    spec: KeySpec
    usage: KeyUsage


@dataclass(frozen=True)
class Wanted:
    """How an imported key is to be kept; ``spec`` and ``usage`` are None where the file leaves only one."""

    alias: str
    spec: KeySpec | None = None
    usage: KeyUsage | None = None
    description: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    protection: Protection = Protection.VAULT
    guards: Sequence[str] = ()
    expires: datetime | None = None
    never_export: bool = False


def read_key_file(workplace: Workplace, path: str, *, encoding: Encoding | None = None) -> KeyFile:
    """Read a key file, asking for its passphrase if it has one; the caller wipes ``key.material``.

    Raises what `signet.crypto.keyreading.read_key` does, and SourceNotFound, SourceUnsupported, SecretMissing.
    """
    place = os.path.abspath(path)
    with Secret(read_small(place, limit=MAX_FILE)) as data:
        try:
            return KeyFile(place, read_key(data, encoding=encoding))
        except FileSecretMissing:
            request = SecretRequest(
                kind=SecretKind.FILE_PASSPHRASE, what=f"passphrase of the file “{os.path.basename(place)}”"
            )
            with workplace.prompt.secret(request) as passphrase:
                return KeyFile(place, read_key(data, passphrase=passphrase, encoding=encoding), encrypted=True)


def choices(found: ImportedKey, protection: Protection = Protection.VAULT) -> tuple[Choice, ...]:
    """What a key from a file could become, the usual first."""
    able = []
    for spec in found.specs:
        for usage in spec.usages:
            try:
                able.append(Choice(spec, check_usage(spec, usage, protection)))
            except UsageError:
                continue  # not where it is to live
    return tuple(able)


def choose(found: ImportedKey, spec: KeySpec | None, usage: KeyUsage | None, protection: Protection) -> Choice:
    """Return what a key becomes; raise UsageError where the file leaves a choice of specs, or contradicts."""
    if spec is None and usage is not None:
        fitting = [each for each in choices(found, protection) if each.usage is usage]
        spec = fitting[0].spec if fitting else None
    if spec is None:
        if len(found.specs) > 1:
            named = " or ".join(found.specs)
            raise UsageError(reason=f"The file does not say what its key is for; give --spec {named}.")
        spec = found.spec
    if spec not in found.specs:
        raise UsageError(reason=f"The file holds {found.what}, a key of the kind {found.spec}, and not {spec}.")
    return Choice(spec, check_usage(spec, usage, protection))


def import_key(session: Session, file: KeyFile, wanted: Wanted) -> Key:
    """Take a key from a file into the vault as a new key of the origin EXTERNAL.

    Raises ProofOfPresenceMissing, UsageError, AliasTaken, KeyAlreadyHere, and what `choose_guards` raises.
    """
    session.require_presence()
    found = file.key
    if wanted.protection is Protection.TOKEN:
        raise UsageError(reason="An imported key lives in the vault; keys on cards are made there.")
    if wanted.guards and wanted.protection is not Protection.GUARDED:
        raise UsageError(reason="Guards are named only for a guarded key, with --protection guarded.")
    choice = choose(found, wanted.spec, wanted.usage, wanted.protection)
    expires = check_expiry(session, wanted.expires)
    key = Key(
        id=str(uuid.uuid4()),
        aliases=(check_alias(wanted.alias),),
        spec=choice.spec,
        usage=choice.usage,
        state=KeyState.ENABLED,
        origin=Origin.EXTERNAL,
        protection=wanted.protection,
        version=1,
        created=timestamp(session.workplace.clock.now()),
        description=check_description(wanted.description),
        tags=check_tags(wanted.tags),
    )
    refuse_taken(session, wanted.alias)
    looked = refuse_here(session, found)
    certificates = beside(session, key, found)

    def note(change: Change) -> None:
        note_import(session, change, key, found.material, found.public_key, expires)
        put_certificates(change, key, certificates)

    guards = choose_guards(session, wanted.guards) if wanted.protection is Protection.GUARDED else ()
    with ExitStack() as stack:
        inner, copies = found.material, list[GuardCopy]()
        if guards:
            inner, copies = guard_version(session, key, key.version, found.material, guards)
            stack.enter_context(inner)
        insert_key(
            session,
            key,
            material=inner,
            public_key=found.public_key,
            operation=IMPORT,
            guards=guards,
            copies=copies,
            policy=Policy(never_export=wanted.never_export),
            more={
                "path": file.path,
                "what": found.what,
                "expires": expires or "never",
                **({"certificates": len(certificates)} if certificates else {}),
            },
            before=lambda change: _refuse_since(session, change, looked, found),
            then=note,
        )
    if certificates:
        session.workplace.prompt.note(came_along(certificates))
    session.workplace.prompt.note(file.still_there)
    return key


def import_material(
    session: Session,
    name: str,
    found: ImportedKey,
    *,
    expires: datetime | None = None,
    guards: Sequence[str] = (),
    details: dict[str, Detail] | None = None,
    used: str | None = None,
) -> Key:
    """Put material into a key that waits for it: for the first time, or exactly the same again.

    A guarded key gets its guards with its first material. ``details`` go into the entry; the import token ``used`` is
    used up in the same transaction. Raises ProofOfPresenceMissing, UsageError for a key that was not to be imported,
    KeyStateRefused unless it is PendingImport, KeyMaterialInvalid for another spec, MaterialDiffers, KeyAlreadyHere.
    """
    session.require_presence()
    until = check_expiry(session, expires)
    key = waiting_key(session, name)
    if key.spec not in found.specs:
        raise KeyMaterialInvalid(reason=f"it is of the kind {found.spec}, and “{key.alias}” is {key.spec}")
    _refuse_other(session, key, found)
    looked = refuse_here(session, found, but=key)
    chosen = choose_guards(session, guards) if _needs_guards(session, key) else ()
    with ExitStack() as stack:
        inner, copies = found.material, list[GuardCopy]()
        if chosen:
            inner, copies = guard_version(session, key, key.version, found.material, chosen)
            stack.enter_context(inner)
        with session.records.change() as change:
            _refuse_unless_waiting(as_of_this_use(session, change, change.keys.get(key.id)))
            _refuse_since(session, change, looked, found, but=key)
            if _differs(session, change, key, found):
                raise MaterialDiffers(key=key.alias)
            version = change.keys.version(key.id, key.version)
            if version.material is None:
                sealed = session.seal_material(key, version.number, inner)
                change.keys.put_material(replace(version, material=sealed, public_key=found.public_key))
                insert_copies(session, change, copies)
            change.keys.set_state(key.id, KeyState.ENABLED)
            if used is not None:
                use_up(change, used)
            note_import(session, change, key, found.material, found.public_key, until)
            put_certificates(change, key, beside(session, key, found))
            entry = {"what": found.what, "expires": until or "never", **(details or {})}
            change.append(Draft(MATERIAL, Outcome.DONE, key=key.id, details=entry))
            return change.keys.get(key.id)


def waiting_key(session: Session, name: str) -> Key:
    """Return the key that waits for material; raise UsageError or KeyStateRefused for one that does not."""
    with session.records.read() as reading:
        key = as_of_this_use(session, reading, reading.keys.find(name))
    if key.origin is Origin.EXTERNAL:
        refuse_recorded(session, key, Act.IMPORT)
    _refuse_unless_waiting(key)
    return key


def use_up(change: Change, token_id: str) -> None:
    """Remove a wrapping key, in the transaction that takes in what it opened; raise ImportTokenRefused if gone."""
    if change.imports.token(token_id) is None:
        raise ImportTokenRefused(reason="it was used already, or its 24 hours are over")
    change.imports.remove_token(token_id)


def _refuse_unless_waiting(key: Key) -> None:
    if key.origin is not Origin.EXTERNAL:
        raise UsageError(reason=f"“{key.alias}” was not made for imported material, with --origin external.")
    refuse_by_state(key, Act.IMPORT)


def refuse_here(session: Session, found: ImportedKey, *, but: Key | None = None) -> int:
    """Raise KeyAlreadyHere if another key of the vault has the same material; return how long the log was then."""
    with session.records.read() as reading:
        _refuse_in(session, reading, found, but)
        return reading.audit.head().count


def _refuse_since(
    session: Session, change: Change, looked: int, found: ImportedKey, *, but: Key | None = None
) -> None:
    """Look again, in the transaction that takes the key in, if anything came meanwhile: two Signets, one file."""
    if change.audit.head().count != looked:
        _refuse_in(session, change, found, but)


def _refuse_in(session: Session, reading: Reading, found: ImportedKey, but: Key | None) -> None:
    holder = holder_of(session, reading, found.material, found.specs, found.public_key, found.key_id)
    if holder is not None and (but is None or holder.id != but.id):
        raise KeyAlreadyHere(key=holder.alias)


def _refuse_other(session: Session, key: Key, found: ImportedKey) -> None:
    """Raise MaterialDiffers, and record it, for material that is not what the key had."""
    with session.records.change() as change:
        if not _differs(session, change, key, found):
            return
        details = {"error": MaterialDiffers.__name__, "what": found.what}
        change.append(Draft(MATERIAL, Outcome.REFUSED, key=key.id, details=details))
    raise MaterialDiffers(key=key.alias)


def _differs(session: Session, reading: Reading, key: Key, found: ImportedKey) -> bool:
    known = reading.imports.of_key(key.id)
    return known is not None and known.digest != digest_in(
        session, reading, found.material, key.spec, found.public_key
    )


def _needs_guards(session: Session, key: Key) -> bool:
    with session.records.read() as reading:
        version = reading.keys.version(key.id, key.version)
    return key.protection is Protection.GUARDED and version.material is None
