"""Anchors outside the vault: an exported checkpoint, against which a log that was put back shows.

Two files: ``FILE``, the canonical JSON that was signed, and ``FILE.sig``, the card's SSHSIG over it, which
``ssh-keygen -Y verify`` checks without Signet (docs/formats/audit.md).
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from signet.audit.chain import Problem
from signet.audit.checkpoint import MAX_MESSAGE, NAMESPACE, Checkpoint, Head, read_message
from signet.documents import sshsig as signatures
from signet.errors import CheckpointMissing, FormatUnrecognised
from signet.formats import sshkey, sshsig
from signet.services.checkpoints import against_log, attested_keys
from signet.services.publishing import published_together, recorded, write_all
from signet.services.session import Session
from signet.store.files import read_small
from signet.store.records import Reading

EXPORT = "ExportCheckpoint"
SUFFIX = ".sig"
SIGNER = "signet"
"""The name under which the allowed_signers line knows the card."""
MAX_SIGNATURE = 16 * 1024
"""Bytes; the largest that a card makes has about 2000."""


@dataclass(frozen=True)
class Exported:
    """Where a checkpoint was written, and the line of an allowed_signers file by which ssh-keygen checks it."""

    checkpoint: Checkpoint
    path: str
    signature_path: str
    signer: str


@dataclass(frozen=True)
class Anchor:
    """An exported checkpoint whose signature holds: where it was read, what it says, which key (SPKI) signed it."""

    path: str
    head: Head
    public_key: bytes


def export_checkpoint(session: Session, out_path: str) -> Exported:
    """Write the newest checkpoint to ``out_path`` and its signature beside it; nothing is overwritten. Recorded.

    Raises CheckpointMissing, OutputExists, DiskFull, FolderReadOnly, RecordDisagrees.
    """
    with session.records.read() as reading:
        last = reading.checkpoints.last()
    if last is None:
        raise CheckpointMissing
    path = os.path.abspath(out_path)
    armored = sshsig.armor(last.signature)
    with (
        recorded(session, EXPORT, path=path, sequence=last.sequence),
        published_together(session, path + SUFFIX, path) as (signature, output),
    ):
        write_all(output, last.head(session.vault_id).message())
        write_all(signature, armored)
    key = sshkey.public_line(sshkey.from_spki(last.public_key))
    signer = f'{SIGNER} namespaces="{NAMESPACE}" {key}'.strip()
    return Exported(checkpoint=last, path=path, signature_path=path + SUFFIX, signer=signer)


def read_anchor(path: str) -> Anchor:
    """Read an exported checkpoint and check its signature; whose key that is, `anchor_problems` says.

    Raises SourceNotFound, SourceUnsupported, FormatUnrecognised, SignatureInvalid.
    """
    message = read_small(path, limit=MAX_MESSAGE)
    signature = read_small(path + SUFFIX, limit=MAX_SIGNATURE)
    try:
        head = read_message(message)
    except ValueError as error:
        raise FormatUnrecognised(what="a checkpoint") from error
    found = signatures.verify_message(message, signature, namespace=NAMESPACE)
    return Anchor(path=path, head=head, public_key=found.public_key)


def anchor_problems(session: Session, reading: Reading, anchor: Anchor) -> list[Problem]:
    """Hold the log against an anchor: of this vault, by a card that the vault knows, and its entry still there."""
    place = f"checkpoint {os.path.basename(anchor.path)}"
    if anchor.head.vault_id != session.vault_id:
        return [Problem(place, f"is of another vault ({anchor.head.vault_id})")]
    problems: list[Problem] = []
    known = {*attested_keys(session.header), *(each.public_key for each in reading.checkpoints.readable())}
    if anchor.public_key not in known:
        problems.append(Problem(place, "was signed by a key that this vault does not know"))
    return problems + against_log(reading, anchor.head)
