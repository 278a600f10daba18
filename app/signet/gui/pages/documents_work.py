"""What the page Documents has done in tasks: looking at what was given, and checking one document. Blocking."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from signet.errors import Cancelled, SignetError
from signet.gui.pages.documents_password import KnownPassword
from signet.gui.widgets.pace import size_text
from signet.secret import Secret
from signet.services.files_items import look as status_of
from signet.services.job import Act
from signet.services.recognition import FileKind, Recognised, Signed, pair_signatures, recognise_all
from signet.services.session import Session
from signet.services.signature_chain import ChainLink, chain_of
from signet.services.signed_forms import SUFFIXES, form_of
from signet.services.verdicts import Verification
from signet.services.verifying import verify_file
from signet.services.workplace import Cancelled as IsCancelled
from signet.services.workplace import Progress

_KINDS = {
    ".asice": "Container with signatures (ASiC-E)",
    ".sce": "Container with signatures (ASiC-E)",
    ".asics": "Container with signatures (ASiC-S)",
    ".p7s": "Signature (CMS)",
    ".p7m": "Signed file (CMS)",
    ".sig": "Signature",
    ".minisig": "Signature (minisign)",
}


@dataclass(frozen=True)
class Looked:
    """What is to become of what was given: either ``to_verify`` or ``to_sign``, and what cannot be taken.

    ``pdfs`` are those of them that are PDFs, by their first bytes.
    """

    to_verify: tuple[Signed, ...]
    to_sign: tuple[str, ...]
    refused: tuple[Recognised, ...]
    pdfs: frozenset[str] = frozenset()


@dataclass(frozen=True)
class CheckedDocument:
    """What checking one document came to. ``seen`` tells that file (device, inode, size, time) from a later one."""

    verification: Verification
    chains: tuple[tuple[ChainLink, ...], ...]
    recorded: bool
    seen: tuple[tuple[str, tuple[int, ...]], ...]


def look(act: str, paths: Sequence[str], session: Session | None, *, cancelled: IsCancelled) -> Looked:
    """Look at every file. Without an ``act`` what is or has a signature is verified, and so is one PDF alone; else
    all of it is to be signed."""
    found = recognise_all(paths, session=session, cancelled=cancelled)
    taken = [each for each in found if each.kind is not FileKind.REFUSED]
    refused = tuple(each for each in found if each.kind is FileKind.REFUSED)
    pdfs = frozenset(each.path for each in taken if each.kind is FileKind.PLAIN and is_pdf(each.path))
    signed = any(each.kind is FileKind.SIGNATURE or _has_signature(each.path) for each in taken)
    alone = len(taken) == 1 and bool(pdfs)
    if act == Act.VERIFY or (act != Act.SIGN and (signed or alone or session is None)):
        pairs = pair_signatures(taken)
        return Looked(pairs, (), refused, frozenset(each.path for each in pairs if is_pdf(each.path)))
    return Looked((), tuple(each.path for each in taken), refused, pdfs)


def _has_signature(path: str) -> bool:
    """Whether a signature lies beside a file, or the file is one that holds what it signs."""
    if any(os.path.lexists(path + suffix) for suffix in SUFFIXES):
        return True
    try:
        return form_of(path) in ("cms", "asic")
    except SignetError:
        return False


def is_pdf(path: str) -> bool:
    """Whether a file says so in its first bytes; a file that cannot be read does not."""
    try:
        return form_of(path) == "pdf"
    except SignetError:
        return False


def plate_of(path: str) -> str:
    """What kind of file it is, by its name, and its size."""
    kind = _KINDS.get(os.path.splitext(path)[1].lower(), "File without a preview")
    try:
        return f"{kind} · {size_text(status_of(path).st_size)}"
    except SignetError:
        return kind


def check_document(
    path: str,
    signature: str | None,
    *,
    trust: Sequence[str] = (),
    password: Secret | None = None,
    session: Session | None = None,
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> CheckedDocument:
    """Check the signatures of one document, and read the certificates in them. ``password`` is wiped.

    Raises what `verify_file` does.
    """
    try:
        before = _seen(path)
        verification = verify_file(
            path,
            signature,
            trust=trust,
            session=session,
            prompt=KnownPassword(password),
            progress=progress,
            cancelled=cancelled,
        )
        if cancelled is not None and cancelled():
            raise Cancelled
        chains = tuple(chain_of(view) for view in verification.signatures)
        seen = ((path, before), (verification.signature_path, _seen(verification.signature_path)))
        return CheckedDocument(verification, chains, session is not None, seen)
    finally:
        if password is not None:
            password.wipe()


def is_fresh(result: CheckedDocument) -> bool:
    """Whether document and signature are still the files that were checked."""
    return all(_seen(path) == seen for path, seen in result.seen)


def _seen(path: str) -> tuple[int, ...]:
    """What tells a file from what it was; empty if it is not there."""
    try:
        status = status_of(path)
    except SignetError:
        return ()
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
