"""The page Files: what is dropped is decrypted or encrypted; jobs and what came of them stay listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QMenu, QWidget

from signet.errors import SignetError
from signet.gui.desk import Desk
from signet.gui.pages import files_work
from signet.gui.pages.choosing import ask_for_a_file, home
from signet.gui.pages.decrypt_text import DECRYPT_TEXT, open_decrypt_text
from signet.gui.pages.encrypt_text import ENCRYPT_TEXT, open_encrypt_text
from signet.gui.pages.files_copies import Copies
from signet.gui.pages.files_drop import DropField
from signet.gui.pages.files_edit import EditStrip
from signet.gui.pages.files_folder import FolderAsking
from signet.gui.pages.files_inspect import body_of, path_of
from signet.gui.pages.files_key import FileKey
from signet.gui.pages.files_outside import OutsideAsking
from signet.gui.pages.files_who import ForWhom
from signet.gui.pages.files_work import NOBODY_ELSE, FileKeys, Inspected, Prepared, Whom
from signet.gui.pages.jobs import JobBoard
from signet.gui.pages.jobs_acts import JobActs, ask_for_files, ask_for_folder
from signet.gui.pages.jobs_list import JobList
from signet.gui.pages.jobs_words import Result, name_of
from signet.gui.pages.key_host import KeyHost, gave_up
from signet.gui.tasks import TaskContext, Tasks
from signet.gui.theme import Theme
from signet.gui.widgets.banner import Banner
from signet.gui.widgets.buttons import plain_button, primary_button
from signet.gui.widgets.empty import EmptyState
from signet.gui.widgets.header import PageHeader, lay_out
from signet.keys.model import Key
from signet.keys.spec import KeySpec
from signet.services.age_inspect import AgeInspection
from signet.services.job import Act, Job, JobState, Order
from signet.services.key_files import Behind, behind

NOTHING_YET = (
    "Drop a file, or choose one: it is encrypted beside the original. Drop the result, and you have it back."
)
MANY = 500  # files, from which on looking at them takes long enough to be told
LOOKING = "Looking at the files"
SETTLE_FIRST = "Nothing was done yet: say on the right whom it is to be for, then drop it again."
UNLOCK_FIRST = "What you dropped waits here and goes on when the vault is open."


class FilesPage(QWidget):
    """Drop field, list of jobs, panel for questions and details."""

    unlock_wanted = Signal()
    """Files wait, and the vault is locked."""
    counted = Signal(int)
    """Carries how many jobs run or wait, for the sidebar."""
    default_changed = Signal(str)
    """Carries the name of the key that files are encrypted with from now on."""

    def __init__(self, desk: Desk, tasks: Tasks, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("files-page")
        self.setProperty("kind", "page")
        self._desk, self._tasks, self._theme = desk, tasks, theme
        self._waiting: list[tuple[str, tuple[str, ...], Whom, str]] = []
        self._undecided: tuple[str, ...] = ()
        self._retrying: tuple[Job, Result] | None = None
        self.board = JobBoard(desk, tasks, self)
        self.drop_field = DropField()
        self.edits = EditStrip(desk, tasks, theme)
        self.edit_button = plain_button("Edit…", name="Open an encrypted file for editing")
        self.banner = Banner(theme)
        self.inspect_button = plain_button("Look inside…", name="Look inside an encrypted file")
        self.folder_button = plain_button("Choose a folder…")
        self.text_button = plain_button("Text…", name="Encrypt or decrypt text")
        self.text_menu = QMenu(self)
        self.choose_button = primary_button("Choose files…")
        self.list = JobList(theme, self.board, EmptyState(theme, "file", "Nothing done yet", NOTHING_YET))
        self.panel = KeyHost(desk, tasks, theme, name="Details")
        self._acts = JobActs(desk, tasks, self.board, self.list, self.panel, self)
        self.key = FileKey(desk, tasks, theme, self.panel, self)
        self.who = ForWhom(desk, tasks, theme, self.panel, self.key, self)
        self.copies = Copies(desk, tasks, self.panel, self)
        self.folders = FolderAsking(desk, tasks, self.panel, self)
        self.outside = OutsideAsking(self.panel, self)
        self._arrange()
        self._connect()
        self.key.read()

    def _arrange(self) -> None:
        header = PageHeader(
            "Files", self.text_button, self.inspect_button, self.edit_button, self.folder_button, self.choose_button
        )
        header.add_below(self.drop_field)
        header.add_below(self.banner)
        header.add_below(self.edits)
        header.add_below(self.copies.strip)
        lay_out(self, header, self.list, self.panel)

    def _connect(self) -> None:
        self._desk.unlocked.connect(self._unlocked)
        self._desk.locked.connect(self._locked)
        self.key.known.connect(self._show_keys)
        self.key.chosen.connect(self._key_chosen)
        self.key.given_up.connect(self._no_key_chosen)
        self.key.remembered.connect(self.default_changed)
        self.key.failed.connect(self._show_error)
        self.drop_field.change_wanted.connect(self.change_default)
        self.drop_field.others_wanted.connect(self.encrypt_for)
        self.who.chosen.connect(self._take_for)
        self.who.failed.connect(self._show_error)
        self.copies.failed.connect(self._show_error)
        self.drop_field.outside_wanted.connect(self.outside.choose)
        self.outside.unlock_wanted.connect(self.unlock_wanted)
        self.drop_field.read_back_wanted.connect(self._remember_read_back)
        self.drop_field.read_back.setChecked(self._desk.workplace.settings.read_back)
        self.choose_button.clicked.connect(self.choose_files)
        self.folder_button.clicked.connect(self.choose_folder)
        self.folders.chosen.connect(self._folders_chosen)
        self.folders.given_up.connect(self._nothing_chosen)
        self.folders.failed.connect(self._show_error)
        self.inspect_button.clicked.connect(self.choose_to_inspect)
        self.edit_button.clicked.connect(self.choose_to_edit)
        self.edits.failed.connect(self._show_error)
        self.edits.finished.connect(self._show_edited)
        self.text_menu.addAction(ENCRYPT_TEXT.words).triggered.connect(self.encrypt_text)
        self.text_menu.addAction(DECRYPT_TEXT.words).triggered.connect(self.decrypt_text)
        self.text_button.setMenu(self.text_menu)
        self.panel.failed.connect(self._show_error)
        self.list.counted.connect(self.counted)
        self._acts.details_wanted.connect(self._show_details)
        self._acts.key_wanted.connect(self._ask_other_key)
        self._acts.again_wanted.connect(self.take)
        self._acts.failed.connect(self._show_error)
        shortcut = QShortcut(QKeySequence(QKeySequence.StandardKey.Open), self)
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        shortcut.activated.connect(self.choose_files)

    @property
    def busy(self) -> bool:
        """Whether jobs run or wait."""
        return self.board.busy

    def take(self, act: str, paths: Sequence[str]) -> None:
        """Encrypt or decrypt as ``act`` says; if it is empty, what is encrypted is decrypted, the rest encrypted.

        While the vault is locked they wait, and `unlock_wanted` is emitted.
        """
        if act in ("", Act.ENCRYPT) and self.who.undecided:
            self.banner.show_message("For whom?", SETTLE_FIRST, kind="accent")
            return
        whom = self.who.answer() if act in ("", Act.ENCRYPT) else None
        self._take(act, tuple(paths), whom or NOBODY_ELSE)

    def encrypt_for(self) -> None:
        """Ask for whom, and with which note, before files are chosen or dropped."""
        if self._desk.session is None:
            self.unlock_wanted.emit()
        else:
            self.key.give_up()
            self.who.ask()

    def encrypt_with(self, key_id: str) -> None:
        """Choose files to be encrypted with one key."""
        self.who.choose_files(Whom(key_id))

    def re_encrypt(self, key_id: str) -> None:
        """Bring the known files of a key to its newest version; those that are not in their place are left alone."""
        session = self._desk.session
        if session is not None:
            self._tasks.run(lambda _: behind(session, key_id), done=self._submit_behind, failed=self._show_error)

    def _submit_behind(self, found: Behind) -> None:
        if found.files:
            self._submit(Act.RE_ENCRYPT, found.files, found.key)

    def choose_files(self) -> None:
        """Ask for files."""
        ask_for_files(self, title="Files to encrypt or decrypt", chosen=self._take_chosen)

    def choose_folder(self) -> None:
        """Ask for a folder."""
        ask_for_folder(self, title="Folder to encrypt", chosen=self._take_folder)

    def choose_to_inspect(self) -> None:
        """Ask for an encrypted file to look inside."""
        kinds = "Encrypted files (*.esdk *.age);;All files (*)"
        ask_for_a_file(self, title="Encrypted file", folder=home(), kinds=kinds, chosen=self.inspect)

    def choose_to_edit(self) -> None:
        """Ask for an encrypted file to be opened in its program."""
        if self._desk.session is None:
            self.unlock_wanted.emit()
            return
        kinds = "Encrypted files (*.esdk);;All files (*)"
        ask_for_a_file(self, title="File to edit", folder=home(), kinds=kinds, chosen=self.edits.begin)

    def encrypt_text(self) -> None:
        """Encrypt a small secret, with any key that can."""
        if self._desk.session is None:
            self.unlock_wanted.emit()
            return
        known = self.key.keys
        keys = [key for key in known.keys if key.spec is KeySpec.SYMMETRIC_DEFAULT]
        open_encrypt_text(self.panel, keys, known.default)

    def decrypt_text(self) -> None:
        """Open a small secret; it names its key."""
        if self._desk.session is None:
            self.unlock_wanted.emit()
        else:
            open_decrypt_text(self.panel)

    def inspect(self, path: str) -> None:
        """Show what the header of a file says; needs neither key nor vault."""
        session = self._desk.session
        failed = partial(self._show_error, about=name_of([path]))
        self._tasks.run(lambda _: files_work.inspect(path, session), done=self._show_inspected, failed=failed)

    def change_default(self) -> None:
        """Ask which key files are encrypted with from now on."""
        if self._desk.session is None:
            self.unlock_wanted.emit()
        else:
            self.key.ask("Everything that is not encrypted yet is encrypted with this key.", may_forget=False)

    def _take(self, act: str, paths: tuple[str, ...], whom: Whom = NOBODY_ELSE, folders: str = "") -> None:
        session = self._desk.session
        if session is None:
            self._waiting.append((act, paths, whom, folders))
            self.banner.show_message("Unlock first", UNLOCK_FIRST, kind="accent")
            self.unlock_wanted.emit()
            return

        able = self.key.able
        self.banner.hide()  # what it says is of before

        def work(context: TaskContext) -> Prepared:
            return files_work.prepare(
                session, act, paths, able=able, whom=whom, folders=folders, cancelled=context.cancelled
            )

        if len(paths) >= MANY:
            self.banner.show_message(LOOKING, f"{len(paths)} were given; each is looked at first.", kind="neutral")
        self._tasks.run(work, done=self._prepared, failed=self._show_error)

    def _take_chosen(self, paths: Sequence[str]) -> None:
        self.take("", paths)

    def _take_folder(self, path: str) -> None:
        self._take(Act.ENCRYPT, (path,))

    def _take_for(self, paths: tuple[str, ...], whom: Whom) -> None:
        self._take(Act.ENCRYPT, paths, whom)

    def _folders_chosen(self, paths: tuple[str, ...], how: str, whom: Whom) -> None:
        self._take(Act.ENCRYPT, paths, whom, how)

    def _prepared(self, prepared: Prepared) -> None:
        if self.banner.title == LOOKING:
            self.banner.hide()
        if prepared.refused:
            act = Act.DECRYPT if prepared.to_decrypt and not prepared.to_encrypt else Act.ENCRYPT
            self.list.add_ended(files_work.refused_job(act, prepared.refused))
        if prepared.to_decrypt:
            self._submit(Act.DECRYPT, prepared.to_decrypt)
        if prepared.folders:
            self.key.give_up()
            whom = prepared.whom
            if not whom.settled:
                whom = replace(whom, key=prepared.key.id if prepared.key else "")
            self.folders.ask(prepared.folders, prepared.to_encrypt, whom)
            return
        if not prepared.to_encrypt:
            return
        if prepared.key is not None or prepared.whom.settled:
            self._submit(Act.ENCRYPT, prepared.to_encrypt, prepared.key, prepared.whom)
            return
        self.folders.give_up()
        self.key.learn(prepared.keys)
        self._undecided += prepared.to_encrypt
        self.key.ask(f"Which key shall {name_of(self._undecided)} be encrypted with?", may_forget=True)

    def _submit(self, act: Act, paths: tuple[str, ...], key: Key | None = None, whom: Whom = NOBODY_ELSE) -> None:
        session = self._desk.session
        if session is None:
            self._take(act, paths, whom if whom.settled else replace(whom, key=key.id if key else ""))
        else:
            self.board.submit(files_work.order_of(act, paths, session, key, whom))

    def _ask_other_key(self, job: Job, result: Result) -> None:
        self.key.give_up()
        self._retrying = (job, result)
        self.key.ask(f"Which key shall {name_of(result.paths)} be encrypted with instead?", may_forget=True)

    def _key_chosen(self, key: Key) -> None:
        undecided, self._undecided = self._undecided, ()
        retrying, self._retrying = self._retrying, None
        if retrying is not None:
            self._acts.again(*retrying, lambda order: replace(order, key=key.id, key_name=key.alias))
        if undecided:
            self._submit(Act.ENCRYPT, undecided, key)

    def _no_key_chosen(self) -> None:
        """Files whose key was not chosen stay listed: nothing that was dropped goes without a word."""
        undecided, self._undecided, self._retrying = self._undecided, (), None
        self._nothing_chosen(undecided)

    def _nothing_chosen(self, paths: tuple[str, ...]) -> None:
        if paths:
            self.list.add_ended(Job(0, Order(Act.ENCRYPT, paths), JobState.CANCELLED))

    def _show_keys(self, found: FileKeys) -> None:
        alias = found.default.alias if found.default else ""
        self.drop_field.show_key(alias)
        self.default_changed.emit(alias)

    def _remember_read_back(self, wanted: bool) -> None:
        work = partial(files_work.remember, self._desk.workplace, read_back=wanted)
        self._tasks.run(lambda _: work(), done=lambda _: None, failed=self._show_error, quiet=True)

    def _show_details(self, _: Job, result: Result) -> None:
        self.inspect(result.paths[0])

    def _show_inspected(self, inspected: Inspected | AgeInspection) -> None:
        self.key.give_up()
        self.panel.open_with(name_of([path_of(inspected)]), body_of(inspected), take_focus=False)

    def _show_edited(self, path: str, changed: bool) -> None:
        said = "It is encrypted with your changes." if changed else "It was not changed."
        self.banner.show_message(f"{name_of([path])} is closed", f"{said} The private folder is wiped.", kind="ok")

    def _show_error(self, error: SignetError, about: str = "") -> None:
        if not gave_up(error):
            self.banner.show_error(error, about=about)

    def _unlocked(self) -> None:
        self.banner.hide()
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            self._take(*each)

    def _locked(self, _: str) -> None:
        self.panel.close_panel()
        self.banner.hide()
