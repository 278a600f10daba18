"""Files that only an old card opens, in the assistant for a new card: named, and re-encrypted for another key."""

from __future__ import annotations

import os
import threading
from contextlib import suppress

import shiboken6
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from signet.errors import Cancelled, SignetError
from signet.gui.design import SPACE
from signet.gui.pages.cards_panel import Bench
from signet.gui.sentences import words
from signet.gui.tasks import TaskContext
from signet.gui.widgets.buttons import plain_button
from signet.gui.widgets.steady import Choice
from signet.gui.widgets.text import label
from signet.keys.spec import Protection
from signet.services.card_files import CardFiles, Moved, files_on_card, move_files
from signet.services.renewal import Renewal

_SHOWN = 4
_THOUSAND = 1000
_HERE = "{count} with the old card alone: {names}. Move {it} to another key while the card is here."
_AWAY = "Put the old card into a reader to move {it}."
_NO_KEY = "Make a key on the page Keys first, for {it} to go to."
_ELSEWHERE = "Not where they were seen last, and only the old card opens them: {names}."
_DONE = "{count} re-encrypted for “{to}”."
_FAILED = "Not moved: {names}. {why}"


class MovingFiles(QWidget):
    """Looks for such files and moves them; nothing is shown where there are none."""

    changed = Signal()
    """Files were moved, or a move began or ended."""
    _progressed = Signal(float)

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self._bench = bench
        self._of: str | None = None
        self._stopped = threading.Event()
        self.found = CardFiles()
        self.running = False
        self.what = label("", "warn", wrap=True, selectable=True)
        self.elsewhere = label("", "small", wrap=True, selectable=True)
        self.result = label("", "body", wrap=True, selectable=True)
        self.where = Choice()
        self.where.setAccessibleName("Key that these files go to")
        self.go = plain_button("Move the files")
        self.go.setObjectName("cards-moving-go")
        self.stop = plain_button("Stop")
        self.stop.setObjectName("cards-moving-stop")
        self.bar = QProgressBar()
        self.bar.setRange(0, _THOUSAND)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Files moved")
        self._acts = QWidget()
        row = QHBoxLayout(self._acts)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE.small)
        row.addWidget(self.where, 1)
        row.addWidget(self.go)
        row.addWidget(self.stop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.small)
        for part in (self.what, self._acts, self.bar, self.elsewhere, self.result):
            column.addWidget(part)
        self.go.clicked.connect(self.begin)
        self.stop.clicked.connect(self._stopped.set)
        self._progressed.connect(self._show_progress, Qt.ConnectionType.QueuedConnection)
        self.result.hide()
        self._show()

    def show_renewal(self, renewal: Renewal | None) -> None:
        """Follow the renewal and the cards, which come and go."""
        self._of = None if renewal is None or renewal.new is None else renewal.old.id
        self._look()

    def _look(self) -> None:
        session, method_id = self._bench.desk.session, self._of
        if self.running:
            return
        if session is None or method_id is None:
            self.found = CardFiles()
            self._show()
            return
        self._bench.tasks.run(
            lambda _: files_on_card(session, method_id), done=self._looked, failed=self._not_looked, quiet=True
        )

    def begin(self) -> None:
        """Move them; the old card's PIN is asked for where it is not at hand."""
        session, method_id, key_id = self._bench.desk.session, self._of, self.where.currentData()
        if self.running or session is None or method_id is None or not self.found.movable:
            return
        self._stopped.clear()
        progressed, stopped = self._progressed, self._stopped

        def progress(done: int, total: int) -> None:
            with suppress(RuntimeError):  # the panel was closed; the work stops after this file
                progressed.emit(done / total if total else 0.0)

        def work(_: TaskContext) -> Moved:
            return move_files(session, method_id, to=str(key_id), progress=progress, cancelled=stopped.is_set)

        self._bench.desk.hold()
        self._set_running(True)
        self._bench.tasks.run(work, done=self._moved, failed=self._failed)

    def leave(self) -> None:
        """The panel goes: stop after the file that is under way."""
        self._stopped.set()

    def _looked(self, found: CardFiles) -> None:
        if found != self.found:  # else an open list of keys would close at each look
            self.found = found
            self._show()

    def _not_looked(self, _: SignetError) -> None:
        """What a card's software hinders is said elsewhere on the page."""

    def _moved(self, moved: Moved) -> None:
        self._over()
        if not shiboken6.isValid(self):
            return
        done = [item for item in moved.items if item.error is None]
        failed = [item for item in moved.items if item.error is not None]
        said = []
        if done:
            said.append(_DONE.format(count=_counted(len(done), "is", "are"), to=moved.to))
        reason = next((item.error for item in failed), None)
        if reason is not None and not isinstance(reason, Cancelled):
            names = _names([item.source for item in failed])
            said.append(_FAILED.format(names=names, why=words(reason).text))
        self._tell(" ".join(said))

    def _failed(self, error: SignetError) -> None:
        self._over()
        if shiboken6.isValid(self):
            self._tell("" if isinstance(error, Cancelled) else words(error).text)

    def _over(self) -> None:
        self._bench.desk.release()
        if shiboken6.isValid(self):
            self._set_running(False)
        self._bench.desk.note_change()

    def _tell(self, text: str) -> None:
        self.result.setText(text)
        self.result.setVisible(bool(text))
        self._look()

    def _set_running(self, running: bool) -> None:
        self.running = running
        self.bar.setValue(0)
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        found = self.found
        it = "it" if len(found.here) == 1 else "them"
        told = _HERE.format(count=_counted(len(found.here), "opens", "open"), names=_names(found.here), it=it)
        if not found.present:
            told = f"{told.rpartition('. ')[0]}. {_AWAY.format(it=it)}"
        elif not found.targets:
            told = f"{told.rpartition('. ')[0]}. {_NO_KEY.format(it=it)}"
        self.what.setText(told)
        self.elsewhere.setText(_ELSEWHERE.format(names=_names(found.elsewhere)))
        chosen = self.where.currentData()
        self.where.clear()
        for key in found.targets:
            place = " (on a card)" if key.protection is Protection.TOKEN else ""
            self.where.addItem(f"To “{key.alias}”{place}", key.id)
        self.where.setCurrentIndex(max(0, self.where.findData(chosen)))
        self.what.setVisible(bool(found.here))
        self._acts.setVisible(found.movable)
        self.where.setEnabled(not self.running)
        self.go.setVisible(not self.running)
        self.stop.setVisible(self.running)
        self.bar.setVisible(self.running)
        self.elsewhere.setVisible(bool(found.elsewhere))
        self.setVisible(bool(found.here or found.elsewhere or self.result.text()))

    def _show_progress(self, part: float) -> None:
        self.bar.setValue(round(_THOUSAND * part))


def _counted(count: int, one: str, many: str) -> str:
    return f"1 known file {one}" if count == 1 else f"{count} known files {many}"


def _names(paths: tuple[str, ...] | list[str]) -> str:
    named = ", ".join(os.path.basename(path) for path in paths[:_SHOWN])
    return f"{named} and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else named
