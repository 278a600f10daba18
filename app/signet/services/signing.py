"""Signing any file with a key of the vault or of a token: SSHSIG beside it, ``NAME.EXT.sig`` (DESIGN.md, section 7).

The signature says which key signed, not when. It is as readable as the file that it belongs to.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from signet.audit.canonical import Detail
from signet.audit.entry import Draft, Outcome
from signet.crypto.esdk_io import Source, Target
from signet.crypto.software import SoftwareSigningKey
from signet.documents import sshsig
from signet.errors import KeyProblem, KeyTokenNotFound, SourceUnsupported, TokenError, TokenKeyNotFound, UsageError
from signet.keys.handle import SigningKey
from signet.keys.model import Key, KeyVersion
from signet.keys.spec import Protection
from signet.keys.state import Operation
from signet.services.checkpoints import before_login_ends
from signet.services.files_batch import Batch, FileWork, Proven
from signet.services.files_items import Item, Tally, Targets, opened, place_of
from signet.services.files_items import Target as Place
from signet.services.keys import token_name
from signet.services.session import Session
from signet.services.token_login import Login, logged_in, pin_kind
from signet.services.use import Grant, door_refusal, use_key
from signet.services.verifying import SUFFIX, SignatureView, Verdict, Verification, verify_file
from signet.services.workplace import Cancelled as IsCancelled
from signet.services.workplace import Progress
from signet.store.foreign import translated
from signet.tokens.signing import TokenSigningKey

__all__ = ["SignatureView", "Verdict", "Verification", "sign_files", "verify_file"]

READABLE = 0o644
"""Permissions that a signature takes over from its file, as far as that has them."""


def sign_files(
    session: Session,
    paths: Sequence[str],
    *,
    key: str,
    output: str | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> tuple[Item, ...]:
    """Sign each file of ``paths``; ``output`` names the signature of a single one, else it is ``NAME.EXT.sig``.

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
    with _signer(session, key, files=len(set(batch.places))) as (grant, signer):
        return _Signing(batch, tally, grant, signer, targets, output).run()


@contextmanager
def _signer(session: Session, name: str, *, files: int) -> Iterator[tuple[Grant, SigningKey]]:
    """Log in to the token first, if the key is on one, then go through the door."""
    details: dict[str, Detail] = {"files": files, "format": "ssh"}
    found = _on_token(session, name, files)
    if found is None:
        with use_key(session, name, Operation.SIGN, details=details) as grant:
            with grant.material() as material:
                software = SoftwareSigningKey(material, grant.key.spec)
            yield grant, software
        return
    key, version = found
    session.let_go()  # the card may be the very one that opened the vault: it is logged in anew
    with _login(session, key, version) as login:
        details["token"] = login.token.label
        signer = _key_on(login, key, version)
        with use_key(session, key.id, Operation.SIGN, details=details, by_id=True) as grant:
            yield grant, signer


def _on_token(session: Session, name: str, files: int) -> tuple[Key, KeyVersion] | None:
    """Return key and version if the key is on a token and may sign; the door says no to all else by itself."""
    with session.records.read() as reading:
        try:
            key = reading.keys.find(name)
            version = reading.keys.version(key.id, key.version)
        except (KeyProblem, UsageError):
            return None
    if key.protection is not Protection.TOKEN or door_refusal(session, key, Operation.SIGN, uses=files) is not None:
        return None
    return key, version


@contextmanager
def _login(session: Session, key: Key, version: KeyVersion) -> Iterator[Login]:
    found = session.workplace.hub.find_key(version.public_key or b"")
    if found is None:
        error = KeyTokenNotFound(key=key.alias, name=token_name(session, key) or "its own")
        with session.records.change() as change:
            refusal = {"error": type(error).__name__}
            change.append(Draft(str(Operation.SIGN), Outcome.REFUSED, key=key.id, details=refusal))
        raise error
    token, _ = found
    with logged_in(session.workplace, token, kind=pin_kind(session, token)) as login:
        yield login
        before_login_ends(session, login)


def _key_on(login: Login, key: Key, version: KeyVersion) -> SigningKey:
    """Find the key again now that the token shows all: whether it wants its PIN every time, above all."""
    everything = login.session.keys()
    for held in everything:
        if held.public_key == version.public_key:
            return TokenSigningKey(login.session, held, pin=login.pin_for(held))
    raise TokenKeyNotFound(key=key.alias)


class _Signing(FileWork):
    """What all files of one batch share."""

    def __init__(
        self, batch: Batch, tally: Tally, grant: Grant, signer: SigningKey, targets: Targets, output: str | None
    ) -> None:
        super().__init__(batch, tally)
        self._grant = grant
        self._signer = signer
        self._targets = targets
        self._output = output
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
                signature = sshsig.sign(
                    stream, self._signer, progress=self.tally.within(index), cancelled=self.tally.cancelled
                )
        except TokenError as error:
            self._broken = error
            raise
        watched.check_unchanged()
        return signature
