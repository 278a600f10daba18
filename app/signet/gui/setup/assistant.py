"""The set-up assistant: one step after the other, nothing made before the last question, nothing left on Cancel."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.desk import Desk
from signet.gui.setup.making import Made
from signet.gui.setup.plan import First, Plan
from signet.gui.setup.step import Step
from signet.gui.setup.step_backup import StepBackup
from signet.gui.setup.step_card import StepCard
from signet.gui.setup.step_first import StepFirst
from signet.gui.setup.step_making import StepMaking
from signet.gui.setup.step_place import StepPlace
from signet.gui.setup.step_second import StepSecond
from signet.gui.setup.step_secret import StepSecret
from signet.gui.setup.steps_list import StepsList
from signet.gui.tasks import Tasks
from signet.gui.theme import Theme
from signet.gui.unlock_restore import RestoreView
from signet.gui.widgets.buttons import plain_button, primary_button
from signet.services.session import Session

_WIDTH = 820


class SetupAssistant(QWidget):
    """`finished` after the new vault was handed to the desk; `cancelled` when the person gave up.

    A vault that exists already is handed to the desk by `Desk.choose_vault`, after which `cancelled` is emitted too.
    """

    finished = Signal()
    cancelled = Signal()

    def __init__(self, desk: Desk, tasks: Tasks, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("setup-assistant")
        self.setProperty("kind", "page")
        self._desk = desk
        self._session: Session | None = None
        self._cancelling = False
        self.plan = Plan()
        self.first = StepFirst(theme, self.plan)
        self.card = StepCard(desk, tasks, theme, self.plan)
        self.software = StepSecret(First.SOFTWARE, self.plan)
        self.passphrase = StepSecret(First.PASSPHRASE, self.plan)
        self.place = StepPlace(desk, self.plan)
        self.second = StepSecond(desk, tasks, theme, self.plan)
        self.making = StepMaking(desk, tasks, theme, self.plan)
        self.backup = StepBackup(tasks, theme, self.plan)
        self.restore = RestoreView(desk, tasks, theme)
        self.list = StepsList(theme)
        self.cancel = plain_button("Cancel")
        self.cancel.setObjectName("setup-cancel")
        self.back = plain_button("Back")
        self.back.setObjectName("setup-back")
        self.go_on = primary_button("Continue")
        self.go_on.setObjectName("setup-continue")
        self._views = QStackedWidget()
        self._build()
        self._connect()
        self._turn_to(self.first)

    @property
    def step(self) -> Step | None:
        """The step that is shown; None while a backup is being restored."""
        shown = self._views.currentWidget()
        return shown if isinstance(shown, Step) else None

    def begin(self) -> None:
        """Put the focus where the step that is shown begins; call it once the assistant is seen."""
        step = self.step
        if step is not None:
            step.enter()

    def abandon(self) -> None:
        """Give up, because the window closes: a new vault that is open is locked."""
        self.making.give_up()
        self.plan.wipe()
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes on, Escape goes back."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.go_on.isEnabled() and self.go_on.isVisible():
                self._advance()
        elif event.key() == Qt.Key.Key_Escape:
            self._go_back()
        else:
            super().keyPressEvent(event)

    def _steps(self) -> tuple[Step, ...]:
        """The steps that the list shows, as they follow from the first choice."""
        second = {First.CARD: self.card, First.SOFTWARE: self.software, First.PASSPHRASE: self.passphrase}
        return self.first, second[self.plan.first], self.place, self.second, self.backup

    def _build(self) -> None:
        inside = QWidget()
        inside.setProperty("kind", "page")
        column = QVBoxLayout(inside)
        column.setContentsMargins(SPACE.huge + 20, SPACE.huge + 8, SPACE.huge, SPACE.wide)
        for view in (self.first, self.card, self.software, self.passphrase, self.place, self.second, self.making,
                     self.backup, self.restore):  # fmt: skip
            self._views.addWidget(view)
            if isinstance(view, Step):
                view.body.addStretch(1)
        self._views.setMaximumWidth(_WIDTH)
        column.addWidget(self._views, 1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(SPACE.huge + 20, SPACE.medium, SPACE.huge, SPACE.huge)
        buttons.setSpacing(SPACE.medium)
        bar = QWidget()
        bar.setMaximumWidth(_WIDTH + SPACE.huge * 2 + 20)
        bar.setLayout(buttons)
        buttons.addWidget(self.cancel)
        buttons.addStretch(1)
        buttons.addWidget(self.back)
        buttons.addWidget(self.go_on)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(scroll, 1)
        right.addWidget(bar)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.list)
        whole.addLayout(right, 1)

    def _connect(self) -> None:
        for step in (self.first, self.card, self.software, self.passphrase, self.place, self.second, self.backup):
            step.passed.connect(self._passed)
            step.changed.connect(self._enable)
        self.making.changed.connect(self._enable)
        self.making.made.connect(self._made)
        self.making.given_up.connect(self._not_made)
        self.backup.later.connect(self._finish)
        self.card.turned_to.connect(self._turn_from_card)
        self.first.open_wanted.connect(self._ask_for_vault)
        self.first.restore_wanted.connect(self._begin_restoring)
        self.restore.given_up.connect(self._not_restoring)
        self.restore.restored.connect(self._restored)
        self.cancel.clicked.connect(self._give_up)
        self.back.clicked.connect(self._go_back)
        self.go_on.clicked.connect(self._advance)

    def _turn_to(self, view: QWidget) -> None:
        before = self.step
        if before is not None and before is not view:
            before.leave()
        self._views.setCurrentWidget(view)
        steps = self._steps()
        shown = self.second if view is self.making else view
        place = next((at for at, step in enumerate(steps) if step is shown), 0)
        self.list.show_steps([step.name for step in steps], place)
        self._enable()
        if isinstance(view, Step):
            view.enter()

    def _enable(self) -> None:
        step = self.step
        restoring = step is None
        last, making = step is self.backup, step is self.making
        busy = step is not None and step.busy
        self.go_on.setVisible(not restoring and not making)
        self.go_on.setEnabled(step is not None and step.ready and not busy)
        self.go_on.setText("Make the backup" if last else "Make the vault" if step is self.second else "Continue")
        self.go_on.setAccessibleName(self.go_on.text())
        self.back.setVisible(not last and not restoring and step is not self.first)
        self.back.setEnabled(not busy or making)
        self.cancel.setVisible(not last and not restoring)

    def _advance(self) -> None:
        step = self.step
        if step is not None and step.ready and not step.busy:
            step.advance()
            self._enable()

    def _passed(self) -> None:
        step, steps = self.step, self._steps()
        if step is self.backup:
            self._finish()
        elif step is self.second:
            self._turn_to(self.making)
        elif step in steps:
            self._turn_to(steps[steps.index(step) + 1])

    def _turn_from_card(self, first: str) -> None:
        self.first.cards[First(first)].setChecked(True)
        self._turn_to(self.first)
        self._advance()

    def _go_back(self) -> None:
        step, steps = self.step, self._steps()
        if step is None:
            self._not_restoring()
        elif step is self.first:
            self._give_up()
        elif step is self.making:
            if step.busy:
                self.making.give_up()
            else:
                self._turn_to(self.second)
        elif step is not self.backup and not step.busy and step in steps:
            self._turn_to(steps[steps.index(step) - 1])

    def _give_up(self) -> None:
        step = self.step
        if step is not None and step.busy:
            # What runs now is ended at its next question; then this is called again.
            self._cancelling = step is self.making
            self.making.give_up()
            return
        self._cancelling = False
        if step is not None:
            step.leave()
        self.plan.wipe()
        self.cancelled.emit()
        if step is not self.first and self.isVisible():
            self._turn_to(self.first)  # there is no vault to turn to, so setting up begins anew

    def _made(self, made: Made) -> None:
        self._session, self._cancelling = made.session, False
        self.plan.wipe()
        self.backup.show_made(made)
        self._turn_to(self.backup)

    def _not_made(self) -> None:
        if self.step is self.making:
            self._turn_to(self.second)
        if self._cancelling:
            self._give_up()

    def _finish(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            self._desk.open(session)
        self.finished.emit()

    def _ask_for_vault(self) -> None:
        dialog = QFileDialog(self, "Open a vault", self._desk.workplace.places.data)
        dialog.setObjectName("file-dialog")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.open_existing)
        dialog.open()

    def open_existing(self, path: str) -> None:
        """Leave the assistant for a vault that exists."""
        self._desk.choose_vault(path)
        self._give_up()

    def _begin_restoring(self) -> None:
        self.restore.begin(self.place.suggested_path())
        self._turn_to(self.restore)

    def _not_restoring(self) -> None:
        self._turn_to(self.first)

    def _restored(self, path: str) -> None:
        self._desk.choose_vault(path)
        self.cancelled.emit()
