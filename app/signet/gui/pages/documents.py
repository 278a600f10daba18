"""The page Documents: files are signed and signatures checked. One document is looked at, several are a list."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from signet.errors import SignetError
from signet.gui.desk import Desk
from signet.gui.pages import documents_work
from signet.gui.pages.documents_extend import Extending, is_beside
from signet.gui.pages.documents_preview import PageView
from signet.gui.pages.documents_rows import RowActs
from signet.gui.pages.documents_sign import SignForm
from signet.gui.pages.documents_sign_desk import Signing
from signet.gui.pages.documents_view import DocumentView, Opened
from signet.gui.pages.documents_view_acts import ViewActs
from signet.gui.pages.documents_work import CheckedDocument, Looked
from signet.gui.pages.files_work import refused_job
from signet.gui.pages.jobs import JobBoard
from signet.gui.pages.jobs_acts import JobActs, ask_for_files
from signet.gui.pages.jobs_list import JobList
from signet.gui.pages.jobs_words import Result
from signet.gui.pages.key_host import KeyHost, gave_up
from signet.gui.tasks import TaskContext, Tasks
from signet.gui.theme import Theme
from signet.gui.widgets.banner import Banner, BannerPlace
from signet.gui.widgets.buttons import plain_button, primary_button
from signet.gui.widgets.empty import EmptyState
from signet.gui.widgets.forms import column
from signet.gui.widgets.header import PageHeader
from signet.services.files_inspect import shown
from signet.services.job import Act, Checked, Job, JobState, Order

NOTHING_YET = (
    "Sign a file, and others can see that it comes from you, unchanged. Or check a signature that you were given."
)
UNLOCK_FIRST = "Signing needs one of your keys. What you chose waits here and goes on when the vault is open."
NOT_RECORDED = "The vault is locked: your own keys are not known here, and nothing is recorded."


class DocumentsPage(QWidget):
    """List of what was signed and checked, and the one document that is looked at; panel for signing and trusting."""

    unlock_wanted = Signal()
    """Files wait to be signed, and the vault is locked."""
    certificate_wanted = Signal(str)
    """Carries the id of a key that is to have a certificate."""
    counted = Signal(int)
    """Carries how many jobs run or wait, for the sidebar."""

    def __init__(self, desk: Desk, tasks: Tasks, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("documents-page")
        self.setProperty("kind", "page")
        self._desk, self._tasks, self._theme = desk, tasks, theme
        self._waiting: list[tuple[str, tuple[str, ...]]] = []
        self._key = ""
        self.board = JobBoard(desk, tasks, self)
        self.banner = Banner(theme)
        self.verify_button = plain_button("Open or check…", name="Open a document, or check the signatures of files")
        self.sign_button = primary_button("Sign files…")
        self.list = JobList(
            theme, self.board, EmptyState(theme, "document", "Nothing signed or checked yet", NOTHING_YET)
        )
        self.panel = KeyHost(desk, tasks, theme, name="Details")
        self.view = DocumentView(desk, tasks, theme)
        self.signing = Signing(desk, tasks, theme, self.board, self.list, self.panel, self)
        self._acts = JobActs(desk, tasks, self.board, self.list, self.panel, self)
        self._rows = RowActs(self._acts, self.board, self.list, self)
        self._view_acts = ViewActs(desk, tasks, self.view, self.panel, self.banner, self)
        self.extending = Extending(desk, tasks, theme, self.panel, self)
        self._headers = QStackedWidget()
        self._bodies = QStackedWidget()
        self._arrange()
        self._connect()

    def _arrange(self) -> None:
        header = PageHeader("Documents", self.verify_button, self.sign_button)
        for stack, list_part, view_part in (
            (self._headers, header, self.view.header),
            (self._bodies, self.list, self.view),
        ):
            stack.addWidget(list_part)
            stack.addWidget(view_part)
        self._headers.setFixedHeight(self._headers.sizeHint().height())
        beside = QHBoxLayout()
        beside.setSpacing(0)
        beside.addWidget(self._bodies, 1)
        beside.addWidget(self.panel)
        whole = column(self, 0)
        whole.addWidget(self._headers)
        whole.addWidget(BannerPlace(self.banner))
        whole.addLayout(beside, 1)

    def _connect(self) -> None:
        self._desk.unlocked.connect(self._unlocked)
        self._desk.locked.connect(self._locked)
        self.verify_button.clicked.connect(self.choose_to_verify)
        self.sign_button.clicked.connect(self.choose_to_sign)
        self.list.counted.connect(self.counted)
        self._acts.details_wanted.connect(self._show_details)
        self._acts.again_wanted.connect(self.take)
        self._rows.take_wanted.connect(self.take)
        for failing in (self._acts, self.signing, self.panel):
            failing.failed.connect(self._show_error)
        self.signing.certificate_wanted.connect(self.certificate_wanted)
        self._view_acts.extend_wanted.connect(self.extending.open)
        self.extending.extended.connect(self._show_extended)
        self.board.ended.connect(self._after_signing)
        self.panel.told.connect(self._tell)
        self.panel.installEventFilter(self.view)
        self.view.back_wanted.connect(self.show_list)
        self.view.sign_wanted.connect(self._sign_shown)
        self.view.checked.connect(self._list_checked)
        shortcut = QShortcut(QKeySequence(QKeySequence.StandardKey.Open), self)
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        shortcut.activated.connect(self.choose_to_verify)

    @property
    def busy(self) -> bool:
        """Whether jobs run or wait, or a document is being checked."""
        return self.board.busy or self.view.busy

    @property
    def form(self) -> SignForm | None:
        """The form for signing, while it is open."""
        return self.signing.form

    @property
    def document(self) -> str:
        """The path of the document that is looked at, "" while it is the list."""
        opened = self.view.opened
        return opened.path if opened is not None and self._bodies.currentWidget() is self.view else ""

    @property
    def preview(self) -> PageView | None:
        """The pages of that document, if it has any that can be shown."""
        return self.view.pages if self.document else None

    def take(self, act: str, paths: Sequence[str]) -> None:
        """Sign or verify as ``act`` says; if it is empty, what has a signature is verified, and so is one PDF.

        One document alone is looked at. Verifying needs no vault. Files to be signed wait while it is locked, and
        `unlock_wanted` is emitted.
        """
        session, wanted = self._desk.session, tuple(paths)
        if session is None and act == Act.SIGN:
            self._waiting.append((act, wanted))
            by_card = plain_button("Sign with a card", name="Sign with a card, without the vault")
            by_card.clicked.connect(self._sign_by_card)
            self.banner.show_message("Unlock first", UNLOCK_FIRST, by_card, kind="accent")
            self.unlock_wanted.emit()
            return

        def work(context: TaskContext) -> Looked:
            return documents_work.look(act, wanted, session, cancelled=context.cancelled)

        self._tasks.run(work, done=self._looked, failed=self._show_error)

    def sign_with(self, key_id: str) -> None:
        """Choose files to be signed with one key."""
        self._key = key_id
        self.choose_to_sign()

    def choose_to_sign(self) -> None:
        """Ask for files to sign."""
        ask_for_files(self, title="Files to sign", chosen=self._sign_chosen)

    def choose_to_verify(self) -> None:
        """Ask for a document to look at, or files whose signatures are to be checked."""
        ask_for_files(self, title="Documents or signatures to check", chosen=self._verify_chosen)

    def show_list(self) -> None:
        """Go back to the list of what was done."""
        if self._bodies.currentWidget() is not self.view:
            return
        self.panel.close_panel()
        self.signing.show_on(None)
        self.view.close_document()
        self._turn_to(self.list)
        self.verify_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def step_back(self) -> None:
        """Close the panel, if one is open beside a document; else go back to the list."""
        if self.document and self.panel.isVisible():
            self.panel.close_panel()
        else:
            self.show_list()

    def show_document(self, opened: Opened) -> None:
        """Look at one document."""
        self.panel.close_panel()
        self.banner.hide()
        self._turn_to(self.view)
        self.view.open_document(opened)
        self.view.back_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _turn_to(self, body: QWidget) -> None:
        place = self._bodies.indexOf(body)
        self._bodies.setCurrentIndex(place)
        self._headers.setCurrentIndex(place)

    def _sign_chosen(self, paths: Sequence[str]) -> None:
        self.take(Act.SIGN, paths)

    def _verify_chosen(self, paths: Sequence[str]) -> None:
        self.take(Act.VERIFY, paths)

    def _looked(self, looked: Looked) -> None:
        if looked.refused:
            self.show_list()
            self.list.add_ended(refused_job(Act.SIGN if looked.to_sign else Act.VERIFY, looked.refused))
        if len(looked.to_verify) == 1 and not looked.refused:
            alone = looked.to_verify[0]
            self.show_document(Opened(alone.path, alone.signature, pdf=alone.path in looked.pdfs))
        elif looked.to_verify:
            self.show_list()
            if self._desk.session is None:
                self.banner.show_message("", NOT_RECORDED, kind="neutral")
            paths = tuple(each.path for each in looked.to_verify)
            self.board.submit(Order(Act.VERIFY, paths, signatures=tuple(each.signature for each in looked.to_verify)))
        if looked.to_sign:
            self._ask_to_sign(looked)

    def _ask_to_sign(self, looked: Looked) -> None:
        paths, key = looked.to_sign, self._key
        self._key = ""
        if len(paths) == 1 and looked.pdfs and self.document != paths[0]:
            self.show_document(Opened(paths[0], pdf=True))
        elif self.document and paths != (self.document,):
            self.show_list()
        self.signing.show_on(self.view.preview.pages if self.document else None)
        self.signing.open(paths, key, self.view.password if self.document else None)

    def extend(self, path: str) -> None:
        """Have the proof of a signed document, or of a signature in a file of its own, made to last longer."""
        self._show_extended(path)
        self.extending.open(path)

    def _show_extended(self, path: str) -> None:
        if not is_beside(path):
            self.show_document(Opened(path, pdf=True))
        elif self.document:
            self.view.check_again(signature=path)

    def _sign_by_card(self) -> None:
        """Sign what waits with a card that is here; nothing of it is recorded."""
        waiting, self._waiting = self._waiting, []
        self.banner.hide()
        if waiting:
            self.signing.open([path for _, paths in waiting for path in paths])

    def _after_signing(self, job: Job) -> None:
        """Say where the signed document is, which is another file; what did not go well stands in the list."""
        if job.order.act is not Act.SIGN or job.order.paths != (self.document,):
            return
        output = next((item.output for item in job.items if item.output is not None), None)
        if output is not None:
            open_button = plain_button("Open it", name="Open the signed document")
            opened = partial(self.take, Act.VERIFY, (output,))
            open_button.clicked.connect(lambda: opened())
            sentence = f"The signature is in {shown(os.path.basename(output))}."
            self.banner.show_message("Signed", sentence, open_button, kind="ok")
        elif self.form is None:
            self.show_list()

    def _sign_shown(self, path: str) -> None:
        self.take(Act.SIGN, (path,))

    def _list_checked(self, result: CheckedDocument) -> None:
        """Leave a row about a document that was looked at, in the place of an older one."""
        opened, verification = self.view.opened, result.verification
        if opened is None:
            return
        for each in self.list.shown:
            if each.job.order.act is Act.VERIFY and each.result.paths == (opened.path,):
                self.list.remove_result(each.result)
        order = Order(Act.VERIFY, (opened.path,), signatures=(opened.signature,), trust=opened.trust)
        checks = (Checked(opened.path, verification),)
        self.list.add_ended(Job(0, order, JobState.DONE, checks=checks, recorded=result.recorded))
        self._desk.note_change()

    def _show_details(self, job: Job, result: Result) -> None:
        """Look at a document of the list; it is checked again, for it may have changed."""
        if result.verification is not None:
            path, given = result.verification.path, job.order.of(result.paths).signatures
            opened = Opened(path, given[0] if given else None, trust=job.order.trust)
            self._tasks.run(
                lambda _: replace(opened, pdf=documents_work.is_pdf(path)),
                done=self.show_document,
                failed=self._show_error,
            )

    def _show_error(self, error: SignetError) -> None:
        if not gave_up(error):
            self.banner.show_error(error)

    def _tell(self, title: str, sentence: str) -> None:
        self.banner.show_message(title, sentence, kind="ok")

    def _unlocked(self) -> None:
        self.banner.hide()
        waiting, self._waiting = self._waiting, []
        for act, paths in waiting:
            self.take(act, paths)

    def _locked(self, _: str) -> None:
        self.panel.close_panel()
        self.banner.hide()
