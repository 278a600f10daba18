"""The signatures of a document, beside its pages: being checked, locked, found out, or not to be checked."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QProgressBar, QScrollArea, QVBoxLayout, QWidget

from signet.errors import SignetError
from signet.gui.design import SPACE
from signet.gui.pages.documents_view_next import Next, what_next, whole_acts
from signet.gui.pages.documents_view_signature import SignatureBlock
from signet.gui.pages.documents_view_words import is_readable, is_time_stamp, said
from signet.gui.sentences import words
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import link_button, plain_button, primary_button
from signet.gui.widgets.forms import caption
from signet.gui.widgets.secret_field import SecretField
from signet.gui.widgets.section import Section
from signet.gui.widgets.side_panel import PANEL_WIDTH
from signet.gui.widgets.text import label
from signet.services.signature_chain import ChainLink
from signet.services.verdicts import SignatureView, Verdict, Verification

_STEPS = 1000
WRONG = "That is not its password."
LOCKED = "This PDF has a password of its own. It is needed to read it and to check its signatures, and is not kept."
RECORDED = "Written to the activity log."
NOT_RECORDED = "The vault was locked: your own keys and people were not known, and nothing was recorded."


class SignaturesPanel(QFrame):
    """One thing at a time; what it shows is made anew each time."""

    password_given = Signal(object)
    """Carries a Secret, which whoever takes it wipes."""
    cancel_wanted = Signal()
    wanted = Signal(object, object)
    """Carries Next and the SignatureView it is about, None for the whole document."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setProperty("kind", "panel")
        self.setFixedWidth(PANEL_WIDTH)
        self.setAccessibleName("Signatures")
        self._bar = QProgressBar()
        self.field: SecretField | None = None
        self.blocks: tuple[SignatureBlock, ...] = ()
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._scroll)

    def show_checking(self) -> None:
        """Show that it is being checked."""
        column = self._begin()
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Checking the signatures")
        cancel = plain_button("Cancel", name="Cancel checking")
        cancel.clicked.connect(self.cancel_wanted)
        column.addWidget(Section("Signatures", label("Checking…", "strong"), self._bar))
        column.addWidget(cancel, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)

    def show_progress(self, done: int, total: int) -> None:
        """Show how far reading the file is, in bytes."""
        self._bar.setRange(0, _STEPS if total else 0)
        self._bar.setValue(_STEPS * done // total if total else 0)

    def show_locked(self, *, wrong: bool) -> None:
        """Ask for the document's password."""
        column = self._begin()
        field = SecretField("Password of the PDF")
        self.field = field
        button = primary_button("Open", name="Open the PDF with this password")
        part = Section("Password", label(LOCKED, "muted", wrap=True), caption("Password", field), field)
        if wrong:
            field.mark_wrong()
            part.add(label(WRONG, "bad", wrap=True))
            field.setAccessibleDescription(WRONG)
        column.addWidget(part)
        column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        button.clicked.connect(self._give)
        field.returnPressed.connect(self._give)
        field.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_error(self, error: SignetError) -> None:
        """Say why it could not be checked."""
        self._say("Could not be checked", words(error).text)

    def show_stopped(self) -> None:
        """Say that nobody knows, because it was cancelled."""
        self._say("Not checked", "You stopped it; nothing is known of its signatures.")

    def show_result(
        self, verification: Verification, chains: Sequence[tuple[ChainLink, ...]], *, recorded: bool
    ) -> None:
        """Show what came of it. ``chains`` are those of the signatures, in their order."""
        column = self._begin()
        views = verification.signatures
        signatures = [view for view in views if not is_time_stamp(view)]
        holder = Section(_caption(views, len(signatures)))
        if len(views) != 1:
            holder.add(label(said_whole(verification), "body", wrap=True))
        column.addWidget(holder)
        deciding = next((place for place, view in enumerate(views) if view.verdict is verification.verdict), 0)
        blocks = []
        for place, (view, chain) in enumerate(zip(views, chains, strict=True)):
            open_ = place == deciding
            advice = what_next(verification) if open_ and verification.verdict is not Verdict.VALID else ""
            block = SignatureBlock(self._theme, view, chain, folded=not open_, advice=advice)
            block.wanted.connect(self.wanted)
            holder.add(block)
            blocks.append(block)
        self.blocks = tuple(blocks)
        if not views or verification.verdict is Verdict.VALID:
            column.addWidget(Section("What to do", label(what_next(verification), "body", wrap=True)))
        for act in whole_acts(verification):
            self._offer(column, act)
        for note in verification.notes:
            column.addWidget(label(said(note), "small", wrap=True))
        column.addWidget(label(RECORDED if recorded else NOT_RECORDED, "small", wrap=True))
        column.addStretch(1)

    def _offer(self, column: QVBoxLayout, act: Next) -> None:
        button = link_button(act.value)
        button.clicked.connect(partial(self._want, act))
        column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)

    def _want(self, act: Next, *_: object) -> None:
        self.wanted.emit(act, None)

    def _say(self, title: str, sentence: str) -> None:
        column = self._begin()
        again = plain_button("Check again")
        again.clicked.connect(self._again)
        column.addWidget(Section("Signatures", label(title, "strong"), label(sentence, "body", wrap=True)))
        column.addWidget(again, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)

    def _again(self) -> None:
        self.wanted.emit(Next.AGAIN, None)

    def _give(self) -> None:
        if self.field is not None and self.field.text():
            self.password_given.emit(self.field.take())

    def _begin(self) -> QVBoxLayout:
        """Take away what was there and begin anew."""
        self.field, self.blocks = None, ()
        old = self._scroll.takeWidget()
        if old is not None:
            old.deleteLater()
        body = QWidget()
        body.setProperty("kind", "surface")
        column = QVBoxLayout(body)
        column.setContentsMargins(SPACE.large + 2, SPACE.large, SPACE.large + 2, SPACE.large)
        column.setSpacing(SPACE.large)
        self._scroll.setWidget(body)
        return column


def _caption(views: Sequence[SignatureView], count: int) -> str:
    if len(views) == 1 and not is_readable(views[0]):
        return "Signatures"
    if not views:
        return "No signature"
    return "1 signature" if count == 1 else f"{count} signatures"


def said_whole(verification: Verification) -> str:
    """The sentence over all signatures."""
    return said_sentence(verification.sentence, verification.signatures)


def said_sentence(sentence: str, views: Sequence[SignatureView]) -> str:
    """A sentence of the services, unless it holds a fingerprint, which is too long a word for a panel."""
    if any(view.fingerprint and view.fingerprint in sentence for view in views):
        return "The signature fits this file, but whose key made it is not known here."
    return sentence
