"""Known files that only the own keys of a card open: found by name, and moved to other keys while the card is here.

A file for a card's key opens with a key of the vault as well, so few hang on the card alone: those that came from
elsewhere, as from a vault that was lost, and those whose other key may not be used any more. Moving is re-encrypting,
each file a new message in its place, so what was interrupted goes on another time: what is done hangs on the new key.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from signet.crypto.esdk_decrypt import read_header
from signet.crypto.esdk_ecdh import recipient_name
from signet.errors import ModuleError, SignetError, UsageError
from signet.keys.decide import decide
from signet.keys.model import Key
from signet.keys.spec import KeyUsage, Protection
from signet.keys.state import KeyState, Operation
from signet.services.files_items import Item
from signet.services.files_reencrypt import re_encrypt_files
from signet.services.lost import goes_with
from signet.services.session import Session
from signet.services.workplace import Cancelled, Progress
from signet.store.tables.catalogue import FileRecord
from signet.tokens.hub import fingerprint


@dataclass(frozen=True)
class CardFiles:
    """What hangs on the own keys of a card.

    ``here`` are known files (paths) that can be moved, ``elsewhere`` those that are not where they were seen last.
    ``targets`` are keys that they could go to, the one that Signet would take first. ``present``: the card is here.
    """

    keys: tuple[Key, ...] = ()
    here: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    targets: tuple[Key, ...] = ()
    present: bool = False

    @property
    def movable(self) -> bool:
        """Whether `move_files` has something to do and what it takes."""
        return bool(self.here and self.targets and self.present)


@dataclass(frozen=True)
class Moved:
    """What `move_files` came to: the alias of the key that the files went to, each file, and those not found."""

    to: str
    items: tuple[Item, ...]
    elsewhere: tuple[str, ...]


def files_on_card(session: Session, method_id: str) -> CardFiles:
    """Look for known files that only the own keys of the card open that is the way in ``method_id``.

    Reads the heads of such files; asks the modules whether the card is here. Raises UnlockMethodNotFound.
    """
    at_stake = {stake.key_id for stake in goes_with(session, method_id).keys if not stake.guarded}
    with session.records.read() as reading:
        every = reading.keys.all()
        keys = tuple(key for key in every if key.id in at_stake and key.usage is KeyUsage.ENCRYPT_DECRYPT)
        prints = {fingerprint(reading.keys.version(key.id, key.version).public_key or b"") for key in keys}
        known = reading.catalogue.all() if keys else []
    own = {key.id for key in keys}
    closed = {key.id: decide(key, Operation.DECRYPT).error is not None for key in every}
    here: list[str] = []
    elsewhere: list[str] = []
    for record in known:
        if record.key_id in own:
            (here if _names_at(record) & prints else elsewhere).append(record.path)
        elif closed.get(record.key_id or "", True) and _names_at(record) & prints:
            here.append(record.path)
    return CardFiles(
        keys=keys,
        here=tuple(dict.fromkeys(here)),
        elsewhere=tuple(dict.fromkeys(path for path in elsewhere if path not in here)),
        targets=_targets(every, without=own),
        present=_present(session, prints),
    )


def move_files(
    session: Session,
    method_id: str,
    *,
    to: str | None = None,
    second: str | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Moved:
    """Re-encrypt what `files_on_card` finds, to the key ``to``; None: the one that Signet would take.

    The card's PIN is asked for once. ``second`` is the second key of files that go to another card's key. Raises
    UsageError if the key is on that very card or there is none, KeyNotFound, NameAmbiguous, and what
    `re_encrypt_files` raises.
    """
    found = files_on_card(session, method_id)
    if to is None and not found.targets:
        raise UsageError(reason="There is no key that the files could go to. Make one in the vault first.")
    with session.records.read() as reading:
        target = found.targets[0] if to is None else reading.keys.find(to)
    if target.id in {key.id for key in found.keys}:
        raise UsageError(reason=f"“{target.alias}” is on the card that the files are to leave. Name another key.")
    items = re_encrypt_files(
        session, found.here, key=target.id, second=second, progress=progress, cancelled=cancelled
    )
    return Moved(target.alias, items, found.elsewhere)


def _targets(every: list[Key], *, without: set[str]) -> tuple[Key, ...]:
    """Keys that protect files, the oldest in the vault first; those that ask for a guard, or are on cards, last."""
    able = [key for key in every if key.encrypts_files and key.state is KeyState.ENABLED and key.id not in without]
    order = (Protection.VAULT, Protection.GUARDED, Protection.TOKEN)
    return tuple(sorted(able, key=lambda key: (order.index(key.protection), key.created, key.alias)))


def _present(session: Session, prints: set[str]) -> bool:
    try:
        return bool(prints & session.workplace.hub.present_keys())
    except ModuleError:
        return False


def _names_at(record: FileRecord) -> set[str]:
    """The public keys, by SHA-256, that the message at its place is for; none if another one, or none, is there."""
    try:
        descriptor = os.open(record.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return set()
    try:
        header = read_header(descriptor, legacy=True, source_name=record.path)[0]
    except SignetError:
        return set()
    finally:
        os.close(descriptor)
    if header.message_id != record.message_id:
        return set()
    return {name for wrapped in header.encrypted_data_keys if (name := recipient_name(wrapped)) is not None}
