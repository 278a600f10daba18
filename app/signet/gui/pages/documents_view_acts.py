"""What can be done about the document that is looked at: another signature file, a key, trust, a report."""

from __future__ import annotations

import os

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from signet.errors import SignetError
from signet.gui.desk import Desk
from signet.gui.pages.choosing import ask_for_a_file, ask_where_to_save, home
from signet.gui.pages.documents_report import kinds, report_as_pdf, report_of, suggested_name
from signet.gui.pages.documents_view import DocumentView
from signet.gui.pages.documents_view_next import Next
from signet.gui.pages.documents_view_trust import open_issuer, open_signer
from signet.gui.pages.documents_work import CheckedDocument
from signet.gui.pages.key_host import KeyHost
from signet.gui.tasks import TaskContext, Tasks
from signet.gui.widgets.banner import Banner
from signet.gui.widgets.buttons import plain_button
from signet.services.signature_report import basis_of, write_report
from signet.services.verdicts import SignatureView
from signet.services.verification_report import report_text

UNLOCK = "Whom you trust is written down in the vault: unlock it first."
SIGNATURES = "Signatures (*.sig *.p7s *.minisig);;All files (*)"
KEYS = "Public keys (*.pub *.pem *.crt *.cer *.der);;All files (*)"


class ViewActs(QObject):
    """Answers to what the view and its panel ask for."""

    extend_wanted = Signal(str)
    """Carries the path of what is to be extended."""

    def __init__(
        self, desk: Desk, tasks: Tasks, view: DocumentView, panel: KeyHost, banner: Banner, page: QWidget
    ) -> None:
        super().__init__(page)
        self._desk, self._tasks = desk, tasks
        self._view, self._panel, self._banner, self._page = view, panel, banner, page
        self._reported: CheckedDocument | None = None
        view.wanted.connect(self.do)
        view.report_wanted.connect(self._ask_report)
        view.changed.connect(self._say_changed)

    def do(self, act: Next, signature: SignatureView | None) -> None:
        """Do what a button in the panel says."""
        opened = self._view.opened
        if opened is None:
            return
        if act is Next.EXTEND:
            if self._view.result is not None:
                self.extend_wanted.emit(self._view.result.verification.signature_path)
        elif act is Next.AGAIN:
            self._view.check_again()
        elif act is Next.CHOOSE:
            folder = os.path.dirname(opened.path)
            title = f"Signature of {os.path.basename(opened.path)}"
            ask_for_a_file(self._page, title=title, folder=folder, kinds=SIGNATURES, chosen=self._signature_chosen)
        elif act is Next.GIVE_KEY:
            ask_for_a_file(
                self._page, title="Public key of the signer", folder=home(), kinds=KEYS, chosen=self._key_chosen
            )
        elif self._desk.session is None:
            self._banner.show_message("Unlock first", UNLOCK, kind="accent")
        elif signature is not None and act is Next.TRUST_SIGNER:
            open_signer(self._panel, signature, self._trusted)
        elif signature is not None:
            open_issuer(self._panel, signature, self._trusted)

    def _say_changed(self) -> None:
        again = plain_button("Check again")
        again.clicked.connect(self._again)
        self._banner.show_message(
            "The file was changed", "What stands here is about the file before.", again, kind="warn"
        )

    def _again(self) -> None:
        self._banner.hide()
        self._view.check_again()

    def _signature_chosen(self, path: str) -> None:
        self._view.check_again(signature=path)

    def _key_chosen(self, path: str) -> None:
        opened = self._view.opened
        if opened is not None:
            self._view.check_again(trust=(*opened.trust, path))

    def _trusted(self) -> None:
        """Somebody is trusted now: the verdict may be another."""
        if self._view.opened is not None and self._view.isVisible():
            self._view.check_again()

    def _ask_report(self) -> None:
        self._reported = self._view.result
        if self._reported is not None:
            path = self._reported.verification.path
            ask_where_to_save(
                self._page,
                title="Where the report goes",
                folder=os.path.dirname(path),
                name=suggested_name(path),
                kinds=";;".join(kinds()),
                chosen=self._report_to,
            )

    def _report_to(self, path: str) -> None:
        result, self._reported = self._reported, None
        if result is None:
            return
        clock = self._desk.workplace.clock

        def work(context: TaskContext) -> str:
            verification = result.verification
            if path.lower().endswith(".json"):
                return write_report(path, report_text(verification).encode("utf-8", "backslashreplace"))
            basis = basis_of(verification.path, verification.signature_path, clock=clock, cancelled=context.cancelled)
            return write_report(path, report_as_pdf(report_of(result, basis)))

        self._tasks.run(work, done=self._wrote, failed=self._not_written)

    def _wrote(self, path: str) -> None:
        self._banner.show_message("The report is saved", f"It is in {path}.", kind="ok")

    def _not_written(self, error: SignetError) -> None:
        self._banner.show_error(error)
