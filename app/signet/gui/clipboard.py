"""Secrets on the clipboard: marked as such for clipboard managers, and taken away again after a while.

Only what is still there is taken away: what somebody copied meanwhile, here or in another program, stays.
"""

from __future__ import annotations

import hashlib
import hmac
import os

from PySide6.QtCore import QMimeData, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from signet.secret import Secret

MANAGER_HINT = "x-kde-passwordManagerHint"
"""KDE's convention, which other clipboard managers keep too: do not remember this."""
_SECOND = 1000  # milliseconds


class SecretClipboard(QObject):
    """Lives in the GUI thread; keeps no copy of the secret, only a salted digest to know it again."""

    ticked = Signal(int)
    """Carries the seconds that are left; 0 once it is gone, or something else was copied."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._salt = b""
        self._digest = b""
        self._left = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_SECOND)
        self._timer.timeout.connect(self._tick)

    @property
    def left(self) -> int:
        """Seconds until it is taken away; 0 if there is nothing to take."""
        return self._left

    def copy(self, secret: Secret, seconds: int) -> None:
        """Put text (UTF-8) on the clipboard for so many seconds; raise UnicodeDecodeError if it is none."""
        text = secret.text()
        data = QMimeData()
        data.setText(text)
        data.setData(MANAGER_HINT, b"secret")
        QGuiApplication.clipboard().setMimeData(data)
        self._salt = os.urandom(16)
        self._digest = self._digest_of(text)
        self._left = seconds
        self._timer.start()
        self.ticked.emit(seconds)

    def clear(self) -> None:
        """Take it away at once, if it is still there."""
        self._timer.stop()
        if self._digest and self._is_there():
            QGuiApplication.clipboard().clear()
        self._digest = self._salt = b""
        had, self._left = self._left > 0, 0
        if had:
            self.ticked.emit(0)

    def _tick(self) -> None:
        self._left -= 1
        if self._left <= 0 or not self._is_there():
            self._left = 1  # so that whoever counts along is told
            self.clear()
        else:
            self.ticked.emit(self._left)

    def _is_there(self) -> bool:
        return hmac.compare_digest(self._digest_of(QGuiApplication.clipboard().text()), self._digest)

    def _digest_of(self, text: str) -> bytes:
        return hashlib.sha256(self._salt + text.encode("utf-8", "surrogatepass")).digest()
