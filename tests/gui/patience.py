"""A qtbot in no hurry: how long something takes on a busy machine is not what a test of the window is about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytestqt.qtbot import QtBot
from pytestqt.wait_signal import MultiSignalBlocker, SignalBlocker

PATIENCE = 60_000
"""Milliseconds that whatever a test waits for may take; it goes on as soon as it is there."""


class PatientBot(QtBot):
    """Waits at least `PATIENCE` for what has to come, and no longer than told to see that something does not."""

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = PATIENCE) -> None:
        """Wait until the callback is true, or asserts no more."""
        super().waitUntil(callback, timeout=max(timeout, PATIENCE))

    def waitSignal(
        self, signal: Any, *, timeout: int = PATIENCE, raising: bool | None = None, **more: Any
    ) -> SignalBlocker:
        """Wait for a signal."""
        wanted = timeout if raising is False else max(timeout, PATIENCE)
        return super().waitSignal(signal, timeout=wanted, raising=raising, **more)

    def waitSignals(
        self, signals: list[Any], *, timeout: int = PATIENCE, raising: bool | None = None, **more: Any
    ) -> MultiSignalBlocker:
        """Wait for all of these signals."""
        wanted = timeout if raising is False else max(timeout, PATIENCE)
        return super().waitSignals(signals, timeout=wanted, raising=raising, **more)
