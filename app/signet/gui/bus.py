"""What the desktop says over D-Bus: the screen was locked, the machine goes to sleep. Silent without a bus."""

from __future__ import annotations

import os

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtDBus import QDBusConnection

_SLEEP = ("org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager", "PrepareForSleep")
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
            system.connect(*_SLEEP, self, _slot("on_sleep(bool)"))
            path = session_path(os.environ.get("XDG_SESSION_ID", ""))
            if path:
                login = "org.freedesktop.login1"
                system.connect(login, path, f"{login}.Session", "Lock", self, _slot("on_lock()"))
        if session.isConnected():
            for service, path in _SCREEN_SAVERS:
                session.connect(service, path, service, "ActiveChanged", self, _slot("on_screen_saver(bool)"))

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


def _slot(signature: str) -> bytes:
    """As Qt's macro SLOT() writes it: ``1`` and the signature (qobjectdefs.h)."""
    return b"1" + signature.encode("ascii")


def session_path(session_id: str) -> str:
    """Logind's object path of a session, empty for no session (sd_bus_path_encode(3): ``_`` and two hex digits)."""
    if not session_id:
        return ""
    escaped = "".join(
        sign if sign.isascii() and (sign.isalpha() or (sign.isdigit() and place)) else f"_{ord(sign):02x}"
        for place, sign in enumerate(session_id)
    )
    return f"/org/freedesktop/login1/session/{escaped}"
