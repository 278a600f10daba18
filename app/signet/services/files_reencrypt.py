"""Re-encrypting files in place: a new message, read back and compared, then put where the old one was.

Changing the key is never an edit of the header: one header ever for a message id (DESIGN.md, section 5). The
plaintext touches no disk. Until the rename the old file stands, whatever happens; only the very file that was read is
replaced, not one that someone has put in its place since.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence

from signet.audit.canonical import Detail
from signet.crypto.esdk_decrypt import read_header
from signet.crypto.esdk_ecdh import recipient_name
from signet.crypto.esdk_rewrite import Rewritten, rewrite
from signet.errors import SourceChanged, UsageError
from signet.formats.esdk import MessageHeader
from signet.keys.state import Operation
from signet.services.catalogue import NewFile
from signet.services.files_batch import Batch, FileWork
from signet.services.files_closing import Changes, ClosingKeys
from signet.services.files_encrypt import details_of
from signet.services.files_items import Item, Tally, opened, refusal_of
from signet.services.files_keys import OpeningKeys
from signet.services.files_people import (
    NOT_REVOKED,
    Addressee,
    addressees,
    confirm_without_oneself,
    details_of_people,
)
from signet.services.files_publishing import Proven
from signet.services.files_recipients import Recipients
from signet.services.files_wanted import Wanted
from signet.services.guarding import Guarding
from signet.services.session import Session
from signet.services.use import Grant
from signet.services.workplace import Cancelled as IsCancelled
from signet.services.workplace import Progress
from signet.store.output import FileMark, Output


def re_encrypt_files(
    session: Session,
    paths: Sequence[str],
    *,
    key: str | None = None,
    to: Sequence[str] = (),
    add: Sequence[str] = (),
    without: Sequence[str] = (),
    second: str | None = None,
    legacy: bool = False,
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> tuple[Item, ...]:
    """Encrypt each message of ``paths`` anew, in its place, for ``key`` and the persons ``to``, and nobody else.

    With neither, everybody stays who could open it, under the current version of its own key: but the persons ``add``
    come and the persons ``without`` go; what needs neither is skipped. A ``key`` on a card gets ``second`` besides, a
    key in the vault (default: the oldest); no card is needed for it. Logged as ``Decrypt`` with the old key and
    ``ReEncrypt`` with the new ones. Context and permissions stay. Where somebody goes, the person is
    told that this takes nothing back.

    Items and errors as `signet.services.files_decrypt.decrypt_files`, and RecipientUnknown for somebody who cannot
    stay. Raises UsageError, PersonNotFound, PersonReceivesNoFiles, with ``key`` what `use_key` raises for it, and
    ConfirmationMissing if it is for others alone.
    """
    _check(key, to, add, without, second)
    if not paths:
        return ()
    people, changes = addressees(session, to), Changes(addressees(session, add), _known(session, without))
    tally = Tally(paths, progress=progress, cancelled=cancelled, passes=2)
    batch = Batch(session, Operation.RE_ENCRYPT, paths, overwrite=True)
    details: dict[str, Detail] = {"files": len(paths), "for": str(Operation.RE_ENCRYPT)}
    guarding, wanted = Guarding(session), Wanted(paths, legacy=legacy)
    if key is None and people:
        confirm_without_oneself(session, people)
    with (
        ClosingKeys(session, guarding, files=len(set(batch.places)), wanted=wanted, changes=changes) as closing,
        OpeningKeys(session, details, guarding, wanted=wanted) as opening,
    ):
        if key is not None or people:
            closing.choose(key, second, people)
        work = _ReEncryption(batch, tally, opening, closing, legacy=legacy)
        items = work.run()
    if work.taken_off:
        session.workplace.prompt.note(NOT_REVOKED)
    return items


def _check(
    key: str | None, to: Sequence[str], add: Sequence[str], without: Sequence[str], second: str | None
) -> None:
    if second is not None and key is None:
        raise UsageError(reason="A second key goes with the key on a card that it stands beside.")
    if (key is not None or to) and (add or without):
        raise UsageError(reason="Say for whom the files are to be, or who comes and who goes: not both.")


def _known(session: Session, names: Sequence[str]) -> tuple[Addressee, ...]:
    """Every public key of persons, whatever it can do: none of them is to stay."""
    with session.records.read() as reading:
        persons = [reading.people.find(name) for name in names]
    return tuple(Addressee(each.name, key.fingerprint, b"") for each in persons for key in each.keys)


class _ReEncryption(FileWork):
    """What all files of one batch share; ``taken_off``: somebody opened one of them who does not open the new one."""

    def __init__(
        self, batch: Batch, tally: Tally, opening: OpeningKeys, closing: ClosingKeys, *, legacy: bool
    ) -> None:
        super().__init__(batch, tally)
        self._opening = opening
        self._closing = closing
        self._legacy = legacy
        self.taken_off = False

    @property
    def grants(self) -> Sequence[Grant]:
        """Every grant so far, of old keys and new ones."""
        return (*self._opening.grants, *self._closing.grants)

    def process(self, index: int, path: str) -> Proven | None:
        """Write the new message into an output that has no name yet; nothing if it is for the right people."""
        with opened(path) as source:
            mark = FileMark.of(os.fstat(source))
            header, _ = read_header(source, legacy=self._legacy, source_name=path)
            old = self._opening.grant_for(header)
            self.using = (old,)
            closing = self._closing.of(header, old)
            if closing is None:
                return None
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
                self.using = (self._opening.opener or old, *closing.grants)
                _keep_permissions(source, output.fd, path)
            except BaseException:
                output.discard()
                raise
        return self._proven(index, output, old, closing, written, mark)

    def _proven(
        self, index: int, output: Output, old: Grant, closing: Recipients, written: Rewritten, mark: FileMark
    ) -> Proven:
        before, after = written.read.header, written.written.header
        self.taken_off = self.taken_off or bool(_public(before) - _public(after))
        # Without a key of the vault among them, it hangs on the key pair that opened the old one.
        new = closing.first or (old if old.key.opens_from_others else None)
        entry = NewFile.of_message(
            self.batch.session,
            new,
            written.written,
            output.path,
            replaces=before.message_id,
            output=output,
            context_of=before.message_id,
        )
        details: dict[str, Detail] = {
            **details_of(self.batch.paths[index], output.path, written.written),
            "old-message-id": before.message_id.hex(),
            **details_of_people(closing.people),
        }
        if new is not None:
            details["new-key"] = new.key.id
        return Proven(
            index=index,
            output=output,
            grants=self.using,
            details=details,
            size=written.written.plaintext_size,
            note=entry.enter,
            undo=entry.take_back,
            published=entry.published,
            replaces=mark,
        )

    def _rewrite(self, index: int, source: int, output: Output, closing: Recipients, path: str) -> Rewritten:
        with closing.of_one_message() as keyrings:
            return rewrite(
                source,
                output.fd,
                unwrap=self._opening.unwrap,
                keyrings=[keyrings.reading],
                others=keyrings.others,
                legacy=self._legacy,
                progress=self.tally.within(index),
                cancelled=self.tally.cancelled,
                source_name=path,
                target_name=output.path,
            )


def _public(header: MessageHeader) -> set[str]:
    """For which public keys a message is."""
    return {name for wrapped in header.encrypted_data_keys if (name := recipient_name(wrapped)) is not None}


def _keep_permissions(source: int, output: int, path: str) -> None:
    try:
        os.fchmod(output, stat.S_IMODE(os.fstat(source).st_mode))
    except OSError as error:
        raise refusal_of(error, path) from error
