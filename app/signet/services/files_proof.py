"""Originals and what was encrypted from them, compared byte for byte; only then an original may go to the trash.

The encrypted file is opened as for decrypting, through the one door, and what it holds is held against what lies
there now; nothing plain is written. Size, time and inode of both files are the same before and after, and once more
in the moment of the move. A trash is no shredder, and nothing here pretends to be one.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from signet.audit.canonical import Detail
from signet.audit.entry import Draft, Outcome
from signet.crypto.esdk_decrypt import MessageRead, read_header, read_into
from signet.crypto.esdk_io import Buffer, Sink
from signet.errors import Cancelled, OriginalDiffers, OriginalHoldsMore, SignetError, SourceChanged, VaultError
from signet.services.catalogue import CONTENT_KEY, FOLDER
from signet.services.files_items import (
    Item,
    Tally,
    is_folder,
    opened,
    own_folder,
    own_inodes,
    place_of,
    refuse_own,
)
from signet.services.files_keys import OpeningKeys
from signet.services.files_wanted import Wanted
from signet.services.session import Session
from signet.services.use import Grant
from signet.services.workplace import Cancelled as IsCancelled
from signet.services.workplace import Progress
from signet.store.foreign import translated
from signet.store.output import FileMark
from signet.store.trash import mark_of, move_to_trash
from signet.store.tree import FolderReader

STILL_HERE = "The unprotected original is still here"
ALL_STILL_HERE = "The unprotected originals are still here"
"""What is said of every original, wherever it is told that files were encrypted."""
COMPARING = "comparing"
"""What a key was used for, in the details of its entries."""
MOVE = "MoveToTrash"
"""The log's name for a file of the person's that went to the trash."""


@dataclass(frozen=True)
class Protected:
    """An original and the encrypted file that was just shown to hold the same, as both were then."""

    source: str
    output: str
    mark: FileMark


def trash_originals(
    session: Session,
    pairs: Sequence[tuple[str, str]],
    *,
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> tuple[Item, ...]:
    """Move each original of ``pairs`` (original, encrypted file) to the trash, once both were shown to hold the same.

    One decision a key for all of them. An item's ``output`` is where the original is now; its ``error`` why it stays:
    OriginalDiffers, OriginalHoldsMore, SourceChanged, SourceNotFound, TrashUnavailable, what decrypting runs into.
    Raises VaultError.
    """
    tally = Tally([source for source, _ in pairs], progress=progress, cancelled=cancelled)
    outputs = [output for _, output in pairs]
    items: list[Item] = []
    details: dict[str, Detail] = {"files": len(pairs), "for": COMPARING}
    with OpeningKeys(session, details, wanted=Wanted(outputs, legacy=False)) as keys:
        for index, (source, output) in enumerate(pairs):
            try:
                tally.check()
                items.append(_one(session, keys, tally, index, source, output))
            except VaultError:
                raise
            except SignetError as error:
                items.append(Item(source, None, "failed", error))
            tally.finished(index)
        left = sum(isinstance(item.error, Cancelled) for item in items)
        if left:
            with session.records.change() as change:
                for grant in keys.grants:
                    change.append(grant.draft(Outcome.CANCELLED, {"for": COMPARING, "files-left": left}))
        for grant in keys.grants:
            grant.ended()
    return tuple(items)


def _one(session: Session, keys: OpeningKeys, tally: Tally, index: int, source: str, output: str) -> Item:
    used: list[Grant] = []
    try:
        proven = prove_original_protected(session, keys, source, output, tally=tally, index=index, used=used)
    except Cancelled:
        raise
    except SignetError as error:
        with session.records.change() as change:
            for grant in used:
                entry: dict[str, Detail] = {"source": source, "output": output, "for": COMPARING}
                change.append(grant.draft(Outcome.FAILED, entry | {"error": type(error).__name__}))
        raise
    with session.records.change() as change:
        for grant in used:
            grant.count(change)
            change.append(grant.draft(Outcome.DONE, {"source": source, "output": output, "for": COMPARING}))
        begun = change.append(Draft(MOVE, Outcome.ALLOWED, details={"source": source, "output": output}))
    where = _moved(session, source, proven.mark, begun)
    return Item(source, where, "done")


def trash_copies(session: Session, paths: Sequence[str]) -> tuple[Item, ...]:
    """Move what was decrypted to the trash, as the person wants; it is not listed any more then.

    An item's ``error`` says why a copy stays: SourceNotFound, SourceChanged, TrashUnavailable, FolderReadOnly.
    """
    items: list[Item] = []
    for path in paths:
        try:
            mark = mark_of(path)
            with session.records.change() as change:
                begun = change.append(Draft(MOVE, Outcome.ALLOWED, details={"source": path, "content": "copy"}))
            items.append(Item(path, _moved(session, path, mark, begun, copy=True), "done"))
        except VaultError:
            raise
        except SignetError as error:
            items.append(Item(path, None, "failed", error))
    return tuple(items)


def _moved(session: Session, source: str, mark: FileMark, begun: int, *, copy: bool = False) -> str:
    """Move a file to the trash and write the end of that, which entry ``begun`` began; return where it is now."""
    workplace = session.workplace
    try:
        now = workplace.clock.now().astimezone()
        where = move_to_trash(source, mark=mark, home=workplace.places.trash, now=now)
    except SignetError as error:
        with session.records.change() as change:
            failed: dict[str, Detail] = {"source": source, "error": type(error).__name__}
            change.append(Draft(MOVE, Outcome.FAILED, of=begun, details=failed))
        raise
    with session.records.change() as change:
        if copy:
            change.copies.forget(source)
        moved: dict[str, Detail] = {"source": source, "trash": where}
        change.append(Draft(MOVE, Outcome.DONE, of=begun, details=moved))
    return where


def prove_original_protected(
    session: Session,
    keys: OpeningKeys,
    source: str,
    output: str,
    *,
    tally: Tally,
    index: int,
    used: list[Grant],
) -> Protected:
    """Open ``output`` and hold what it says against ``source``, file or folder, byte for byte.

    ``used`` gets the grant that it was opened with. Raises OriginalDiffers, SourceChanged, Cancelled, what `opened`
    and decrypting raise.
    """
    for path in (source, output):
        refuse_own(own_folder(session), place_of(path), path)
    before = mark_of(source)
    with opened(output) as message:
        there = FileMark.of(os.fstat(message))
        header, _ = read_header(message, legacy=False, source_name=output)
        used.append(keys.grant_for(header))
        folder = header.context.get(CONTENT_KEY) == FOLDER
        if folder != is_folder(source):
            raise OriginalDiffers(path=source)
        compare = _compare_folder if folder else _compare_file
        read = compare(session, keys, message, source, output, mark=before, tally=tally, index=index)
        if read.header.body != header.body or mark_of(output) != there:
            raise SourceChanged(path=output)
    if mark_of(source) != before:
        raise SourceChanged(path=source)
    return Protected(source, output, before)


def _compare_file(
    session: Session,
    keys: OpeningKeys,
    message: int,
    source: str,
    output: str,
    *,
    mark: FileMark,
    tally: Tally,
    index: int,
) -> MessageRead:
    del session
    with opened(source) as original:
        if FileMark.of(os.fstat(original)) != mark:  # what is compared is what will be moved, not a stand-in
            raise SourceChanged(path=source)
        read = read_into(
            message,
            _SameFile(source, original),
            unwrap=keys.unwrap,
            progress=tally.within(index),
            cancelled=tally.cancelled,
            source_name=output,
        )
        if os.fstat(original).st_size != read.plaintext_size:
            raise OriginalDiffers(path=source)
    return read


def _compare_folder(
    session: Session,
    keys: OpeningKeys,
    message: int,
    source: str,
    output: str,
    *,
    mark: FileMark,
    tally: Tally,
    index: int,
) -> MessageRead:
    del mark  # a folder's is that of its top alone
    with closing(FolderReader(source, avoid=own_inodes(session), cancelled=tally.check)) as reader:
        read = read_into(
            message,
            _SameFolder(source, reader),
            unwrap=keys.unwrap,
            progress=tally.within(index),
            cancelled=tally.cancelled,
            workers=1,
            source_name=output,
        )
        # What is in no archive would be lost with the folder, and so is nothing that may be called protected.
        if reader.read(1):
            raise OriginalDiffers(path=source)
        if reader.left_out:
            raise OriginalHoldsMore(path=source, left=os.path.relpath(reader.left_out[0].path, source))
    return read


@dataclass(frozen=True)
class _SameFile(Sink):
    """Takes plaintext at its place and holds it against the file ``original``; keeps nothing."""

    name: str
    original: int

    def check_room(self, size: int) -> None:
        """Need no room, and see at once a file of another size."""
        if os.fstat(self.original).st_size != size:
            raise OriginalDiffers(path=self.name)

    def write(self, view: Buffer, offset: int) -> None:
        """Compare; raise OriginalDiffers."""
        seen = memoryview(view)
        while seen:
            with translated(self.name):
                piece = os.pread(self.original, len(seen), offset)
            if not piece or seen[: len(piece)].tobytes() != piece:  # views are compared byte by byte
                raise OriginalDiffers(path=self.name)
            seen, offset = seen[len(piece) :], offset + len(piece)

    def discard(self) -> None:
        """Have nothing to cut."""


@dataclass(frozen=True)
class _SameFolder(Sink):
    """Takes plaintext in order and holds it against a folder read anew; keeps nothing."""

    name: str
    reader: FolderReader

    def check_room(self, size: int) -> None:
        """Need no room."""

    def write(self, view: Buffer, offset: int) -> None:
        """Compare; raise OriginalDiffers."""
        del offset  # a single worker goes from the first chunk to the last
        seen = memoryview(view)
        while seen:
            piece = self.reader.read(len(seen))
            if not piece or seen[: len(piece)].tobytes() != piece:  # views are compared byte by byte
                raise OriginalDiffers(path=self.name)
            seen = seen[len(piece) :]

    def discard(self) -> None:
        """Have nothing to cut."""
