"""Everything about one key: what protects it, what hangs on it, what was done with it last, what can be done."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from signet.audit.entry import Outcome
from signet.errors import KeyNotFound
from signet.formats.header import MethodKind
from signet.gui.design import SPACE
from signet.gui.pages import times
from signet.gui.pages.activity_words import ActivityRow, told
from signet.gui.pages.chain import Chain, Link
from signet.gui.pages.key_action import Place
from signet.gui.pages.key_guards import GuardsSection
from signet.gui.pages.key_host import KeyHost
from signet.gui.pages.key_menu import KeyMenu
from signet.gui.pages.key_purposes import purpose, work
from signet.gui.pages.key_sections import FACTS, SECTIONS
from signet.gui.pages.keys_model import STATES, TYPES, KeyRow
from signet.gui.pages.keys_snapshot import KeysSnapshot
from signet.gui.widgets.buttons import icon_button, plain_button, primary_button
from signet.gui.widgets.key_values import KeyValues
from signet.gui.widgets.pill import Pill
from signet.gui.widgets.section import Section
from signet.gui.widgets.text import label
from signet.keys.model import Key
from signet.keys.spec import Protection
from signet.services import audit
from signet.services.session import Session

RECENT = 4
"""How many of the last entries are told."""
_LOOKED_THROUGH = 40
_ICONS = {
    MethodKind.TOKEN: "card",
    MethodKind.PASSPHRASE: "passphrase",
    MethodKind.RECOVERY_CODE: "code",
    MethodKind.RECOVERY_SHARES: "code",
}


@dataclass(frozen=True)
class KeyHistory:
    """What is read of the key that is shown: its last entries, the card on which it was made or found; then what
    `signet.gui.pages.key_sections` asks for, ``answers`` in the order of its sections.
    """

    key_id: str
    recent: tuple[ActivityRow, ...] = ()
    card: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    answers: tuple[object, ...] = tuple(None for _ in SECTIONS)


def read_history(session: Session, key: Key) -> KeyHistory:
    """Read what the details show beyond the list; of no key if it was destroyed meanwhile. Blocking, for a task."""
    with suppress(KeyNotFound):
        return _read_history(session, key)
    return KeyHistory("")


def _read_history(session: Session, key: Key) -> KeyHistory:
    entries = audit.list_entries(session, _LOOKED_THROUGH, key=key.id)
    rows = [told(entry, {key.id: key.alias}) for entry in entries if entry.outcome is not Outcome.ALLOWED]
    card = ""
    if key.protection is Protection.TOKEN:
        for operation in ("CreateKey", "AdoptKey"):
            for entry in audit.list_entries(session, key=key.id, operation=operation):
                card = str(entry.details.get("token") or card)
    facts = tuple(fact for read in FACTS for fact in read(session, key))
    answers = tuple(section.read(session, key) for section in SECTIONS)
    return KeyHistory(key.id, tuple(rows[:RECENT]), card, facts, answers)


def chain_of(row: KeyRow, snapshot: KeysSnapshot, card: str = "") -> tuple[Link, ...]:
    """Say what stands between the world and the key, from the outside in."""
    key = row.key
    last = Link("file", _files(row.files)) if key.encrypts_files else work(key)
    if key.protection is Protection.TOKEN:
        where = f"The card “{card}” and its PIN" if card else "A card and its PIN"
        return Link("card", where), Link("key", f"{key.alias}, which never leaves the card"), last
    guards = (Link("card", _guards(row)),) if key.protection is Protection.GUARDED else ()
    versions = f"version {key.version}" if key.version == 1 else f"versions 1–{key.version}"
    ways = len(snapshot.ways)
    opened = next((way.kind for way in snapshot.ways if way.id == snapshot.opened_with), None)
    known = f"Any of {ways} ways in · now {snapshot.opened_by}" if ways > 1 else f"One way in: {snapshot.opened_by}"
    return (
        Link(_ICONS.get(opened, "unlock") if opened else "unlock", known),
        Link("vault", "Vault master key"),
        *guards,
        Link("key", f"{key.alias}, {versions}"),
        last,
    )


def _guards(row: KeyRow) -> str:
    names = [f"“{guard.label}”" for guard in row.guards]
    if len(names) < 2:
        return f"{names[0]}, for each job" if names else "No guard is left: nothing opens it any more"
    return f"{', '.join(names[:-1])} or {names[-1]}, for each job"


class KeyDetails(QWidget):
    """The body of the panel; follows the selection, updated in place so that the focus stays."""

    def __init__(self, host: KeyHost, menu: KeyMenu) -> None:
        super().__init__()
        self._menu = menu
        self.key_id = ""
        self._subtitle = label("", "small", wrap=True, selectable=True)
        self._pill = Pill()
        self.first = primary_button("Encrypt files")
        self.second = plain_button("Disable")
        self.more = icon_button(host.theme, "more", "More for this key")
        self.more.setProperty("kind", "plain")
        self.more.setMenu(QMenu(self))
        self._chain = Chain(host.theme)
        self.guards = GuardsSection(host.theme)
        self._values = KeyValues()
        self._sections = tuple(kind(host) for kind in SECTIONS)
        self._recent = QWidget()
        self._lines = QVBoxLayout(self._recent)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(SPACE.small)
        self.history = KeyHistory("")
        self._recent_section = Section("Last activity", self._recent)
        self.first.clicked.connect(partial(self._press, Place.FIRST))
        self.second.clicked.connect(partial(self._press, Place.BUTTON))
        self._arrange()
        menu.serve(self)

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.large)
        head = QHBoxLayout()
        head.addWidget(self._subtitle, 1)
        head.addWidget(self._pill)
        column.addLayout(head)
        actions = QHBoxLayout()
        actions.setSpacing(SPACE.small)
        for button in (self.first, self.second, self.more):
            actions.addWidget(button)
        actions.addStretch(1)
        column.addLayout(actions)
        for section in self._sections:
            if section.at_top:
                column.addWidget(section)
        column.addWidget(Section("Protected by", self._chain))
        column.addWidget(self.guards)
        column.addWidget(Section("Details", self._values))
        for section in self._sections:
            if not section.at_top:
                column.addWidget(section)
        column.addWidget(self._recent_section)
        column.addStretch(1)

    @property
    def chain(self) -> Chain:
        """What protects the key."""
        return self._chain

    @property
    def buttons(self) -> tuple[QPushButton, ...]:
        """The buttons of actions that are shown."""
        return tuple(button for button in (self.first, self.second, self.more) if button.isVisibleTo(self))

    def show_key(self, row: KeyRow, snapshot: KeysSnapshot, now: datetime) -> None:
        """Show a key; what the log says of it stays if it is the same one."""
        key = row.key
        if key.id != self.key_id:
            self.history = KeyHistory(key.id)
        self.key_id = key.id
        kind = TYPES[key.spec].split(" · ")[-1]
        version = f" · version {key.version}" if key.version > 1 else ""
        self._subtitle.setText(f"{key.id[:4]}…{key.id[-4:]} · {kind}{version}")
        self._pill.show_state(*STATES[key.state])
        self._show_buttons(key.alias)
        self.guards.setVisible(key.protection is Protection.GUARDED)
        self.guards.show_guards(key.alias, row.guards, row.others)
        for section in self._sections:
            section.show_key(row)
        self._show_known(row, snapshot, now)

    def show_history(self, history: KeyHistory, row: KeyRow, snapshot: KeysSnapshot, now: datetime) -> None:
        """Add what was read of the key, if it is the one that is shown."""
        if history.key_id == self.key_id:
            self.history = history
            self._show_known(row, snapshot, now)
            for section, answer in zip(self._sections, history.answers, strict=True):
                section.show_answer(row, answer)
            QTimer.singleShot(0, self, self._settle)

    def _settle(self) -> None:
        """Have the place around it look at the height once more: sections that showed late changed it after all."""
        layout = self.layout()
        if layout is not None:
            layout.invalidate()
        QCoreApplication.postEvent(self, QEvent(QEvent.Type.LayoutRequest))

    def _show_buttons(self, alias: str) -> None:
        """Two actions as buttons, all others in the menu; the same widgets for every key, so that the focus stays."""
        shown = set[str]()
        for button, place in ((self.first, Place.FIRST), (self.second, Place.BUTTON)):
            action = self._menu.placed(place)
            button.setVisible(action is not None)
            if action is not None:
                shown.add(action.name)
                button.setText(action.words)
                button.setToolTip(action.sentence)
                button.setAccessibleName(f"{action.words.rstrip('…')} with {alias}")
                button.setEnabled(self._menu.action(action.name).isEnabled())
        self._menu.fill(self.more.menu(), without=shown)

    def _press(self, place: Place, _: bool = False) -> None:
        action = self._menu.placed(place)
        if action is not None:
            self._menu.do(action.name)

    def _show_known(self, row: KeyRow, snapshot: KeysSnapshot, now: datetime) -> None:
        self._chain.show_links(chain_of(row, snapshot, self.history.card))
        self._values.set_rows(_facts(row, self.history.facts, now))
        while (item := self._lines.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for told_row in self.history.recent:
            line = QWidget()
            column = QVBoxLayout(line)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(1)
            said = label(told_row.sentence, "bad" if told_row.trouble else "body", wrap=True)
            said.setToolTip(times.full(told_row.entry.time))
            column.addWidget(said)
            column.addWidget(label(times.ago(told_row.entry.time, now), "small"))
            self._lines.addWidget(line)
        self._recent_section.setVisible(bool(self.history.recent))


def _facts(row: KeyRow, more: Sequence[tuple[str, str]], now: datetime) -> list[tuple[str, str]]:
    key = row.key
    facts = [
        ("Created", times.date_of(times.moment(key.created))),
        ("Last use", times.ago(row.last_used, now) if row.last_used else "not used yet"),
        ("For", purpose(key)),
        *more,
    ]
    if key.tags:
        facts.append(("Tags", ", ".join(f"{name}={value}" if value else name for name, value in key.tags)))
    if len(key.aliases) > 1:
        facts.append(("Other names", ", ".join(key.aliases[1:])))
    if key.description:
        facts.append(("Description", key.description))
    return [*facts, ("Id", key.id)]


def _files(count: int) -> str:
    if count == 0:
        return "No file encrypted yet"
    return "1 file encrypted" if count == 1 else f"{count:,} files encrypted".replace(",", "\u202f")
