"""A key deleted in the panel: scheduled with a date, kept after all, destroyed by typing its name."""

from __future__ import annotations

from datetime import datetime, timedelta

import shiboken6
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout

from signet.gui.administration import window_prompt
from signet.gui.design import SPACE
from signet.gui.pages import times
from signet.gui.pages.key_action import KeyAction, Place, Rows
from signet.gui.pages.key_archiving import stored_state
from signet.gui.pages.key_deletion_look import Look, StakeView, look_at
from signet.gui.pages.key_host import Batch, KeyForm, KeyHost
from signet.gui.pages.keys_model import KeyRow
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import danger_button
from signet.gui.widgets.steady import Number
from signet.gui.widgets.text import label
from signet.keys.deletion import DEFAULT_DAYS, MAX_DAYS, MIN_DAYS
from signet.keys.model import Key
from signet.keys.state import Act, KeyState, permits
from signet.services.deletion import Destroyed, Pending, cancel_deletion, destroy_key, schedule_deletion
from signet.services.presence import with_presence
from signet.services.session import Session

STOPS = (
    "Once you do that, nothing can be done with it. You can keep it until you destroy it; "
    "no date does that by itself."
)
LOST_NAMED = 3


class ScheduleForm(KeyForm):
    """What hangs on the key, and how long to wait; `wanted` carries the days."""

    wanted = Signal(int)

    def __init__(self, theme: Theme, now: datetime) -> None:
        super().__init__(theme)
        self._now = now
        self._ready = False
        self.stake = StakeView()
        self.days = Number()
        self.days.setRange(MIN_DAYS, MAX_DAYS)
        self.days.setValue(DEFAULT_DAYS)
        self.days.setSuffix(" days")
        self.days.setAccessibleName("Days to change your mind")
        self._date = label("", "small", wrap=True)
        self.go = danger_button("Schedule deletion")
        caption = label("Days to change your mind", "strong")
        caption.setBuddy(self.days)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.medium)
        for widget in (self.banner, self.stake, caption, self.days, self._date, label(STOPS, "muted", wrap=True)):
            column.addWidget(widget)
        column.addStretch(1)
        self.days.valueChanged.connect(self._say_date)
        self.go.clicked.connect(self._go)
        self._say_date()
        self.set_busy(False)

    def show_look(self, look: Look) -> None:
        """Show what hangs on the key; only then it can be deleted."""
        self._ready = True
        self.stake.show_look(look)
        self.set_busy(False)

    def set_busy(self, busy: bool) -> None:
        """Stop a second click while it is being scheduled."""
        self.go.setEnabled(self._ready and not busy)

    def _say_date(self) -> None:
        date = times.date_of((self._now + timedelta(days=self.days.value())).astimezone())
        self._date.setText(f"From {date} on you are asked whether to destroy it.")

    def _go(self) -> None:
        self.wanted.emit(self.days.value())


class DestroyForm(KeyForm):
    """What would be lost, and the name typed; `wanted` carries what was typed. Too early, it says from when on."""

    wanted = Signal(str)

    def __init__(self, theme: Theme, key: Key) -> None:
        super().__init__(theme)
        self.key = key
        self._due = False
        self.early = label("", "body", wrap=True)
        self.stake = StakeView()
        self.name = QLineEdit()
        self.name.setAccessibleName("The key's name, to destroy it")
        self._caption = label(f"Type {key.alias} to destroy it for good", "strong", wrap=True)
        self._caption.setBuddy(self.name)
        self.go = danger_button("Destroy for good")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.medium)
        for widget in (self.banner, self.early, self.stake, self._caption, self.name):
            column.addWidget(widget)
        column.addStretch(1)
        for widget in (self.early, self._caption, self.name):
            widget.hide()
        self.name.textChanged.connect(self._check)
        self.name.returnPressed.connect(self.go.click)
        self.go.clicked.connect(self._go)
        self._check()

    def show_look(self, look: Look) -> None:
        """Show what hangs on the key; the name can be typed once the date has come."""
        self.stake.show_look(look)
        self._due = look.pending is not None and look.pending.due
        if look.pending is not None and not self._due:
            date = times.date_of(times.moment(look.pending.date))
            self.early.setText(f"It can be destroyed from {date} on, not before.")
            self.early.show()
        for widget in (self._caption, self.name):
            widget.setVisible(self._due)
        if self._due:
            self.name.setFocus(Qt.FocusReason.OtherFocusReason)
        self._check()

    def set_busy(self, busy: bool) -> None:
        """Stop a second click while it is being destroyed."""
        self.go.setEnabled(not busy and self._due and self.name.text() == self.key.alias)

    def _check(self) -> None:
        self.set_busy(False)

    def _go(self) -> None:
        self.wanted.emit(self.name.text())


def open_schedule(host: KeyHost, rows: Rows) -> None:
    """Open the form that says what hangs on a key and schedules its deletion."""
    key = rows[0].key
    form = ScheduleForm(host.theme, host.desk.workplace.clock.now())

    def done(pending: Pending) -> None:
        if host.form is form:
            host.close_form()
        date = times.date_of(times.moment(pending.date))
        host.told.emit(
            f"“{key.alias}” is to be deleted", f"From {date} on you are asked once more; until then keep it."
        )

    def work(session: Session, days: int) -> Pending:
        # First by itself: the question about a card's last PIN try is the person's, not this form's.
        with_presence(session, session.require_presence)
        with window_prompt(session.workplace).prepared(confirmed=True):
            return schedule_deletion(session, key.id, days=days)

    form.wanted.connect(lambda days: host.run(lambda session: work(session, days), done))
    host.open_form(f"Delete “{key.alias}”", form, form.go, focus=form.days)
    _look(host, form, key)


def open_destroy(host: KeyHost, rows: Rows) -> None:
    """Open the form that destroys a key whose date has come."""
    key = rows[0].key
    form = DestroyForm(host.theme, key)

    def done(gone: Destroyed) -> None:
        if host.form is form:
            host.close_form()
        host.told.emit(f"“{key.alias}” is destroyed", lost_said(gone))

    def work(session: Session, typed: str) -> Destroyed:
        return with_presence(session, lambda: destroy_key(session, key.id, typed=typed))

    form.wanted.connect(lambda typed: host.run(lambda session: work(session, typed), done))
    host.open_form(f"Destroy “{key.alias}”", form, form.go)
    _look(host, form, key)


def lost_said(gone: Destroyed) -> str:
    """Say which files cannot be opened any more."""
    if not gone.files:
        return "No file is known that was encrypted with it."
    named = ", ".join(entry.path for entry in gone.files[:LOST_NAMED])
    more = f", and {len(gone.files) - LOST_NAMED} more" if len(gone.files) > LOST_NAMED else ""
    return f"Cannot be opened any more: {named}{more}."


def _look(host: KeyHost, form: ScheduleForm | DestroyForm, key: Key) -> None:
    def found(look: Look) -> None:
        if shiboken6.isValid(form) and host.form is form:
            form.show_look(look)

    host.run(lambda session: look_at(session, key), found, changes=False)


def _keep(host: KeyHost, rows: Rows) -> None:
    def work(session: Session, key: Key) -> None:
        cancel_deletion(session, key.id)

    def done(batch: Batch) -> None:
        one = ("“{name}” stays", "It is disabled; “Enable” lets it be used again.")
        host.tell(batch, one, ("{count} keys stay", "They are disabled; “Enable” lets them be used again."))

    host.run_each("Keeping", [row.key for row in rows], work, done)


def _can_schedule(row: KeyRow) -> bool:
    return permits(stored_state(row), Act.SCHEDULE_DELETION)


def _is_pending(row: KeyRow) -> bool:
    return row.key.state is KeyState.PENDING_DELETION


KEEP = KeyAction(
    "keep",
    "Keep this key",
    "Cancel its deletion; it is disabled then.",
    _keep,
    offered=_is_pending,
    place=Place.BUTTON,
    many=True,
)
DELETE = KeyAction(
    "delete",
    "Delete…",
    "See what hangs on it, and have it destroyed some days from now, if you say so again then.",
    open_schedule,
    offered=_can_schedule,
    place=Place.END,
    shortcut="Ctrl+Del",
)
DESTROY = KeyAction(
    "destroy",
    "Destroy…",
    "Destroy it for good, once its date has come.",
    open_destroy,
    offered=_is_pending,
    place=Place.END,
)
