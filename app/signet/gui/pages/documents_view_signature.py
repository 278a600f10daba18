"""One signature in the panel: its sign, who signed, a sentence, and what is behind it, as far as it is wanted."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.pages.chain import Chain, Link
from signet.gui.pages.documents_view_next import Next, acts
from signet.gui.pages.documents_view_words import (
    HEADLINES,
    chain_lines,
    changes,
    lines,
    name_of_signer,
    notes,
    technical,
)
from signet.gui.pages.jobs_failures import Tone
from signet.gui.pages.jobs_words import ICONS
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import link_button
from signet.gui.widgets.forms import column
from signet.gui.widgets.key_values import KeyValues
from signet.gui.widgets.section import Section
from signet.gui.widgets.text import Role, label, restyle
from signet.services.signature_chain import ChainLink
from signet.services.verdicts import SignatureView

_ROLES: dict[str, Role] = {"ok": "ok", "warn": "warn", "bad": "bad"}
_SIGN = 16
_UNKNOWN_KEY = "The signature fits this file, but whose key made it is not known here."


class SignatureBlock(QWidget):
    """``folded`` shows name and sentence alone, until the rest is wanted; ``advice`` is what to do about it."""

    wanted = Signal(object, object)
    """Carries Next and the SignatureView."""

    def __init__(
        self, theme: Theme, view: SignatureView, chain: tuple[ChainLink, ...], *, folded: bool, advice: str = ""
    ) -> None:
        super().__init__()
        self.view = view
        self.buttons: dict[Next, QPushButton] = {}
        self._theme = theme
        self.technical = link_button("Technical details")
        whole = column(self, SPACE.medium)
        word, tone = HEADLINES[view.verdict]
        name = name_of_signer(view)
        self.sentence = _sentence(view)
        whole.addLayout(self._head(name, word, tone))
        if advice:
            whole.addWidget(label(advice, "body", wrap=True))
        self._offer(whole)
        self._rest = QWidget()
        rest = column(self._rest, SPACE.medium)
        self.fold = link_button("Details", name=f"Details of the signature of {name}")
        self.fold.clicked.connect(self._unfold)
        whole.addWidget(self.fold, 0, Qt.AlignmentFlag.AlignLeft)
        whole.addWidget(self._rest)
        self._fill(rest, chain)
        self.fold.setVisible(folded)
        self._rest.setVisible(not folded)

    def _head(self, name: str, word: str, tone: Tone) -> QHBoxLayout:
        sign = QLabel()
        sign.setProperty("kind", "sign")
        restyle(sign, tone=tone)
        self._theme.dress(sign, ICONS[tone], tone=tone, size=_SIGN)
        sign.setAccessibleName(word)
        words = QVBoxLayout()
        words.setSpacing(2)
        shown = label(name, "strong", wrap=True, selectable=True)
        shown.setMinimumWidth(1)
        words.addWidget(shown)
        sentence = label(self.sentence, "muted", wrap=True, selectable=True)
        sentence.setMinimumWidth(1)
        words.addWidget(sentence)
        head = QHBoxLayout()
        head.setSpacing(SPACE.medium)
        head.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(words, 1)
        return head

    def _fill(self, rest: QVBoxLayout, chain: tuple[ChainLink, ...]) -> None:
        view = self.view
        facts = KeyValues()
        shown = lines(view)
        place = next((number for number, line in enumerate(shown) if line.name == "Algorithm"), len(shown))
        for line in (*shown[:place], *chain_lines(chain), *shown[place:]):
            facts.add(line.name, line.value, role=_ROLES.get(line.tone, "body"))
        rest.addWidget(facts)
        found = changes(view)
        # A signature's sentence names what changed, unless it is too much for one.
        if any(each.rstrip(".").lower() not in self.sentence.lower() for each in found):
            rest.addWidget(Section("Changed after signing", *(label(f"• {each}", wrap=True) for each in found)))
        for note in notes(view):
            rest.addWidget(label(note, "small", wrap=True, selectable=True))
        if chain:
            rest.addWidget(Section("Certificate chain", self._chain(chain)))
        self._technical(rest, chain)

    def _offer(self, whole: QVBoxLayout) -> None:
        row = QHBoxLayout()
        row.setSpacing(SPACE.large)
        for act in acts(self.view):
            button = link_button(act.value)
            button.clicked.connect(partial(self._want, act))
            self.buttons[act] = button
            row.addWidget(button)
        if self.buttons:
            row.addStretch(1)
            whole.addLayout(row)

    def _want(self, act: Next, *_: object) -> None:
        self.wanted.emit(act, self.view)

    def _chain(self, chain: tuple[ChainLink, ...]) -> Chain:
        made = Chain(self._theme)
        made.show_links(
            [
                Link(
                    "people" if place == 0 else "shield",
                    f"{link.name} ({'trusted by you' if self.view.trusted_by == 'issuer' else 'trusted'})"
                    if link.trusted
                    else link.name,
                )
                for place, link in enumerate(chain)
            ]
        )
        made.setAccessibleName("Certificate chain, the signer first")
        return made

    def _technical(self, rest: QVBoxLayout, chain: tuple[ChainLink, ...]) -> None:
        rows = technical(self.view, chain)
        if not rows:
            return
        values = KeyValues(rows)
        values.hide()
        self.technical.setCheckable(True)
        self.technical.toggled.connect(values.setVisible)
        rest.addWidget(self.technical, 0, Qt.AlignmentFlag.AlignLeft)
        rest.addWidget(values)

    def _unfold(self) -> None:
        self.fold.hide()
        self._rest.show()


def _sentence(view: SignatureView) -> str:
    """The service's own, unless it holds a fingerprint, which is too long a word for a panel."""
    return _UNKNOWN_KEY if view.fingerprint and view.fingerprint in view.sentence else view.sentence
