"""What the desktop says over D-Bus: the screen was locked, the machine goes to sleep. Silent without a bus."""

from __future__ import annotations

import os

from PySide6.QtCore import SLOT, QObject, Signal, Slot
from PySide6.QtDBus import QDBusConnection

_LOGIN = "org.freedesktop.login1"
_SLEEP = (_LOGIN, "/org/freedesktop/login1", f"{_LOGIN}.Manager", "PrepareForSleep")
_SCREEN_SAVERS = (
    ("org.freedesktop.ScreenSaver", "/ScreenSaver"),
    ("org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver"),
    ("org.gnome.ScreenSaver", "/org/gnome/ScreenSaver"),
    ("org.mate.ScreenSaver", "/org/mate/ScreenSaver"),
    ("org.cinnamon.ScreenSaver", "/org/cinnamon/ScreenSaver"),
    ("org.xfce.ScreenSaver", "/org/xfce/ScreenSaver"),
)
"""Services whose interface has the service's name and the signal ActiveChanged(b)."""


class DesktopSignals(QObject):
    """Listens to logind and to the screen savers."""

    screen_locked = Signal()
    going_to_sleep = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        system, session = QDBusConnection.systemBus(), QDBusConnection.sessionBus()
        if system.isConnected():
            self._listen(system, *_SLEEP, "on_sleep(bool)")
            path = session_path(os.environ.get("XDG_SESSION_ID", ""))
            if path:
                self._listen(system, _LOGIN, path, f"{_LOGIN}.Session", "Lock", "on_lock()")
        if session.isConnected():
            for service, path in _SCREEN_SAVERS:
                self._listen(session, service, path, service, "ActiveChanged", "on_screen_saver(bool)")

    def _listen(self, bus: QDBusConnection, service: str, path: str, interface: str, name: str, slot: str) -> None:
        # PySide's stubs want bytes for the slot; PySide itself takes nothing but what SLOT() gives.
        bus.connect(service, path, interface, name, self, SLOT(slot))  # type: ignore[call-overload]

    @Slot(bool)
    def on_sleep(self, begins: bool) -> None:
        """Logind's PrepareForSleep: true before, false after."""
        if begins:
            self.going_to_sleep.emit()

    @Slot()
    def on_lock(self) -> None:
        """Logind asks the session to lock its screen."""
        self.screen_locked.emit()

    @Slot(bool)
    def on_screen_saver(self, active: bool) -> None:
        """A screen saver came up or went."""
        if active:
            self.screen_locked.emit()


def session_path(session_id: str) -> str:
    """Logind's object path of a session, empty for no session (sd_bus_path_encode(3): ``_`` and two hex digits)."""
    if not session_id:
        return ""
    escaped = "".join(
        sign if sign.isascii() and (sign.isalpha() or (sign.isdigit() and place)) else f"_{ord(sign):02x}"
        for place, sign in enumerate(session_id)
    )
    return f"/org/freedesktop/login1/session/{escaped}"
