"""The panel of the page Keys as actions see it: forms are opened in it, work is run, what came of it is said.

It knows no action and no form; `signet.gui.pages.key_panel` adds the details of the key that is selected.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import shiboken6
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QWidget

from signet.errors import Cancelled, ConfirmationMissing, SignetError
from signet.gui.desk import Desk
from signet.gui.sentences import words
from signet.gui.tasks import Progress, Task, TaskContext, Tasks
from signet.gui.theme import Theme
from signet.gui.widgets.banner import Banner
from signet.gui.widgets.side_panel import SidePanel
from signet.keys.model import Key
from signet.services.session import Session

T = TypeVar("T")


class KeyForm(QWidget):
    """What may stand in the panel: it shows an error in its own banner, and waits while its work runs."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.banner = Banner(theme, "bad")

    def set_busy(self, busy: bool) -> None:
        """Stop a second click while work runs; false again if it failed."""


@dataclass(frozen=True)
class Batch:
    """What came of one act on several keys: those that it was done with, those that refused, with the reason."""

    done: tuple[Key, ...] = ()
    refused: tuple[tuple[Key, SignetError], ...] = field(default=(), repr=False)


def gave_up(error: SignetError) -> bool:
    """Whether the person ended it: nothing has to be said then."""
    return isinstance(error, Cancelled | ConfirmationMissing)


class KeyHost(SidePanel):
    """Everything that an action of a key needs; nothing happens while the vault is locked."""

    made = Signal(object)
    """A Key that is to be selected once it is listed."""
    told = Signal(str, str)
    """A title and a sentence about what was done."""
    failed = Signal(object)
    """A SignetError that no form can show."""
    use_wanted = Signal(str, str)
    """The name of an action that another page does (``encrypt-files``), and the id of the key."""
    section_wanted = Signal(str)
    """The title of a section of the details that the person wants to go to."""
    batch_progress = Signal(str, int, int)
    """What is being done with several keys, how many are done, how many there are; an empty word at the end."""

    def __init__(self, desk: Desk, tasks: Tasks, theme: Theme, *, name: str = "Details of the key") -> None:
        super().__init__(theme, name=name)
        self.desk, self.tasks, self.theme = desk, tasks, theme
        self.form: KeyForm | None = None
        self._batch: Task | None = None

    def open_form(self, title: str, form: KeyForm, *buttons: QPushButton, focus: QWidget | None = None) -> None:
        """Open a form over the details; the panel takes it and deletes it when it is closed."""
        self.form = form
        self.open_with(title, form, *buttons, focus=focus)

    def open_with(
        self, title: str, body: QWidget, *buttons: QPushButton, focus: QWidget | None = None, take_focus: bool = True
    ) -> None:
        """Show something in the panel; a form that was there is gone then."""
        if body is not self.form:
            self.form = None
        super().open_with(title, body, *buttons, focus=focus, take_focus=take_focus)

    def close_panel(self) -> None:
        """Close, with the form that may be open."""
        super().close_panel()
        if self.isHidden():
            self.form = None

    def close_form(self) -> None:
        """Close the form that is open; the details come back."""
        if self.form is not None:
            self.close_panel()

    def run(
        self,
        work: Callable[[Session], T],
        done: Callable[[T], None],
        *,
        failed: Callable[[SignetError], None] | None = None,
        progress: Progress | None = None,
        changes: bool = True,
    ) -> Task | None:
        """Do ``work`` in a task, then ``done`` in the GUI thread; the form that is open waits meanwhile.

        Errors are shown in that form if it is still open, else above the list; who gives up reads nothing. With
        ``changes`` every page reads the vault anew afterwards. Work that wants proof of presence asks by itself:
        `signet.services.presence.with_presence`. Returns None while the vault is locked.
        """
        session = self.desk.session
        if session is None:
            return None
        form = self.form
        if form is not None:
            form.set_busy(True)

        def finished(result: T) -> None:
            if not shiboken6.isValid(self):
                return
            if form is not None and form is self.form:
                form.set_busy(False)
            done(result)
            if changes:
                self.desk.note_change()

        def refused(error: SignetError) -> None:
            if not shiboken6.isValid(self):
                return
            if failed is not None and not gave_up(error):
                failed(error)
            else:
                self.show_failure(error, form)
            if form is not None and form is self.form:
                form.set_busy(False)

        return self.tasks.run(lambda _: work(session), done=finished, failed=refused, progress=progress)

    def run_each(
        self, doing: str, keys: Sequence[Key], work: Callable[[Session, Key], object], done: Callable[[Batch], None]
    ) -> None:
        """Do ``work`` with one key after another; ``doing`` says what, as in “Disabling”.

        One key that refuses holds up none of the others. Stopped by the person, or by `cancel_batch`, the rest stays
        as it is, and ``done`` says what was done. Only one batch runs at a time.
        """
        session = self.desk.session
        if session is None or self._batch is not None or not keys:
            return

        def each(context: TaskContext) -> Batch:
            return _each(session, keys, work, context)

        def finished(batch: Batch) -> None:
            self._batch = None
            if not shiboken6.isValid(self):
                return
            self.batch_progress.emit("", len(keys), len(keys))
            if batch.done or batch.refused:
                done(batch)
            self.desk.note_change()

        def failed(error: SignetError) -> None:
            self._batch = None
            if shiboken6.isValid(self):
                self.batch_progress.emit("", len(keys), len(keys))
                self.show_failure(error)

        def report(count: int, total: int) -> None:
            if shiboken6.isValid(self) and total > 1:
                self.batch_progress.emit(doing, count, total)

        self._batch = self.tasks.run(each, done=finished, failed=failed, progress=report)

    def cancel_batch(self) -> None:
        """Stop what runs with several keys, after the key that it is at."""
        if self._batch is not None:
            self._batch.cancel()

    def tell(self, batch: Batch, one: tuple[str, str], many: tuple[str, str]) -> None:
        """Say what came of a batch.

        ``one`` and ``many`` are title and sentence; ``{name}`` stands for the key's name, ``{count}`` for how many.
        """
        if batch.done:
            title, sentence = one if len(batch.done) == 1 else many
            title = title.format(name=batch.done[0].alias, count=len(batch.done))
            if batch.refused:
                sentence = f"{sentence} {_refusals(batch)}"
            self.told.emit(title, sentence)
        elif len(batch.refused) == 1:
            self.failed.emit(batch.refused[0][1])
        elif batch.refused:
            self.told.emit("Nothing was changed", _refusals(batch))

    def show_failure(self, error: SignetError, form: KeyForm | None = None) -> None:
        """Show an error in the form it belongs to, if that is still open, else above the list."""
        if gave_up(error):
            return
        if form is not None and form is self.form:
            form.banner.show_error(error)
        else:
            self.failed.emit(error)


def _each(
    session: Session, keys: Sequence[Key], work: Callable[[Session, Key], object], context: TaskContext
) -> Batch:
    done: list[Key] = []
    refused: list[tuple[Key, SignetError]] = []
    for place, key in enumerate(keys):
        if context.cancelled():
            break
        context.progress(place, len(keys))
        try:
            work(session, key)
        except SignetError as error:
            if gave_up(error):
                break
            refused.append((key, error))
        else:
            done.append(key)
    return Batch(tuple(done), tuple(refused))


def _refusals(batch: Batch) -> str:
    key, error = batch.refused[0]
    if len(batch.refused) == 1:
        return f"Not “{key.alias}”: {words(error).sentence}"
    return f"{len(batch.refused)} keys were left as they are, the first “{key.alias}”: {words(error).sentence}"
