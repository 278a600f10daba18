"""The unlock screen: every way into a locked vault, and what to do when none of them works as it should.

It looks at the vault and at the cards again and again while it is shown, so that it follows what the person does.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from signet.errors import (
    Cancelled,
    ConfirmationMissing,
    SignetError,
    VaultBusy,
    VaultError,
    VaultInUse,
    VaultNotFound,
)
from signet.gui.administration import window_prompt
from signet.gui.design import SPACE
from signet.gui.desk import Desk
from signet.gui.prompt import Asked, Question
from signet.gui.sentences import with_times, words
from signet.gui.tasks import Tasks
from signet.gui.theme import Theme
from signet.gui.unlock_form import UnlockForm
from signet.gui.unlock_look import VaultLook, WayLook, look, vault_name
from signet.gui.unlock_others import OtherVaults
from signet.gui.unlock_pin import UnblockView
from signet.gui.unlock_question import Decision, Trouble
from signet.gui.unlock_restore import RestoreView
from signet.gui.unlock_words import REFUSED_BEFORE, refusal
from signet.gui.unlock_work import accepting, opening
from signet.services.session import Session

LOOK_MILLISECONDS = 1500
_WIDTH = 420


class UnlockScreen(QWidget):
    """Shown while the vault is locked; unlocking hands the session to the desk."""

    new_vault_wanted = Signal()
    document_wanted = Signal()

    def __init__(self, desk: Desk, tasks: Tasks, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("unlock-screen")
        self.setProperty("kind", "page")
        self._desk, self._tasks = desk, tasks
        self._prompt = window_prompt(desk.workplace)
        self._look = VaultLook(desk.vault_path)
        self._looking = self._opening = self._accept = False
        self._notes: list[str] = []
        self._question: Question | None = None
        self.form = UnlockForm(theme)
        self._asked_in: QWidget = self.form
        self.trouble = Trouble(theme)
        self.decision = Decision(theme)
        self.restore = RestoreView(desk, tasks, theme)
        self.unblock = UnblockView(desk, tasks)
        self.others = OtherVaults(desk)
        self._views = QStackedWidget()
        self._build()
        self._connect()
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MILLISECONDS)
        self._timer.timeout.connect(self.look_again)

    def look_again(self) -> None:
        """Look at the vault and the cards, unless that is being done or the vault is being opened."""
        path = self._desk.vault_path
        if self._looking or self._opening or self._desk.session is not None or not path:
            return
        self._looking = True
        workplace = self._desk.workplace
        self._tasks.run(lambda _: look(workplace, path), done=self._looked, failed=self._not_looked, quiet=True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape goes back from whatever was begun to the field."""
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self._views.currentWidget() is self.decision:
            self._decided(False)
        elif not self._opening and not self.unblock.running:
            self.begin()

    def showEvent(self, event: QShowEvent) -> None:
        """Begin anew whenever the screen comes up."""
        super().showEvent(event)
        self._prompt.take_over(self._asked)
        self._prompt.noted.connect(self._noted)
        self.begin()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Look no further, and keep nothing of what was typed."""
        super().hideEvent(event)
        self._timer.stop()
        self._prompt.give_back(self._asked)
        self._prompt.noted.disconnect(self._noted)
        self.form.entry.reset()
        self.unblock.pins.reset()

    def begin(self) -> None:
        """Show the field for the first way in, empty."""
        self._accept = False
        if self._look.path != self._desk.vault_path:
            self._look = VaultLook(self._desk.vault_path)
        self.form.begin(vault_name(self._desk.vault_path) or "vault")
        self._views.setCurrentWidget(self.form)
        self._apply(self._look)
        self.look_again()

    def _build(self) -> None:
        inside = QWidget()
        inside.setProperty("kind", "page")
        column = QVBoxLayout(inside)
        column.setContentsMargins(SPACE.wide, SPACE.wide, SPACE.wide, SPACE.wide)
        for view in self._all_views:
            self._views.addWidget(view)
        self._views.setFixedWidth(_WIDTH)
        self._views.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Maximum)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(self._views)
        middle.addStretch(1)
        column.addStretch(1)
        column.addLayout(middle)
        column.addStretch(1)
        column.addWidget(self.others, 0, Qt.AlignmentFlag.AlignHCenter)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scroll)
        self._views.currentChanged.connect(self._fit)
        self._fit()

    @property
    def _all_views(self) -> tuple[QWidget, ...]:
        return self.form, self.trouble, self.decision, self.restore, self.unblock

    def _fit(self) -> None:
        """Give the stack the height of what it shows, so that this stands in the middle."""
        for view in self._all_views:
            policy = view.sizePolicy()
            shown = view is self._views.currentWidget()
            policy.setVerticalPolicy(policy.Policy.Preferred if shown else policy.Policy.Ignored)
            view.setSizePolicy(policy)
        self._views.adjustSize()

    def _connect(self) -> None:
        self.form.submitted.connect(self._submit)
        self.form.way_changed.connect(self._fit)
        self.trouble.accept.clicked.connect(self._begin_accepting)
        self.trouble.restore.clicked.connect(self._begin_restoring)
        self.trouble.again.clicked.connect(self.begin)
        self.decision.decided.connect(self._decided)
        self.restore.given_up.connect(self.begin)
        self.restore.restored.connect(self._restored)
        self.form.unblock.clicked.connect(self._begin_unblocking)
        self.unblock.given_up.connect(self.begin)
        self.unblock.unblocked.connect(self._unblocked)
        self.unblock.fitted.connect(self._fit)
        self.others.new_vault_wanted.connect(self.new_vault_wanted)
        self.others.restore_wanted.connect(self._begin_restoring)
        self.others.document_wanted.connect(self.document_wanted)
        self._desk.vault_chosen.connect(self._chosen)
        self._desk.restore_wanted.connect(self._begin_restoring)

    def _chosen(self, _: str) -> None:
        if self.isVisible():
            self.begin()

    def _looked(self, seen: VaultLook) -> None:
        self._looking = False
        if seen.path != self._desk.vault_path:
            self.look_again()
        elif not self._opening:
            self._apply(seen)

    def _not_looked(self, _: SignetError) -> None:
        self._looking = False

    def _apply(self, seen: VaultLook) -> None:
        self._look = seen
        view = self._views.currentWidget()
        if view is self.unblock:
            self.unblock.follow(seen.way(self.unblock.way_id))
        if view in (self.restore, self.decision, self.unblock):
            return
        if seen.trouble is not None and not self._accept:
            self._tell(seen.trouble)
            return
        back = view is self.trouble
        if back:
            self._views.setCurrentWidget(self.form)
        self.form.show_look(seen)
        if back:
            self.form.entry.setFocus(Qt.FocusReason.OtherFocusReason)

    def _tell(self, error: SignetError) -> None:
        told = words(error)
        missing = isinstance(error, VaultNotFound)
        next_step = "Open another vault, or make a new one." if missing else told.next_step
        accept = self._look.can_be_accepted
        if accept:
            next_step = "If you restored or replaced the vault yourself, compare what differs and accept it."
        self.trouble.tell(
            told.title,
            told.sentence,
            next_step,
            accept=accept,
            restore=isinstance(error, VaultError) and not isinstance(error, VaultBusy | VaultInUse),
        )
        if self._views.currentWidget() is not self.trouble:
            self._views.setCurrentWidget(self.trouble)
            (self.trouble.accept if accept else self.trouble.again).setFocus(Qt.FocusReason.OtherFocusReason)
        self._fit()

    def _submit(self) -> None:
        way = self.form.way
        if self._opening or way is None or not self.form.complete:
            return
        secret = self.form.entry.take()
        if way.token is not None and self._desk.workplace.refused_pins.refuses(way.token, secret):
            secret.wipe()
            self.form.refuse(REFUSED_BEFORE)
            self._fit()
            return
        self._opening = True
        self._notes.clear()
        self.form.set_busy("Comparing…" if self._accept else _busy_words(way))
        work = (accepting if self._accept else opening)(
            self._desk.workplace, self._prompt, self._desk.vault_path, way, secret
        )
        self._tasks.run(work, done=self._opened, failed=self._not_opened)

    def _opened(self, session: Session) -> None:
        self._opening = self._accept = False
        self.form.set_busy("")
        self._views.setCurrentWidget(self.form)
        self._desk.open(session)

    def _not_opened(self, error: SignetError) -> None:
        self._opening = False
        self.form.set_busy("")
        self._views.setCurrentWidget(self.form)
        if isinstance(error, VaultError):
            self._accept = False
            self._look = VaultLook(self._look.path, self._look.ways, trouble=error)
            self._tell(error)
            return
        if isinstance(error, Cancelled | ConfirmationMissing):
            self.begin()
            return
        self.form.refuse(refusal(error))
        self._fit()
        self.look_again()

    def _begin_accepting(self) -> None:
        self._accept = True
        self.form.begin(vault_name(self._desk.vault_path), action="Compare")
        self._views.setCurrentWidget(self.form)
        self.form.show_look(self._look)
        self.form.entry.setFocus(Qt.FocusReason.OtherFocusReason)

    def _begin_restoring(self) -> None:
        if self._opening:
            return
        self.restore.begin(self._desk.vault_path)
        self._views.setCurrentWidget(self.restore)

    def _begin_unblocking(self) -> None:
        way = self.form.way
        if not self._opening and way is not None and way.blocked:
            self._views.setCurrentWidget(self.unblock)
            self.unblock.begin(way)

    def _unblocked(self, way_id: str) -> None:
        """Go back to the field, which the new PIN is for."""
        self._look = self._look.with_card_unblocked(way_id)
        self.begin()
        self.form.entry.say("The card is unblocked. Unlock with the new PIN.", "ok")

    def _restored(self, path: str) -> None:
        self._views.setCurrentWidget(self.form)
        self._desk.choose_vault(path)

    def _noted(self, sentence: str) -> None:
        self._notes.append(with_times(sentence))

    def _asked(self, question: Question) -> bool:
        """Answer here, in the middle of the screen, what opening asks besides the secret."""
        if question.asked is Asked.FINGERPRINT:
            self.decision.ask("Is this your vault?", question.sentence, (), yes="Continue", no="Cancel", typed=True)
        elif question.asked is Asked.CONFIRM:
            restoring = self._views.currentWidget() is self.restore
            yes = "Restore it" if restoring else "Accept the vault as it is" if self._accept else "Continue"
            self.decision.ask(question.sentence, "This is what differs:" if self._notes else "", self._notes, yes=yes)
        else:
            return False
        self._question, self._asked_in = question, self._views.currentWidget() or self.form
        self._notes.clear()
        self._views.setCurrentWidget(self.decision)
        return True

    def _decided(self, agreed: bool) -> None:
        question, self._question = self._question, None
        self._views.setCurrentWidget(self._asked_in)
        if question is None:
            return
        if not agreed:
            question.cancel()
        elif question.asked is Asked.FINGERPRINT:
            question.answer(self.decision.field.text())
        else:
            question.answer(True)


def _busy_words(way: WayLook) -> str:
    if way.token is None:
        return "Unlocking…"
    return "Type the PIN on the reader…" if way.token.pin_pad else "Asking the card…"
