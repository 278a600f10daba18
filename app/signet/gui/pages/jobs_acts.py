"""What the rows of a list of jobs offer, done: try again, elsewhere, enabling a key. The same on every page."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from signet.errors import OutputExists, SignetError
from signet.gui.desk import Desk
from signet.gui.pages.choosing import home
from signet.gui.pages.files_asking import EnableQuestion, ExistsQuestion
from signet.gui.pages.files_trash import TrashQuestion
from signet.gui.pages.jobs import JobBoard
from signet.gui.pages.jobs_failures import RowAct
from signet.gui.pages.jobs_folder import show_in_folder
from signet.gui.pages.jobs_list import JobList
from signet.gui.pages.jobs_words import Result, expected_output
from signet.gui.tasks import Tasks
from signet.gui.widgets.side_panel import SidePanel
from signet.keys.model import Key
from signet.keys.state import KeyState
from signet.services import keys
from signet.services.job import Act, Job, Order
from signet.services.presence import with_presence

_QUESTIONS = frozenset({RowAct.EXISTS, RowAct.TRASH, RowAct.ENABLE})
"""What is asked in the panel before it is done."""


@dataclass(frozen=True, eq=False)
class _Row:
    """The row that a question is about."""

    job: Job
    result: Result


class JobActs(QObject):
    """Answers to `JobList.wanted`; what a page knows better comes back as a signal with Job and Result."""

    details_wanted = Signal(object, object)
    key_wanted = Signal(object, object)
    signature_wanted = Signal(object, object)
    trust_wanted = Signal(object, object)
    again_wanted = Signal(str, list)
    """Act and paths of files that never got into a job."""
    failed = Signal(object)

    def __init__(
        self, desk: Desk, tasks: Tasks, board: JobBoard, shown: JobList, panel: SidePanel, page: QWidget
    ) -> None:
        super().__init__(page)
        self._desk, self._tasks = desk, tasks
        self._board, self._list, self._panel, self._page = board, shown, panel, page
        self._asked: _Row | None = None
        self._moving: _Row | None = None
        self._enabling: _Row | None = None
        self._all_alike = False
        shown.wanted.connect(self.do)

    def do(self, act: RowAct, job: Job, result: Result) -> None:
        """Do what a row's button says."""
        elsewhere = {
            RowAct.DETAILS: self.details_wanted,
            RowAct.KEY: self.key_wanted,
            RowAct.SIGNATURE: self.signature_wanted,
            RowAct.TRUST: self.trust_wanted,
        }
        if act in elsewhere:
            elsewhere[act].emit(job, result)
            return
        if act is RowAct.SHOW:
            show_in_folder(result.output, self)
        elif act is RowAct.RETRY:
            self.again(job, result)
        elif act is RowAct.FOLDER:
            self._ask_folder(_Row(job, result))
        elif act in _QUESTIONS:
            # Only what the panel asks changes whom its answer is for: other rows can be used meanwhile.
            self._asked, self._all_alike = _Row(job, result), False
            if act is RowAct.EXISTS:
                self._ask_what_else(self._asked)
            elif act is RowAct.TRASH:
                self._ask_to_trash(result)
            else:
                self._ask_to_enable(result)

    def again(self, job: Job, result: Result, change: Callable[[Order], Order] | None = None) -> None:
        """Try a row's files again, as ``change`` makes of the order; the row goes, a new one comes."""
        self._list.remove_result(result)
        if self._asked is not None and self._asked.result is result:
            self._asked = None
        if job.id:
            self._board.retry(job.id, result.paths, change)
        else:
            self.again_wanted.emit(str(job.order.act), list(result.paths))

    def _close(self) -> None:
        """Close the question; nothing can be answered to it any more."""
        self._asked = None
        self._panel.close_panel()

    def _ask_what_else(self, row: _Row) -> None:
        path = getattr(row.result.error, "path", row.result.output)
        alike = self._alike(row)
        may_keep_both = row.job.order.act is not Act.SIGN
        question = ExistsQuestion(str(path), len(row.result.paths), others=len(alike), may_keep_both=may_keep_both)
        question.for_all.toggled.connect(self._for_all)
        question.folder_wanted.connect(self._ask_folder_for_all)
        question.both_wanted.connect(self._keep_both)
        question.skip_wanted.connect(self._skip)
        question.replace_wanted.connect(self._replace)
        self._panel.open_with("The result exists already", question, focus=question.folder_button)

    def _alike(self, row: _Row) -> list[Result]:
        """The other rows of the same job whose results exist already."""
        others = (each for each in self._list.shown if each.job is row.job and each.result is not row.result)
        return [each.result for each in others if RowAct.EXISTS in each.result.acts]

    def _for_all(self, wanted: bool) -> None:
        self._all_alike = wanted

    def _answered(self, change: Callable[[Order], Order] | None) -> None:
        """Do what was chosen with the row that was asked about, or with all of its kind; None leaves them."""
        row = self._asked
        self._close()
        if row is None:
            return
        for each in (row.result, *(self._alike(row) if self._all_alike else ())):
            if change is None:
                self._list.remove_result(each)
            else:
                self.again(row.job, each, change)

    def _keep_both(self) -> None:
        self._answered(lambda order: replace(order, keep_both=True))

    def _skip(self) -> None:
        self._answered(None)

    def _ask_to_trash(self, result: Result) -> None:
        question = TrashQuestion(result.paths)
        question.agreed.connect(self._trash)
        question.refused.connect(self._close)
        title = "The original" if len(result.paths) == 1 else "The originals"
        self._panel.open_with(
            title, question, question.leave_button, question.move_button, focus=question.leave_button
        )

    def _trash(self) -> None:
        session, row = self._desk.session, self._asked
        self._close()
        if session is not None and row is not None:
            order, result = row.job.order, row.result
            self._list.remove_result(result)
            trash = Order(Act.TRASH, result.paths, order.vault_id, key_name=order.key_name, encrypted=result.outputs)
            self._board.submit(trash)

    def _ask_to_enable(self, result: Result) -> None:
        read_only = getattr(result.error, "state", "") == KeyState.ARCHIVED.value
        question = EnableQuestion(result.key, read_only=read_only)
        question.agreed.connect(self._enable)
        question.refused.connect(self._close)
        self._panel.open_with(
            "Enable the key", question, question.leave_button, question.enable_button, focus=question.enable_button
        )

    def _ask_folder_for_all(self) -> None:
        if self._asked is not None:
            self._ask_folder(self._asked)

    def _ask_folder(self, row: _Row) -> None:
        self._moving = row
        if row.job.order.act is Act.SIGN:
            ask_for_folder(self._page, title="Folder for the signature", chosen=self._elsewhere)
        else:
            ask_for_folder(self._page, title="Folder for the result", chosen=self._elsewhere)

    def _elsewhere(self, folder: str) -> None:
        """Take another folder; a signature is named by its path, everything else by the folder."""
        row = self._moving
        if row is None:
            return
        error = row.result.error
        name = os.path.basename(error.path) if isinstance(error, OutputExists) else ""

        def there(order: Order) -> Order:
            if order.act is not Act.SIGN or len(order.paths) > 1:
                return replace(order, output=folder)
            usual = expected_output(order) or f"{os.path.basename(order.paths[0])}.sig"
            return replace(order, output=os.path.join(folder, name or usual))

        if row is self._asked:
            self._answered(there)
        else:
            self.again(row.job, row.result, there)

    def _replace(self) -> None:
        self._answered(lambda order: replace(order, overwrite=True))

    def _enable(self) -> None:
        session, row = self._desk.session, self._asked
        self._close()
        if session is None or row is None:
            return
        self._enabling = row
        self._tasks.run(
            lambda _: with_presence(session, lambda: keys.enable_key(session, row.result.key)),
            done=self._enabled,
            failed=self._not_enabled,
        )

    def _enabled(self, _: Key) -> None:
        self._desk.note_change()
        if self._enabling is not None:
            self.again(self._enabling.job, self._enabling.result)

    def _not_enabled(self, error: SignetError) -> None:
        self.failed.emit(error)


def ask_for_folder(parent: QWidget, *, title: str, chosen: Callable[[str], None]) -> QFileDialog:
    """Open the desktop's dialog for a folder; ``chosen``, a bound method, gets it, or is never called."""
    dialog = QFileDialog(parent, title, home())
    dialog.setObjectName("folder-dialog")
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.fileSelected.connect(chosen)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
    return dialog


def ask_for_files(parent: QWidget, *, title: str, chosen: Callable[[Sequence[str]], None]) -> QFileDialog:
    """Open the desktop's dialog for some files; ``chosen``, a bound method, gets them, or is never called."""
    dialog = QFileDialog(parent, title, home())
    dialog.setObjectName("files-dialog")
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    dialog.filesSelected.connect(chosen)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
    return dialog
