"""An edited file encrypted anew in the place of the old message: the same keys, the same context."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from signet.audit.canonical import Detail
from signet.crypto.esdk_decrypt import read_header
from signet.crypto.esdk_decrypt import verify as read_back
from signet.crypto.esdk_ecdh import recipient_name
from signet.crypto.esdk_encrypt import MessageWritten, encrypt
from signet.crypto.esdk_keys import DataKeyWrapper, RawAesKeyring, unwrap_with
from signet.errors import KeyNotFound, KeyStateRefused, NotEditable, SourceChanged
from signet.formats.esdk import PUBLIC_KEY_CONTEXT_KEY, MessageHeader
from signet.keys.model import Key
from signet.keys.state import KeyState, Operation
from signet.services.catalogue import NewFile
from signet.services.editing_notes import EditNote
from signet.services.files_batch import Batch, FileWork
from signet.services.files_encrypt import details_of, vault_keyring
from signet.services.files_inspect import vault_key
from signet.services.files_items import Tally, opened, refusal_of
from signet.services.files_people import Addressee, details_of_people, file_keys
from signet.services.files_publishing import Proven
from signet.services.guarding import Guarding
from signet.services.key_pairs import own_pairs
from signet.services.session import Session
from signet.services.use import Grant, use_key
from signet.services.workplace import Cancelled as IsCancelled
from signet.services.workplace import Progress
from signet.store.output import FileMark, Output

_SHUT_OUT = "it opens with keys that are not in this vault, too, and they would be shut out"


@dataclass(frozen=True)
class OpensWith:
    """For whom a message is: keys of the vault, at least one, and public keys, of cards and persons."""

    keys: tuple[Key, ...]
    others: tuple[Addressee, ...]


def opens_with(session: Session, header: MessageHeader, path: str) -> OpensWith:
    """For whom the message is, all of whom the new one is for as well.

    Raises NotEditable if one of them is not known here or none is a key of the vault, KeyStateRefused if one of those
    encrypts nothing now.
    """
    keys: dict[str, Key] = {}
    others: dict[str, Addressee] = {}
    with session.records.read() as reading:
        known = {
            key.fingerprint: Addressee(person.name, key.fingerprint, key.spki or b"")
            for person in reading.people.all()
            for key in file_keys(person)
        }
        for name, pair in own_pairs(reading).items():
            known[name] = Addressee(pair.key.alias, name, pair.public_key)
        for wrapped in header.encrypted_data_keys:
            public, named = recipient_name(wrapped), vault_key(wrapped)
            if public is not None and public in known:
                others[public] = known[public]
                continue
            try:
                key = reading.keys.get(named[0]) if public is None and named is not None else None
            except KeyNotFound:
                key = None
            if key is None:
                raise NotEditable(path=path, reason=_SHUT_OUT)
            keys[key.id] = key
    if not keys:
        raise NotEditable(path=path, reason="no key in the vault opens it, only a key pair")
    for key in keys.values():
        if key.state is not KeyState.ENABLED:
            raise KeyStateRefused(key=key.alias, state=str(key.state), operation="encrypt")
    return OpensWith(tuple(keys.values()), tuple(others.values()))


def save(
    session: Session, note: EditNote, *, progress: Progress | None = None, cancelled: IsCancelled | None = None
) -> FileMark:
    """Encrypt ``note.plain`` in the place of ``note.path``, read it back, publish it; return the new file's mark.

    Logged as ``Encrypt`` with each key. Raises SourceChanged if the encrypted file is another than the one noted,
    what `opens_with` and `use_key` raise, DiskFull, StorageError, Cancelled; the old file stands then.
    """
    with opened(note.path) as source:
        if FileMark.of(os.fstat(source)) != note.mark:
            raise SourceChanged(path=note.path)
        header, _ = read_header(source, source_name=note.path)
        mode = stat.S_IMODE(os.fstat(source).st_mode)
    context = {name: value for name, value in header.context.items() if name != PUBLIC_KEY_CONTEXT_KEY}
    details: dict[str, Detail] = {"files": 1, "context": context, "for": "edit"}
    whom = opens_with(session, header, note.path)
    details |= details_of_people(whom.others)
    with ExitStack() as stack:
        guarding = stack.enter_context(Guarding(session))
        grants = [
            stack.enter_context(
                use_key(
                    session,
                    key.id,
                    Operation.ENCRYPT,
                    details=details,
                    wraps=1,
                    by_id=True,
                    guarding=guarding,
                    context=context,
                )
            )
            for key in whom.keys
        ]
        keyrings = [vault_keyring(grant, stack.enter_context(grant.material())) for grant in grants]
        others = [each.keyring for each in whom.others]
        tally = Tally([note.plain], progress=progress, cancelled=cancelled, passes=2)
        work = _Saving(session, note, tally, grants, keyrings, others, context, mode, header.message_id)
        item = work.run()[0]
    if item.error is not None:
        raise item.error
    try:
        return FileMark.of(os.lstat(note.path))
    except OSError as error:
        raise refusal_of(error, note.path) from error


class _Saving(FileWork):
    """A batch of one file, whose source is another than the path that it is known by."""

    def __init__(
        self,
        session: Session,
        note: EditNote,
        tally: Tally,
        grants: Sequence[Grant],
        keyrings: Sequence[RawAesKeyring],
        others: Sequence[DataKeyWrapper],
        context: dict[str, str],
        mode: int,
        replaces: bytes,
    ) -> None:
        super().__init__(Batch(session, Operation.ENCRYPT, [note.path], overwrite=True), tally)
        self._note = note
        self._grants = tuple(grants)
        self._keyrings, self._others = tuple(keyrings), tuple(others)
        self._context = context
        self._mode = mode
        self._replaces = replaces

    @property
    def grants(self) -> Sequence[Grant]:
        """One for each key that the message is under."""
        return self._grants

    def process(self, index: int, path: str) -> Proven:
        """Encrypt the plain file into an output without a name, and read it back."""
        self.using = self._grants
        target = self.batch.places[index]
        output = self.batch.notes.new_output(target.path)
        try:
            written = self._write(index, output)
            os.fchmod(output.fd, self._mode)
        except OSError as error:
            output.discard()
            raise refusal_of(error, path) from error
        except BaseException:
            output.discard()
            raise
        new = NewFile.of_message(
            self.batch.session, self._grants[0], written, target.path, replaces=self._replaces, output=output
        )
        return Proven(
            index=index,
            output=output,
            grants=self._grants,
            details={**details_of(self._note.plain, target.path, written), "old-message-id": self._replaces.hex()},
            size=written.plaintext_size,
            note=new.enter,
            undo=new.take_back,
            published=new.published,
            replaces=self._note.mark,
        )

    def _write(self, index: int, output: Output) -> MessageWritten:
        with opened(self._note.plain) as source:
            written = encrypt(
                source,
                output.fd,
                keyrings=[*self._keyrings, *self._others],
                context=self._context,
                progress=self.tally.within(index),
                cancelled=self.tally.cancelled,
                source_name=self._note.plain,
                target_name=output.path,
            )
        read_back(
            output.fd,
            unwrap=unwrap_with(self._keyrings),
            progress=self.tally.within(index, base=written.plaintext_size),
            cancelled=self.tally.cancelled,
            source_name=output.path,
        )
        return written
