"""Issuers and time stampers that trusted lists which hold find qualified: chains may end at them."""

from __future__ import annotations

from dataclasses import dataclass

from signet.clock import timestamp
from signet.keys.issuer import TrustedList
from signet.services.list_contents import Contents
from signet.services.session import Session
from signet.services.trusted_lists import kept_contents

MAX_ROOTS = 4096
"""Issuers of lists that one check may end at; a document child reads each of them."""


@dataclass(frozen=True)
class KeptList:
    """A list of services whose file is here."""

    found: TrustedList
    contents: Contents


def kept_lists(session: Session) -> list[KeptList]:
    """Return every list that names services, whether it has ended or not."""
    with session.records.read() as reading:
        every = reading.issuers.lists()
    found = [(each, kept_contents(session, each)) for each in every]
    return [KeptList(each, contents) for each, contents in found if contents is not None and contents.services]


def listed_roots(session: Session | None) -> tuple[bytes, ...]:
    """Return the certificates (DER) of issuers and time stampers that lists which hold find qualified now."""
    if session is None:
        return ()
    now = timestamp(session.workplace.clock.now())
    current = [each for each in kept_lists(session) if not each.found.ended(now)]
    granted = (s.certificate for each in current for s in each.contents.services if s.granted(now))
    return tuple(dict.fromkeys(granted))[:MAX_ROOTS]
