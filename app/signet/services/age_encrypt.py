"""Encrypting files as age files: for X25519 and SSH keys, for a passphrase, and through plugins for others.

Outputs follow the rules of `signet.services.files_encrypt`. Only public halves are used, which no policy limits; what
was made, and for whom, is in the log all the same.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from signet.audit.entry import Draft, Outcome
from signet.clock import timestamp
from signet.crypto import age, age_plugins
from signet.crypto.age_keytexts import ReadBack
from signet.crypto.age_recipients import PassphraseRecipient, X25519Recipient
from signet.crypto.age_ssh import SshRecipient
from signet.crypto.esdk_io import Target
from signet.errors import PluginFailed, UsageError
from signet.formats.age_armor import ArmorWriter
from signet.keys.state import Operation
from signet.services.age_names import age_name, reading
from signet.services.age_plugins import PluginTalk, agree_to_run
from signet.services.age_recipients import For, Found, check_combination, find, new_passphrase, warn
from signet.services.catalogue import FILE, FOLDER, NewFile, forget_replaced, message_at
from signet.services.files_batch import Batch, FileWork
from signet.services.files_folder import refuse_within, tell_left_out
from signet.services.files_items import Item, Tally, Targets, is_folder, opened, own_inodes
from signet.services.files_publishing import Proven
from signet.services.publishing import Sink
from signet.services.session import Session
from signet.services.use import Grant
from signet.services.workplace import Cancelled as IsCancelled
from signet.services.workplace import Progress
from signet.store.output import Output
from signet.store.records import Change
from signet.store.tables.catalogue import FileRecord
from signet.store.tree import FolderReader, measure

_BUFFER = 64 * 1024


def encrypt_age(
    session: Session,
    paths: Sequence[str],
    *,
    to: For,
    armor: bool = False,
    output: str | None = None,
    overwrite: bool = False,
    keep_both: bool = False,
    verify: bool = False,
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> tuple[Item, ...]:
    """Encrypt each file of ``paths`` into ``NAME.EXT.age`` beside it, or in the folder ``output`` (made if absent).

    A folder becomes ``FOLDER.tar.age``. With a passphrase each file takes about a second and 256 MiB for a moment.
    ``verify`` reads each result back before it gets its name. Where a result is there already, ``keep_both`` gives
    the new one a number. What goes wrong with one file is its item's ``error``.
    Raises what `find` and `new_passphrase` raise, ConfirmationMissing and PluginFailed for plugins, UsageError to
    verify what only a plugin can open, VaultError, and what the folder ``output`` runs into.
    """
    if not paths:
        return ()
    check_combination(to)
    prompt = session.workplace.prompt
    passphrase = new_passphrase(prompt) if to.passphrase else None
    try:
        found = Found((), named=("a passphrase",)) if passphrase is not None else find(session, to)
        if found.plugins and verify:
            raise UsageError(reason="What another program wraps cannot be read back here; leave --verify out.")
        agree_to_run(prompt, found.plugins)
        warn(session, to)
        batch = Batch(session, Operation.ENCRYPT, paths, overwrite=overwrite)
        tally = Tally(paths, progress=progress, cancelled=cancelled, passes=2 if verify else 1)
        targets = Targets(batch.places, own=batch.own, output=output, overwrite=overwrite, keep_both=keep_both)
        work = _AgeEncryption(batch, tally, found, targets, passphrase=passphrase, armor=armor, verify=verify)
        return work.run()
    finally:
        if passphrase is not None:
            passphrase.wipe()


class _AgeEncryption(FileWork):
    """What all files of one batch share."""

    def __init__(
        self,
        batch: Batch,
        tally: Tally,
        found: Found,
        targets: Targets,
        *,
        passphrase: PassphraseRecipient | None,
        armor: bool,
        verify: bool,
    ) -> None:
        super().__init__(batch, tally)
        self._found = found
        self._targets = targets
        self._armor = armor
        self._verify = verify
        native = [each for each in found.recipients if isinstance(each, X25519Recipient | SshRecipient)]
        self._native: list[X25519Recipient | SshRecipient | PassphraseRecipient] = (
            [*native] if passphrase is None else [passphrase]
        )

    @property
    def grants(self) -> Sequence[Grant]:
        """None: the public halves alone are used."""
        return ()

    def process(self, index: int, path: str) -> Proven:
        """Encrypt one file into an output without a name."""
        place = self.batch.places[index]
        folder = is_folder(path)
        target = self._targets.choose(place, age_name(place.name, folder=folder))
        if folder:
            refuse_within(place.path, target.path)
        output = self.batch.notes.new_output(target.path)
        try:
            with self._source(index, output, path, folder=folder) as source:
                written = self._write(index, output, source)
        except BaseException:
            output.discard()
            raise
        replaces = message_at(target.path) if self._targets.overwrite else None
        new = self._new_file(output, target.path, written, replaces, folder=folder)
        published = None if replaces is None else lambda change: forget_replaced(change, replaces)
        return Proven(
            index=index,
            output=output,
            grants=(),
            details={},
            size=written.size,
            note=lambda change: self._enter(change, path, target.path, written, new),
            undo=None if new is None else new.take_back,
            published=published if new is None else new.published,
        )

    @contextmanager
    def _source(self, index: int, output: Output, path: str, *, folder: bool) -> Iterator[io.BufferedIOBase]:
        if not folder:
            with opened(path) as descriptor:
                with reading(descriptor, path, self.tally.cancelled, armored=False) as stream:
                    yield stream
            return
        avoid = own_inodes(self.batch.session)
        Target(output.fd, output.path).check_room(measure(path, avoid=avoid).archive_size)
        reader = FolderReader(path, avoid=avoid, cancelled=self.tally.check)
        try:
            yield io.BufferedReader(_Stream(reader), _BUFFER)
        finally:
            reader.close()
        del index
        tell_left_out(self.batch.session.workplace.prompt, path, reader.left_out)

    def _write(self, index: int, output: Output, source: io.BufferedIOBase) -> age.Written:
        sink = Sink(output)
        armor = ArmorWriter(sink) if self._armor else None
        proof = ReadBack(self._native[0]) if self._native else None
        progress = self.tally.within(index)
        try:
            if self._found.plugins:
                written = self._by_plugins(source, armor or sink, progress)
            else:
                recipients = [proof or self._native[0], *self._native[1:]]
                written = age.encrypt(
                    source, armor or sink, recipients=recipients, progress=progress, cancelled=self.tally.cancelled
                )
            if armor is not None:
                armor.finish()
            if self._verify and proof is not None:
                self._read_back(index, output, proof, written)
        finally:
            if proof is not None:
                proof.wipe()
        return written

    def _by_plugins(
        self, source: io.BufferedIOBase, target: ArmorWriter | Sink, progress: age.Progress
    ) -> age.Written:
        talk = PluginTalk(self.batch.session.workplace.prompt, self._found.plugins[0].program)
        try:
            return age_plugins.encrypt(
                source,
                target,
                recipients=self._found.recipients,
                callbacks=talk,
                progress=progress,
                cancelled=self.tally.cancelled,
            )
        except PluginFailed as error:
            raise talk.error or error from None

    def _read_back(self, index: int, output: Output, proof: ReadBack, written: age.Written) -> None:
        with reading(output.fd, output.path, self.tally.cancelled) as stream:
            age.decrypt(
                stream,
                _Nothing(),
                identities=[proof.identity],
                progress=self.tally.within(index, base=written.size),
                cancelled=self.tally.cancelled,
            )

    def _new_file(
        self, output: Output, path: str, written: age.Written, replaces: bytes | None, *, folder: bool
    ) -> NewFile | None:
        """What the catalogue is to know: a file under the first of the vault's keys; None if it is for a passphrase.

        Its header names nobody, so for whom it is can be noted only now.
        """
        if not self._found.recipients:
            return None
        now = timestamp(self.batch.session.workplace.clock.now())
        key = self._found.keys[0] if self._found.keys else None
        record = FileRecord(
            message_id=written.header_id,
            key_id=None if key is None else key.id,
            version=None if key is None else key.version,
            content=FOLDER if folder else FILE,
            path=path,
            size=written.size,
            created=now,
            seen=now,
        )
        return NewFile(record, self._found.fingerprints, replaces=replaces, output=output)

    def _enter(self, change: Change, source: str, output: str, written: age.Written, new: NewFile | None) -> None:
        """Log one file under each of the vault's keys that opens it, and note it in the catalogue."""
        details = {**self._found.details, "source": source, "output": output, "size": written.size}
        details["message-id"] = written.header_id.hex()
        for key in self._found.keys or (None,):
            key_id = None if key is None else key.id
            change.append(Draft(str(Operation.ENCRYPT), Outcome.DONE, key=key_id, details=details))
        if new is not None:
            new.enter(change)


class _Stream(io.RawIOBase):
    """A folder as a stream that can be read into a buffer."""

    def __init__(self, reader: FolderReader) -> None:
        self._reader = reader

    def readable(self) -> bool:
        """Say that this can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed: a private buffer type
        """Read some; 0 at the end."""
        piece = self._reader.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)


class _Nothing:
    """Takes what is only to be proven."""

    def write(self, data: bytes | memoryview, /) -> int:
        """Leave it."""
        return len(data)
