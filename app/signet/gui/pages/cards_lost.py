"""The assistant for a lost card: which one, may somebody know its PIN, what stays, and the proof of who asks."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QRadioButton, QVBoxLayout, QWidget

from signet.errors import LastGuard, SignetError
from signet.formats.header import MethodKind
from signet.gui.design import SPACE
from signet.gui.pages.cards_change import AskingPanel
from signet.gui.pages.cards_code import AskedCode
from signet.gui.pages.cards_look import CardsLook
from signet.gui.pages.cards_lost_keys import GivenUpKeys
from signet.gui.pages.cards_panel import Bench
from signet.gui.unlock_look import WayLook
from signet.gui.widgets.buttons import danger_button
from signet.gui.widgets.steady import Choice
from signet.gui.widgets.text import label
from signet.services.exposed import exposed
from signet.services.lost import Lost, lose_card
from signet.services.saved_codes import note_saved_code
from signet.services.session import Session

_LOST = (
    "Open the vault by a way in that you still have. The card is taken out, and the vault gets a new master key. "
    "Older copies of the vault that are out of reach still open with card and PIN, and that cannot be revoked."
)
_SECRET = "No, nobody knows it"
_KNOWN = "Perhaps, or I am not sure"
_STAYS = "Every other way in stays as it is, printed sheets too."
_ONLY = "This is the only way in. Without it nothing opens the vault, and nothing can be taken out."
_RENEWED = (
    "Then the vault gets a new identity, and a new recovery code, which you see next. Only what proves that it is "
    "you stays, and what you tick here: you are asked for its secret. Everything else is removed, and can be "
    "added again."
)


@dataclass(frozen=True)
class _Outcome:
    """What was done, and whether keys or files are left that a finder may know."""

    lost: Lost
    keys_left: bool


class LostPanel(AskingPanel):
    """Takes a lost card out; `keys_left` comes after `finished` if there are keys that its finder may know."""

    keys_left = Signal()

    def __init__(self, bench: Bench, look: CardsLook, way_id: str = "") -> None:
        go = danger_button("Take the card out")
        go.setObjectName("cards-lost-go")
        super().__init__(bench, _LOST, go, caption="Prove that it is you, with a way in that you still have")
        self._look = look
        self.which = Choice()
        self.which.setAccessibleName("Lost card")
        cards = [way for way in look.ways if way.kind is MethodKind.TOKEN]
        for way in cards:
            self.which.addItem(way.label, way.id)
        self.which.setCurrentIndex(max(0, self.which.findData(way_id)))
        self.goes = label("", "warn", wrap=True)
        self.secret, self.known = QRadioButton(_SECRET), QRadioButton(_KNOWN)
        self._answers = QButtonGroup(self)
        self.effect = label("", "small", wrap=True)
        self.keep: dict[str, QCheckBox] = {}
        self._keeping = QWidget()
        self._keeps = QVBoxLayout(self._keeping)
        self._keeps.setContentsMargins(0, 0, 0, 0)
        self._keeps.setSpacing(SPACE.small)
        self.given_up = GivenUpKeys()
        self.code = AskedCode(bench)
        self._question = QWidget()
        self._build(several=len(cards) > 1)
        self._turn()

    @property
    def pin_known(self) -> bool:
        """Whether somebody may know the PIN."""
        return self.known.isChecked()

    @property
    def ready(self) -> bool:
        """Whether there is a card, another way in, and an answer."""
        answered = self.secret.isChecked() or self.known.isChecked()
        return self.which.count() > 0 and len(self._look.ways) > 1 and answered and self.given_up.complete

    def show_look(self, look: CardsLook) -> None:
        """Follow the cards."""
        self._look = look
        super().show_look(look)
        self._offer_keeping()

    def ways_for_proof(self, look: CardsLook) -> tuple[WayLook, ...]:
        """Never the lost one."""
        gone = self._gone()
        return tuple(way for way in look.ways if way.id not in gone)

    def begin(self) -> None:
        """Do it; a new recovery code is shown here."""
        if self.running or not self.ready or not self.proof.complete:
            return
        if self.pin_known:
            self.code.listen(self._question, self.proof, self.go, self.which, self.goes)
        super().begin()

    def change(self) -> Callable[[Session], _Outcome]:
        """Take it out."""
        keep = [way for way, box in self.keep.items() if box.isChecked()]
        return partial(
            _lose,
            way_id=str(self.which.currentData()),
            pin_known=self.pin_known,
            keep=keep if self.pin_known else (),
            typed=self.given_up.names,
            sheets=self.code.sheets,
        )

    def done(self, result: _Outcome) -> None:
        """Say what was done, what is gone, and what cannot be undone."""
        self.code.stop()
        names = ", ".join(f"“{name}”" for name in result.lost.rotated.removed)
        verb = "do" if len(result.lost.rotated.removed) > 1 else "does"
        self.finished.emit(f"{names} {verb} not open this vault any more.", told(result.lost))
        if result.keys_left:
            self.keys_left.emit()

    def failed(self, error: SignetError) -> None:
        """Ask no further; or for the name of a key that goes with the card and was not known to do so."""
        self.code.stop()
        if isinstance(error, LastGuard):
            self.given_up.demand(str(error.details["key"]))

    def leave(self) -> None:
        """The panel goes: a code that is shown is cancelled."""
        super().leave()
        self.code.stop()

    def _build(self, *, several: bool) -> None:
        question = QVBoxLayout(self._question)
        question.setContentsMargins(0, 0, 0, 0)
        question.setSpacing(SPACE.small)
        question.addWidget(label("May somebody know its PIN?", "strong"))
        for name, answer in (("secret", self.secret), ("known", self.known)):
            answer.setObjectName(f"cards-lost-{name}")
            answer.setAccessibleName(f"May somebody know its PIN? {answer.text()}")
            self._answers.addButton(answer)
            question.addWidget(answer)
        question.addWidget(self.effect)
        question.addWidget(self._keeping)
        for part in (self.which, self.goes, self._question, self.given_up, self.code):
            self.body.addWidget(part)
        self.which.setVisible(several)
        self.effect.hide()
        self._keeping.hide()
        self._answers.buttonToggled.connect(self._answered)
        self.which.currentIndexChanged.connect(self._turn)
        self.given_up.changed.connect(self.enable)
        self.proof.ways.currentIndexChanged.connect(self._offer_keeping)

    def _gone(self) -> set[str]:
        """The ids of the ways in on the lost card, as far as its serial number says so."""
        chosen = str(self.which.currentData() or "")
        serials = {view.id: view.card.serial for view in self._look.views if view.card is not None}
        serial = serials.get(chosen, "")
        return {chosen} | {way for way, other in serials.items() if serial and other == serial}

    def _turn(self) -> None:
        way = self._look.way_of(str(self.which.currentData() or ""))
        if way is None:
            self.goes.setText("No card opens this vault.")
        elif len(self._look.ways) == len(self._gone()):
            self.goes.setText(
                "This is the only way in. Without it nothing opens the vault, and nothing can be taken out."
            )
        else:
            said = _also(self._look, self._gone() - {way.id}), _dying(self._look, way)
            self.goes.setText(" ".join(part for part in said if part))
        self.goes.setVisible(bool(self.goes.text()))
        self.given_up.show_keys(_last_guarded(self._look, way))
        self.proof.show_ways(self.ways_for_proof(self._look), prefer=self._look.opened_by)
        self._offer_keeping()
        self.enable()

    def _answered(self) -> None:
        self.effect.setText(_RENEWED if self.pin_known else _STAYS)
        self.effect.show()
        self._keeping.setVisible(self.pin_known)
        self.enable()

    def _offer_keeping(self) -> None:
        """A box for each way in that may stay beside the one that proves who asks; what was ticked stays so."""
        proving = self.proof.way
        wanted = {
            way.id: way.label for way in self.ways_for_proof(self._look) if proving is None or way.id != proving.id
        }
        if list(wanted) == list(self.keep):
            return
        ticked = {way for way, box in self.keep.items() if box.isChecked()}
        for box in self.keep.values():
            self._keeps.removeWidget(box)
            box.hide()
            box.deleteLater()
        self.keep = {}
        for way_id, name in wanted.items():
            box = QCheckBox(f"Keep “{name}”")
            box.setChecked(way_id in ticked)
            self._keeps.addWidget(box)
            self.keep[way_id] = box
        self._keeping.setVisible(self.pin_known)


def told(lost: Lost) -> str:
    """What is said when a card was taken out."""
    said = []
    if lost.fingerprint is not None:
        said.append(f"The vault's identity is new: {lost.fingerprint}. Other computers ask once before they open it.")
    for key in lost.keys:
        files = f", with {len(key.files)} known files" if key.files else ""
        said.append(f"The key “{key.alias}” is gone with the card{files}.")
    there = [path for path in lost.rotated.old_backups if os.path.lexists(path)]
    if there:
        said.append(f"{len(there)} older copies in the vault's folder still open with card and PIN.")
    said.append("Copies that are out of reach cannot be revoked.")
    said.append("A new card becomes a way in with “Add a way in…”.")
    return " ".join(said)


def _also(look: CardsLook, ids: set[str]) -> str:
    names = ", ".join(f"“{way.label}”" for way in look.ways if way.id in ids)
    return f"On the same card, as far as its serial number tells, and taken out with it: {names}." if names else ""


def _dying(look: CardsLook, way: WayLook) -> str:
    keys = [key for loss in look.losses if way.id in {gone.id for gone in loss.gone} for key in loss.keys]
    if not keys:
        return ""
    names = ", ".join(f"“{key.alias}”" for key in keys)
    files = sum(len(key.files) for key in keys)
    hang = f", and {files} known files that nothing else opens" if files else ""
    return f"Gone with this card: {names}{hang}."


def _last_guarded(look: CardsLook, way: WayLook | None) -> list[str]:
    """Names of guarded keys that have no guard but this card."""
    losses = [loss for loss in look.losses if way is not None and way.id in {gone.id for gone in loss.gone}]
    return list(dict.fromkeys(key.alias for loss in losses for key in loss.keys if key.guarded))


def _lose(
    session: Session,
    *,
    way_id: str,
    pin_known: bool,
    keep: Sequence[str],
    typed: Sequence[str],
    sheets: Sequence[str],
) -> _Outcome:
    lost = lose_card(session, way_id, pin_known=pin_known, keep=keep, typed=typed)
    for sheet in sheets:
        note_saved_code(session, sheet)
    return _Outcome(lost, exposed(session).work)
