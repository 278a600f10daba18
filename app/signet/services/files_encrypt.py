"""Encrypting files with a key of the vault: one decision a batch, one message a file (DESIGN.md, section 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from signet.audit.canonical import Detail
from signet.crypto.esdk_decrypt import verify as read_back
from signet.crypto.esdk_encrypt import MessageWritten, encrypt
from signet.crypto.esdk_keys import DataKeyWrapper, RawAesKeyring, unwrap_with
from signet.formats.esdk import serialise_context
from signet.formats.esdk_keyring import PROVIDER_ID
from signet.keys.state import Operation
from signet.secret import Secret
from signet.services.catalogue import CONTENT_KEY, FILE, FOLDER, NewFile, message_at
from signet.services.context import checked_pairs
from signet.services.files_batch import Batch, FileWork, Proven
from signet.services.files_card import keyring_for, second_key
from signet.services.files_folder import ARCHIVE_SUFFIX, pack, refuse_within, tell_left_out
from signet.services.files_items import Item, Tally, Targets, is_folder, opened, own_inodes
from signet.services.session import Session
from signet.services.use import Grant, use_key
from signet.services.workplace import Cancelled as IsCancelled
from signet.services.workplace import Progress
from signet.store.output import Output

SUFFIX = ".esdk"


def encrypt_files(
    session: Session,
    paths: Sequence[str],
    *,
    key: str,
    second: str | None = None,
    context: Mapping[str, str] | None = None,
    output: str | None = None,
    overwrite: bool = False,
    verify: bool = False,
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> tuple[Item, ...]:
    """Encrypt each file of ``paths`` into ``NAME.EXT.esdk`` beside it, or in the folder ``output`` (made if absent).

    A folder becomes one file, ``FOLDER.tar.esdk``; links, pipes, sockets and devices in it are left out and named.

    A file for a key on a card opens with ``second`` too, a key in the vault (default: the oldest); no card is needed.
    ``verify`` reads each result back before it gets its name. A file given twice is skipped the second time. What
    goes wrong with one file is its item's ``error``; the others go on. A cancel fails what is left with Cancelled.
    Raises ContextInvalid, what `use_key` raises, VaultError, and what the folder ``output`` runs into.
    """
    pairs = checked_context(context or {})
    if not paths:
        return ()
    batch = Batch(session, Operation.ENCRYPT, paths, overwrite=overwrite)
    files = len(set(batch.places))
    details: dict[str, Detail] = {"files": files, "context": pairs}
    with ExitStack() as stack:
        door = use_key(session, key, Operation.ENCRYPT, details=details, wraps=files, context=pairs)
        grant = stack.enter_context(door)
        other = second_key(session, grant.key, second)
        grants: tuple[Grant, ...] = (grant,)
        wrappers: list[DataKeyWrapper] = []
        if other is not None:
            details["with"] = grant.key.id
            door = use_key(
                session, other.id, Operation.ENCRYPT, details=details, wraps=files, by_id=True, context=pairs
            )
            wrappers.append(keyring_for(grant.version.public_key or b"", grant.key.spec))
            grants = (stack.enter_context(door), grant)
        tally = Tally(paths, progress=progress, cancelled=cancelled, passes=2 if verify else 1)
        targets = Targets(batch.places, own=batch.own, output=output, overwrite=overwrite)
        keyring = vault_keyring(grants[0], stack.enter_context(grants[0].material()))
        return _Encryption(batch, tally, grants, keyring, wrappers, pairs, targets, verify=verify).run()


def encrypted_name(name: str, *, folder: bool) -> str:
    """Return what the encrypted file of a file, or of a folder, is called."""
    return name + (ARCHIVE_SUFFIX if folder else "") + SUFFIX


def vault_keyring(grant: Grant, material: Secret, number: int | None = None) -> RawAesKeyring:
    """Name a key version's material as it stands in messages: ``KEY-UUID/VERSION`` of provider ``signet``."""
    version = grant.version.number if number is None else number
    return RawAesKeyring(PROVIDER_ID, f"{grant.key.id}/{version}", material)


def checked_context(pairs: Mapping[str, str]) -> dict[str, str]:
    """Return the context of a file with the person's own pairs; raise ContextInvalid."""
    context = {CONTENT_KEY: FILE, **checked_pairs(pairs)}
    serialise_context(context)
    return context


class _Encryption(FileWork):
    """What all files of one batch share; the first grant is that of ``keyring``, and the catalogue's."""

    def __init__(
        self,
        batch: Batch,
        tally: Tally,
        grants: tuple[Grant, ...],
        keyring: RawAesKeyring,
        others: Sequence[DataKeyWrapper],
        context: Mapping[str, str],
        targets: Targets,
        *,
        verify: bool,
    ) -> None:
        super().__init__(batch, tally)
        self._grants = grants
        self._keyring = keyring
        self._others = others
        self._context = context
        self._targets = targets
        self._verify = verify

    @property
    def grants(self) -> Sequence[Grant]:
        """The grants of the batch: one, and for a card's key a second."""
        return self._grants

    def process(self, index: int, path: str) -> Proven:
        """Encrypt one file into an output without a name."""
        self.using = self._grants
        place = self.batch.places[index]
        folder = is_folder(path)
        target = self._targets.choose(place, encrypted_name(place.name, folder=folder))
        if folder:
            refuse_within(place.path, target.path)
        output = self.batch.notes.new_output(target.path)
        try:
            written, more = self._pack(index, output, path) if folder else self._write(index, output, path)
            if self._verify:
                self._read_back(index, output, written)
        except BaseException:
            output.discard()
            raise
        replaces = message_at(target.path) if self._targets.overwrite else None
        new = NewFile(self.batch.session, self._grants[0], written, target.path, replaces=replaces, output=output)
        return Proven(
            index=index,
            output=output,
            grants=self.using,
            details=details_of(path, target.path, written) | more,
            size=written.plaintext_size,
            note=new.enter,
            undo=new.take_back,
            published=new.published,
        )

    def _write(self, index: int, output: Output, path: str) -> tuple[MessageWritten, dict[str, Detail]]:
        with opened(path) as source:
            written = encrypt(
                source,
                output.fd,
                keyrings=[self._keyring, *self._others],
                context=self._context,
                progress=self.tally.within(index),
                cancelled=self.tally.cancelled,
                source_name=path,
                target_name=output.path,
            )
        return written, {}

    def _pack(self, index: int, output: Output, path: str) -> tuple[MessageWritten, dict[str, Detail]]:
        packed = pack(
            path,
            output,
            keyrings=[self._keyring, *self._others],
            context={**self._context, CONTENT_KEY: FOLDER},
            avoid=own_inodes(self.batch.session),
            tally=self.tally,
            index=index,
        )
        tell_left_out(self.batch.session.workplace.prompt, path, packed.left_out)
        return packed.written, packed.details

    def _read_back(self, index: int, output: Output, written: MessageWritten) -> None:
        read_back(
            output.fd,
            unwrap=unwrap_with([self._keyring]),
            progress=self.tally.within(index, base=written.plaintext_size),
            cancelled=self.tally.cancelled,
            source_name=output.path,
        )


def details_of(source: str, output: str, written: MessageWritten) -> dict[str, Detail]:
    """Say in the log which file became which message."""
    return {
        "source": source,
        "output": output,
        "size": written.plaintext_size,
        "message-id": written.message_id.hex(),
    }
