"""Signing as a job: with a key of the open vault, or with a card's own key without any."""

from __future__ import annotations

from signet.services.card_signing import sign_with_card
from signet.services.files_items import Item
from signet.services.job import Order
from signet.services.session import Session
from signet.services.signing import sign_files
from signet.services.workplace import Cancelled as IsCancelled
from signet.services.workplace import Progress, Workplace


def sign_ordered(
    order: Order,
    session: Session | None,
    workplace: Workplace | None,
    *,
    progress: Progress,
    cancelled: IsCancelled,
) -> tuple[Item, ...]:
    """Sign the files of an order; raises as `sign_files` or `sign_with_card`."""
    if order.card is not None and workplace is not None:
        return sign_with_card(
            workplace,
            order.paths,
            token=order.card,
            key=order.key,
            wish=order.wish,
            output=order.output,
            overwrite=order.overwrite,
            progress=progress,
            cancelled=cancelled,
        )
    if session is None:
        raise ValueError("this job needs an open vault or a card")
    return sign_files(
        session,
        order.paths,
        key=order.key,
        wish=order.wish,
        output=order.output,
        overwrite=order.overwrite,
        progress=progress,
        cancelled=cancelled,
    )
