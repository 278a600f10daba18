"""What a lost card leaves to do: keys that its finder may know are renewed, copies that it still opens deleted."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QProgressBar, QPushButton, QVBoxLayout

from signet.errors import SignetError
from signet.gui.design import SPACE
from signet.gui.pages.cards_backup import told_backup
from signet.gui.pages.cards_change import ChangePanel
from signet.gui.pages.cards_panel import Bench, PanelBody
from signet.gui.tasks import TaskContext
from signet.gui.widgets.banner import Banner
from signet.gui.widgets.buttons import danger_button, plain_button, primary_button
from signet.gui.widgets.text import label
from signet.services.exposed import Exposed, Renewed, exposed, renew_keys
from signet.services.old_copies import delete_left_behind, left_behind
from signet.services.presence import with_presence
from signet.services.session import Session

_KEYS = (
    "Whoever has the lost card, its PIN and a copy of the vault has the keys of that day. Here each gets a new "
    "version, and the files that Signet knows are encrypted anew under it. What was copied elsewhere stays as it is."
)
_COPIES = (
    "These copies lie in the vault's own folder and open by a way in that was removed, such as a lost card with its "
    "PIN. A new backup is made first, which opens by the ways in of today. Copies elsewhere are not touched."
)
_SHOWN = 6
_THOUSAND = 1000


class KeysLeftPanel(ChangePanel):
    """Rotates and re-encrypts; what is stopped goes on another time."""

    _moved = Signal(float)
    """Carries how much of the files is done, 0 to 1."""

    def __init__(self, bench: Bench) -> None:
        go = primary_button("Renew keys and files")
        go.setObjectName("cards-keys-left-go")
        super().__init__(bench, _KEYS, go)
        self.what = label("", "body", wrap=True, selectable=True)
        self.others = label("", "warn", wrap=True, selectable=True)
        self.bar = QProgressBar()
        self.bar.setRange(0, _THOUSAND)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Files encrypted anew")
        self.stop = plain_button("Stop")
        self.stop.setObjectName("cards-keys-left-stop")
        self._stopped = threading.Event()
        for part in (self.what, self.others, self.bar):
            self.body.addWidget(part)
        self.bar.hide()
        self.others.hide()
        self.stop.hide()
        self.stop.clicked.connect(self._stopped.set)
        self._moved.connect(self._show_progress, Qt.ConnectionType.QueuedConnection)
        self._read()

    @property
    def buttons(self) -> tuple[QPushButton, ...]:
        """What stands at the foot."""
        return self.stop, self.go

    def change(self) -> Callable[[Session], Renewed]:
        """Do it, with progress, until it is stopped."""
        self._stopped.clear()
        moved, stopped = self._moved, self._stopped

        def work(session: Session) -> Renewed:
            def progress(done: int, total: int) -> None:
                with suppress(RuntimeError):  # the panel was closed; the work stops after this file
                    moved.emit(done / total if total else 0.0)

            return renew_keys(session, progress=progress, cancelled=stopped.is_set)

        return work

    def set_running(self, running: bool) -> None:
        """Show how far it is."""
        super().set_running(running)
        self.bar.setVisible(running)
        self.bar.setValue(0)
        self.stop.setVisible(running)

    def done(self, result: Renewed) -> None:
        """Say what came of it."""
        failed = [item for item in result.items if item.error is not None]
        if failed:
            names = ", ".join(os.path.basename(item.source) for item in failed[:_SHOWN])
            self.banner.show_message(
                "Not every file was encrypted anew", f"{names}. Go on when what hinders it is mended."
            )
            self._read()
            return
        files = len(result.items)
        self.finished.emit(
            "The keys and files are renewed.",
            f"{len(result.keys)} keys have a new version, {files} files are encrypted anew under them.",
        )

    def failed(self, error: SignetError) -> None:
        """Show what is left."""
        self._read()

    def leave(self) -> None:
        """The panel goes: stop after the file that is under way."""
        self._stopped.set()

    def _read(self) -> None:
        session = self.bench.desk.session
        if session is None:
            return
        self.bench.tasks.run(lambda _: exposed(session), done=self._show, failed=self.tell, quiet=True)

    def _show(self, found: Exposed) -> None:
        keys = ", ".join(f"“{key.alias}”" for key in found.keys) or "none is left"
        self.what.setText(f"Keys to renew: {keys}. Known files under them: {len(found.files)}.")
        said = []
        if found.others:
            names = ", ".join(f"“{key.alias}”" for key in found.others)
            said.append(f"{names} cannot get a new version: make a new key, and use that from now on.")
        if found.elsewhere:
            said.append(f"{len(found.elsewhere)} known files are not where they were seen last.")
        self.others.setText(" ".join(said))
        self.others.setVisible(bool(said))

    def _show_progress(self, part: float) -> None:
        self.bar.setValue(round(_THOUSAND * part))


class CopiesLeftPanel(PanelBody):
    """Deletes the copies in the vault's folder that a removed way in still opens."""

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self._bench = bench
        self._running = False
        self.banner = Banner(bench.theme, "bad")
        self.list = label("", "body", wrap=True, selectable=True)
        self.go = danger_button("Back up and delete them")
        self.go.setObjectName("cards-copies-go")
        self.go.setEnabled(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.large)
        for part in (self.banner, label(_COPIES, "muted", wrap=True), self.list):
            column.addWidget(part)
        column.addStretch(1)
        self.go.clicked.connect(self.begin)
        session = bench.desk.session
        if session is not None:
            bench.tasks.run(
                lambda _: left_behind(session), done=self._show, failed=self.banner.show_error, quiet=True
            )

    @property
    def buttons(self) -> tuple[QPushButton, ...]:
        """What stands at the foot."""
        return (self.go,)

    def begin(self) -> None:
        """Make a backup, then delete what a removed way in opens at that moment."""
        session = self._bench.desk.session
        if self._running or session is None:
            return
        self._set_running(True)

        def work(_: TaskContext) -> int:
            return with_presence(session, lambda: delete_left_behind(session))

        self._bench.tasks.run(work, done=self._deleted, failed=self._failed)

    def _show(self, copies: tuple[str, ...]) -> None:
        now = self._bench.desk.workplace.clock.now()
        names = [_named(path, now) for path in copies]
        more = f"\nand {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        self.list.setText("\n".join(names[:_SHOWN]) + more if names else "No such copy is left.")
        self.go.setEnabled(bool(names))

    def _deleted(self, count: int) -> None:
        self._set_running(False)
        self._bench.desk.note_change()
        copies = "1 older copy is" if count == 1 else f"{count} older copies are"
        self.finished.emit(f"{copies} deleted.", "The newest backup opens by the ways in of today.")

    def _failed(self, error: SignetError) -> None:
        self._set_running(False)
        self.banner.show_error(error)

    def _set_running(self, running: bool) -> None:
        self._running = running
        self.go.setEnabled(not running)


def _named(path: str, now: datetime) -> str:
    """When a backup was made, and what for; what a restore put aside has its own name."""
    return " · ".join(told_backup(path, now)) if path.endswith(".tar") else os.path.basename(path)
