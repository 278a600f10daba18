"""The field for recovery shares: one sheet after the other, each taken as soon as it is whole and right."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal

from signet.crypto.shares import SHARE_WORDS, is_whole
from signet.errors import SignetError
from signet.formats.header import UnlockMethod
from signet.gui.sentences import words
from signet.gui.widgets.secret_field import SecretField
from signet.gui.widgets.text import Role
from signet.secret import Secret
from signet.services.recovery_shares import GivenShares


class ShareField(SecretField):
    """Takes sheets until there are enough; a sheet is taken with Enter, or once its last word is written out."""

    told = Signal(str, str)
    """A sentence to say below the field, and its role."""

    def __init__(self, name: str, *, large: bool = False) -> None:
        super().__init__(name, visible=True, large=large)
        if large:
            self.setProperty("kind", "long-secret")
            self.setAlignment(Qt.AlignmentFlag.AlignLeft)
        self.setPlaceholderText("The words of one sheet")
        self._method: UnlockMethod | None = None
        self._given: GivenShares | None = None
        self.textEdited.connect(self._typed)

    @property
    def complete(self) -> bool:
        """Whether there are enough sheets."""
        return self._given is not None and self._given.complete

    @property
    def begun(self) -> bool:
        """Whether anything is typed or taken."""
        return bool(self.text()) or (self._given is not None and self._given.given > 0)

    def begin(self, method: UnlockMethod | None) -> None:
        """Ask for the sheets of this way in, from the first."""
        self._method = method
        self.reset()

    def reset(self) -> None:
        """Forget what was typed and taken."""
        if self._given is not None:
            self._given.wipe()
        self._given = GivenShares([self._method]) if self._method is not None else None
        self.clear()

    def take(self) -> Secret:
        """Return the sheets, one a line, and forget them."""
        secret = self._given.lines() if self._given is not None else Secret(b"")
        self.reset()
        return secret

    def take_in(self) -> bool:
        """Take the sheet that is typed, if it is right; return whether it was. What is wrong stays to be mended."""
        if self._given is None or not self.text().strip():
            return False
        with Secret.from_text(self.text()) as typed:
            try:
                self._given.add(typed)
            except SignetError as error:
                self.mark_wrong()
                self.told.emit(words(error).sentence, "bad")
                return False
        self.clear()
        self.told.emit(*self._counted())
        return True

    def _typed(self, text: str) -> None:
        with Secret.from_text(text) as typed:
            whole = is_whole(typed)
        if whole:
            self.take_in()
        elif text.strip() and self._given is not None:
            sheet = f"Sheet {self._given.given + 1} of {self._given.needed}"
            self.told.emit(f"{sheet}: {len(text.split())} of {SHARE_WORDS} words", "muted")
        else:
            self.told.emit(*self._counted())

    def _counted(self) -> tuple[str, Role]:
        """How many sheets are there, as a sentence with its role."""
        if self._given is None or not self._given.given:
            return "", "muted"
        given, needed = self._given.given, self._given.needed
        if self.complete:
            return f"✓ {given} of {needed} sheets, without a typing mistake.", "ok"
        return f"✓ {given} of {needed} sheets. Now the words of another one.", "ok"
