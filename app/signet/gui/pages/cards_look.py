"""What the page Cards & recovery reads in a task: one moment of the open vault and of the cards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from signet.crypto.identity import fingerprint
from signet.errors import SignetError
from signet.gui.pages.cards_present import PresentCard
from signet.gui.pages.cards_state import Row, row_of
from signet.gui.pages.cards_verdict import Verdict, verdict
from signet.gui.unlock_look import WayLook, with_cards
from signet.services.attention import Attention, last_backup_elsewhere, needs_attention
from signet.services.backup import list_backups
from signet.services.drill import outlook
from signet.services.loss import Loss
from signet.services.methods import MethodView, list_methods
from signet.services.renewal import Renewal, renewal_under_way
from signet.services.session import Session


@dataclass(frozen=True)
class CardsLook:
    """A snapshot; ``ways`` are for proofs, ``backups`` the automatic ones, newest first.

    ``cards`` are those that are there, ``cards_trouble`` why some may be missing; ``losses`` are what the loss of
    each card would mean, the worst first.
    """

    views: tuple[MethodView, ...]
    ways: tuple[WayLook, ...]
    rows: tuple[Row, ...]
    losses: tuple[Loss, ...]
    verdict: Verdict
    attention: tuple[Attention, ...]
    backups: tuple[str, ...]
    last_elsewhere: str | None
    opened_by: str
    fingerprint: str
    cards: tuple[PresentCard, ...]
    cards_trouble: SignetError | None
    now: datetime
    renewal: Renewal | None = None

    def way_of(self, way_id: str) -> WayLook | None:
        """The way in with that id."""
        return next((way for way in self.ways if way.id == way_id), None)


def look_at_ways(session: Session) -> CardsLook:
    """Read the snapshot; blocking. Raises RecordDisagrees and what reading the records raises."""
    now = session.workplace.clock.now()
    views = list_methods(session)
    ways, strangers, trouble = with_cards(session.workplace, session.header.methods, always=True)
    inserted = {way.id for way in ways if way.token is not None}
    rows = tuple(
        row_of(view, inserted=view.id in inserted, opened_this=view.id == session.method.id, now=now)
        for view in views
    )
    cards = tuple(PresentCard(way.token, way.label) for way in ways if way.token is not None)
    losses = outlook(session)
    return CardsLook(
        views=views,
        ways=ways,
        rows=rows,
        losses=losses,
        verdict=verdict(losses, now),
        attention=needs_attention(session),
        backups=list_backups(session),
        last_elsewhere=last_backup_elsewhere(session),
        opened_by=session.method.id,
        fingerprint=fingerprint(session.header.identity),
        cards=(*cards, *(PresentCard(token, "") for token in strangers)),
        cards_trouble=trouble,
        now=now,
        renewal=renewal_under_way(session),
    )
