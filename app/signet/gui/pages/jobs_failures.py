"""What went wrong with files of a job: a word, a sentence with the next step in it, and what to offer. No Qt."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from signet.errors import (
    Cancelled,
    CiphertextInvalid,
    DiskFull,
    FolderReadOnly,
    FormatUnrecognised,
    KeyNotHere,
    KeyProblem,
    KeyStateRefused,
    OriginalDiffers,
    OriginalHoldsMore,
    OutputExists,
    SignetError,
    SourceNotFound,
    SourceUnsupported,
    TrashUnavailable,
)
from signet.gui.sentences import words
from signet.keys.state import KeyState
from signet.services.files_inspect import shown
from signet.services.job import Act, Job

Tone = Literal["ok", "warn", "bad", "neutral"]


class RowAct(StrEnum):
    """What a row offers; the value is the button's text."""

    SHOW = "Show in folder"
    RETRY = "Try again"
    DETAILS = "Details"
    TRASH = "Move to trash…"
    ENABLE = "Enable key…"
    EXISTS = "Choose…"
    FOLDER = "Other folder…"
    KEY = "Other key…"
    SIGNATURE = "Choose signature…"
    TRUST = "Give public key…"


@dataclass(frozen=True)
class Told:
    """``pill`` is one word, ``tone`` its colour."""

    pill: str
    tone: Tone
    sentence: str
    acts: tuple[RowAct, ...] = ()


def tell(job: Job, paths: tuple[str, ...], error: SignetError) -> Told:
    """Put into words what kept ``paths``, some or all files of ``job``, from being done."""
    match error:
        case Cancelled():
            return Told("Cancelled", "neutral", "Cancelled; nothing was left behind.", (RowAct.RETRY,))
        case KeyStateRefused():
            return _key_state(job, error)
        case KeyProblem():
            acts = (RowAct.RETRY,) if job.order.act in (Act.DECRYPT, Act.RE_ENCRYPT) else (RowAct.KEY,)
            return _refused(words(error).sentence, *acts)
        case OutputExists():
            one = f"{shown(os.path.basename(error.path))} exists already and was not touched."
            several = "The results exist already and were not touched."
            return _waiting(one if len(paths) == 1 else several, RowAct.EXISTS)
        case FolderReadOnly():
            return _no_permission(job, paths, error)
        case DiskFull():
            sentence = "The disk is full; nothing was left behind. Make room, or choose another folder."
            return _waiting(sentence, RowAct.RETRY, *_elsewhere(job))
    return _tell_damage(job, error)


def _tell_damage(job: Job, error: SignetError) -> Told:
    match error:
        case CiphertextInvalid():
            sentence = "Changed since it was encrypted, or damaged in transit. Nothing was written; use another copy."
            return _refused(sentence, RowAct.DETAILS)
        case OriginalDiffers():
            return _refused("It is not what was encrypted, byte for byte, and stays where it is. Encrypt it again.")
        case OriginalHoldsMore():
            return _refused(
                f"It holds {error.left}, which is not in its encrypted file, so it stays. "
                "Remove it yourself if you need nothing of that."
            )
        case TrashUnavailable():
            return _refused("There is no trash on its disk, so it stays where it is. Remove it yourself.")
        case KeyNotHere():
            sentence = (
                "Its key is not in this vault. Open the vault that holds it, or ask for a file encrypted for you."
            )
            return _refused(sentence, RowAct.DETAILS)
        case SourceNotFound():
            sentence = "It is not there any more. Look whether it was moved or renamed."
            return _refused(sentence, RowAct.RETRY)
        case SourceUnsupported():
            return _refused(f"{error.reason[:1].upper()}{error.reason[1:]}.")
        case FormatUnrecognised() if job.order.act is Act.DECRYPT:
            return _refused("It is not an encrypted file that Signet can read; it was left as it is.")
    return _refused(words(error).text, RowAct.RETRY)


def _refused(sentence: str, *acts: RowAct) -> Told:
    return Told("Refused", "bad", sentence, acts)


def _waiting(sentence: str, *acts: RowAct) -> Told:
    return Told("Waiting", "warn", sentence, acts)


def _key_state(job: Job, error: KeyStateRefused) -> Told:
    other = () if job.order.act in (Act.DECRYPT, Act.VERIFY, Act.RE_ENCRYPT) else (RowAct.KEY,)
    if error.state == KeyState.DISABLED.value:
        return _waiting(f"Needs key {error.key}, which is disabled.", *other, RowAct.ENABLE)
    if error.state == KeyState.ARCHIVED.value:
        return _waiting(f"Key {error.key} is read only: it opens files and makes no new ones.", *other, RowAct.ENABLE)
    if error.state == KeyState.PENDING_DELETION.value:
        return _waiting(f"Key {error.key} is to be deleted. Keep it on the page Keys, if you need it.", *other)
    return _waiting(words(error).sentence, *other)


def _no_permission(job: Job, paths: tuple[str, ...], error: FolderReadOnly) -> Told:
    if error.path in paths:
        return _refused("You may not read it. Ask its owner for the permission.", RowAct.RETRY)
    folder = os.path.basename(job.order.output or os.path.dirname(paths[0])) or "/"
    sentence = f"The folder “{folder}” cannot be written to. Choose another one for the result."
    return _waiting(sentence, *(_elsewhere(job) or (RowAct.RETRY,)))


def _elsewhere(job: Job) -> tuple[RowAct, ...]:
    """Signatures of several files always lie beside them: each has to be found by the name of its file."""
    in_place = job.order.act is Act.RE_ENCRYPT or (job.order.act is Act.SIGN and len(job.order.paths) > 1)
    return () if in_place else (RowAct.FOLDER,)
