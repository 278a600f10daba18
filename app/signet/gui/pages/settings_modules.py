"""Card software in the settings: which PKCS#11 modules there are, whether they work, more of them."""

from __future__ import annotations

import os

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from signet.errors import SignetError
from signet.gui.desk import Desk
from signet.gui.pages import choosing
from signet.gui.sentences import words
from signet.gui.tasks import Tasks
from signet.gui.theme import Theme
from signet.gui.widgets.banner import Banner
from signet.gui.widgets.buttons import plain_button
from signet.gui.widgets.row_card import RowCard
from signet.gui.widgets.way_row import WayRow
from signet.services import modules
from signet.services.modules import ModuleView
from signet.tokens.model import Token

_NAMES = (
    ("libsofthsm2", "SoftHSM, tokens in software"),
    ("libykcs11", "YubiKey"),
    ("opensc-pkcs11", "OpenSC, many cards"),
    ("libtpm2_pkcs11", "TPM of this computer"),
)
_KINDS = "Modules (*.so *.so.* *.dylib *.dll);;All files (*)"


def name_of(path: str) -> str:
    """What people call a module; its file name if it is not a known one."""
    base = os.path.basename(path)
    return next((name for start, name in _NAMES if base.startswith(start)), base)


class ModuleRow(WayRow):
    """One module, with a test in a task and, if a person named it, a way to name it no longer."""

    remove_wanted = Signal(str)
    failed = Signal(object)

    def __init__(self, view: ModuleView, desk: Desk, tasks: Tasks, theme: Theme) -> None:
        name = name_of(view.path)
        self.test_button = plain_button("Test", name=f"Test {name}")
        self.remove_button = plain_button("Remove", name=f"Remove {name}")
        super().__init__(theme, "puzzle", name, view.path, self.test_button, self.remove_button)
        self._view, self._desk, self._tasks = view, desk, tasks
        self.test_button.clicked.connect(self.test)
        self.test_button.setEnabled(view.present)
        self.remove_button.clicked.connect(self._remove)
        self.remove_button.setVisible(view.named)
        if not view.present:
            self.show_state("Not there", "bad")

    def test(self) -> None:
        """Start the module by itself and count the cards it shows."""
        self.test_button.setEnabled(False)
        self.show_state("Testing…", "neutral")
        workplace, path = self._desk.workplace, self._view.path
        self._tasks.run(lambda _: modules.try_module(workplace, path), done=self._works, failed=self._does_not)

    def _works(self, tokens: tuple[Token, ...]) -> None:
        self.test_button.setEnabled(True)
        self.show_state(f"Works · {cards(tokens)}", "ok")

    def _does_not(self, error: SignetError) -> None:
        self.test_button.setEnabled(True)
        self.show_state("Does not work", "bad")
        self.pill.setToolTip(words(error).text)
        self.failed.emit(error)

    def _remove(self) -> None:
        self.remove_wanted.emit(self._view.path)


class ModuleList(QWidget):
    """All modules, read in a task, and a button for one more."""

    def __init__(self, desk: Desk, tasks: Tasks, theme: Theme) -> None:
        super().__init__()
        self._desk, self._tasks, self._theme = desk, tasks, theme
        self.banner = Banner(theme)
        self.rows: list[ModuleRow] = []
        self.add_button = plain_button("Add card software…")
        self.add_button.clicked.connect(self._ask)
        self._card = RowCard()
        foot = QHBoxLayout()
        foot.addWidget(self.add_button)
        foot.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.banner)
        column.addWidget(self._card)
        column.addLayout(foot)

    def reload(self) -> None:
        """Look anew which modules there are."""
        workplace = self._desk.workplace
        self._tasks.run(lambda _: modules.list_modules(workplace), done=self._show, failed=self._fail, quiet=True)

    def add(self, path: str) -> None:
        """Try a module and, if it works, name it in the settings."""
        self.add_button.setEnabled(False)
        workplace = self._desk.workplace
        self._tasks.run(lambda _: modules.add_module(workplace, path), done=self._added, failed=self._fail)

    def remove(self, path: str) -> None:
        """Name a module no longer."""
        workplace = self._desk.workplace
        self._tasks.run(lambda _: modules.remove_module(workplace, path), done=self._removed, failed=self._fail)

    def _ask(self) -> None:
        choosing.ask_for_a_file(
            self, title="Choose a PKCS#11 module", folder="/usr/lib", kinds=_KINDS, chosen=self.add
        )

    def _show(self, views: tuple[ModuleView, ...]) -> None:
        self.rows = [ModuleRow(view, self._desk, self._tasks, self._theme) for view in views]
        for row in self.rows:
            row.remove_wanted.connect(self.remove)
            row.failed.connect(self._show_error)
        self._card.show_rows(self.rows)

    def _added(self, tokens: tuple[Token, ...]) -> None:
        self.add_button.setEnabled(True)
        self.banner.show_message("The card software works", f"It is used from now on; {cards(tokens)}.", kind="ok")
        self.reload()

    def _removed(self, _: None) -> None:
        self.banner.close_message()
        self.reload()

    def _fail(self, error: SignetError) -> None:
        self.add_button.setEnabled(True)
        self._show_error(error)

    def _show_error(self, error: SignetError) -> None:
        self.banner.show_error(error)


def cards(tokens: tuple[Token, ...]) -> str:
    """Say how many cards there are."""
    return {0: "no card now", 1: "1 card"}.get(len(tokens), f"{len(tokens)} cards")
