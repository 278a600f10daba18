"""The field for the secret of one way in: a PIN, a passphrase, a recovery code, shares; what there is to say."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from signet.formats.header import MethodKind
from signet.gui.design import SPACE
from signet.gui.unlock_fields import CODE_LENGTH, CodeField, CodeState
from signet.gui.unlock_look import WayLook
from signet.gui.unlock_shares import ShareField
from signet.gui.unlock_words import secret_name
from signet.gui.widgets.secret_field import SecretField
from signet.gui.widgets.text import Role, label, set_role
from signet.secret import Secret

CODE_NOTES = {
    CodeState.EMPTY: "Capitals and hyphens do not matter; O, I and L are read as 0, 1 and 1.",
    CodeState.WRONG: "There is a typing mistake somewhere. Compare it with the sheet, group by group.",
    CodeState.GOOD: "✓ Complete, without a typing mistake.",
}


class WayEntry(QWidget):
    """Shows the right field for a way in; `submitted` is Enter, `edited` any change."""

    submitted = Signal()
    edited = Signal()

    def __init__(self, *, large: bool = False) -> None:
        super().__init__()
        self._way: WayLook | None = None
        self.secret = SecretField("Secret", large=large)
        self.code = CodeField("Recovery code", pasting=True, large=large)
        self.note = label("", "muted", wrap=True)
        self._fields = QStackedWidget()
        self.share = ShareField("Recovery share", large=large)
        for field in (self.secret, self.code, self.share):
            self._fields.addWidget(field)
            field.textEdited.connect(self._changed)
        for field in (self.secret, self.code):
            field.returnPressed.connect(self.submitted)
        self.share.returnPressed.connect(self._share_entered)
        self.share.told.connect(self.say)
        if large:
            self.note.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.code.state_changed.connect(self._code_changed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE.small)
        layout.addWidget(self._fields)
        layout.addWidget(self.note)
        self._fields.setFixedHeight(self.secret.sizeHint().height() + SPACE.medium)
        self.setFocusProxy(self._fields)

    @property
    def typed(self) -> bool:
        """Whether anything is typed."""
        return bool(self.secret.text() or self.code.text()) or self.share.begun

    @property
    def complete(self) -> bool:
        """Whether what is typed can be tried; a reader with keys of its own needs nothing typed."""
        if self._way is None:
            return False
        if self._way.kind is MethodKind.RECOVERY_CODE:
            return self.code.state is CodeState.GOOD
        if self._way.kind is MethodKind.RECOVERY_SHARES:
            return self.share.complete
        return self._way.on_reader or bool(self.secret.text())

    def show_way(self, way: WayLook) -> None:
        """Turn to this way in; what was typed for another one is wiped."""
        before, self._way = self._way, way
        if before is None or before.id != way.id:
            self.reset()
            self.share.begin(way.method)
        self.secret.setAccessibleName(secret_name(way))
        self.code.setAccessibleName(secret_name(way))
        self.share.setAccessibleName(secret_name(way))
        placeholder = "Passphrase" if way.kind is MethodKind.PASSPHRASE else "PIN"
        self.secret.setPlaceholderText("Typed on the reader" if way.on_reader else placeholder)
        self.secret.setEnabled(not way.on_reader)
        field: QLineEdit = self.secret
        if way.kind is MethodKind.RECOVERY_CODE:
            field = self.code
        elif way.kind is MethodKind.RECOVERY_SHARES:
            field = self.share
        self._fields.setCurrentWidget(field)
        self._fields.setFocusProxy(field)

    def take(self) -> Secret:
        """Return what was typed and empty the field."""
        if self._way is not None and self._way.kind is MethodKind.RECOVERY_CODE:
            return self.code.take()
        if self._way is not None and self._way.kind is MethodKind.RECOVERY_SHARES:
            return self.share.take()
        return self.secret.take()

    def reset(self) -> None:
        """Empty the fields and take back what was said."""
        self.secret.clear()
        self.code.reset()
        self.share.reset()
        self.say("")
        for field in (self.secret, self.code, self.share):
            field.mark_wrong(False)

    def say(self, text: str, tone: Role = "muted") -> None:
        """Say something below the field; ``tone`` is a role of labels."""
        self.note.setText(text)
        set_role(self.note, tone)
        self.note.setVisible(bool(text))

    def refuse(self, text: str) -> None:
        """Say why it was refused, and mark the field."""
        self.say(text, "bad")
        field = next(each for each in (self.code, self.share, self.secret) if self._fields.currentWidget() is each)
        field.mark_wrong()
        field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _changed(self) -> None:
        if self._way is not None and self._way.kind not in (MethodKind.RECOVERY_CODE, MethodKind.RECOVERY_SHARES):
            self.say("")
        self.edited.emit()

    def _share_entered(self) -> None:
        """Enter takes the sheet that is typed; with enough of them and nothing typed, it is Enter."""
        if self.share.text().strip():
            self.share.take_in()
            self.edited.emit()
        else:
            self.submitted.emit()

    def _code_changed(self) -> None:
        state = self.code.state
        if self._way is None or self._way.kind is not MethodKind.RECOVERY_CODE:
            return
        if state is CodeState.SHORT:
            self.say(f"{self.code.count} of {CODE_LENGTH} characters")
        else:
            tones: dict[CodeState, Role] = {CodeState.EMPTY: "muted", CodeState.WRONG: "bad", CodeState.GOOD: "ok"}
            self.say(CODE_NOTES[state], tones[state])
            self.code.mark_wrong(state is CodeState.WRONG)
