"""A field for a PIN, a passphrase or a recovery code."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from signet.gui.widgets.text import restyle
from signet.secret import Secret


class SecretField(QLineEdit):
    """Shows dots; takes no undo and no suggestions; what was typed leaves it as a Secret, once."""

    def __init__(self, name: str, *, visible: bool = False, large: bool = False) -> None:
        super().__init__()
        self.setAccessibleName(name)
        if large:
            self.setProperty("kind", "secret")
            self.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.setEchoMode(QLineEdit.EchoMode.Normal if visible else QLineEdit.EchoMode.Password)
        self.setInputMethodHints(
            Qt.InputMethodHint.ImhSensitiveData
            | Qt.InputMethodHint.ImhNoPredictiveText
            | Qt.InputMethodHint.ImhNoAutoUppercase
        )
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setAcceptDrops(False)
        self.textEdited.connect(self._edited)

    def take(self) -> Secret:
        """Return what was typed and empty the field; Qt's own copies of the text cannot be wiped (limitations)."""
        secret = Secret.from_text(self.text())
        self.clear()
        return secret

    def mark_wrong(self, wrong: bool = True) -> None:
        """Draw the field as wrong, until something is typed."""
        restyle(self, wrong="true" if wrong else "false")

    def _edited(self, _: str) -> None:
        self.mark_wrong(False)
