"""Fields for a card's new PIN, with the PIN that holds now or with the PUK."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.widgets.secret_field import SecretField
from signet.gui.widgets.text import Role, label, set_role
from signet.secret import Secret
from signet.tokens.model import Token


class PinTask(StrEnum):
    """What is to be done about the PIN."""

    CHANGE = "change"
    UNBLOCK = "unblock"


class PinForm(QWidget):
    """Three fields, empty after every try; `submitted` is Enter with all of them filled in."""

    submitted = Signal()
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._token: Token | None = None
        self.task = PinTask.CHANGE
        self.old = SecretField("PIN")
        self.new = SecretField("New PIN")
        self.again = SecretField("New PIN once more")
        self.shown = QCheckBox("Show what I type")
        self.note = label("", "muted", wrap=True)
        self._fields = QWidget()
        self._captions = {field: label("", "strong") for field in (self.old, self.new, self.again)}
        self._rule = label("", "small", wrap=True)
        self._build()

    @property
    def on_reader(self) -> bool:
        """Whether everything is typed on the reader's own keys."""
        return self._token is not None and self._token.pin_pad

    @property
    def complete(self) -> bool:
        """Whether there is something in each field, or nothing has to be."""
        return self.on_reader or all(field.text() for field in self._captions)

    def show_task(self, task: PinTask, token: Token, *, word: str, rule: str) -> None:
        """Ask for what this task needs; ``word`` is what unblocks this card, ``rule`` how long a new PIN may be."""
        if (task, token.serial) != (self.task, self._token.serial if self._token else ""):
            self.reset()
        self.task, self._token = task, token
        first = "PIN that holds now" if task is PinTask.CHANGE else word
        for field, caption in ((self.old, first), (self.new, "New PIN"), (self.again, "New PIN once more")):
            self._captions[field].setText(caption)
            field.setAccessibleName(f"{caption} of “{token.label}”")
        self._rule.setText(f"{rule[:1].upper()}{rule[1:]}." if rule else "")
        self._rule.setVisible(bool(rule))
        self._fields.setVisible(not token.pin_pad)
        self.changed.emit()

    def take(self) -> tuple[Secret, Secret] | None:
        """Return what holds now (or the PUK) and the new PIN, and empty the fields; None if the new ones differ."""
        if self.on_reader:
            return Secret(b""), Secret(b"")
        if self.new.text() != self.again.text():
            self.again.clear()
            self.refuse("The two new ones are not the same. Type the second one again.", self.again)
            return None
        taken = self.old.take(), self.new.take()
        self.again.clear()
        return taken

    def reset(self) -> None:
        """Empty the fields and take back what was said."""
        for field in self._captions:
            field.clear()
            field.mark_wrong(False)
        self.say("")

    def say(self, text: str, tone: Role = "muted") -> None:
        """Say something below the fields."""
        self.note.setText(text)
        set_role(self.note, tone)
        self.note.setVisible(bool(text))

    def refuse(self, text: str, field: SecretField | None = None) -> None:
        """Say why it was refused, and begin again at that field, the first one unless another is to blame."""
        self.say(text, "bad")
        wrong = field or self.old
        wrong.mark_wrong()
        wrong.setFocus(Qt.FocusReason.OtherFocusReason)

    def _build(self) -> None:
        inside = QVBoxLayout(self._fields)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(SPACE.tiny)
        for field, caption in self._captions.items():
            if field is not self.old:
                inside.addSpacing(SPACE.small)
            inside.addWidget(caption)
            inside.addWidget(field)
            if field is self.new:
                inside.addWidget(self._rule)
            field.textChanged.connect(self.changed)
            field.textEdited.connect(self._edited)
            field.returnPressed.connect(self._enter)
        inside.addSpacing(SPACE.small)
        inside.addWidget(self.shown)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.small)
        column.addWidget(self._fields)
        column.addWidget(self.note)
        self.note.hide()
        self.shown.toggled.connect(self._show)
        self.setFocusProxy(self.old)

    def _enter(self) -> None:
        if self.complete:
            self.submitted.emit()

    def _edited(self) -> None:
        self.say("")

    def _show(self, shown: bool) -> None:
        mode = SecretField.EchoMode.Normal if shown else SecretField.EchoMode.Password
        for field in self._captions:
            field.setEchoMode(mode)
