"""Trusted lists fetched because the person asked: the European list of lists, then those of states that it names.

Those that are here are renewed; others come along only if they are named. Each is taken in by the rules of
`signet.services.trusted_lists`, one after the other; one that fails does not keep the others from being renewed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from signet.documents.network import Visit, fetch
from signet.errors import IssuerProblem, ListNotFound, ListOlder, NetworkProblem, SignetError
from signet.keys.issuer import TrustedList
from signet.services.session import Session
from signet.services.trusted_lists import EUROPE, Cancelled, keep_list, list_in_bytes, pointer_to

LOTL_ADDRESS = "https://ec.europa.eu/tools/lotl/eu-lotl.xml"
"""Where the European Commission publishes the list of lists (Decision (EU) 2015/1505)."""
PURPOSE = "a trusted list"
SECONDS = 60.0
MAX_BYTES = 32 << 20

__all__ = ["LOTL_ADDRESS", "Update", "update_lists"]


@dataclass(frozen=True)
class Update:
    """What became of one list: ``found`` as it is now, None if it is not here; ``error`` if it was not renewed."""

    territory: str
    found: TrustedList | None
    renewed: bool
    error: SignetError | None = None


def update_lists(
    session: Session,
    territories: Sequence[str] = (),
    *,
    address: str = LOTL_ADDRESS,
    cancelled: Cancelled | None = None,
    visited: Callable[[Visit], None] | None = None,
) -> list[Update]:
    """Fetch the list of lists, and renew those that are here; ``territories`` come along ("EE").

    Raises ProofOfPresenceMissing if a list is to come that was not here before; what the list of lists itself raises:
    NetworkProblem, ListRefused, ListSignerUnknown, StorageError; Cancelled.
    """
    with session.records.read() as reading:
        before = {each.territory: each for each in reading.issuers.lists()}
    wanted = sorted({each.upper() for each in territories} - {EUROPE})
    if EUROPE not in before or set(wanted) - set(before):
        session.require_presence()
    work = _Work(session, cancelled, visited)
    updates = [work.fetched(EUROPE, address, before.get(EUROPE))]
    for territory in sorted({*before, *wanted} - {EUROPE}):
        try:
            pointer = pointer_to(session, territory)
            if pointer is None:
                raise ListNotFound(territory=territory)
            updates.append(work.fetched(territory, pointer.address, before.get(territory)))
        except (NetworkProblem, IssuerProblem) as error:
            updates.append(Update(territory, before.get(territory), False, error))
    return updates


@dataclass(frozen=True)
class _Work:
    """One round of fetching."""

    session: Session
    cancelled: Cancelled | None
    visited: Callable[[Visit], None] | None

    def fetched(self, territory: str, address: str, before: TrustedList | None) -> Update:
        """Fetch one list and take it in if it is newer."""
        data = fetch(
            address,
            purpose=PURPOSE,
            limit=MAX_BYTES,
            seconds=SECONDS,
            cancelled=self.cancelled,
            visited=self.visited,
        )
        offered = list_in_bytes(self.session, data, address, cancelled=self.cancelled)
        if offered.found.territory != territory:
            raise ListNotFound(territory=territory)
        try:
            found = keep_list(self.session, offered)
        except ListOlder:
            if before is None:
                raise
            return Update(territory, before, renewed=False)
        return Update(territory, found, renewed=before is None or before.digest != found.digest)
