"""Edit once, in the window: encrypted files that are open in their programs, a row for each above the jobs.

The rows outlive locking: the program has the file, so that taking it away would only lose work. What was changed is
encrypted once the vault is open again. What is not changed is wiped when the window closes, the rest waits for the
next start (`signet.services.editing_leftovers`).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress

from PySide6.QtCore import QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from signet.errors import EditLost, NoEdit, ProgramNotStarted, SignetError
from signet.gui.design import SPACE
from signet.gui.desk import Desk
from signet.gui.pages.key_host import gave_up
from signet.gui.tasks import Task, TaskContext, Tasks
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import danger_button, plain_button, primary_button
from signet.gui.widgets.text import label, set_shown
from signet.services.editing import ON_DISK, WARNING, Edit, Finished, open_edit, take_up
from signet.services.editing_leftovers import leftovers
from signet.services.files_inspect import shown
from signet.services.session import Session

LOOK_MILLISECONDS = 1000
"""How often it is looked whether a program has saved."""
OPENING = "Decrypting into a private folder…"
ENCRYPTING = "Encrypting your changes…"
OPEN = "Save it in its program, close it there, and come back."
SAVED = "It was saved, and is not encrypted yet. Close it in its program, then press Done."
UNFINISHED = "Signet was ended while it was open. Your changes are not encrypted yet."
LOCKED = "Unlock the vault to encrypt your changes."
DISCARD = "Your changes will be gone. The encrypted file stays as it is."
BY_HAND = "If no program comes up, open it yourself: {path}"
Opener = Callable[[str], bool]


def open_in_program(path: str) -> bool:
    """Open a file as the desktop does; False if there is no program for it."""
    return QDesktopServices.openUrl(QUrl.fromLocalFile(path))


class EditRow(QFrame):
    """One file. Buttons emit; the row only shows."""

    def __init__(self, theme: Theme, path: str) -> None:
        super().__init__()
        self.setProperty("kind", "banner")
        self.setProperty("tone", "accent")
        self.path = path
        self.edit: Edit | None = None
        self.task: Task | None = None
        name = os.path.basename(path)
        self._icon = QLabel()
        theme.dress(self._icon, "unlock", tone="accent_strong")
        self._title = label(f"“{name}” is open for editing", "strong", wrap=True)
        self._sentence = label("", "body", wrap=True)
        self._warning = label(WARNING, "small", wrap=True, selectable=True)
        self.done_button = primary_button("Done", name=f"Done editing {name}: encrypt it")
        self.again_button = plain_button("Open again", name=f"Open {name} in its program again")
        self.discard_button = plain_button("Give up…", name=f"Give up editing {name}")
        self.sure_button = danger_button("Throw away", name=f"Throw away the changes to {name}")
        self.keep_button = plain_button("Keep editing", name=f"Keep editing {name}")
        self.cancel_button = plain_button("Cancel", name=f"Cancel: {name}")
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE.large, SPACE.medium, SPACE.large, SPACE.medium)
        row.setSpacing(SPACE.medium)
        column = QVBoxLayout()
        column.setSpacing(2)
        for line in (self._title, self._sentence, self._warning):
            column.addWidget(line)
        row.addWidget(self._icon)
        row.addLayout(column, 1)
        self._buttons = (
            self.discard_button, self.again_button, self.done_button, self.keep_button, self.sure_button,
            self.cancel_button,
        )  # fmt: skip
        for button in self._buttons:
            row.addWidget(button)
            button.hide()

    @property
    def sentence(self) -> str:
        """What is said of it now."""
        return self._sentence.text()

    def show_working(self, sentence: str) -> None:
        """It is being decrypted or encrypted."""
        self._show(sentence, self.cancel_button)

    def show_open(self, *, saved: bool, locked: bool, unfinished: bool) -> None:
        """It is in its program's hands."""
        said = LOCKED if locked else UNFINISHED if unfinished else SAVED if saved else OPEN
        self._show(said, self.discard_button, self.again_button, self.done_button)
        self.done_button.setEnabled(not locked)
        in_memory = self.edit is None or self.edit.in_memory
        by_hand = "" if self.edit is None or saved else BY_HAND.format(path=shown(self.edit.plain))
        self._warning.setText(" ".join(part for part in (WARNING, "" if in_memory else ON_DISK, by_hand) if part))

    def show_question(self) -> None:
        """Ask whether changes are to be thrown away."""
        self._show(DISCARD, self.keep_button, self.sure_button)
        self.keep_button.setFocus()

    @property
    def warning(self) -> str:
        """The small print: what Signet cannot wipe, and where the file lies."""
        return self._warning.text()

    @property
    def asking(self) -> bool:
        """Whether the question stands there."""
        return not self.sure_button.isHidden()

    def _show(self, sentence: str, *buttons: QWidget) -> None:
        self._sentence.setText(sentence)
        self.setAccessibleName(f"{self._title.text()}. {sentence}")
        set_shown(self._warning, self.done_button in buttons)
        for button in self._buttons:
            set_shown(button, button in buttons)


class EditStrip(QWidget):
    """All files that are open for editing; hidden if there are none."""

    failed = Signal(object)
    """Carries a SignetError."""
    finished = Signal(str, bool)
    """Carries the encrypted file, and whether it was changed."""

    def __init__(self, desk: Desk, tasks: Tasks, theme: Theme, *, opener: Opener = open_in_program) -> None:
        super().__init__()
        self._desk, self._tasks, self._theme, self._opener = desk, tasks, theme, opener
        self.rows: list[EditRow] = []
        self._unfinished: set[str] = set()
        self._closed = False
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE.small)
        self._look = QTimer(self)
        self._look.setInterval(LOOK_MILLISECONDS)
        self._look.timeout.connect(self.look)
        desk.unlocked.connect(self._unlocked)
        desk.locked.connect(self.look)
        self.hide()
        if desk.session is not None:
            self._unlocked()

    def begin(self, path: str) -> None:
        """Open an encrypted file for editing; nothing while the vault is locked."""
        session = self._desk.session
        if session is None:
            return
        row = self._add(path)
        row.show_working(OPENING)

        def work(context: TaskContext) -> Edit:
            return open_edit(session, path, progress=context.progress, cancelled=context.cancelled)

        def opened(edit: Edit) -> None:
            row.edit, row.task = edit, None
            self.look()
            self._start(row)
            row.done_button.setFocus()

        def failed(error: SignetError) -> None:
            self._remove(row)
            self._fail(error)

        row.task = self._tasks.run(work, done=opened, failed=failed)

    def finish(self, row: EditRow) -> None:
        """Encrypt what was changed, and wipe the folder."""
        session, edit = self._desk.session, row.edit
        if session is None or edit is None or row.task is not None:
            return
        row.show_working(ENCRYPTING)

        def work(context: TaskContext) -> Finished:
            return edit.finish(session, progress=context.progress, cancelled=context.cancelled)

        def done(result: Finished) -> None:
            self._remove(row)
            self._desk.note_change()
            self.finished.emit(result.path, result.changed)

        def failed(error: SignetError) -> None:
            row.task = None
            self.look()
            row.done_button.setFocus()
            self._fail(error)

        row.task = self._tasks.run(work, done=done, failed=failed)

    def close_all(self) -> None:
        """The window closes: wipe what was not changed, leave the rest for the next start."""
        self._look.stop()
        self._closed = True
        for row in self.rows:
            if row.edit is None:
                continue
            with suppress(SignetError):
                if row.edit.saved or row.edit.others():
                    row.edit.leave()
                else:
                    row.edit.discard()
            row.edit = None

    def look(self) -> None:
        """Show each file as it is now."""
        for row in self.rows:
            if row.edit is not None and row.task is None and not row.asking:
                row.show_open(
                    saved=row.edit.saved,
                    locked=self._desk.session is None or self._desk.session.vault_id != row.edit.vault_id,
                    unfinished=row.path in self._unfinished,
                )

    def _add(self, path: str) -> EditRow:
        row = EditRow(self._theme, path)
        row.done_button.clicked.connect(lambda: self.finish(row))
        row.again_button.clicked.connect(lambda: self._start(row))
        row.discard_button.clicked.connect(lambda: self._give_up(row))
        row.sure_button.clicked.connect(lambda: self._discard(row))
        row.keep_button.clicked.connect(lambda: self._keep(row))
        row.cancel_button.clicked.connect(lambda: self._cancel(row))
        self.rows.append(row)
        self._column.addWidget(row)
        self.show()
        self._look.start()
        return row

    def _remove(self, row: EditRow) -> None:
        self.rows.remove(row)
        self._unfinished.discard(row.path)
        self._column.removeWidget(row)
        row.hide()
        row.deleteLater()
        if not self.rows:
            self._look.stop()
            self.hide()

    def _start(self, row: EditRow) -> None:
        edit = row.edit
        if edit is None:
            return
        if not os.path.exists(edit.plain):
            self._fail(EditLost(path=edit.plain))
        elif not self._opener(edit.plain):
            self._fail(ProgramNotStarted(program=os.path.splitext(edit.plain)[1] or os.path.basename(edit.plain)))

    def _cancel(self, row: EditRow) -> None:
        if row.task is not None:
            row.task.cancel()

    def _give_up(self, row: EditRow) -> None:
        if row.edit is not None and (row.edit.saved or row.edit.others()):
            row.show_question()
        else:
            self._discard(row)

    def _keep(self, row: EditRow) -> None:
        row.sure_button.hide()
        self.look()
        row.done_button.setFocus()

    def _discard(self, row: EditRow) -> None:
        edit = row.edit
        if edit is None:
            return

        def failed(error: SignetError) -> None:
            row.task = None
            self._keep(row)
            self._fail(error)

        row.task = self._tasks.run(lambda _: edit.discard(), done=lambda _: self._remove(row), failed=failed)

    def _unlocked(self) -> None:
        self.look()
        session = self._desk.session
        if session is not None and not self._closed:
            self._tasks.run(lambda _: _taken_up(session), done=self._show_taken_up, failed=self._fail, quiet=True)

    def _show_taken_up(self, edits: list[Edit]) -> None:
        for edit in edits:
            row = self._add(edit.path)
            row.edit = edit
            self._unfinished.add(edit.path)
        self.look()

    def _fail(self, error: SignetError) -> None:
        if not gave_up(error):
            self.failed.emit(error)


def _taken_up(session: Session) -> list[Edit]:
    """Take up every change that a Signet which was ended left in this vault's files."""
    found = []
    for each in leftovers(session):
        with suppress(NoEdit):
            found.append(take_up(session.workplace, each.path))
    return found
