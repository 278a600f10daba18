"""The panel that tests a way in: a copy of the vault is really opened, and the session stays as it is."""

from __future__ import annotations

from abc import abstractmethod
from functools import partial

import shiboken6

from signet.errors import AttestationInvalid, AttestationMissing, SignetError
from signet.formats.header import MethodKind, UnlockMethod
from signet.gui.administration import Proof, window_prompt
from signet.gui.pages.cards_change import ProofPanel
from signet.gui.pages.cards_look import CardsLook
from signet.gui.pages.cards_panel import Bench
from signet.gui.tasks import TaskContext
from signet.gui.unlock_look import WayLook
from signet.gui.unlock_proof import ProofForm
from signet.gui.widgets.buttons import primary_button
from signet.secret import Secret
from signet.services.drill import practise
from signet.services.methods import prove_method
from signet.services.prompt import SecretKind
from signet.services.session import Session

_TEST = "A copy of the vault is opened with it, as the vault would be in earnest, and removed again."
_VOUCH = (
    "It opens the vault, but does not vouch for it: its signing key was replaced, or it never vouched. Prove by "
    "another way in that it is you, and give its own secret once more; then it vouches anew."
)


class ProvingPanel(ProofPanel):
    """What tests ways in: `practise` with what is typed into the proof, `proved` or `not_proved` afterwards."""

    def practise(self) -> None:
        """Open a copy of the vault with the way in of the proof."""
        session, proof, desk = self.bench.desk.session, self.proof.take(), self.bench.desk
        if proof is None:
            return
        if session is None:
            proof.wipe()
            return
        prompt = window_prompt(desk.workplace)

        def work(_: TaskContext) -> str:
            with prompt.prepared(proof.secrets):
                return practise(session, proof.method_id).id

        # Plain functions: they are called even if the panel was closed meanwhile, and the desk has to be let go.
        def done(_: str) -> None:
            self._over(None)

        def failed(error: SignetError) -> None:
            self._over(error)

        self.banner.hide()
        self.set_running(True)
        desk.hold()
        self.bench.tasks.run(work, done=done, failed=failed)

    @abstractmethod
    def proved(self) -> None:
        """It works."""

    @abstractmethod
    def not_proved(self, error: SignetError) -> None:
        """It does not, or could not be tried."""

    def _over(self, error: SignetError | None) -> None:
        self.bench.desk.release()
        if shiboken6.isValid(self):
            self.set_running(False)
        self.bench.desk.note_change()
        if not shiboken6.isValid(self):
            return
        if error is None:
            self.proved()
        else:
            self.not_proved(error)


class TestPanel(ProvingPanel):
    """Tests one way in; if that does not vouch for the vault, another one has to stand in for it."""

    __test__ = False  # the name is for people; pytest has nothing to collect here

    def __init__(self, bench: Bench, way: WayLook) -> None:
        go = primary_button("Test it")
        go.setObjectName("cards-test-go")
        self._way = way
        super().__init__(bench, _TEST, go, caption=f"Open the vault with “{way.label}”")
        self.other = ProofForm("Prove that it is you")
        self.other.hide()
        self.other.changed.connect(self.enable)
        self.body.addWidget(self.other)

    @property
    def ready(self) -> bool:
        """Whether the other way in, if one is needed, is complete."""
        return self.other.isHidden() or self.other.complete

    def ways_for_proof(self, look: CardsLook) -> tuple[WayLook, ...]:
        """Itself."""
        return tuple(way for way in look.ways if way.id == self._way.id)

    def show_look(self, look: CardsLook) -> None:
        """Follow the cards."""
        super().show_look(look)
        others = tuple(way for way in look.ways if way.id != self._way.id)
        self.other.show_ways(others, prefer=look.opened_by)

    def begin(self) -> None:
        """Test it, or let it vouch anew."""
        if self.running or not self.ready or not self.proof.complete:
            return
        if not self.other.isHidden():
            self._vouch()
            return
        self.practise()

    def proved(self) -> None:
        """Say that it works."""
        self.finished.emit(f"“{self._way.label}” opens the vault.", "It was tested just now.")

    def not_proved(self, error: SignetError) -> None:
        """Say why; where it only does not vouch, ask for another way in."""
        if isinstance(error, AttestationMissing | AttestationInvalid):
            self.sentence.setText(_VOUCH)
            self.other.show()
            self.enable()
        self.tell(error)

    def _vouch(self) -> None:
        own, proof = self.proof.take(), self.other.take()
        if own is None or proof is None:
            return
        kind = SecretKind.TOKEN_PIN if self._way.kind is MethodKind.TOKEN else SecretKind.OTHER_SECRET
        secrets: dict[SecretKind, Secret] = {kind: next(iter(own.secrets.values()))}
        self._administer(proof, secrets)

    def _administer(self, proof: Proof, secrets: dict[SecretKind, Secret]) -> None:
        self.banner.hide()
        self.set_running(True)
        self.bench.administration.run(
            partial(_prove, way_id=self._way.id),
            proof=proof,
            secrets=secrets,
            done=self._vouched,
            failed=self._not_vouched,
        )

    def _vouched(self, _: UnlockMethod) -> None:
        self.set_running(False)
        self.proved()

    def _not_vouched(self, error: SignetError) -> None:
        self.set_running(False)
        self.tell(error)


def _prove(session: Session, *, way_id: str) -> UnlockMethod:
    return prove_method(session, way_id)
