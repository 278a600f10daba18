"""The list of a page's jobs: what runs, what waits, what came of those that ran; results stay until cleared."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QScrollArea, QVBoxLayout, QWidget

from signet.gui.pages.jobs import JobBoard
from signet.gui.pages.jobs_failures import RowAct
from signet.gui.pages.jobs_strip import JobStrip
from signet.gui.pages.jobs_words import DOING, ICONS, Result, expected_output, name_of, results
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import plain_button
from signet.gui.widgets.job_row import JobRow
from signet.gui.widgets.text import line
from signet.services.files_inspect import shown
from signet.services.job import Act, Job, JobState

ROWS = 200
"""Rows that are kept; older results leave the list first."""
NARROW = 600
"""Below this width, in device-independent pixels, buttons stand under the words."""


@dataclass(frozen=True)
class Shown:
    """A row of results that is on the screen."""

    row: JobRow
    job: Job
    result: Result


class JobList(QWidget):
    """Follows a board. ``nothing`` is shown while there are no rows."""

    wanted = Signal(object, object, object)
    """Carries RowAct, Job and Result: what the person wants done with a row."""
    counted = Signal(int)
    """Carries how many jobs run or wait."""

    def __init__(self, theme: Theme, board: JobBoard, nothing: QWidget) -> None:
        super().__init__()
        self._theme, self._board, self._nothing = theme, board, nothing
        self._running: dict[int, JobRow] = {}
        self._order: list[int] = []
        self._shown: dict[int, Shown] = {}
        self._next_id = 0
        self.strip = JobStrip(board)
        self._rows = QVBoxLayout()
        self._scroll = QScrollArea()
        self._arrange()
        self.strip.clear_wanted.connect(self.clear)
        self.strip.retry_wanted.connect(self._retry_all)
        board.added.connect(self._added)
        board.changed.connect(self._changed)
        board.stopping.connect(self._stopping)
        board.ended.connect(self._ended)
        self._count()

    def _arrange(self) -> None:
        holder = QWidget()
        holder.setProperty("kind", "surface")
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._rows.setSpacing(0)
        column.addLayout(self._rows)
        column.addStretch(1)
        self._scroll.setWidget(holder)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.strip)
        self._edge = line()
        column.addWidget(self._edge)
        column.addWidget(self._scroll, 1)
        column.addWidget(self._nothing, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the rows use what width there is."""
        super().resizeEvent(event)
        for row in self.rows:
            row.set_narrow(self._narrow)

    @property
    def _narrow(self) -> bool:
        return self.width() < NARROW

    @property
    def rows(self) -> tuple[JobRow, ...]:
        """The rows from top to bottom."""
        items = (self._rows.itemAt(place) for place in range(self._rows.count()))
        widgets = (item.widget() for item in items if item is not None)
        return tuple(row for row in widgets if isinstance(row, JobRow))

    @property
    def shown(self) -> tuple[Shown, ...]:
        """The results on the screen, from top to bottom."""
        by_row = {id(shown.row): shown for shown in self._shown.values()}
        return tuple(by_row[id(row)] for row in self.rows if id(row) in by_row)

    @property
    def retryable(self) -> tuple[Shown, ...]:
        """The results that can be tried again as they are, the oldest first: what failed, and only that."""
        return tuple(shown for shown in self._shown.values() if RowAct.RETRY in shown.result.acts)

    def add_ended(self, job: Job) -> None:
        """Show a job that never ran, because its files could not be taken."""
        self._show_results(job)

    def clear(self) -> None:
        """Take every result away; what runs stays."""
        for row_id in list(self._shown):
            self._remove(row_id)
        for job in self._board.jobs.all():
            if job.state.ended:
                self._board.jobs.forget(job.id)
        self._count()

    def _retry_all(self) -> None:
        for each in self.retryable:
            self.wanted.emit(RowAct.RETRY, each.job, each.result)

    def remove_result(self, result: Result) -> None:
        """Take one row away, because its files are being tried again."""
        for row_id, each in list(self._shown.items()):
            if each.result is result:
                self._remove(row_id)
        self._count()

    def _added(self, job: Job) -> None:
        row = JobRow(self._theme, name_of(job.order.paths), icon=_icon(job))
        row.setAccessibleName(f"{DOING[job.order.act]} {name_of(job.order.paths)}")
        row.cancelled.connect(partial(self._board.cancel, job.id))
        row.paused.connect(partial(self._board.pause_one, job.id))
        row.set_narrow(self._narrow)
        self._running[job.id] = row
        output = expected_output(job.order)
        if output:
            row.show_output(output)
        self._rows.insertWidget(len(self._running) - 1, row)
        self._changed(job)
        self._trim()

    def _changed(self, job: Job) -> None:
        row = self._running.get(job.id)
        if row is None:
            return
        if job.state is JobState.RUNNING:
            row.show_progress(job.done, job.total)
        elif job.state is JobState.PAUSED:
            row.show_paused(job.done, job.total)
        else:
            row.show_waiting()
        self._arrange_running()
        self._count()

    def _stopping(self, job: Job) -> None:
        row = self._running.get(job.id)
        if row is not None:
            row.show_stopping()

    def _arrange_running(self) -> None:
        """Put what runs above what waits, each in the order in which it begins; results stand below."""
        waiting = {job.id for job in self._board.jobs.all() if job.state is JobState.WAITING}
        wanted = sorted(self._running, key=lambda job_id: (job_id in waiting, job_id))
        if wanted == self._order:
            return
        self._order = wanted
        for place, job_id in enumerate(wanted):
            row = self._running[job_id]
            if self._rows.indexOf(row) != place:
                self._rows.removeWidget(row)
                self._rows.insertWidget(place, row)

    def _ended(self, job: Job) -> None:
        row = self._running.pop(job.id, None)
        if row is None:
            return
        had_focus = row.cancel_button.hasFocus()
        self._rows.removeWidget(row)
        row.hide()
        row.deleteLater()
        first = self._show_results(job)
        if had_focus and first is not None:
            _focus(first)
        self._count()

    def _show_results(self, job: Job) -> JobRow | None:
        """Show what came of a job, above older results; return the first of its rows."""
        first: JobRow | None = None
        for result in reversed(results(job)):
            first = self._result_row(job, result)
            self._rows.insertWidget(len(self._running), first)
        self._trim()
        self._count()
        return first

    def _result_row(self, job: Job, result: Result) -> JobRow:
        row_id, self._next_id = self._next_id, self._next_id + 1
        name = name_of(result.paths)
        row = JobRow(self._theme, name, icon=_icon(job))
        buttons = []
        for act in result.acts:
            if act not in (RowAct.RETRY, RowAct.SHOW):
                button = plain_button(act.value, name=f"{act.value.rstrip('…')} for {name}")
                button.clicked.connect(partial(self._want, row_id, act))
                buttons.append(button)
        row.show_failed(result.pill, result.sentence, *buttons, kind=result.tone)
        row.retry_button.setVisible(RowAct.RETRY in result.acts)
        row.folder_button.setVisible(RowAct.SHOW in result.acts)
        row.set_narrow(self._narrow)
        row.retried.connect(partial(self._want, row_id, RowAct.RETRY))
        row.shown_in_folder.connect(partial(self._want, row_id, RowAct.SHOW))
        if result.output and len(result.paths) == 1:
            row.show_output(shown(result.output.rpartition("/")[2]))
        if job.order.act is Act.VERIFY:
            row.show_icon(ICONS[result.tone], result.tone)
        row.setToolTip("\n".join(shown(path) for path in result.paths[:20]))
        row.setAccessibleName(f"{name}: {result.pill}. {result.sentence}")
        self._shown[row_id] = Shown(row, job, result)
        return row

    def _want(self, row_id: int, act: RowAct, *_: object) -> None:
        shown = self._shown.get(row_id)
        if shown is not None:
            self.wanted.emit(act, shown.job, shown.result)

    def _remove(self, row_id: int) -> None:
        row = self._shown.pop(row_id).row
        self._rows.removeWidget(row)
        row.hide()
        row.deleteLater()

    def _trim(self) -> None:
        while self._rows.count() > ROWS and self._shown:
            self._remove(min(self._shown))

    def _count(self) -> None:
        going = self.strip.show_counts(len(self._shown), failed=len(self.retryable))
        empty = not self._running and not self._shown
        for part in (self.strip, self._edge, self._scroll):
            part.setVisible(not empty)
        self._nothing.setVisible(empty)
        self.counted.emit(going)


def _icon(job: Job) -> str:
    return "document" if job.order.act in (Act.SIGN, Act.VERIFY) else "file"


def _focus(row: JobRow) -> None:
    for button in row.findChildren(QPushButton):
        if not button.isHidden():
            button.setFocus(Qt.FocusReason.OtherFocusReason)
            return
