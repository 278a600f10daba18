"""Making a vault: all of it in a hidden folder beside its place, which takes its name when everything is proven."""

from __future__ import annotations

import os
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from signet.audit.chain import Head
from signet.audit.entry import Draft, Outcome
from signet.clock import timestamp
from signet.crypto import sealing
from signet.crypto.derive import database_key, material_key
from signet.crypto.identity import fingerprint, generate_identity, sign_header
from signet.errors import UsageError, VaultExists
from signet.formats.header import UnlockMethod, VaultHeader
from signet.secret import Secret
from signet.services import header_change
from signet.services.enrolment import NewMethod, Proposal, propose, seal
from signet.services.header_change import pin_for
from signet.services.opening import AUDIT_EPOCH, AUDIT_KEY
from signet.services.recovery_code import hand_over_codes
from signet.services.saved_codes import note_saved
from signet.services.workplace import Workplace
from signet.store.database import Database
from signet.store.folder import VaultFolder
from signet.store.foreign import translated
from signet.store.records import Records
from signet.store.unfinished import sweep_unfinished, unfinished_folder

MASTER_BYTES = 32
MAC_KEY_BYTES = 32
FIRST_EPOCH = 1


@dataclass(frozen=True)
class Created:
    """A new vault: where it is, what its identity is, its ways in, and where the recovery code went."""

    path: str
    vault_id: str
    fingerprint: str
    methods: tuple[UnlockMethod, ...]
    recovery_code_file: str | None


def create_vault(workplace: Workplace, path: str, ways: Sequence[NewMethod]) -> Created:
    """Make a vault with these ways in, at least one; it holds no keys.

    A recovery code without a file is shown by the prompt and typed back. Raises VaultExists, what enrolling raises,
    OutputExists for the recovery code's file; nothing is left behind then.
    """
    if not ways:
        raise UsageError(reason="A vault needs at least one way in.")
    if os.path.lexists(path):
        raise VaultExists(path=path)
    parent = os.path.dirname(path)
    with translated(parent):
        os.makedirs(parent, mode=0o700, exist_ok=True)
    sweep_unfinished(parent)
    vault_id = str(uuid.uuid4())
    with ExitStack() as stack:
        master = stack.enter_context(Secret(os.urandom(MASTER_BYTES)))
        identity, public = generate_identity()
        stack.enter_context(identity)
        place = stack.enter_context(unfinished_folder(parent))
        folder = VaultFolder.create(place.inner)
        header = VaultHeader(vault_id, 1, folder.new_database_name(), public, ())
        proposals = [_proposed(stack, workplace, new, header) for new in ways]
        methods = tuple(seal(proposal, master, header) for proposal in proposals)
        header = sign_header(replace(header, methods=methods), identity)
        files = [paper.path for proposal in proposals for paper in proposal.papers if paper.path is not None]
        head = _write(workplace, folder, header, master, identity, files=files)
        with hand_over_codes(workplace, proposals, vault_path=path, header=header) as handed:
            place.finish(path)
            handed.keep()
        with header_change.afterwards(workplace):
            place.sync_name(path)
        with header_change.afterwards(workplace):
            workplace.pins.raise_to(vault_id, pin_for(header, head, workplace))
    return Created(path, vault_id, fingerprint(public), methods, handed.path)


def _proposed(stack: ExitStack, workplace: Workplace, new: NewMethod, header: VaultHeader) -> Proposal:
    proposal = propose(workplace, new, salt=header.salt)
    stack.callback(proposal.close)
    return proposal


def _write(
    workplace: Workplace,
    folder: VaultFolder,
    header: VaultHeader,
    master: Secret,
    identity: Secret,
    *,
    files: Sequence[str],
) -> Head:
    """Write database and header of a new vault, whose codes and shares go to ``files``; return its log's head."""
    with ExitStack() as stack:
        key = stack.enter_context(database_key(master, header.salt))
        sealing_key = stack.enter_context(material_key(master, header.salt))
        mac_key = stack.enter_context(Secret(os.urandom(MAC_KEY_BYTES)))
        database = Database.create(folder.database_path(header.database), key)
        stack.callback(database.close)
        records = Records(
            database,
            mac_key=mac_key,
            epoch=FIRST_EPOCH,
            actor=workplace.actor(header.methods[0].id),
            clock=workplace.clock,
        )
        own = {header_change.IDENTITY: identity, AUDIT_KEY: mac_key}
        with records.change() as change:
            change.meta.put(header_change.VAULT_ID, header.vault_id.encode())
            change.meta.put(AUDIT_EPOCH, str(FIRST_EPOCH).encode())
            for name, secret in own.items():
                change.meta.put(name, sealing.seal_own(sealing_key, secret, name=name, vault_id=header.vault_id))
            header_change.make_current(change, header)
            for method in header.methods:
                header_change.insert_method(change, method, proven_at=timestamp(workplace.clock.now()))
            change.append(
                Draft("CreateVault", Outcome.DONE, details={"methods": [method.label for method in header.methods]})
            )
            note_saved(change, files)
        with records.read() as reading:
            head = reading.audit.head()
        database.checkpoint()
    folder.write_header(header.encoded())
    return head
