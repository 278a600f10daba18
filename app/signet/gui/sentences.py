"""Errors in the window's words: what happened, in a sentence, and what to do next.

The words themselves belong to `signet.errors`; here they only lose what makes sense on a command line alone, and a
token becomes a card.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from signet import errors
from signet.errors import SignetError
from signet.gui.pages import times

_OTHERS: dict[type[SignetError], str] = {
    errors.OutputExists: "Move the existing file away, or choose another folder for the result.",
    errors.FolderReadOnly: "Choose another folder, or ask for the permission.",
    errors.SecretMissing: "Try again and type it when you are asked.",
    errors.ConfirmationMissing: "Nothing was changed.",
    errors.ProofOfPresenceMissing: "Lock and unlock the vault, then try again at once.",
    errors.HeaderDamaged: "Restore a backup; the keys and the log were not touched.",
    errors.DatabaseDamaged: "Lock the vault and restore a backup.",
    errors.RecordDisagrees: "Verify the log on the page Activity, and restore a backup from before the change.",
    errors.PinsDamaged: "If that is an accident, compare the vault with what you know of it, and accept it.",
    errors.EditUnfinished: "On the page Files they can be encrypted, looked at again or thrown away.",
    errors.NoEdit: "Open it with “Edit…” on the page Files.",
    errors.VaultInUse: "Close the other Signet that has this vault open, or lock it there, and try again.",
}
"""Next steps that differ in the window, where there are no options to give."""
_SENTENCES: dict[type[SignetError], str] = {
    errors.HeaderDamaged: "The file that says how the vault opens cannot be read: {reason}.",
}
"""Sentences that differ in the window, where nobody has to know the vault's files by name."""

_WINDOW_WORDS = (
    (re.compile(r"\bunlock methods\b"), "ways in"),
    (re.compile(r"\bUnlock methods\b"), "Ways in"),
    (re.compile(r"\bunlock method\b"), "way in"),
    (re.compile(r"\bUnlock method\b"), "Way in"),
    # Not the names of what is to be filled in: {token}.
    (re.compile(r"(?<!\{)\btokens\b"), "cards"),
    (re.compile(r"\bTokens\b"), "Cards"),
    (re.compile(r"(?<!\{)(?<!software )\btoken\b"), "card"),
    (re.compile(r"\bToken\b"), "Card"),
)
_MOMENT = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)")
_COMMAND = re.compile(r"`[^`]+`|--[a-z][a-z-]+")


@dataclass(frozen=True)
class Words:
    """What the window shows of an error."""

    title: str
    sentence: str
    next_step: str

    @property
    def text(self) -> str:
        """Sentence and next step as one text."""
        return f"{self.sentence} {self.next_step}".strip()


def words(error: SignetError) -> Words:
    """Put an error into the window's words; the values it names (paths, labels) stay as they are."""
    for kind in type(error).__mro__:
        if kind in _OTHERS:
            next_step = _OTHERS[kind]
            break
    else:
        next_step = _fill(error, _without_commands(type(error).next_step))
    return Words(
        title=in_window_words(type(error).title),
        sentence=with_times(_fill(error, _SENTENCES.get(type(error), type(error).sentence))),
        next_step=next_step,
    )


def with_times(text: str) -> str:
    """Write the moments in a sentence, which are RFC 3339 there, as the window writes them."""
    return _MOMENT.sub(lambda found: "{}, {}".format(*_day_and_time(found.group())), text)


def _day_and_time(text: str) -> tuple[str, str]:
    when = times.moment(text)
    return times.date_of(when), times.clock_of(when)


def in_window_words(text: str) -> str:
    """Say card for token and way in for unlock method (DESIGN.md, section 1)."""
    for pattern, word in _WINDOW_WORDS:
        text = pattern.sub(word, text)
    return text


def _fill(error: SignetError, template: str) -> str:
    """Translate the template only, not what is filled in: a card may well be labelled “My token”."""
    shown = {name: "unknown" if value is None else value for name, value in error.details.items()}
    return in_window_words(template).format(**shown)


def _without_commands(text: str) -> str:
    """Leave out the sentences of a template that name a command or an option; nobody can type those here."""
    kept = [part for part in re.split(r"(?<=[.!?]) +", text) if not _COMMAND.search(part)]
    return " ".join(kept)
