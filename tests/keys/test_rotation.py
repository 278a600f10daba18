"""When keys are rotated by themselves: dates over leap days, zones and the end of time; which keys at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from signet.keys.model import Key
from signet.keys.rotation import Schedule, rotates, schedule
from signet.keys.spec import KeySpec, KeyUsage, Origin, Protection
from signet.keys.state import KeyState

AES = Key(
    id="k",
    aliases=(),
    spec=KeySpec.SYMMETRIC_DEFAULT,
    usage=KeyUsage.ENCRYPT_DECRYPT,
    state=KeyState.ENABLED,
    origin=Origin.VAULT,
    protection=Protection.VAULT,
    version=1,
    created="2026-11-22T12:00:00Z",
)


@pytest.mark.parametrize(
    ("now", "days", "expected"),
    [
        (datetime(2026, 11, 22, 12, tzinfo=UTC), 365, "2027-11-22T12:00:00Z"),
        (datetime(2027, 11, 22, 12, tzinfo=UTC), 365, "2028-11-21T12:00:00Z"),  # over 29 February 2028
        (datetime(2028, 2, 28, 23, 59, 59, tzinfo=UTC), 1, "2028-02-29T23:59:59Z"),
        (datetime(2028, 2, 29, tzinfo=UTC), 1, "2028-03-01T00:00:00Z"),
        (datetime(2026, 12, 31, 23, tzinfo=UTC), 2560, "2034-01-03T23:00:00Z"),
        # The same moment in a zone, where a night has an hour less on the way.
        (datetime(2026, 3, 28, 3, tzinfo=timezone(timedelta(hours=1))), 1, "2026-03-29T02:00:00Z"),
        (datetime(9999, 12, 31, tzinfo=UTC), 2560, "9999-12-31T23:59:59Z"),  # a clock that far off must not stop us
    ],
)
def test_the_next_date_is_so_many_days_after_the_rotation(now: datetime, days: int, expected: str) -> None:
    made = schedule("k", days, now)
    assert made == Schedule("k", days, expected)
    moment = datetime.fromisoformat(expected)
    assert made.due(moment)
    assert not made.due(moment - timedelta(seconds=1))


def test_dates_that_were_missed_are_one_rotation_and_the_next_counts_from_it() -> None:
    planned = schedule("k", 30, datetime(2026, 1, 1, tzinfo=UTC))
    now = datetime(2026, 7, 19, 8, 30, tzinfo=UTC)
    assert planned.due(now)
    assert planned.after(now) == Schedule("k", 30, "2026-08-18T08:30:00Z")


@pytest.mark.parametrize("days", [0, -1, 2561])
def test_days_that_cannot_be_are_refused(days: int) -> None:
    with pytest.raises(ValueError, match="1 to 2560"):
        schedule("k", days, datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("key", "rotated"),
    [
        (AES, True),
        (replace(AES, protection=Protection.GUARDED), True),
        (replace(AES, origin=Origin.EXTERNAL), False),
        (replace(AES, home="another vault"), False),
        (replace(AES, protection=Protection.TOKEN, origin=Origin.TOKEN), False),
        (replace(AES, spec=KeySpec.HMAC_256, usage=KeyUsage.GENERATE_VERIFY_MAC), False),
        (replace(AES, spec=KeySpec.RSA_3072), False),
        (replace(AES, spec=KeySpec.ECC_NIST_P256, usage=KeyUsage.SIGN_VERIFY), False),
    ],
)
def test_only_symmetric_keys_that_were_made_here_are_rotated(key: Key, rotated: bool) -> None:
    assert rotates(key) is rotated
