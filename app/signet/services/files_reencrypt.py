"""Re-encrypting files in place: a new message, read back and compared, then put where the old one was.

Changing the key is never an edit of the header: one header ever for a message id (DESIGN.md, section 5). The
plaintext touches no disk. Until the rename the old file stands, whatever happens; only the very file that was read is
replaced, not one that someone has put in its place since.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from signet.audit.canonical import Detail
from signet.crypto.esdk_decrypt import read_header
from signet.crypto.esdk_keys import RawAesKeyring
from signet.crypto.esdk_rewrite import Rewritten, rewrite
from signet.errors import KeyProblem, NotUnlocked, Refused, SignetError, SourceChanged, UsageError
from signet.keys.model import Key
from signet.keys.policy import Later
from signet.keys.spec import Protection
from signet.keys.state import Operation
from signet.services.catalogue import NewFile
from signet.services.files_batch import Batch, FileWork, Proven
from signet.services.files_card import CardKeyring, keyring_for, refuse_no_files, second_key
from signet.services.files_encrypt import details_of, vault_keyring
from signet.services.files_items import Item, Tally, opened, refusal_of
from signet.services.files_keys import OpeningKeys
from signet.services.files_wanted import Wanted
from signet.services.guarding import Guarding
from signet.services.session import Session
from signet.services.use import Grant, use_key
from signet.services.workplace import Cancelled as IsCancelled
from signet.services.workplace import Progress
from signet.store.output import FileMark, Output


def re_encrypt_files(
    session: Session,
    paths: Sequence[str],
    *,
    key: str | None = None,
    second: str | None = None,
    legacy: bool = False,
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> tuple[Item, ...]:
    """Encrypt each message of ``paths`` anew, in its place, under ``key``; None: the current version of its own key.

    A ``key`` on a card gets ``second`` besides, a key in the vault (default: the oldest); no card is needed for it.
    Logged as ``Decrypt`` with the old key and ``ReEncrypt`` with the new ones. Context and permissions stay, other
    recipients do not. Items and errors as `signet.services.files_decrypt.decrypt_files`; with ``key``, what `use_key`
    raises for it.
    """
    if second is not None and key is None:
        raise UsageError(reason="A second key goes with the key on a card that it stands beside.")
    if not paths:
        return ()
    tally = Tally(paths, progress=progress, cancelled=cancelled, passes=2)
    batch = Batch(session, Operation.RE_ENCRYPT, paths, overwrite=True)
    details: dict[str, Detail] = {"files": len(paths), "for": str(Operation.RE_ENCRYPT)}
    guarding, wanted = Guarding(session), Wanted(paths, legacy=legacy)
    with (
        _ClosingKeys(session, guarding, files=len(set(batch.places)), wanted=wanted) as closing,
        OpeningKeys(session, details, guarding, wanted=wanted) as opening,
    ):
        if key is not None:
            closing.choose(key, second)
            closing.chosen()
        return _ReEncryption(batch, tally, opening, closing, fixed=key is not None, legacy=legacy).run()


@dataclass(frozen=True)
class _Closing:
    """What closes the new messages: the grants, that of the vault's key first; its keyring, and one for a card's."""

    grants: tuple[Grant, ...]
    keyring: RawAesKeyring
    others: tuple[CardKeyring, ...] = ()


class _ClosingKeys:
    """Grants for `Operation.RE_ENCRYPT` with their keyrings, one a key for the whole batch; ``with`` ends them."""

    def __init__(self, session: Session, guarding: Guarding, *, files: int, wanted: Wanted) -> None:
        self._session = session
        self._guarding = guarding
        self._files = files
        self._wanted = wanted
        self._answers: dict[str, _Closing | SignetError] = {}
        self._stack = ExitStack()

    @property
    def grants(self) -> list[Grant]:
        """Every grant so far."""
        found = (answer.grants for answer in self._answers.values() if isinstance(answer, _Closing))
        return [grant for grants in found for grant in grants]

    def of(self, key_id: str) -> _Closing:
        """Return what closes under the key that opened a message; raise what `use_key` raises, each time anew."""
        if key_id not in self._answers:
            with self._session.records.read() as reading:
                key = reading.keys.get(key_id)
            if key.protection is Protection.TOKEN:
                raise UsageError(reason=f"“{key.alias}” is on a card. Name the key that the file is to go to.")
            refuse_no_files(key)
            self._ask(key_id, by_id=True)
        return self._answer(key_id)

    def choose(self, name: str, second: str | None) -> None:
        """Ask for the key that every message goes to; one on a card gets ``second`` too, as when encrypting."""
        with self._session.records.read() as reading:
            key = reading.keys.find(name)
        self._ask(name, by_id=False, other=second_key(self._session, key, second))

    def chosen(self) -> _Closing:
        """Return what was asked for first."""
        return self._answer(next(iter(self._answers)))

    def _answer(self, name: str) -> _Closing:
        answer = self._answers[name]
        if isinstance(answer, SignetError):
            raise answer
        return answer

    def _ask(self, name: str, *, by_id: bool, other: Key | None = None) -> None:
        try:
            grant = self._enter(name, by_id=by_id, own=by_id)
            grants = (grant,) if other is None else (self._enter(other.id, by_id=True, own=False), grant)
            keyring = vault_keyring(grants[0], self._stack.enter_context(grants[0].material()))
        except (KeyProblem, NotUnlocked, Refused) as error:
            self._answers[name] = error
        else:
            others = () if other is None else (keyring_for(grant.version.public_key or b"", grant.key.spec),)
            self._answers[name] = _Closing(grants, keyring, others)

    def _enter(self, name: str, *, by_id: bool, own: bool) -> Grant:
        """Go through the door; with ``own`` the files are those that this key opened, else all."""
        with self._session.records.read() as reading:
            limits = reading.policies.get(reading.keys.find(name).id)
        door = use_key(
            self._session,
            name,
            Operation.RE_ENCRYPT,
            details={"files": self._files},
            wraps=self._files,
            by_id=by_id,
            guarding=self._guarding,
            context=Later.EACH_FILE,
            uses=self._wanted.of(limits.key_id, limits.policy) if own and limits.policy.rules else self._files,
        )
        return self._stack.enter_context(door)

    def __enter__(self) -> Self:
        self._stack.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, value, trace)


class _ReEncryption(FileWork):
    """What all files of one batch share; with ``fixed`` they all go to the key that was asked for first."""

    def __init__(
        self, batch: Batch, tally: Tally, opening: OpeningKeys, closing: _ClosingKeys, *, fixed: bool, legacy: bool
    ) -> None:
        super().__init__(batch, tally)
        self._opening = opening
        self._closing = closing
        self._fixed = fixed
        self._legacy = legacy

    @property
    def grants(self) -> Sequence[Grant]:
        """Every grant so far, of old keys and new ones."""
        return (*self._opening.grants, *self._closing.grants)

    def process(self, index: int, path: str) -> Proven:
        """Write the new message into an output that has no name yet."""
        with opened(path) as source:
            mark = FileMark.of(os.fstat(source))
            header, _ = read_header(source, legacy=self._legacy, source_name=path)
            old = self._opening.grant_for(header)
            self.using = (old,)
            closing = self._closing.chosen() if self._fixed else self._closing.of(old.key.id)
            for grant in closing.grants:
                grant.admit(header.context)
            self.using = (old, *closing.grants)
            # A link among the folders is resolved now: the new message goes where the old one was read.
            target = self.batch.places[index]
            output = self.batch.notes.new_output(target.path)
            try:
                written = self._rewrite(index, source, output, closing, path)
                if written.read.header.body != header.body:
                    raise SourceChanged(path=path)
                _keep_permissions(source, output.fd, path)
            except BaseException:
                output.discard()
                raise
        new = closing.grants[0]
        entry = NewFile(
            self.batch.session, new, written.written, target.path, replaces=header.message_id, output=output
        )
        return Proven(
            index=index,
            output=output,
            grants=self.using,
            details={
                **details_of(path, target.path, written.written),
                "old-message-id": header.message_id.hex(),
                "new-key": new.key.id,
            },
            size=written.written.plaintext_size,
            note=entry.enter,
            undo=entry.take_back,
            published=entry.published,
            replaces=mark,
        )

    def _rewrite(self, index: int, source: int, output: Output, closing: _Closing, path: str) -> Rewritten:
        return rewrite(
            source,
            output.fd,
            unwrap=self._opening.unwrap,
            keyrings=[closing.keyring],
            others=closing.others,
            legacy=self._legacy,
            progress=self.tally.within(index),
            cancelled=self.tally.cancelled,
            source_name=path,
            target_name=output.path,
        )


def _keep_permissions(source: int, output: int, path: str) -> None:
    try:
        os.fchmod(output, stat.S_IMODE(os.fstat(source).st_mode))
    except OSError as error:
        raise refusal_of(error, path) from error
