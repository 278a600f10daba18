"""What age files are called, known by and read from: names, first bytes, streams. No key is used here."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager

from signet.crypto.age import header_id, read_header
from signet.crypto.age_keytexts import unarmored
from signet.crypto.esdk_io import Source
from signet.crypto.esdk_stream import FileReader
from signet.errors import SignetError, StorageError
from signet.formats import age_armor
from signet.formats.age import VERSION_LINE, parse
from signet.services.files_folder import ARCHIVE_SUFFIX
from signet.services.files_items import opened
from signet.services.workplace import Cancelled as IsCancelled
from signet.store.foreign import translated

SUFFIX = ".age"
UNNAMED_SUFFIX = ".decrypted"
_VERSIONS = VERSION_LINE.rpartition(b"/")[0] + b"/"
_HEAD = age_armor.MAX_WHITESPACE + len(age_armor.BEGIN)
_BUFFER = 64 * 1024


def age_name(name: str, *, folder: bool) -> str:
    """Return what the age file of a file, or of a folder, is called."""
    return name + (ARCHIVE_SUFFIX if folder else "") + SUFFIX


def plain_name(name: str) -> str:
    """Return what an age file called ``name`` becomes."""
    stem = name.removesuffix(SUFFIX)
    return name + UNNAMED_SUFFIX if stem in ("", name) else stem


def folder_name(name: str) -> str | None:
    """Return what the folder in an age file is called, None if its name does not say that it holds one.

    The format itself says nothing about what is in a file.
    """
    return plain_name(name).removesuffix(ARCHIVE_SUFFIX) if name.endswith(ARCHIVE_SUFFIX + SUFFIX) else None


def head_of(descriptor: int, path: str) -> bytes:
    """Return the first bytes of a file, enough for `is_age`."""
    with translated(path):
        return os.pread(descriptor, _HEAD, 0)


def is_age(head: bytes) -> bool:
    """Whether a file that begins so is an age file, armored or not, of whatever version."""
    return head.startswith(_VERSIONS) or age_armor.is_armored(head)


def is_age_file(path: str) -> bool:
    """Whether an ordinary file that can be read is an age file."""
    try:
        with opened(path) as descriptor:
            return is_age(head_of(descriptor, path))
    except SignetError:
        return False


@contextmanager
def reading(
    descriptor: int, path: str, cancelled: IsCancelled, *, armored: bool = True
) -> Iterator[io.BufferedIOBase]:
    """Yield the stream of a file's bytes, out of their armor if they are in one and ``armored`` is not False.

    Reading raises Cancelled, SourceChanged if the file is not what it was at first, and what armor raises.
    """
    file = Source.look(descriptor, path)
    if file is None:
        raise StorageError(path=path)
    stream = io.BufferedReader(FileReader(file, cancelled), _BUFFER)
    yield unarmored(stream, head_of(descriptor, path)) if armored else stream


def id_at(path: str) -> bytes | None:
    """Return by what the age file with this name is known, None if there is none; a link has none of its own."""
    try:
        with opened(path) as descriptor, reading(descriptor, path, lambda: False) as stream:
            return header_id(read_header(stream))
    except SignetError:
        return None


def kinds_at(path: str) -> frozenset[str]:
    """Return what kinds of keys open the age file with this name; nothing for what is none or cannot be read."""
    try:
        with opened(path) as descriptor, reading(descriptor, path, lambda: False) as stream:
            return frozenset(stanza.kind for stanza in parse(read_header(stream)).stanzas)
    except SignetError:
        return frozenset()
