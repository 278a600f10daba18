"""Time-stamp services in the settings: which the person named, the usual one, a try, one more, one less.

None is preset, and none is asked without being told to: naming one sends nothing.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from signet.errors import SignetError
from signet.gui.design import SPACE
from signet.gui.desk import Desk
from signet.gui.pages import times
from signet.gui.pages.key_host import gave_up
from signet.gui.sentences import words
from signet.gui.tasks import Task, TaskContext, Tasks
from signet.gui.theme import Theme
from signet.gui.widgets.banner import Banner
from signet.gui.widgets.buttons import plain_button
from signet.gui.widgets.row_card import RowCard
from signet.gui.widgets.text import label
from signet.gui.widgets.way_row import WayRow
from signet.services import timestamps
from signet.services.timestamps import ServiceView, TimeStamp

EXPLAINED = (
    "A service that confirms when you signed (RFC 3161), so that a signature can be proven after its certificate has "
    "ended. It learns your network address and a fingerprint of the signature, nothing of the document. None is "
    "preset; ask the issuer of your certificate for the address of theirs."
)
NONE_YET = "No service is named."
UNSECURED = "asked without encryption"


class ServiceRow(WayRow):
    """One service, with a try in a task; signals carry its address."""

    remove_wanted = Signal(str)
    usual_wanted = Signal(str)
    failed = Signal(object)

    def __init__(self, view: ServiceView, tasks: Tasks, theme: Theme) -> None:
        self.try_button = plain_button("Try", name=f"Try the service {view.host}")
        self.usual_button = plain_button("Make usual", name=f"Make {view.host} the usual service")
        self.remove_button = plain_button("Remove", name=f"Remove the service {view.host}")
        detail = view.url if view.secured else f"{view.url} · {UNSECURED}"
        super().__init__(
            theme, "clock", view.host, detail, self.try_button, self.usual_button, self.remove_button
        )  # fmt: skip
        self._view, self._tasks = view, tasks
        self._trying: Task | None = None
        self.usual_button.setVisible(not view.usual)
        if view.usual:
            self.show_state("Usual", "neutral")
        self.try_button.clicked.connect(self._try_or_stop)
        self.usual_button.clicked.connect(self._make_usual)
        self.remove_button.clicked.connect(self._remove)

    @property
    def url(self) -> str:
        """The address of the service."""
        return self._view.url

    def _try_or_stop(self) -> None:
        """Ask for a time stamp over random bytes; a second press gives up."""
        if self._trying is not None:
            self._trying.cancel()
            return
        self.try_button.setText("Stop")
        self.show_state("Asking…", "neutral")
        url = self._view.url

        def work(context: TaskContext) -> TimeStamp:
            return timestamps.try_service(url, cancelled=context.cancelled)

        self._trying = self._tasks.run(work, done=self._works, failed=self._does_not)

    def _works(self, stamp: TimeStamp) -> None:
        self._rest()
        self.show_state("Works", "ok")
        self.detail.set_text(f"{stamp.name} · until {times.date_of(times.moment(stamp.ends))}")

    def _does_not(self, error: SignetError) -> None:
        self._rest()
        if gave_up(error):
            self.show_state("Usual" if self._view.usual else "", "neutral")
            return
        self.show_state("Does not work", "bad")
        self.pill.setToolTip(words(error).text)
        self.failed.emit(error)

    def _rest(self) -> None:
        self._trying = None
        self.try_button.setText("Try")

    def _make_usual(self) -> None:
        self.usual_wanted.emit(self._view.url)

    def _remove(self) -> None:
        self.remove_wanted.emit(self._view.url)


class ServiceList(QWidget):
    """All services, and a field for one more."""

    changed = Signal()

    def __init__(self, desk: Desk, tasks: Tasks, theme: Theme) -> None:
        super().__init__()
        self._desk, self._tasks, self._theme = desk, tasks, theme
        self.banner = Banner(theme)
        self.rows: list[ServiceRow] = []
        self._card = RowCard()
        self._none = label(NONE_YET, "muted")
        self.address = QLineEdit()
        self.address.setAccessibleName("Address of a time-stamp service")
        self.address.setPlaceholderText("https://…")
        self.add_button = plain_button("Add service", name="Add a time-stamp service")
        foot = QHBoxLayout()
        foot.setSpacing(SPACE.small)
        foot.addWidget(self.address, 1)
        foot.addWidget(self.add_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.medium)
        for widget in (label(EXPLAINED, "muted", wrap=True), self.banner, self._none, self._card):
            column.addWidget(widget)
        column.addLayout(foot)
        self.add_button.clicked.connect(self._add)
        self.address.returnPressed.connect(self.add_button.click)
        self.reload()

    def showEvent(self, event: QShowEvent) -> None:
        """Show what was named elsewhere meanwhile, where one signs."""
        super().showEvent(event)
        if [row.url for row in self.rows] != [each.url for each in timestamps.services_known(self._desk.workplace)]:
            self.reload()

    def reload(self) -> None:
        """Show what the settings name."""
        known = timestamps.services_known(self._desk.workplace)
        self.rows = [ServiceRow(view, self._tasks, self._theme) for view in known]
        for row in self.rows:
            row.remove_wanted.connect(self._remove)
            row.usual_wanted.connect(self._make_usual)
            row.failed.connect(self._show_error)
        self._card.show_rows(self.rows)
        self._none.setVisible(not self.rows)

    def _add(self) -> None:
        address = self.address.text().strip()
        if address:
            workplace = self._desk.workplace
            self._tasks.run(
                lambda _: timestamps.add_service(workplace, address), done=self._added, failed=self._show_error
            )

    def _added(self, _: None) -> None:
        self.address.clear()
        self._changed(None)

    def _remove(self, url: str) -> None:
        workplace = self._desk.workplace
        self._tasks.run(
            lambda _: timestamps.remove_service(workplace, url), done=self._changed, failed=self._show_error
        )

    def _make_usual(self, url: str) -> None:
        workplace = self._desk.workplace
        self._tasks.run(lambda _: timestamps.make_usual(workplace, url), done=self._changed, failed=self._show_error)

    def _changed(self, _: None) -> None:
        self.banner.close_message()
        self.reload()
        self.changed.emit()

    def _show_error(self, error: object) -> None:
        if isinstance(error, SignetError):
            self.banner.show_error(error)
