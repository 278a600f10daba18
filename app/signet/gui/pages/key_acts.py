"""What the page Keys does to the vault: each act is a task, its answer a signal."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

from signet.crypto.publickeys import PublicKeyForm, public_key_text
from signet.errors import Cancelled, ConfirmationMissing, SignetError
from signet.gui.desk import Desk
from signet.gui.pages.adopt_key import Adoption, adopt_key
from signet.gui.pages.export_key import Export, write_export
from signet.gui.pages.new_key import NewKey, make_key
from signet.gui.tasks import Tasks
from signet.keys.model import Key
from signet.keys.state import KeyState
from signet.services import guards, keys
from signet.services.adopting import CardKey, adoptable_keys
from signet.services.presence import with_presence
from signet.services.session import Session
from signet.services.tokens import list_tokens
from signet.tokens.model import Token

DISABLED = "Nothing can be encrypted, decrypted or signed with it until it is enabled again. Nothing is lost."


class KeyActs(QObject):
    """Acts on keys; nothing happens while the vault is locked. See `gave_up` for failures that need no words."""

    made = Signal(object)
    make_failed = Signal(object)
    exported = Signal(str)
    export_failed = Signal(object)
    told = Signal(str, str)
    """A title and a sentence about what was done."""
    failed = Signal(object)
    cards_found = Signal(object)
    card_keys_found = Signal(object)

    def __init__(self, desk: Desk, tasks: Tasks, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._tasks = tasks

    def make(self, wanted: NewKey) -> None:
        """Make a key; `made` carries it."""
        session = self._desk.session
        if session is not None:
            self._tasks.run(lambda _: make_key(session, wanted), done=self._made, failed=self._make_failed)

    def export(self, wanted: Export) -> None:
        """Write a key to a file; `exported` carries its path."""
        session = self._desk.session
        if session is not None:
            self._tasks.run(lambda _: write_export(session, wanted), done=self._exported, failed=self._export_failed)
        elif wanted.passphrase is not None:
            wanted.passphrase.wipe()

    def switch(self, key: Key) -> None:
        """Disable a key that is enabled, enable any other."""
        session = self._desk.session
        if session is None:
            return
        change = keys.disable_key if key.state is KeyState.ENABLED else keys.enable_key
        self._tasks.run(lambda _: change(session, key.id), done=self._switched, failed=self._failed)

    def add_guard(self, key: Key, method_id: str) -> None:
        """Let one more way in guard a key; one that guards it already is asked for in the window."""
        self._change_guards(key, method_id, guards.add_guard)

    def remove_guard(self, key: Key, method_id: str) -> None:
        """Let a way in no longer guard a key."""
        self._change_guards(key, method_id, guards.remove_guard)

    def _change_guards(self, key: Key, method_id: str, change: Callable[[Session, str, str], Key]) -> None:
        session = self._desk.session
        if session is None:
            return
        self._tasks.run(
            lambda _: with_presence(session, lambda: change(session, key.id, method_id)),
            done=self._guards_changed,
            failed=self._failed,
        )

    def _guards_changed(self, key: Key) -> None:
        self.told.emit(f"“{key.alias}” has other guards now", "Each job with it asks for one of them.")
        self._desk.note_change()

    def copy_public_key(self, key: Key, form: PublicKeyForm) -> None:
        """Put the public key on the clipboard, as text for other programs."""
        session = self._desk.session
        if session is None:
            return

        def work(_: object) -> str:
            spki = keys.public_key(session, key.id)
            return public_key_text(spki, form, comment=key.alias, key_id=f"{key.id}/{key.version}")

        self._tasks.run(work, done=self._copy_public_key, failed=self._failed, quiet=True)

    def copy_id(self, key: Key) -> None:
        """Put the id on the clipboard."""
        QGuiApplication.clipboard().setText(key.id)
        self.told.emit("The id was copied", key.id)

    def adopt(self, wanted: Adoption) -> None:
        """Take in a key that is on a card already; `made` carries it."""
        session = self._desk.session
        if session is not None:
            self._tasks.run(lambda _: adopt_key(session, wanted), done=self._made, failed=self._make_failed)

    def find_card_keys(self) -> None:
        """Look which keys of cards could be taken in; `card_keys_found` carries them, none if the software fails."""
        session = self._desk.session
        if session is not None:
            self._tasks.run(
                lambda _: adoptable_keys(session), done=self._card_keys, failed=self._no_card_keys, quiet=True
            )

    def find_cards(self) -> None:
        """Look which cards are there; `cards_found` carries them, none if the card software fails."""
        workplace = self._desk.workplace
        self._tasks.run(lambda _: list_tokens(workplace), done=self._cards, failed=self._no_cards, quiet=True)

    def _made(self, key: Key) -> None:
        self.made.emit(key)
        self._desk.note_change()

    def _exported(self, path: str) -> None:
        self.exported.emit(path)
        self._desk.note_change()

    def _make_failed(self, error: SignetError) -> None:
        self.make_failed.emit(error)

    def _export_failed(self, error: SignetError) -> None:
        self.export_failed.emit(error)

    def _failed(self, error: SignetError) -> None:
        self.failed.emit(error)

    def _switched(self, key: Key) -> None:
        if key.state is KeyState.DISABLED:
            self.told.emit(f"“{key.alias}” is disabled", DISABLED)
        else:
            self.told.emit(f"“{key.alias}” is enabled", "It can be used again.")
        self._desk.note_change()

    def _copy_public_key(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self.told.emit("The public key was copied", "Paste it wherever it is wanted; it is no secret.")

    def _cards(self, cards: tuple[Token, ...]) -> None:
        self.cards_found.emit(tuple(card for card in cards if card.initialised))

    def _card_keys(self, found: tuple[CardKey, ...]) -> None:
        self.card_keys_found.emit(found)

    def _no_card_keys(self, _: SignetError) -> None:
        self.card_keys_found.emit(())

    def _no_cards(self, _: SignetError) -> None:
        self.cards_found.emit(())


def gave_up(error: SignetError) -> bool:
    """Whether the person ended it: nothing has to be said then."""
    return isinstance(error, Cancelled | ConfirmationMissing)
