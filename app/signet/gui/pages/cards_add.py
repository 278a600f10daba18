"""The panel that adds a way in: a card, a software token, a passphrase, a recovery code, recovery shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import partial

from PySide6.QtCore import Qt, Signal

from signet.errors import SignetError
from signet.formats.header import MethodKind, UnlockMethod
from signet.gui.administration import Preparation
from signet.gui.pages.cards_change import ChangePanel
from signet.gui.pages.cards_code import AskedCode
from signet.gui.pages.cards_look import CardsLook
from signet.gui.pages.cards_panel import Bench
from signet.gui.pages.cards_shares import SharesForm
from signet.gui.pages.cards_sheets import ShareSheets, SheetsMade
from signet.gui.pages.cards_software import SoftwareWay
from signet.gui.setup.cards import CardPicker
from signet.gui.setup.making import name_of
from signet.gui.setup.new_secret import NewSecret
from signet.gui.setup.plan import First
from signet.gui.unlock_look import vault_name
from signet.gui.widgets.buttons import primary_button
from signet.gui.widgets.steady import Choice
from signet.secret import Secret
from signet.services.enrolment import NewMethod, NewPassphrase, NewRecoveryCode, NewToken
from signet.services.methods import add_method
from signet.services.prompt import SecretKind
from signet.services.saved_codes import note_saved_code
from signet.services.session import Session


class Kind(StrEnum):
    """What can be added."""

    CARD = "card"
    CODE = "code"
    SHARES = "shares"
    PASSPHRASE = "passphrase"
    SOFTWARE = "software"


_WORDS = {
    Kind.CARD: "A card",
    Kind.CODE: "A recovery code on paper",
    Kind.SHARES: "Recovery shares on several sheets",
    Kind.PASSPHRASE: "A passphrase",
    Kind.SOFTWARE: "A software token (for trying out)",
}
_SENTENCE = (
    "The vault is as strong as the weakest way in, and as safe from loss as the number of places they are kept in."
)


class AddPanel(ChangePanel):
    """Adds one way in, which is tried before the vault's header names it."""

    turned = Signal()
    """Another kind was chosen; the page answers with what it last saw."""

    def __init__(self, bench: Bench, kind: Kind = Kind.CARD) -> None:
        go = primary_button("Add this way in")
        go.setObjectName("cards-add-go")
        super().__init__(bench, _SENTENCE, go, caption="Prove that it is you, with a way in you have")
        self.kind = Choice()
        self.kind.setAccessibleName("Kind of way in")
        self.kind.setObjectName("cards-add-kind")
        for choice, words in _WORDS.items():
            self.kind.addItem(words, choice)
        self.picker = CardPicker(bench.desk, bench.tasks, bench.theme)
        self.passphrase = NewSecret(First.PASSPHRASE)
        self.pin = NewSecret(First.SOFTWARE)
        self.code = AskedCode(bench)
        self.made = SheetsMade()
        self.shares = SharesForm(vault_name(bench.desk.vault_path))
        for part in (self.kind, self.picker, self.passphrase, self.pin, self.shares, self.code, self.made):
            self.body.addWidget(part)
        self._secret: Secret | None = None
        self._sheets: ShareSheets | None = None
        self._told = self._folder = ""
        self.made.left.connect(self._sheets_left)
        self.picker.changed.connect(self.enable)
        self.picker.tried.connect(self._tried)
        for field in (self.passphrase, self.pin, self.shares):
            field.changed.connect(self.enable)
        self.kind.currentIndexChanged.connect(self._turn)
        self.kind.setCurrentIndex(self.kind.findData(kind))
        self._turn()

    @property
    def chosen(self) -> Kind:
        """What is to be added."""
        return Kind(self.kind.currentData())

    @property
    def ready(self) -> bool:
        """Whether what the kind needs is given."""
        if self.chosen is Kind.CARD:
            return self.picker.ready
        if self.chosen is Kind.CODE:
            return True
        if self.chosen is Kind.SHARES:
            return self.shares.ready
        return (self.passphrase if self.chosen is Kind.PASSPHRASE else self.pin).ready

    def show_look(self, look: CardsLook) -> None:
        """Follow the cards; those that are ways in already are not offered."""
        super().show_look(look)
        if self.chosen is Kind.CARD and not self.running:
            self.picker.start(exclude=[way.token for way in look.ways if way.token is not None])

    def begin(self) -> None:
        """Try the card or make the software token first; the rest follows."""
        if self.running or not self.ready or not self.proof.complete:
            return
        if self.chosen is Kind.CARD:
            self.picker.try_card()
        elif self.chosen is Kind.SOFTWARE:
            self._make_software()
        elif self.chosen is Kind.PASSPHRASE:
            secret = self.passphrase.take()
            if secret is not None:
                self.run(partial(_add, new=NewPassphrase()), secrets={SecretKind.NEW_PASSPHRASE: secret})
        elif self.chosen is Kind.SHARES:
            self._add_shares()
        else:
            self._add_code()

    def change(self) -> Callable[[Session], UnlockMethod]:
        """Enrol what was tried."""
        if self.picker.token is None:
            raise ValueError("no card was tried")
        return partial(_add, new=NewToken(name_of(self.picker.token)))

    def secrets(self) -> Mapping[SecretKind, Secret]:
        """The PIN of the card that was tried."""
        secret, self._secret = self._secret, None
        return {} if secret is None else {SecretKind.NEW_PIN: secret}

    def done(self, result: UnlockMethod) -> None:
        """Say that it opens the vault."""
        self.code.stop()
        title = f"“{result.label}” opens the vault now."
        if result.kind is MethodKind.RECOVERY_SHARES and self._sheets is not None:
            self._show_sheets(title, self._sheets)
        else:
            self.finished.emit(title, "It was tried before anything was changed.")

    def failed(self, error: SignetError) -> None:
        """Ask no further."""
        self.code.stop()
        if self.chosen is Kind.SOFTWARE:
            self.proof.entry.setFocus(Qt.FocusReason.OtherFocusReason)

    def leave(self) -> None:
        """The panel goes: look for cards no further, cancel a code that is shown, forget the sheets."""
        self.picker.stop()
        if self._sheets is not None and not self.running:
            self._sheets.wipe()
        self.code.stop()

    def _tried(self) -> None:
        self._secret, self.picker.secret = self.picker.secret, None
        self.run(self.change(), secrets=self.secrets())

    def _make_software(self) -> None:
        pin = self.pin.take()
        if pin is None:
            return
        desk = self.bench.desk
        way = SoftwareWay(desk.workplace, desk.vault_path, pin)
        self.run(way.add, secrets={}, preparation=Preparation(way.make, way.take_back))

    def _add_shares(self) -> None:
        new, self._sheets = self.shares.chosen()
        self._folder = new.folder
        self.run(partial(_add, new=new), secrets={})

    def _show_sheets(self, title: str, sheets: ShareSheets) -> None:
        """The shares stand: what is left to do is to print their sheets."""
        self._told = title
        for part in (self.kind, self.shares, self.proof, self.go):
            part.hide()
        self.sentence.setText(title)
        self.made.begin(sheets, self._folder)

    def _sheets_left(self) -> None:
        self.finished.emit(self._told, f"The sheets are in {self._folder}. Delete the files when they are printed.")

    def _add_code(self) -> None:
        self.code.listen(self.kind, self.proof, self.go)
        self.run(self._code_change(), secrets={})

    def _code_change(self) -> Callable[[Session], UnlockMethod]:
        def change(session: Session) -> UnlockMethod:
            method = add_method(session, NewRecoveryCode(None))
            for path in self.code.sheets:
                note_saved_code(session, path)
            return method

        return change

    def _turn(self) -> None:
        self.picker.setVisible(self.chosen is Kind.CARD)
        self.passphrase.setVisible(self.chosen is Kind.PASSPHRASE)
        self.pin.setVisible(self.chosen is Kind.SOFTWARE)
        self.shares.setVisible(self.chosen is Kind.SHARES)
        if self.chosen is not Kind.CARD:
            self.picker.stop()
        self.turned.emit()
        self.enable()


def _add(session: Session, *, new: NewMethod) -> UnlockMethod:
    return add_method(session, new)
