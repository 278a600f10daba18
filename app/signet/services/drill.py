"""The recovery drill: a copy of the vault is really opened with a way in, and what is known of the loss of a card is
put together.

The copy lies in a private folder beside the vault and holds nothing in the clear. It is removed whatever happens; a
killed drill's is swept at the next unlocking. Opening it neither reads nor writes pins (DESIGN.md, section 10). Only
the dates of the proofs go into the vault itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from signet.crypto.wrapping import Exchange
from signet.errors import (
    AttestationInvalid,
    AttestationMissing,
    ConfirmationMissing,
    NotUnlocked,
    PinIncorrect,
    PinLocked,
    SecretIncorrect,
    SecretMissing,
    SignetError,
    TokenKeyNotFound,
    TokenKeyUnusable,
    TokenNotFound,
    TokenOperationFailed,
    TokenRemoved,
)
from signet.formats.header import UnlockMethod, VaultHeader
from signet.keys.spec import Protection
from signet.secret import Secret
from signet.services.guards import guards_of_all
from signet.services.keys import holder_of, list_keys
from signet.services.loss import Card, Loss, Stake, losses
from signet.services.methods import list_methods, on_the_same_card, on_their_cards, record_failure, record_proof
from signet.services.opening import open_vault, read_header
from signet.services.pinning import PinCheck
from signet.services.presenting import find_method, present_method
from signet.services.session import Session
from signet.services.ways import Presenter
from signet.store.folder import VaultFolder
from signet.store.unfinished import sweep_unfinished, unfinished_folder

FAILURES = (
    SecretIncorrect,
    PinIncorrect,
    PinLocked,
    TokenKeyNotFound,
    TokenKeyUnusable,
    TokenOperationFailed,
    AttestationMissing,
    AttestationInvalid,
)
"""What says that a way in does not open the vault; anything else says only that it could not be tried."""
NOT_OFFERED = (ConfirmationMissing, SecretMissing, TokenNotFound, TokenRemoved)
"""The person cannot, or will not, offer the way in now."""


class Status(StrEnum):
    """What came of a way in."""

    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Tried:
    """A way in of a drill; ``error`` is why it failed or was skipped."""

    method: UnlockMethod
    status: Status
    error: SignetError | None = None


def practise(session: Session, name: str) -> UnlockMethod:
    """Open a copy of the vault with a way in (by id, or the beginning of one), and record that it works.

    Its secret is asked for, unless it opened ``session`` and is still at hand. Raises what asking and opening raise;
    what says that the way in does not open the vault is recorded before.
    """
    method = find_method(session.header, name)
    try:
        with _copy(session) as path:
            open_vault(session.workplace, path, present_by=_presented(session, method), pins=PinCheck.IGNORE).close()
    except FAILURES as error:
        record_failure(session, method, error)
        raise
    record_proof(session, method)
    return method


def drill(
    session: Session,
    names: Sequence[str] = (),
    *,
    offer: Callable[[UnlockMethod], None],
    told: Callable[[Tried], None],
) -> tuple[Tried, ...]:
    """Try ways in one after the other: those named, else all, the one that opened ``session`` first.

    ``offer`` is asked before each and raises one of `NOT_OFFERED` to leave it out; ``told`` hears what came of it.
    Raises Cancelled, and StorageError where no copy can be made; what was proven until then stays recorded.
    """
    methods = [find_method(session.header, name) for name in names] or list(session.header.methods)
    methods.sort(key=lambda method: method.id != session.method.id)
    results = []
    for method in methods:
        result = _try(session, method, offer)
        told(result)
        results.append(result)
    return tuple(results)


def outlook(session: Session) -> tuple[Loss, ...]:
    """Every loss of a card there can be, the worst first, from what the vault knows now; opens nothing.

    Cards that are in a reader are asked which of the ways in are on them.
    """
    now = session.workplace.clock.now()
    seen = [(method.id, on_the_same_card(session, method)) for method in session.header.methods]
    ways = [view.way(now) for view in on_their_cards(list_methods(session), seen)]
    return losses(ways, stakes(session, {way.id: way.card for way in ways}))


def stakes(session: Session, cards: Mapping[str, Card | None]) -> tuple[Stake, ...]:
    """The keys that do not live in the vault alone; one that is guarded has its guards as holders.

    ``cards`` are the cards of the ways in, by id.
    """
    found = []
    guards = guards_of_all(session)
    for key in list_keys(session):
        if key.protection is Protection.VAULT or (key.protection is Protection.GUARDED and not guards[key.id]):
            continue  # the latter waits for its material, and for guards with it
        with session.records.read() as reading:
            files = tuple(record.path for record in reading.catalogue.by_key(key.id))
        if key.protection is Protection.GUARDED:
            holders = tuple(cards.get(method.id) for method in guards[key.id])
            if not holders:
                continue  # out of reach already; no loss takes it
            found.append(Stake(key.id, key.alias, holders, files, guarded=True))
        else:
            found.append(Stake(key.id, key.alias, (holder_of(session, key) or Card("", "a card"),), files))
    return tuple(found)


def _try(session: Session, method: UnlockMethod, offer: Callable[[UnlockMethod], None]) -> Tried:
    try:
        offer(method)
        practise(session, method.id)
    except NOT_OFFERED as error:
        return Tried(method, Status.SKIPPED, error)
    except (NotUnlocked, *FAILURES) as error:  # mistyped, too: the drill goes on with the next
        return Tried(method, Status.FAILED, error)
    return Tried(method, Status.DONE)


@contextmanager
def _copy(session: Session) -> Iterator[str]:
    """Copy header and database of one moment; the database stays encrypted under its own key."""
    parent = os.path.dirname(session.folder.path)
    sweep_unfinished(parent)
    with unfinished_folder(parent) as place:
        folder = VaultFolder.create(place.inner)
        with session.folder.header_lock():
            header = read_header(session.folder)
            session.database.backup_to(folder.database_path(header.database))
            folder.write_header(header.encoded())
        yield place.inner


def _presented(session: Session, method: UnlockMethod) -> Callable[[VaultHeader], tuple[UnlockMethod, Presenter]]:
    def by(header: VaultHeader) -> tuple[UnlockMethod, Presenter]:
        same = find_method(header, method.id)
        kept = session.presenter
        if kept is not None and same.id == session.method.id:
            return same, _Kept(kept)
        return present_method(session.workplace, header, same, second=kept is not None)

    return by


class _Kept:
    """A way in that its owner goes on using: closing it here does nothing."""

    def __init__(self, presenter: Presenter) -> None:
        self._presenter = presenter

    def open(self, method: UnlockMethod, header: VaultHeader) -> Secret:
        """Unwrap the master key with it."""
        return self._presenter.open(method, header)

    def exchange(self, method: UnlockMethod, header: VaultHeader) -> Exchange:
        """Its private operation."""
        return self._presenter.exchange(method, header)

    def attest(self, method: UnlockMethod, header: VaultHeader) -> bytes:
        """Attest with it."""
        return self._presenter.attest(method, header)

    def vouches(self, method: UnlockMethod, header: VaultHeader) -> bool:
        """Check its attestation."""
        return self._presenter.vouches(method, header)

    def close(self) -> None:
        """Leave it to its owner."""
