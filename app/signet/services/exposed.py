"""What a finder of card and PIN may know: keys as they were before the identity was renewed, and files under them.

Nothing is noted for this. The log says when the identity was renewed and which keys were made or rotated since, so
what is still to be done after a loss is seen in the vault itself, whatever interrupted it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from signet.audit.entry import Outcome
from signet.keys.model import Key
from signet.keys.spec import Protection
from signet.keys.state import KeyState
from signet.services.catalogue import is_there
from signet.services.files_items import Item
from signet.services.files_reencrypt import re_encrypt_files
from signet.services.guards import guards_in
from signet.services.new_identity import OPERATION
from signet.services.rotation import OPERATION as ROTATE
from signet.services.rotation import Reason, can_rotate, rotate_key
from signet.services.session import Session
from signet.services.workplace import Cancelled, Progress
from signet.store.records import Reading


@dataclass(frozen=True)
class Exposed:
    """``keys`` are to be rotated, ``files`` (paths) re-encrypted, ``others`` replaced by new keys by the person.

    ``elsewhere`` are known files under such keys that are not where they were seen last. All empty if the identity
    was never renewed.
    """

    keys: tuple[Key, ...] = ()
    files: tuple[str, ...] = ()
    others: tuple[Key, ...] = ()
    elsewhere: tuple[str, ...] = ()

    @property
    def work(self) -> bool:
        """Whether there is something that `renew_keys` does."""
        return bool(self.keys or self.files)


@dataclass(frozen=True)
class Renewed:
    """What `renew_keys` came to: the keys that were rotated, and each file."""

    keys: tuple[Key, ...]
    items: tuple[Item, ...]


def exposed(session: Session, *, quick: bool = False) -> Exposed:
    """Look for what hangs on key versions from before the identity was renewed last.

    Reads the headers of the files; with ``quick`` it only looks whether there is something at each path.
    """
    with session.records.read() as reading:
        last = reading.audit.list(limit=1, operation=OPERATION)
        if not last:
            return Exposed()
        since = last[0].sequence
        old = [(key, _last_exposed(reading, key, since)) for key in reading.keys.all()]
        old = [
            (key, version)
            for key, version in old
            if version
            and key.protection is not Protection.TOKEN
            and (key.protection is not Protection.GUARDED or guards_in(reading, session.header, key))
        ]
        records = [
            record
            for key, version in old
            if can_rotate(key)
            for record in reading.catalogue.by_key(key.id)
            if (record.version or 0) <= version
        ]
    here = [record for record in records if (os.path.lexists(record.path) if quick else is_there(record))]
    return Exposed(
        keys=tuple(key for key, version in old if can_rotate(key) and version == key.version),
        files=tuple(dict.fromkeys(record.path for record in here)),
        others=tuple(key for key, _ in old if not can_rotate(key) and key.state is KeyState.ENABLED),
        elsewhere=tuple(record.path for record in records if record not in here),
    )


def renew_keys(
    session: Session,
    *,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
    told: Callable[[str], None] = lambda _: None,
) -> Renewed:
    """Rotate what `exposed` names, then re-encrypt its files under the new versions; stopped, it goes on later.

    ``told`` hears what is being done. Raises ProofOfPresenceMissing, and what `re_encrypt_files` raises.
    """
    session.require_presence()
    found = exposed(session)
    rotated = []
    for key in found.keys:
        told(f"Rotating “{key.alias}”…")
        rotated.append(rotate_key(session, key.id, reason=Reason.EXPOSED))
    told("Re-encrypting the known files…")
    items = re_encrypt_files(session, found.files, progress=progress, cancelled=cancelled)
    return Renewed(tuple(rotated), items)


def _last_exposed(reading: Reading, key: Key, since: int) -> int:
    """The newest version that there was at the entry ``since``; 0 for a key that came later."""
    first = reading.audit.list(key=key.id, limit=1, newest_first=False)
    if first and first[0].sequence > since:  # made here, imported, or taken in from another vault
        return 0
    entries = reading.audit.list(key=key.id, after=since)
    return key.version - sum(entry.operation == ROTATE and entry.outcome is Outcome.DONE for entry in entries)
