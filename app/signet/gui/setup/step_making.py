"""The vault is made: what is being done, and in the midst of it the recovery code, shown and typed back."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QProgressBar

from signet.errors import Cancelled, SignetError
from signet.gui.administration import window_prompt
from signet.gui.desk import Desk
from signet.gui.prompt import Asked, Question
from signet.gui.sentences import words
from signet.gui.setup.code_view import CodeView
from signet.gui.setup.making import Made, make
from signet.gui.setup.plan import Plan
from signet.gui.setup.step import Step
from signet.gui.tasks import Tasks
from signet.gui.theme import Theme
from signet.gui.widgets.banner import Banner

_WAITING = ("Making your vault", "Every way in is tried before the vault takes its name. This takes a few seconds.")
_CODE = (
    "Your recovery code",
    "It opens the vault when everything else is lost. It is shown only now, and never kept by Signet.",
)


class StepMaking(Step):
    """Shown under the name of the step before it; `made` carries the open vault, `given_up` nothing."""

    name = "A second way in"
    made = Signal(object)
    given_up = Signal()
    _said = Signal(str)

    def __init__(self, desk: Desk, tasks: Tasks, theme: Theme, plan: Plan) -> None:
        super().__init__(*_WAITING, plan)
        self._desk, self._tasks = desk, tasks
        self._prompt = window_prompt(desk.workplace)
        self._running = self._stopping = False
        self.banner = Banner(theme, "bad", closable=False)
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("The vault is being made")
        self.code = CodeView()
        for part in (self.banner, self.bar, self.code):
            self.body.addWidget(part)
        self.code.hide()
        self.code.saved.connect(self._sheet_saved)
        self.code.answered.connect(self._wait)
        self._said.connect(self._tell, Qt.ConnectionType.QueuedConnection)

    @property
    def ready(self) -> bool:
        """Continue is the view's own matter here."""
        return False

    @property
    def busy(self) -> bool:
        """Whether the vault is being made."""
        return self._running

    def enter(self) -> None:
        """Begin to make the vault."""
        self.banner.hide()
        self._wait()
        self._prompt.take_over(self._asked)
        self._running, self._stopping = True, False
        workplace, prompt, plan, said = self._desk.workplace, self._prompt, self.plan, self._said
        self._tasks.run(lambda _: make(workplace, prompt, plan, said.emit), done=self._done, failed=self._failed)
        self.changed.emit()

    def leave(self) -> None:
        """Give the questions back; a code that is still shown is taken away."""
        self.code.end()
        self._prompt.give_back(self._asked)

    def give_up(self) -> None:
        """Stop at the recovery code, shown already or still to come: nothing is left behind."""
        self._stopping = True
        self.code.end()

    def _asked(self, question: Question) -> bool:
        if question.asked is not Asked.RECOVERY_CODE:
            return False
        if self._stopping:
            question.cancel()
            return True
        self.title.setText(_CODE[0])
        self.sentence.setText(_CODE[1])
        self.bar.hide()
        self.code.show()
        self.code.begin(question, self.plan.path)
        return True

    def _wait(self) -> None:
        self.title.setText(_WAITING[0])
        self.sentence.setText(_WAITING[1])
        self.code.hide()
        self.bar.show()

    def _tell(self, sentence: str) -> None:
        if self._running and self.code.isHidden():
            self.sentence.setText(sentence)

    def _sheet_saved(self, path: str) -> None:
        self.plan.saved_sheets.append(path)

    def _done(self, made: Made) -> None:
        self._running = False
        self._prompt.give_back(self._asked)
        self.made.emit(made)

    def _failed(self, error: SignetError) -> None:
        self._running = False
        self._prompt.give_back(self._asked)
        self.bar.hide()
        self.code.hide()
        if isinstance(error, Cancelled):
            self.given_up.emit()
            return
        told = words(error)
        self.title.setText("The vault was not made")
        self.sentence.setText("Nothing was left behind.")
        self.banner.show_message(told.title, told.text)
        self.changed.emit()
