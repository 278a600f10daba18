"""What happens in the window as a whole: which state it is in, what goes from page to page, when it locks."""

from __future__ import annotations

import os
from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer

from signet.formats.header import MethodKind
from signet.gui.background import Background
from signet.gui.book import Book
from signet.gui.desk import Desk
from signet.gui.drop import EDIT, Act
from signet.gui.instance import Request
from signet.gui.outside import OutsideDocuments
from signet.gui.places import PLACES
from signet.gui.prompt import WindowPrompt
from signet.gui.prompt_panel import PromptPanel
from signet.gui.setup.assistant import SetupAssistant
from signet.gui.summary import Summary, read_summary
from signet.gui.tasks import Tasks
from signet.gui.theme import Theme
from signet.gui.unlock import UnlockScreen
from signet.gui.upkeep import Upkeep
from signet.gui.watch import Watch
from signet.gui.widgets.buttons import plain_button
from signet.gui.window import MainWindow
from signet.services.places import VAULT_SUFFIX

_OPENED_BY = {
    MethodKind.PASSPHRASE: "Opened by passphrase",
    MethodKind.RECOVERY_CODE: "Opened by recovery code",
    MethodKind.RECOVERY_SHARES: "Opened by recovery shares",
}
_LOCKED = "The vault is locked"


class Conductor(QObject):
    """Joins the window with desk, prompt and watch; made once, after the first paint."""

    def __init__(
        self, window: MainWindow, *, desk: Desk, prompt: WindowPrompt, tasks: Tasks, theme: Theme, watch: Watch
    ) -> None:
        super().__init__(window)
        self._window, self._desk, self._prompt, self._tasks, self._theme = window, desk, prompt, tasks, theme
        self._watch = watch
        self.book = Book(desk, tasks, theme, self)
        self.upkeep = Upkeep(desk, tasks, self)
        self._unlock: UnlockScreen | None = None
        self._assistant: SetupAssistant | None = None
        self._documents: OutsideDocuments | None = None
        self._waiting: list[tuple[str, tuple[str, ...]]] = []
        self._summarising = False
        self.background = Background(window, tasks, prompt, self.book, self)
        self._rest = QTimer(self)
        self._rest.setInterval(0)
        self._rest.timeout.connect(self._make_rest)
        self.prompt_panel = PromptPanel(theme, prompt, window)
        self.book.made.connect(window.add_page)
        self.book.wanted.connect(self.go_to)
        self.book.counted.connect(window.sidebar.set_count)
        self.book.default_key_changed.connect(self._show_default)
        desk.unlocked.connect(self._unlocked)
        desk.locked.connect(self._locked)
        desk.changed.connect(self._summarise)
        desk.vault_chosen.connect(self._show_vault)
        prompt.noted.connect(self._note)
        prompt.waits.changed.connect(self._show_wait)
        window.wait_banner.given_up.connect(prompt.waits.give_up)
        watch.lock_wanted.connect(self._lock)
        watch.card_changed.connect(self._show_card)
        watch.ticked.connect(self._show_card)
        window.lock_asked.connect(self.ask_to_lock)
        window.page_asked.connect(self.go_to)
        window.back_wanted.connect(self._step_back)
        window.dropped.connect(self._dropped)
        window.closing.connect(self._close)
        window.stop_jobs.lock_confirmed.connect(self._lock_now)

    def start(self, request: Request) -> None:
        """Show what comes first: the unlock screen of the vault asked for, or the assistant if there is none."""
        places = self._desk.workplace.places
        vaults = places.vaults()
        if request.vault:
            self._desk.choose_vault(places.resolve(request.vault))
        elif vaults:
            self._desk.choose_vault(max(vaults, key=_last_use))
        if self._desk.vault_path:
            self._show_unlock()
        else:
            self.show_setup()
        self._keep(request)

    def open_request(self, request: Request) -> None:
        """Do what a later start of Signet asks: another vault, some files; and come to the front."""
        self.background.come_back()
        if request.vault:
            path = self._desk.workplace.places.resolve(request.vault)
            if path != self._desk.vault_path:
                self._desk.choose_vault(path)
                self._show_unlock()
        self._keep(request)

    def show_setup(self) -> None:
        """Begin a new vault."""
        self._assistant = SetupAssistant(self._desk, self._tasks, self._theme)
        self._assistant.cancelled.connect(self._setup_cancelled)
        self._window.set_state("setup", self._assistant)
        self._assistant.begin()

    def go_to(self, key: str) -> None:
        """Show a page, made when it is first asked for."""
        self.book.page(key)
        self._window.show_page(key)

    def ask_to_lock(self) -> None:
        """Lock at the person's wish; ask first if jobs run."""
        if self._desk.session is None:
            return
        if self._tasks.busy:
            self._window.stop_jobs.ask_to_lock(self._tasks.count)
        else:
            self._lock_now(False)

    def take(self, act: str, paths: Sequence[str]) -> None:
        """Take what was dropped or given; without a tile's act the Files page does what fits.

        While the vault is locked documents are checked all the same; everything else waits.
        """
        if self._desk.session is None:
            if act == Act.VERIFY:
                self._outside().take(act, paths)
                return
            if (act, tuple(paths)) not in self._waiting:  # somebody who clicks twice wants it once
                self._waiting.append((act, tuple(paths)))
            named = {path for _, waiting in self._waiting for path in waiting}
            what = f"“{os.path.basename(paths[0])}” waits" if len(named) == 1 else f"{len(named)} files wait"
            sentence = f"{what} here until the vault is open."
            by_card = None
            if act == Act.SIGN:
                by_card = plain_button("Sign with a card", name="Sign with a card, without the vault")
                by_card.clicked.connect(self._sign_by_card)
            self._window.banner.show_message("Unlock first", sentence, by_card, kind="accent")
            return
        self.book.take(act, list(paths))

    def show_outside(self) -> None:
        """Show the page Documents without a vault."""
        self._outside().take("", ())

    def _outside(self) -> OutsideDocuments:
        """Documents while the vault is locked, shown."""
        if self._documents is None:
            self._documents = OutsideDocuments(self._desk, self._tasks, self._theme)
            self._documents.back_wanted.connect(self._leave_outside)
            self._window.set_state("outside", self._documents)
        self._window.set_state("outside")
        return self._documents

    def _sign_by_card(self) -> None:
        """Sign what waits with a card that is here."""
        paths = [path for act, waiting in self._waiting if act == Act.SIGN for path in waiting]
        self._waiting = [each for each in self._waiting if each[0] != Act.SIGN]
        self._window.banner.close_message()
        self._outside().sign_by_card(paths)

    def _leave_outside(self) -> None:
        """Back to unlocking, or to the assistant where there is no vault; the document stays as it is."""
        self._window.set_state("setup" if self._assistant is not None else "unlock")

    def _step_back(self) -> None:
        """From a document to the list. The window hears of Escape wherever the focus is, also beside every page."""
        state = self._window.state
        if state == "outside" and self._documents is not None:
            self._documents.page.step_back()
        elif state == "open" and self._window.page == "documents":
            self.book.step_back()

    def _dropped(self, act: str, paths: list[str]) -> None:
        """Beside every tile the shown page decides: on People it is somebody's key, on Documents it is looked at."""
        beside = self._window.page if not act and self._desk.session is not None else ""
        if beside == "documents":
            self.book.look_at(paths)
        elif not act and self._window.state == "outside":
            self._outside().take("", paths)
        else:
            self.take(Act.ADD_PERSON if beside == "people" else act, paths)

    def _keep(self, request: Request) -> None:
        if request.paths:
            self.take(request.act if request.act in (*Act, EDIT) else "", request.paths)

    def _make_rest(self) -> None:
        """Make the pages that nobody asked for yet, one for each turn of the event loop."""
        if not self.book.make_next():
            self._rest.stop()

    def _show_unlock(self) -> None:
        if self._unlock is None:
            self._unlock = UnlockScreen(self._desk, self._tasks, self._theme)
            self._unlock.new_vault_wanted.connect(self.show_setup)
            self._unlock.document_wanted.connect(self.show_outside)
            self._window.set_state("unlock", self._unlock)
        else:
            self._window.set_state("unlock")
        self._show_vault(self._desk.vault_path)

    def _setup_cancelled(self) -> None:
        """Go back to a vault, if there is one; else the assistant begins anew."""
        self._assistant = None
        if self._desk.vault_path:
            self._show_unlock()
        else:
            self.show_setup()

    def _show_vault(self, path: str) -> None:
        name = os.path.basename(path).removesuffix(VAULT_SUFFIX)
        self._window.sidebar.show_vault(name)
        self._window.setWindowTitle(f"{name} - Signet" if name else "Signet")

    def _unlocked(self) -> None:
        self._assistant = None
        self._show_vault(self._desk.vault_path)
        self._window.banner.close_message()
        self._show_default(self._desk.workplace.settings.default_key)
        self.go_to(self._window.page or PLACES[0].key)
        self._window.set_state("open")
        self._window.sidebar.focus_current()
        self._summarise()
        self._rest.start()
        self._take_in()
        waiting, self._waiting = self._waiting, []
        for act, paths in waiting:
            self.take(act, paths)

    def _take_in(self) -> None:
        """A document that was looked at while the vault was locked goes on in the open vault, checked anew."""
        outside = self._documents
        if outside is not None and outside.document:
            self._waiting.insert(0, (Act.VERIFY, (outside.document,)))
            outside.page.show_list()

    def _show_default(self, alias: str) -> None:
        self._window.drop_overlay.default_key = alias

    def _locked(self, reason: str) -> None:
        self._prompt.leave_alone(self._tasks.threads)
        self._show_unlock()
        if reason:
            self._window.banner.show_message(_LOCKED, reason, kind="neutral")

    def _lock(self, reason: str, stop_jobs: bool) -> None:
        self._desk.lock(reason, cancel=stop_jobs)

    def _lock_now(self, stop_jobs: bool) -> None:
        self._desk.lock("", cancel=stop_jobs)

    def _note(self, sentence: str) -> None:
        """Say it above the pages; the unlock screen and the assistant say it themselves."""
        if self._window.state == "open":
            self._window.banner.show_message("", sentence, kind="accent")

    def _show_wait(self) -> None:
        self._window.wait_banner.show_wait(self._prompt.waits.current)

    def _show_card(self) -> None:
        session = self._desk.session
        if session is None:
            return
        card, left = self._watch.card, self._watch.idle_left
        locks = "" if left is None else f"\nlocks in {left // 60}:{left % 60:02d}"
        if card is None:
            self._window.sidebar.card_box.show_card(
                session.method.label, _OPENED_BY.get(session.method.kind, "Opened") + locks, on=True
            )
        elif card.present:
            self._window.sidebar.card_box.show_card(card.label, "Card in the reader" + locks, on=True)
        else:
            self._window.sidebar.card_box.show_card(card.label, "Taken out, locks at once", on=False)

    def _summarise(self) -> None:
        session = self._desk.session
        if session is None or self._summarising:
            return
        self._summarising = True
        self._show_card()
        self._tasks.run(
            lambda _: read_summary(session), done=self._summarised, failed=self._not_summarised, quiet=True
        )

    def _summarised(self, summary: Summary) -> None:
        self._summarising = False
        if self._desk.session is None:
            return
        self._window.sidebar.set_count("keys", summary.keys)
        self._window.sidebar.set_count("cards", summary.ways)
        self._window.show_status(*summary.sentences())

    def _not_summarised(self, _: object) -> None:
        """The page that is shown tells what is wrong; this is only the margin."""
        self._summarising = False

    def _close(self) -> None:
        self._rest.stop()
        self._prompt.close()
        self._tasks.close()
        self.book.close()
        if self._documents is not None:
            self._documents.close_document(at_once=True)
        if self._assistant is not None:
            self._assistant.abandon()
        self._desk.close()


def _last_use(vault: str) -> float:
    """When a vault was last open: each opening takes its lock file."""
    try:
        return os.stat(os.path.join(vault, "lock")).st_mtime
    except OSError:
        return 0.0
