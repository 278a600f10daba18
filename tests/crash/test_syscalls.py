"""Killed, or refused for want of room, at the system calls that write: by strace, here with strides.

`tests/crash/run.py --system-calls` takes every single call; that is for the day of a release.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crash.harness import AFTER
from crash.nursery import Nursery
from crash.stage import Theatre
from crash.syscalls import Fault, Injector

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
ROOM_ERRORS = ("failed DiskFull", "failed StorageError")


@pytest.fixture
def injector(theatre: Theatre, nursery: Nursery) -> Injector:
    """What injects faults into operations on copies of the stage."""
    return Injector(theatre, nursery)


def clean(faults: Iterator[Fault]) -> list[Fault]:
    """Run them all; every breach is shown with its call."""
    found = list(faults)
    assert not [fault for fault in found if fault.breaches]
    assert len(found) >= 3
    return found


@pytest.mark.parametrize(
    ("operation", "stride"),
    [
        ("add-method", 5),
        ("rotate-master", 61),
        ("remove-method", 89),
        ("key-create", 29),
        ("restore", 37),
        ("create", 43),
        ("lose-card", 149),
        ("renew-card", 211),
    ],
)
def test_longer_operations_survive_a_kill_at_every_so_many_writing_calls(
    injector: Injector, operation: str, stride: int
) -> None:
    assert clean(injector.step(operation, stride=stride))[-1].hit == AFTER


@pytest.mark.parametrize(
    ("operation", "stride"),
    [("add-method", 11), ("key-create", 53), ("rotate-master", 71), ("create", 41), ("encrypt", 31), ("backup", 31)],
)
def test_a_disk_that_stays_full_from_any_call_on_is_a_clear_error(
    injector: Injector, operation: str, stride: int
) -> None:
    faults = clean(injector.fill(operation, stride=stride, lasting=True))
    for fault in faults:
        assert fault.said[-1] == "done" or fault.said[-1].startswith(ROOM_ERRORS), fault
    assert any(fault.said[-1].startswith("failed DiskFull") for fault in faults)


def test_a_disk_that_is_full_once_while_a_way_in_is_added(injector: Injector) -> None:
    clean(injector.fill("add-method", stride=11, first=1, lasting=False))
