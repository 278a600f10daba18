"""What the header of an age file says, without any key and without a vault. Nothing of it is proven."""

from __future__ import annotations

import os
from dataclasses import dataclass

from signet.crypto.age import header_id, read_header
from signet.crypto.age_recipients import memory_of, work_factor_of
from signet.crypto.esdk_rsa import person_name
from signet.formats.age import parse
from signet.formats.age_armor import is_armored
from signet.keys.spec import KeySpec
from signet.services.age_names import head_of
from signet.services.age_names import reading as reading_file
from signet.services.files_inspect import Recipient, shown
from signet.services.files_items import opened, own_folder, place_of, refuse_own
from signet.services.openers import Opener, OpenerKind, print_said
from signet.services.session import Session

AGE = "age"
"""The provider of a recipient that is age's."""


@dataclass(frozen=True)
class AgeInspection:
    """What a header says; sizes in bytes.

    ``kinds`` are those of the keys that open it, one for each: the format names nobody. ``work_factor`` and
    ``mebibytes`` (of memory) are what a passphrase costs, None for a file that is for keys. ``openers`` are for whom
    this vault noted that it made the file; empty without a vault, and for files from elsewhere.
    """

    path: str
    size: int
    header_size: int
    armored: bool
    kinds: tuple[str, ...]
    work_factor: int | None = None
    mebibytes: int | None = None
    openers: tuple[Opener, ...] = ()


def inspect_age(path: str, *, session: Session | None = None) -> AgeInspection:
    """Read the header of the age file at ``path``; with a vault open, nothing of the vault's own.

    A header that the vault wrote is known by its SHA-256, so with a vault it can say who opens the file.

    Raises SourceNotFound, SourceUnsupported, FolderReadOnly, StorageError, FormatUnrecognised, CiphertextInvalid.
    """
    if session is not None:
        refuse_own(own_folder(session), place_of(path), path)
    with opened(path) as source:
        with reading_file(source, path, lambda: False) as stream:
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
        openers=() if session is None else _noted(session, header_id(data)),
    )


def _noted(session: Session, message_id: bytes) -> tuple[Opener, ...]:
    """For whom the file is, as it was noted when it was made here; nobody if it was not."""
    with session.records.read() as reading:
        noted = reading.catalogue.recipients_of(message_id)
        keys = [key for key in reading.keys.all() if key.spec is KeySpec.X25519] if noted else []
        own = {person_name(reading.keys.version(key.id, key.version).public_key or b""): key.alias for key in keys}
        persons = {key.fingerprint: person.name for person in reading.people.all() for key in person.keys}
    found = []
    for fingerprint in sorted(noted):
        kind = OpenerKind.PERSON if fingerprint in persons else OpenerKind.UNKNOWN
        kind = OpenerKind.KEY if fingerprint in own else kind
        name = own.get(fingerprint) or persons.get(fingerprint) or print_said(fingerprint)
        found.append(Opener(kind, name, Recipient(AGE, fingerprint, fingerprint=fingerprint)))
    return tuple(sorted(found, key=lambda each: (list(OpenerKind).index(each.kind), each.name)))
