"""Making the proof of a signed document last longer, in a panel: which level, which service, into which file."""

from __future__ import annotations

import os

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QProgressBar, QWidget

from signet.documents.wishes import Level
from signet.errors import Cancelled, SignetError
from signet.gui.desk import Desk
from signet.gui.pages.choosing import ask_where_to_save
from signet.gui.pages.documents_sign_level import LevelChoice
from signet.gui.pages.documents_sign_work import services_of
from signet.gui.pages.jobs_words import name_of
from signet.gui.pages.key_host import KeyForm, KeyHost, gave_up
from signet.gui.tasks import Task, TaskContext, Tasks
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import link_button, plain_button, primary_button
from signet.gui.widgets.forms import column
from signet.gui.widgets.section import Section
from signet.gui.widgets.text import label
from signet.services import timestamps
from signet.services.extending import ExtendWish, extend_documents, extended_name
from signet.services.files_inspect import shown
from signet.services.files_items import Item

MEANING = (
    "A time stamp is added to what is signed; the signatures stay as they are. Do it before the certificate, or the "
    "last time stamp, has ended."
)
ASKED = "Ask the issuers on the network"
ASKED_SAID = (
    "Whether a certificate was revoked; their addresses stand in it. They learn your network address and which "
    "certificate it is."
)
ALREADY = "It has all that already"
ALREADY_SAID = "Nothing was added and nothing written."
DONE = "The proof lasts longer now"


class ExtendForm(KeyForm):
    """`extend_wanted` when the person has decided; ``output`` is the result's path, None for beside the file."""

    extend_wanted = Signal()
    stop_wanted = Signal()
    place_wanted = Signal()
    service_wanted = Signal(str)

    def __init__(self, theme: Theme, path: str, *, pdf: bool) -> None:
        super().__init__(theme)
        self.path, self.pdf = path, pdf
        self.output: str | None = None
        self._busy = False
        self.levels = LevelChoice(signed=True)
        self.online = QCheckBox(ASKED)
        self.online.setChecked(True)
        self._online_said = label(ASKED_SAID, "small", wrap=True)
        self._place = label("", "body", wrap=True)
        self.place_button = link_button("another place…", name="Choose another place for the extended document")
        self.extend_button = primary_button("Extend", name=f"Extend {name_of([path])}")
        self.stop_button = plain_button("Cancel", name="Stop extending")
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Extending")
        self._whole = QWidget()
        inside = column(self._whole, 16)
        inside.addWidget(Section("How long it can be proven", self.levels))
        self._revocation = Section("Revocation", self.online, self._online_said)
        inside.addWidget(self._revocation)
        inside.addWidget(Section("Where the extended document goes", self._place, self.place_button))
        rows = column(self, 16)
        for widget in (self.banner, label(MEANING, "muted", wrap=True), self.bar, self._whole):
            rows.addWidget(widget)
        rows.addStretch(1)
        for part in (self.bar, self.stop_button):
            part.hide()
        self.levels.changed.connect(self._show)
        self.levels.service_wanted.connect(self.service_wanted)
        self.extend_button.clicked.connect(self.extend_wanted)
        self.stop_button.clicked.connect(self.stop_wanted)
        self.place_button.clicked.connect(self.place_wanted)
        self.show_place(None)

    @property
    def wish(self) -> ExtendWish:
        """What was chosen."""
        return ExtendWish(self.levels.level, self.levels.service, online=self.online.isChecked())

    @property
    def usual_name(self) -> str:
        """What the result is called beside the file."""
        return extended_name(os.path.basename(self.path))

    def show_place(self, output: str | None) -> None:
        """Take another place for the result; None for beside the file."""
        self.output = output
        self._place.setText(output if output is not None else f"Beside the file, as {shown(self.usual_name)}")
        self._show()

    def show_services(self, found: tuple[tuple[str, str], ...], chosen: str = "") -> None:
        """Offer these time-stamp services."""
        self.levels.show_services(found, chosen)
        self.levels.show_inside(inside=self.pdf)
        self._show()

    def set_busy(self, busy: bool) -> None:
        """Wait while it is extended: nothing can be chosen, only stopped."""
        self._busy = busy
        self._whole.setEnabled(not busy)
        self.bar.setVisible(busy)
        self.stop_button.setVisible(busy)
        if busy:
            self.banner.hide()
        self._show()
        (self.stop_button if busy else self.extend_button).setFocus(Qt.FocusReason.OtherFocusReason)

    def _show(self) -> None:
        self._revocation.setVisible(self.levels.level in (Level.LT, Level.LTA))
        self.extend_button.setEnabled(bool(self.levels.service) and not self._busy)


class Extending(QObject):
    """One for a page. `open` begins; `extended` carries the path of what was written, `told` what is said of it."""

    extended = Signal(str)
    told = Signal(str, str)

    def __init__(self, desk: Desk, tasks: Tasks, theme: Theme, panel: KeyHost, page: QWidget) -> None:
        super().__init__(page)
        self._desk, self._tasks, self._theme = desk, tasks, theme
        self._panel, self._page = panel, page
        self._form: ExtendForm | None = None
        self._task: Task | None = None
        panel.closed.connect(self._closed)
        self.told.connect(panel.told)

    @property
    def form(self) -> ExtendForm | None:
        """The form, while it is open."""
        return self._form if self._form is not None and shiboken6.isValid(self._form) else None

    def open(self, path: str) -> None:
        """Ask how this signed PDF, or signature in a file of its own, is to be extended."""
        form = ExtendForm(self._theme, path, pdf=not is_beside(path))
        form.show_services(services_of(self._desk.workplace))
        form.extend_wanted.connect(self._extend)
        form.stop_wanted.connect(self._stop)
        form.place_wanted.connect(self._ask_place)
        form.service_wanted.connect(self._name_service)
        focus = form.levels.levels if form.levels.service else form.levels.name_link
        title = f"Extend {name_of([path])}"
        self._panel.open_with(title, form, form.stop_button, form.extend_button, focus=focus)
        self._form = form

    def _extend(self) -> None:
        form = self.form
        if form is None or self._task is not None:
            return
        form.set_busy(True)
        workplace, session = self._desk.workplace, self._desk.session
        path, wish, output = form.path, form.wish, form.output

        def work(context: TaskContext) -> Item:
            items = extend_documents(
                workplace, [path], wish, session=session, output=output, cancelled=context.cancelled
            )  # fmt: skip
            error = items[0].error
            if error is not None:
                raise error
            return items[0]

        self._task = self._tasks.run(work, done=self._done, failed=self._fail)

    def _done(self, item: Item) -> None:
        self._task = None
        self._desk.note_change()
        if self.form is not None:
            self._panel.close_panel()
        if item.output is None:
            self.told.emit(ALREADY, f"{ALREADY_SAID} {item.said}".strip())
        else:
            self.extended.emit(item.output)
            self.told.emit(DONE, f"{shown(os.path.basename(item.output))} was written. {item.said}".strip())

    def _fail(self, error: SignetError) -> None:
        self._task = None
        form = self.form
        if form is None:
            return
        form.set_busy(False)
        if not gave_up(error) and not isinstance(error, Cancelled):
            form.banner.show_error(error)
            self._panel.reveal(form.banner)

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _ask_place(self) -> None:
        form = self.form
        if form is not None:
            ask_where_to_save(
                self._page,
                title="Where the extended document goes",
                folder=os.path.dirname(form.path),
                name=form.usual_name,
                kinds="All files (*)",
                chosen=self._place_chosen,
            )

    def _place_chosen(self, path: str) -> None:
        form = self.form
        if form is not None:
            form.show_place(path)

    def _name_service(self, address: str) -> None:
        workplace = self._desk.workplace

        def name(_: TaskContext) -> tuple[tuple[str, str], ...]:
            timestamps.add_service(workplace, address)
            return services_of(workplace)

        def named(found: tuple[tuple[str, str], ...]) -> None:
            form = self.form
            if form is not None:
                form.banner.hide()
                form.show_services(found, address)

        self._tasks.run(name, done=named, failed=self._fail)

    def _closed(self) -> None:
        self._stop()
        self._form = None


def is_beside(path: str) -> bool:
    """Whether it is a signature in a file of its own (``.p7s``), not a PDF with signatures inside."""
    return path.lower().endswith(".p7s")
