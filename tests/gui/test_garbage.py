"""Who collects garbage while the window is there."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from signet.gui.garbage import GarbageCollector


class Ring:
    """A cycle with a widget in it."""

    def __init__(self) -> None:
        self.label = QLabel("a")
        self.own = self


def allocate() -> list[list[int]]:
    """More than any threshold of the youngest generation."""
    return [[number] for number in range(50_000)]


@pytest.fixture
def collector(qtbot: QtBot) -> Iterator[GarbageCollector]:
    made = GarbageCollector()
    yield made
    made.stop()
    made.deleteLater()


def test_no_thread_destroys_a_widget(collector: GarbageCollector) -> None:
    left = weakref.ref(Ring())
    thread = threading.Thread(target=allocate)
    thread.start()
    thread.join()
    assert left() is not None
    collector.collect()
    kept = allocate()
    collector.collect()
    assert left() is None
    assert len(kept) == 50_000


def test_python_collects_again_afterwards(collector: GarbageCollector) -> None:
    assert not gc.isenabled()
    collector.settle()
    assert gc.get_freeze_count() > 0
    collector.stop()
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0
