"""The panel of a change to the ways in: what it means, the proof of who asks, and the button that does it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout

from signet.errors import Cancelled, ConfirmationMissing, NotUnlocked, SignetError
from signet.gui.administration import Preparation
from signet.gui.design import SPACE
from signet.gui.pages.cards_look import CardsLook
from signet.gui.pages.cards_panel import Bench, CardHold, PanelBody
from signet.gui.unlock_look import WayLook
from signet.gui.unlock_proof import ProofForm
from signet.gui.widgets.banner import Banner
from signet.gui.widgets.text import label
from signet.secret import Secret
from signet.services.prompt import SecretKind
from signet.services.session import Session


class ProofPanel(PanelBody):
    """A panel that does something once the person has proven who they are; ``go`` belongs at its foot."""

    def __init__(
        self, bench: Bench, sentence: str, go: QPushButton, *, caption: str = "Prove that it is you"
    ) -> None:
        super().__init__()
        self.bench = bench
        self.go = go
        self._words = go.text()
        self._running = False
        self.banner = Banner(bench.theme, "bad")
        self.sentence = label(sentence, "muted", wrap=True)
        self.body = QVBoxLayout()
        self.body.setSpacing(SPACE.medium)
        self.proof = ProofForm(caption)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.large)
        column.addWidget(self.banner)
        column.addWidget(self.sentence)
        column.addLayout(self.body)
        column.addWidget(self.proof)
        column.addStretch(1)
        self.proof.changed.connect(self.enable)
        self.proof.submitted.connect(self.begin)
        go.clicked.connect(self.begin)

    @property
    def buttons(self) -> tuple[QPushButton, ...]:
        """What stands at the foot of the panel, the primary one last."""
        return (self.go,)

    @property
    def ready(self) -> bool:
        """Whether what it needs is given; the proof is looked at besides."""
        return True

    @property
    def running(self) -> bool:
        """Whether it is under way."""
        return self._running

    def show_look(self, look: CardsLook) -> None:
        """Follow what is there: the ways in that may prove who asks."""
        if not self._running:
            self.proof.show_ways(self.ways_for_proof(look), prefer=look.opened_by)

    def ways_for_proof(self, look: CardsLook) -> tuple[WayLook, ...]:
        """Which ways in may prove who asks."""
        return look.ways

    @abstractmethod
    def begin(self) -> None:
        """Do it."""

    def set_running(self, running: bool) -> None:
        """While it runs, nothing can be typed."""
        self._running = running
        self.proof.setEnabled(not running)
        self.go.setText("Working…" if running else self._words)
        self.enable()

    def rename(self, words: str) -> None:
        """Give the button other words."""
        self._words = words
        if not self._running:
            self.go.setText(words)

    def enable(self) -> None:
        """Follow what is typed."""
        self.go.setEnabled(not self._running and self.ready and self.proof.complete)

    def tell(self, error: SignetError) -> None:
        """Say what went wrong: by the field if it was the secret, else above."""
        if isinstance(error, Cancelled | ConfirmationMissing):
            return
        if isinstance(error, NotUnlocked):
            self.proof.refuse(error)
        else:
            self.banner.show_error(error)


class ChangePanel(ProofPanel):
    """A panel that changes the vault: `change`, then `done` or `failed`."""

    def begin(self) -> None:
        """Do it: `change` with what `secrets` gives."""
        if self._running or not self.ready or not self.proof.complete:
            return
        self.run(self.change(), secrets=self.secrets())

    @abstractmethod
    def change(self) -> Callable[[Session], Any]:
        """What is done in the administering session; runs in a task."""

    def secrets(self) -> Mapping[SecretKind, Secret]:
        """What the change itself will ask for."""
        return {}

    @abstractmethod
    def done(self, result: Any) -> None:
        """Say what was done."""

    def failed(self, error: SignetError) -> None:
        """Undo what was prepared for the change, if anything was."""

    def run(
        self,
        change: Callable[[Session], Any],
        *,
        secrets: Mapping[SecretKind, Secret],
        preparation: Preparation | None = None,
    ) -> None:
        """Hand the change to the administration."""
        proof = self.proof.take()
        if proof is None:
            return
        self.banner.hide()
        self.set_running(True)
        self.bench.administration.run(
            change, proof=proof, secrets=secrets, preparation=preparation, done=self._done, failed=self._failed
        )

    def _done(self, result: Any) -> None:
        self.set_running(False)
        self.done(result)

    def _failed(self, error: SignetError) -> None:
        self.set_running(False)
        self.failed(error)
        self.tell(error)


class AskingPanel(ChangePanel):
    """A change for which another card may have to be put in: while it is in sight, pulling one does not lock."""

    def __init__(
        self, bench: Bench, sentence: str, go: QPushButton, *, caption: str = "Prove that it is you"
    ) -> None:
        super().__init__(bench, sentence, go, caption=caption)
        self._hold = CardHold(bench.desk)

    def leave(self) -> None:
        """It is over; if the card is away, the vault locks now."""
        self._hold.set(False)

    def showEvent(self, event: QShowEvent) -> None:
        """Hold on."""
        super().showEvent(event)
        self._hold.set(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """On another page a card that is away locks."""
        super().hideEvent(event)
        if not event.spontaneous():  # the window is only minimised
            self._hold.set(False)
