"""Verifying a detached SSH signature: does it fit the file, and whose key made it (DESIGN.md, section 7).

A key of the vault goes through the one door here too, so that its state counts and the use is recorded. Trust comes
from the vault's own keys, from people whose fingerprints were compared, and from files of public keys that the person
names; works without a vault.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO

from signet.crypto.esdk_io import Source
from signet.crypto.publickeys import MAX_FILE, load_public_keys
from signet.documents import sshsig as engine
from signet.errors import (
    FormatUnrecognised,
    KeyFileUnrecognised,
    KeyProblem,
    SignatureInvalid,
    SignedFileMissing,
    SourceNotFound,
)
from signet.formats import sshkey, sshsig
from signet.keys.decide import decide
from signet.keys.model import Key
from signet.keys.spec import KeyUsage
from signet.keys.state import Operation
from signet.services.files_inspect import shown
from signet.services.files_items import Tally, opened, own_folder, place_of, refuse_own
from signet.services.publishing import recorded
from signet.services.session import Session
from signet.services.use import use_key
from signet.services.verdicts import SignatureView, Verdict, Verification
from signet.services.workplace import Cancelled as IsCancelled
from signet.services.workplace import Progress
from signet.store.foreign import translated

SUFFIX = ".sig"
"""What a signature's name has behind its file's."""


def verify_file(
    path: str,
    signature: str | None = None,
    *,
    trust: Sequence[str] = (),
    session: Session | None = None,
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> Verification:
    """Check the signature in ``signature`` (default: ``PATH.sig``) over the file at ``path``.

    ``trust`` are files with public keys or certificates whose keys are trusted; of a vault, its signing keys and
    those of people that were compared are.
    Given the signature instead of its file (``PATH.sig``, and the file beside it), that file is checked.
    Without a session nothing is recorded. Raises SourceNotFound for a file, or a signature that was named, that is
    not there; SignedFileMissing; KeyFileUnrecognised for a file of ``trust``;
    SourceUnsupported, FolderReadOnly, StorageError, Cancelled.
    """
    if signature is None:
        path, signature = signed_file(path)
    signature_path = signature or path + SUFFIX
    if session is not None:
        own = own_folder(session)
        for each in (path, signature_path, *trust):
            refuse_own(own, place_of(each), each)
    trusted = _Trusted(trust, session)
    tally = Tally([path], progress=progress, cancelled=cancelled)
    with opened(path) as source:
        try:
            data = read_whole(signature_path, limit=sshsig.MAX_ARMORED)
        except SourceNotFound:
            if signature is not None:
                raise
            sentence = f"There is no signature for this file: {signature_path} is not there."
            return Verification(path, signature_path, Verdict.UNSIGNED, sentence, ())
        view = _check(source, path, data, trusted, tally)
    return Verification(path, signature_path, view.verdict, view.sentence, (view,))


def signed_file(path: str) -> tuple[str, str | None]:
    """File and signature, if ``path`` is a signature and its file stands beside it; else ``path`` alone.

    Raises SignedFileMissing for a signature whose file is not there: it would only be called unsigned.
    """
    owner = path.removesuffix(SUFFIX)
    if owner == path or os.path.lexists(path + SUFFIX) or not _is_signature(path):
        return path, None
    if not os.path.lexists(owner):
        raise SignedFileMissing(path=owner, signature=path)
    return owner, path


def _is_signature(path: str) -> bool:
    with opened(path) as file, translated(path):
        return os.pread(file, len(sshsig.HEADER), 0) == sshsig.HEADER


class _Trusted:
    """Whose key is whose."""

    def __init__(self, files: Sequence[str], session: Session | None) -> None:
        self.session = session
        self._named: dict[bytes, str] = {}
        for path in files:
            for public_key in keys_in(path):
                self._named.setdefault(public_key, os.path.basename(path))
        self._own: dict[bytes, Key] = {}
        if session is not None:
            with session.records.read() as reading:
                signing = [key for key in reading.keys.all() if key.usage is KeyUsage.SIGN_VERIFY]
                for key in signing:
                    for version in reading.keys.versions(key.id):
                        self._own[version.public_key or b""] = key

    def own(self, public_key: bytes) -> Key | None:
        """Return the vault's key with that public half."""
        return self._own.get(public_key)

    def named(self, public_key: bytes) -> str | None:
        """Return the file that vouches for that key."""
        return self._named.get(public_key)

    def person(self, public_key: bytes) -> tuple[str, bool] | None:
        """Return whose key among the vault's people that is, and whether its fingerprint was compared."""
        if self.session is None:
            return None
        fingerprint = hashlib.sha256(public_key).hexdigest()
        with self.session.records.read() as reading:
            holder = reading.people.holder_of(fingerprint)
        key = None if holder is None else holder.key(fingerprint)
        return None if holder is None or key is None else (holder.name, bool(key.trusted))


def keys_in(path: str) -> tuple[bytes, ...]:
    """Return the public keys in a file, DER SubjectPublicKeyInfo; raise KeyFileUnrecognised."""
    try:
        return load_public_keys(read_whole(path, limit=MAX_FILE))
    except FormatUnrecognised as error:
        raise KeyFileUnrecognised(path=path, what=error.details["what"]) from error


def _check(source: int, path: str, data: bytes, trusted: _Trusted, tally: Tally) -> SignatureView:
    try:
        claimed = sshsig.read(data)
        public_key = sshkey.to_spki(sshkey.parse(claimed.public_key))
    except FormatUnrecognised as error:
        return SignatureView(Verdict.UNKNOWN, f"The signature could not be checked. {error.message}", "", "", "")
    own, named = trusted.own(public_key), trusted.named(public_key)
    person, compared = trusted.person(public_key) or (None, False)
    allowed = own is not None and decide(own, Operation.VERIFY).allowed
    print_ = fingerprint(claimed.public_key)

    def view(verdict: Verdict, sentence: str) -> SignatureView:
        return SignatureView(
            verdict=verdict,
            sentence=sentence,
            signer=own.alias if own else shown(named or (person if person and compared else print_)),
            fingerprint=print_,
            algorithm=claimed.algorithm,
            key_id=own.id if own else None,
            alias=own.alias if own else None,
            person=person,
        )

    try:
        # A key that the person vouches for by a file needs no leave from the vault.
        through = own if own and (allowed or named is None) else None
        with _door(trusted.session, through, path), stream_of(source, path) as stream:
            engine.verify(stream, data, progress=tally.within(0), cancelled=tally.cancelled)
    except SignatureInvalid as error:
        return view(Verdict.INVALID, error.message)
    except (FormatUnrecognised, KeyProblem) as error:
        return view(Verdict.UNKNOWN, f"The signature could not be checked. {error.message}")
    if own and allowed:
        return view(Verdict.VALID, f"The signature fits this file and was made with your key “{own.alias}”.")
    if named is not None:
        return view(Verdict.VALID, f"The signature fits this file and was made with the key in {shown(named)}.")
    if person is not None and compared:
        return view(Verdict.VALID, f"The signature fits this file and was made with the key of “{person}”.")
    if person is not None:
        return view(
            Verdict.VALID_UNTRUSTED,
            f"The signature fits this file and was made with the key that you have for “{person}”, but you have not "
            "compared its fingerprint with them: whose signature it is, is open.",
        )
    return view(
        Verdict.VALID_UNTRUSTED,
        f"The signature fits this file, but the key that made it, {print_}, is not known here: "
        "whose signature it is, is open.",
    )


def fingerprint(blob: bytes) -> str:
    """Return an SSH public key's fingerprint as ssh-keygen prints it: SHA-256, base64 without padding."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode("ascii").rstrip("=")


@contextmanager
def _door(session: Session | None, key: Key | None, path: str) -> Iterator[None]:
    """Go through the door with a key of the vault, or only record; without a vault neither."""
    if session is None:
        yield
    elif key is not None:
        with use_key(session, key.id, Operation.VERIFY, details={"source": path}, by_id=True):
            yield
    else:
        with recorded(session, str(Operation.VERIFY), source=path):
            yield


@contextmanager
def stream_of(source: int, path: str) -> Iterator[BinaryIO]:
    """Read an open file from its beginning; raise SourceChanged at the end if somebody wrote to it meanwhile."""
    watched = Source.look(source, path)
    with translated(path), open(source, "rb", buffering=0, closefd=False) as stream:
        yield stream
    if watched is not None:
        watched.check_unchanged()


def read_whole(path: str, *, limit: int) -> bytes:
    """Read a small file; one byte beyond ``limit`` is enough for its parser to refuse it."""
    with opened(path) as file, translated(path), open(file, "rb", closefd=False) as stream:
        return stream.read(limit + 1)
