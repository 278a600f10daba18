"""The page Settings: look, locking, the default key, folders, card software, and what this program is."""

from __future__ import annotations

import os
from functools import partial

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QCheckBox, QLabel, QScrollArea, QVBoxLayout, QWidget

from signet import __version__
from signet.errors import SignetError
from signet.gui.design import SPACE
from signet.gui.desk import Desk
from signet.gui.pages.reading import Reader
from signet.gui.pages.settings_desktop import FileManagerRow
from signet.gui.pages.settings_modules import ModuleList
from signet.gui.pages.settings_parts import Card, Saver, components
from signet.gui.pages.settings_timestamps import ServiceList
from signet.gui.tasks import Tasks
from signet.gui.theme import MODES, Theme
from signet.gui.widgets.banner import Banner
from signet.gui.widgets.buttons import plain_button
from signet.gui.widgets.header import PageHeader
from signet.gui.widgets.section import Section
from signet.gui.widgets.steady import Choice, Number
from signet.gui.widgets.text import label
from signet.keys.model import Key
from signet.keys.state import KeyState
from signet.services import keys
from signet.store.settings import CLIPBOARD_RANGE, FOLDERS_ARCHIVE, FOLDERS_ASK, FOLDERS_EACH, REMOVAL_RANGE

_WIDTH = 720
_MODES = {"system": "As the system", "light": "Light", "dark": "Dark"}
_FOLDERS = {FOLDERS_ASK: "Ask each time", FOLDERS_ARCHIVE: "One file", FOLDERS_EACH: "File by file"}
_MINUTES = (1, 2, 5, 10, 15, 30, 60, 0)
LICENCE = "Apache License 2.0. Signet comes without any warranty."


class SettingsPage(QWidget):
    """Everything takes effect at once; there is nothing to save or apply."""

    default_key_changed = Signal(str)
    """Carries the name of the key that the page Files encrypts with, empty if it is to ask."""

    def __init__(self, desk: Desk, tasks: Tasks, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("settings-page")
        self.setProperty("kind", "page")
        self._desk, self._tasks, self._theme = desk, tasks, theme
        self._saver = Saver(desk.workplace, tasks, self)
        self._reader = Reader(desk, tasks, self)
        self.banner = Banner(theme)
        self.theme_choice = Choice()
        self.idle_choice = Choice()
        self.removal = QCheckBox()
        self.removal_seconds = Number()
        self.clipboard_seconds = Number()
        self.jobs_choice = Choice()
        self.screen_lock = QCheckBox()
        self.key_choice = Choice()
        self.folder_choice = Choice()
        self.modules = ModuleList(desk, tasks, theme)
        self.services = ServiceList(desk, tasks, theme)
        self._folders: dict[str, QLabel] = {}
        self._body = QVBoxLayout()
        self._arrange()
        self._add_sections()
        self._show_settings()
        self._connect()
        self._read_keys()
        self.modules.reload()

    def _arrange(self) -> None:
        inside = QWidget()
        self._body = QVBoxLayout()
        self._body.setSpacing(SPACE.wide)
        middle = QVBoxLayout(inside)
        middle.setContentsMargins(SPACE.wide, SPACE.wide, SPACE.wide, SPACE.wide)
        holder = QWidget()
        holder.setMaximumWidth(_WIDTH)
        holder.setLayout(self._body)
        self._body.setContentsMargins(0, 0, 0, 0)
        middle.addWidget(holder)
        middle.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        header = PageHeader("Settings")
        header.add_below(self.banner)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(header)
        column.addWidget(scroll, 1)

    def _add_sections(self) -> None:
        look = Card()
        look.add_row("Colours", "", self.theme_choice)
        locking = Card()
        locking.add_row("When nothing happens", "Jobs that run are finished first.", self.idle_choice)
        self.removal.setAccessibleName("Lock when the card is pulled")
        self.removal_seconds.setAccessibleName("Seconds before it locks")
        locking.add_row(
            "When the card is pulled", "After some seconds, for a card that sits loosely.",
            self.removal_seconds, self.removal,
        )  # fmt: skip
        self.jobs_choice.setAccessibleName("Jobs that run when the card is pulled")
        locking.add_row("Jobs that run then", "What is stopped leaves nothing half-done behind.", self.jobs_choice)
        locking.add_row("When the screen locks or the computer sleeps", "", self.screen_lock)
        files = Card()
        files.add_row("Default key", "The page Files encrypts with it unless you choose another.", self.key_choice)
        files.add_row("Folders", "One encrypted file for a folder, or one for each file in it.", self.folder_choice)
        self.clipboard_seconds.setAccessibleName("Seconds on the clipboard")
        files.add_row("A secret that was copied", "It leaves the clipboard after this time.", self.clipboard_seconds)
        self.file_manager = FileManagerRow(self._tasks, files, self)
        folders = Card()
        for name, what in (("vault", "This vault"), ("data", "Vaults and software tokens"), ("config", "Settings")):
            button = plain_button("Open", name=f"Open the folder: {what}")
            button.clicked.connect(partial(self._open_folder, name))
            self._folders[name] = folders.add_row(what, self._folder(name) or "none", button)
        about = Card()
        about.add_row(f"Signet {__version__}", LICENCE)
        for name, what in components():
            about.add_row(name, what)
        sections = (("Look", look), ("Lock the vault", locking), ("Files and text", files), ("Folders", folders))
        for title, card in sections:
            self._body.addWidget(Section(title, card))
        self._body.addWidget(Section("Time-stamp services", self.services))
        said = "Programs from the maker of your card (PKCS#11 modules). What is installed is found by itself."
        self._body.addWidget(Section("Card software", label(said, "muted", wrap=True), self.modules))
        self._body.addWidget(Section("About", about))

    def _show_settings(self) -> None:
        settings = self._desk.workplace.settings
        for mode in MODES:
            self.theme_choice.addItem(_MODES[mode], mode)
        self.theme_choice.setCurrentIndex(self.theme_choice.findData(settings.theme))
        minutes = sorted({*_MINUTES, settings.lock_after_minutes}, key=lambda count: (count == 0, count))
        for count in minutes:
            self.idle_choice.addItem(_minutes(count), count)
        self.idle_choice.setCurrentIndex(self.idle_choice.findData(settings.lock_after_minutes))
        self.removal.setChecked(settings.lock_on_card_removal)
        self.removal_seconds.setRange(*REMOVAL_RANGE)
        self.removal_seconds.setSuffix(" s")
        self.removal_seconds.setValue(settings.lock_on_card_removal_seconds)
        self.removal_seconds.setEnabled(settings.lock_on_card_removal)
        self.removal_seconds.setFixedWidth(76)
        self.clipboard_seconds.setRange(*CLIPBOARD_RANGE)
        self.clipboard_seconds.setSuffix(" s")
        self.clipboard_seconds.setValue(settings.clipboard_seconds)
        self.clipboard_seconds.setFixedWidth(86)
        for finished, words in ((False, "Stop them"), (True, "Finish them")):
            self.jobs_choice.addItem(words, finished)
        self.jobs_choice.setCurrentIndex(self.jobs_choice.findData(settings.finish_jobs_on_card_removal))
        self.jobs_choice.setEnabled(settings.lock_on_card_removal)
        self.screen_lock.setChecked(settings.lock_on_screen_lock)
        for how, words in _FOLDERS.items():
            self.folder_choice.addItem(words, how)
        self._show_folder_choice()
        for choice in (
            self.theme_choice, self.idle_choice, self.jobs_choice, self.key_choice, self.folder_choice,
        ):  # fmt: skip
            choice.setMinimumWidth(170)
        self._show_keys(())

    def _connect(self) -> None:
        self._saver.failed.connect(self._show_error)
        self.file_manager.failed.connect(self._show_error)
        self._reader.arrived.connect(self._show_keys)
        self._reader.failed.connect(self._show_error)
        self._desk.unlocked.connect(self._read_keys)
        self._desk.changed.connect(self._read_keys)
        self._desk.changed.connect(self._show_folder_choice)
        self._desk.locked.connect(self._forget)
        self._desk.vault_chosen.connect(self._show_folders)
        self.theme_choice.activated.connect(self._choose_theme)
        self.idle_choice.activated.connect(self._choose_idle)
        self.removal.toggled.connect(self._choose_removal)
        self.removal_seconds.valueChanged.connect(self._choose_removal)
        self.clipboard_seconds.valueChanged.connect(lambda count: self._saver.set(clipboard_seconds=count))
        self.jobs_choice.activated.connect(self._choose_jobs)
        self.screen_lock.toggled.connect(self._choose_screen)
        self.key_choice.activated.connect(self._choose_key)
        self.folder_choice.activated.connect(self._choose_folders)

    def _choose_theme(self) -> None:
        mode = next(mode for mode in MODES if mode == self.theme_choice.currentData())
        self._theme.set_mode(mode)
        self._saver.set(theme=mode)

    def _choose_idle(self) -> None:
        self._saver.set(lock_after_minutes=int(self.idle_choice.currentData()))

    def _choose_removal(self) -> None:
        wanted = self.removal.isChecked()
        self.removal_seconds.setEnabled(wanted)
        self.jobs_choice.setEnabled(wanted)
        seconds = self.removal_seconds.value()
        self._saver.set(lock_on_card_removal=wanted, lock_on_card_removal_seconds=seconds)

    def _choose_jobs(self) -> None:
        self._saver.set(finish_jobs_on_card_removal=bool(self.jobs_choice.currentData()))

    def _show_folder_choice(self) -> None:
        self.folder_choice.setCurrentIndex(self.folder_choice.findData(self._desk.workplace.settings.folders))

    def _choose_folders(self) -> None:
        self._saver.set(folders=str(self.folder_choice.currentData()))

    def _choose_screen(self) -> None:
        self._saver.set(lock_on_screen_lock=self.screen_lock.isChecked())

    def _choose_key(self) -> None:
        chosen = str(self.key_choice.currentData() or "")
        self._saver.set(default_key=chosen)
        self.default_key_changed.emit(chosen)

    def _read_keys(self) -> None:
        self._show_folders()
        self._reader.read(lambda session, _: keys.list_keys(session))

    def _show_keys(self, found: object) -> None:
        """Offer the keys that encrypt; what the settings name stays chosen, also if it is not there now."""
        known = [key for key in found if isinstance(key, Key)] if isinstance(found, tuple) else []
        able = [key.alias for key in known if key.encrypts_files and key.state is KeyState.ENABLED]
        chosen = self._desk.workplace.settings.default_key
        self.key_choice.clear()
        self.key_choice.addItem("Ask each time", "")
        for alias in able:
            self.key_choice.addItem(alias, alias)
        if chosen and chosen not in able:
            self.key_choice.addItem(f"{chosen} (not usable now)" if known else chosen, chosen)
        self.key_choice.setCurrentIndex(self.key_choice.findData(chosen))

    def _forget(self) -> None:
        self._show_keys(())

    def _folder(self, name: str) -> str:
        places = self._desk.workplace.places
        return {"vault": self._desk.vault_path, "data": places.data, "config": places.config}[name]

    def _show_folders(self) -> None:
        self._folders["vault"].setText(self._folder("vault") or "none")

    def _open_folder(self, name: str) -> None:
        """Show a folder in the desktop's own file manager; the vault's, by what contains it."""
        path = self._folder(name)
        if name == "vault":
            path = os.path.dirname(path)
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(path)):
            self.banner.show_message("The folder could not be opened", f"It is {path}.", kind="warn")

    def _show_error(self, error: object) -> None:
        if isinstance(error, SignetError):
            self.banner.show_error(error)


def _minutes(count: int) -> str:
    if count == 0:
        return "Never"
    return "After 1 minute" if count == 1 else f"After {count} minutes"
