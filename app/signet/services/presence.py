"""Proof of presence: the secret of the way in that opened the vault, asked for once more (DESIGN.md, section 6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from signet.errors import ProofOfPresenceMissing
from signet.services.enrolment import check_opens
from signet.services.presenting import present_method
from signet.services.session import Session

T = TypeVar("T")


def prove_presence(session: Session) -> None:
    """Have the way in of this session presented again; the next five minutes count as proven.

    A way in that was kept presentable is replaced by the one presented now. Raises what `present_method` raises:
    TokenNotFound, PinError, SecretIncorrect, SecretMissing, Cancelled.
    """
    _, presenter = present_method(session.workplace, session.header, session.method)
    try:
        check_opens(presenter, session.method, session.header, session.master)
    except BaseException:
        presenter.close()
        raise
    kept = session.presenter
    session.presenter = presenter
    if kept is None:
        session.log_out()
    else:
        kept.close()
    session.proven()


def with_presence(session: Session, work: Callable[[], T]) -> T:
    """Do ``work``; if it wants a proof of presence, ask for one and do it again.

    Only for work that asks before it changes anything, as every service does.
    """
    try:
        return work()
    except ProofOfPresenceMissing:
        prove_presence(session)
        return work()
