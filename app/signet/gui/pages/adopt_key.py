"""A key that is on a card already, taken into the vault's keeping: choose it, name it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from signet.gui.pages.key_host import KeyForm
from signet.gui.pages.keys_model import TYPES
from signet.gui.pages.name_field import NameField
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import link_button, primary_button
from signet.gui.widgets.forms import caption, choice_box, column
from signet.gui.widgets.text import label
from signet.keys.model import Key
from signet.keys.spec import KeySpec, KeyUsage
from signet.services import adopting
from signet.services.adopting import CardKey
from signet.services.presence import with_presence
from signet.services.session import Session

EXPLAINED = (
    "The key stays on its card. The vault notes its public half and its name, so that you can sign with it, or open "
    "files."
)
CONSENT = "The card's PIN is asked for, to try the key. If the card is lost or breaks, the key is gone."
NO_CARD = "No card is in the reader, or it shows no key that can be used. Put one in and look again."
_KINDS = {spec.value: TYPES[spec] for spec in KeySpec}


@dataclass(frozen=True)
class Adoption:
    """What was asked for: the key, by the SHA-256 of its public half, what it is for, and its name."""

    fingerprint: str
    usage: KeyUsage
    alias: str


def adopt_key(session: Session, wanted: Adoption) -> Key:
    """Take the key in, asking for proof of presence if need be; blocking, for a task. Raises as `adopting.adopt`."""
    name = wanted.fingerprint
    return with_presence(session, lambda: adopting.adopt(session, name, name, wanted.alias, usage=wanted.usage))


class AdoptForm(KeyForm):
    """The body of the panel; `wanted` carries an Adoption, `look_wanted` asks for what is on the cards now."""

    wanted = Signal(object)
    look_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.keys = choice_box("Key on a card")
        self.name = NameField("for example contracts-on-card")
        self.look = link_button("Look again")
        self.use_button = primary_button("Use this key")
        self._state = label("Looking at the cards…", "muted", wrap=True)
        self._cards: list[str] = []
        self._card = label("", "small", wrap=True)
        self._choice = QWidget()
        self._arrange()
        self._choice.hide()
        self.look.clicked.connect(self.look_wanted)
        self.name.textChanged.connect(self._check)
        self.name.returnPressed.connect(self._use)
        self.keys.currentIndexChanged.connect(self._check)
        self.use_button.clicked.connect(self._use)
        self._check()

    def _arrange(self) -> None:
        choice, whole = column(self._choice), column(self)
        chosen = (caption("Key on the card", self.keys), self.keys, self._card)
        named = (caption("Name", self.name), self.name, self.name.hint)
        for widget in (*chosen, *named, label(CONSENT, "warn", wrap=True)):
            choice.addWidget(widget)
        for part in (self.banner, label(EXPLAINED, "muted", wrap=True), self._state, self._choice, self.look):
            whole.addWidget(part)
        whole.addStretch(1)

    def show_keys(self, found: Sequence[CardKey]) -> None:
        """Offer the keys that are on the cards now and not in the vault; what was chosen stays if it is there."""
        chosen = self.keys.currentText()
        self.keys.clear()
        for each in found:
            kind = _KINDS.get(each.key.spec, each.key.spec)
            name = each.key.label or f"key {each.key.id.hex()}"
            does = "opens files" if each.usage is KeyUsage.ENCRYPT_DECRYPT else "signs"
            self.keys.addItem(f"{name} · {kind} · {does}", (each.fingerprint, each.usage.value))
        self._cards = [each.card for each in found]
        self.keys.setCurrentIndex(max(self.keys.findText(chosen), 0))
        self._state.setText(NO_CARD)
        self._state.setVisible(not found)
        self._choice.setVisible(bool(found))
        self._check()

    def set_busy(self, busy: bool) -> None:
        """Stop a second click while the key is being tried."""
        self.use_button.setText("Trying it…" if busy else "Use this key")
        self.use_button.setEnabled(not busy and self._is_complete())

    def _is_complete(self) -> bool:
        return self.name.is_usable and bool(self.keys.currentData())

    def _check(self) -> None:
        place = self.keys.currentIndex()
        self._card.setText(f"On “{self._cards[place]}”" if 0 <= place < len(self._cards) else "")
        self.use_button.setEnabled(self._is_complete())

    def _use(self) -> None:
        if self.use_button.isEnabled():
            self.banner.hide()
            self.set_busy(True)
            fingerprint, usage = self.keys.currentData()
            self.wanted.emit(Adoption(fingerprint, KeyUsage(usage), self.name.alias))
