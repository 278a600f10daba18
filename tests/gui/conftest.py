"""Tests of the window: on no screen, whatever the machine has."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from gui.patience import PatientBot
from support.clock import SettableClock
from support.locked import Counter, counter, make_locked_vault, places_in

os.environ["QT_QPA_PLATFORM"] = "offscreen"


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> PatientBot:
    """As pytest-qt's, on a machine that may be busy."""
    return PatientBot(request)


@pytest.fixture
def locked(qapp: QApplication, qtbot: PatientBot, tmp_path: Path, clock: SettableClock) -> Iterator[Counter]:
    """A desk in front of a locked vault, which a software token and a recovery code open."""
    places = places_in(tmp_path)
    make_locked_vault(places, clock, tmp_path / "code")
    with counter(qapp, qtbot, places, clock) as made:
        yield made


@pytest.fixture(autouse=True)
def garbage_is_collected_here() -> Iterator[None]:
    """As in the program (`signet.gui.garbage`): no other thread destroys widgets."""
    gc.disable()
    yield
    gc.collect(1)
    gc.enable()


@pytest.fixture(autouse=True, scope="module")
def nothing_of_the_window_is_left_to_others() -> Iterator[None]:
    """The next module's tests may have threads of their own."""
    yield
    gc.collect()
