"""Rotate and re-encrypt: the known files of a key are brought to its newest version.

Nothing is noted for it. What is left to do is what the catalogue knows under older versions, so whatever interrupted
it, the next call goes on where it stopped (docs/decisions/0024-rotation.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from signet.errors import KeyStateRefused
from signet.keys.model import Key
from signet.keys.state import KeyState
from signet.services.catalogue import is_there
from signet.services.files_items import Item
from signet.services.files_reencrypt import re_encrypt_files
from signet.services.session import Session
from signet.services.workplace import Cancelled, Progress


@dataclass(frozen=True)
class Behind:
    """Known files of a key under older versions: ``files`` (paths) are there, ``elsewhere`` are not any more."""

    key: Key
    files: tuple[str, ...]
    elsewhere: tuple[str, ...]


@dataclass(frozen=True)
class Moved:
    """What `re_encrypt_key` came to: each file that was there, and where the others were seen last."""

    key: Key
    items: tuple[Item, ...]
    elsewhere: tuple[str, ...]


def behind(session: Session, name: str) -> Behind:
    """Look which known files of a key are under older versions; raise KeyNotFound, NameAmbiguous.

    Reads their headers: another message at the same path is not that file.
    """
    with session.records.read() as reading:
        key = reading.keys.find(name)
        records = [each for each in reading.catalogue.by_key(key.id) if (each.version or 0) < key.version]
    here = [record for record in records if is_there(record)]
    return Behind(
        key,
        files=tuple(dict.fromkeys(record.path for record in here)),
        elsewhere=tuple(dict.fromkeys(record.path for record in records if record not in here)),
    )


def re_encrypt_key(
    session: Session, name: str, *, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> Moved:
    """Encrypt the known files under older versions of a key anew under its newest one, each in its place.

    One job: one decision, and one guard for a guarded key. Raises KeyNotFound, NameAmbiguous, KeyStateRefused unless
    it is enabled, and what `re_encrypt_files` raises.
    """
    found = behind(session, name)
    if found.key.state is not KeyState.ENABLED:
        raise KeyStateRefused(key=found.key.alias, state=found.key.state.value, operation="re-encrypt")
    items: Sequence[Item] = re_encrypt_files(session, found.files, progress=progress, cancelled=cancelled)
    return Moved(found.key, tuple(items), found.elsewhere)
