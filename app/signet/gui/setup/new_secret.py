"""Two fields for a new PIN or passphrase: typed twice the same, shown if the person wants."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.setup.plan import First
from signet.gui.widgets.secret_field import SecretField
from signet.gui.widgets.text import label, set_role
from signet.secret import Secret
from signet.services.enrolment import MIN_PASSPHRASE

MIN_PIN = 4
"""Characters; SoftHSM takes no fewer."""
_WIDTH = 420


class NewSecret(QWidget):
    """`take` gives the secret if it is long enough and was typed the same twice, and says why not otherwise."""

    changed = Signal()

    def __init__(self, first: First) -> None:
        super().__init__()
        word = "PIN" if first is First.SOFTWARE else "Passphrase"
        self._least = MIN_PIN if first is First.SOFTWARE else MIN_PASSPHRASE
        self.secret = SecretField(f"New {word}")
        self.again = SecretField(f"New {word} once more")
        self.shown = QCheckBox("Show what I type")
        self.note = label("", "muted", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.small)
        for caption, field in ((word, self.secret), ("Once more", self.again)):
            field.setMaximumWidth(_WIDTH)
            if field is self.again:
                column.addSpacing(SPACE.small)
            column.addWidget(label(caption, "strong"))
            column.addWidget(field)
            field.textChanged.connect(self._edited)
        column.addWidget(self.shown)
        column.addWidget(self.note)
        self.note.hide()
        self.shown.toggled.connect(self._show)
        self.setFocusProxy(self.secret)

    @property
    def ready(self) -> bool:
        """Whether both fields hold something."""
        return bool(self.secret.text() and self.again.text())

    def take(self) -> Secret | None:
        """Return the secret and empty both fields; None if they will not do."""
        if len(self.secret.text()) < self._least:
            self._refuse(f"It needs at least {self._least} characters.", self.secret)
            return None
        if self.secret.text() != self.again.text():
            self.again.clear()
            self._refuse("The two are not the same. Type the second one again.", self.again)
            return None
        secret = self.secret.take()
        self.again.clear()
        return secret

    def _refuse(self, why: str, field: SecretField) -> None:
        self.note.setText(why)
        self.note.show()
        set_role(self.note, "bad")
        field.mark_wrong()
        field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show(self, shown: bool) -> None:
        mode = SecretField.EchoMode.Normal if shown else SecretField.EchoMode.Password
        for field in (self.secret, self.again):
            field.setEchoMode(mode)

    def _edited(self) -> None:
        if self.ready:
            self.note.hide()
        self.changed.emit()
