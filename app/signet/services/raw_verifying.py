"""Raw signatures checked, with a key of the vault through the one door, or with public keys that the person names."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace

from signet.crypto.peers import checked_public
from signet.crypto.signatures import verify_prepared
from signet.errors import SignatureInvalid, SignatureMalformed, UsageError
from signet.keys.state import Operation
from signet.services.files_inspect import shown
from signet.services.files_items import Tally, opened
from signet.services.publishing import recorded
from signet.services.raw_signing import RawForm, prepare
from signet.services.session import Session
from signet.services.use import use_key
from signet.services.verdicts import SignatureView, Verdict, Verification
from signet.services.verifying import SUFFIX, keys_in, read_whole, stream_of
from signet.services.workplace import Cancelled as IsCancelled
from signet.services.workplace import Progress
from signet.tokens.hub import fingerprint

MAX_SIGNATURE_FILE = 16384
"""Bytes; the longest signature, ML-DSA-87, has 4627, in base64 with line ends some 6300."""


def verify_raw(
    path: str,
    signature: str | None = None,
    *,
    form: RawForm,
    key: str | None = None,
    trust: Sequence[str] = (),
    session: Session | None = None,
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> Verification:
    """Check a raw signature (default: ``PATH.sig``) with the key of the vault called ``key``, else with those given.

    ``trust`` are files of public keys; the signature is valid if it fits one of them. Raises UsageError if not one of
    both is given or nothing of ``trust`` signs so, SourceNotFound, KeyFileUnrecognised, what `use_key` raises,
    Cancelled, SourceChanged.
    """
    if (key is None) == (not trust):
        raise UsageError(reason="A raw signature does not say whose it is: give --key KEY or --trust FILE, not both.")
    signature_path = signature or path + SUFFIX
    given = _Given(path, form, Tally([path], progress=progress, cancelled=cancelled), session)
    data = read_whole(signature_path, limit=MAX_SIGNATURE_FILE)
    view = given.against_files(data, trust) if key is None else given.against_key(data, key)
    return Verification(path, signature_path, view.verdict, view.sentence, (view,))


class _Given:
    """The file that a signature is to fit, read once for each key that is tried."""

    def __init__(self, path: str, form: RawForm, tally: Tally, session: Session | None) -> None:
        self._path = path
        self._form = form
        self._tally = tally
        self._session = session
        self._details = {"source": path, "format": "raw"}

    def against_key(self, data: bytes, name: str) -> SignatureView:
        """Check with a key of the vault; a signature that does not fit ends the use as failed, and is the verdict."""
        if self._session is None:
            raise ValueError("a key of the vault needs a session")
        view: SignatureView | None = None
        try:
            with use_key(self._session, name, Operation.VERIFY, details=self._details) as grant:
                public_key = grant.version.public_key or b""
                view = replace(
                    self._view(data, public_key, grant.key.alias), key_id=grant.key.id, alias=grant.key.alias
                )
                _refuse_invalid(view)
        except SignatureInvalid:
            if view is None:
                raise
            return view
        return replace(view, sentence=f"The signature fits this file and was made with your key “{view.alias}”.")

    def against_files(self, data: bytes, trust: Sequence[str]) -> SignatureView:
        """Check with each key in the files that signs in that way, until one fits."""
        views = []
        try:
            with recorded(self._session, str(Operation.VERIFY), **self._details) if self._session else nullcontext():
                for path in trust:
                    for public_key in keys_in(path):
                        with suppress(UsageError):
                            views.append(self._view(data, public_key, shown(path)))
                if not views:
                    raise UsageError(reason="None of the keys given signs in that way, or over a file like this.")
                view = next((each for each in views if each.verdict is Verdict.VALID), views[0])
                _refuse_invalid(view)
        except SignatureInvalid:
            return views[0]
        return replace(view, sentence=f"The signature fits this file and was made with the key in {view.signer}.")

    def _view(self, data: bytes, public_key: bytes, signer: str) -> SignatureView:
        """What became of it with one key; raise UsageError if that key does not sign so."""
        public = checked_public(public_key)
        algorithm = self._form.algorithm_for(public)
        tally = self._tally
        with opened(self._path) as source, stream_of(source, self._path) as stream:
            prepared = prepare(stream, public, self._form, progress=tally.within(0), cancelled=tally.cancelled)
        try:
            verify_prepared(public, prepared, self._signature(data), algorithm)
        except SignatureInvalid as error:
            return SignatureView(Verdict.INVALID, error.message, signer, fingerprint(public_key), algorithm)
        return SignatureView(Verdict.VALID, "", signer, fingerprint(public_key), algorithm)

    def _signature(self, data: bytes) -> bytes:
        if not self._form.base64:
            return data
        try:
            return base64.b64decode(b"".join(data.split()), validate=True)
        except binascii.Error:
            raise SignatureMalformed(reason="it is no base64") from None


def _refuse_invalid(view: SignatureView) -> None:
    if view.verdict is not Verdict.VALID:
        raise SignatureInvalid
