"""The assistant for a new card: enrol it, prove it by opening the vault, take the old one out."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton

from signet.errors import SignetError
from signet.formats.header import MethodKind, UnlockMethod
from signet.gui.pages.cards_change import AskingPanel
from signet.gui.pages.cards_look import CardsLook
from signet.gui.pages.cards_moving import MovingFiles
from signet.gui.pages.cards_panel import Bench
from signet.gui.pages.cards_remove import told_copies
from signet.gui.setup.cards import CardPicker
from signet.gui.setup.making import name_of
from signet.gui.tasks import TaskContext
from signet.gui.unlock_look import WayLook
from signet.gui.widgets.buttons import plain_button, primary_button
from signet.gui.widgets.steady import Choice
from signet.gui.widgets.text import label
from signet.secret import Secret
from signet.services.enrolment import NewToken
from signet.services.master import RotatedMaster
from signet.services.prompt import SecretKind
from signet.services.renewal import Renewal, begin_renewal, finish_renewal, give_up_renewal
from signet.services.session import Session

_FIRST = (
    "The new card is tried, and opens the vault from then on beside the old one. What the old card guards is guarded "
    "by the new one, too."
)
_SECOND = (
    "“{new}” is enrolled. Take it out and put it in again if you like, then give its PIN once more: it opens the "
    "vault, and “{old}” is taken out by a new master key."
)


class RenewalPanel(AskingPanel):
    """Two steps; which of them is due is seen in the vault, so that what was interrupted goes on."""

    turned = Signal()
    """A step is done; the page answers with what it sees then."""

    def __init__(self, bench: Bench, look: CardsLook) -> None:
        go = primary_button("Enrol the new card")
        go.setObjectName("cards-renewal-go")
        super().__init__(bench, _FIRST, go)
        self._look = look
        self.which = Choice()
        self.which.setAccessibleName("Card that is replaced")
        for way in look.ways:
            if way.kind is MethodKind.TOKEN:
                self.which.addItem(f"In the place of “{way.label}”", way.id)
        if look.renewal is not None:
            self.which.setCurrentIndex(max(0, self.which.findData(look.renewal.old.id)))
        self.none = label("No card opens this vault yet. Add one with “Add a way in…”.", "warn", wrap=True)
        self.picker = CardPicker(bench.desk, bench.tasks, bench.theme)
        self.stays = label("", "warn", wrap=True)
        self.give_up = plain_button("Leave both cards")
        self.give_up.setObjectName("cards-renewal-give-up")
        self.moving = MovingFiles(bench)
        for part in (self.none, self.which, self.picker, self.stays, self.moving):
            self.body.addWidget(part)
        self._secret: Secret | None = None
        self.picker.changed.connect(self.enable)
        self.moving.changed.connect(self.enable)
        self.picker.tried.connect(self._tried)
        self.give_up.clicked.connect(self._give_up)
        self.which.currentIndexChanged.connect(self._show_step)
        self._show_step()

    @property
    def buttons(self) -> tuple[QPushButton, ...]:
        """What stands at the foot."""
        return self.give_up, self.go

    @property
    def second(self) -> Renewal | None:
        """The renewal, if what is left to do is to prove the new card."""
        renewal = self._look.renewal
        return renewal if renewal is not None and renewal.new is not None else None

    @property
    def ready(self) -> bool:
        """Whether the card can be tried; the proof is all that the second step needs."""
        if self.second is not None:
            return not self.moving.running
        return self.which.count() > 0 and self.picker.ready

    def show_look(self, look: CardsLook) -> None:
        """Follow the cards and the renewal."""
        self._look = look
        if not self.running:
            self._show_step()
        super().show_look(look)

    def ways_for_proof(self, look: CardsLook) -> tuple[WayLook, ...]:
        """Any way in for the enrolment; for the proof, the new card."""
        second = self.second
        if second is None or second.new is None:
            return look.ways
        return tuple(way for way in look.ways if way.id == second.new.id)

    def begin(self) -> None:
        """Try the card, or let it prove itself."""
        if self.running or not self.ready or not self.proof.complete:
            return
        if self.second is None:
            self.picker.try_card()
        else:
            self.run(finish_renewal, secrets={})

    def change(self) -> Callable[[Session], UnlockMethod]:
        """Enrol what was tried."""
        if self.picker.token is None:
            raise ValueError("no card was tried")
        return partial(_begin, old=str(self.which.currentData()), name=name_of(self.picker.token))

    def done(self, result: Any) -> None:
        """Go on to the proof; or say that the old card is out."""
        if isinstance(result, RotatedMaster):
            removed = ", ".join(f"“{name}”" for name in result.removed)
            self.finished.emit(f"The new card is proven, and {removed} is taken out.", told_copies(result))
        else:
            self.turned.emit()

    def failed(self, error: SignetError) -> None:
        """Look anew: the enrolment may stand, and what is left is another step."""
        self.turned.emit()

    def leave(self) -> None:
        """Look for cards no further."""
        super().leave()
        self.picker.stop()
        self.moving.leave()

    def _tried(self) -> None:
        secret, self.picker.secret = self.picker.secret, None
        self.run(self.change(), secrets={} if secret is None else {SecretKind.NEW_PIN: secret})

    def _show_step(self) -> None:
        renewal, second = self._look.renewal, self.second
        self.none.setVisible(self.which.count() == 0)
        self.which.setVisible(self.which.count() > 0 and second is None)
        self.which.setEnabled(renewal is None)
        self.picker.setVisible(self.which.count() > 0 and second is None)
        self.give_up.setVisible(renewal is not None)
        if second is not None and second.new is not None:
            self.picker.stop()
            self.sentence.setText(_SECOND.format(new=second.new.label, old=second.old.label))
            self.proof.caption.setText(f"Open the vault with “{second.new.label}”")
            self.rename("Prove it and take the old one out")
        elif self.which.count():
            self.picker.start(exclude=[way.token for way in self._look.ways if way.token is not None])
        self.stays.setText(_stays(renewal))
        self.stays.setVisible(bool(self.stays.text()))
        self.moving.show_renewal(renewal)
        self.enable()

    def _give_up(self) -> None:
        session = self.bench.desk.session
        if self.running or session is None:
            return
        bench = self.bench

        def work(_: TaskContext) -> None:
            give_up_renewal(session)

        bench.tasks.run(work, done=self._given_up, failed=self.tell)

    def _given_up(self, _: object) -> None:
        self.bench.desk.note_change()
        self.finished.emit("Both cards open this vault.", "Nothing was taken out.")


def _stays(renewal: Renewal | None) -> str:
    if renewal is None:
        return ""
    also = ", ".join(f"“{method.label}”" for method in renewal.others)
    told = f"On the old card too, and taken out with it: {also}. " if also else ""
    if not renewal.keys:
        return told.rstrip()
    names = ", ".join(f"“{key.alias}”" for key in renewal.keys)
    return f"{told}Only on the old card: {names}. No card gives a key away: keep the old card for them."


def _begin(session: Session, *, old: str, name: str) -> UnlockMethod:
    return begin_renewal(session, old, NewToken(name))
