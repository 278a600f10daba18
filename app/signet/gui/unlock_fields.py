"""The field for a recovery code: typed in groups, checked as soon as it is whole."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFont
from PySide6.QtWidgets import QLineEdit

from signet.errors import RecoveryCodeMalformed
from signet.formats.recovery import ALPHABET, CHECK_CHARACTERS, CODE_BYTES, GROUP, read_code
from signet.gui.widgets.text import restyle
from signet.secret import Secret

CODE_LENGTH = CODE_BYTES * 8 // 5 + CHECK_CHARACTERS
"""Characters of a recovery code without the hyphens."""
_FOLD = str.maketrans({"O": "0", "I": "1", "L": "1"})


class CodeState(StrEnum):
    """How far a recovery code is typed."""

    EMPTY = "empty"
    SHORT = "short"
    WRONG = "wrong"
    """All characters are there, and the check characters do not fit."""
    GOOD = "good"


class CodeField(QLineEdit):
    """A recovery code, put into groups while it is typed; ``pasting`` False takes it by the keys only."""

    paste_refused = Signal()
    state_changed = Signal()

    def __init__(self, name: str, *, pasting: bool, large: bool = False) -> None:
        super().__init__()
        self._pasting = pasting
        self._characters = ""
        self.setAccessibleName(name)
        if large:
            self.setProperty("kind", "long-secret")
            self.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.setInputMethodHints(
            Qt.InputMethodHint.ImhSensitiveData
            | Qt.InputMethodHint.ImhNoPredictiveText
            | Qt.InputMethodHint.ImhUppercaseOnly
        )
        font = QFont("DejaVu Sans Mono")
        font.setStyleHint(QFont.StyleHint.Monospace)
        self.setFont(font)
        self.setPlaceholderText("-".join("····" for _ in range(CODE_LENGTH // GROUP)))
        self.setAcceptDrops(pasting)
        self.textEdited.connect(self._group)

    @property
    def count(self) -> int:
        """Characters typed, without hyphens."""
        return len(self._characters)

    @property
    def state(self) -> CodeState:
        """How far it is, its check characters included."""
        if not self._characters:
            return CodeState.EMPTY
        if self.count < CODE_LENGTH:
            return CodeState.SHORT
        try:
            read_code(self.text()).wipe()
        except RecoveryCodeMalformed:
            return CodeState.WRONG
        return CodeState.GOOD

    def take(self) -> Secret:
        """Return what was typed and empty the field."""
        secret = Secret.from_text(self.text())
        self.reset()
        return secret

    def reset(self) -> None:
        """Empty the field."""
        self._characters = ""
        self.clear()
        self.state_changed.emit()

    def mark_wrong(self, wrong: bool = True) -> None:
        """Draw the field as wrong, until something is typed."""
        restyle(self, wrong="true" if wrong else "false")

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer no menu where nothing may be pasted."""
        if self._pasting:
            super().contextMenuEvent(event)

    def _group(self, text: str) -> None:
        """Write the characters in groups and keep the cursor behind the same character."""
        self.mark_wrong(False)
        before = len(code_characters(text[: self.cursorPosition()]))
        characters = code_characters(text)[:CODE_LENGTH]
        if not self._pasting and len(characters) > self.count + 1:
            # More than one character at once was not typed, whatever way it came.
            self.setText(_grouped(self._characters))
            self.paste_refused.emit()
            return
        self._characters = characters
        grouped = _grouped(characters)
        self.setText(grouped)
        self.setCursorPosition(min(len(grouped), before + max(0, before - 1) // GROUP))
        self.state_changed.emit()


def code_characters(text: str) -> str:
    """The characters of a code in what was typed, folded as they are read; anything else is left out."""
    folded = text.upper().translate(_FOLD)
    return "".join(character for character in folded if character in ALPHABET)


def _grouped(characters: str) -> str:
    return "-".join(characters[start : start + GROUP] for start in range(0, len(characters), GROUP))
