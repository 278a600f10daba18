"""Decrypting one age file of a batch; `signet.services.files_decrypt` calls it for files that begin as one.

A name that ends in ``.tar.age`` says that a folder is in it: it is laid out, unless it holds what Signet lays out for
nobody; then it stays the archive that it is.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress

from signet.audit.canonical import Detail
from signet.audit.entry import Draft, Outcome
from signet.clock import timestamp
from signet.crypto import age, age_plugins
from signet.crypto.age_keytexts import AgeIdentity, KnownFileKey
from signet.errors import ArchiveRefused, KeyNotHere, PluginFailed
from signet.formats import age as age_format
from signet.formats.tar import Parser
from signet.keys.model import Key
from signet.keys.state import Operation
from signet.secret import Secret
from signet.services.age_names import folder_name, plain_name, reading
from signet.services.age_opening import AgeOpening
from signet.services.age_plugins import PluginTalk, agree_to_run
from signet.services.catalogue import FILE, FOLDER
from signet.services.copies import noted_copy
from signet.services.files_batch import Batch
from signet.services.files_items import Tally, Target, Targets
from signet.services.files_publishing import Proven
from signet.services.publishing import Sink
from signet.services.session import Session
from signet.services.use import Grant
from signet.store.output import Unpublished
from signet.store.records import Change
from signet.store.staging import StagedFolder
from signet.store.tables.catalogue import FileRecord


class AgeDecryption(AgeOpening):
    """The age files of one batch; entered with it, it asks nobody for anything before there is one."""

    def __init__(
        self,
        batch: Batch,
        tally: Tally,
        targets: Targets,
        *,
        identities: Sequence[AgeIdentity] = (),
        archive: bool = False,
    ) -> None:
        super().__init__(batch.session, paths=batch.paths, identities=identities)
        self._batch = batch
        self._tally = tally
        self._targets = targets
        self._archive = archive
        self.using: tuple[Grant, ...] = ()

    def process(self, index: int, path: str, source: int, place: Target) -> Proven:
        """Decrypt one file into an output without a name; raises as `AgeOpening.open`, CiphertextInvalid ..."""
        self.using = ()
        with reading(source, path, self._tally.cancelled) as stream:
            header = age_format.parse(age.read_header(stream))
        file_key = self._file_key(header, path)
        try:
            return self._with_key(index, path, source, place, file_key)
        finally:
            if file_key is not None:
                file_key.wipe()

    def _file_key(self, header: age_format.Header, path: str) -> Secret | None:
        """The file's key; None if only a plugin can open it, which the person has agreed to run."""
        try:
            unlocked = self.open(header, path)
        except KeyNotHere:
            if not self.plugins:
                raise
            if not self.agreed:
                agree_to_run(self._batch.session.workplace.prompt, self.plugins)
                self.agreed = True
            return None
        self.using = () if unlocked.grant is None else (unlocked.grant,)
        return unlocked.file_key

    def _with_key(self, index: int, path: str, source: int, place: Target, file_key: Secret | None) -> Proven:
        folder = None if self._archive else folder_name(place.name)
        if folder is not None:
            with suppress(_NotAFolder):
                return self._laid_out(index, path, source, place, folder, file_key)
        target = self._targets.choose(place, plain_name(place.name))
        output = self._batch.notes.new_output(target.path)
        try:
            read = self._decrypt(index, path, source, Sink(output), file_key)
        except BaseException:
            output.discard()
            raise
        return self._proven(index, path, place, output, read)

    def _laid_out(
        self, index: int, path: str, source: int, place: Target, name: str, file_key: Secret | None
    ) -> Proven:
        target = self._targets.choose(place, name)
        output = self._batch.notes.new_folder(target.path)
        sink = _Layout(output)
        try:
            read = self._decrypt(index, path, source, sink, file_key)
            sink.finish()
        except ArchiveRefused as error:
            output.discard()
            self._targets.release(target)
            self._batch.session.workplace.prompt.note(
                f"{os.path.basename(path)} was not laid out as a folder ({error.details['reason']}); "
                "the archive in it was written instead."
            )
            raise _NotAFolder from None
        except BaseException:
            output.discard()
            raise
        return self._proven(index, path, place, output, read)

    def _decrypt(self, index: int, path: str, source: int, target: age.Writable, file_key: Secret | None) -> age.Read:
        progress, cancelled = self._tally.within(index), self._tally.cancelled
        with reading(source, path, cancelled) as stream:
            if file_key is not None:
                known = [KnownFileKey(file_key)]
                return age.decrypt(stream, target, identities=known, progress=progress, cancelled=cancelled)
            talk = PluginTalk(self._batch.session.workplace.prompt, self.plugins[0].program)
            try:
                return age_plugins.decrypt(
                    stream, target, identities=self.plugins, callbacks=talk, progress=progress, cancelled=cancelled
                )
            except (PluginFailed, KeyNotHere) as error:
                raise talk.error or error from None

    def _proven(self, index: int, path: str, place: Target, output: Unpublished, read: age.Read) -> Proven:
        details: dict[str, Detail] = {
            "format": "age",
            "source": path,
            "output": output.path,
            "size": read.size,
            "message-id": read.header_id.hex(),
        }
        grant = self.using[0] if self.using else None

        folder = isinstance(output, StagedFolder)

        def note(change: Change) -> None:
            noted_copy(change, self._batch.session, output.path, read.header_id, folder=folder)
            if grant is None:  # a key of the vault has its entry already
                change.append(Draft(str(Operation.DECRYPT), Outcome.DONE, details=details))
            else:
                _note(change, self._batch.session, grant.key, read, place.path, folder=folder)

        return Proven(
            index=index,
            output=output,
            grants=self.using,
            details=details,
            size=read.size,
            note=note,
            undo=lambda change: change.copies.forget(output.path),
        )


class _NotAFolder(Exception):
    """What is in the file is no folder that Signet lays out."""


class _Layout:
    """Takes an archive in order and lays it out; raises ArchiveRefused."""

    def __init__(self, folder: StagedFolder) -> None:
        self._path = folder.path
        self._parser = Parser(folder)

    def write(self, data: bytes | memoryview, /) -> int:
        """Take the next bytes."""
        try:
            self._parser.feed(memoryview(data))
        except ValueError as error:
            raise ArchiveRefused(path=self._path, reason=str(error)) from error
        return len(data)

    def finish(self) -> None:
        """Check that the archive is complete."""
        try:
            self._parser.finish()
        except ValueError as error:
            raise ArchiveRefused(path=self._path, reason=str(error)) from error


def _note(change: Change, session: Session, key: Key, read: age.Read, path: str, *, folder: bool) -> None:
    """Note in the catalogue where a file that a key of the vault opens was seen."""
    now = timestamp(session.workplace.clock.now())
    if change.catalogue.find(read.header_id) is not None:
        change.catalogue.set_seen(read.header_id, now, path=path)
        return
    content = FOLDER if folder else FILE
    change.catalogue.record(FileRecord(read.header_id, key.id, key.version, content, path, read.size, now, now))
