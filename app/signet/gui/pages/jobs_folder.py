"""Showing a file in the desktop's own file manager."""

from __future__ import annotations

import os
from urllib.parse import quote

from PySide6.QtCore import QObject, QUrl
from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusPendingCallWatcher
from PySide6.QtGui import QDesktopServices

# The freedesktop.org File Manager D-Bus interface, which marks the file and does not only open its folder.
_SERVICE = "org.freedesktop.FileManager1"
_PATH = "/org/freedesktop/FileManager1"


def show_in_folder(path: str, parent: QObject) -> None:
    """Mark the file in the file manager, or where there is no such service open its folder. Never waits."""
    bus = QDBusConnection.sessionBus()
    if not bus.isConnected():
        _open_folder(path)
        return
    call = QDBusMessage.createMethodCall(_SERVICE, _PATH, _SERVICE, "ShowItems")
    call.setArguments([["file://" + quote(os.fsencode(path))], ""])  # in its bytes, whatever they are
    watcher = QDBusPendingCallWatcher(bus.asyncCall(call), parent)
    watcher.setProperty("path", path)
    watcher.finished.connect(_answered)


def _answered(watcher: QDBusPendingCallWatcher) -> None:
    if watcher.isError():
        _open_folder(str(watcher.property("path")))
    watcher.deleteLater()


def _open_folder(path: str) -> None:
    QDesktopServices.openUrl(QUrl.fromEncoded(b"file://" + quote(os.fsencode(os.path.dirname(path))).encode("ascii")))
