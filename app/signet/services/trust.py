"""Accepting a vault as it is: a person's own decision, with the differences shown, in the log (``vault accept``)."""

from __future__ import annotations

from dataclasses import dataclass

from signet.audit.entry import Draft, Outcome
from signet.services import header_change
from signet.services.opening import open_vault
from signet.services.pinning import PinCheck, differences, known_pin
from signet.services.presenting import Selection
from signet.services.session import Session
from signet.services.workplace import Workplace


@dataclass(frozen=True)
class Accepted:
    """What was accepted: the vault, its generation, and how it differed from what this computer knew."""

    vault_id: str
    generation: int
    differences: tuple[str, ...]


def accept_vault(workplace: Workplace, path: str, *, selection: Selection | None = None) -> Accepted:
    """Unlock the vault whatever is pinned, show the differences, and pin it as it is once they are confirmed.

    Raises what unlocking raises but VaultForeign and VaultRolledBack, and ConfirmationMissing.
    """
    found: list[str] = []

    def watch(session: Session) -> None:
        found.extend(differences(session, known_pin(workplace, session.vault_id)))
        if found:
            workplace.prompt.confirm("Accept the vault as it is now?", about=found)

    with open_vault(workplace, path, selection=selection, pins=PinCheck.REPLACE, watch=watch) as session:
        with session.records.change() as change:
            change.append(Draft("AcceptVault", Outcome.DONE, details={"differences": list(found)}))
        workplace.pins.replace(session.vault_id, header_change.pin_of(session))
        return Accepted(session.vault_id, session.header.generation, tuple(found))
