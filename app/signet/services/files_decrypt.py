"""Decrypting files with whatever keys of the vault open them; nothing has a name before all of it is proven."""

from __future__ import annotations

from collections.abc import Sequence

from signet.crypto.age_keytexts import AgeIdentity
from signet.crypto.esdk_decrypt import MessageRead, decrypt, read_header
from signet.errors import SourceChanged
from signet.formats.esdk import MessageHeader
from signet.keys.state import Operation
from signet.services import catalogue
from signet.services.age_decrypt import AgeDecryption
from signet.services.age_names import head_of, is_age
from signet.services.catalogue import CONTENT_KEY, FOLDER
from signet.services.context import context_said
from signet.services.copies import noted_copy
from signet.services.files_batch import Batch, FileWork
from signet.services.files_encrypt import SUFFIX
from signet.services.files_folder import ARCHIVE_SUFFIX, unpack
from signet.services.files_inspect import SHOWN_SENTENCE, shown
from signet.services.files_items import Item, Tally, Targets, opened
from signet.services.files_keys import OpeningKeys
from signet.services.files_publishing import Proven
from signet.services.files_wanted import Wanted
from signet.services.session import Session
from signet.services.use import Grant
from signet.services.workplace import Cancelled as IsCancelled
from signet.services.workplace import Progress
from signet.store.output import Unpublished
from signet.store.records import Change

UNNAMED_SUFFIX = ".decrypted"


def decrypt_files(
    session: Session,
    paths: Sequence[str],
    *,
    output: str | None = None,
    overwrite: bool = False,
    keep_both: bool = False,
    legacy: bool = False,
    archive: bool = False,
    listed: bool = True,
    identities: Sequence[AgeIdentity] = (),
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> tuple[Item, ...]:
    """Decrypt each file of ``paths`` beside it, or into the folder ``output`` (made if absent).

    The name is the message's less ``.esdk``, else with ``.decrypted`` behind it. A folder is laid out under the name
    less ``.tar.esdk``; with ``archive`` it stays a tar archive. ``legacy`` reads messages without key commitment
    too. age files are told by how they begin (`signet.services.age_decrypt`); ``identities`` open them besides the
    vault. Where a result is there already, ``keep_both`` gives the new one a number. Messages that are not ``listed``
    leave no note among the decrypted copies: their results are the caller's to remove. Each key that is needed is
    asked for once. What goes wrong with one file (KeyNotHere, KeyStateRefused, CiphertextInvalid, ArchiveRefused,
    OutputExists ...) is its item's ``error``. Raises VaultError and what the folder ``output`` runs into.
    """
    if not paths:
        return ()
    tally = Tally(paths, progress=progress, cancelled=cancelled)
    batch = Batch(session, Operation.DECRYPT, paths, overwrite=overwrite)
    targets = Targets(batch.places, own=batch.own, output=output, overwrite=overwrite, keep_both=keep_both)
    wanted = Wanted(paths, legacy=legacy)
    age = AgeDecryption(batch, tally, targets, identities=identities, archive=archive)
    with OpeningKeys(session, {"files": len(paths)}, wanted=wanted) as keys, age:
        return _Decryption(batch, tally, keys, targets, age, legacy=legacy, archive=archive, listed=listed).run()


def plain_name(name: str, *, folder: bool = False) -> str:
    """Return what a message called ``name`` becomes: a file, or a folder that is laid out."""
    stem = name.removesuffix(SUFFIX)
    if stem in ("", name):
        return name + UNNAMED_SUFFIX
    without = stem.removesuffix(ARCHIVE_SUFFIX) if folder else stem
    return without or stem


class _Decryption(FileWork):
    """What all files of one batch share."""

    def __init__(
        self,
        batch: Batch,
        tally: Tally,
        keys: OpeningKeys,
        targets: Targets,
        age: AgeDecryption,
        *,
        legacy: bool,
        archive: bool,
        listed: bool,
    ) -> None:
        super().__init__(batch, tally)
        self._keys = keys
        self._targets = targets
        self._age = age
        self._legacy = legacy
        self._archive = archive
        self._listed = listed

    @property
    def grants(self) -> Sequence[Grant]:
        """Every grant so far."""
        return [*self._keys.grants, *self._age.grants]

    def process(self, index: int, path: str) -> Proven:
        """Decrypt one file into an output without a name."""
        place = self.batch.places[index]
        with opened(path) as source:
            if is_age(head_of(source, path)):
                try:
                    return self._age.process(index, path, source, place)
                finally:
                    self.using = self._age.using
            header, length = read_header(source, legacy=self._legacy, source_name=path)
            grant = self._keys.grant_for(header)
            self.using = (grant,)
            folder = header.context.get(CONTENT_KEY) == FOLDER and not self._archive
            target = self._targets.choose(place, plain_name(place.name, folder=folder))
            if folder:
                output, read = self._unpack(index, source, path, target.path)
            else:
                output, read = self._write(index, source, path, target.path, known=(header, length))
            if read.header.body != header.body:
                output.discard()
                raise SourceChanged(path=path)
        opener = self._keys.opener or grant
        self.using = (opener,)
        return Proven(
            index=index,
            output=output,
            grants=self.using,
            details={
                "source": path,
                "output": target.path,
                "size": read.plaintext_size,
                "message-id": header.message_id.hex(),
            },
            size=read.plaintext_size,
            note=lambda change: self._note(change, opener, read, place.path, target.path, folder=folder),
            undo=lambda change: change.copies.forget(target.path),
            said=self._said(read),
        )

    def _note(
        self, change: Change, grant: Grant, read: MessageRead, source: str, target: str, *, folder: bool
    ) -> None:
        """Note that the message was opened, and that what was in it lies there unprotected from now on."""
        catalogue.opened(change, self.batch.session, grant, read, source)
        if self._listed:
            noted_copy(change, self.batch.session, target, read.header.message_id, folder=folder)

    def _said(self, read: MessageRead) -> str:
        """What the message says of itself, now that it is proven."""
        context = read.header.context
        if not context_said(context, own=False):
            return ""
        with self.batch.session.records.read() as reading:
            own = reading.catalogue.written_here(read.header.message_id)
        return shown(context_said(context, own=own), limit=SHOWN_SENTENCE)

    def _write(
        self, index: int, source: int, path: str, target: str, *, known: tuple[MessageHeader, int]
    ) -> tuple[Unpublished, MessageRead]:
        output = self.batch.notes.new_output(target)
        try:
            read = decrypt(
                source,
                output.fd,
                unwrap=self._keys.unwrap,
                progress=self.tally.within(index),
                cancelled=self.tally.cancelled,
                legacy=self._legacy,
                known=known,
                source_name=path,
                target_name=target,
            )
        except BaseException:
            output.discard()
            raise
        return output, read

    def _unpack(self, index: int, source: int, path: str, target: str) -> tuple[Unpublished, MessageRead]:
        output = self.batch.notes.new_folder(target)
        try:
            read = unpack(
                source,
                output,
                unwrap=self._keys.unwrap,
                tally=self.tally,
                index=index,
                legacy=self._legacy,
                source_name=path,
            )
        except BaseException:
            output.discard()
            raise
        return output, read
