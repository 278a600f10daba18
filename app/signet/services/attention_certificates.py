"""What needs attention about certificates: the last one that a key signs with ends soon, or has ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from signet.clock import parse_timestamp
from signet.keys.state import Effect, allows
from signet.services.certificates import KeyCertificate, signing_certificates
from signet.services.concerns import Attention, Concern
from signet.services.session import Session

ISSUED_BEFORE = timedelta(days=60)
"""How long before its end an issued certificate is told: getting another takes time."""
OWN_BEFORE = timedelta(days=30)
"""The same for one that its key signed itself."""
_SHARE = 4
"""Nor earlier than in the last quarter of its time: one that holds for a month is not told from the first day on."""


def certificates_ending(session: Session) -> list[Attention]:
    """Keys that could sign and whose last certificate for that ends soon or has ended, the earliest end first."""
    now = session.workplace.clock.now()
    ending: list[Attention] = []
    certificates = signing_certificates(session)
    with session.records.read() as reading:
        keys = {key_id: reading.keys.get(key_id) for key_id in certificates}
    for key_id, found in certificates.items():
        last = _last(found)
        if last is not None and allows(keys[key_id].state, Effect.PROTECT) and _told(last, now):
            alias = keys[key_id].alias
            ended = parse_timestamp(last.not_after) < now
            ending.append(
                Attention(
                    Concern.CERTIFICATE_ENDED if ended else Concern.CERTIFICATE_ENDS,
                    key=alias,
                    key_id=key_id,
                    when=last.not_after,
                )
            )
    return sorted(ending, key=lambda each: (each.when, each.key))


def _last(found: Sequence[KeyCertificate]) -> KeyCertificate | None:
    """The one that ends last of those that are meant for signatures, whether it holds already or not."""
    return max((each for each in found if each.for_signatures), key=lambda each: each.not_after, default=None)


def _told(last: KeyCertificate, now: datetime) -> bool:
    begin, end = parse_timestamp(last.not_before), parse_timestamp(last.not_after)
    before = OWN_BEFORE if last.self_signed else ISSUED_BEFORE
    return now > end - min(before, (end - begin) / _SHARE)
