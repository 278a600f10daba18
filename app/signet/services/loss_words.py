"""What is said of the loss of a card: the same sentences in the window and on the command line."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from signet.services.loss import Answer, Loss, Proof, Stake, Way

When = Callable[[str], str]
"""Says when something was (RFC 3339), as that front end says it: ``12 days ago``, ``2026-11-10``."""

_NAMED = 3
"""Keys, or files, that are named in a sentence; more are counted."""
_ONE_WAY = "There is only one way in."
_CARD_TITLES = {
    Answer.YES: "If you lost {card} today, you would still get in.",
    Answer.NOT_CERTAIN: "If you lost {card} today, it is not certain that you would get in.",
    Answer.NO: "If you lost {card} today, you would be locked out.",
}
_SECRET_TITLES = {
    Answer.YES: "If you forgot one way in today, another would still work.",
    Answer.NOT_CERTAIN: "It is not certain that a second way in works.",
    Answer.NO: _ONE_WAY,
}


def verdict_title(found: Sequence[Loss]) -> str:
    """Answer whether the person would still get in, for the worst loss of all; ``found`` as `losses` gives it."""
    worst = worst_way_out(found)
    if len(worst.gone) + len(worst.left) == 1:
        return _ONE_WAY
    if worst.card is None:
        return _SECRET_TITLES[worst.answer]
    cards = [loss for loss in found if loss.gone and loss.card is not None]
    return _CARD_TITLES[worst.answer].format(card="your card" if len(cards) == 1 else "a card")


def verdict_sentence(found: Sequence[Loss], when: When) -> str:
    """Say by what the person would get in, and when that was proven; or what is missing, and what to do."""
    worst = worst_way_out(found)
    if not worst.left:
        return _locked_out(worst)
    if worst.answer is Answer.YES:
        works = (
            worst.proven if worst.card else [way for way in (*worst.gone, *worst.left) if way.proof is Proof.PROVEN]
        )
        return _listed([f"{way.label} tested {when(way.proven_at or '')}" for way in works]) + "."
    told = " ".join(doubt(way, when) for way in worst.doubtful)
    return f"{told} Test {'it' if len(worst.doubtful) == 1 else 'one of them'} now."


def worst_way_out(found: Sequence[Loss]) -> Loss:
    """The worst loss of a way in; a card that only has keys locks nobody out."""
    return next(loss for loss in found if loss.gone)


def doubt(way: Way, when: When) -> str:
    """Why a way in does not count: ``“Spare” was never tested.``"""
    if way.proof is Proof.FAILED:
        return f"“{way.label}” failed when it was tested last."
    if way.proof is Proof.OLD:
        return f"“{way.label}” was last tested {when(way.proven_at or '')}, which is too long ago."
    return f"“{way.label}” was never tested."


def dying_keys(loss: Loss) -> str:
    """Say which keys die with a card, and what hangs on them; empty if none does."""
    if not loss.keys or loss.card is None:
        return ""
    keys, files = _named_keys(loss.keys), len(loss.files)
    told = f"{keys} {_hangs(loss.keys)} “{loss.card.label}” and would be gone for good"
    if not files:
        return told + "."
    hang = "1 known file" if files == 1 else f"{files} known files"
    return f"{told}, with {hang} that nothing else opens."


def _hangs(keys: Sequence[Stake]) -> str:
    many = len(keys) > 1
    if all(key.guarded for key in keys):
        return "open only with" if many else "opens only with"
    if any(key.guarded for key in keys):
        return "hang on nothing but"
    return f"{'are' if many else 'is'} only on"


def what_helps(loss: Loss) -> str:
    """Say what to do before that card is lost, so that less is; empty if nothing would be."""
    if not loss.keys:
        return ""
    if all(key.guarded for key in loss.keys):
        return f"Give {'them' if len(loss.keys) > 1 else 'it'} another guard: another card, or the recovery code."
    if loss.files:
        return "Encrypt those files for a second key too. A signature that was made stays valid without its key."
    return "A signature that was made stays valid without its key. To go on signing you would need a new key."


def _locked_out(worst: Loss) -> str:
    if len(worst.gone) == 1:
        return f"Without “{worst.gone[0].label}” everything in this vault is lost. Add a second way in now."
    names = _listed([f"“{way.label}”" for way in worst.gone])
    return (
        f"{names} are on one card, as far as is known, and there is no other way in. Add a recovery code or another "
        "card now."
    )


def _named_keys(keys: Sequence[Stake]) -> str:
    if len(keys) > _NAMED:
        return f"{len(keys)} keys"
    names = _listed([f"“{key.alias}”" for key in keys])
    return f"The key {names}" if len(keys) == 1 else f"The keys {names}"


def _listed(parts: Sequence[str]) -> str:
    text = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return text[:1].upper() + text[1:]
