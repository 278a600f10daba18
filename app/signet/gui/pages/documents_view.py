"""One document: its pages on the left, its signatures beside them, the verdict over both. Checked as it is opened."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from signet.errors import SignetError
from signet.gui.desk import Desk
from signet.gui.pages.documents_preview import PageView
from signet.gui.pages.documents_view_bar import ViewBar
from signet.gui.pages.documents_view_panel import SignaturesPanel
from signet.gui.pages.documents_view_preview import DocumentPreview
from signet.gui.pages.documents_view_words import footer, headline
from signet.gui.pages.documents_work import CheckedDocument, check_document, is_fresh, plate_of
from signet.gui.pages.jobs_words import name_of
from signet.gui.pages.key_host import gave_up
from signet.gui.tasks import Task, TaskContext, Tasks
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import icon_button, plain_button, primary_button
from signet.gui.widgets.forms import column
from signet.gui.widgets.header import PageHeader
from signet.gui.widgets.pill import Pill
from signet.gui.widgets.text import ElidedLabel
from signet.secret import Secret

_NAME_WIDTH = 90


@dataclass(frozen=True)
class Opened:
    """What is looked at. ``signature`` None: inside the file, or beside it. ``pdf``: by its first bytes."""

    path: str
    signature: str | None = None
    pdf: bool = False
    trust: tuple[str, ...] = field(default=())


class DocumentView(QWidget):
    """`header` belongs above it and above whatever panel stands beside it."""

    back_wanted = Signal()
    sign_wanted = Signal(str)
    """Carries the path."""
    report_wanted = Signal()
    wanted = Signal(object, object)
    """Carries `documents_view_words.Next` and a SignatureView or None."""
    changed = Signal()
    """The file is not the one any more that is shown and was checked."""
    checked = Signal(object)
    """Carries CheckedDocument: this document has just been checked."""

    def __init__(self, desk: Desk, tasks: Tasks, theme: Theme) -> None:
        super().__init__()
        self.setProperty("kind", "page")
        self._desk, self._tasks = desk, tasks
        self._opened: Opened | None = None
        self._task: Task | None = None
        self._password: Secret | None = None
        self._panel_shown = True
        self._replaced = False
        self.result: CheckedDocument | None = None
        self.back_button = icon_button(theme, "arrow-left", "Back to the list (Alt Left)")
        self.name = _Name()
        self.pill = Pill()
        self.report_button = plain_button("Save report…", name="Save a report of these signatures")
        self.sign_button = primary_button("Sign…")
        self.header = PageHeader("", self.report_button, self.sign_button)
        self.header.show_document(self.back_button, self.name, self.pill)
        self.preview = DocumentPreview(theme, tasks)
        self.panel = SignaturesPanel(theme)
        self.bar = ViewBar(theme, self.preview.pages)
        self._arrange()
        self._connect()

    def _arrange(self) -> None:
        beside = QHBoxLayout()
        beside.setSpacing(0)
        beside.addWidget(self.preview, 1)
        beside.addWidget(self.panel)
        whole = column(self, 0)
        whole.addLayout(beside, 1)
        whole.addWidget(self.bar)

    def _connect(self) -> None:
        self.back_button.clicked.connect(self.back_wanted)
        self.report_button.clicked.connect(self.report_wanted)
        self.sign_button.clicked.connect(self._sign)
        self.preview.opened.connect(self._check)
        self.preview.locked.connect(self._ask_password)
        self.panel.password_given.connect(self._unlock)
        self.panel.cancel_wanted.connect(self._stop)
        self.panel.wanted.connect(self.wanted)
        self.bar.panel_wanted.connect(self._want_panel)
        back = QShortcut(QKeySequence("Alt+Left"), self)
        # The header stands beside this view, not in it, and the focus may be on the sidebar.
        back.setContext(Qt.ShortcutContext.WindowShortcut)
        back.activated.connect(self.back_wanted)

    @property
    def opened(self) -> Opened | None:
        """What is looked at; None if nothing is."""
        return self._opened

    @property
    def pages(self) -> PageView | None:
        """The pages, for a stamp to be placed on; None while none are shown."""
        return self.preview.pages if self.preview.shows_pages else None

    @property
    def password(self) -> Secret | None:
        """A copy of the document's own password, for who asks to wipe; None if there is none, or it is not known."""
        return None if self._password is None else self._password.copy()

    @property
    def busy(self) -> bool:
        """Whether the document is being opened, or its signatures checked."""
        return self._task is not None or self.preview.opening

    def open_document(self, opened: Opened) -> None:
        """Show a document and check its signatures."""
        self.close_document()
        self._opened = opened
        name = name_of([opened.path])
        self.name.set_text(name)
        self.setAccessibleName(name)
        self.pill.show_state("", "neutral")
        self.report_button.setEnabled(False)
        self.bar.say("")
        self.panel.show_checking()
        if opened.pdf:
            self.preview.open_document(opened.path)
        else:
            self.preview.show_plate(opened.path, plate_of(opened.path))
            self._check()

    def check_again(self, **other: object) -> None:
        """Check the same document anew, with another signature file (``signature``) or more ``trust``."""
        if self._opened is not None:
            self.open_document(replace(self._opened, **other))  # type: ignore[arg-type]

    def close_document(self, *, at_once: bool = False) -> None:
        """Show nothing; what runs is stopped."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
        self._opened, self.result = None, None
        self._forget_password()
        self.preview.close_document(at_once=at_once)

    def make_room(self, taken: bool) -> None:
        """Give the place of the signatures to another panel, or take it back."""
        self._replaced = taken
        self._show_panel()

    def look_again(self) -> None:
        """Say so if the file is not the one any more that was checked."""
        result = self.result
        if result is None:
            return

        def done(fresh: bool) -> None:
            if not fresh and result is self.result:
                self.pill.show_state("File changed", "warn")
                self.changed.emit()

        self._tasks.run(lambda _: is_fresh(result), done=done, failed=_ignore, quiet=True)

    def event(self, event: QEvent) -> bool:
        """Look at the file again when the window comes to the front."""
        if event.type() == QEvent.Type.WindowActivate and self.isVisible():
            self.look_again()
        return super().event(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Make room for a panel that is watched."""
        if event.type() in (QEvent.Type.Show, QEvent.Type.Hide) and not event.spontaneous():
            self.make_room(event.type() == QEvent.Type.Show)
        return super().eventFilter(watched, event)

    def _check(self) -> None:
        opened, session = self._opened, self._desk.session
        if opened is None or self._task is not None:
            return
        password = self.password

        def work(context: TaskContext) -> CheckedDocument:
            return check_document(
                opened.path,
                opened.signature,
                trust=opened.trust,
                password=password,
                session=session,
                progress=context.progress,
                cancelled=context.cancelled,
            )

        def done(result: CheckedDocument) -> None:
            if opened is self._opened:
                self.show_result(result)

        def failed(error: SignetError) -> None:
            if opened is self._opened:
                self._fail(error)

        self.panel.show_checking()
        self._task = self._tasks.run(work, done=done, failed=failed, progress=self._progress)

    def _progress(self, done: int, total: int) -> None:
        if self._task is not None:
            self.panel.show_progress(done, total)

    def show_result(self, result: CheckedDocument) -> None:
        """Show what checking came to."""
        self._task = None
        self.result = result
        self.pill.show_state(*headline(result.verification))
        self.report_button.setEnabled(True)
        self.bar.say(footer(result.verification))
        self.panel.show_result(result.verification, result.chains, recorded=result.recorded)
        self.checked.emit(result)
        self.look_again()

    def _fail(self, error: SignetError) -> None:
        self._task = None
        if gave_up(error):
            self.pill.show_state("Not checked", "neutral")
            self.panel.show_stopped()
        else:
            self.pill.show_state("Could not be checked", "warn")
            self.panel.show_error(error)

    def _ask_password(self, wrong: bool) -> None:
        self._forget_password()
        self.pill.show_state("Locked", "neutral")
        self.panel.show_locked(wrong=wrong)

    def _unlock(self, password: Secret) -> None:
        """Try it, once; it is kept until the document is closed, for its pages and signatures."""
        self._forget_password()
        self._password = password
        self.pill.show_state("", "neutral")
        self.panel.show_checking()
        self.preview.unlock(password)

    def _forget_password(self) -> None:
        if self._password is not None:
            self._password.wipe()
            self._password = None

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _sign(self) -> None:
        if self._opened is not None:
            self.sign_wanted.emit(self._opened.path)

    def _want_panel(self, shown: bool) -> None:
        self._panel_shown = shown
        self._show_panel()

    def _show_panel(self) -> None:
        self.panel.setVisible(self._panel_shown and not self._replaced)


class _Name(ElidedLabel):
    """Takes the room that its text needs, if there is so much; what stands behind it stays close."""

    def __init__(self) -> None:
        super().__init__("", "heading")
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """As wide as the whole text."""
        hint = super().sizeHint()
        return QSize(self.fontMetrics().horizontalAdvance(self.whole_text) + 2, hint.height())

    def minimumSizeHint(self) -> QSize:
        """A few letters."""
        return QSize(_NAME_WIDTH, super().minimumSizeHint().height())

    def set_text(self, text: str) -> None:
        """Show another text."""
        super().set_text(text)
        self.updateGeometry()


def _ignore(_: object) -> None:
    """The next look finds out."""
