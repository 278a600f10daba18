"""Making a key on a card: what it is for, the PIN, and what else this card wants; or the commands that do it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from signet.errors import PinError, SignetError, TokenCannotMake
from signet.gui.administration import window_prompt
from signet.gui.design import SPACE
from signet.gui.desk import Desk
from signet.gui.sentences import in_window_words, words
from signet.gui.tasks import TaskContext, Tasks
from signet.gui.unlock_words import REFUSED_BEFORE, pin_name, refusal
from signet.gui.widgets.buttons import link_button, plain_button, primary_button
from signet.gui.widgets.secret_field import SecretField
from signet.gui.widgets.steady import Choice
from signet.gui.widgets.text import label, set_role
from signet.secret import Secret
from signet.services.prompt import SecretKind
from signet.services.token_making import FACTORY_MANAGEMENT_KEY, Made, Order, Purpose, make_key
from signet.tokens.making import FACTORY_SECRETS, Maker, hsm_backup_facts, maker_of, refuse_elsewhere
from signet.tokens.model import Token

_PURPOSES = {Purpose.UNLOCK: "A key that opens a vault", Purpose.SIGN: "A key that signs"}
_FRESH = "If the card is fresh from its maker, give it a PIN, a PUK and a management key of your own first:"


class MakeKeyForm(QWidget):
    """For one card. `made` carries what was made and tried; `looked` says that the card software started anew."""

    made = Signal(object)
    looked = Signal()

    def __init__(self, desk: Desk, tasks: Tasks, token: Token, purpose: Purpose = Purpose.UNLOCK) -> None:
        super().__init__()
        self._desk, self._tasks, self._token = desk, tasks, token
        self.running = False
        self.purpose = Choice()
        self.purpose.setAccessibleName("What the new key is for")
        for choice, text in _PURPOSES.items():
            self.purpose.addItem(text, choice)
        self.purpose.setCurrentIndex(self.purpose.findData(purpose))
        which = pin_name(token)
        self.pin = SecretField(f"{which} of “{token.label}”, to make a key")
        self.pin.setPlaceholderText(which)
        self.management = SecretField("Management key of the card")
        self.management.setPlaceholderText("Management key, 48 hexadecimal digits")
        self.factory = QCheckBox("It still has its maker's management key")
        self.fresh = link_button("Fresh from its maker?")
        self.commands = label("", "mono", wrap=True, selectable=True)
        self.told = label("", "muted", wrap=True)
        self.note = label("", "bad", wrap=True)
        self.go = primary_button("Make the key")
        self.go.setObjectName("make-key-go")
        self.again = plain_button("I have done that: look again")
        self._build()

    @property
    def ready(self) -> bool:
        """Whether everything that is needed is typed."""
        pin = bool(self.pin.text()) or self._token.pin_pad
        return (
            not self.running and pin and (self.management.isHidden() or bool(self.management.text()) or self._factory)
        )

    @property
    def _factory(self) -> bool:
        return self.factory.isChecked()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keep Enter here: around this form it would go on with something else."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)

    def begin(self) -> None:
        """Make it."""
        if not self.ready:
            return
        pin = self.pin.take()
        if self._desk.workplace.refused_pins.refuses(self._token, pin):
            pin.wipe()
            self._say(REFUSED_BEFORE)
            return
        secrets = {SecretKind.PIN: pin}
        if not self.management.isHidden():
            typed = self.management.take()
            secrets[SecretKind.MANAGEMENT_KEY] = Secret.from_text(FACTORY_MANAGEMENT_KEY) if self._factory else typed
        order, token = Order(Purpose(self.purpose.currentData())), self._token
        workplace = self._desk.workplace
        prompt = window_prompt(workplace)

        def work(_: TaskContext) -> Made:
            # What there is to agree to stands on this form.
            with prompt.prepared(secrets, confirmed=True):
                return make_key(workplace, token, order)

        self._set_running(True)
        self._tasks.run(work, done=self._done, failed=self._failed)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.medium)
        parts: tuple[QWidget, ...] = (self.purpose, self.told, self.pin, self.management, self.factory)
        for part in parts:
            column.addWidget(part)
        column.addWidget(self.fresh, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.commands)
        column.addWidget(self.note)
        column.addWidget(self.go, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.again, 0, Qt.AlignmentFlag.AlignLeft)
        officer = maker_of(self._token) is Maker.OFFICER
        parts = (self.management, self.factory, self.fresh)
        for part in parts:
            part.setVisible(officer)
        parts = (self.commands, self.note, self.again)
        for part in parts:
            part.hide()
        facts = hsm_backup_facts(self._token)
        self._tell(" ".join(facts) or "It goes into an empty place of the card, and is tried at once.")
        self.pin.setVisible(not self._token.pin_pad)
        for field in (self.pin, self.management):
            field.textChanged.connect(self.enable)
            field.returnPressed.connect(self.begin)
        self.factory.toggled.connect(self._factory_toggled)
        self.fresh.clicked.connect(self._show_fresh)
        self.purpose.currentIndexChanged.connect(self._look_elsewhere)
        self.go.clicked.connect(self.begin)
        self.again.clicked.connect(self._look_again)
        self._look_elsewhere()
        self.enable()

    def enable(self) -> None:
        """Follow what is typed."""
        self.go.setEnabled(self.ready)

    def _look_elsewhere(self) -> None:
        """Where Signet makes no keys on this card, say what does, before a PIN is typed in vain."""
        try:
            refuse_elsewhere(self._token, sign=self.purpose.currentData() == Purpose.SIGN, spec=None)
        except TokenCannotMake as error:
            self._elsewhere(error)

    def _elsewhere(self, error: TokenCannotMake) -> None:
        self._tell(f"{error.message} " + ("These commands do it, one after the other:" if error.commands else ""))
        self.commands.setText("\n".join(error.commands))
        self.commands.setVisible(bool(error.commands))
        self.again.setVisible(bool(error.commands))
        for part in (self.pin, self.management, self.factory, self.fresh, self.go):
            part.hide()

    def _factory_toggled(self, on: bool) -> None:
        self.management.setEnabled(not on)
        if on:
            self.management.clear()
            self._tell(
                "Whoever knows the management key can replace the card's keys; give it one of its own afterwards."
            )
        self.enable()

    def _show_fresh(self) -> None:
        self._tell(_FRESH)
        self.commands.setText("\n".join(FACTORY_SECRETS[1:]))
        self.commands.show()
        self.fresh.hide()

    def _done(self, made: Made) -> None:
        self._set_running(False)
        self.made.emit(made)

    def _failed(self, error: SignetError) -> None:
        self._set_running(False)
        if isinstance(error, TokenCannotMake):
            self._elsewhere(error)
            return
        self._say(refusal(error) if isinstance(error, PinError) else words(error).text)
        self.pin.setFocus(Qt.FocusReason.OtherFocusReason)

    def _look_again(self) -> None:
        workplace = self._desk.workplace

        def work(_: TaskContext) -> None:
            # OpenSC shows what it read first until it is started anew.
            workplace.refresh_tokens().tokens()

        self.again.setEnabled(False)
        self._tasks.run(work, done=self._looked_again, failed=self._failed)

    def _looked_again(self, _: object) -> None:
        self.again.setEnabled(True)
        self.looked.emit()

    def _set_running(self, running: bool) -> None:
        self.running = running
        for part in (self.purpose, self.pin, self.factory):
            part.setEnabled(not running)
        self.management.setEnabled(not running and not self._factory)
        self.again.setEnabled(True)
        self.go.setText("Making it, which may take a minute…" if running else "Make the key")
        if running:
            self.note.hide()
        self.enable()

    def _tell(self, text: str) -> None:
        self.told.setText(in_window_words(text.replace("`", "")))
        set_role(self.told, "muted")

    def _say(self, text: str) -> None:
        self.note.setText(text)
        self.note.show()


def made_words(made: Made) -> str:
    """What a new key can do, as it was tried."""
    does = [word for word, can in (("can open a vault", made.report.unlocks), ("signs", made.report.signs)) if can]
    return f"It is in {made.place}. It was tried: it {' and '.join(does)}."
