"""Encrypting files for a key of the vault and for persons: one decision a batch, a message a file (DESIGN.md, 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from signet.audit.canonical import Detail
from signet.crypto.esdk_decrypt import verify as read_back
from signet.crypto.esdk_encrypt import MessageWritten, encrypt
from signet.crypto.esdk_keys import RawAesKeyring, ReadingKeyring, unwrap_with
from signet.errors import UsageError
from signet.formats.esdk import serialise_context
from signet.formats.esdk_keyring import PROVIDER_ID
from signet.keys.state import Operation
from signet.secret import Secret
from signet.services.catalogue import CONTENT_KEY, FILE, FOLDER, NewFile, message_at
from signet.services.context import checked_pairs
from signet.services.files_batch import Batch, FileWork
from signet.services.files_card import keyring_for, second_key
from signet.services.files_folder import ARCHIVE_SUFFIX, pack, refuse_within, tell_left_out
from signet.services.files_items import Item, Tally, Targets, is_folder, opened, own_inodes
from signet.services.files_people import Addressee, addressees, confirm_without_oneself, details_of_people
from signet.services.files_publishing import Proven
from signet.services.files_recipients import MessageKeyrings, Recipients, recipients_of
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
    key: str | None = None,
    to: Sequence[str] = (),
    second: str | None = None,
    context: Mapping[str, str] | None = None,
    output: str | None = None,
    overwrite: bool = False,
    keep_both: bool = False,
    verify: bool = False,
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> tuple[Item, ...]:
    """Encrypt each file of ``paths`` into ``NAME.EXT.esdk`` beside it, or in the folder ``output`` (made if absent).

    A folder becomes one file, ``FOLDER.tar.esdk``; links, pipes, sockets and devices in it are left out and named.

    It opens with ``key`` and with the keys of the persons ``to``; for persons alone the person is asked first, unless
    one of these keys is the vault's own. A file for a key on a card opens with ``second`` too, a key in the vault
    (default: the oldest); no card is needed. ``verify`` reads each result back before it gets its
    name. Where a result is there already, ``keep_both`` gives the new one a number.

    A file given twice is skipped the second time. What goes wrong with one file is its item's ``error``; the others
    go on. A cancel fails what is left with Cancelled. Raises UsageError if it is for nobody or for too many,
    ContextInvalid, PersonNotFound, PersonReceivesNoFiles, ConfirmationMissing, what `use_key` raises, VaultError, and
    what the folder ``output`` runs into.
    """
    pairs = checked_context(context or {})
    if key is None and not to:
        raise UsageError(reason="Say for whom: a key of yours, or a person.")
    if not paths:
        return ()
    people = addressees(session, to)
    batch = Batch(session, Operation.ENCRYPT, paths, overwrite=overwrite)
    files = len(set(batch.places))
    details: dict[str, Detail] = {"files": files, "context": pairs, **details_of_people(people)}
    with ExitStack() as stack:
        if key is None:
            closing = recipients_of((), None, (), people)
            confirm_without_oneself(session, people)
        else:
            closing = _granted(session, stack, key, second, people, details, wraps=files, context=pairs)
        tally = Tally(paths, progress=progress, cancelled=cancelled, passes=2 if verify else 1)
        targets = Targets(batch.places, own=batch.own, output=output, overwrite=overwrite, keep_both=keep_both)
        if not closing.grants:
            batch.begin(details)
        return _Encryption(batch, tally, closing, pairs, targets, verify=verify).run()


def _granted(
    session: Session,
    stack: ExitStack,
    key: str,
    second: str | None,
    people: Sequence[Addressee],
    details: dict[str, Detail],
    *,
    wraps: int,
    context: Mapping[str, str],
) -> Recipients:
    """Go through the door with the key, and for one on a card with the second; ``stack`` ends both."""
    grant = stack.enter_context(
        use_key(session, key, Operation.ENCRYPT, details=details, wraps=wraps, context=context)
    )
    other = second_key(session, grant.key, second)
    if other is None:
        return recipients_of((grant,), vault_keyring(grant, stack.enter_context(grant.material())), (), people)
    details = {**details, "with": grant.key.id}
    first = stack.enter_context(
        use_key(session, other.id, Operation.ENCRYPT, details=details, wraps=wraps, by_id=True, context=context)
    )
    keyring = vault_keyring(first, stack.enter_context(first.material()))
    beside = keyring_for(grant.version.public_key or b"", grant.key.spec)
    return recipients_of((first, grant), keyring, (beside,), people)


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
    """What all files of one batch share; the first grant is the one that the catalogue counts them for."""

    def __init__(
        self,
        batch: Batch,
        tally: Tally,
        closing: Recipients,
        context: Mapping[str, str],
        targets: Targets,
        *,
        verify: bool,
    ) -> None:
        super().__init__(batch, tally)
        self._closing = closing
        self._context = context
        self._targets = targets
        self._verify = verify

    @property
    def grants(self) -> Sequence[Grant]:
        """The grants of the batch: one, for a card's key a second, none for persons alone."""
        return self._closing.grants

    def process(self, index: int, path: str) -> Proven:
        """Encrypt one file into an output without a name."""
        self.using = self._closing.grants
        place = self.batch.places[index]
        folder = is_folder(path)
        target = self._targets.choose(place, encrypted_name(place.name, folder=folder))
        if folder:
            refuse_within(place.path, target.path)
        output = self.batch.notes.new_output(target.path)
        try:
            with self._closing.of_one_message() as keyrings:
                make = self._pack if folder else self._write
                written, more = make(index, output, path, keyrings)
                if self._verify:
                    self._read_back(index, output, written, keyrings.reading)
        except BaseException:
            output.discard()
            raise
        replaces = message_at(target.path) if self._targets.overwrite else None
        new = NewFile.of_message(
            self.batch.session, self._closing.first, written, target.path, replaces=replaces, output=output
        )
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

    def _write(
        self, index: int, output: Output, path: str, keyrings: MessageKeyrings
    ) -> tuple[MessageWritten, dict[str, Detail]]:
        with opened(path) as source:
            written = encrypt(
                source,
                output.fd,
                keyrings=keyrings.all,
                context=self._context,
                progress=self.tally.within(index),
                cancelled=self.tally.cancelled,
                source_name=path,
                target_name=output.path,
            )
        return written, {}

    def _pack(
        self, index: int, output: Output, path: str, keyrings: MessageKeyrings
    ) -> tuple[MessageWritten, dict[str, Detail]]:
        packed = pack(
            path,
            output,
            keyrings=keyrings.all,
            context={**self._context, CONTENT_KEY: FOLDER},
            avoid=own_inodes(self.batch.session),
            tally=self.tally,
            index=index,
        )
        tell_left_out(self.batch.session.workplace.prompt, path, packed.left_out)
        return packed.written, packed.details

    def _read_back(self, index: int, output: Output, written: MessageWritten, keyring: ReadingKeyring) -> None:
        read_back(
            output.fd,
            unwrap=unwrap_with([keyring]),
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
