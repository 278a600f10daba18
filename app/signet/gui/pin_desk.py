"""A card's PIN changed or set anew from the window: the form, the button, the task, and what is said of it.

`PinDesk` is the inside of the panel on the page Cards & recovery and of the view on the lock screen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import shiboken6
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from signet.errors import (
    Cancelled,
    ConfirmationMissing,
    NewPinInvalid,
    NewPinRefused,
    PinIncorrect,
    PinLocked,
    PukIncorrect,
    PukLocked,
    SignetError,
)
from signet.gui.administration import window_prompt
from signet.gui.design import SPACE
from signet.gui.desk import Desk
from signet.gui.pin_form import PinForm, PinTask
from signet.gui.sentences import words
from signet.gui.tasks import TaskContext, Tasks
from signet.gui.unlock_words import FEW_TRIES, LAST_TRY, pin_name, refusal
from signet.gui.widgets.buttons import link_button, primary_button
from signet.gui.widgets.text import label
from signet.secret import Secret
from signet.services.prompt import SecretKind
from signet.services.refused_pins import RefusedPins
from signet.services.token_pins import FEW_TRIES as FEW_PUK_TRIES
from signet.services.token_pins import PinOutlook, change_pin, pin_outlook, unblock
from signet.tokens.model import PinState, Token

_MANY_WRONG = 2
"""Wrong PUKs after which the next one may be the last: most cards take three, and hardly any module tells."""
_LAST_PUK = "The next wrong one may be the last: then nobody can unblock this card any more."
_REFUSED_BEFORE = "The card has refused that one already, so it was not sent again."
_READER = "Press the button, then follow the reader: everything is typed on its own keys."
_VERBS = {PinTask.CHANGE: "Change PIN", PinTask.UNBLOCK: "Unblock the card"}


class RefusedPuks:
    """Which PUKs cards have refused, and how many in a row; one for as long as a page lives.

    PINs are remembered by the workplace, for all that send them.
    """

    def __init__(self) -> None:
        self.sent = RefusedPins()
        self.in_a_row: dict[tuple[str, str], int] = {}

    def forget(self, token: Token) -> None:
        """The card is unblocked, or took its PIN: its tries count from the beginning."""
        self.in_a_row.pop((token.module, token.serial), None)


class PinDesk(QWidget):
    """Does one task for one card; ``go`` is its button, for the foot of whatever shows it."""

    done = Signal(str, str)
    """Title and sentence of what was done."""
    fitted = Signal()
    """Something was said, and the height may have changed."""

    def __init__(self, desk: Desk, tasks: Tasks, refused: RefusedPuks) -> None:
        super().__init__()
        self._desk, self._tasks, self._refused = desk, tasks, refused
        self._token: Token | None = None
        self._task = PinTask.CHANGE
        self._outlook: PinOutlook | None = None
        self._looking = self.running = False
        self.sentence = label("", "muted", wrap=True)
        self.trouble = label("", "body", wrap=True, selectable=True)
        self.form = PinForm()
        self.go = primary_button(_VERBS[PinTask.CHANGE])
        self.go.setObjectName("pin-go")
        self.other = link_button("")
        self.other.setObjectName("pin-other")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.large)
        for part in (self.sentence, self.trouble, self.form):
            column.addWidget(part)
        column.addWidget(self.other, 0, Qt.AlignmentFlag.AlignLeft)
        self.form.changed.connect(self._enable)
        self.form.submitted.connect(self.begin)
        self.go.clicked.connect(self.begin)
        self.other.clicked.connect(self._turn)
        self._show()

    def show_token(self, token: Token | None, task: PinTask | None = None) -> None:
        """Follow the card; ``task`` says what is wanted, else a card that blocked itself is unblocked."""
        if self.running:
            return
        before, self._token = self._token, token
        if task is not None:
            self._task = task
        elif token is not None and token.pin_state is PinState.LOCKED:
            self._task = PinTask.UNBLOCK
        if token is None or before is None or (before.module, before.serial) != (token.module, token.serial):
            self._outlook = None
        self._look()
        self._show()

    def reset(self) -> None:
        """Keep nothing of what was typed."""
        self.form.reset()
        self._outlook = None

    def begin(self) -> None:
        """Send what was typed: once."""
        token = self._token
        if token is None or not self.go.isEnabled():
            return
        taken = self.form.take()
        if taken is None:
            self.fitted.emit()
            return
        old, new = taken
        changing = self._task is PinTask.CHANGE
        if (self._desk.workplace.refused_pins if changing else self._refused.sent).refuses(token, old):
            old.wipe()
            new.wipe()
            self._refuse(_REFUSED_BEFORE)
            return
        told = self._is_last(token)
        self.running = True
        self._desk.hold()
        self._show()
        work = partial(self._work, token=token, task=self._task, old=old, new=new, told=told)

        # Plain functions: they are called even if the panel was closed meanwhile, and the desk has to be let go.
        def done(token: Token) -> None:
            self._over(partial(self._done, token))

        def failed(error: SignetError) -> None:
            self._over(partial(self._failed, error))

        self._tasks.run(work, done=done, failed=failed)

    def _over(self, tell: Callable[[], None]) -> None:
        self._desk.release()
        if shiboken6.isValid(self):
            self.running = False
            tell()
        self._desk.note_change()

    def _work(self, _: TaskContext, *, token: Token, task: PinTask, old: Secret, new: Secret, told: bool) -> Token:
        """Runs in a thread; that it is the last try stood on the screen when the button was pressed."""
        workplace = self._desk.workplace
        kind, act = (SecretKind.PIN, change_pin) if task is PinTask.CHANGE else (SecretKind.PUK, unblock)
        secrets = {kind: old, SecretKind.NEW_PIN: new}
        with window_prompt(workplace).prepared(secrets, confirmed=told):
            try:
                return act(workplace, token)
            except PukIncorrect:
                if len(old):  # else it was typed on the reader, and nobody knows which
                    self._refused.sent.refused(token, old)
                raise

    def _done(self, token: Token) -> None:
        self._refused.forget(token)
        self._token = token
        changed = self._task is PinTask.CHANGE
        self._task = PinTask.CHANGE
        self._show()
        title = f"The PIN of “{token.label}” is changed." if changed else f"“{token.label}” is unblocked."
        self.done.emit(title, "The new PIN holds from now on; keys and vaults are as they were.")

    def _failed(self, error: SignetError) -> None:
        token = self._token
        if token is None:
            return
        if isinstance(error, PukIncorrect):
            place = (token.module, token.serial)
            self._refused.in_a_row[place] = self._refused.in_a_row.get(place, 0) + 1
        self._learn(token, error)
        if isinstance(error, Cancelled | ConfirmationMissing):
            self._show()
        elif isinstance(error, NewPinInvalid | NewPinRefused):
            self._refuse(words(error).text, new=True)
        else:
            self._refuse(refusal(error))

    def _learn(self, token: Token, error: SignetError) -> None:
        """Know at once what the next look at the card would tell, or nothing does."""
        if isinstance(error, PinLocked):
            self._token, self._task = replace(token, pin_state=PinState.LOCKED), PinTask.UNBLOCK
        elif isinstance(error, PinIncorrect) and error.final_try:
            self._token = replace(token, pin_state=PinState.FINAL)
        elif self._outlook is not None and isinstance(error, PukLocked):
            self._outlook = replace(self._outlook, refusal=error)
        elif self._outlook is not None and isinstance(error, PukIncorrect) and error.final_try:
            self._outlook = replace(self._outlook, last=True)

    def _refuse(self, text: str, *, new: bool = False) -> None:
        self._look()
        self._show()
        self.form.refuse(text, self.form.new if new else None)
        self.fitted.emit()

    def _turn(self) -> None:
        """Turn to the other task: unblock where the PIN is forgotten, or back."""
        other = PinTask.CHANGE if self._task is PinTask.UNBLOCK else PinTask.UNBLOCK
        self.show_token(self._token, other)
        self._focus()

    def _focus(self) -> None:
        """Go where the person goes on: to the first field, or to the button where the reader asks."""
        wanted = self.other if self.form.isHidden() else self.go if self.form.on_reader else self.form.old
        wanted.setFocus(Qt.FocusReason.OtherFocusReason)

    def _look(self) -> None:
        """Ask the card once what can be done; see `pin_outlook`."""
        token = self._token
        if token is None or self._looking or self._outlook is not None:
            return
        self._looking = True
        workplace = self._desk.workplace
        self._tasks.run(
            lambda _: pin_outlook(workplace, token), done=self._looked, failed=self._not_looked, quiet=True
        )

    def _looked(self, outlook: PinOutlook) -> None:
        self._looking = False
        self._outlook = outlook
        was_hidden = self.form.isHidden()
        self._show()
        if was_hidden and not self.form.isHidden():
            self._focus()

    def _not_looked(self, _: SignetError) -> None:
        """The next look at the cards says that it is gone, or tries again."""
        self._looking = False

    def _is_last(self, token: Token) -> bool:
        if self._task is PinTask.CHANGE:
            return token.pin_state is PinState.FINAL
        return self._outlook is not None and self._outlook.last

    def _show(self) -> None:
        token, outlook = self._token, self._outlook
        refused = outlook.refusal if outlook is not None and self._task is PinTask.UNBLOCK else None
        usable = token is not None and outlook is not None and refused is None
        self.sentence.setText(self._sentence())
        self.sentence.setVisible(bool(self.sentence.text()))
        self.trouble.setText(words(refused).text if refused is not None else "")
        self.trouble.setVisible(refused is not None)
        self.form.setVisible(usable)
        self.form.setEnabled(not self.running)
        if token is not None and outlook is not None and usable:
            self.form.show_task(self._task, token, word=outlook.word, rule=outlook.rule)
        blocked = token is not None and token.pin_state is PinState.LOCKED
        self.other.setText(self._other_words())
        self.other.setAccessibleName(self.other.text().rstrip("…"))
        self.other.setVisible(token is not None and outlook is not None and not blocked)
        self.other.setEnabled(not self.running)
        verb = _VERBS[self._task]
        waits = "Follow the reader…" if self.form.on_reader else "Asking the card…"
        self.go.setText(waits if self.running else verb)
        self.go.setAccessibleName(verb)
        self.go.setVisible(refused is None)
        self._enable()
        self.fitted.emit()

    def _enable(self) -> None:
        self.go.setEnabled(not self.running and not self.form.isHidden() and self.form.complete)

    def _sentence(self) -> str:
        """What it is about; where tries are few, that comes first."""
        token, outlook = self._token, self._outlook
        if token is None:
            return "Put the card in."
        if outlook is None:
            return "Looking at the card…"
        if self._task is PinTask.UNBLOCK:
            if outlook.refusal is not None:
                return ""
            many = self._refused.in_a_row.get((token.module, token.serial), 0) >= _MANY_WRONG
            tries = _LAST_PUK if outlook.last or many else FEW_PUK_TRIES
            about = _READER if token.pin_pad else f"The {outlook.word} came with the card, or you chose it."
            return f"{about} {tries}"
        tries = {PinState.LOW: FEW_TRIES, PinState.FINAL: LAST_TRY}.get(token.pin_state, "")
        about = _READER if token.pin_pad else f"This changes the {pin_name(token)}. Keys and vaults stay as they are."
        return f"{tries} {about}".strip()

    def _other_words(self) -> str:
        if self._task is PinTask.UNBLOCK:
            return "I know the PIN: change it…"
        word = self._outlook.word if self._outlook is not None else "PUK"
        return f"The PIN is forgotten: use the {word}…"
