"""The panel of the recovery drill: every way in is tried on a copy of the vault, one after the other."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout

from signet.errors import SignetError
from signet.gui.design import SPACE
from signet.gui.pages.cards_look import CardsLook
from signet.gui.pages.cards_panel import Bench, CardHold
from signet.gui.pages.cards_test import ProvingPanel
from signet.gui.pages.times import ago
from signet.gui.unlock_look import WayLook
from signet.gui.widgets.banner import Banner
from signet.gui.widgets.buttons import plain_button, primary_button
from signet.gui.widgets.pill import Pill, PillKind
from signet.gui.widgets.section import Section
from signet.gui.widgets.text import label
from signet.services.drill import FAILURES
from signet.services.loss import Loss
from signet.services.loss_words import dying_keys, what_helps

_PRACTISE = (
    "Put your card away, as if it were lost. Each way in is tried in turn: a copy of the vault is opened with it and "
    "removed again. Leave out what is not at hand; you can stop at any time."
)
_OVER = "This is how it stands now. What was left out keeps the date of its last test."
_FILES = 8
"""Files that are named; more are counted."""


@dataclass
class _Turn:
    """One way in of the drill: its row, and what came of it (``state`` is empty until its turn is over)."""

    way: WayLook
    row: QFrame
    pill: Pill
    name: str
    state: str = ""

    def show_state(self, text: str, kind: PillKind) -> None:
        """Show where it stands; whoever does not see the pill hears it."""
        self.pill.show_state(text, kind)
        self.row.setAccessibleName(f"{self.name}: {text}" if text else self.name)


class DrillPanel(ProvingPanel):
    """Goes from way to way; `left` when the person is done with it."""

    left = Signal()

    def __init__(self, bench: Bench, look: CardsLook) -> None:
        go = primary_button("Try it")
        go.setObjectName("cards-drill-go")
        super().__init__(bench, _PRACTISE, go, caption="")
        self.skip = plain_button("Leave it out")
        self.skip.setObjectName("cards-drill-skip")
        self.close_button = primary_button("Done")
        self.close_button.setObjectName("cards-drill-done")
        self.close_button.hide()
        self.verdict = Banner(bench.theme, "ok", closable=False)
        self.gone = label("", "body", wrap=True, selectable=True)
        self.what_goes = Section("What would go with a card", self.gone)
        self.what_goes.hide()
        self._look = look
        self._at = -1
        self._hold = CardHold(bench.desk)
        self._entered = False
        # Whoever has lost the card has the others: what opened the vault comes last.
        ways = sorted(look.ways, key=lambda way: way.id == look.opened_by)
        self._turns = [self._add_row(way, look) for way in ways]
        self.body.addWidget(self.verdict)
        self.body.addWidget(self.what_goes)
        self.skip.clicked.connect(self._leave_out)
        self.close_button.clicked.connect(self.left)
        self._next()

    @property
    def buttons(self) -> tuple[QPushButton, ...]:
        """What stands at the foot of the panel."""
        return self.skip, self.go, self.close_button

    @property
    def way(self) -> WayLook | None:
        """The way in whose turn it is; None when all have had theirs."""
        return self._turns[self._at].way if self._at < len(self._turns) else None

    def show_look(self, look: CardsLook) -> None:
        """Follow the cards, and what is known of the ways in."""
        self._look = look
        if self.way is None:
            self._tell_the_end()
        else:
            super().show_look(look)

    def ways_for_proof(self, look: CardsLook) -> tuple[WayLook, ...]:
        """The one whose turn it is."""
        current = self.way
        return tuple(way for way in look.ways if current is not None and way.id == current.id)

    def begin(self) -> None:
        """Try the way in with what was typed."""
        if self.running or self.way is None or not self.proof.complete:
            return
        self.practise()

    def enable(self) -> None:
        """Follow what is typed; while a way in is tried, it cannot be left out."""
        super().enable()
        self.skip.setEnabled(not self.running)

    def proved(self) -> None:
        """It works: the next one."""
        self._turns[self._at].state = "done"
        self._turns[self._at].show_state("Opens the vault", "ok")
        self._next()

    def not_proved(self, error: SignetError) -> None:
        """Say why; it can be tried again, or left."""
        if isinstance(error, FAILURES):
            self._turns[self._at].state = "failed"
            self._turns[self._at].show_state("Failed", "bad")
        self.tell(error)

    def enter(self) -> None:
        """It begins: from now on, while the panel is in sight, pulling the card does not lock."""
        self._entered = True
        self._hold.set(self.isVisible())
        self._focus_first()

    def leave(self) -> None:
        """It is over; if the card is away, the vault locks now."""
        self._entered = False
        self._hold.set(False)

    def showEvent(self, event: QShowEvent) -> None:
        """Go on asking that the card be put away."""
        super().showEvent(event)
        self._hold.set(self._entered)

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody asks for that on another page: there a card that is away locks."""
        super().hideEvent(event)
        if not event.spontaneous():  # the window is only minimised
            self._hold.set(False)

    def _focus_first(self) -> None:
        """Go to what comes next: the field, or the button that leaves out what cannot be tried now."""
        if self.way is None:
            self.close_button.setFocus(Qt.FocusReason.OtherFocusReason)
        elif self.proof.entry.isEnabled():
            self.proof.entry.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.skip.setFocus(Qt.FocusReason.OtherFocusReason)

    def _add_row(self, way: WayLook, look: CardsLook) -> _Turn:
        view = next((view for view in look.views if view.id == way.id), None)
        tested = view.proven_at if view is not None else None
        when = f"tested {ago(tested, look.now)}" if tested else "never tested"
        row, pill = QFrame(), Pill()
        lines = QVBoxLayout()
        lines.setSpacing(0)
        lines.addWidget(label(way.label, "body", wrap=True))
        lines.addWidget(label(when, "small"))
        across = QHBoxLayout(row)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(SPACE.medium)
        across.addLayout(lines, 1)
        across.addWidget(pill)
        self.body.addWidget(row)
        made = _Turn(way, row, pill, f"{way.label}, {when}")
        made.show_state("", "neutral")
        return made

    def _leave_out(self) -> None:
        if self.running or self.way is None:
            return
        turn = self._turns[self._at]
        if not turn.state:
            turn.state = "skipped"
            turn.show_state("Left out", "neutral")
        self._next()

    def _next(self) -> None:
        self._at += 1
        self.banner.hide()
        self.proof.entry.reset()
        if self.way is None:
            self._end()
            return
        turn = self._turns[self._at]
        turn.show_state("Now", "accent")
        self.proof.caption.setText(f"Open the copy with “{turn.way.label}”")
        self.proof.show_ways(self.ways_for_proof(self._look))
        self.enable()
        self._focus_first()

    def _end(self) -> None:
        self.proof.hide()
        self.go.hide()
        self.skip.hide()
        self.close_button.show()
        self.sentence.setText(_OVER)
        self._tell_the_end()
        self.close_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _tell_the_end(self) -> None:
        told = self._look.verdict
        self.verdict.show_message(told.title, told.sentence, kind=told.kind)
        parts = [_what_goes(loss) for loss in self._look.losses if loss.keys]
        self.gone.setText("\n\n".join(parts))
        self.what_goes.setVisible(bool(parts))


def _what_goes(loss: Loss) -> str:
    """The keys and files that die with one card, the files by name as far as there is room, and what helps."""
    files = [f"• {path}" for path in loss.files[:_FILES]]
    if len(loss.files) > _FILES:
        files.append(f"• and {len(loss.files) - _FILES} more")
    return "\n".join([dying_keys(loss), *files, what_helps(loss)])
