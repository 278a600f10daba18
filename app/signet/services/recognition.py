"""What a file is, by its first bytes and never by its name: an encrypted file, a signature, or anything else."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from signet.errors import Cancelled, FormatUnrecognised, SignetError, StorageError
from signet.services.age_names import head_of, is_age
from signet.services.files_inspect import inspect_file
from signet.services.files_items import opened
from signet.services.session import Session
from signet.services.signed_forms import SUFFIXES, form_of
from signet.services.workplace import Cancelled as IsCancelled


class FileKind(StrEnum):
    """What something on the disk turned out to be."""

    ENCRYPTED = "encrypted"
    SIGNATURE = "signature"
    PLAIN = "plain"
    REFUSED = "refused"


@dataclass(frozen=True)
class Recognised:
    """One path and what is there; ``error`` says why it cannot be taken and is set exactly if it is REFUSED."""

    path: str
    kind: FileKind
    error: StorageError | None = None


@dataclass(frozen=True)
class Signed:
    """A document to be verified and its signature file; None: those beside it, ``PATH.sig`` and others, if any."""

    path: str
    signature: str | None = None


def recognise(path: str, *, session: Session | None = None) -> Recognised:
    """Look at the head of one file. A damaged encrypted file still is one: decrypting it says what is wrong.

    With a vault open, nothing of the vault's own is opened: REFUSED.
    """
    try:
        inspect_file(path, session=session)
    except FormatUnrecognised:
        pass
    except StorageError as error:
        return Recognised(path, FileKind.REFUSED, error)
    except SignetError:
        return Recognised(path, FileKind.ENCRYPTED)
    else:
        return Recognised(path, FileKind.ENCRYPTED)
    try:
        with opened(path) as source:
            head = head_of(source, path)
    except StorageError as error:
        return Recognised(path, FileKind.REFUSED, error)
    if is_age(head):
        return Recognised(path, FileKind.ENCRYPTED)
    return Recognised(path, FileKind.SIGNATURE if _is_signature(path) else FileKind.PLAIN)


def _is_signature(path: str) -> bool:
    """Whether it is a signature beside another file; CMS may also hold what it signs, so its name decides."""
    try:
        form = form_of(path)
    except StorageError:
        return False
    return form in ("ssh", "minisign") or (form == "cms" and path.endswith(".p7s"))


def recognise_all(
    paths: Sequence[str], *, session: Session | None = None, cancelled: IsCancelled | None = None
) -> tuple[Recognised, ...]:
    """Look at each file, as `recognise` does; raise Cancelled."""
    found = []
    for path in paths:
        if cancelled is not None and cancelled():
            raise Cancelled
        found.append(recognise(path, session=session))
    return tuple(found)


def pair_signatures(found: Sequence[Recognised]) -> tuple[Signed, ...]:
    """Put documents and signatures that were given together side by side, in the order of the documents.

    A signature belongs to the document whose name it bears, given or lying beside it. Of one document and one
    signature, whatever their names, one belongs to the other. A signature that is left over is taken for a document,
    so that verifying says what is missing.
    """
    documents = [each.path for each in found if each.kind is not FileKind.SIGNATURE]
    signatures = [each.path for each in found if each.kind is FileKind.SIGNATURE]
    if len(documents) == 1 and len(signatures) == 1:
        return (Signed(documents[0], signatures[0]),)
    pairs: dict[str, str | None] = dict.fromkeys(documents)
    for signature in signatures:
        owner = next((signature.removesuffix(each) for each in SUFFIXES if signature.endswith(each)), signature)
        same_name = [path for path in documents if os.path.basename(path) == os.path.basename(owner)]
        if owner not in pairs and len(same_name) == 1:
            owner = same_name[0]
        if owner != signature and (owner in pairs or os.path.lexists(owner)):
            pairs[owner] = signature
        else:
            pairs.setdefault(signature)
    return tuple(Signed(path, signature) for path, signature in pairs.items())
