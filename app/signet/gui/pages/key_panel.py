"""The panel beside the keys: details of the one that is selected, or a form over them."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from signet.crypto.publickeys import PublicKeyForm
from signet.errors import SignetError
from signet.gui.desk import Desk
from signet.gui.pages import choosing
from signet.gui.pages.adopt_key import AdoptForm
from signet.gui.pages.export_key import ExportForm
from signet.gui.pages.key_acts import KeyActs, gave_up
from signet.gui.pages.key_details import KeyDetails, KeyHistory, fill_menu, read_history
from signet.gui.pages.keys_model import KeyRow, KeysSnapshot
from signet.gui.pages.new_key import NewKeyForm
from signet.gui.pages.reading import Reader
from signet.gui.tasks import Tasks
from signet.gui.theme import Theme
from signet.gui.widgets.side_panel import SidePanel
from signet.keys.model import Key
from signet.keys.spec import Protection
from signet.services.adopting import CardKey
from signet.services.guards import able_to_guard
from signet.tokens.model import Token

IN_THE_VAULT = "It is part of this vault, and of every backup made from now on."
ON_ITS_CARD = "It is on its card alone: no backup holds it."


class KeyPanel(SidePanel):
    """Follows the selection; a form stays until it is done or closed, then the details are back."""

    use_wanted = Signal()
    """The key that is shown is to be used for what it is for."""
    made = Signal(object)
    told = Signal(str, str)
    failed = Signal(object)

    def __init__(self, desk: Desk, tasks: Tasks, theme: Theme) -> None:
        super().__init__(theme, name="Details of the key")
        self._desk, self._theme = desk, theme
        self.form: NewKeyForm | ExportForm | AdoptForm | None = None
        self.details: KeyDetails | None = None
        self._row: KeyRow | None = None
        self._snapshot = KeysSnapshot()
        self._menu = QMenu(self)
        self._acts = KeyActs(desk, tasks, self)
        self._history = Reader(desk, tasks, self)
        acts = self._acts
        acts.made.connect(self._made)
        acts.exported.connect(self._exported)
        acts.make_failed.connect(self._form_failed)
        acts.export_failed.connect(self._form_failed)
        acts.failed.connect(self.failed)
        acts.told.connect(self.told)
        acts.cards_found.connect(self._cards_found)
        acts.card_keys_found.connect(self._card_keys_found)
        self._history.arrived.connect(self._show_history)
        self._history.failed.connect(self.failed)
        self.closed.connect(self._after_closing)

    @property
    def actions_of_key(self) -> list[QAction]:
        """What else can be done with the key that is shown, for menus."""
        return self._menu.actions()

    def show_key(self, row: KeyRow | None, snapshot: KeysSnapshot, *, reopen: bool = False) -> None:
        """Show a key, None for no key; details that the person closed come back with ``reopen`` or another key."""
        same = self._row is not None and row is not None and self._row.key.id == row.key.id
        self._row, self._snapshot = row, snapshot
        if row is None:
            self._close_all()
        elif self.form is None and (self.details is not None or reopen or not same):
            self._show_details(row)

    def focus_actions(self) -> None:
        """Go to what can be done with the key."""
        if self.details is not None:
            first = self.details.use if self.details.use.isVisibleTo(self.details) else self.details.switch
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    def new_key(self) -> None:
        """Open the form for a new key."""
        if self._desk.session is None or isinstance(self.form, NewKeyForm):
            return
        form = NewKeyForm(self._theme)
        form.wanted.connect(self._acts.make)
        form.adopt_wanted.connect(self.adopt_key)
        self.form, self.details = form, None
        self.open_with("New key", form, form.create_button, focus=form.name)
        form.show_guards(able_to_guard(self._desk.session.header))
        self._acts.find_cards()

    def adopt_key(self) -> None:
        """Open the form for a key that is on a card already."""
        if self._desk.session is None:
            return
        form = AdoptForm(self._theme)
        form.wanted.connect(self._acts.adopt)
        form.look_wanted.connect(self._acts.find_card_keys)
        self.form, self.details = form, None
        self.open_with("A key that is on a card", form, form.use_button, focus=form.look)
        self._acts.find_card_keys()

    def export_key(self) -> None:
        """Open the form for exporting the key that is shown."""
        if self._row is None:
            return
        form = ExportForm(self._theme, self._row.key)
        form.path_wanted.connect(self._ask_where)
        self.form, self.details = form, None
        self.open_with(f"Export “{self._row.key.alias}”", form, form.save_button, focus=form.passphrase)

    def switch(self) -> None:
        """Disable or enable the key that is shown."""
        if self._row is not None:
            self._acts.switch(self._row.key)

    def _add_guard(self, method_id: str) -> None:
        if self._row is not None:
            self._acts.add_guard(self._row.key, method_id)

    def _remove_guard(self, method_id: str) -> None:
        if self._row is not None:
            self._acts.remove_guard(self._row.key, method_id)

    def do(self, name: str) -> None:
        """Do what the menu names: ``export``, ``id``, ``pem`` or ``ssh``."""
        if self._row is None:
            return
        if name == "export":
            self.export_key()
        elif name == "id":
            self._acts.copy_id(self._row.key)
        else:
            self._acts.copy_public_key(self._row.key, PublicKeyForm(name))

    def _show_details(self, row: KeyRow) -> None:
        if self.details is None:
            self.details = KeyDetails(self._theme, self._menu)
            self.details.use_wanted.connect(self.use_wanted)
            self.details.switch_wanted.connect(self.switch)
            self.details.guards.add_wanted.connect(self._add_guard)
            self.details.guards.remove_wanted.connect(self._remove_guard)
            self.open_with(row.key.alias, self.details, take_focus=False)
        self.set_title(row.key.alias)
        actions = fill_menu(self._menu, with_public_key=not row.key.spec.is_symmetric)
        for name, action in actions.items():
            action.triggered.connect(partial(self.do, name))
        self.details.show_key(row, self._snapshot, _now())
        self._history.read(lambda session, _: read_history(session, row.key), now=True)

    def _show_history(self, history: object) -> None:
        if isinstance(history, KeyHistory) and self.details is not None and self._row is not None:
            self.details.show_history(history, self._row, self._snapshot, _now())

    def _close_all(self) -> None:
        self.form = self.details = None
        self.close_panel()

    def _after_closing(self) -> None:
        had_form, self.form, self.details = self.form is not None, None, None
        if had_form and self._row is not None:
            self._show_details(self._row)

    def _ask_where(self) -> None:
        form = self.form
        if isinstance(form, ExportForm):
            choosing.ask_where_to_save(
                self,
                title=f"Export “{form.key.alias}”",
                folder=choosing.home(),
                name=form.name,
                kinds=form.kinds,
                chosen=self._export,
            )

    def _export(self, path: str) -> None:
        if isinstance(self.form, ExportForm):
            self._acts.export(self.form.take(path))

    def _made(self, key: Key) -> None:
        if isinstance(self.form, NewKeyForm | AdoptForm):
            self._close_all()
        self.made.emit(key)
        on_card = key.protection is Protection.TOKEN
        self.told.emit(f"“{key.alias}” is ready", ON_ITS_CARD if on_card else IN_THE_VAULT)

    def _exported(self, path: str) -> None:
        if isinstance(self.form, ExportForm):
            self.close_panel()
        self.told.emit("The key was exported", f"It is in {path}, readable by you alone.")

    def _form_failed(self, error: SignetError) -> None:
        if self.form is None:
            self.failed.emit(error)
            return
        if not gave_up(error):
            self.form.banner.show_error(error)
        self.form.set_busy(False)

    def _card_keys_found(self, found: tuple[CardKey, ...]) -> None:
        if isinstance(self.form, AdoptForm):
            self.form.show_keys(found)
            if found and self.focusWidget() is self.form.look:
                self.form.name.setFocus(Qt.FocusReason.OtherFocusReason)

    def _cards_found(self, cards: tuple[Token, ...]) -> None:
        if isinstance(self.form, NewKeyForm):
            self.form.show_cards(cards)


def _now() -> datetime:
    return datetime.now().astimezone()
