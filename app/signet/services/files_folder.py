"""Folders in and out of one encrypted file: read as a stream, laid out beside, no archive ever on the disk."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from signet.audit.canonical import Detail
from signet.crypto.esdk_decrypt import MessageRead, Unwrap, read_into
from signet.crypto.esdk_encrypt import MessageWritten, encrypt_stream
from signet.crypto.esdk_io import Buffer, Sink, Target
from signet.crypto.esdk_keys import DataKeyWrapper
from signet.errors import ArchiveRefused, SourceUnsupported
from signet.formats.tar import Parser
from signet.services.files_items import Tally
from signet.services.prompt import Prompt
from signet.store.output import Output
from signet.store.staging import StagedFolder
from signet.store.tree import FolderReader, Inode, LeftOut, measure

ARCHIVE_SUFFIX = ".tar"
_NAMED = 3
"""Things left out that are named; of more the number is told."""


@dataclass(frozen=True)
class Packed:
    """A folder in a message: the message, how many files are in it, what was left out."""

    written: MessageWritten
    files: int
    left_out: tuple[LeftOut, ...]

    @property
    def details(self) -> dict[str, Detail]:
        """What the log says about it besides what it says of every file."""
        return {"content": "folder", "files": self.files, "left-out": len(self.left_out)}


def pack(
    path: str,
    output: Output,
    *,
    keyrings: Sequence[DataKeyWrapper],
    context: Mapping[str, str],
    avoid: frozenset[Inode],
    tally: Tally,
    index: int,
) -> Packed:
    """Encrypt the folder at ``path`` into ``output``.

    Raises SourceChanged, SourceUnsupported, FolderReadOnly, StorageError, DiskFull, ContextInvalid, Cancelled.
    """
    Target(output.fd, output.path).check_room(measure(path, avoid=avoid).archive_size)
    reader = FolderReader(path, avoid=avoid, cancelled=tally.check)
    try:
        written = encrypt_stream(
            reader,
            output.fd,
            keyrings=keyrings,
            context=context,
            progress=tally.within(index),
            cancelled=tally.cancelled,
            target_name=output.path,
        )
    finally:
        reader.close()
    return Packed(written, reader.files, tuple(reader.left_out))


def tell_left_out(prompt: Prompt, path: str, left_out: Sequence[LeftOut]) -> None:
    """Name what of a folder is not in its encrypted file; nothing goes without a word."""
    if not left_out:
        return
    named = "; ".join(f"{os.path.relpath(each.path, path)} ({each.reason})" for each in left_out[:_NAMED])
    more = f" and {len(left_out) - _NAMED} more" if len(left_out) > _NAMED else ""
    prompt.note(f"Left out of {path}: {named}{more}.")


def refuse_within(folder: str, target: str) -> None:
    """Raise SourceUnsupported if the result would lie in the folder that it is made of."""
    if target.startswith(folder.rstrip("/") + "/"):
        raise SourceUnsupported(path=folder, reason="its encrypted file would lie in the folder itself")


def unpack(
    source: int, folder: StagedFolder, *, unwrap: Unwrap, tally: Tally, index: int, legacy: bool, source_name: str
) -> MessageRead:
    """Decrypt the message in ``source`` and lay out the folder that it holds.

    Raises what `signet.crypto.esdk_decrypt.decrypt` raises, and ArchiveRefused; what was laid out is then worthless.
    """
    sink = _Layout(folder.path, Parser(folder))
    read = read_into(
        source,
        sink,
        unwrap=unwrap,
        progress=tally.within(index),
        cancelled=tally.cancelled,
        workers=1,
        legacy=legacy,
        source_name=source_name,
    )
    sink.finish()
    return read


@dataclass(frozen=True)
class _Layout(Sink):
    """Takes plaintext in order, as a single worker writes it, and lays it out."""

    name: str
    parser: Parser

    def check_room(self, size: int) -> None:
        """Leave it to the writing: what becomes of how many small files no one can tell."""

    def write(self, view: Buffer, offset: int) -> None:
        """Take the next bytes."""
        del offset  # a single worker goes from the first chunk to the last
        try:
            self.parser.feed(memoryview(view))
        except ValueError as error:
            raise ArchiveRefused(path=self.name, reason=str(error)) from error

    def finish(self) -> None:
        """Check that the archive is complete; raise ArchiveRefused."""
        try:
            self.parser.finish()
        except ValueError as error:
            raise ArchiveRefused(path=self.name, reason=str(error)) from error

    def discard(self) -> None:
        """Have nothing to cut; the folder is discarded by whoever made it."""
