"""Everything about one key: what protects it, what hangs on it, what was done with it last, what can be done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from signet.audit.entry import Outcome
from signet.formats.header import MethodKind
from signet.gui.design import SPACE
from signet.gui.pages import times
from signet.gui.pages.activity_words import ActivityRow, told
from signet.gui.pages.chain import Chain, Link
from signet.gui.pages.key_guards import GuardsSection
from signet.gui.pages.keys_model import STATES, TYPES, KeyRow, KeysSnapshot
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import icon_button, plain_button, primary_button
from signet.gui.widgets.key_values import KeyValues
from signet.gui.widgets.pill import Pill
from signet.gui.widgets.section import Section
from signet.gui.widgets.text import label
from signet.keys.model import Key
from signet.keys.spec import KeyUsage, Protection
from signet.keys.state import KeyState, leads_to
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

_FOR = {
    KeyUsage.ENCRYPT_DECRYPT: "Encrypting files",
    KeyUsage.SIGN_VERIFY: "Signing documents",
    KeyUsage.GENERATE_VERIFY_MAC: "Authentication codes, on the command line",
}
_LAST = {
    KeyUsage.SIGN_VERIFY: Link("document", "Signs documents"),
    KeyUsage.GENERATE_VERIFY_MAC: Link("document", "Authenticates files"),
}
"""What a key that encrypts no files does."""


@dataclass(frozen=True)
class KeyHistory:
    """What the log says of a key: its last entries, and the card on which it was made or found."""

    key_id: str
    recent: tuple[ActivityRow, ...] = ()
    card: str = ""


def read_history(session: Session, key: Key) -> KeyHistory:
    """Read what the log says of a key; blocking, for a task."""
    entries = audit.list_entries(session, _LOOKED_THROUGH, key=key.id)
    rows = [told(entry, {key.id: key.alias}) for entry in entries if entry.outcome is not Outcome.ALLOWED]
    card = ""
    if key.protection is Protection.TOKEN:
        for operation in ("CreateKey", "AdoptKey"):
            for entry in audit.list_entries(session, key=key.id, operation=operation):
                card = str(entry.details.get("token") or card)
    return KeyHistory(key.id, tuple(rows[:RECENT]), card)


def chain_of(row: KeyRow, snapshot: KeysSnapshot, card: str = "") -> tuple[Link, ...]:
    """Say what stands between the world and the key, from the outside in."""
    key = row.key
    last = Link("file", _files(row.files)) if key.usage is KeyUsage.ENCRYPT_DECRYPT else _LAST[key.usage]
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
        return f"{''.join(names) or 'No guard that is left'}, for each job"
    return f"{', '.join(names[:-1])} or {names[-1]}, for each job"


class KeyDetails(QWidget):
    """The body of the panel; follows the selection, updated in place so that the focus stays."""

    use_wanted = Signal()
    switch_wanted = Signal()

    def __init__(self, theme: Theme, menu: QMenu) -> None:
        super().__init__()
        self._theme = theme
        self.key_id = ""
        self._subtitle = label("", "small", wrap=True, selectable=True)
        self._pill = Pill()
        self.use = primary_button("Encrypt files")
        self.use.clicked.connect(self.use_wanted)
        self.switch = plain_button("Disable")
        self.switch.clicked.connect(self.switch_wanted)
        self.more = icon_button(theme, "more", "More for this key")
        self.more.setProperty("kind", "plain")
        self.more.setMenu(menu)
        self._chain = Chain(theme)
        self.guards = GuardsSection(theme)
        self._facts = KeyValues()
        self._recent = QWidget()
        self._lines = QVBoxLayout(self._recent)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(SPACE.small)
        self._history = KeyHistory("")
        self._recent_section = Section("Last activity", self._recent)
        self._arrange()

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
        for button in (self.use, self.switch, self.more):
            actions.addWidget(button)
        actions.addStretch(1)
        column.addLayout(actions)
        column.addWidget(Section("Protected by", self._chain))
        column.addWidget(self.guards)
        column.addWidget(Section("Details", self._facts))
        column.addWidget(self._recent_section)
        column.addStretch(1)

    @property
    def chain(self) -> Chain:
        """What protects the key."""
        return self._chain

    def show_key(self, row: KeyRow, snapshot: KeysSnapshot, now: datetime) -> None:
        """Show a key; what the log says of it stays if it is the same one."""
        key = row.key
        if key.id != self.key_id:
            self._history = KeyHistory(key.id)
        self.key_id = key.id
        kind = TYPES[key.spec].split(" · ")[-1]
        version = f" · version {key.version}" if key.version > 1 else ""
        self._subtitle.setText(f"{key.id[:4]}…{key.id[-4:]} · {kind}{version}")
        self._pill.show_state(*STATES[key.state])
        signs = key.usage is KeyUsage.SIGN_VERIFY
        self.use.setText("Sign documents" if signs else "Encrypt files")
        self.use.setAccessibleName(f"{self.use.text()} with {key.alias}")
        self.use.setEnabled(row.usable)
        self.use.setVisible(key.usage is not KeyUsage.GENERATE_VERIFY_MAC)
        self.guards.setVisible(key.protection is Protection.GUARDED)
        self.guards.show_guards(key.alias, row.guards, row.others)
        on = key.state is KeyState.ENABLED
        self.switch.setText("Disable" if on else "Enable")
        self.switch.setAccessibleName(f"{self.switch.text()} {key.alias}")
        self.switch.setVisible(leads_to(key.state, KeyState.DISABLED if on else KeyState.ENABLED))
        self._chain.show_links(chain_of(row, snapshot, self._history.card))
        self._facts.set_rows(_facts(row, now))
        self._show_recent(now)

    def show_history(self, history: KeyHistory, row: KeyRow, snapshot: KeysSnapshot, now: datetime) -> None:
        """Add what the log says, if it is about the key that is shown."""
        if history.key_id == self.key_id:
            self._history = history
            self._chain.show_links(chain_of(row, snapshot, history.card))
            self._show_recent(now)

    def _show_recent(self, now: datetime) -> None:
        while (item := self._lines.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for row in self._history.recent:
            line = QWidget()
            column = QVBoxLayout(line)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(1)
            said = label(row.sentence, "bad" if row.trouble else "body", wrap=True)
            said.setToolTip(times.full(row.entry.time))
            column.addWidget(said)
            column.addWidget(label(times.ago(row.entry.time, now), "small"))
            self._lines.addWidget(line)
        self._recent_section.setVisible(bool(self._history.recent))


def fill_menu(menu: QMenu, *, with_public_key: bool) -> dict[str, QAction]:
    """Put what can be done with a key into a menu; the actions by name."""
    menu.clear()
    actions = {}
    names = [("export", "Export…")]
    if with_public_key:
        names += [("pem", "Copy public key (PEM)"), ("ssh", "Copy public key (SSH)")]
    for name, words in (*names, ("id", "Copy key id")):
        actions[name] = menu.addAction(words)
    return actions


def _facts(row: KeyRow, now: datetime) -> list[tuple[str, str]]:
    key = row.key
    facts = [
        ("Created", times.date_of(times.moment(key.created))),
        ("Last use", times.ago(row.last_used, now) if row.last_used else "not used yet"),
        ("For", _FOR[key.usage]),
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
