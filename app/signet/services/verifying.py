"""Verifying whatever a file is signed by: found by content, beside the file or inside it; the worst verdict counts.

Trust comes from the vault's own keys, from people whose fingerprints were compared, from issuers that the person
trusts, and from files of public keys and certificates given along. Without a vault nothing is recorded.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from signet.clock import SystemClock, timestamp
from signet.documents.facts import Anchors
from signet.errors import SignedFileMissing
from signet.formats import sshsig
from signet.services.files_items import Tally, opened, own_folder, place_of, refuse_own
from signet.services.known_signers import KnownSigners
from signet.services.prompt import Prompt
from signet.services.qualification import with_lists
from signet.services.session import Session
from signet.services.signed_forms import SUFFIXES, form_of
from signet.services.verdicts import SignatureView, Verdict, Verification, worst
from signet.services.verifying_asic import check_asic
from signet.services.verifying_cms import check_attached, check_detached
from signet.services.verifying_given import crls_in, fingerprint, keys_in, read_whole, stream_of
from signet.services.verifying_minisign import check_minisign
from signet.services.verifying_pdf import check_pdf
from signet.services.verifying_ssh import check_ssh
from signet.services.workplace import Cancelled as IsCancelled
from signet.services.workplace import Progress

__all__ = [
    "SUFFIX",
    "crls_in",
    "fingerprint",
    "keys_in",
    "read_whole",
    "signatures_there",
    "signed_file",
    "stream_of",
    "verify_file",
]

SUFFIX = ".sig"
"""What the name of an SSH or raw signature has behind its file's."""


def verify_file(
    path: str,
    signature: str | None = None,
    *,
    trust: Sequence[str] = (),
    crls: Sequence[bytes] = (),
    session: Session | None = None,
    moment: datetime | None = None,
    prompt: Prompt | None = None,
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> Verification:
    """Check the signatures inside the file at ``path`` and beside it (``PATH.sig``, ``.p7s``), or the one given.

    ``trust`` are files with public keys or certificates, of signers or of issuers; ``crls`` are DER. Of a vault, its
    signing keys, those of people that were compared and trusted issuers count too. ``moment`` (default: by the clock)
    is when it is checked. Given a signature instead of its file, and the file beside it, that file is checked. The
    ``prompt`` (default: the session's) is asked for the password of an encrypted PDF.

    Raises SourceNotFound for a file, or a signature that was named, that is not there; SignedFileMissing;
    KeyFileUnrecognised for a file of ``trust``; SourceUnsupported, FolderReadOnly, StorageError, SecretMissing,
    Cancelled. What cannot be checked is a verdict, no error.
    """
    asked = path
    if signature is None:
        path, signature = signed_file(path)
    if session is not None:
        own = own_folder(session)
        for each in (path, signature or path + SUFFIX, *trust):
            refuse_own(own, place_of(each), each)
    clock = SystemClock() if session is None else session.workplace.clock
    signers = KnownSigners(trust, session)
    check = _Check(
        path,
        signers,
        Anchors(timestamp(moment or clock.now()), roots=signers.roots, crls=tuple(crls)),
        prompt or (session.workplace.prompt if session is not None else None),
        Tally([path], progress=progress, cancelled=cancelled),
    )
    found = check.everything(asked) if signature is None else check.with_signature(signature)
    return with_lists(session, replace(found, checked=check.moment), check.moment)


class _Check:
    """One file at work."""

    def __init__(
        self, path: str, signers: KnownSigners, anchors: Anchors, prompt: Prompt | None, tally: Tally
    ) -> None:
        self._path = path
        self._signers = signers
        self._anchors = anchors
        self._prompt = prompt
        self._tally = tally

    @property
    def moment(self) -> str:
        """For when it is checked."""
        return self._anchors.moment

    def everything(self, asked: str) -> Verification:
        """Check what is inside the file, and every signature beside it."""
        found = [each for each in (self._inside(),) if each is not None]
        for suffix in SUFFIXES:
            if os.path.lexists(asked + suffix):
                found.append(self.with_signature(asked + suffix))
        signed = [each for each in found if each.verdict is not Verdict.UNSIGNED]
        if signed:
            return _together(signed)
        beside = self._path + SUFFIX
        sentence = f"There is no signature for this file: {beside} is not there."
        if found:
            return found[0]
        return Verification(self._path, beside, Verdict.UNSIGNED, sentence, ())

    def with_signature(self, signature: str) -> Verification:
        """Check one signature that stands in a file of its own."""
        with opened(self._path) as source:
            form = form_of(signature)
            if form == "cms":
                return check_detached(source, self._path, signature, self._signers, self._anchors, self._tally)
            data = read_whole(signature, limit=sshsig.MAX_ARMORED)
            if form == "minisign":
                view = check_minisign(source, self._path, data, self._signers, self._tally)
                return Verification(self._path, signature, view.verdict, view.sentence, (view,), form="minisign")
            view = check_ssh(source, self._path, data, self._signers, self._tally)
        return Verification(self._path, signature, view.verdict, view.sentence, (view,), form="ssh")

    def _inside(self) -> Verification | None:
        """Check what the file itself holds; None if it is of no kind that holds signatures."""
        form = form_of(self._path)
        if form == "pdf":
            return check_pdf(self._path, self._signers, self._anchors, self._prompt, self._tally)
        if form == "asic":
            return check_asic(self._path, self._signers, self._anchors, self._tally)
        if form == "cms":
            return check_attached(self._path, self._signers, self._anchors, self._tally)
        return None


def _together(found: list[Verification]) -> Verification:
    """Several verifications of one file as one: the worst verdict counts."""
    if len(found) == 1:
        return found[0]
    verdict = worst(each.verdict for each in found)
    first = next(each for each in found if each.verdict is verdict)
    views: tuple[SignatureView, ...] = tuple(view for each in found for view in each.signatures)
    notes = tuple(note for each in found for note in each.notes)
    return replace(first, sentence=f"{len(views)} signatures. {first.sentence}", signatures=views, notes=notes)


def signatures_there(path: str) -> bool:
    """Whether anything may be signed here: the file is of a kind that holds signatures, or one stands beside it."""
    return form_of(path) in ("pdf", "cms", "asic") or any(os.path.lexists(path + each) for each in SUFFIXES)


def signed_file(path: str) -> tuple[str, str | None]:
    """File and signature, if ``path`` is a signature and its file stands beside it; else ``path`` alone.

    Raises SignedFileMissing for a signature whose file is not there: it would only be called unsigned.
    """
    suffix = next((each for each in SUFFIXES if path.endswith(each)), None)
    if suffix is None or any(os.path.lexists(path + each) for each in SUFFIXES):
        return path, None
    owner = path.removesuffix(suffix)
    form = form_of(path)
    if form in ("", "pdf", "asic"):
        return path, None
    if form == "cms" and not os.path.lexists(owner):
        return path, None  # the file may be inside; `verify_file` finds out
    if not os.path.lexists(owner):
        raise SignedFileMissing(path=owner, signature=path)
    return owner, path
