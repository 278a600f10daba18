"""Verifying CMS: a signature beside its file (.p7s), of any size, or around it (.p7m).

The child says which digests it needs; they are computed here, over the file as it is read, with progress and Cancel.
"""

from __future__ import annotations

import hashlib
from typing import Any

from signet.documents.asking import Unchecked, document_child
from signet.documents.facts import Anchors
from signet.services.files_items import Tally, opened
from signet.services.known_signers import KnownSigners
from signet.services.verdicts import Verification
from signet.services.verifying_documents import facts_in, judged, not_checked
from signet.services.verifying_given import stream_of

_PART = 1 << 20
_UNSIGNED = "There is no signature in it."


def check_detached(
    source: int, path: str, signature: str, signers: KnownSigners, anchors: Anchors, tally: Tally
) -> Verification:
    """Check the CMS in the file ``signature`` over an open file; raises Cancelled, SourceChanged, StorageError."""
    try:
        with opened(signature) as file, document_child([file], cancelled=tally.cancelled) as child:
            child.prepare("verify_cms")
            wanted = child.ask("look_at_cms", file=file)
            digests = _digests(source, path, wanted.get("digests"), tally)
            answer = child.ask("verify_cms", file=file, anchors=anchors.packed(), digests=digests)
        return judged(path, signature, facts_in(answer), signers, form="cms", unsigned=_UNSIGNED)
    except Unchecked as error:
        return not_checked(path, signature, error.reason, signers, form="cms")


def check_attached(path: str, signers: KnownSigners, anchors: Anchors, tally: Tally) -> Verification:
    """Check CMS that has the signed file inside; raises Cancelled, StorageError."""
    try:
        with opened(path) as file, document_child([file], cancelled=tally.cancelled) as child:
            child.prepare("verify_cms")
            answer = child.ask("verify_cms", file=file, anchors=anchors.packed())
        return judged(path, path, facts_in(answer), signers, form="cms", unsigned=_UNSIGNED)
    except Unchecked as error:
        return not_checked(path, path, error.reason, signers, form="cms")


def _digests(source: int, path: str, wanted: object, tally: Tally) -> dict[str, bytes]:
    """Compute the digests of an open file, all in one pass."""
    names = [name for name in wanted if isinstance(name, str)] if isinstance(wanted, list) else []
    sums: dict[str, Any] = {
        name: hashlib.new(name, usedforsecurity=False) for name in names if name in hashlib.algorithms_guaranteed
    }
    report, done = tally.within(0), 0
    with stream_of(source, path) as stream:
        while part := stream.read(_PART):
            tally.check()
            for each in sums.values():
                each.update(part)
            done += len(part)
            report(done)
    return {name: each.digest() for name, each in sums.items()}
