"""The line at the top of Cards & recovery: whether one would still get in, and what else needs attention.

Values in, sentences out; the deciding is done by `signet.services.loss`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from signet.gui.pages.times import ago, date_of, moment
from signet.gui.widgets.pill import PillKind
from signet.services.attention import Attention, Concern
from signet.services.loss import Answer, Loss
from signet.services.loss_words import doubt, dying_keys, verdict_sentence, verdict_title, worst_way_out

CERTIFICATES = (Concern.CERTIFICATE_ENDS, Concern.CERTIFICATE_ENDED)
PROOFS = (Concern.PROOF_ENDS, Concern.PROOF_LAST, Concern.PROOF_ENDED)
DELETIONS = (Concern.DELETION_DUE, Concern.DELETION_NEAR, Concern.DELETION_TRIED)
_KINDS: dict[Answer, PillKind] = {Answer.YES: "ok", Answer.NOT_CERTAIN: "warn", Answer.NO: "bad"}


@dataclass(frozen=True)
class Verdict:
    """The banner: ``kind`` is ok, warn or bad; ``keys`` says which keys would go with a card, empty if none would."""

    kind: PillKind
    title: str
    sentence: str
    keys: str


def verdict(found: Sequence[Loss], now: datetime) -> Verdict:
    """Say whether the person would still get in after the worst loss, and which keys a loss would take along."""
    return Verdict(
        _KINDS[worst_way_out(found).answer],
        verdict_title(found),
        verdict_sentence(found, lambda time: ago(time, now)),
        " ".join(told for loss in found if (told := dying_keys(loss))),
    )


def concern_words(attention: Attention, now: datetime) -> tuple[str, str]:
    """The title and sentence of what needs attention; the ways out of a loss have the verdict, and are empty here."""
    if attention.concern is Concern.SAVED_CODE:
        return (
            "A recovery code or share lies on this computer.",
            f"{attention.path} opens the vault for whoever finds it, a share together with others. Print it or move "
            "it to a safe place, then delete the file.",
        )
    if attention.concern is Concern.RENEWAL and attention.way is not None:
        return (
            "A new card was to take the place of another.",
            f"“{attention.way.label}” still opens this vault. Go on, or leave both cards as they are.",
        )
    if attention.concern is Concern.EXPOSED_KEYS:
        return (
            "Keys are as the finder of a lost card may know them.",
            f"{_counted(attention.count, 'key or file')} to renew, so that what comes is yours alone.",
        )
    if attention.concern is Concern.OLD_COPIES:
        return (
            "Older copies still open by a way in that was removed.",
            f"{_counted(attention.count, 'copy')} in the vault's folder. Delete them, unless you still need them.",
        )
    if attention.concern is Concern.ONE_GUARD:
        return (
            f"The key “{attention.key}” has one guard left.",
            f"If “{attention.guard}” is lost, nothing opens that key again. Add another guard on the page Keys.",
        )
    if attention.concern is Concern.WORN_KEY:
        return (
            f"The key “{attention.key}” should get a new version soon.",
            "It has encrypted half of what one version may. Rotate it on the page Keys; nothing that it encrypted "
            "is lost.",
        )
    if attention.concern is Concern.ROTATION_DUE:
        others = f" and {attention.count - 1} more" if attention.count > 1 else ""
        return (
            f"A new version is due: “{attention.key}”{others}.",
            "Signet makes it within the hour, or when you next unlock the vault.",
        )
    if attention.concern in CERTIFICATES:
        return _certificate_words(attention)
    if attention.concern is Concern.OLD_BACKUP_ELSEWHERE:
        newer = "1 version of a key is" if attention.count == 1 else f"{attention.count} versions of keys are"
        return (
            f"The backup in a second place is from {date_of(moment(attention.when))}.",
            f"{newer} newer, and what they encrypt could not be opened from it.",
        )
    if attention.concern in PROOFS:
        return _proof_words(attention)
    if attention.concern in DELETIONS:
        return _deletion_words(attention)
    if attention.concern is Concern.NO_BACKUP_ELSEWHERE:
        return (
            "There is no backup in a second place.",
            "The automatic backups lie beside the vault and would go with this disk.",
        )
    if attention.concern is Concern.CHECKPOINT_DUE:
        return (
            "No card has signed the log for a month",
            "A card does it by itself when it next opens the vault, or now. A log that somebody rewrites shows then.",
        )
    if attention.concern is Concern.NOT_PROVEN and attention.way is not None:
        return "A way in should be tested.", doubt(attention.way, lambda time: ago(time, now))
    return "", ""


def _certificate_words(attention: Attention) -> tuple[str, str]:
    name, date = f"“{attention.key}”", date_of(datetime.fromisoformat(attention.when))
    if attention.concern is Concern.CERTIFICATE_ENDED:
        return (
            f"The certificate of {name} has ended.",
            f"It held until {date}. What was signed before stays signed; for new signatures the key wants another.",
        )
    return (
        f"The certificate of {name} ends on {date}.",
        "Make a new one or ask its issuer for one, so that you can go on signing without a gap.",
    )


def _proof_words(attention: Attention) -> tuple[str, str]:
    name, date = f"“{os.path.basename(attention.path)}”", date_of(moment(attention.when))
    others = f" and {attention.count - 1} more" if attention.count > 1 else ""
    if attention.concern is Concern.PROOF_ENDED:
        return (
            f"A signature can no longer be proven: {name}{others}.",
            f"Its proof ended on {date}. Have the document signed anew, or take it out of the list.",
        )
    if attention.concern is Concern.PROOF_LAST:
        mend = "It has its one time stamp and cannot be extended: have the document signed anew before then."
    else:
        mend = "Extend the document with a time stamp before then, and it can be proven for longer."
    return f"A signature can be proven until {date}: {name}{others}.", mend


def _deletion_words(attention: Attention) -> tuple[str, str]:
    name, date = f"“{attention.key}”", date_of(moment(attention.when))
    tried = f" Since you asked for it, {_counted(attention.count, 'attempt')} to use it." if attention.count else ""
    if attention.concern is Concern.DELETION_DUE:
        sentence = f"Its date was {date}. Nothing happens by itself: destroy it or keep it, on the page Keys.{tried}"
        return f"The key {name} can be destroyed.", sentence
    if attention.concern is Concern.DELETION_NEAR:
        return f"The key {name} can be destroyed soon.", f"From {date} on. Until then keep it if you need it.{tried}"
    return (
        f"Somebody wanted to use the key {name}.",
        f"It is to be deleted, from {date} on.{tried} Do you need it after all?",
    )


def shown_concerns(attention: Sequence[Attention], kind: PillKind) -> tuple[Attention, ...]:
    """What is shown below a verdict of that kind: what the verdict says is not said twice."""
    said = {Concern.ONE_WAY_IN, Concern.LOCKED_OUT} | (set() if kind == "ok" else {Concern.NOT_PROVEN})
    return tuple(each for each in attention if each.concern not in said)


def _counted(count: int, what: str) -> str:
    """``1 copy``, ``3 copies``, ``5 keys or files``."""
    if count == 1:
        return f"1 {what}"
    many = what.replace("attempt", "attempts").replace("copy", "copies").replace("key or file", "keys or files")
    return f"{count} {many}"
