"""The health of a card: what it is, what it really does, where the chain stops; a key made where one is missing."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from signet.errors import PinError, SignetError
from signet.gui.administration import window_prompt
from signet.gui.design import SPACE
from signet.gui.pages.cards_health_words import (
    STEPS,
    advice,
    card_rows,
    key_words,
    mechanism_words,
    warnings,
)
from signet.gui.pages.cards_panel import Bench, PanelBody
from signet.gui.pages.cards_present import PresentCard
from signet.gui.sentences import in_window_words, words
from signet.gui.setup.make_key import MakeKeyForm, made_words
from signet.gui.setup.making import name_of
from signet.gui.tasks import TaskContext
from signet.gui.unlock_words import REFUSED_BEFORE, pin_name, refusal
from signet.gui.widgets.banner import Banner
from signet.gui.widgets.buttons import plain_button, primary_button
from signet.gui.widgets.key_values import KeyValues
from signet.gui.widgets.secret_field import SecretField
from signet.gui.widgets.section import Section
from signet.gui.widgets.text import label
from signet.services.prompt import SecretKind
from signet.services.token_making import Made, Purpose
from signet.services.tokens import Step, TokenReport, test_token
from signet.tokens.model import PinState

_SENTENCE = (
    "With its PIN, every key on it is tried for real: what it can open, and whether it signs. Nothing is changed."
)


class HealthPanel(PanelBody):
    """The body of the side panel, for one card."""

    def __init__(self, bench: Bench, card: PresentCard) -> None:
        super().__init__()
        self._bench, self._token = bench, card.token
        self.running = False
        self.report: TokenReport | None = None
        self.banner = Banner(bench.theme, "bad")
        which = pin_name(card.token)
        self.pin = SecretField(f"{which} of “{card.token.label}”, to try what it can do")
        self.pin.setPlaceholderText(which)
        self.note = label("", "bad", wrap=True)
        self.go = primary_button("Test it")
        self.go.setObjectName("health-go")
        self.make = plain_button("Make a key on this card…")
        self.make.setObjectName("health-make")
        self.form: MakeKeyForm | None = None
        self.steps = QWidget()
        self._steps = QVBoxLayout(self.steps)
        self._steps.setContentsMargins(0, 0, 0, 0)
        self._steps.setSpacing(SPACE.medium)
        self._keys = KeyValues()
        self._able = label("", "muted", wrap=True)
        self._found = Section("What was tried", self.steps)
        self._each = Section("Keys on it", self._keys)
        self._says = Section("What the card software says it computes", self._able)
        self._build()

    @property
    def buttons(self) -> tuple[QPushButton, ...]:
        """What stands at the foot of the panel."""
        return (self.make, self.go)

    @property
    def ready(self) -> bool:
        """Whether the card can be tried now."""
        able = self._token.pin_state is not PinState.LOCKED and not self.running and self.form is None
        return able and (bool(self.pin.text()) or self._token.pin_pad)

    def begin(self) -> None:
        """Try the card once with the PIN that was typed."""
        if not self.ready:
            return
        pin = self.pin.take()
        if self._bench.desk.workplace.refused_pins.refuses(self._token, pin):
            pin.wipe()
            self._say(REFUSED_BEFORE)
            return
        workplace, name = self._bench.desk.workplace, name_of(self._token)
        prompt = window_prompt(workplace)
        told = self._token.pin_state is PinState.FINAL

        def work(_: TaskContext) -> TokenReport:
            with prompt.prepared({SecretKind.PIN: pin}, confirmed=told):
                return test_token(workplace, name)

        self._set_running(True)
        self._bench.tasks.run(work, done=self.show_report, failed=self._failed)

    def show_report(self, report: TokenReport) -> None:
        """Show what was found."""
        self._set_running(False)
        self.report = report
        while (item := self._steps.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for step in report.steps:
            self._steps.addWidget(self._step(step))
            if step is report.stopped:
                self._steps.addWidget(label(f"What to do: {advice(step)}", "strong", wrap=True))
        self._keys.set_rows((key.key.label or key.key.id.hex(), key_words(key)) for key in report.keys)
        self._able.setText(mechanism_words(report))
        self._found.show()
        self._each.setVisible(bool(report.keys))
        self._says.setVisible(bool(report.mechanisms))
        told = warnings(report)
        if told:
            self.banner.show_message("A key that was not made here", in_window_words(told), kind="warn")
        self.make.setVisible(not all(self._done_by(report)))
        self.go.setText("Test it again")

    def make_key(self) -> None:
        """Show the form that makes a key of the kind that is missing."""
        unlocks, _ = self._done_by(self.report) if self.report is not None else (False, False)
        purpose = Purpose.SIGN if unlocks else Purpose.UNLOCK
        self.form = MakeKeyForm(self._bench.desk, self._bench.tasks, self._token, purpose)
        self.form.made.connect(self._made)
        self.form.looked.connect(self._looked)
        self.form.setProperty("kind", "surface")
        self._column.insertWidget(2, Section("A new key on this card", self.form))
        for part in (self._entry, self.make, self.go, self._found, self._each, self._says):
            part.hide()
        first = self.form.pin if not self.form.pin.isHidden() else self.form.purpose
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _build(self) -> None:
        self._entry = QWidget()
        entry = QVBoxLayout(self._entry)
        entry.setContentsMargins(0, 0, 0, 0)
        entry.setSpacing(SPACE.small)
        blocked = self._token.pin_state is PinState.LOCKED
        entry.addWidget(label(_SENTENCE, "muted", wrap=True))
        entry.addWidget(self.pin)
        entry.addWidget(self.note)
        self.pin.setVisible(not blocked and not self._token.pin_pad)
        self.note.hide()
        if blocked:
            self._say("It has blocked itself after too many wrong PINs. Unblock it first.")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE.large)
        for part in (self.banner, KeyValues(card_rows(self._token)), self._entry):
            self._column.addWidget(part)
        for part in (self._found, self._each, self._says):
            self._column.addWidget(part)
            part.hide()
        self._column.addStretch(1)
        self.pin.textChanged.connect(self.enable)
        self.pin.returnPressed.connect(self.begin)
        self.go.clicked.connect(self.begin)
        self.make.clicked.connect(self.make_key)
        self.enable()

    def enable(self) -> None:
        """Follow what is typed."""
        self.go.setEnabled(self.ready)
        self.make.setEnabled(not self.running)

    def _step(self, step: Step) -> QWidget:
        """One link of the chain: yes or no as an icon and as a word, and what was seen."""
        mark = QLabel()
        self._bench.theme.dress(mark, "check" if step.worked else "bad", tone="ok" if step.worked else "bad")
        mark.setAccessibleName("Yes" if step.worked else "No")
        lines = QVBoxLayout()
        lines.setSpacing(0)
        lines.addWidget(label(f"{STEPS[step.name]}: {'yes' if step.worked else 'no'}", "strong", wrap=True))
        lines.addWidget(label(in_window_words(step.seen), "small", wrap=True, selectable=True))
        made = QWidget()
        row = QHBoxLayout(made)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE.medium)
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(lines, 1)
        return made

    def _done_by(self, report: TokenReport) -> tuple[bool, bool]:
        """Whether some key opens, and whether some key signs."""
        return any(key.unlocks for key in report.keys), any(key.signs for key in report.keys)

    def _failed(self, error: SignetError) -> None:
        self._set_running(False)
        if isinstance(error, PinError):
            self._say(refusal(error))
            self.pin.mark_wrong()
            self.pin.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.banner.show_message(words(error).title, words(error).text, kind="bad")

    def _made(self, made: Made) -> None:
        self.finished.emit(f"A key was made on “{self._token.label}”.", made_words(made))

    def _looked(self) -> None:
        self.finished.emit("The card was read anew.", "Test it to see what it can do now.")

    def _set_running(self, running: bool) -> None:
        self.running = running
        self.pin.setEnabled(not running)
        self.go.setText("Trying every key…" if running else "Test it")
        if running:
            self.note.hide()
            self.banner.hide()
        self.enable()

    def _say(self, text: str) -> None:
        self.note.setText(text)
        self.note.show()
