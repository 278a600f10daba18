"""Encrypting as a job wants it: Signet's own files or age files, and who can open what came of it."""

from __future__ import annotations

from dataclasses import replace

from signet.services.age_encrypt import encrypt_age
from signet.services.age_recipients import For
from signet.services.context import NOTE
from signet.services.files_encrypt import encrypt_files
from signet.services.files_items import Item
from signet.services.job import Order
from signet.services.openers import who_can_open, who_can_open_age
from signet.services.session import Session
from signet.services.workplace import Cancelled as IsCancelled
from signet.services.workplace import Progress


def encrypt_ordered(
    session: Session, order: Order, *, progress: Progress, cancelled: IsCancelled
) -> tuple[Item, ...]:
    """Encrypt the files of an order; each result says who can open it if that is somebody besides oneself.

    Raises what `encrypt_files` and `encrypt_age` raise.
    """
    if order.age:
        return _age_files(session, order, progress, cancelled)
    items = encrypt_files(
        session,
        order.paths,
        key=order.key or None,
        to=order.to,
        context={NOTE: order.note} if order.note else None,
        output=order.output,
        overwrite=order.overwrite,
        keep_both=order.keep_both,
        verify=order.read_back,
        progress=progress,
        cancelled=cancelled,
    )
    made = next((item.output for item in items if item.output is not None), None)
    if not order.to or made is None:
        return items
    # Read from what was written; of a batch it is the same for all.
    return _saying(items, who_can_open(session, made))


def _age_files(session: Session, order: Order, progress: Progress, cancelled: IsCancelled) -> tuple[Item, ...]:
    items = encrypt_age(
        session,
        order.paths,
        to=For(keys=(order.key,) if order.key else (), people=order.to),
        output=order.output,
        overwrite=order.overwrite,
        keep_both=order.keep_both,
        verify=order.read_back,
        progress=progress,
        cancelled=cancelled,
    )
    # The header of an age file names nobody, so it is what was wished for that is said.
    return _saying(items, who_can_open_age(session, order.to, order.key_name))


def _saying(items: tuple[Item, ...], sentences: tuple[str, ...]) -> tuple[Item, ...]:
    said = " ".join(sentences)
    return tuple(replace(item, said=said) if item.output is not None else item for item in items)
