"""Cards & recovery: every way into the vault, whether one would still get in, backups, and help in trouble."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from signet.errors import SignetError
from signet.gui.administration import Administration
from signet.gui.design import SPACE
from signet.gui.desk import Desk
from signet.gui.pages import times
from signet.gui.pages.cards_add import AddPanel, Kind
from signet.gui.pages.cards_backup import BackupPanel
from signet.gui.pages.cards_change import Bench, ChangePanel
from signet.gui.pages.cards_drill import DrillPanel
from signet.gui.pages.cards_events import EventTiles
from signet.gui.pages.cards_look import CardsLook, look_at_ways
from signet.gui.pages.cards_remove import MasterPanel, RemovePanel
from signet.gui.pages.cards_state import Row
from signet.gui.pages.cards_test import TestPanel
from signet.gui.pages.cards_verdict import concern_words, shown_concerns
from signet.gui.tasks import Tasks
from signet.gui.theme import Theme
from signet.gui.widgets.banner import Banner
from signet.gui.widgets.buttons import plain_button, primary_button
from signet.gui.widgets.header import PageHeader
from signet.gui.widgets.section import Section
from signet.gui.widgets.side_panel import SidePanel
from signet.gui.widgets.text import label
from signet.gui.widgets.way_row import WayRow
from signet.services.attention import Concern

LOOK_MILLISECONDS = 2500
_PANEL_WIDTH = 430
_LEAST_WIDTH = 470
"""What the rows need; a page with less beside the panel shows the panel alone."""


class CardsPage(QWidget):
    """Reads a snapshot on every change and, while it is shown, follows the cards."""

    def __init__(self, desk: Desk, tasks: Tasks, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("cards-page")
        self.setProperty("kind", "page")
        self._desk, self._tasks, self._theme = desk, tasks, theme
        self._bench = Bench(desk, tasks, theme, Administration(desk, tasks, self))
        self._look: CardsLook | None = None
        self._looking = self._stale = False
        self._rows: dict[str, WayRow] = {}
        self._shown_rows: tuple[Row, ...] = ()
        self._body: ChangePanel | BackupPanel | None = None
        self.add = primary_button("Add a way in…")
        self.add.setObjectName("cards-add")
        self.back_up = plain_button("Backups…")
        self.back_up.setObjectName("cards-backups")
        self.drill = plain_button("Practise losing the card…")
        self.drill.setObjectName("cards-drill")
        self.header = PageHeader("Cards & recovery", self.back_up, self.add)
        self.result = Banner(theme, "ok")
        self.verdict = Banner(theme, "ok", closable=False)
        self.events = EventTiles()
        self.panel = SidePanel(theme, width=_PANEL_WIDTH, name="Ways in")
        self._left = QWidget()
        self._holder = QWidget()
        self._holder.hide()
        self._concerns = QVBoxLayout()
        self._list = QVBoxLayout()
        self._foot = label("", "small", wrap=True, selectable=True)
        self._build()
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MILLISECONDS)
        self._timer.timeout.connect(self.refresh)
        desk.changed.connect(self.refresh)
        desk.unlocked.connect(self.refresh)
        desk.locked.connect(self._locked)
        self.add.clicked.connect(self._open_add)
        self.back_up.clicked.connect(self.open_backups)
        self.drill.clicked.connect(self.open_drill)
        self.events.started.connect(self._start)
        self.panel.closed.connect(self._panel_closed)
        self.refresh()

    def refresh(self) -> None:
        """Read the snapshot anew."""
        session = self._desk.session
        if session is None or self._bench.administration.running:
            return
        if self._looking:
            self._stale = True
            return
        self._looking = True
        self._tasks.run(lambda _: look_at_ways(session), done=self._looked, failed=self._not_looked, quiet=True)

    def open_add(self, kind: Kind = Kind.CARD) -> None:
        """Open the panel that adds a way in."""
        body = AddPanel(self._bench, kind)
        body.turned.connect(self.refresh)
        self._open("Add a way in", body)

    def open_test(self, way_id: str) -> None:
        """Open the panel that tests a way in."""
        way = self._look.way_of(way_id) if self._look else None
        if way is not None:
            self._open(f"Test “{way.label}”", TestPanel(self._bench, way))

    def open_remove(self, way_id: str = "", *, lost: bool = False) -> None:
        """Open the panel that removes a way in; ``lost`` for a card that is gone."""
        if self._look is None:
            return
        way = self._look.way_of(way_id)
        title = f"Remove “{way.label}”" if way is not None else "I lost a card"
        self._open(title, RemovePanel(self._bench, self._look, way_id, lost=lost))

    def open_master(self) -> None:
        """Open the panel for a new master key."""
        self._open("New master key", MasterPanel(self._bench))

    def open_drill(self) -> None:
        """Open the panel of the recovery drill."""
        if self._look is None:
            return
        body = DrillPanel(self._bench, self._look)
        body.left.connect(self.panel.close_panel)
        self._open("Practise losing the card", body)
        if self._body is body:
            body.enter()

    def open_backups(self) -> None:
        """Open the panel for backups."""
        body = BackupPanel(self._bench)
        body.restore_wanted.connect(self._lock_to_restore)
        self._open("Backups", body)

    def showEvent(self, event: QShowEvent) -> None:
        """Follow the cards while the page is shown."""
        super().showEvent(event)
        self.refresh()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Follow them no more."""
        super().hideEvent(event)
        self._timer.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the panel take the whole page where there is no room for both."""
        super().resizeEvent(event)
        self._share(panel=not self.panel.isHidden())

    def _share(self, *, panel: bool) -> None:
        """Share the width; before the panel opens, lest the window grow for both."""
        narrow = self.width() < _PANEL_WIDTH + _LEAST_WIDTH
        self.panel.setFixedWidth(self.width() if narrow else _PANEL_WIDTH)
        self._left.setVisible(not (narrow and panel))

    def _build(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, SPACE.wide)
        column.setSpacing(0)
        self._list.setSpacing(0)
        self._concerns.setSpacing(SPACE.small)
        column.addLayout(self._list)
        below = QVBoxLayout()
        below.setContentsMargins(SPACE.wide, SPACE.wide, SPACE.wide, 0)
        below.setSpacing(SPACE.wide)
        below.addWidget(Section("When something happens", self.events))
        below.addWidget(self._foot)
        column.addLayout(below)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        self._holder.setLayout(self._concerns)
        self._concerns.setContentsMargins(0, 0, 0, 0)
        self.header.add_below(self.result)
        self.header.add_below(self.verdict)
        self.header.add_below(self._holder)
        left = QVBoxLayout(self._left)
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(0)
        left.addWidget(self.header)
        left.addWidget(scroll, 1)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._left, 1)
        whole.addWidget(self.panel)

    def _looked(self, look: CardsLook) -> None:
        self._looking = False
        if self._desk.session is None:
            return
        before, self._look = self._look, look
        told = look.verdict
        self.verdict.show_message(told.title, f"{told.sentence} {told.keys}".rstrip(), self.drill, kind=told.kind)
        if before is None or (before.attention, before.verdict.kind) != (look.attention, look.verdict.kind):
            self._show_concerns(look)
        if look.rows != self._shown_rows:
            self._show_rows(look.rows)
        backup = "never" if look.last_elsewhere is None else times.ago(look.last_elsewhere, look.now)
        self._foot.setText(f"Vault fingerprint {look.fingerprint}  ·  last backup in a second place: {backup}")
        if self._body is not None:
            self._body.show_look(look)
        if self._stale:
            self._stale = False
            self.refresh()

    def _not_looked(self, error: SignetError) -> None:
        self._looking = False
        if self._desk.session is not None:
            self.result.show_error(error)

    def _show_rows(self, rows: tuple[Row, ...]) -> None:
        """Replace the rows; the focus goes back to the same button of the same row."""
        focused = self.focusWidget()
        name = focused.objectName() if focused is not None and focused.hasFocus() else ""
        for old in self._rows.values():
            self._list.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._rows, self._shown_rows = {}, rows
        for row in rows:
            test = plain_button("Test…", name=f"Test {row.label}")
            test.setObjectName(f"test-{row.id}")
            remove = plain_button("Remove…", name=f"Remove {row.label}")
            remove.setObjectName(f"remove-{row.id}")
            remove.setEnabled(len(rows) > 1)
            test.clicked.connect(self._test_clicked)
            remove.clicked.connect(self._remove_clicked)
            made = WayRow(self._theme, row.icon, row.label, row.caption, test, remove, wrap=True)
            made.setObjectName(f"way-{row.id}")
            made.show_state(row.pill, row.pill_kind)
            self._rows[row.id] = made
            self._list.addWidget(made)
        again = self.findChild(QPushButton, name) if name else None
        if again is not None:
            again.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_concerns(self, look: CardsLook) -> None:
        while (item := self._concerns.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for attention in shown_concerns(look.attention, look.verdict.kind):
            title, sentence = concern_words(attention, look.now)
            banner = Banner(self._theme, "warn", closable=False)
            action: QPushButton | None = None
            if attention.concern is Concern.NO_BACKUP_ELSEWHERE:
                action = plain_button("Back up…")
                action.clicked.connect(self.open_backups)
            elif attention.way is not None:
                action = plain_button("Test…", name=f"Test {attention.way.label} now")
                action.clicked.connect(partial(self._test_way, attention.way.id))
            banner.show_message(title, sentence, action)
            self._concerns.addWidget(banner)
        self._holder.setVisible(self._concerns.count() > 0)

    def _test_way(self, way_id: str, _: bool = False) -> None:
        self.open_test(way_id)

    def _test_clicked(self) -> None:
        sender = self.sender()
        if sender is not None:
            self.open_test(sender.objectName().removeprefix("test-"))

    def _remove_clicked(self) -> None:
        sender = self.sender()
        if sender is not None:
            self.open_remove(sender.objectName().removeprefix("remove-"))

    def _start(self, key: str) -> None:
        if key == "lost":
            self.open_remove(lost=True)
        elif key == "new":
            self.open_add(Kind.CARD)
        else:
            self.open_master()

    def _open_add(self) -> None:
        self.open_add()

    def _open(self, title: str, body: ChangePanel | BackupPanel) -> None:
        if self._bench.administration.running:
            body.deleteLater()
            return
        self._leave()
        self.result.hide()
        self._body = body
        body.finished.connect(self._finished)
        self._share(panel=True)
        self.panel.open_with(title, body, *body.buttons)
        if self._look is not None:
            body.show_look(self._look)

    def _finished(self, title: str, sentence: str) -> None:
        self.panel.close_panel()
        self.result.show_message(title, sentence, kind="ok")
        self.refresh()

    def _leave(self) -> None:
        if isinstance(self._body, ChangePanel):
            self._body.leave()
        self._body = None

    def _panel_closed(self) -> None:
        self._leave()
        self._share(panel=False)

    def _locked(self, _: str) -> None:
        self.panel.close_panel()
        self.result.hide()
        self._look = None

    def _lock_to_restore(self) -> None:
        self.panel.close_panel()
        self._desk.lock_to_restore()
