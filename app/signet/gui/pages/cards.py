"""Cards & recovery: every way into the vault, whether one would still get in, backups, and help in trouble."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from signet.errors import SignetError
from signet.gui.administration import Administration
from signet.gui.design import SPACE
from signet.gui.desk import Desk
from signet.gui.pages import times
from signet.gui.pages.cards_add import AddPanel, Kind
from signet.gui.pages.cards_backup import BackupPanel
from signet.gui.pages.cards_concerns import ConcernList
from signet.gui.pages.cards_drill import DrillPanel
from signet.gui.pages.cards_events import EventTiles
from signet.gui.pages.cards_health import HealthPanel
from signet.gui.pages.cards_left import CopiesLeftPanel, KeysLeftPanel
from signet.gui.pages.cards_look import CardsLook, look_at_ways
from signet.gui.pages.cards_lost import LostPanel
from signet.gui.pages.cards_panel import Bench, PanelBody, PanelHost
from signet.gui.pages.cards_pin import PinPanel
from signet.gui.pages.cards_present import PresentCard, PresentCards
from signet.gui.pages.cards_remove import MasterPanel, RemovePanel
from signet.gui.pages.cards_renewal import RenewalPanel
from signet.gui.pages.cards_rows import PIN, REMOVE, TEST, WayRows
from signet.gui.pages.cards_test import TestPanel
from signet.gui.pages.log_acts import sign_log
from signet.gui.pin_desk import RefusedPuks
from signet.gui.tasks import Tasks
from signet.gui.theme import Theme
from signet.gui.widgets.banner import Banner
from signet.gui.widgets.buttons import plain_button, primary_button
from signet.gui.widgets.header import PageHeader
from signet.gui.widgets.section import Section
from signet.gui.widgets.text import label
from signet.services.attention import Attention, Concern
from signet.services.session import Session

LOOK_MILLISECONDS = 2500


class CardsPage(QWidget):
    """Reads a snapshot on every change and, while it is shown, follows the cards."""

    key_wanted = Signal(str)
    """Carries the id of a key that the person is sent to."""
    document_wanted = Signal(str)
    """Carries the path of a signed document that is to be extended."""

    def __init__(self, desk: Desk, tasks: Tasks, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("cards-page")
        self.setProperty("kind", "page")
        self._desk, self._tasks, self._theme = desk, tasks, theme
        self._bench = Bench(desk, tasks, theme, Administration(desk, tasks, self))
        self._look: CardsLook | None = None
        self._looking = self._stale = False
        self._refused = RefusedPuks()
        self.add = primary_button("Add a way in…")
        self.add.setObjectName("cards-add")
        self.back_up = plain_button("Backups…")
        self.back_up.setObjectName("cards-backups")
        self.drill = plain_button("Practise losing the card…")
        self.drill.setObjectName("cards-drill")
        self.header = PageHeader("Cards & recovery", self.back_up, self.add)
        self.result = Banner(theme, "ok")
        self.verdict = Banner(theme, "ok", closable=False)
        self.concerns = ConcernList(theme)
        self.rows = WayRows(theme)
        self.present = PresentCards(theme)
        self.events = EventTiles()
        self._foot = label("", "small", wrap=True, selectable=True)
        self.host = PanelHost(self._bench, self._left())
        self.panel = self.host.panel
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.host)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MILLISECONDS)
        self._timer.timeout.connect(self.refresh)
        self._connect()
        self.refresh()

    @property
    def look(self) -> CardsLook | None:
        """What was last seen of the open vault; None before that."""
        return self._look

    @property
    def body(self) -> PanelBody | None:
        """The panel that is open; None if none is."""
        return self.host.body

    def refresh(self) -> None:
        """Read the snapshot anew."""
        session = self._desk.session
        if session is None or self._bench.administration.running:
            return
        if self._looking:
            self._stale = True
            return
        self._looking = True

        def not_looked(error: SignetError) -> None:
            self._not_looked(session, error)

        self._tasks.run(lambda _: look_at_ways(session), done=self._looked, failed=not_looked, quiet=True)

    def open_add(self, kind: Kind = Kind.CARD) -> None:
        """Open the panel that adds a way in."""
        body = AddPanel(self._bench, kind)
        body.turned.connect(self.refresh)
        self.open_panel("Add a way in", body)

    def open_test(self, way_id: str) -> None:
        """Open the panel that tests a way in."""
        way = self._look.way_of(way_id) if self._look else None
        if way is not None:
            self.open_panel(f"Test “{way.label}”", TestPanel(self._bench, way))

    def open_pin(self, way_id: str) -> None:
        """Open the panel that changes a card's PIN, or unblocks it."""
        way = self._look.way_of(way_id) if self._look else None
        if way is not None:
            self.open_panel(f"PIN of “{way.label}”", PinPanel(self._bench, way.id, self._refused))

    def open_remove(self, way_id: str) -> None:
        """Open the panel that removes a way in."""
        way = self._look.way_of(way_id) if self._look else None
        if self._look is not None and way is not None:
            self.open_panel(f"Remove “{way.label}”", RemovePanel(self._bench, self._look, way_id))

    def open_lost(self) -> None:
        """Open the assistant for a lost card."""
        if self._look is not None:
            body = LostPanel(self._bench, self._look)
            body.keys_left.connect(partial(self.open_keys_left, after=True))
            self.open_panel("I lost a card", body)

    def open_renewal(self) -> None:
        """Open the assistant for a new card, at the step that is due."""
        if self._look is not None:
            body = RenewalPanel(self._bench, self._look)
            body.turned.connect(self.refresh)
            self.open_panel("I have a new card", body)

    def open_keys_left(self, *, after: bool = False) -> None:
        """Open the panel that renews what the finder of a lost card may know."""
        self.open_panel("Renew keys and files", KeysLeftPanel(self._bench), after=after)

    def open_copies_left(self) -> None:
        """Open the panel that deletes copies which a removed way in still opens."""
        self.open_panel("Delete older copies", CopiesLeftPanel(self._bench))

    def open_master(self) -> None:
        """Open the panel for a new master key."""
        self.open_panel("New master key", MasterPanel(self._bench))

    def open_drill(self) -> None:
        """Open the panel of the recovery drill."""
        if self._look is None:
            return
        body = DrillPanel(self._bench, self._look)
        body.left.connect(self.host.close_panel)
        if self.open_panel("Practise losing the card", body):
            body.enter()

    def open_health(self, card: PresentCard) -> None:
        """Open the panel that tests what a card can do, way in or not."""
        self.open_panel(f"Test what “{card.token.label}” can do", HealthPanel(self._bench, card))

    def open_backups(self) -> None:
        """Open the panel for backups."""
        body = BackupPanel(self._bench)
        body.restore_wanted.connect(self._lock_to_restore)
        self.open_panel("Backups", body)

    def open_panel(self, title: str, body: PanelBody, *, after: bool = False) -> bool:
        """Open a panel beside the page; False, and ``body`` is gone, while a change is under way.

        ``after`` keeps what was said of the change before, which this panel follows from.
        """
        if not self.host.open(title, body, self._look):
            return False
        self.result.setVisible(after and not self.result.isHidden())
        return True

    def showEvent(self, event: QShowEvent) -> None:
        """Follow the cards while the page is shown."""
        super().showEvent(event)
        self.refresh()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Follow them no more."""
        super().hideEvent(event)
        self._timer.stop()

    def _connect(self) -> None:
        self._desk.changed.connect(self.refresh)
        self._desk.unlocked.connect(self.refresh)
        self._desk.locked.connect(self._locked)
        self.add.clicked.connect(self._open_add)
        self.back_up.clicked.connect(self.open_backups)
        self.drill.clicked.connect(self.open_drill)
        self.events.started.connect(self._start)
        self.rows.wanted.connect(self._wanted)
        self.present.wanted.connect(self.open_health)
        self.concerns.wanted.connect(self._see_to)
        self.host.finished.connect(self._finished)

    def _left(self) -> QWidget:
        """The page itself, beside which panels open."""
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, SPACE.wide)
        column.setSpacing(0)
        column.addWidget(self.rows)
        below = QVBoxLayout()
        below.setContentsMargins(SPACE.wide, SPACE.wide, SPACE.wide, 0)
        below.setSpacing(SPACE.wide)
        below.addWidget(Section("Cards that are here now", self.present))
        below.addWidget(Section("When something happens", self.events))
        below.addWidget(self._foot)
        column.addLayout(below)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        for part in (self.result, self.verdict, self.concerns):
            self.header.add_below(part)
        left = QWidget()
        lines = QVBoxLayout(left)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addWidget(self.header)
        lines.addWidget(scroll, 1)
        return left

    def _looked(self, look: CardsLook) -> None:
        self._looking = False
        if self._desk.session is None:
            return
        before, self._look = self._look, look
        told = look.verdict
        self.verdict.show_message(told.title, f"{told.sentence} {told.keys}".rstrip(), self.drill, kind=told.kind)
        if before is None or (before.attention, before.verdict.kind) != (look.attention, look.verdict.kind):
            self.concerns.show_look(look)
        self.rows.show_rows(look.rows)
        self.present.show_cards(look.cards)
        self.present.show_trouble(look.cards_trouble)
        backup = "never" if look.last_elsewhere is None else times.ago(look.last_elsewhere, look.now)
        self._foot.setText(f"Vault fingerprint {look.fingerprint}  ·  last backup in a second place: {backup}")
        if self.body is not None:
            self.body.show_look(look)
        if self._stale:
            self._stale = False
            self.refresh()

    def _not_looked(self, session: Session, error: SignetError) -> None:
        self._looking = False
        if self._desk.session is session:
            self.result.show_error(error)
        else:  # it was closed, perhaps for one that a new card opened
            self._stale = False
            self.refresh()

    def _wanted(self, act: str, way_id: str) -> None:
        """Do what a row's button says."""
        if act == TEST:
            self.open_test(way_id)
        elif act == PIN:
            self.open_pin(way_id)
        elif act == REMOVE:
            self.open_remove(way_id)

    def _see_to(self, attention: Attention) -> None:
        """Do what the button of a concern says."""
        if attention.concern is Concern.NOT_PROVEN and attention.way is not None:
            self.open_test(attention.way.id)
            return
        if attention.concern is Concern.PROOF_ENDS:
            self.document_wanted.emit(attention.path)
            return
        if attention.key_id:
            self.key_wanted.emit(attention.key_id)
            return
        opens: dict[Concern, Callable[[], object]] = {
            Concern.OLD_BACKUP_ELSEWHERE: self.open_backups,
            Concern.NO_BACKUP_ELSEWHERE: self.open_backups,
            Concern.RENEWAL: self.open_renewal,
            Concern.EXPOSED_KEYS: self.open_keys_left,
            Concern.OLD_COPIES: self.open_copies_left,
            Concern.CHECKPOINT_DUE: partial(sign_log, self._desk, self._tasks, self.result),
        }
        opens[attention.concern]()

    def _start(self, key: str) -> None:
        """Do what a tile says."""
        opens = {"lost": self.open_lost, "new": self.open_renewal, "copied": self.open_master}
        opens[key]()

    def _open_add(self) -> None:
        self.open_add()

    def _finished(self, title: str, sentence: str) -> None:
        self.result.show_message(title, sentence, kind="ok")
        self.refresh()

    def _locked(self, _: str) -> None:
        self.host.close_panel()
        self.result.hide()
        self._look = None

    def _lock_to_restore(self) -> None:
        self.host.close_panel()
        self._desk.lock_to_restore()
