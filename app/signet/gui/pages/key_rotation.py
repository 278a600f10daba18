"""New versions of a key: made now, or planned; for one key or many."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from signet.clock import parse_timestamp
from signet.gui.design import SPACE
from signet.gui.pages import times
from signet.gui.pages.key_action import KeyAction, Rows
from signet.gui.pages.key_host import Batch, KeyForm, KeyHost
from signet.gui.pages.key_versions_words import VersionsLook, period
from signet.gui.pages.keys_model import KeyRow
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import primary_button
from signet.gui.widgets.steady import Number
from signet.gui.widgets.text import label
from signet.keys.model import Key
from signet.keys.rotation import DEFAULT_DAYS, FEWEST_DAYS, MOST_DAYS, Schedule, rotates, schedule
from signet.services import rotation
from signet.services.key_history import versions_of
from signet.services.presence import with_presence
from signet.services.session import Session

ROTATED = "What is encrypted from now on is under it. Older versions go on opening what they encrypted."
ROTATED_MANY = "What is encrypted from now on is under them. Older versions go on opening what they encrypted."
PLANNED = (
    "A new version protects what comes, should somebody ever learn an older one. You need do nothing for it: it is "
    "made when the vault is unlocked, and older versions go on opening what they encrypted."
)
NEVER = "Then it gets a new version only when you rotate it."


def read_versions(session: Session, key: Key) -> VersionsLook:
    """Read versions and plan; blocking, for a task. Raises KeyNotFound."""
    if not rotates(key):
        return VersionsLook()
    return VersionsLook(versions_of(session, key.id)[1], rotation.schedule_of(session, key))


def rotate(host: KeyHost, rows: Rows) -> None:
    """Give keys a new version each."""

    def work(session: Session, key: Key) -> None:
        with_presence(session, lambda: rotation.rotate_key(session, key.id))

    def done(batch: Batch) -> None:
        one = ("“{name}” has a new version", ROTATED)
        host.tell(batch, one, ("{count} keys have new versions", ROTATED_MANY))

    host.run_each("Rotating", [row.key for row in rows], work, done)


class PlanForm(KeyForm):
    """Whether a key gets new versions by itself, and how often."""

    def __init__(self, theme: Theme, newest: datetime, days: int | None) -> None:
        super().__init__(theme)
        self._newest = newest
        self.by_itself = QCheckBox("New versions by themselves")
        self.by_itself.setChecked(days is not None)
        self.days = Number()
        self.days.setRange(FEWEST_DAYS, MOST_DAYS)
        self.days.setValue(days or DEFAULT_DAYS)
        self.days.setAccessibleName("Days from one version to the next")
        self.save_button = primary_button("Save", name="Save how often it rotates")
        self._next = label("", "small", wrap=True)
        self._often = QWidget()
        often = QHBoxLayout(self._often)
        often.setContentsMargins(0, 0, 0, 0)
        often.setSpacing(SPACE.small)
        often.addWidget(label("Every"))
        often.addWidget(self.days)
        often.addWidget(label("days"))
        often.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.medium)
        for widget in (self.banner, label(PLANNED, "muted", wrap=True), self.by_itself, self._often, self._next):
            column.addWidget(widget)
        column.addStretch(1)
        self.by_itself.toggled.connect(self._check)
        self.days.valueChanged.connect(self._check)
        self.days.lineEdit().returnPressed.connect(self.save_button.click)
        self._check()

    @property
    def wanted(self) -> int | None:
        """Days, None for only when asked for."""
        return self.days.value() if self.by_itself.isChecked() else None

    def set_busy(self, busy: bool) -> None:
        """Stop a second click while it is saved."""
        self.save_button.setEnabled(not busy)

    def _check(self) -> None:
        self._often.setEnabled(self.by_itself.isChecked())
        if self.wanted is None:
            self._next.setText(NEVER)
            return
        planned = schedule("", self.wanted, self._newest)
        due = planned.due(datetime.now().astimezone())
        said = f"The next on {times.date_of(times.moment(planned.next))}."
        self._next.setText("The next is due: Signet makes it within the hour." if due else said)


def plan(host: KeyHost, rows: Rows) -> None:
    """Open the form for when a key gets new versions; what there is now is read first."""
    key = rows[0].key

    def show(look: object) -> None:
        if isinstance(look, VersionsLook) and look.versions:
            days = None if look.planned is None else look.planned.days
            _open_plan(host, key, parse_timestamp(look.versions[0].created), days)

    host.run(lambda session: read_versions(session, key), show, changes=False)


def _open_plan(host: KeyHost, key: Key, newest: datetime, days: int | None) -> None:
    form = PlanForm(host.theme, newest, days)

    def change(session: Session, wanted: int | None) -> Schedule | None:
        if wanted is None:
            rotation.stop_rotation(session, key.id)
            return None
        return rotation.schedule_rotation(session, key.id, wanted)

    def saved(planned: Schedule | None) -> None:
        if host.form is form:
            host.close_form()
        if planned is None:
            host.told.emit(f"“{key.alias}” rotates only when you ask for it", "Its versions stay as they are.")
        else:
            host.told.emit(f"“{key.alias}” rotates {period(planned.days)}", "You can change that at any time.")

    def save() -> None:
        wanted = form.wanted
        form.banner.hide()
        host.run(lambda session: with_presence(session, lambda: change(session, wanted)), saved)

    form.save_button.clicked.connect(save)
    host.open_form(f"Rotation of “{key.alias}”", form, form.save_button, focus=form.by_itself)


def _rotates(row: KeyRow) -> bool:
    return rotates(row.key)


def _can_rotate(row: KeyRow) -> bool:
    return rotation.can_rotate(row.key)


ROTATE = KeyAction(
    "rotate",
    "Rotate now",
    "Make a new version that protects from now on; older ones go on opening what they encrypted.",
    rotate,
    offered=_rotates,
    enabled=_can_rotate,
    shortcut="Ctrl+Shift+R",
    many=True,
)
PLAN = KeyAction(
    "plan-rotation",
    "Rotation…",
    "Choose how often the key gets a new version by itself.",
    plan,
    offered=_rotates,
)
