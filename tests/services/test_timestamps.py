"""Time-stamp services: named by the person, kept in the settings, asked only when they are wanted."""

from __future__ import annotations

from pathlib import Path

import pytest

from signet.clock import timestamp
from signet.errors import ServiceAddressRefused, UsageError
from signet.services import timestamps
from signet.store.settings import read_settings
from support import pki
from support.clock import SettableClock
from support.tsa import time_stamps
from support.vaults import make_workplace


def test_services_are_kept_in_the_settings_and_the_usual_one_comes_first(
    tmp_path: Path, clock: SettableClock
) -> None:
    first, second = "http://tsa.example.org:8080/stamp", "HTTPS://time.example.com"
    with make_workplace(tmp_path, clock) as workplace:
        assert timestamps.services_known(workplace) == ()
        assert timestamps.usual_service(workplace) == ""
        with pytest.raises(UsageError, match="none is named"):
            timestamps.wanted_service(workplace, "")
        timestamps.add_service(workplace, first)
        timestamps.add_service(workplace, second)
        timestamps.add_service(workplace, second)
        assert timestamps.services_known(workplace) == (
            timestamps.ServiceView(first, "tsa.example.org:8080", usual=True, secured=False),
            timestamps.ServiceView(second, "time.example.com", usual=False, secured=True),
        )
        timestamps.make_usual(workplace, second)
        assert timestamps.wanted_service(workplace, "") == second
        assert timestamps.wanted_service(workplace, first) == first
        assert read_settings(workplace.places.settings).timestamp_services == (second, first)
        timestamps.remove_service(workplace, second)
        assert timestamps.usual_service(workplace) == first


def test_an_address_with_a_password_is_not_kept(tmp_path: Path, clock: SettableClock) -> None:
    with make_workplace(tmp_path, clock) as workplace:
        for wrong in ("http://mari:secret@tsa.example.org/", "tsa.example.org"):
            with pytest.raises(ServiceAddressRefused):
                timestamps.add_service(workplace, wrong)
            with pytest.raises(ServiceAddressRefused):
                timestamps.wanted_service(workplace, wrong)
        assert not Path(workplace.places.settings).exists()


def test_a_service_is_tried_with_something_that_means_nothing() -> None:
    with time_stamps(pki.NOW) as service:
        found = timestamps.try_service(service.url)
    assert (found.name, found.moment) == ("Example Time Stamper", timestamp(pki.NOW))
    assert len(service.asked) == 1
