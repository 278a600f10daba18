"""Choosing one of the cards that are there; with its PIN it is tried for real before it counts."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from signet.errors import PinError, SignetError
from signet.gui.administration import window_prompt
from signet.gui.design import SPACE
from signet.gui.desk import Desk
from signet.gui.pages.choosing import ask_for_a_file
from signet.gui.sentences import words
from signet.gui.setup.make_offer import MakeOffer
from signet.gui.setup.seen import SeenCard, look_for_cards, use_module
from signet.gui.tasks import TaskContext, Tasks
from signet.gui.theme import Theme
from signet.gui.unlock_words import FEW_TRIES, LAST_TRY, REFUSED_BEFORE, pin_name, refusal
from signet.gui.widgets.buttons import link_button, plain_button
from signet.gui.widgets.choice_card import ChoiceCard
from signet.gui.widgets.secret_field import SecretField
from signet.gui.widgets.text import label, set_role
from signet.secret import Secret
from signet.services.prompt import SecretKind
from signet.services.tokens import TokenReport, test_token
from signet.tokens.model import PinState, Token

LOOK_MILLISECONDS = 2000


class CardPicker(QWidget):
    """A list of cards, a PIN field, and the way to card software that was not found; `tried` after a real trial."""

    changed = Signal()
    tried = Signal()
    failed = Signal()

    def __init__(self, desk: Desk, tasks: Tasks, theme: Theme) -> None:
        super().__init__()
        self._desk, self._tasks, self._theme = desk, tasks, theme
        self._seen: dict[tuple[str, str], SeenCard] = {}
        self._cards: dict[tuple[str, str], ChoiceCard] = {}
        self._exclude: Collection[Token] = ()
        self._looking = self.busy = False
        self.token: Token | None = None
        self.secret: Secret | None = None
        self.report: TokenReport | None = None
        self.none = label("Looking for cards…", "waiting", wrap=True)
        self.pin = SecretField("PIN of the card")
        self.pin.setPlaceholderText("PIN")
        self.pin.setMaximumWidth(280)
        self.pin_title = label("", "strong", wrap=True)
        self.note = label("", "muted", wrap=True)
        self.not_listed = link_button("My card is not listed")
        self.module = QLineEdit()
        self.module.setAccessibleName("Path of the card's PKCS#11 module")
        self.module.setPlaceholderText("The card's own PKCS#11 library, for instance /usr/lib/vendor/libpkcs11.so")
        self.use_module = plain_button("Use it", name="Use this card software")
        self.choose_module = plain_button("Choose…", name="Choose the card software")
        self.make = MakeOffer(desk, tasks)
        self._list = QVBoxLayout()
        self._list.setSpacing(SPACE.medium)
        self._module_row = QWidget()
        self._build()
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MILLISECONDS)
        self._timer.timeout.connect(self.look)

    @property
    def chosen(self) -> SeenCard | None:
        """The card that is chosen."""
        return next((self._seen[place] for place, card in self._cards.items() if card.isChecked()), None)

    @property
    def ready(self) -> bool:
        """Whether the chosen card can be tried now."""
        chosen = self.chosen
        if chosen is None or not chosen.usable or self.busy:
            return False
        return bool(self.pin.text()) or chosen.token.pin_pad

    def start(self, *, exclude: Collection[Token] = ()) -> None:
        """Look for cards from now on; ``exclude`` are those that are ways in already."""
        self._exclude = exclude
        self._timer.start()
        self.look()

    def stop(self) -> None:
        """Look no further."""
        self._timer.stop()

    def look(self) -> None:
        """Look once."""
        if self._looking or self.busy:
            return
        self._looking = True
        workplace = self._desk.workplace
        self._tasks.run(lambda _: look_for_cards(workplace), done=self._looked, failed=self._not_looked, quiet=True)

    def try_card(self) -> None:
        """Try the chosen card for real with the PIN that was typed: once."""
        chosen = self.chosen
        if chosen is None or not self.ready:
            return
        secret = self.pin.take()
        if self._desk.workplace.refused_pins.refuses(chosen.token, secret):
            secret.wipe()
            self._say(REFUSED_BEFORE, wrong=True)
            return
        workplace, name = self._desk.workplace, chosen.token.serial or chosen.token.label
        prompt = window_prompt(workplace)
        told = chosen.token.pin_state is PinState.FINAL
        kept = secret.copy()

        def work(_: TaskContext) -> TokenReport:
            with prompt.prepared({SecretKind.PIN: secret}, confirmed=told):
                return test_token(workplace, name)

        self.token, self.secret, self.busy = chosen.token, kept, True
        self._cards[chosen.place].show_state("Trying…", "accent")
        self.changed.emit()
        self._tasks.run(work, done=self._tried, failed=self._not_tried)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.medium)
        column.addWidget(self.none)
        column.addLayout(self._list)
        column.addWidget(self.pin_title)
        column.addWidget(self.pin)
        column.addWidget(self.note)
        column.addWidget(self.make)
        column.addWidget(self.not_listed, 0, Qt.AlignmentFlag.AlignLeft)
        row = QHBoxLayout(self._module_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE.small)
        row.addWidget(self.module, 1)
        row.addWidget(self.choose_module)
        row.addWidget(self.use_module)
        column.addWidget(self._module_row)
        for part in (self._module_row, self.pin, self.pin_title, self.note):
            part.hide()
        self.pin.textChanged.connect(self.changed)
        self.make.changed.connect(self._made)
        self.not_listed.clicked.connect(self._show_module)
        self.choose_module.clicked.connect(self._ask_for_module)
        self.use_module.clicked.connect(self._add_module)
        self.module.returnPressed.connect(self._add_module)

    def _looked(self, seen: tuple[SeenCard, ...]) -> None:
        self._looking = False
        if self.busy:
            return
        taken = {(token.module, token.serial) for token in self._exclude}
        found = {card.place: card for card in seen if card.place not in taken}
        for place in [known for known in self._cards if known not in found]:
            gone = self._cards.pop(place)
            self._list.removeWidget(gone)
            gone.deleteLater()
        before, self._seen = self._seen, found
        for place, card in found.items():
            if place not in self._cards:
                self._add_card(place, card)
            shown = self._cards[place]
            shown.setEnabled(card.usable)
            if before.get(place) not in (None, card) or not card.usable:
                shown.show_detail(card.words())
        if self.chosen is None:
            first = next((place for place, card in found.items() if card.usable), None)
            if first is not None:
                self._cards[first].setChecked(True)
        self.none.setText(
            "No card is there. Put one in; it shows here by itself."
            if not taken
            else "No other card is there. Put one in."
        )
        self.none.setVisible(not found)
        self.make.follow(found.values())
        self._turn()

    def _made(self, said: str) -> None:
        """A key was made, or may have been: the card is another one now."""
        self._say(said)
        self.look()

    def _not_looked(self, error: SignetError) -> None:
        self._looking = False
        self.none.setText(words(error).text)
        self.none.show()

    def _add_card(self, place: tuple[str, str], card: SeenCard) -> None:
        shown = ChoiceCard(self._theme, "card", card.token.label or card.token.model or "Card", card.words())
        shown.setObjectName(f"card-{card.token.serial}")
        shown.toggled.connect(self._toggled)
        self._cards[place] = shown
        self._list.addWidget(shown)

    def _toggled(self, on: bool) -> None:
        if on:
            self.pin.clear()
            self._say("")
            self._turn()

    def _turn(self) -> None:
        chosen = self.chosen
        there = chosen is not None and chosen.usable
        waited = self.not_listed.hasFocus() and self.pin.isHidden()
        on_reader = chosen is not None and chosen.token.pin_pad
        self.pin.setVisible(there and not on_reader)
        if waited and there:
            self.pin.setFocus(Qt.FocusReason.OtherFocusReason)
        self.pin_title.setVisible(there)
        if chosen is not None:
            which = pin_name(chosen.token)
            where = ": type it on the reader's own keys" if on_reader else ""
            self.pin_title.setText(f"{which} of “{chosen.token.label}”, to try what it can do{where}")
            self.pin.setAccessibleName(f"{which} of “{chosen.token.label}”")
            tells = {PinState.LOW: FEW_TRIES, PinState.FINAL: LAST_TRY}.get(chosen.token.pin_state, "")
            if tells and not self.note.text():
                self._say(tells)
        self.changed.emit()

    def _tried(self, report: TokenReport) -> None:
        self.busy = False
        self.report = report
        able = [key for key in report.keys if key.unlocks]
        signs = any(key.signs for key in report.keys)
        stopped = next((step for step in report.steps if step.name == "unlocking" and not step.worked), None)
        shown = self._cards.get((report.token.module, report.token.serial))
        if stopped is not None or not able:
            why = stopped.seen if stopped is not None else "no key on it can open a vault"
            if shown is not None:
                shown.show_state("Sign only" if signs else "Cannot unlock", "neutral")
                also = " You can sign documents with it." if signs else ""
                shown.show_detail(f"Tested: {why}.{also}")
            self._give_up(f"This card cannot open a vault: {why}.")
            self.make.offer(report.token)
            return
        if shown is not None:
            shown.show_state("Can unlock", "ok")
            shown.show_detail(f"Tested: can unlock{', can sign' if signs else '; cannot sign, so it cannot vouch'}")
        self._say("")
        self.changed.emit()
        self.tried.emit()

    def _not_tried(self, error: SignetError) -> None:
        self.busy = False
        chosen = self.chosen
        if chosen is not None:
            self._cards[chosen.place].show_state("", "neutral")
        told = refusal(error) if isinstance(error, PinError) else words(error).text
        self._give_up(told)

    def _give_up(self, why: str) -> None:
        if self.secret is not None:
            self.secret.wipe()
        self.secret = self.token = None
        self._say(why, wrong=True)
        self.changed.emit()
        self.failed.emit()
        self.pin.setFocus(Qt.FocusReason.OtherFocusReason)

    def _say(self, text: str, *, wrong: bool = False) -> None:
        self.note.setText(text)
        self.note.setVisible(bool(text))
        set_role(self.note, "bad" if wrong else "warn")
        self.pin.mark_wrong(wrong)

    def _show_module(self) -> None:
        self._module_row.setVisible(not self._module_row.isVisible())
        if self._module_row.isVisible():
            self.module.setFocus(Qt.FocusReason.OtherFocusReason)

    def _ask_for_module(self) -> None:
        ask_for_a_file(
            self, title="The card's PKCS#11 library", folder="/usr/lib", kinds="All files (*)",
            chosen=self.module.setText,
        )  # fmt: skip

    def _add_module(self) -> None:
        path, workplace = self.module.text().strip(), self._desk.workplace
        if not path or self.busy:
            return

        self._looking = True
        self._tasks.run(lambda _: use_module(workplace, path), done=self._module_works, failed=self._module_fails)

    def _module_works(self, seen: tuple[SeenCard, ...]) -> None:
        self._module_row.hide()
        self._say("")
        self._looked(seen)

    def _module_fails(self, error: SignetError) -> None:
        self._looking = False
        self._say(words(error).text, wrong=True)
