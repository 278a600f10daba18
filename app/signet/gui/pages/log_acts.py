"""What the page Activity does with the log: verify it, write it to a file, keep its checkpoint elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime

import shiboken6
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from signet.audit.checkpoint import Checkpoint
from signet.errors import Cancelled, ConfirmationMissing, SecretMissing, SignetError
from signet.gui.desk import Desk
from signet.gui.pages import choosing, times
from signet.gui.pages.activity_words import readable
from signet.gui.tasks import Task, Tasks
from signet.gui.widgets.banner import Banner
from signet.gui.widgets.buttons import plain_button
from signet.services import audit
from signet.services.anchors import SUFFIX, Anchor, Exported, export_checkpoint, read_anchor
from signet.services.audit import LogCheck
from signet.services.checkpoints import sign_with_a_card

PROBLEMS_SHOWN = 5
LONG = 20_000
"""Entries from which on somebody wants to see how far it is."""
WHOLE = "No entry was changed, added or removed, and every record of the vault agrees with it."
SIGNED = "Should somebody write the log anew up to there, verifying finds it."
NOT_WHOLE = "Someone or something changed the vault's records. Compare with a backup before you trust it."


def sign_log(desk: Desk, tasks: Tasks, banner: Banner) -> None:
    """Have a card sign the end of the log now, in a task that asks for its PIN; say in ``banner`` what came of it."""
    session = desk.session
    if session is None:
        return

    def signed(made: Checkpoint) -> None:
        if shiboken6.isValid(banner):
            banner.show_message("The log is signed", f"Up to entry {made.sequence}. {SIGNED}", kind="ok")
        desk.note_change()

    def failed(error: SignetError) -> None:
        if shiboken6.isValid(banner) and not isinstance(error, Cancelled | ConfirmationMissing | SecretMissing):
            banner.show_error(error)

    tasks.run(lambda _: sign_with_a_card(session), done=signed, failed=failed)


class LogActs(QObject):
    """Verifies and exports in tasks; tells in the page's banner what came of it."""

    verifying = Signal(bool)
    verified = Signal(bool)
    """Carries whether the log is whole."""

    def __init__(self, desk: Desk, tasks: Tasks, banner: Banner, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._tasks = tasks
        self._banner = banner
        self._window = parent
        self._task: Task | None = None
        desk.locked.connect(self._stop)

    def _stop(self) -> None:
        """The vault is closed: whatever reads its log ends."""
        if self._task is not None:
            self._task.cancel()

    def verify(self) -> None:
        """Check the whole log."""
        self._verify(lambda: None)

    def verify_against(self) -> None:
        """Ask for a checkpoint that was kept elsewhere, and check the log against it too."""
        choosing.ask_for_a_file(
            self._window,
            title="A checkpoint that was kept elsewhere",
            folder=choosing.home(),
            kinds="All files (*)",
            chosen=self._verify_with,
        )

    def _verify_with(self, path: str) -> None:
        self._verify(lambda: read_anchor(path.removesuffix(SUFFIX)))

    def _verify(self, anchor: Callable[[], Anchor | None]) -> None:
        session = self._desk.session
        if session is None or self._task is not None:
            return
        self.verifying.emit(True)
        self._task = self._tasks.run(
            lambda context: audit.check_log(
                session, anchor=anchor(), progress=context.progress, cancelled=context.cancelled
            ),
            done=self._verified,
            failed=self._not_verified,
            progress=self._progress("Checking the log"),
        )

    def _progress(self, title: str) -> Callable[[int, int], None]:
        """Tell in the banner how far a long log is, with a button that ends it; a short one is done before."""

        def show(done: int, total: int) -> None:
            if total < LONG or self._task is None:
                return
            said = f"{done:,} of {total:,} entries".replace(",", "\u202f")
            if self._banner.title == title and self._banner.isVisible():
                self._banner.count_down(said)
                return
            stop = plain_button("Cancel", name=f"Cancel: {title}")
            stop.clicked.connect(self._task.cancel)
            self._banner.show_message(title, said, stop, kind="neutral")

        return show

    def sign(self) -> None:
        """Have a card sign the end of the log now."""
        sign_log(self._desk, self._tasks, self._banner)

    def export_checkpoint(self) -> None:
        """Ask where, and write the newest checkpoint."""
        choosing.ask_where_to_save(
            self._window,
            title="Keep the newest checkpoint elsewhere",
            folder=choosing.home(),
            name="signet-checkpoint.json",
            kinds="All files (*)",
            chosen=self._write_checkpoint,
        )

    def _write_checkpoint(self, path: str) -> None:
        session = self._desk.session
        if session is not None:
            self._tasks.run(
                lambda _: export_checkpoint(session, path), done=self._checkpoint_written, failed=self._show_error
            )

    def _checkpoint_written(self, made: Exported) -> None:
        said = (
            f"Keep {made.path} and {os.path.basename(made.signature_path)} where nobody can change them together "
            "with the vault. Verifying against them finds a vault that was put back."
        )
        self._banner.show_message("The checkpoint was written", readable(said), kind="ok")
        self._desk.note_change()

    def export_json(self) -> None:
        """Ask where, and write the log for other programs."""
        self._ask("signet-log.jsonl", "JSON lines (*.jsonl *.json);;All files (*)", "Export the log as JSON")

    def export_csv(self) -> None:
        """Ask where, and write the log for a spreadsheet."""
        self._ask("signet-log.csv", "CSV (*.csv);;All files (*)", "Export the log as CSV")

    def _ask(self, name: str, kinds: str, title: str) -> None:
        write = self._write_csv if name.endswith("csv") else self._write_json
        choosing.ask_where_to_save(
            self._window, title=title, folder=choosing.home(), name=name, kinds=kinds, chosen=write
        )

    def _write_json(self, path: str) -> None:
        self._write(path, "json")

    def _write_csv(self, path: str) -> None:
        self._write(path, "csv")

    def _write(self, path: str, form: audit.ExportFormat) -> None:
        session = self._desk.session
        if session is not None and self._task is None:
            self._task = self._tasks.run(
                lambda context: audit.export_log(
                    session, path, form, progress=context.progress, cancelled=context.cancelled
                ),
                done=self._written,
                failed=self._not_done,
                progress=self._progress("Exporting the log"),
            )

    def _written(self, path: str) -> None:
        self._task = None
        said = f"It is in {path}. It names your files and keys: keep it where nobody else can look."
        self._banner.show_message("The log was exported", readable(said), kind="ok")
        self._desk.note_change()

    def _verified(self, found: LogCheck) -> None:
        self._task = None
        self.verifying.emit(False)
        problems = found.problems
        if problems:
            told = [f"{problem.place}: {problem.what}" for problem in problems[:PROBLEMS_SHOWN]]
            if len(problems) > len(told):
                told.append(f"and {len(problems) - len(told)} more")
            text = "\n".join(map(readable, told))
            self._banner.show_message("The log is not as it was written", f"{text}\n{NOT_WHOLE}", kind="bad")
        else:
            now = datetime.now().astimezone()
            signed = "" if found.newest is None else f" Cards signed it, last {times.short(found.newest, now)}."
            self._banner.show_message(f"The log is whole, as of {times.clock_of(now)}", WHOLE + signed, kind="ok")
        self.verified.emit(not problems)
        self._desk.note_change()

    def _not_verified(self, error: SignetError) -> None:
        self.verifying.emit(False)
        self._not_done(error)

    def _not_done(self, error: SignetError) -> None:
        self._task = None
        if isinstance(error, Cancelled) or self._desk.session is None:
            self._banner.close_message()
            self._desk.note_change()
        else:
            self._show_error(error)

    def _show_error(self, error: SignetError) -> None:
        self._banner.show_error(error)
