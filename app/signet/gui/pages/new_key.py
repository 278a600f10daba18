"""A new key: what is it for, what is it called; everything else has a default, under More."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QVBoxLayout, QWidget

from signet.errors import UsageError
from signet.formats.header import UnlockMethod
from signet.gui.pages.key_host import KeyForm
from signet.gui.pages.key_kinds import ENCRYPTING, ENCRYPTING_ON_CARD, OTHERS, SIGNING, Kind
from signet.gui.pages.limits_folded import FoldedLimits
from signet.gui.pages.name_field import NameField
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import link_button, primary_button
from signet.gui.widgets.choice_card import ChoiceCard
from signet.gui.widgets.forms import caption, choice_box, column
from signet.gui.widgets.text import label
from signet.keys.model import Key
from signet.keys.policy import FREE, Policy
from signet.keys.spec import KeySpec, KeyUsage, Protection
from signet.services import keys
from signet.services.guards import FEWEST
from signet.services.key_rules import check_description, check_tags
from signet.services.presence import with_presence
from signet.services.session import Session
from signet.tokens.model import Token

ON_CARD = (
    "The key is made on the card and never leaves it. If the card is lost or breaks, this key is gone; you will be "
    "asked to agree, and for the card's PIN."
)
SECOND_KEY = " Files for it open with a second key, in the vault, too."


@dataclass(frozen=True)
class NewKey:
    """What was asked for; ``token`` is the serial number of the card that the key is to live on, or empty.

    ``guarded``: each job asks for a guard. ``usage`` is None for the usual one of the spec.
    """

    alias: str
    spec: KeySpec
    description: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    token: str = ""
    guarded: bool = False
    usage: KeyUsage | None = None
    policy: Policy = FREE


def make_key(session: Session, wanted: NewKey) -> Key:
    """Make the key, asking for proof of presence if need be; blocking, for a task. Raises as `create_key`."""
    return with_presence(
        session,
        lambda: keys.create_key(
            session,
            wanted.alias,
            spec=wanted.spec,
            usage=wanted.usage,
            description=wanted.description,
            tags=wanted.tags,
            protection=_protection(wanted),
            token=wanted.token or None,
            policy=wanted.policy,
        ),
    )


def _protection(wanted: NewKey) -> Protection:
    if wanted.token:
        return Protection.TOKEN
    return Protection.GUARDED if wanted.guarded else Protection.VAULT


def read_tags(text: str) -> tuple[tuple[str, str], ...]:
    """Read ``finance, year=2026``; raise UsageError as `check_tags`."""
    parts = [part.strip() for part in text.split(",")]
    pairs = [part.partition("=") for part in parts if part]
    return check_tags((name.strip(), value.strip()) for name, _, value in pairs)


class NewKeyForm(KeyForm):
    """The body of the panel; `wanted` carries a NewKey that passed every check that needs no vault."""

    wanted = Signal(object)
    adopt_wanted = Signal()
    unfolded = Signal(object)
    """What was just opened, or what is wrong, begins with this widget."""
    import_wanted = Signal()
    receive_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.protect = ChoiceCard(theme, "file", "Protect files", "Encrypt them, so that only this vault opens them")
        self.sign = ChoiceCard(theme, "document", "Sign documents", "Show that they come from you, unchanged")
        self.other = ChoiceCard(theme, "key", "Something else", "For other programs, on the command line")
        self.name = NameField("for example family-archive", name="Name of the key")
        self.guarded = QCheckBox("Ask for a card each time")
        self._guarded_hint = label("", "small", wrap=True)
        self.more = link_button("More choices")
        self.spec = choice_box("Kind of key")
        self.place = choice_box("Where the key lives")
        self._place_hint = label(ON_CARD, "warn", wrap=True)
        self.description = _field("Description", "what it is for, in your words")
        self.tags = _field("Tags", "finance, year=2026")
        self.limits = FoldedLimits()
        self.adopt = link_button("Use a key that is already on a card…")
        self.bring = link_button("Import a key from a file…")
        self.receive = link_button("Take a key from another vault…")
        self.create_button = primary_button("Create key")
        self._more = QWidget()
        self._kind = QWidget()
        self._kind_first, self._kind_in_more = QVBoxLayout(), QVBoxLayout()
        self._place_label = caption("Where it lives", self.place)
        self._arrange()
        self._connect()
        self.protect.setChecked(True)
        self.show_guards(())
        self.show_cards(())
        self._purpose_changed()

    def _arrange(self) -> None:
        kind = column(self._kind)
        kind.addWidget(caption("Kind", self.spec))
        kind.addWidget(self.spec)
        more = column(self._more)
        more.addLayout(self._kind_in_more)
        placed = (self._place_label, self.place, self._place_hint)
        described = (caption("Description", self.description), self.description)
        for part in (*placed, *described, caption("Tags", self.tags), self.tags):
            more.addWidget(part)
        whole = column(self)
        purpose = label("What is it for?", "strong")
        for shown in (self.banner, purpose, self.protect, self.sign, self.other):
            whole.addWidget(shown)
        whole.addLayout(self._kind_first)
        named = (caption("Name", self.name), self.name, self.name.hint)
        elsewhere = (self.adopt, self.bring, self.receive)
        folded = (self.more, self._more, self.limits)
        for widget in (*named, self.guarded, self._guarded_hint, *folded, *elsewhere):
            whole.addWidget(widget)
        whole.addStretch(1)
        self._more.hide()

    def _connect(self) -> None:
        for card in (self.protect, self.sign, self.other):
            card.toggled.connect(self._purpose_changed)
        self.name.textChanged.connect(self._check_name)
        self.name.returnPressed.connect(self._create)
        self.place.currentIndexChanged.connect(self._place_changed)
        self.more.clicked.connect(self._show_more)
        self.spec.currentIndexChanged.connect(self._kind_changed)
        self.limits.opened.connect(self.unfolded)
        self.adopt.clicked.connect(self.adopt_wanted)
        self.bring.clicked.connect(self.import_wanted)
        self.receive.clicked.connect(self.receive_wanted)
        self.create_button.clicked.connect(self._create)

    def show_cards(self, cards: tuple[Token, ...]) -> None:
        """Offer the cards that are there now, next to the vault."""
        chosen = self.place.currentData()
        self.place.clear()
        self.place.addItem("In this vault", "")
        for card in cards:
            self.place.addItem(f"On the card “{card.label}”", card.serial)
        self.place.setCurrentIndex(max(self.place.findData(chosen), 0))
        self._purpose_changed()

    def show_guards(self, able: Sequence[UnlockMethod]) -> None:
        """Say which ways in would guard the key, or what is missing for a guarded one."""
        enough = len(able) >= FEWEST
        self.guarded.setEnabled(enough)
        self.guarded.setChecked(self.guarded.isChecked() and enough)
        named = [f"“{method.label}”" for method in able]
        self._guarded_hint.setText(
            f"Even while the vault is open, each job with this key asks for {', '.join(named[:-1])} or {named[-1]}."
            if enough
            else "For that the vault needs two cards, or a card and a recovery code: see Cards & recovery."
        )

    def set_busy(self, busy: bool) -> None:
        """Stop a second click while the key is being made."""
        self.create_button.setText("Creating…" if busy else "Create key")
        self.create_button.setEnabled(not busy and self.name.is_usable)

    def _purpose_changed(self) -> None:
        shown = self.place.count() > 1 and not self.other.isChecked()
        # Of something else the kind is the question; of the others it is a choice that few make.
        home = self._kind_first if self.other.isChecked() else self._kind_in_more
        home.addWidget(self._kind)
        self.setTabOrder(self.other if self.other.isChecked() else self.more, self.spec)
        for widget in (self._place_label, self.place):
            widget.setVisible(shown)
        self._place_changed()
        self._check_name()

    @property
    def _on_card(self) -> bool:
        return bool(self.place.currentData()) and not self.other.isChecked()

    def _offered(self) -> tuple[Kind, ...]:
        if self.other.isChecked():
            return OTHERS
        if self.sign.isChecked():
            return SIGNING
        return ENCRYPTING_ON_CARD if self._on_card else ENCRYPTING

    def _place_changed(self) -> None:
        signs, on_card, chosen = self.sign.isChecked(), self._on_card, self.spec.currentText()
        self.spec.clear()
        for kind in self._offered():
            self.spec.addItem(kind.text, kind.spec)
        self.spec.setCurrentIndex(max(self.spec.findText(chosen), 0))
        self._place_hint.setText(ON_CARD if signs else ON_CARD + SECOND_KEY)
        self._place_hint.setVisible(on_card)
        for widget in (self.guarded, self._guarded_hint):
            widget.setVisible(not on_card)

    def _kind_changed(self, place: int) -> None:
        if place >= 0:
            self.limits.set_usage(self._offered()[place].usage)

    def _show_more(self) -> None:
        self._more.setVisible(not self._more.isVisible())
        self.more.setText("More choices" if self._more.isHidden() else "Fewer choices")
        self.more.setAccessibleName(self.more.text())

    def _check_name(self) -> None:
        self.create_button.setEnabled(self.name.is_usable)

    def _create(self) -> None:
        if not self.create_button.isEnabled():
            return
        kind = self._offered()[self.spec.currentIndex()]
        try:
            wanted = NewKey(
                alias=self.name.alias,
                spec=kind.spec,
                description=check_description(self.description.text().strip()),
                tags=read_tags(self.tags.text()),
                token=str(self.place.currentData() or "") if self._on_card else "",
                usage=kind.usage,
                guarded=self.guarded.isChecked(),
                policy=self.limits.policy(),
            )
        except UsageError as error:
            self.banner.show_message("Please check this", error.message, kind="bad")
            self.unfolded.emit(self.banner)
            return
        self.banner.hide()
        self.set_busy(True)
        self.wanted.emit(wanted)


def _field(name: str, example: str) -> QLineEdit:
    made = QLineEdit()
    made.setAccessibleName(name)
    made.setPlaceholderText(example)
    return made
