"""Signing any file with a key of the vault or of a token: a signature beside it, ``NAME.EXT.sig`` (DESIGN.md, 7).

SSHSIG, or raw where the person wants it or SSH does not know such keys. SSHSIG says which key signed, not when. A
signature is as readable as the file that it belongs to.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Sequence
from typing import BinaryIO

from signet.audit.canonical import Detail
from signet.crypto.esdk_io import Source, Target
from signet.documents import sshsig
from signet.errors import (
    KeyProblem,
    SourceUnsupported,
    TokenError,
    UsageError,
)
from signet.keys.handle import SigningKey
from signet.keys.spec import KeyUsage, Protection
from signet.keys.state import Operation
from signet.services.files_batch import Batch, FileWork, Proven
from signet.services.files_items import Item, Tally, Targets, opened, place_of
from signet.services.files_items import Target as Place
from signet.services.raw_signing import RawForm, raw_signature
from signet.services.session import Session
from signet.services.signer import signing_key
from signet.services.use import Grant
from signet.services.verdicts import SignatureView, Verdict, Verification
from signet.services.verifying import SUFFIX, verify_file
from signet.services.workplace import Cancelled as IsCancelled
from signet.services.workplace import Progress
from signet.store.foreign import translated

__all__ = ["SignatureView", "Verdict", "Verification", "sign_files", "verify_file"]

READABLE = 0o644
"""Permissions that a signature takes over from its file, as far as that has them."""


def sign_files(
    session: Session,
    paths: Sequence[str],
    *,
    key: str,
    raw: RawForm | None = None,
    as_ssh: bool = False,
    output: str | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> tuple[Item, ...]:
    """Sign each file of ``paths``; ``output`` names the signature of a single one, else it is ``NAME.EXT.sig``.

    The signatures are raw in the form ``raw``, or SSHSIG without it; raw too for a key that SSH does not know, unless
    ``as_ssh``.
    For a key on a token its PIN is asked for once, before anything is decided. After an error of the token no further
    file is tried: a PIN must not be sent again. Items as in `signet.services.files_encrypt.encrypt_files`. Raises
    UsageError, TokenError, PinError, SecretMissing, what `use_key` raises, VaultError.
    """
    if output is not None and len(paths) > 1:
        raise UsageError(reason="--output names one signature, and there are several files.")
    if not paths:
        return ()
    tally = Tally(paths, progress=progress, cancelled=cancelled)
    batch = Batch(session, Operation.SIGN, paths, overwrite=overwrite)
    targets = Targets(batch.places, own=batch.own, output=None, overwrite=overwrite)
    raw = raw or _usual_form(session, key, as_ssh=as_ssh)
    form = "ssh" if raw is None else "raw"
    files = len(set(batch.places))
    details: dict[str, Detail] = {"files": files, "format": form}
    with signing_key(session, key, details=details, uses=files, free=raw is not None) as (grant, signer):
        return _Signing(batch, tally, grant, signer, targets, output, raw).run()


def _usual_form(session: Session, name: str, *, as_ssh: bool) -> RawForm | None:
    """Return how a key signs that SSH does not know, None for others; raise UsageError if it has to be SSHSIG."""
    with session.records.read() as reading:
        try:
            key = reading.keys.find(name)
        except (KeyProblem, UsageError):
            return None  # the door says so
    if key.usage is not KeyUsage.SIGN_VERIFY or key.spec.known_to_ssh:
        return None
    if as_ssh:
        raise UsageError(reason=f"SSH knows no keys of the kind {key.spec}; sign with --format raw.")
    return RawForm()


class _Signing(FileWork):
    """What all files of one batch share."""

    def __init__(
        self,
        batch: Batch,
        tally: Tally,
        grant: Grant,
        signer: SigningKey,
        targets: Targets,
        output: str | None,
        raw: RawForm | None,
    ) -> None:
        super().__init__(batch, tally)
        self._grant = grant
        self._signer = signer
        self._targets = targets
        self._output = output
        self._raw = raw
        self._broken: TokenError | None = None

    @property
    def grants(self) -> Sequence[Grant]:
        """The one grant of the batch."""
        return (self._grant,)

    def process(self, index: int, path: str) -> Proven:
        """Sign one file into an output without a name."""
        self.using = (self._grant,)
        if self._broken is not None:
            raise self._broken
        with opened(path) as source:
            place = self._place(self.batch.places[index])
            signature = self._sign(index, source, path)
            output = self.batch.notes.new_output(place.path)
            try:
                Target(output.fd, place.path).write(signature, 0)
                with translated(place.path):
                    os.fchmod(output.fd, 0o600 | (stat.S_IMODE(os.fstat(source).st_mode) & READABLE))
            except BaseException:
                output.discard()
                raise
        details = {
            "source": path,
            "output": place.path,
            "signature-sha256": hashlib.sha256(signature).hexdigest(),
        }
        return Proven(index=index, output=output, grants=self.using, details=details, size=len(signature))

    def _place(self, source: Place) -> Place:
        if self._output is not None:
            return self._targets.claim(place_of(self._output))
        return self._targets.choose(source, source.name + SUFFIX)

    def _sign(self, index: int, source: int, path: str) -> bytes:
        watched = Source.look(source, path)
        if watched is None:
            raise SourceUnsupported(path=path, reason="it is not an ordinary file")
        try:
            with translated(path), open(source, "rb", buffering=0, closefd=False) as stream:
                signature = self._signature(stream, index)
        except TokenError as error:
            self._broken = error
            raise
        watched.check_unchanged()
        return signature

    def _signature(self, stream: BinaryIO, index: int) -> bytes:
        progress, cancelled = self.tally.within(index), self.tally.cancelled
        if self._raw is None:
            return sshsig.sign(stream, self._signer, progress=progress, cancelled=cancelled)
        on_token = self._grant.key.protection is Protection.TOKEN
        return raw_signature(
            stream, self._signer, self._raw, on_token=on_token, progress=progress, cancelled=cancelled
        )
