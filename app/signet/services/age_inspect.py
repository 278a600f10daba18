"""What the header of an age file says, without any key and without a vault. Nothing of it is proven."""

from __future__ import annotations

import os
from dataclasses import dataclass

from signet.crypto.age import read_header
from signet.crypto.age_recipients import memory_of, work_factor_of
from signet.formats.age import parse
from signet.formats.age_armor import is_armored
from signet.services.age_names import head_of, reading
from signet.services.files_inspect import shown
from signet.services.files_items import opened, own_folder, place_of, refuse_own
from signet.services.session import Session


@dataclass(frozen=True)
class AgeInspection:
    """What a header says; sizes in bytes.

    ``kinds`` are those of the keys that open it, one for each: the format names nobody. ``work_factor`` and
    ``mebibytes`` (of memory) are what a passphrase costs, None for a file that is for keys.
    """

    path: str
    size: int
    header_size: int
    armored: bool
    kinds: tuple[str, ...]
    work_factor: int | None = None
    mebibytes: int | None = None


def inspect_age(path: str, *, session: Session | None = None) -> AgeInspection:
    """Read the header of the age file at ``path``; with a vault open, nothing of the vault's own.

    Raises SourceNotFound, SourceUnsupported, FolderReadOnly, StorageError, FormatUnrecognised, CiphertextInvalid.
    """
    if session is not None:
        refuse_own(own_folder(session), place_of(path), path)
    with opened(path) as source:
        with reading(source, path, lambda: False) as stream:
            data = read_header(stream)
        header, size, armored = parse(data), os.fstat(source).st_size, is_armored(head_of(source, path))
    factor = work_factor_of(header.stanzas)
    return AgeInspection(
        path=path,
        size=size,
        header_size=len(data),
        armored=armored,
        kinds=tuple(shown(stanza.kind) for stanza in header.stanzas),
        work_factor=factor,
        mebibytes=None if factor is None else memory_of(factor),
    )
