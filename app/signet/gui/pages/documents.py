"""The page Documents: files are signed and signatures checked; verdicts stay listed. PDF comes with a later issue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from signet.errors import SignetError
from signet.gui.desk import Desk
from signet.gui.pages import documents_work
from signet.gui.pages.choosing import ask_for_a_file, home
from signet.gui.pages.documents_sign import SignForm
from signet.gui.pages.documents_sign_desk import Signing
from signet.gui.pages.documents_verdict import VerdictBody
from signet.gui.pages.documents_work import Looked
from signet.gui.pages.files_work import refused_job
from signet.gui.pages.jobs import JobBoard
from signet.gui.pages.jobs_acts import JobActs, ask_for_files
from signet.gui.pages.jobs_list import JobList
from signet.gui.pages.jobs_words import Result, name_of
from signet.gui.pages.key_host import gave_up
from signet.gui.tasks import TaskContext, Tasks
from signet.gui.theme import Theme
from signet.gui.widgets.banner import Banner
from signet.gui.widgets.buttons import plain_button, primary_button
from signet.gui.widgets.empty import EmptyState
from signet.gui.widgets.header import PageHeader, lay_out
from signet.gui.widgets.side_panel import SidePanel
from signet.services.job import Act, Job, Order

NOTHING_YET = (
    "Sign a file, and others can see that it comes from you, unchanged. Or check a signature that you were given."
)
UNLOCK_FIRST = "Signing needs one of your keys. What you chose waits here and goes on when the vault is open."
NOT_RECORDED = "The vault is locked: your own keys are not known here, and nothing is recorded."


class DocumentsPage(QWidget):
    """List of what was signed and checked; panel for signing and for verdicts."""

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
        self._asked: tuple[Job, Result] | None = None
        self.board = JobBoard(desk, tasks, self)
        self.banner = Banner(theme)
        self.verify_button = plain_button("Check signature…", name="Check the signature of files")
        self.sign_button = primary_button("Sign files…")
        self.list = JobList(
            theme, self.board, EmptyState(theme, "document", "Nothing signed or checked yet", NOTHING_YET)
        )
        self.panel = SidePanel(theme, name="Details")
        self.signing = Signing(desk, tasks, theme, self.board, self.list, self.panel, self)
        self._acts = JobActs(desk, tasks, self.board, self.list, self.panel, self)
        self._arrange()
        self._connect()

    def _arrange(self) -> None:
        header = PageHeader("Documents", self.verify_button, self.sign_button)
        header.add_below(self.banner)
        lay_out(self, header, self.list, self.panel)

    def _connect(self) -> None:
        self._desk.unlocked.connect(self._unlocked)
        self._desk.locked.connect(self._locked)
        self.verify_button.clicked.connect(self.choose_to_verify)
        self.sign_button.clicked.connect(self.choose_to_sign)
        self.list.counted.connect(self.counted)
        self._acts.details_wanted.connect(self._show_details)
        self._acts.key_wanted.connect(self._ask_other_key)
        self._acts.signature_wanted.connect(self._ask_signature)
        self._acts.trust_wanted.connect(self._ask_trust)
        self._acts.again_wanted.connect(self.take)
        self._acts.failed.connect(self._show_error)
        self.signing.failed.connect(self._show_error)
        self.signing.certificate_wanted.connect(self.certificate_wanted)
        shortcut = QShortcut(QKeySequence(QKeySequence.StandardKey.Open), self)
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        shortcut.activated.connect(self.choose_to_verify)

    @property
    def busy(self) -> bool:
        """Whether jobs run or wait."""
        return self.board.busy

    @property
    def form(self) -> SignForm | None:
        """The form for signing, while it is open."""
        return self.signing.form

    def take(self, act: str, paths: Sequence[str]) -> None:
        """Sign or verify as ``act`` says; if it is empty, what has a signature is verified, else signed.

        Verifying needs no vault. Files to be signed wait while it is locked, and `unlock_wanted` is emitted.
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
        """Ask for files whose signatures are to be checked."""
        ask_for_files(self, title="Files or signatures to check", chosen=self._verify_chosen)

    def _sign_chosen(self, paths: Sequence[str]) -> None:
        self.take(Act.SIGN, paths)

    def _verify_chosen(self, paths: Sequence[str]) -> None:
        self.take(Act.VERIFY, paths)

    def _looked(self, looked: Looked) -> None:
        if looked.refused:
            self.list.add_ended(refused_job(Act.SIGN if looked.to_sign else Act.VERIFY, looked.refused))
        if looked.to_verify:
            if self._desk.session is None:
                self.banner.show_message("", NOT_RECORDED, kind="neutral")
            paths = tuple(each.path for each in looked.to_verify)
            self.board.submit(Order(Act.VERIFY, paths, signatures=tuple(each.signature for each in looked.to_verify)))
        if looked.to_sign:
            self.signing.open(looked.to_sign, self._key)

    def _sign_by_card(self) -> None:
        """Sign what waits with a card that is here; nothing of it is recorded."""
        waiting, self._waiting = self._waiting, []
        self.banner.hide()
        if waiting:
            self.signing.open([path for _, paths in waiting for path in paths])

    def _ask_other_key(self, _: Job, result: Result) -> None:
        self.list.remove_result(result)
        self.take(Act.SIGN, result.paths)

    def _ask_signature(self, job: Job, result: Result) -> None:
        self._asked = (job, result)
        kinds = "Signatures (*.sig);;All files (*)"
        title = f"Signature of {name_of(result.paths)}"
        folder = result.paths[0].rpartition("/")[0]
        ask_for_a_file(self, title=title, folder=folder, kinds=kinds, chosen=self._signature_chosen)

    def _signature_chosen(self, path: str) -> None:
        asked, self._asked = self._asked, None
        if asked is not None:
            self._acts.again(*asked, lambda order: replace(order, signatures=(path,)))

    def _ask_trust(self, job: Job, result: Result) -> None:
        self._asked = (job, result)
        kinds = "Public keys (*.pub *.pem *.crt *.cer *.der);;All files (*)"
        ask_for_a_file(self, title="Public key of the signer", folder=home(), kinds=kinds, chosen=self._trust_chosen)

    def _trust_chosen(self, path: str) -> None:
        asked, self._asked = self._asked, None
        if asked is not None:
            self._acts.again(*asked, lambda order: replace(order, trust=(*order.trust, path)))

    def _show_details(self, job: Job, result: Result) -> None:
        if result.verification is not None:
            body = VerdictBody(self._theme, result.verification, recorded=job.recorded)
            self.panel.open_with(name_of(result.paths), body, take_focus=False)

    def _show_error(self, error: SignetError) -> None:
        if not gave_up(error):
            self.banner.show_error(error)

    def _unlocked(self) -> None:
        self.banner.hide()
        waiting, self._waiting = self._waiting, []
        for act, paths in waiting:
            self.take(act, paths)

    def _locked(self, _: str) -> None:
        self.panel.close_panel()
        self.banner.hide()
