"""A verdict in a panel: sign, word, sentence, what to do next, and the facts behind it."""

from __future__ import annotations

import os

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.pages.jobs_words import ICONS, VERDICTS, in_lines, signer_of
from signet.gui.theme import Theme
from signet.gui.widgets.key_values import KeyValues
from signet.gui.widgets.section import Section
from signet.gui.widgets.text import label
from signet.services.verdicts import SignatureView, Verdict, Verification

NEXT: dict[Verdict, str] = {
    Verdict.VALID: "Nothing to do. The signature says who signed, not when.",
    Verdict.VALID_UNTRUSTED: (
        "Ask the signer for the public key by a way that you trust, and give it here; or compare the fingerprint "
        "below with them, on the phone for instance."
    ),
    Verdict.CHANGED: "Ask the signer which version was meant, and for a signature over that.",
    Verdict.EXPIRED_OR_REVOKED: "Ask the signer for a new signature with a certificate that is good today.",
    Verdict.UNKNOWN: "Choose another signature file, or ask the signer for the signature again.",
    Verdict.INVALID: "Do not rely on this file. Ask the signer for the original file and its signature.",
    Verdict.UNSIGNED: "If you were given a signature file, choose it.",
}


class VerdictBody(QWidget):
    """Everything that is known of one checked file. ``recorded`` says whether the vault's log has it."""

    def __init__(self, theme: Theme, verification: Verification, *, recorded: bool) -> None:
        super().__init__()
        word, tone = VERDICTS[verification.verdict]
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.large)
        picture = label()
        theme.dress(picture, ICONS[tone], tone=tone, size=24)
        head = QHBoxLayout()
        head.setSpacing(SPACE.small)
        head.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(SPACE.tiny)
        words.addWidget(label(word, "title"))
        words.addWidget(label(_sentence(verification), "body", wrap=True, selectable=True))
        head.addLayout(words, 1)
        column.addLayout(head)
        column.addWidget(Section("What to do", label(_next(verification), "body", wrap=True)))
        for view in verification.signatures:
            column.addWidget(Section("Signature", KeyValues(_facts(view, verification))))
        said = "Written to the activity log." if recorded else "The vault was locked: nothing was recorded."
        column.addWidget(label(said, "small", wrap=True))
        column.addStretch(1)


def _sentence(verification: Verification) -> str:
    """The service's own sentence, unless it holds a fingerprint, which is too long a word for a panel."""
    if verification.verdict is Verdict.VALID_UNTRUSTED:
        if _not_compared(verification):
            return verification.sentence
        return "The signature fits this file, but whose key made it is not known here."
    if verification.verdict is Verdict.UNSIGNED:
        return "There is no signature beside this file."
    return verification.sentence


def _not_compared(verification: Verification) -> str:
    """Whose key it is, if somebody among the people has it and its fingerprint was not compared; else empty."""
    if verification.verdict is not Verdict.VALID_UNTRUSTED:
        return ""
    return next((view.person for view in verification.signatures if view.person), "")


def _next(verification: Verification) -> str:
    person = _not_compared(verification)
    if not person:
        return NEXT[verification.verdict]
    return f"Compare the fingerprint with {person}, on the phone for instance, and note it on the page People."


def _facts(view: SignatureView, verification: Verification) -> list[tuple[str, str]]:
    claimed = verification.verdict is Verdict.INVALID
    known = verification.verdict is Verdict.VALID
    open_ = f"perhaps {view.person}: not compared yet" if view.person else "not known here"
    signer = signer_of(view) if known else open_
    facts = [("Signer", "only claimed" if claimed else signer)]
    if view.fingerprint:
        facts.append(("Fingerprint", in_lines(view.fingerprint)))
    if view.algorithm:
        facts.append(("Algorithm", view.algorithm))
    facts.append(("Format", "SSH signature"))
    facts.append(("Signature file", os.path.basename(verification.signature_path)))
    return facts
