"""Conducts signing on the page Documents: reads what there is to choose, opens the panel, signs, and keeps the form
until it is signed, so that a wrong PIN or a service that does not answer costs nobody what was filled in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import shiboken6
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from signet.documents.pdf_facts import PdfFacts
from signet.errors import OutputExists, SignetError
from signet.gui.desk import Desk
from signet.gui.pages.choosing import ask_where_to_save
from signet.gui.pages.documents_preview import PageView
from signet.gui.pages.documents_sign import SignForm
from signet.gui.pages.documents_sign_locked import PasswordKeeper
from signet.gui.pages.documents_sign_remembered import choices_of, remembering
from signet.gui.pages.documents_sign_work import CardSigner, SignLook, look_to_sign, services_of
from signet.gui.pages.jobs import JobBoard
from signet.gui.pages.jobs_keys import AbleKeys, make_first_key
from signet.gui.pages.jobs_list import JobList
from signet.gui.pages.jobs_words import name_of
from signet.gui.pages.key_host import gave_up
from signet.gui.pages.settings_parts import Saver
from signet.gui.pages.stamp_overlay import StampOverlay
from signet.gui.pages.stamp_picture import text_of
from signet.gui.tasks import TaskContext, Tasks
from signet.gui.theme import Theme
from signet.gui.widgets.side_panel import SidePanel
from signet.keys.model import Key
from signet.keys.state import Operation
from signet.secret import Secret
from signet.services import timestamps
from signet.services.job import Act, Job, JobState, Order
from signet.services.pdf_documents import look_at_pdf


class Signing(QObject):
    """One for a page. `open` begins; everything after that the person does."""

    certificate_wanted = Signal(str)
    """Carries the id of a key that is to have a certificate."""
    failed = Signal(object)
    """Carries a SignetError that no form can show."""

    def __init__(
        self, desk: Desk, tasks: Tasks, theme: Theme, board: JobBoard, shown: JobList, panel: SidePanel, page: QWidget
    ) -> None:
        super().__init__(page)
        self._desk, self._tasks, self._theme, self._page = desk, tasks, theme, page
        self._board, self._list, self._panel = board, shown, panel
        self._saver = Saver(desk.workplace, tasks, self)
        self._able = AbleKeys(Operation.SIGN)
        self._passwords = PasswordKeeper(desk.workplace.prompt, self)
        self._reasons: dict[str, str] = {}
        self._form: SignForm | None = None
        self._job = 0
        self._view: PageView | None = None
        self._overlay: StampOverlay | None = None
        self._saver.failed.connect(self.failed)
        board.ended.connect(self._ended)
        panel.closed.connect(self._closed)

    @property
    def form(self) -> SignForm | None:
        """The form, while it is open."""
        return self._form if self._form is not None and shiboken6.isValid(self._form) else None

    @property
    def overlay(self) -> StampOverlay | None:
        """The stamp on the pages, while there are pages to put one on."""
        return self._overlay

    def open(self, paths: Sequence[str], key: str = "", password: Secret | None = None) -> None:
        """Ask how these files are to be signed; ``key`` is the id of the one to begin with, "" for the last one.

        ``password`` is that of a single PDF, if it is known already; it is taken over.
        """
        session, wanted = self._desk.session, tuple(paths)
        self._passwords.forget()
        if password is not None:
            self._passwords.keep(wanted[0], password.copy())
        workplace, able = self._desk.workplace, self._able

        def read(context: TaskContext) -> SignLook:
            try:
                return look_to_sign(
                    workplace, session, wanted, able=able, password=password, cancelled=context.cancelled
                )
            finally:
                if password is not None:
                    password.wipe()

        def done(look: SignLook) -> None:
            if shiboken6.isValid(self) and self._desk.session is session:
                self._show(look, key)

        self._tasks.run(read, done=done, failed=self._fail)

    def show_on(self, view: PageView | None) -> None:
        """Put stamps on the pages of this view, which shows the one file that is signed; None for on none."""
        self._drop_overlay()
        self._view = view
        self._lay_over()

    def _show(self, look: SignLook, key: str) -> None:
        signing = self._desk.workplace.settings.signing
        choices = choices_of(signing, self._vault_id)
        if key:
            choices = replace(choices, key=key)
        form = SignForm(self._theme, look, choices, self._reasons.get(self._vault_id, ""))
        form.sign_wanted.connect(self._sign)
        form.stop_wanted.connect(self._stop)
        form.place_wanted.connect(self._ask_place)
        form.first_wanted.connect(self._make_first)
        form.certificate_wanted.connect(self._want_certificate)
        form.service_wanted.connect(self._name_service)
        form.looks_changed.connect(self._show_stamp)
        form.password_given.connect(self._open_pdf)
        self._job = 0
        buttons = (form.stop_button, form.button)
        self._panel.open_with(f"Sign {name_of(look.paths)}", form, *buttons, focus=form.focus_at)
        self._form = form
        self._lay_over()

    @property
    def _vault_id(self) -> str:
        session = self._desk.session
        return session.vault_id if session is not None else ""

    def _sign(self) -> None:
        form = self.form
        key = form.chooser.current if form is not None else None
        if form is None or key is None:
            return
        self._reasons[self._vault_id] = form.pdf.reason.text().strip()
        self._saver.set(signing=remembering(self._desk.workplace.settings.signing, self._vault_id, form.choices))
        card = key.token if isinstance(key, CardSigner) else None
        vault = "" if card is not None else self._vault_id
        order = Order(Act.SIGN, form.paths, vault, key.id, key.alias, output=form.output, wish=form.wish, card=card)
        form.set_busy(True)
        self._passwords.make_ready()
        self._job = self._board.submit(order).id

    def _open_pdf(self, password: Secret) -> None:
        """Look at a PDF with its password; if that is right, it is kept until the panel closes."""
        form = self.form
        if form is None:
            return
        path = form.paths[0]

        def looked(facts: PdfFacts | None) -> None:
            if facts is not None and self.form is form:
                self._passwords.keep(path, password)
            else:
                password.wipe()
            if self.form is form:
                form.show_pdf(facts)

        self._tasks.run(lambda _: look_at_pdf(path, password=password), done=looked, failed=self._fail)

    def _stop(self) -> None:
        if self._job:
            self._board.cancel(self._job)

    def _ended(self, job: Job) -> None:
        """Close the form once all is signed; with one file that is not, say why in it, and let it be tried again."""
        form = self.form
        if form is None or not self._job or job.id != self._job:
            return
        self._job = 0
        errors = [job.error, *(item.error for item in job.items)]
        error = next((each for each in errors if each is not None), None)
        alone = len(form.paths) == 1 or job.error is not None or job.state is JobState.CANCELLED
        if error is None and job.state is JobState.DONE:
            self._panel.close_panel()
        elif not alone or isinstance(error, OutputExists):
            self._panel.close_panel()  # the rows say what came of each file, and what can be done
        else:
            self._take_rows_away(job)
            form.set_busy(False)
            if error is not None and not gave_up(error):
                form.banner.show_error(error)
                self._panel.reveal(form.banner)

    def _take_rows_away(self, job: Job) -> None:
        for each in self._list.shown:
            if each.job.id == job.id:
                self._list.remove_result(each.result)

    def _ask_place(self) -> None:
        form = self.form
        if form is not None:
            folder = form.paths[0].rpartition("/")[0]
            name = form.usual_name()
            ending = name.rpartition(".")[2]
            ask_where_to_save(
                self._page,
                title="Where the signature goes",
                folder=folder,
                name=name,
                kinds=f"Signatures (*.{ending});;All files (*)",
                chosen=self._place_chosen,
            )

    def _place_chosen(self, path: str) -> None:
        form = self.form
        if form is not None:
            form.show_place(path)

    def _make_first(self) -> None:
        session, form = self._desk.session, self.form
        if session is not None and form is not None:
            form.first_button.setEnabled(False)
            self._tasks.run(
                lambda _: make_first_key(session, Operation.SIGN), done=self._made_first, failed=self._fail
            )

    def _made_first(self, key: Key) -> None:
        self._desk.note_change()
        form = self.form
        if form is not None:
            self.open(form.paths, key.id)

    def _want_certificate(self, key: object) -> None:
        if isinstance(key, Key):
            self.certificate_wanted.emit(key.id)

    def _name_service(self, address: str) -> None:
        """Name a time-stamp service in the settings; nobody is asked anything on the network."""
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

    def _fail(self, error: SignetError) -> None:
        form = self.form
        if gave_up(error):
            return
        if form is None:
            self.failed.emit(error)
        else:
            form.first_button.setEnabled(True)
            form.banner.show_error(error)
            self._panel.reveal(form.banner)

    def _lay_over(self) -> None:
        """Put the stamp on the pages, if both are there."""
        form, view = self.form, self._view
        if form is None or view is None or not shiboken6.isValid(view) or not form.look.pdfs:
            return
        if self._overlay is None:
            self._overlay = StampOverlay(self._theme, view)
            self._overlay.placed.connect(form.pdf.stamp.take)
            self._overlay.show()
        self._show_stamp()

    def _show_stamp(self) -> None:
        form, overlay = self.form, self._overlay
        if form is None or overlay is None:
            return
        wish = form.pdf.wish
        text = text_of(form.sign_as.name, form.look.now, reason=wish.reason, place=wish.place)
        inside = not form.pdf.isHidden()
        overlay.setVisible(inside and not form.pdf.stamp.field)
        overlay.show_stamp(form.pdf.stamp.stamp if inside else None, text)

    def _drop_overlay(self) -> None:
        overlay, self._overlay = self._overlay, None
        if overlay is not None and shiboken6.isValid(overlay):
            overlay.hide()
            overlay.deleteLater()

    def _closed(self) -> None:
        self._form = None
        self._job = 0
        self._passwords.forget()
        self._drop_overlay()
