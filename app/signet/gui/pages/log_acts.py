"""What the page Activity does with the log: verify it, write it to a file."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from signet.audit.chain import Problem
from signet.errors import SignetError
from signet.gui.desk import Desk
from signet.gui.pages import choosing, times
from signet.gui.pages.activity_words import readable
from signet.gui.tasks import Tasks
from signet.gui.widgets.banner import Banner
from signet.services import audit

PROBLEMS_SHOWN = 5
WHOLE = "No entry was changed, added or removed, and every record of the vault agrees with it."
NOT_WHOLE = "Someone or something changed the vault's records. Compare with a backup before you trust it."


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

    def verify(self) -> None:
        """Check the whole log."""
        session = self._desk.session
        if session is not None:
            self.verifying.emit(True)
            self._tasks.run(lambda _: audit.verify_log(session), done=self._verified, failed=self._not_verified)

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
        if session is not None:
            self._tasks.run(
                lambda _: audit.export_log(session, path, form), done=self._written, failed=self._show_error
            )

    def _written(self, path: str) -> None:
        said = f"It is in {path}. It names your files and keys: keep it where nobody else can look."
        self._banner.show_message("The log was exported", readable(said), kind="ok")
        self._desk.note_change()

    def _verified(self, problems: tuple[Problem, ...]) -> None:
        self.verifying.emit(False)
        if problems:
            told = [f"{problem.place}: {problem.what}" for problem in problems[:PROBLEMS_SHOWN]]
            if len(problems) > len(told):
                told.append(f"and {len(problems) - len(told)} more")
            self._banner.show_message("The log is not as it was written", "\n".join([*told, NOT_WHOLE]), kind="bad")
        else:
            now = datetime.now().astimezone()
            self._banner.show_message(f"The log is whole, as of {times.clock_of(now)}", WHOLE, kind="ok")
        self.verified.emit(not problems)
        self._desk.note_change()

    def _not_verified(self, error: SignetError) -> None:
        self.verifying.emit(False)
        self._show_error(error)

    def _show_error(self, error: SignetError) -> None:
        self._banner.show_error(error)
